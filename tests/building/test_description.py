"""What a release says about itself is true: every count is made again from the graphs, every file is looked at."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest
import yaml
from rich.console import Console

from kgservice.build.building import Checked
from kgservice.build.commands import run_build
from kgservice.build.describing.catalog import read_catalog
from kgservice.build.describing.describe import describe
from kgservice.build.describing.dumps import compress
from kgservice.build.gate import read_shapes, validate_shapes
from kgservice.build.names import DCTERMS, SH
from kgservice.build.project import Project
from kgservice.build.writing import UNNAMED, Content
from kgservice.faults import FaultList
from kgservice.release import DESCRIPTION, DESCRIPTION_TURTLE, GRAPH, Release, open_release

from .conftest import ROOT, Run, _settings

BASE = "https://w3id.org/zhicheng"
PREFIXES = """
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <https://schema.org/>
PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX spdx: <http://spdx.org/rdf/terms#>
PREFIX void: <http://rdfs.org/ns/void#>
PREFIX zc: <https://w3id.org/zhicheng/ns/>
"""
Row = dict[str, str]


def select(store: ox.Store, query: str) -> list[Row]:
    """The rows of a query, each bound value as its text."""
    found = store.query(PREFIXES + query)
    assert isinstance(found, ox.QuerySolutions)
    names = [variable.value for variable in found.variables]
    return [
        {name: row[name].value for name in names if row[name] is not None}  # type: ignore[union-attr]
        for row in found
    ]


def only(store: ox.Store, query: str) -> str:
    """The one value of a query with one row and one column."""
    (row,) = select(store, query)
    (value,) = row.values()
    return value


@dataclass(frozen=True)
class Described:
    """A release, all its quads, and its description as one graph."""

    release: Release
    store: ox.Store
    description: ox.Store

    def data(self, graph: str | None) -> ox.Store:
        """A data graph, or all of them merged, as a default graph."""
        merged = ox.Store()
        merged.extend(
            ox.Quad(quad.subject, quad.predicate, quad.object)
            for quad in self.store
            if quad.graph_name.value == graph
            or (graph is None and "/graph/description/" not in quad.graph_name.value)
        )
        return merged


@pytest.fixture(scope="session")
def described(tmp_path_factory: pytest.TempPathFactory) -> Described:
    """A release of the project. Shapes have tests of their own, and would take most of the time."""
    copy = tmp_path_factory.mktemp("project")
    for folder in ("data", "ontology", "queries"):
        shutil.copytree(ROOT / folder, copy / folder)
    output = io.StringIO()
    console = Console(file=output, width=400)
    assert run_build(_settings(copy), forget_published=False, console=console) == 0, (
        output.getvalue()
    )
    release = open_release(copy / "releases")
    store, description = ox.Store(), ox.Store()
    store.bulk_load(path=str(release.graph), format=ox.RdfFormat.N_QUADS)
    description.load(path=str(release.path / DESCRIPTION_TURTLE), format=ox.RdfFormat.TURTLE)
    return Described(release, store, description)


@pytest.fixture(scope="session")
def datasets(described: Described) -> dict[str, str | None]:
    """Dataset → the data graph that it is, ``None`` for all."""
    rows = select(described.description, "SELECT ?d ?g { ?named sd:graph ?d ; sd:name ?g }")
    own = f"{BASE}/graph/description/"
    graphs: dict[str, str | None] = {row["d"]: row["g"] for row in rows if own not in row["g"]}
    return {**graphs, f"{BASE}/id/dataset": None}


COUNTS = {
    "triples": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "entities": f'SELECT (COUNT(DISTINCT ?s) AS ?n) {{ ?s ?p ?o FILTER(STRSTARTS(STR(?s), "{BASE}/")) }}',
    "distinctSubjects": "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
    "distinctObjects": "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }",
    "properties": "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }",
    "classes": "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }",
}


def test_every_count_and_partition_is_that_of_the_graph(
    described: Described, datasets: dict[str, str | None]
) -> None:
    assert len(datasets) == 21
    for dataset, graph in datasets.items():
        data = described.data(graph)
        for term, query in COUNTS.items():
            said = only(described.description, f"SELECT ?n {{ <{dataset}> void:{term} ?n }}")
            assert said == only(data, query), (dataset, term)
        said_classes = select(
            described.description,
            f"SELECT ?c ?n {{ <{dataset}> void:classPartition [ void:class ?c ; void:entities ?n ] }}",
        )
        real_classes = select(data, "SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c")
        assert by_text(said_classes) == by_text(real_classes), dataset
        said_properties = select(
            described.description,
            f"""SELECT ?p ?n ?s ?o {{ <{dataset}> void:propertyPartition [ void:property ?p ; void:triples ?n ;
                  void:distinctSubjects ?s ; void:distinctObjects ?o ] }}""",
        )
        real_properties = select(
            data,
            """SELECT ?p (COUNT(*) AS ?n) (COUNT(DISTINCT ?a) AS ?s) (COUNT(DISTINCT ?b) AS ?o)
               { ?a ?p ?b } GROUP BY ?p""",
        )
        assert by_text(said_properties) == by_text(real_properties), dataset


def by_text(rows: list[Row]) -> list[str]:
    """Rows in an order of their own."""
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def test_every_graph_is_listed_and_counted_the_description_too(described: Described) -> None:
    said = select(
        described.description,
        """SELECT ?g ?n { ?service a sd:Service ; sd:defaultDataset/sd:namedGraph ?named .
           ?named sd:name ?g ; sd:graph/void:triples ?n }""",
    )
    counted = Counter(quad.graph_name.value for quad in described.store)
    assert {row["g"]: int(row["n"]) for row in said} == counted
    assert described.release.manifest["graphs"] == counted
    assert described.release.quads == len(described.store)
    default = only(
        described.description,
        "SELECT ?n { ?service sd:defaultDataset/sd:defaultGraph/void:triples ?n }",
    )
    distinct = {(quad.subject, quad.predicate, quad.object) for quad in described.store}
    assert int(default) == len(distinct)


def test_no_triple_of_the_description_stands_in_a_second_graph(described: Described) -> None:
    twice = select(
        described.store,
        f"""SELECT ?s ?p ?o {{ GRAPH ?own {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?own), "{BASE}/graph/description/"))
            GRAPH ?other {{ ?s ?p ?o }} FILTER(?other != ?own) }}""",
    )
    assert twice == []


def test_every_linkset_is_that_of_the_graphs(
    described: Described, datasets: dict[str, str | None]
) -> None:
    links = select(
        described.description,
        """SELECT ?source ?target ?p ?n ?space { ?links a void:Linkset ; void:linkPredicate ?p ; void:triples ?n ;
             void:subjectsTarget ?source ; void:objectsTarget ?target . OPTIONAL { ?target void:uriSpace ?space } }""",
    )
    inside = {(row["source"], row["p"], row["target"]): row for row in links if "space" not in row}
    real = select(
        described.store,
        f"""SELECT ?a ?p ?b (COUNT(*) AS ?n) {{
              GRAPH ?a {{ ?s ?p ?o }} FILTER(?p != rdf:type)
              {{ SELECT DISTINCT ?o ?b {{ GRAPH ?b {{ ?o a ?type }} }} }}
              FILTER(?a != ?b && ?b NOT IN (<{BASE}/graph/derived>, <{BASE}/graph/ontology>))
              FILTER(!CONTAINS(STR(?a), "/description/") && !CONTAINS(STR(?b), "/description/"))
            }} GROUP BY ?a ?p ?b""",
    )
    dataset_of = {graph: dataset for dataset, graph in datasets.items()}
    assert len(real) > 50
    assert {key: row["n"] for key, row in inside.items()} == {
        (dataset_of[row["a"]], row["p"], dataset_of[row["b"]]): row["n"] for row in real
    }
    outside = [row for row in links if "space" in row]
    assert {row["space"] for row in outside} >= {"https://purl.org/ctdl/terms/"}
    for row in outside:
        found = only(
            described.store,
            f"""SELECT (COUNT(*) AS ?n) {{ GRAPH <{datasets[row["source"]]}> {{ ?s <{row["p"]}> ?o }}
                FILTER(isIRI(?o) && STRSTARTS(STR(?o), "{row["space"]}")) }}""",
        )
        assert row["n"] == found


def test_every_dump_is_there_and_is_its_graph(
    described: Described, datasets: dict[str, str | None]
) -> None:
    rows = select(
        described.description,
        """SELECT ?dataset ?url ?size ?sum ?type { ?dataset dcat:distribution ?d . ?d dcat:downloadURL ?url ;
             dcat:accessURL ?url ; dcat:byteSize ?size ; dcat:mediaType ?type ;
             dcat:compressFormat <https://www.iana.org/assignments/media-types/application/gzip> ;
             spdx:checksum [ spdx:algorithm spdx:checksumAlgorithm_sha256 ; spdx:checksumValue ?sum ] .
             ?dataset void:dataDump ?url }""",
    )
    release = described.release
    start = f"{BASE}/data/{release.id}/"
    formats = {
        "application/n-triples": ox.RdfFormat.N_TRIPLES,
        "application/n-quads": ox.RdfFormat.N_QUADS,
    }
    assert {row["dataset"] for row in rows} == set(datasets)
    for row in rows:
        assert row["url"].startswith(start)
        data = (release.path / row["url"].removeprefix(start)).read_bytes()
        assert len(data) == int(row["size"])
        assert hashlib.sha256(data).hexdigest() == row["sum"]
        media_type = row["type"].removeprefix("https://www.iana.org/assignments/media-types/")
        dumped = set(ox.parse(gzip.decompress(data), format=formats[media_type]))
        graph = datasets[row["dataset"]]
        if graph is None:
            expected = {
                q for q in described.store if "/graph/description/" not in q.graph_name.value
            }
        else:
            expected = set(described.data(graph))
        assert dumped == expected, row["dataset"]
    files = {name for name in release.manifest["files"] if name.startswith("dumps/")}
    assert files == {row["url"].removeprefix(start) for row in rows}


def test_the_catalogue_lists_the_editions_as_a_series_under_their_own_iris(
    described: Described,
) -> None:
    listed = select(
        described.description,
        """SELECT ?d ?version ?series ?issued ?file { ?catalog a dcat:Catalog ; dcat:dataset ?d , ?series .
             ?d dcat:inSeries ?series ; dcat:version ?version ; dcterms:title ?t ; dcterms:description ?x ;
                dcat:distribution/dcat:downloadURL ?file .
             ?series a dcat:DatasetSeries . FILTER(LANG(?t) = "zh" && LANG(?x) = "zh") OPTIONAL { ?d dcterms:issued ?issued } }""",
    )
    editions = {row["iri"] for row in described.release.manifest["counts"]["editions"]}
    assert {row["d"] for row in listed} == editions
    (shanghai,) = (row for row in listed if row["d"].endswith("310000-1/3.0"))
    assert shanghai["issued"] == "2025-10-30"  # the day of the notice
    assert shanghai["series"] == f"{BASE}/id/directory/310000-1"
    whole = select(
        described.description,
        f"""SELECT ?version ?licence {{ <{BASE}/id/dataset> dcat:version ?version ; dcterms:license ?licence }}""",
    )
    assert whole == [
        {
            "version": described.release.id,
            "licence": "https://creativecommons.org/licenses/by/4.0/",
        }
    ]
    assert "https://creativecommons.org/licenses/by/4.0/" in (ROOT / "LICENSE-DATA").read_text()


# What they ask of is left out here, and asked of the real release elsewhere.
OF_SHAPES = {"shapes", "checks"}


def test_every_question_runs_and_answers_as_its_file(described: Described) -> None:
    rows = select(
        described.description,
        """SELECT ?name ?text ?zh ?en ?target { ?q a sh:SPARQLExecutable , sh:SPARQLSelectExecutable ;
             dcterms:identifier ?name ; sh:select ?text ; schema:target ?target ; rdfs:comment ?zh , ?en ;
             sh:prefixes/sh:declare/sh:prefix "zc" . FILTER(LANG(?zh) = "zh" && LANG(?en) = "en") }""",
    )
    files = {path.stem: path.read_text("utf-8") for path in (ROOT / "queries").glob("*.rq")}
    assert {row["name"] for row in rows} == set(files)
    for row in rows:
        header = "\n".join(
            line.removeprefix("#+ ") for line in files[row["name"]].splitlines() if line[:2] == "#+"
        )
        asked = yaml.safe_load(header)["question"]
        assert (row["zh"], row["en"]) == (asked["zh"], asked["en"])
        assert row["target"] == f"{BASE}/sparql"
        assert "#+" not in row["text"]
        said, real = (
            described.store.query(text, use_default_graph_as_union=True).serialize(  # type: ignore[union-attr]
                format=ox.QueryResultsFormat.TSV
            )
            for text in (row["text"], files[row["name"]])
        )
        assert said == real
        if row["name"] not in OF_SHAPES:
            assert said is not None and said.count(b"\n") > 1, row["name"]


def test_the_prefixes_are_declared_with_the_questions(described: Described) -> None:
    rows = select(
        described.description,
        """SELECT DISTINCT ?prefix ?iri { ?question sh:prefixes/sh:declare [ sh:prefix ?prefix ; sh:namespace ?iri ] }""",
    )
    assert {row["prefix"]: row["iri"] for row in rows} == described.release.manifest["prefixes"]


def test_every_parameter_is_described(described: Described) -> None:
    rows = select(
        described.description,
        """SELECT ?question ?path ?en ?kind ?example { ?q sh:parameter ?p ; dcterms:identifier ?question .
             ?p a sh:Parameter ; sh:path ?path ; sh:name ?en ; skos:example ?example .
             FILTER(LANG(?en) = "en") { ?p sh:datatype ?kind } UNION { ?p sh:nodeKind ?kind } }""",
    )
    found = {(row["question"], row["path"].rsplit("/", 1)[-1]) for row in rows}
    declared = set()
    for path in (ROOT / "queries").glob("*.rq"):
        lines = path.read_text("utf-8").splitlines()
        header = yaml.safe_load("\n".join(line[3:] for line in lines if line.startswith("#+")))
        for parameter in header.get("parameters") or ():
            if parameter.get("example") is not None:
                declared.add((header["name"], parameter["name"]))
    assert found == declared
    (row,) = (
        r for r in rows if r["question"] == "recognition" and r["path"].endswith("/certificate")
    )
    assert row["kind"] == "http://www.w3.org/ns/shacl#IRI"
    assert row["example"] == f"{BASE}/id/certificate/c00009"


def test_the_files_of_the_description_are_part_of_the_graph(described: Described) -> None:
    folder = described.release.path
    lines = (folder / DESCRIPTION).read_text("utf-8").splitlines()
    assert lines == sorted(set(lines))
    graph = (folder / GRAPH).read_text("utf-8").splitlines()
    assert set(lines) <= set(graph)
    own = {line for line in graph if line.endswith(f"{BASE}/graph/description/void> .")}
    assert own and own <= set(lines)
    triples = {
        ox.Quad(quad.subject, quad.predicate, quad.object)
        for quad in ox.parse("\n".join(lines), format=ox.RdfFormat.N_QUADS)
    }
    # By value: a store keeps integers as such, whatever their subtype.
    stored = ox.Store()
    stored.extend(triples)
    assert set(stored) == set(described.description)


def test_the_name_is_made_from_the_content_with_the_name_left_blank(described: Described) -> None:
    release, manifest = described.release, described.release.manifest
    blank = {
        file: (release.path / file).read_bytes().replace(release.id.encode(), UNNAMED.encode())
        for file in manifest["files"]
    }
    content = Content(
        files=blank,
        base=manifest["base"],
        version=manifest["version"],
        inputs=manifest["inputs"],
        graphs=manifest["graphs"],
        counts=manifest["counts"],
        prefixes=manifest["prefixes"],
    )
    assert content.name == release.id


def test_a_dump_has_no_clock_and_no_name_in_it() -> None:
    data = compress(["a\n", "b\n"])
    assert gzip.decompress(data) == b"a\nb\n"
    assert data[:4] == b"\x1f\x8b\x08\x00"  # no flag: neither name nor comment
    assert data[4:8] == bytes(4)


def test_the_gate_sees_the_description(checked: Checked) -> None:
    """The project conforms (``checked`` has no violation); a description without a licence does not."""
    assert not checked.faults.violations
    assert checked.source is not None
    project, names = checked.assembly.project, checked.assembly.names
    description = describe(checked.source, UNNAMED).union()
    shapes = read_shapes(project, names)
    assert not list(validate_shapes(description, shapes).objects(None, SH.result))
    description.remove((names.id("catalog"), DCTERMS.license, None))
    report = validate_shapes(description, shapes)
    (result,) = report.objects(None, SH.result)
    assert str(report.value(result, SH.sourceShape)).endswith("/ns/shape/Licence")
    assert report.value(result, SH.focusNode) == names.id("catalog")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (None, "catalog-missing"),
        ("title.zh = ", "toml"),
        ('title = {zh = "甲", en = "A"}\nlicence = "CC0"\n', "catalog-form"),
    ],
)
def test_a_catalogue_that_is_not_as_it_must_be_is_a_fault(
    text: str | None, rule: str, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    if text is not None:
        (tmp_path / "data/catalog.toml").write_text(text, "utf-8")
    faults = FaultList()
    assert read_catalog(Project(tmp_path), faults) is None
    assert {fault.rule for fault in faults.violations} == {rule}
    assert all(fault.place.file == "data/catalog.toml" for fault in faults.violations)
    assert all(fault.zh and fault.en for fault in faults.violations)


def test_a_question_that_cannot_be_read_stops_the_build_and_is_named(
    ungated: Path, kg_build: Run
) -> None:
    (ungated / "queries/benefits.rq").write_text("#+ name: benefits\nnothing", "utf-8")
    code, output = kg_build(ungated)
    assert code == 1
    assert "benefits.rq" in output
    assert "Traceback" not in output


def test_the_build_half_loads_nothing_of_the_serve_half() -> None:
    """Questions are read by both halves; what reads them brings neither an engine (only the names of its errors) nor a
    web framework.
    """
    code = (
        "import sys, kgservice.build.building; "
        "print(sorted({'fastapi', 'kgservice.app', 'kgservice.engine.interface'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
