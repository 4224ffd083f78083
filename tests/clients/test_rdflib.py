"""rdflib's SPARQLStore: a remote graph that is used like one in memory."""

from __future__ import annotations

from decimal import Decimal
from urllib.error import HTTPError

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF
from rdflib.plugins.stores.sparqlstore import SPARQLStore

from .facts import (
    ASK,
    ASK_FALSE,
    BASE,
    CERTIFICATE,
    CONSTRUCT,
    COUNT,
    DESCRIBE,
    GRAPH,
    IRI,
    NAMES,
    NOT_SPARQL,
    PREF_LABEL,
    RECOGNISED,
    RECOGNITION,
    SELECT,
    TERMS,
    TEXT,
    XSD,
)

LABEL = URIRef(PREF_LABEL)


@pytest.fixture(params=["GET", "POST", "POST_FORM"])
def store(endpoint: str, request: pytest.FixtureRequest) -> SPARQLStore:
    """A store over the endpoint, by each way of the protocol."""
    return SPARQLStore(endpoint, method=request.param)


def test_select(store: SPARQLStore) -> None:
    rows = [(row.regionName, row.row, row.title) for row in Graph(store).query(RECOGNITION)]
    assert sorted(tuple(map(str, row)) for row in rows) == sorted(RECOGNISED)


def test_every_kind_of_term(store: SPARQLStore) -> None:
    (row,) = Graph(store).query(TERMS)
    assert row.asdict() == {
        "iri": URIRef(IRI),
        "text": Literal(TEXT),
        "tagged": Literal("職稱", lang="zh-hant"),
        "number": Literal(40),
        "decimal": Literal(Decimal("3.5")),
        "day": Literal("2021-03-04", datatype=URIRef(f"{XSD}date")),
        "flag": Literal(True),
    }


@pytest.mark.parametrize("form", ["json", "xml", "tsv"])
def test_formats_of_tables_keep_languages(endpoint: str, form: str) -> None:
    (row,) = Graph(SPARQLStore(endpoint, returnFormat=form)).query(SELECT)
    assert row.name == Literal("美国注册冶金与材料工程师", lang="zh")


def test_ask(store: SPARQLStore) -> None:
    assert bool(Graph(store).query(ASK)) is True
    assert bool(Graph(store).query(ASK_FALSE)) is False


def test_construct_and_describe(store: SPARQLStore) -> None:
    names = {Literal(*name) for name in NAMES}
    made = Graph(store).query(CONSTRUCT).graph
    assert made is not None
    assert set(made) == {
        (URIRef("https://example.org/证书/甲"), URIRef("https://example.org/名称"), name)
        for name in names
    }
    described = Graph(store).query(DESCRIBE).graph
    assert described is not None
    assert set(described.objects(URIRef(CERTIFICATE), LABEL)) == names


def test_patterns_as_in_a_graph_in_memory(store: SPARQLStore) -> None:
    graph = Graph(store)
    assert set(graph.objects(URIRef(CERTIFICATE), LABEL)) == {Literal(*name) for name in NAMES}
    chinese = Literal("美国注册冶金与材料工程师", lang="zh")
    assert set(graph.subjects(LABEL, chinese)) == {URIRef(CERTIFICATE)}
    assert (URIRef(CERTIFICATE), RDF.type, URIRef(f"{BASE}/ns/Certificate")) in graph


def test_a_named_graph(store: SPARQLStore, counts: dict[str, int]) -> None:
    named = Graph(store, identifier=URIRef(GRAPH))
    ((count,),) = named.query(COUNT)
    assert int(count) == counts[GRAPH] == len(named)
    assert len(Graph(store)) > len(named)


def test_errors(store: SPARQLStore) -> None:
    """rdflib raises only after a GET; after a POST it hands back the status in place of a result."""
    if store.method == "GET":
        with pytest.raises(ValueError, match="SPARQL query") as raised:
            Graph(store).query(NOT_SPARQL)
        assert isinstance(raised.value.__context__, HTTPError)
        assert raised.value.__context__.code == 400
    else:
        assert store.query(NOT_SPARQL)[0] == 400
