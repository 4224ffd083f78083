"""Every shape fires on the graph that breaks it, on the node named there, and on no other graph.

A misspelt constraint or target makes a shape pass everything, and meta-validation does not see it. Hence the example
per shape: ``shapes/examples/<Name>/valid.ttl`` conforms to all shapes; ``invalid.ttl`` (and ``invalid-2.ttl`` …, one per
further way to break the rule) breaks ``<Name>`` and nothing else, on the node of its first line ``# focus: <iri>``
(``_:`` for a blank node).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pyshacl
import pytest
import rdflib.plugins.sparql.processor as sparql_processor
from rdflib import OWL, RDF, RDFS, SKOS, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import SH
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.term import Node

ROOT = Path(__file__).resolve().parents[1]
ONTOLOGY = ROOT / "ontology"
SHAPES = ROOT / "shapes"
EXAMPLES = SHAPES / "examples"
BASE = "https://w3id.org/zhicheng"
NS = f"{BASE}/ns/"
SHAPE_NS = f"{NS}shape/"

# https://www.w3.org/TR/shacl/: the terms that a shapes graph of ours may use.
SHACL_TERMS = """NodeShape PropertyShape targetClass targetNode targetObjectsOf targetSubjectsOf path property node
    inversePath alternativePath zeroOrMorePath oneOrMorePath zeroOrOnePath severity message deactivated
    Violation Warning Info class datatype nodeKind minCount maxCount minExclusive minInclusive maxExclusive
    maxInclusive minLength maxLength pattern flags languageIn uniqueLang equals disjoint lessThan lessThanOrEquals
    not and or xone qualifiedValueShape qualifiedMinCount qualifiedMaxCount qualifiedValueShapesDisjoint closed
    ignoredProperties hasValue in IRI BlankNode Literal BlankNodeOrIRI BlankNodeOrLiteral IRIOrLiteral sparql
    select ask prefixes declare prefix namespace SPARQLConstraint PrefixDeclaration name description order group
    defaultValue SPARQLExecutable construct Parameter parameter"""
EXTERNAL_NAMESPACES = (
    str(RDF),
    str(RDFS),
    str(OWL),
    str(SKOS),
    "http://www.w3.org/ns/dcat#",
    "http://purl.org/dc/terms/",
    "http://www.w3.org/ns/prov#",
    "http://www.w3.org/ns/org#",
    "http://data.europa.eu/eli/ontology#",
    "https://schema.org/",
    "https://w3id.org/sssom/",
    "http://xmlns.com/foaf/0.1/",
    "http://spdx.org/rdf/terms#",
    "http://www.w3.org/ns/sparql-service-description#",
    "http://rdfs.org/ns/void#",
    "https://purl.expasy.org/sparql-examples/ontology#",
    str(SH),
)


def read(*files: Path) -> Graph:
    graph = Graph(store="SimpleMemory")  # no contexts to keep, hence faster to look things up
    for file in files:
        graph.parse(file)
    return graph


def union(*parts: Graph) -> Graph:
    graph = Graph()
    for part in parts:
        for triple in part:
            graph.add(triple)
    return graph


def shape_files() -> list[Path]:
    return sorted((*SHAPES.glob("data/*.ttl"), *SHAPES.glob("ontology/*.ttl")))


@cache
def shapes_graph() -> Graph:
    return read(*shape_files(), ONTOLOGY / "prefixes.ttl")


@cache
def data_shapes_graph() -> Graph:
    return read(*sorted(SHAPES.glob("data/*.ttl")), ONTOLOGY / "prefixes.ttl")


@cache
def style_shapes() -> frozenset[str]:
    """The names of the shapes about the ontology itself."""
    graph = read(*sorted(SHAPES.glob("ontology/*.ttl")))
    return frozenset(str(s).removeprefix(SHAPE_NS) for s in graph.subjects(SH.message, None))


@cache
def ontology_graph() -> Graph:
    return read(*sorted(ONTOLOGY.glob("*.ttl")))


def named_shapes() -> list[str]:
    found = {
        str(shape).removeprefix(SHAPE_NS)
        for kind in (SH.NodeShape, SH.PropertyShape)
        for shape in shapes_graph().subjects(RDF.type, kind)
        if isinstance(shape, URIRef)
    }
    return sorted(found)


def examples(pattern: str) -> list[Path]:
    return sorted(EXAMPLES.glob(f"*/{pattern}"))


def example_id(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@cache
def declarations() -> Graph:
    """What the shapes of ``data/`` look at in the ontology: types, subclasses, schemes."""
    slim = Graph()
    for predicate in (RDF.type, RDFS.subClassOf, SKOS.inScheme):
        for triple in ontology_graph().triples((None, predicate, None)):
            slim.add(triple)
    return slim


@cache
def common() -> Graph:
    return read(EXAMPLES / "_common.ttl")


@pytest.fixture(scope="session", autouse=True)
def parse_each_query_once() -> Iterator[None]:
    """The processor parses the text of a SPARQL constraint anew for every focus node; here it remembers the result."""

    @cache
    def translate(text: str) -> Query:
        return translateQuery(parseQuery(text))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparql_processor, "parseQuery", lambda text: text)
        patch.setattr(sparql_processor, "translateQuery", lambda text, *_: translate(text))
        yield


def results(graph: Graph, shapes: Graph) -> set[tuple[str, Node | None]]:
    """The (shape, focus node) pairs that validation reports."""
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes)
    assert isinstance(report, Graph)
    return {
        (
            str(report.value(result, SH.sourceShape)).removeprefix(SHAPE_NS),
            report.value(result, SH.focusNode),
        )
        for result in report.objects(None, SH.result)
    }


def results_of(example: Path) -> set[tuple[str, Node | None]]:
    """Validates an example in its small world, against all shapes.

    The shapes of ``ontology/`` look at the terms only. These conform (``test_ontology_and_common_world_conform``), so
    they are run again only for an example that describes a term.
    """
    own = read(example)
    if any(str(node).startswith(NS) for node in own.subjects()) or (
        example.parent.name in style_shapes()
    ):
        return results(union(ontology_graph(), common(), own), shapes_graph())
    return results(union(declarations(), common(), own), data_shapes_graph())


def test_every_shape_has_examples_and_every_example_a_shape() -> None:
    shapes = named_shapes()
    assert shapes
    assert [path.parent.name for path in examples("valid.ttl")] == shapes
    assert [path.parent.name for path in examples("invalid.ttl")] == shapes
    folders = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())
    assert folders == shapes


def test_ontology_and_common_world_conform() -> None:
    assert results(union(ontology_graph(), common()), shapes_graph()) == set()


@pytest.mark.parametrize("example", examples("valid.ttl"), ids=example_id)
def test_valid_example_conforms(example: Path) -> None:
    assert results_of(example) == set()


@pytest.mark.parametrize("example", examples("invalid*.ttl"), ids=example_id)
def test_invalid_example_breaks_its_shape_and_only_it(example: Path) -> None:
    first_line = example.read_text(encoding="utf-8").splitlines()[0]
    assert first_line.startswith("# focus: ")
    focus = first_line.removeprefix("# focus: ")
    found = results_of(example)
    assert {shape for shape, _ in found} == {example.parent.name}
    nodes = {node for _, node in found}
    if focus == "_:":
        assert all(isinstance(node, BNode) for node in nodes)
    else:
        assert nodes == {URIRef(focus)}


@pytest.mark.parametrize("name", named_shapes())
def test_shape_says_what_to_do_in_both_languages(name: str) -> None:
    graph = shapes_graph()
    shape = URIRef(SHAPE_NS + name)
    messages = list(graph.objects(shape, SH.message))
    assert sorted(str(m.language) for m in messages if isinstance(m, Literal)) == ["en", "zh"]
    assert graph.value(shape, SH.severity) in (SH.Violation, SH.Warning)
    targets = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
    assert any(graph.value(shape, target) for target in targets)


def test_every_shacl_term_exists() -> None:
    """A misspelt ``sh:`` term is ignored by the engine, and the shape passes everything."""
    used = {
        str(term).removeprefix(str(SH))
        for triple in shapes_graph()
        for term in triple
        if isinstance(term, URIRef) and term.startswith(str(SH))
    }
    assert used - set(SHACL_TERMS.split()) == set()


def path_terms(node: Node) -> Iterator[URIRef]:
    """The predicates of a property path."""
    graph = shapes_graph()
    if isinstance(node, URIRef):
        yield node
        return
    if (node, RDF.first, None) in graph:
        for step in Collection(graph, node):
            yield from path_terms(step)
        return
    for kind in (
        SH.inversePath,
        SH.alternativePath,
        SH.zeroOrMorePath,
        SH.oneOrMorePath,
        SH.zeroOrOnePath,
    ):
        inner = graph.value(node, kind)
        if inner is not None:
            yield from path_terms(inner)


def test_every_path_target_and_class_exists() -> None:
    graph = shapes_graph()
    used: set[Node] = set()
    for path in graph.objects(None, SH.path):
        used.update(path_terms(path))
    for predicate in (
        SH.targetClass,
        SH.targetSubjectsOf,
        SH.targetObjectsOf,
        SH["class"],
        SH.datatype,
        SH.equals,
        SH.disjoint,
        SH.lessThan,
    ):
        used.update(graph.objects(None, predicate))
    for values in (*graph.objects(None, SH["in"]), *graph.objects(None, SH.hasValue)):
        members = Collection(graph, values) if (values, RDF.first, None) in graph else [values]
        used.update(term for term in members if isinstance(term, URIRef))
    ours = {term for term in used if isinstance(term, URIRef) and term.startswith(NS)}
    declared = set(ontology_graph().subjects(RDF.type, None)) | {URIRef(NS)}
    assert ours - declared == set()
    schemes = f"{BASE}/id/"
    known = (*EXTERNAL_NAMESPACES, "http://www.w3.org/2001/XMLSchema#", schemes)
    unknown = {term for term in used - ours if not str(term).startswith(known)}
    assert unknown == set()


def test_every_sparql_constraint_uses_the_declared_prefixes() -> None:
    graph = shapes_graph()
    constraints = list(graph.subjects(SH.select, None))
    assert constraints
    for constraint in constraints:
        assert graph.value(constraint, SH.prefixes) == URIRef(NS)
        text = str(graph.value(constraint, SH.select))
        assert "$this" in text


def test_every_term_in_sparql_constraints_exists() -> None:
    """A misspelt term in a query finds nothing, and the shape passes everything."""
    declared = {str(term) for term in ontology_graph().subjects(RDF.type, None)}
    for constraint in shapes_graph().subjects(SH.select, None):
        text = str(shapes_graph().value(constraint, SH.select))
        for word in text.replace("(", " ").replace(")", " ").replace("/", " ").split():
            for part in word.replace("|", " ").replace("^", " ").split():
                name = part.strip("+*;,.}{")
                if name.startswith("zc:"):
                    assert NS + name.removeprefix("zc:") in declared, name


# The thirteen rules of section 9 and the quality queries: each must return nothing on a release.


def query_files(folder: str) -> list[Path]:
    return sorted((SHAPES / folder).glob("*.rq"))


@cache
def query_text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def rows_of(query: Path, graph: Graph) -> list[tuple[str, str]]:
    found = graph.query(query_text(query))
    return [(str(row[0]), str(row[1])) for row in found]  # type: ignore[index]


@cache
def world() -> Graph:
    """Ontology and common world in one graph, on which no query returns a row."""
    return union(ontology_graph(), common())


def broken_world(example: Path) -> Graph:
    return union(world(), read(example))


def test_there_are_thirteen_never_infer_rules() -> None:
    numbers = [path.name[:2] for path in query_files("never-infer")]
    assert numbers == [f"{n:02}" for n in range(1, 14)]


ALL_QUERIES = [*query_files("never-infer"), *query_files("qc")]


@pytest.mark.parametrize("query", ALL_QUERIES, ids=lambda path: path.stem)
def test_query_returns_nothing_on_the_common_world(query: Path) -> None:
    assert rows_of(query, world()) == []


@pytest.mark.parametrize("query", ALL_QUERIES, ids=lambda path: path.stem)
def test_query_projects_focus_and_detail_and_has_a_header(query: Path) -> None:
    text = query_text(query)
    algebra = translateQuery(parseQuery(text)).algebra
    assert [str(var) for var in algebra["PV"]] == ["focus", "detail"]
    header = [line for line in text.splitlines() if line.startswith("#")]
    assert any("zh:" in line for line in header)
    assert any("en:" in line for line in header)


@pytest.mark.parametrize(
    "example",
    sorted((*SHAPES.glob("never-infer/examples/*.ttl"), *SHAPES.glob("qc/examples/*.ttl"))),
    ids=lambda path: path.stem,
)
def test_query_finds_the_offender_of_its_example(example: Path) -> None:
    name = example.stem.partition("-invalid")[0]
    (query,) = (path for path in query_files(example.parents[1].name) if path.stem.startswith(name))
    focus = example.read_text(encoding="utf-8").splitlines()[0].removeprefix("# focus: ")
    found = rows_of(query, broken_world(example))
    assert {row[0] for row in found} == {focus}


def test_every_query_has_an_example() -> None:
    never = {path.stem[:2] for path in SHAPES.glob("never-infer/examples/*.ttl")}
    assert never == {path.stem[:2] for path in query_files("never-infer")}
    qc = {path.stem.partition("-invalid")[0] for path in SHAPES.glob("qc/examples/*.ttl")}
    assert qc == {path.stem for path in query_files("qc")}
