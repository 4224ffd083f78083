"""Mappings → RDF: each match with its justification, and the triples made from it (L4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rdflib import Literal, URIRef

from kgservice.build.alignment import EXTERNAL, TERM
from kgservice.build.directory import Row
from kgservice.build.emit_entries import outcome_iri
from kgservice.build.facts import EditionFacts
from kgservice.build.graphs import Graphs, Writer, decimal
from kgservice.build.mapping import REGISTER_OF, Match
from kgservice.build.names import DEFAULT_BASE, OWL, PROV, RDFS, SKOS, SSSOM, Names, entry_tail
from kgservice.build.registers import Registers
from kgservice.build.translations import Notes
from kgservice.faults import FaultList

SEMAPV = "https://w3id.org/semapv/vocab/"


@dataclass(frozen=True, slots=True)
class ReadEdition:
    """An edition as read: its facts and its rows."""

    facts: EditionFacts
    rows: Sequence[Row]

    def tails(self) -> Mapping[str, Row]:
        """``500000-1/2023/9`` → row."""
        return {f"{self.facts.key}/{entry_tail(row.section, row.seq)}": row for row in self.rows}


def emit_matches(
    matches: list[Match],
    editions: list[ReadEdition],
    registers: Registers,
    notes: Notes,
    graphs: Graphs,
    faults: FaultList,
) -> None:
    """Writes every match, and what follows from the matches of entries."""
    _emit_readings(graphs)
    for match in matches:
        _emit_match(match, notes, graphs)
    listed: dict[str, list[Match]] = {}
    printed_issuers: set[str] = set()
    for match in matches:
        if match.mapping_set == "entries":
            listed.setdefault(match.subject[1], []).append(match)
        elif match.mapping_set == "issuers":
            printed_issuers.add(match.subject[1])
    for edition in editions:
        for tail, row in edition.tails().items():
            found = listed.get(tail, [])
            if not found:
                faults.add(
                    row.line.place("name"),
                    f"row {tail} is not mapped: add a line 'entry:{tail} … zc:listsCertificate' to "
                    "data/mappings/entries.sssom.tsv.",
                    f"行 {tail} 尚未映射：请在 data/mappings/entries.sssom.tsv 加一行 entry:{tail}。",
                    "entry-unmapped",
                )
                continue
            if edition.facts.is_recognition(row.section):
                _emit_recognized(tail, found, graphs)
            # What the mapping set "issuers" says of a row is stated there, in its own graph, and only there: the union of
            # all graphs would otherwise hold the same triple twice, and count it twice.
            if tail not in printed_issuers and _prints_issuer(row):
                _emit_issuers(tail, found, registers, graphs)
            if row.outcomes:
                _emit_outcomes(tail, row, found, registers, graphs, faults)
        _emit_exemption_targets(edition, listed, graphs, faults)


def _emit_readings(graphs: Graphs) -> None:
    names = graphs.names
    for key, zh_text, en_text in (
        (
            "first",
            "第一次阅读：逐行录入五份目录并识别证书",
            "First reading: the rows transcribed and identified",
        ),
        (
            "second",
            "第二次阅读：独立复读，逐格比对",
            "Second reading: read again independently and compared cell by cell",
        ),
        (
            "alignment",
            "对照：在已发表的文档中查找其他数据库的标识",
            "Alignment: identifiers of other databases looked up in published documents",
        ),
        (
            "alignment-check",
            "对照复核：逐条与所查到的文字比对",
            "Check of the alignment: each line compared once more with the text that was found",
        ),
    ):
        node = Writer(graphs.graph("mapping", "entries"), names.id("reading", key))
        node.type(names.zc.Reading, PROV.Activity)
        node.add(RDFS.label, Literal(zh_text, lang="zh"), Literal(en_text, lang="en"))


def _emit_match(match: Match, notes: Notes, graphs: Graphs) -> None:
    names = graphs.names
    graph = graphs.graph("mapping", match.mapping_set)
    subject, predicate, target = statement_of(match, names)
    node = Writer(graph, match_iri(match, names))
    node.type(names.zc.Match, OWL.Axiom)
    node.add(OWL.annotatedSource, subject)
    node.add(OWL.annotatedProperty, predicate)
    node.add(OWL.annotatedTarget, target)
    node.add(SSSOM.mapping_justification, _expand(match.line["mapping_justification"], names))
    node.add(SSSOM.confidence, decimal(match.confidence))
    node.add(SSSOM.author_id, _expand(match.line["author_id"], names))
    node.add(SSSOM.reviewer_id, _expand(match.line["reviewer_id"], names))
    node.add(RDFS.comment, *notes.literals(match.line["comment"]))
    node.add(RDFS.seeAlso, *map(URIRef, match.evidence))
    if match.negated:
        node.add(SSSOM.predicate_modifier, Literal("Not"))
    else:
        graph.add((subject, predicate, target))
        if match.predicate in ("zc:sameRegisterGrade", "zc:sameCertificate"):
            graph.add((target, predicate, subject))  # symmetric by section 7


def statement_of(match: Match, names: Names) -> tuple[URIRef, URIRef, URIRef]:
    """What a match says: subject, predicate and object."""
    return _iri(match.subject, names), _expand(match.predicate, names), _iri(match.object, names)


def match_iri(match: Match, names: Names) -> URIRef:
    """The IRI of a match, made from what it says."""
    subject, predicate, target = statement_of(match, names)
    return names.hashed("match", subject, predicate, "Not" if match.negated else "", target)


def _iri(end: tuple[str, str], names: Names) -> URIRef:
    kind, local = end
    if kind in EXTERNAL:
        return URIRef(EXTERNAL[kind] + local)
    return names.zc[local] if kind == TERM else names.id(kind, local)


def _expand(curie: str, names: Names) -> URIRef:
    prefix, _, local = curie.partition(":")
    if prefix == TERM:
        return names.zc[local]
    if prefix == "skos":
        return SKOS[local]
    if prefix == "semapv":
        return URIRef(SEMAPV + local)
    if prefix in ("http", "https"):
        return URIRef(curie.replace(DEFAULT_BASE, names.base, 1))
    return names.id(prefix, local)


def _emit_recognized(tail: str, found: list[Match], graphs: Graphs) -> None:
    """What the row recognises, and whether it is listed as a certificate or as a family."""
    zc = graphs.names.zc
    node = Writer(graphs.graph("mapping", "entries"), graphs.names.id("recognition", tail))
    for match in found:
        node.add(zc.recognizes, graphs.names.id(*match.object))
        node.add(
            zc.listedAs, zc.ListedFamily if match.object[0] == "family" else zc.ListedCertificate
        )


def _prints_issuer(row: Row) -> bool:
    return any(row[column] for column in ("issuer", "issuer_original", "issuer_abbreviation"))


def _emit_issuers(
    tail: str,
    found: list[Match],
    registers: Registers,
    graphs: Graphs,
) -> None:
    """The issuer that the row prints: the certificate's own.

    A row that prints none lists none, whoever issues the certificate in truth.
    """
    own = (
        issuer
        for match in found
        for issuer in registers[REGISTER_OF[match.object[0]]][match.object[1]].values("issuers")
    )
    entry = Writer(graphs.graph("mapping", "entries"), graphs.names.id("entry", tail))
    entry.add(
        graphs.names.zc.listsIssuer,
        *(graphs.names.id("issuer", issuer) for issuer in own),
    )


def _emit_outcomes(
    tail: str,
    row: Row,
    found: list[Match],
    registers: Registers,
    graphs: Graphs,
    faults: FaultList,
) -> None:
    """Ties each printed grade of the row to the listed certificate that has it."""
    names = graphs.names
    graph = graphs.graph("mapping", "entries")
    for number, printed in enumerate(row.outcomes, start=1):
        outcome = Writer(graph, outcome_iri(names.id("recognition", tail), number))
        fitting = [
            (match.object[1], grade)
            for match in found
            if match.object[0] == "certificate"
            and (grade := registers["certificates"][match.object[1]]["grade"])
            and printed in _grade_words(grade, registers)
        ]
        if len(fitting) != 1:
            faults.add(
                row.line.place("grade_outcome"),
                f"grade '{printed}' fits {len(fitting)} of the certificates that the row is mapped to, not one: "
                "give one of them a grade whose label or notation is this word (data/register/grades.csv).",
                f"等级“{printed}”对应本行所映射证书中的 {len(fitting)} 个，应恰为一个：请在 "
                "data/register/grades.csv 中使其名称或记号与之相符。",
                "outcome-grade",
            )
            continue
        certificate, grade = fitting[0]
        outcome.add(names.zc.ofCertificate, names.id("certificate", certificate))
        outcome.add(names.zc.ofGrade, names.id("grade", grade))


def _grade_words(grade: str, registers: Registers) -> set[str]:
    line = registers["grades"][grade]
    return {line["label_zh"], line["label_en"], *line.values("notation")}


def _emit_exemption_targets(
    edition: ReadEdition,
    listed: Mapping[str, list[Match]],
    graphs: Graphs,
    faults: FaultList,
) -> None:
    names = graphs.names
    key = edition.facts.key
    rows = edition.tails()
    for exemption in edition.facts.exemption:
        found = [match.object for match in listed.get(f"{key}/{exemption.entry}", [])]
        chosen = [
            target
            for target in found
            if not exemption.certificates or target[1] in exemption.certificates
        ]
        row = rows.get(f"{key}/{exemption.entry}")
        if row is None or len(chosen) < max(1, len(exemption.certificates)):
            place = row.line.place("name") if row else edition.rows[0].line.place("seq")
            faults.add(
                place,
                f"exemption {exemption.entry} of edition.toml: its row is missing, or is not mapped to the "
                "certificates that the exemption names.",
                f"edition.toml 中的减免 {exemption.entry}：其行不存在，或未映射到所列证书。",
                "exemption-target",
            )
        suffix = "" if exemption.n == 1 else f"-{exemption.n}"
        node = Writer(
            graphs.graph("mapping", "entries"),
            names.id("exemption", key, f"{exemption.entry}{suffix}"),
        )
        node.add(names.zc.towards, *(names.id(*target) for target in chosen))
