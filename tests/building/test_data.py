"""The five directories in the graph: every row, what it does, and what the notices state."""

from __future__ import annotations

from collections import Counter

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import PROV, SKOS

from kgservice.build.building import Checked
from kgservice.build.names import DCAT, DCTERMS, DEFAULT_BASE, ELI, RDF, Names

NAMES = Names(DEFAULT_BASE)
ZC = NAMES.zc
ROWS = {
    "500000-1/2023": {"": 205},
    "330000-1/2023": {"": 100},
    "320200-1/2021": {"": 61},
    "110000-1/annex-5": {"1": 8, "2": 16, "3": 9},
    "310000-1/3.0": {"A": 139, "B": 24, "C": 41, "D": 12},
}


@pytest.fixture(scope="module")
def graph(checked: Checked) -> Graph:
    assert checked.union is not None, [str(fault) for fault in checked.faults.violations]
    return checked.union


def test_the_project_has_no_violation(checked: Checked) -> None:
    assert checked.faults.violations == []


def test_every_printed_row_is_an_entry(graph: Graph) -> None:
    for edition, sections in ROWS.items():
        found: Counter[str] = Counter()
        for entry in graph.subjects(ZC.inEdition, NAMES.id("edition", edition)):
            if (entry, RDF.type, ZC.DirectoryEntry) in graph:
                found[str(graph.value(entry, ZC.section) or "")] += 1
        assert dict(found) == sections
    assert sum(sum(sections.values()) for sections in ROWS.values()) == 615


def test_every_entry_does_something_and_reaches_its_row_document_and_edition(graph: Graph) -> None:
    entries = list(graph.subjects(RDF.type, ZC.DirectoryEntry))
    assert len(entries) == 615
    for entry in entries:
        stated = list(graph.subjects(ZC.statedIn, entry))
        assert stated, entry
        for thing in stated:
            assert (thing, RDF.type, ZC.Recognition) in graph or (
                thing,
                RDF.type,
                ZC.Exemption,
            ) in graph
        document = graph.value(entry, PROV.wasQuotedFrom)
        assert (document, RDF.type, ZC.PolicyDocument) in graph
        assert graph.value(entry, ZC.seq) is not None
        assert (graph.value(entry, ZC.inEdition), RDF.type, ZC.Edition) in graph
        assert list(graph.objects(entry, ZC.listsCertificate)), entry


def test_one_recognition_per_row_and_none_for_shanghai_d(graph: Graph) -> None:
    counted = Counter(graph.objects(None, ZC.statedIn))
    recognitions = list(graph.subjects(RDF.type, ZC.Recognition))
    assert len(recognitions) == 615 - 12
    for recognition in recognitions:
        entry = graph.value(recognition, ZC.statedIn)
        assert graph.value(entry, ZC.section) != Literal("D")
        assert str(recognition).replace("/recognition/", "/entry/") == str(entry)
        assert list(graph.objects(recognition, ZC.recognizes)), recognition
    assert all(count >= 1 for count in counted.values())


def _levels(graph: Graph, edition: str, section: str = "") -> Counter[tuple[str, ...]]:
    counts: Counter[tuple[str, ...]] = Counter()
    for recognition in graph.subjects(ZC.inEdition, NAMES.id("edition", edition)):
        if (recognition, RDF.type, ZC.Recognition) not in graph:
            continue
        entry = graph.value(recognition, ZC.statedIn)
        if str(graph.value(entry, ZC.section) or "") == section:
            levels = graph.objects(recognition, ZC.confersTitleLevel)
            counts[tuple(sorted(str(level).rsplit("/", 1)[1] for level in levels))] += 1
    return counts


def test_levels_as_counted_by_hand(graph: Graph) -> None:
    assert _levels(graph, "500000-1/2023") == {("20",): 57, ("30",): 115, ("20", "30"): 33}
    assert _levels(graph, "330000-1/2023") == {("20",): 47, ("30",): 50, ("20", "30"): 3}
    assert _levels(graph, "320200-1/2021") == {("20",): 13, ("30",): 48}
    assert _levels(graph, "110000-1/annex-5", "1") == {("40",): 8}
    assert _levels(graph, "110000-1/annex-5", "2") == {("30",): 16}
    assert _levels(graph, "110000-1/annex-5", "3") == {("30",): 9}
    assert _levels(graph, "310000-1/3.0", "C") == {("junior",): 2, ("30",): 12, ("40",): 27}
    assert _levels(graph, "310000-1/3.0", "A") == {(): 139}


def test_a_lost_cell_stays_empty(graph: Graph) -> None:
    for row in ("10", "27"):
        entry = NAMES.id("entry", "500000-1/2023", row)
        assert graph.value(entry, ZC.printedSpecialty) is None
        assert graph.value(entry, ZC.certain) == Literal(False)
        assert graph.value(NAMES.id("recognition", "500000-1/2023", row), ZC.specialty) is None


