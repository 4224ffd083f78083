"""Formats and negotiation, through the running service: every format for every form, and an honest 406."""

from __future__ import annotations

import csv
import io
import json
import re
from xml.etree import ElementTree

import httpx
import pytest
from conftest import BASE, EX, Service

from kgservice.sparql.negotiate import choose, parse_accept
from kgservice.sparql.results import FORMATS, GRAPHS, OFFERS

SRJ, SRX = "application/sparql-results+json", "application/sparql-results+xml"
CSV, TSV = "text/csv", "text/tab-separated-values"
TTL, NT, RDF = "text/turtle", "application/n-triples", "application/rdf+xml"
LABEL = f'SELECT ?l {{ <{BASE}/id/certificate/c00001> <http://www.w3.org/2000/01/rdf-schema#label> ?l FILTER(LANG(?l) = "zh") }}'
COPY = f"CONSTRUCT {{ ?s <{EX}名称> ?n }} WHERE {{ ?s <{EX}名称> ?n }}"
SUBJECT, NAME, TEXT = f"{EX}证书/甲", f"{EX}名称", "证书甲，“引号”与 & <符号>"


def kind(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return answer.headers["content-type"].partition(";")[0]


def test_select_as_json(service: Service) -> None:
    answer = service.get(LABEL, SRJ)
    assert kind(answer) == SRJ
    expected = {"l": {"type": "literal", "value": "专业工程师", "xml:lang": "zh"}}
    assert answer.json()["results"]["bindings"] == [expected]
    assert answer.headers["content-length"] == str(len(answer.content))


def test_select_as_xml(service: Service) -> None:
    answer = service.get(LABEL, SRX)
    assert kind(answer) == SRX
    literal = ElementTree.fromstring(answer.content).find(".//{*}literal")
    assert literal is not None
    assert literal.text == "专业工程师"
    assert literal.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == "zh"


def test_select_as_csv_and_tsv(service: Service) -> None:
    answer = service.get(f"SELECT ?s ?n {{ ?s <{NAME}> ?n }}", CSV)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert list(csv.reader(io.StringIO(answer.text, newline=""))) == [["s", "n"], [SUBJECT, TEXT]]
    answer = service.get(LABEL, TSV)
    assert answer.headers["content-type"] == "text/tab-separated-values; charset=utf-8"
    assert answer.text == '?l\n"专业工程师"@zh\n'


@pytest.mark.parametrize("accept", [SRJ, SRX])
@pytest.mark.parametrize("truth", [True, False])
def test_ask(service: Service, accept: str, truth: bool) -> None:
    answer = service.get(f"ASK {{ FILTER({str(truth).lower()}) }}", accept)
    assert kind(answer) == accept
    if accept == SRJ:
        assert answer.json()["boolean"] is truth
    else:
        assert ElementTree.fromstring(answer.content).findtext("{*}boolean") == str(truth).lower()


@pytest.mark.parametrize("form", GRAPHS, ids=lambda form: form.key)
@pytest.mark.parametrize("query", [COPY, f"DESCRIBE <{SUBJECT}>"], ids=["construct", "describe"])
def test_graphs(service: Service, form, query: str) -> None:  # type: ignore[no-untyped-def]
    import rdflib

    answer = service.get(query, form.media_type)
    assert kind(answer) == form.media_type
    names = {"turtle": "turtle", "ntriples": "nt", "nquads": "nquads", "trig": "trig"}
    graph = rdflib.Dataset(default_union=True)
    graph.parse(
        data=answer.content, format={**names, "rdfxml": "xml", "jsonld": "json-ld"}[form.key]
    )
    triples = {(str(s), str(p), str(o)) for s, p, o in graph.triples((None, None, None))}
    assert (SUBJECT, NAME, TEXT) in triples
    assert len(triples) == (1 if query == COPY else 2)


def test_turtle_uses_the_prefixes_of_the_release(service: Service) -> None:
    text = service.get(f"CONSTRUCT {{ <{BASE}/id/certificate/c00001> a <{EX}X> }} {{}}", TTL).text
    assert "@prefix ex: <https://example.org/> ." in text
    assert "a ex:X" in text


@pytest.mark.parametrize("form", list(OFFERS), ids=str)
def test_every_format_is_reached_by_its_names(service: Service, form) -> None:  # type: ignore[no-untyped-def]
    query = {
        "SELECT": LABEL,
        "ASK": "ASK {}",
        "CONSTRUCT": COPY,
        "DESCRIBE": f"DESCRIBE <{SUBJECT}>",
    }[form]
    for one in OFFERS[form]:
        for name in (*one.names, one.media_type):
            assert kind(service.get(query, "image/png", format=name)) == one.media_type


def test_a_format_that_is_none_or_does_not_fit_is_refused(service: Service) -> None:
    for name, query in (("excel", LABEL), ("turtle", LABEL), ("csv", COPY), ("tsv", "ASK {}")):
        document = service.problem(service.get(query, format=name), 400, "parameter")
        assert document["parameter"] == "format"
        assert name in document["detail"]


TABLE = [
    (LABEL, None, SRJ),
    (LABEL, "*/*", SRJ),
    (LABEL, "", SRJ),
    (LABEL, f"{SRX};q=0.5, {SRJ};q=0.9", SRJ),
    (LABEL, f"{SRX};q=0.123, {CSV};q=0.124", CSV),
    (LABEL, f"text/*;q=0.9, {CSV};q=0.1", TSV),
    (LABEL, f"{SRJ};q=0, */*;q=0.1", SRX),
    (LABEL, "text/*", CSV),
    (LABEL, "application/json", "application/json"),
    (LABEL, "application/xml", "application/xml"),
    (LABEL, f"{TTL}, {SRX};q=0.4", SRX),
    (LABEL, "Application/SPARQL-Results+XML", SRX),
    (LABEL, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/xml"),
    (LABEL, "nonsense, ;;;q=, *", SRJ),
    (LABEL, f"{CSV};q=abc, {TSV};q=0.2", TSV),
    (COPY, None, TTL),
    (COPY, f"{TTL} ; charset=utf-8 ; q=0.9 ,  {RDF} ; q=0.1", TTL),
    (COPY, f"{TTL};q=0.5, {NT}", NT),
    (COPY, "application/ld+json, text/turtle;q=0.9", "application/ld+json"),
]


@pytest.mark.parametrize(("query", "accept", "expected"), TABLE)
def test_negotiation(service: Service, query: str, accept: str | None, expected: str) -> None:
    request = service.client.build_request("GET", "/sparql", params={"query": query})
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    answer = service.client.send(request)
    assert kind(answer) == expected
    assert "accept" in answer.headers["vary"].lower()


def test_two_accept_lines_are_one_list(service: Service) -> None:
    headers = [("accept", f"{SRX};q=0.3"), ("accept", f"{CSV};q=0.8")]
    answer = service.client.get("/sparql", params={"query": LABEL}, headers=headers)
    assert kind(answer) == CSV


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        (LABEL, "image/png"),
        (LABEL, TTL),
        (LABEL, "*/*;q=0"),
        (LABEL, f"{SRJ};q=0"),
        (COPY, SRJ),
        ("ASK {}", CSV),
        (None, "image/png"),
    ],
)
def test_406_lists_what_there_is(service: Service, query: str | None, accept: str) -> None:
    parameters = {} if query is None else {"query": query}
    answer = service.client.get("/sparql", params=parameters, headers={"accept": accept})
    document = service.problem(answer, 406, "not-acceptable")
    assert len(document["offered"]) >= 2
    for offered in document["offered"]:
        again = service.client.get("/sparql", params=parameters, headers={"accept": offered})
        assert kind(again) == offered


