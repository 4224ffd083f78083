"""Data that bring no description are described by what can be counted: the small release of the tests is such."""

from __future__ import annotations

import pytest
from conftest import BASE, Service
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, VOID

from kgservice.sparql.description import MOST_ADDRESSED, ServiceDescription, describe_graphs

SD = "http://www.w3.org/ns/sparql-service-description#"


def graph_of(service: Service, path: str = "/sparql") -> Graph:
    answer = service.client.get(path, headers={"accept": "text/turtle"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    return Graph().parse(data=answer.text, format="turtle")


def test_a_release_without_a_description_is_counted(service: Service) -> None:
    graph = graph_of(service)
    endpoint = URIRef(f"{service.url}/sparql")
    assert (endpoint, RDF.type, URIRef(f"{SD}Service")) in graph
    assert (endpoint, URIRef(f"{SD}endpoint"), endpoint) in graph
    said = {
        str(graph.value(named, URIRef(f"{SD}name"))): int(
            str(graph.value(graph.value(named, URIRef(f"{SD}graph")), VOID.triples))
        )
        for named in graph.objects(None, URIRef(f"{SD}namedGraph"))
    }
    rows = service.rows("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    assert said == {row["g"]: int(row["n"]) for row in rows}
    assert len(said) == 3
    well_known = graph_of(service, "/.well-known/void")
    assert len(well_known) == len(graph)


def test_a_default_graph_of_its_own_is_counted() -> None:
    """Plain RDF files: no named graph, or a default graph beside them."""
    quads = describe_graphs({f"{BASE}/graph/a": 3}, BASE, union=False, default_quads=7)
    description = ServiceDescription(quads, BASE, {}, union=False)
    graph = Graph().parse(
        data=description.document("ntriples", "https://data.example.org").body, format="nt"
    )
    (default,) = graph.objects(None, URIRef(f"{SD}defaultGraph"))
    assert graph.value(default, VOID.triples) == Literal(7)
    assert (None, URIRef(f"{SD}feature"), URIRef(f"{SD}UnionDefaultGraph")) not in graph
    assert (None, URIRef(f"{SD}endpoint"), URIRef("https://data.example.org/sparql")) in graph


@pytest.mark.parametrize("format", ["turtle", "nt", "nq", "trig", "rdfxml", "jsonld"])
def test_format_overrides_accept(service: Service, format: str) -> None:
    answer = service.client.get("/sparql", params={"format": format}, headers={"accept": "x/y"})
    assert answer.status_code == 200
    assert f"{service.url}/sparql" in answer.text


def test_an_iri_that_only_begins_like_an_address_stays() -> None:
    quads = (
        f"<{BASE}/id/x> <{BASE}/ns/p> <{BASE}/sparqling> .\n"
        f'<{BASE}/id/x> <{BASE}/ns/p> "{BASE}/sparql" .\n'
        f"<{BASE}/id/x> <{BASE}/ns/p> <{BASE}/database> .\n"
        f"<{BASE}/id/x> <{BASE}/ns/p> <{BASE}/sparql> .\n"
    ).encode()
    description = ServiceDescription(quads, BASE, {}, union=True)
    text = description.document("ntriples", "http://h:1").body.decode()
    assert f"<{BASE}/sparqling>" in text
    assert f'"{BASE}/sparql"' in text
    assert f"<{BASE}/database>" in text
    assert "<http://h:1/sparql>" in text and f"<{BASE}/sparql>" not in text


def test_few_documents_are_kept_whatever_hosts_are_asked() -> None:
    quads = describe_graphs({}, BASE, union=True)
    description = ServiceDescription(quads, BASE, {}, union=True)
    for number in range(3 * MOST_ADDRESSED):
        made = description.document("turtle", f"http://h{number}")
        assert f"<http://h{number}/sparql>".encode() in made.body
        assert description.find("turtle", f"http://h{number}") is made
    kept = [n for n in range(3 * MOST_ADDRESSED) if description.find("turtle", f"http://h{n}")]
    assert 1 <= len(kept) <= MOST_ADDRESSED
