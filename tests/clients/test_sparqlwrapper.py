"""SPARQLWrapper as it comes: by default it sends format=, output= and results= besides ``Accept``."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.error import HTTPError

import pytest
from rdflib import Graph, Literal, URIRef
from SPARQLWrapper import (
    CSV,
    GET,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from .facts import (
    ASK,
    ASK_FALSE,
    CERTIFICATE,
    CONSTRUCT,
    COUNT,
    DESCRIBE,
    ENDLESS,
    GRAPH,
    GRAPHS,
    IRI,
    NAMES,
    NOT_SPARQL,
    OTHER_GRAPH,
    PREF_LABEL,
    RECOGNISED,
    RECOGNITION,
    SELECT,
    TERMS,
    TEXT,
    XSD,
)

WAYS = [
    pytest.param((GET, URLENCODED), id="get"),
    pytest.param((POST, URLENCODED), id="form"),
    pytest.param((POST, POSTDIRECTLY), id="direct"),
]


@pytest.fixture(params=WAYS)
def wrapper(endpoint: str, request: pytest.FixtureRequest) -> SPARQLWrapper:
    """SPARQLWrapper over the endpoint, by each way of the protocol."""
    method, request_method = request.param
    client = SPARQLWrapper(endpoint)
    client.setMethod(method)
    client.setRequestMethod(request_method)
    return client


def answer(client: SPARQLWrapper, query: str, form: str | None = None) -> Any:
    client.setQuery(query)
    if form is not None:
        client.setReturnFormat(form)
    return client.queryAndConvert()


def test_select(wrapper: SPARQLWrapper) -> None:
    rows = answer(wrapper, RECOGNITION, JSON)["results"]["bindings"]
    told = [tuple(row[name]["value"] for name in ("regionName", "row", "title")) for row in rows]
    assert sorted(told) == sorted(RECOGNISED)


def test_every_kind_of_term(wrapper: SPARQLWrapper) -> None:
    (row,) = answer(wrapper, TERMS, JSON)["results"]["bindings"]
    assert row == {
        "iri": {"type": "uri", "value": IRI},
        "text": {"type": "literal", "value": TEXT},
        "tagged": {"type": "literal", "value": "職稱", "xml:lang": "zh-hant"},
        "number": {"type": "literal", "value": "40", "datatype": f"{XSD}integer"},
        "decimal": {"type": "literal", "value": "3.5", "datatype": f"{XSD}decimal"},
        "day": {"type": "literal", "value": "2021-03-04", "datatype": f"{XSD}date"},
        "flag": {"type": "literal", "value": "true", "datatype": f"{XSD}boolean"},
    }


def test_every_format_of_a_table(wrapper: SPARQLWrapper) -> None:
    wanted = "美国注册冶金与材料工程师"
    literal = answer(wrapper, SELECT).getElementsByTagName("literal")[0]  # XML is the default
    assert literal.firstChild.data == wanted
    assert literal.getAttribute("xml:lang") == "zh"
    assert answer(wrapper, SELECT, XML).getElementsByTagName("literal")
    rows = list(csv.reader(io.StringIO(answer(wrapper, SELECT, CSV).decode(), newline="")))
    assert rows == [["name"], [wanted]]
    assert answer(wrapper, SELECT, TSV).decode().splitlines() == ["?name", f'"{wanted}"@zh']


def test_ask(wrapper: SPARQLWrapper) -> None:
    assert answer(wrapper, ASK, JSON)["boolean"] is True
    assert answer(wrapper, ASK_FALSE, JSON)["boolean"] is False
    document = answer(wrapper, ASK, XML)
    assert document.getElementsByTagName("boolean")[0].firstChild.data == "true"


@pytest.mark.parametrize("form", [None, XML, RDFXML, JSONLD, TURTLE, N3])
@pytest.mark.parametrize("query", [CONSTRUCT, DESCRIBE], ids=["construct", "describe"])
def test_graphs(wrapper: SPARQLWrapper, query: str, form: str | None) -> None:
    got = answer(wrapper, query, form)
    graph = Graph().parse(data=got, format="turtle") if isinstance(got, bytes) else got
    if query == CONSTRUCT:
        subject, predicate = (
            URIRef("https://example.org/证书/甲"),
            URIRef("https://example.org/名称"),
        )
    else:
        subject, predicate = URIRef(CERTIFICATE), URIRef(PREF_LABEL)
    assert set(graph.objects(subject, predicate)) == {Literal(*name) for name in NAMES}


def test_datasets(wrapper: SPARQLWrapper, counts: dict[str, int]) -> None:
    def count() -> int:
        return int(answer(wrapper, COUNT, JSON)["results"]["bindings"][0]["n"]["value"])

    wrapper.addDefaultGraph(GRAPH)
    assert count() == counts[GRAPH]
    wrapper.addDefaultGraph(OTHER_GRAPH)
    assert count() == counts[GRAPH] + counts[OTHER_GRAPH]
    wrapper.addNamedGraph(OTHER_GRAPH)
    rows = answer(wrapper, GRAPHS, JSON)["results"]["bindings"]
    assert [row["g"]["value"] for row in rows] == [OTHER_GRAPH]


def test_errors_are_its_own_and_say_why(wrapper: SPARQLWrapper) -> None:
    with pytest.raises(QueryBadFormed, match="Prefix not found"):
        answer(wrapper, NOT_SPARQL, JSON)
    # No table is an answer to CONSTRUCT: told, not answered with something else.
    with pytest.raises(QueryBadFormed, match="format"):
        answer(wrapper, CONSTRUCT, CSV)


def test_a_crossed_deadline_is_an_error(hurried: str) -> None:
    client = SPARQLWrapper(hurried)
    with pytest.raises(HTTPError) as raised:
        answer(client, ENDLESS, JSON)
    assert raised.value.code == 504
    assert "1 seconds" in json.loads(raised.value.read())["detail"]
