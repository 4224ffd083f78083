"""The alignment sets: what may stand in them, what becomes of it, and how a fault is told."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, URIRef

from kgservice.build.alignment import ALIGNMENTS, EXTERNAL, read_alignments
from kgservice.build.describing.statistics import count_links
from kgservice.build.emit_matches import emit_matches, match_iri
from kgservice.build.graphs import Graphs
from kgservice.build.mapping import Match
from kgservice.build.names import Names
from kgservice.build.project import Project
from kgservice.build.registers import Registers, read_registers
from kgservice.build.sources import SourceIndex
from kgservice.build.translations import Noted, read_translations
from kgservice.faults import FaultList

ROOT = Path(__file__).parents[2]
NAMES = Names("https://w3id.org/zhicheng")
WD = EXTERNAL["wd"]


@pytest.fixture(scope="module")
def registers() -> Registers:
    """The registers of the project."""
    return read_registers(Project(ROOT), FaultList())


@pytest.fixture(scope="module")
def matches(registers: Registers) -> list[Match]:
    """Every line of the project's alignment sets."""
    faults = FaultList()
    found = read_alignments(Project(ROOT), registers, faults)
    assert faults.faults == []
    return found


@pytest.fixture(scope="module")
def graphs(matches: list[Match], registers: Registers) -> Graphs:
    """The graphs made of them."""
    made = Graphs(NAMES)
    noted = [Noted(match.line, "comment", "") for match in matches]
    notes = read_translations(Project(ROOT), noted, FaultList())
    emit_matches(matches, [], registers, notes, made, FaultList())
    return made


def test_every_set_has_lines_with_evidence(matches: list[Match]) -> None:
    assert {match.mapping_set for match in matches} == set(ALIGNMENTS)
    for match in matches:
        assert match.evidence, match.line.place()
        # The evidence is a document at a fixed state, so that it says the same tomorrow.
        for document in match.evidence:
            assert re.search(r"/blob/[0-9a-f]{40}/", document), document


def test_a_set_becomes_a_graph_of_its_own(graphs: Graphs) -> None:
    graph = graphs.graph("mapping", "wikidata")
    issuer = NAMES.id("issuer", "i0012")
    assert list(graph.objects(issuer, SKOS.exactMatch)) == [URIRef(f"{WD}Q127992")]
    (node,) = graph.subjects(OWL.annotatedSource, issuer)
    assert (node, RDF.type, NAMES.zc.Match) in graph
    assert list(graph.objects(node, RDFS.seeAlso))
    esco = graphs.graph("mapping", "esco")
    field = NAMES.id("specialty", "common/s005")
    assert (field, SKOS.relatedMatch, URIRef(f"{EXTERNAL['esco']}isco/C2151")) in esco
    ctdl = graphs.graph("mapping", "ctdl")
    assert (NAMES.zc.Licence, SKOS.closeMatch, URIRef(f"{EXTERNAL['ceterms']}License")) in ctdl


def test_no_certificate_is_aligned_and_nothing_is_the_same_as_another(graphs: Graphs) -> None:
    for graph in graphs.graphs.values():
        assert not list(graph.triples((None, OWL.sameAs, None)))
        for subject in graph.subjects():
            assert not str(subject).startswith(f"{NAMES.base}/id/certificate/")


def test_one_thing_has_one_exact_counterpart(graphs: Graphs) -> None:
    pairs = [
        pair for graph in graphs.graphs.values() for pair in graph.subject_objects(SKOS.exactMatch)
    ]
    assert len(pairs) > 30
    assert len({subject for subject, _ in pairs}) == len({other for _, other in pairs})
    assert len({subject for subject, _ in pairs}) == len(pairs)


def test_the_links_are_counted_for_the_description(graphs: Graphs, matches: list[Match]) -> None:
    links = count_links(graphs.graphs, [], {"wd": WD})
    wikidata = NAMES.graph("mapping", "wikidata")
    counted = {
        link.predicate: number
        for link, number in links.items()
        if (link.source, link.target) == (wikidata, "wd")
    }
    ours = [match for match in matches if match.mapping_set == "wikidata"]
    assert counted[OWL.annotatedTarget] == len(ours)
    assert counted[SKOS.exactMatch] + counted[SKOS.closeMatch] == len(ours)


def test_a_fault_in_the_graph_leads_to_the_line(matches: list[Match]) -> None:
    index = SourceIndex(NAMES)
    index.add_matches(matches)
    for match in matches:
        place = index.find(str(match_iri(match, NAMES)))
        assert (place.file, place.line) == (match.line.file, match.line.number)


@pytest.mark.parametrize(
    ("name", "old", "new", "rule", "column"),
    [
        ("wikidata", "wd:Q127992", "wd:127992", "alignment-object", "object_id"),
        ("wikidata", "wd:Q127992", "esco:Q127992", "alignment-object", "object_id"),
        ("wikidata", "issuer:i0012", "issuer:i9999", "mapping-register", "subject_id"),
        ("wikidata", "issuer:i0012", "certificate:c00037", "mapping-kind", "subject_id"),
        ("wikidata", "skos:exactMatch", "owl:sameAs", "mapping-predicate", "predicate_id"),
        ("wikidata", "\thttps://github.com", "\tgithub.com", "alignment-evidence", "see_also"),
        ("wikidata", "\t0.95\t", "\thigh\t", "mapping-confidence", "confidence"),
        ("wikidata", "reading:alignment-check", "", "mapping-provenance", "reviewer_id"),
        ("esco", "skos:relatedMatch", "skos:exactMatch", "mapping-predicate", "predicate_id"),
        ("esco", "specialty:common/s001", "specialty:common/s999", "mapping-register", "subject_id"),
        ("ctdl", "Condition Profile", "", "alignment-label", "object_label"),
        ("ctdl", "skos:relatedMatch\t", "skos:relatedMatch\tNot", "mapping-modifier", "predicate_modifier"),
    ],
)  # fmt: skip
def test_a_fault_names_file_line_and_remedy(
    tmp_path: Path, registers: Registers, name: str, old: str, new: str, rule: str, column: str
) -> None:
    shutil.copytree(ROOT / "data" / "mappings", tmp_path / "data" / "mappings")
    path = tmp_path / "data" / "mappings" / f"{name}.sssom.tsv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    number = next(
        n for n, line in enumerate(lines) if old in line and not line.startswith(("#", "subject"))
    )
    lines[number] = lines[number].replace(old, new, 1)
    path.write_text("".join(lines), "utf-8")
    faults = FaultList()
    read_alignments(Project(tmp_path), registers, faults)
    (fault,) = faults.faults
    assert fault.rule == rule
    assert (fault.place.file, fault.place.line) == (f"data/mappings/{name}.sssom.tsv", number + 1)
    assert fault.place.column == column
    assert fault.en and fault.zh


def test_a_project_without_alignments_is_as_good(tmp_path: Path, registers: Registers) -> None:
    faults = FaultList()
    assert read_alignments(Project(tmp_path), registers, faults) == []
    assert faults.faults == []
