"""``edition.toml`` → RDF: directory, edition, document, rules, tiers and exemptions (L0, L2)."""

from __future__ import annotations

from rdflib import Literal, URIRef

from kgservice.build.facts import (
    Alternative,
    CitedDocument,
    EditionFacts,
    Exemption,
    Rule,
    Text,
    Tier,
)
from kgservice.build.graphs import Graphs, Writer, boolean, date, integer
from kgservice.build.names import DCAT, DCTERMS, ELI, RDFS, XSD, Names


def emit_edition(facts: EditionFacts, graphs: Graphs) -> None:
    """Writes the facts of one notice into the graph of its edition."""
    names = graphs.names
    graph = graphs.graph("edition", facts.directory, facts.edition)
    edition = Writer(graph, names.id("edition", facts.key))
    _emit_directory(facts, edition, names)
    _emit_document(facts, edition, names)
    for rule in facts.rule:
        _emit_rule(rule, facts, edition, names)
    for tier in facts.tier:
        _emit_tier(tier, facts, edition, names)
    for exemption in facts.exemption:
        _emit_exemption(exemption, facts, edition, names)


def _emit_directory(facts: EditionFacts, edition: Writer, names: Names) -> None:
    zc = names.zc
    directory = Writer(edition.graph, names.id("directory", facts.directory))
    directory.type(zc.Directory)
    directory.texts(RDFS.label, facts.directory_label)
    directory.add(DCTERMS.spatial, names.id("region", facts.region))
    directory.texts(zc.scope, facts.scope)

    edition.type(zc.Edition)
    edition.texts(RDFS.label, facts.label)
    edition.add(DCAT.inSeries, directory.subject)
    edition.add(DCAT.version, Literal(facts.edition))
    edition.add(zc.inForceFrom, date(facts.in_force_from))
    edition.add(zc.inForceUntil, date(facts.in_force_until))
    edition.add(zc.startPrinted, boolean(facts.start_printed))
    edition.add(zc.complete, boolean(facts.complete))
    edition.add(zc.printedTotal, integer(facts.printed_total))
    edition.add(
        zc.mandateLevel, *(names.id("title-level", level) for level in facts.mandate_levels)
    )
    for section in facts.section:
        node = Writer(edition.graph, URIRef(f"{edition.subject}/section-{section.id}"))
        node.type(zc.Section)
        node.add(zc.section, Literal(section.id))
        node.texts(RDFS.label, section.label)
        node.add(zc.printedTotal, integer(section.printed_total))
        edition.add(zc.hasSection, node.subject)
    for number, step in enumerate(facts.procedure, start=1):
        node = Writer(edition.graph, URIRef(f"{edition.subject}/step-{number}"))
        node.type(zc.ProcedureStep)
        node.add(zc.stepNumber, integer(number))
        node.texts(RDFS.label, step)
        edition.add(zc.procedureStep, node.subject)
    for predicate, texts in (
        (zc.requiredPaper, facts.paper),
        (zc.basicRequirement, facts.requirement),
        (zc.sanction, facts.sanction),
        (zc.amendment, facts.amendment),
        (zc.provision, facts.provision),
    ):
        for text in texts:
            edition.texts(predicate, text)


def _emit_document(facts: EditionFacts, edition: Writer, names: Names) -> None:
    zc = names.zc
    document = Writer(edition.graph, names.id("document", facts.document.code))
    edition.add(zc.documentedBy, document.subject)
    document.type(zc.PolicyDocument)
    document.texts(RDFS.label, facts.document.label)
    if facts.document.number:
        document.add(ELI.id_local, Literal(facts.document.number))
    document.add(ELI.date_document, date(facts.document.date))
    document.add(ELI.first_date_entry_in_force, date(facts.document.first_date_entry_in_force))
    document.add(ELI.passed_by, *(names.id("authority", key) for key in facts.document.passed_by))
    for cited in facts.document.based_on:
        document.add(ELI.based_on, _emit_cited(cited, edition, names))
    for cited in facts.document.repeals:
        repealed = _emit_cited(cited, edition, names)
        document.add(ELI.repeals, repealed)
        if cited.edition is not None:
            _emit_stub(cited, repealed, facts, edition, names)


def _emit_cited(cited: CitedDocument, edition: Writer, names: Names) -> URIRef:
    document = Writer(edition.graph, names.id("document", cited.code))
    document.type(names.zc.PolicyDocument)
    document.texts(RDFS.label, cited.label)
    if cited.number:
        document.add(ELI.id_local, Literal(cited.number))
    return document.subject


def _emit_stub(
    cited: CitedDocument, document: URIRef, facts: EditionFacts, edition: Writer, names: Names
) -> None:
    """An edition known only because it was repealed: its contents are unknown, not empty."""
    zc = names.zc
    stub = Writer(edition.graph, names.id("edition", facts.directory, str(cited.edition)))
    stub.type(zc.Edition)
    stub.texts(RDFS.label, cited.label)
    stub.add(DCAT.inSeries, names.id("directory", facts.directory))
    stub.add(DCAT.version, Literal(cited.edition))
    stub.add(zc.complete, boolean(False))
    stub.add(zc.inForceUntil, date(cited.in_force_until))
    stub.add(zc.documentedBy, document)
    edition.add(DCAT.previousVersion, stub.subject)
    edition.add(DCTERMS.replaces, stub.subject)