@pytest.mark.parametrize("accept", ["image/png", TTL, SRJ])
def test_what_is_no_query_is_told_before_the_format(service: Service, accept: str) -> None:
    service.problem(service.get("SELECT ?x { ?x a foaf:Person }", accept), 400, "query-syntax")


def test_every_key_is_one_of_the_workers() -> None:
    from kgservice.engine import writing

    assert {form.key for form in FORMATS} == {*writing.RESULTS, *writing.GRAPHS}


def test_the_first_of_equals_is_chosen_and_zero_never() -> None:
    assert choose(parse_accept(["a/b, c/d"]), ["c/d", "a/b"]) == "c/d"
    assert choose(parse_accept(["a/b;q=0"]), ["a/b"]) is None
    assert choose(parse_accept(['a/b;x="q=0,c/d"']), ["a/b", "c/d"]) == "a/b"
    assert choose(parse_accept([]), ["a/b"]) == "a/b"


def test_description_in_every_rdf_format_from_the_values_it_runs_on(service: Service) -> None:
    import rdflib

    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    for form, name in zip(
        GRAPHS, ("turtle", "nt", "nquads", "trig", "xml", "json-ld"), strict=True
    ):
        answer = service.client.get("/sparql", headers={"accept": form.media_type})
        assert kind(answer) == form.media_type
        graph = rdflib.Dataset(default_union=True)
        graph.parse(data=answer.content, format=name)
        endpoint = rdflib.URIRef(f"{service.url}/sparql")
        assert (endpoint, rdflib.RDF.type, sd.Service) in graph
        assert (endpoint, sd.feature, sd.UnionDefaultGraph) in graph
        assert {str(iri) for iri in graph.objects(endpoint, sd.resultFormat)} == {
            form.iri for form in FORMATS
        }
        named = {str(iri) for iri in graph.objects(None, sd.name)}
        assert named == {f"{BASE}/graph/{letter}" for letter in "abc"}


def test_a_browser_gets_a_page_with_a_form(service: Service) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    answer = service.client.get("/sparql", headers={"accept": accept})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<form id="ask" method="get" action="/query">' in answer.text
    loaded = re.findall(r'(?:src|action)="([^"]*)"', answer.text)
    assert len(loaded) >= 3
    assert all(address.startswith("/") for address in loaded)


def test_json_is_read_back_as_it_is(service: Service) -> None:
    awkward = '“引号” "quoted", a; b\tc\nd \\ e <f> & g \U00020000'
    query = f"SELECT ?x {{ VALUES ?x {{ {json.dumps(awkward, ensure_ascii=False)} }} }}"
    assert service.rows(query) == [{"x": awkward}]