@pytest.mark.parametrize(
    ("row", "issuer"),
    [
        ("150", "日本混凝土工学会"),
        ("156", "日本科学技术厅"),
        ("158", "日本机械工程师协会"),
        ("10", "美国绿色建筑委员会"),
        ("119", "德国工商大会"),
        ("9", "美国国家勘察设计考试者理事会"),
    ],
)
def test_merged_issuers_are_resolved_by_meaning(graph: Graph, row: str, issuer: str) -> None:
    entry = NAMES.id("entry", "500000-1/2023", row)
    assert graph.value(entry, ZC.printedIssuer) == Literal(issuer, lang="zh")


def test_the_printed_row_keeps_its_language(graph: Graph) -> None:
    entry = NAMES.id("entry", "330000-1/2023", "91")
    assert graph.value(entry, ZC.printedName) == Literal("美国注册冶金与材料工程师", lang="zh")
    assert graph.value(entry, ZC.printedOriginalName) == Literal("PE Metallurgical and Materials")
    assert graph.value(NAMES.id("entry", "310000-1/3.0", "C24"), SKOS.notation) == Literal("C24")


def test_editions_and_documents(graph: Graph) -> None:
    edition = NAMES.id("edition", "310000-1/3.0")
    document = graph.value(edition, ZC.documentedBy)
    assert graph.value(document, ELI.id_local) == Literal("沪人社专[2025]298号")
    stub = NAMES.id("edition", "310000-1/2.0")
    assert graph.value(edition, DCTERMS.replaces) == stub
    assert graph.value(stub, ZC.complete) == Literal(False)
    assert graph.value(stub, ZC.inForceFrom) is None
    assert str(graph.value(stub, ZC.inForceUntil)) == "2025-10-30"
    assert graph.value(document, ELI.repeals) == graph.value(stub, ZC.documentedBy)
    beijing = NAMES.id("edition", "110000-1/annex-5")
    assert graph.value(beijing, ZC.inForceFrom) is None
    for key in ROWS:
        assert graph.value(NAMES.id("edition", key), DCAT.inSeries) == NAMES.id(
            "directory", key.split("/")[0]
        )


def test_beijing_names_no_authority(graph: Graph) -> None:
    for recognition in graph.subjects(ZC.inEdition, NAMES.id("edition", "110000-1/annex-5")):
        assert graph.value(recognition, ZC.recognizedBy) is None


def test_rules_govern_their_step(graph: Graph) -> None:
    chongqing = NAMES.id("rule", "500000-1/2023", "1")
    assert graph.value(chongqing, ZC.appliesToStep) == ZC.Application
    assert not list(graph.subjects(ZC.requiresRule, chongqing))
    shanghai = NAMES.id("rule", "310000-1/3.0", "1")
    assert graph.value(shanghai, ZC.appliesToStep) == ZC.Assessment
    assert len(list(graph.subjects(ZC.requiresRule, shanghai))) == 41
    for rule, count in ((chongqing, 17), (shanghai, 14)):
        assert len(list(graph.objects(rule, ZC.alternative))) == count
    for alternative in graph.objects(shanghai, ZC.alternative):
        assert len(list(graph.objects(alternative, ZC.condition))) == 3


def test_two_rows_are_never_merged(graph: Graph) -> None:
    """Shanghai A18 and C8 are the same certificate and two recognitions."""
    a18, c8 = (NAMES.id("recognition", "310000-1/3.0", row) for row in ("A18", "C8"))
    assert graph.value(a18, ZC.recognizes) == graph.value(c8, ZC.recognizes)
    assert a18 != c8


def test_open_rows_name_one_grade_and_cover_the_rest(graph: Graph) -> None:
    acm = NAMES.id("recognition", "500000-1/2023", "35")
    named = graph.value(acm, ZC.recognizes)
    covered = set(graph.objects(acm, ZC.covers))
    assert named not in covered
    listed = {
        graph.value(NAMES.id("recognition", "500000-1/2023", row), ZC.recognizes)
        for row in ("36", "37")
    }
    assert listed <= covered
    assert graph.value(NAMES.id("recognition", "310000-1/3.0", "A15"), ZC.openFamily) == Literal(
        True
    )


def test_the_family_row_covers_its_members(graph: Graph) -> None:
    beijing = NAMES.id("recognition", "110000-1/annex-5", "2-6")
    assert graph.value(beijing, ZC.listedAs) == ZC.ListedFamily
    members = {
        certificate
        for row in ("4", "5", "6", "7", "8")
        for certificate in graph.objects(
            NAMES.id("recognition", "320200-1/2021", row), ZC.recognizes
        )
    }
    assert len(members) == 5
    assert set(graph.objects(beijing, ZC.covers)) == members


def test_no_same_as(graph: Graph) -> None:
    same_as = URIRef("http://www.w3.org/2002/07/owl#sameAs")
    assert not list(graph.subject_objects(same_as))


def test_no_triple_stands_in_two_graphs(checked: Checked) -> None:
    """Engines need not merge equal triples in a union of graphs: a query over it would count them twice."""
    standing: dict[str, str] = {}
    for line in checked.assembly.graphs.nquads():
        triple, _, graph = line.rstrip(" .\n").rpartition(" ")
        assert standing.setdefault(triple, graph) == graph, line
    assert len(standing) > 40_000
