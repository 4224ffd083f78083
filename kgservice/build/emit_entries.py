"""``directory.csv`` → RDF: what is printed (L1) and what the region does with it (L2)."""

from __future__ import annotations

from rdflib import Literal, URIRef

from kgservice.build.directory import Row
from kgservice.build.facts import EditionFacts
from kgservice.build.graphs import Graphs, Writer, boolean, en, integer, plain, zh
from kgservice.build.names import PROV, RDFS, SKOS, Names, entry_tail
from kgservice.build.translations import Notes

# Column → property of the entry, and whether the column holds Chinese text (tagged) or foreign text (untagged).
PRINTED = (
    ("name", "printedName", zh),
    ("name_original", "printedOriginalName", plain),
    ("issuer", "printedIssuer", zh),
    ("issuer_original", "printedOriginalIssuer", plain),
    ("issuer_abbreviation", "printedIssuerAbbreviation", plain),
    ("title", "printedTitle", zh),
    ("grade", "printedGrade", zh),
    ("specialty", "printedSpecialty", zh),
    ("country", "printedCountry", zh),
    ("condition", "printedCondition", zh),
)


def emit_entries(rows: list[Row], facts: EditionFacts, notes: Notes, graphs: Graphs) -> None:
    """Writes an entry for every row, and a recognition for every row that is one."""
    names = graphs.names
    graph = graphs.graph("edition", facts.directory, facts.edition)
    for row in rows:
        tail = entry_tail(row.section, row.seq)
        entry = Writer(graph, names.id("entry", facts.key, tail))
        _emit_entry(row, facts, notes, entry, names)
        if facts.is_recognition(row.section):
            recognition = Writer(graph, names.id("recognition", facts.key, tail))
            recognition.add(names.zc.statedIn, entry.subject)
            _emit_recognition(row, facts, tail, recognition, names)


def _emit_entry(row: Row, facts: EditionFacts, notes: Notes, entry: Writer, names: Names) -> None:
    zc = names.zc
    entry.type(zc.DirectoryEntry)
    entry.add(zc.inEdition, names.id("edition", facts.key))
    entry.add(zc.section, plain(row.section))
    entry.add(zc.seq, integer(row.seq))
    entry.add(SKOS.notation, Literal(entry_tail(row.section, row.seq)))
    for column, term, literal in PRINTED:
        entry.add(zc[term], literal("、".join(row.line.values(column))))
    if not row.titles:
        entry.add(zc.printedLevel, zh("、".join(row.line.values("level"))))
    entry.add(zc.readingNote, *notes.literals(row["reading_note"]))
    entry.add(zc.certain, boolean(row["certain"] == "yes"))
    entry.add(RDFS.label, zh(f"{facts.label.zh} {entry_tail(row.section, row.seq)}"))
    entry.add(RDFS.label, en(f"{facts.label.en}, row {entry_tail(row.section, row.seq)}"))
    entry.add(PROV.wasQuotedFrom, names.id("document", facts.document.code))


def _emit_recognition(row: Row, facts: EditionFacts, tail: str, node: Writer, names: Names) -> None:
    zc = names.zc
    section = facts.section_of(row.section)
    node.type(zc.Recognition)
    node.add(zc.inEdition, names.id("edition", facts.key))
    node.add(zc.jurisdiction, names.id("region", facts.region))
    node.add(
        zc.recognizedBy,
        *(names.id("authority", key) for key in facts.recognized_by_in(row.section)),
    )
    node.add(zc.confersTitleLevel, *(names.id("title-level", level) for level in row.levels))
    node.add(zc.confersTitle, *(names.id("title", title) for title in row.titles))
    if row.levels:
        node.add(zc.levelMode, zc[facts.level_mode])
    if len(row.levels) > 1:
        _emit_outcomes(row, node, names)
    if row["open_upward"] == "yes":
        node.add(zc.gradeOpenUpward, boolean(True))
    node.add(zc.specialty, *(names.id("specialty", key) for key in row.specialties))
    node.add(zc.field, *(names.id("specialty", key) for key in row.fields))
    node.add(zc.effect, *(zc[effect] for effect in facts.effects_of(row.section)))
    if section is not None and section.rule is not None:
        node.add(zc.requiresRule, names.id("rule", facts.key, section.rule))
    if section is not None and section.tier is not None:
        node.add(zc.givesTier, names.id("tier", facts.key, section.tier))
    if row.holding_years is not None:
        condition = Writer(node.graph, URIRef(f"{node.subject}/holder-condition"))
        condition.type(zc.HolderCondition)
        condition.add(zc.minYears, integer(row.holding_years))
        condition.add(zc.yearsOf, zc.HoldingCertificate)
        node.add(zc.holderCondition, condition.subject)
    _emit_remark(facts, tail, node, names)


def _emit_outcomes(row: Row, node: Writer, names: Names) -> None:
    """Several levels: one outcome per grade where the row lets it be read, else the plain word that it does not."""
    zc = names.zc
    if not row.outcomes:
        node.add(zc.outcomeStated, boolean(False))
        return
    for number, (grade, level) in enumerate(row.outcomes.items(), start=1):
        outcome = Writer(node.graph, outcome_iri(node.subject, number))
        outcome.type(zc.GradeOutcome)
        outcome.add(zc.printedGrade, Literal(grade))
        outcome.add(zc.confersTitleLevel, names.id("title-level", level))
        if row.titles:
            title = row.titles[row.levels.index(level)]
            outcome.add(zc.confersTitle, names.id("title", title))
        node.add(zc.gradeOutcome, outcome.subject)


def outcome_iri(recognition: URIRef, number: int) -> URIRef:
    """``{recognition}/outcome-n``."""
    return URIRef(f"{recognition}/outcome-{number}")


def _emit_remark(facts: EditionFacts, tail: str, node: Writer, names: Names) -> None:
    zc = names.zc
    remark = facts.remark_on(tail)
    if remark is None:
        return
    node.add(zc.workField, *(zh(text) for text in remark.work_field))
    node.texts(zc.nextLevelRequires, remark.next_level_requires)
    node.texts(zc.practiceRequires, remark.practice_requires)
    node.texts(zc.remark, remark.note)
    if remark.open_family:
        node.add(zc.openFamily, boolean(True))