def _emit_rule(rule: Rule, facts: EditionFacts, edition: Writer, names: Names) -> None:
    zc = names.zc
    node = Writer(edition.graph, names.id("rule", facts.key, rule.id))
    node.type(zc.EligibilityRule)
    node.texts(RDFS.label, rule.label)
    node.add(zc.inEdition, edition.subject)
    node.add(zc.appliesToStep, zc[rule.step])
    if rule.none_stated:
        node.add(zc.noneStated, boolean(True))
    node.texts(zc.externalStandard, rule.external_standard)
    edition.add(zc.eligibilityRule, node.subject)
    for number, alternative in enumerate(rule.alternative, start=1):
        iri = names.id("alternative", facts.key, f"{rule.id}-{number}")
        node.add(zc.alternative, iri)
        _emit_alternative(alternative, rule, Writer(edition.graph, iri), names)


def _emit_alternative(alternative: Alternative, rule: Rule, node: Writer, names: Names) -> None:
    zc = names.zc
    node.type(zc.Alternative)
    node.add(zc.forTitleLevel, names.id("title-level", alternative.level))
    node.add(zc.degree, names.id("degree", alternative.degree))
    node.add(zc.minYears, integer(alternative.min_years))
    node.add(zc.yearsOf, zc.RelevantWork)
    for number, condition in enumerate(rule.condition, start=1):
        demand = Writer(node.graph, URIRef(f"{node.subject}/condition-{number}"))
        demand.type(zc.Condition)
        demand.add(zc.minYears, integer(condition.min_years))
        if condition.years_of:
            demand.add(zc.yearsOf, zc[condition.years_of])
        demand.texts(zc.discipline, condition.discipline)
        if condition.for_series:
            demand.add(zc.forSeries, names.id("title-series", condition.for_series))
        demand.texts(zc.overseasLink, condition.overseas_link)
        node.add(zc.condition, demand.subject)


def _emit_tier(tier: Tier, facts: EditionFacts, edition: Writer, names: Names) -> None:
    zc = names.zc
    node = Writer(edition.graph, names.id("tier", facts.key, tier.id))
    node.type(zc.BenefitTier)
    node.texts(RDFS.label, tier.label)
    node.add(zc.tierOf, edition.subject)
    node.add(zc.includesTier, *(names.id("tier", facts.key, key) for key in tier.includes))
    _emit_requirements(node, tier.requires, names)
    for benefit in tier.benefit:
        granted = Writer(edition.graph, names.id("benefit", facts.key, f"{tier.id}-{benefit.id}"))
        node.add(zc.grantsBenefit, granted.subject)
        granted.type(zc.Benefit)
        granted.texts(RDFS.label, benefit.label)
        granted.add(zc.benefitKind, zc[benefit.kind])
        granted.add(zc.force, zc[benefit.force])
        if benefit.max_duration:
            granted.add(
                zc.maxDuration,
                Literal(benefit.max_duration, datatype=XSD.duration, normalize=False),
            )
        granted.add(zc.maxAge, integer(benefit.max_age))
        granted.add(zc.waives, *(zc[limit] for limit in benefit.waives))
        granted.add(zc.forHolder, *(zc[holder] for holder in benefit.for_holder))
        _emit_requirements(granted, benefit.requires, names)


def _emit_exemption(
    exemption: Exemption, facts: EditionFacts, edition: Writer, names: Names
) -> None:
    zc = names.zc
    tail = exemption.entry if exemption.n == 1 else f"{exemption.entry}-{exemption.n}"
    node = Writer(edition.graph, names.id("exemption", facts.key, tail))
    node.type(zc.Exemption)
    node.texts(RDFS.label, exemption.label)
    node.add(zc.statedIn, names.id("entry", facts.key, exemption.entry))
    node.add(zc.inEdition, edition.subject)
    for origin in exemption.origins:
        kind, _, key = origin.partition(":")
        node.add(zc["from"], names.id(kind, key))
    node.add(zc.exemptionKind, *(zc[kind] for kind in exemption.kinds))
    node.add(zc["count"], integer(exemption.count))
    if exemption.count_mode:
        node.add(zc.countMode, zc[exemption.count_mode])
    node.add(zc.remaining, integer(exemption.remaining))
    node.texts(zc.remainingSubject, exemption.remaining_subject)
    _emit_requirements(node, exemption.requires, names)
    node.add(zc.earnedBefore, date(exemption.earned_before))
    node.add(zc.earnedAfter, date(exemption.earned_after))


def _emit_requirements(node: Writer, texts: tuple[Text, ...], names: Names) -> None:
    for text in texts:
        node.texts(names.zc.requires, text)
