"""Every form of SERVICE: refused unless its endpoint is on the list, and then nobody else is called."""

from __future__ import annotations

import contextlib
import random
import time
from urllib.parse import parse_qs

import pytest
from conftest import Service
from test_sparql_check import FETCHES, FRAMES, PIECES, SERVICES

from kgservice.engine.errors import QuerySyntaxError
from kgservice.federation.clauses import (
    SERVICE,
    level_escapes,
    mentions_service,
    read_clauses,
)
from kgservice.sparql.check import QueryRefused, ServiceRefused, find_services, inspect

from .conftest import Scripted

# How each form of the standard list of attacks is answered when its endpoint is allowed. What stands in none of the sets
# is evaluated: the endpoint is called, and no other.
UNCLEAR = {
    "glued-name",
    "glued-prefix",
    "glued-silent-prefix",
    "glued-name-after-true",
    "comparison-as-iri",
    "comparison-opens-string",
    "decoded-quote",
    "dotted-name",
}
NOT_LISTED = {"variable", "escaped-iri"}
# Before the clause stands a pattern that nothing here fits: whatever the endpoint has, no solution would join.
NOTHING_TO_ASK = {"after-number", "after-true", "iri-with-quote", "escaped-quote"}
# Further forms; <U> is the endpoint.
MORE = {
    "prefix-redefined": "PREFIX x: <http://other.example/> PREFIX x: <U> SELECT * { SERVICE x: { ?s ?p ?o } }",
    "prefix-in-parts": "PREFIX x: <ROOT> SELECT * { SERVICE x:sparql { ?s ?p ?o } }",
    "prefix-relative": "BASE <ROOT> PREFIX x: <./> SELECT * { SERVICE x:sparql { ?s ?p ?o } }",
    "prefix-escaped": "PREFIX \\u0078: <U> SELECT * { SERVICE x: { ?s ?p ?o } }",
    "base-twice": "BASE <http://other.example/a/> BASE <U/b> SELECT * { SERVICE <../sparql> { ?s ?p ?o } }",
    "path-only": "BASE <ROOT?x#y> SELECT * { SERVICE </sparql> { ?s ?p ?o } }",
    "empty-iri": "BASE <U> SELECT * { SERVICE <> { ?s ?p ?o } }",
    "dots": "BASE <ROOT> SELECT * { SERVICE <a/./b/../../sparql> { ?s ?p ?o } }",
    "escaped-in-full": "SELECT * { SERVICE <\\u0068\\U00000074tp:REST> { ?s ?p ?o } }",
    "scheme-case": "SELECT * { SERVICE <HTTP:REST> { ?s ?p ?o } }",
    "silent-glued": "SELECT * { SERVICESILENT<U>{ ?s ?p ?o } }",
    "union": "SELECT * { { ?s ?p 1 } UNION { SERVICE <U> { ?s ?p ?o } } }",
    "construct-where": "CONSTRUCT { ?s ?p ?o } FROM <urn:x> WHERE { SERVICE <U> { ?s ?p ?o } }",
    "having": "SELECT ?p { ?s ?p ?o } GROUP BY ?p HAVING (EXISTS { SERVICE <U> { ?s ?p ?o } })",
    "order": "SELECT * { ?s ?p ?o } ORDER BY EXISTS { SERVICE <U> { ?s ?p ?o } }",
    "select-expression": "SELECT (EXISTS { SERVICE <U> { ?s ?p ?o } } AS ?x) { }",
    "bind": "SELECT * { BIND(EXISTS { SERVICE <U> { ?s ?p ?o } } AS ?x) }",
    "values-before": "SELECT * { VALUES ?s { <urn:a> } SERVICE <U> { ?s ?p ?o } }",
    "two": "SELECT * { SERVICE <U> { ?s ?p ?o } SERVICE <U> { ?a ?b ?c } }",
    "nested": "SELECT * { SERVICE <U> { ?s ?p ?o SERVICE <U> { ?s ?q ?z } } }",
    "annotation": "SELECT * { ?a ?b ?c {| ?d ?e |} . SERVICE <U> { ?s ?p ?o } }",
}


def write(query: str, scripted: Scripted) -> str:
    """A query of :data:`MORE` for an endpoint."""
    url = scripted.url
    return (
        query.replace("<ROOT", "<" + url.removesuffix("sparql"))
        .replace("REST", url.removeprefix("http:"))
        .replace("<U", f"<{url}")
    )


@pytest.fixture(scope="module")
def other() -> Scripted:
    """An endpoint that is not on the list."""
    return Scripted()


@pytest.mark.parametrize("name", [*SERVICES, *MORE])
def test_nobody_is_called_who_is_not_on_the_list(
    federated: Service, scripted: Scripted, other: Scripted, name: str
) -> None:
    query = SERVICES[name] % other.url if name in SERVICES else write(MORE[name], other)
    answer = federated.client.post("/sparql", data={"query": query})
    document = federated.problem(answer, 403, "service-refused")
    assert document["allowed"] == [scripted.url]
    assert scripted.url in document["languages"]["zh"]["detail"] or name in UNCLEAR
    assert other.connections == 0
    assert scripted.connections == 0


@pytest.mark.parametrize("name", MORE)
def test_without_a_list_all_of_them_are_refused(
    service: Service, scripted: Scripted, name: str
) -> None:
    answer = service.client.post("/sparql", data={"query": write(MORE[name], scripted)})
    service.problem(answer, 403, "service-refused")
    assert scripted.connections == 0


@pytest.mark.parametrize("name", [*SERVICES, *MORE])
def test_the_endpoint_on_the_list_is_called_in_every_form(
    federated: Service, scripted: Scripted, name: str
) -> None:
    query = SERVICES[name] % scripted.url if name in SERVICES else write(MORE[name], scripted)
    answer = federated.client.post("/sparql", data={"query": query})
    if name in UNCLEAR | NOT_LISTED:
        federated.problem(answer, 403, "service-refused")
        assert scripted.connections == 0
        return
    assert answer.status_code == 200, answer.text
    if name in NOTHING_TO_ASK:
        assert scripted.connections == 0
        return
    assert scripted.connections >= 1
    head, _, body = scripted.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /sparql HTTP/1.1\r\n")
    assert f"host: {scripted.authority}".encode() in head.lower()
    assert b"user-agent: zhicheng-graph/" in head.lower()
    sent = parse_qs(body.decode())["query"][0]
    assert "SELECT" in sent
    assert any(pattern in sent for pattern in ("{ ?s ?p ?o", "?s?p?o", "{ ?a ?b ?c"))


@pytest.mark.parametrize("name", FETCHES)
def test_with_a_list_no_graph_is_fetched_either(
    federated: Service, scripted: Scripted, name: str
) -> None:
    url = scripted.url
    assert federated.get(FETCHES[name] % url).status_code == 200
    graphs = {"default-graph-uri": url, "named-graph-uri": url}
    assert federated.get("SELECT * { ?s ?p ?o }", **graphs).json()["results"]["bindings"] == []
    federated.problem(federated.get(f"LOAD <{url}>"), 403, "read-only")
    time.sleep(0.05)
    assert scripted.connections == 0


@pytest.mark.parametrize(
    "address",
    [
        "AUTHORITY.evil.example/sparql",
        "AUTHORITY/sparql/",
        "AUTHORITY/sparql?x=1",
        "AUTHORITY/sparql#x",
        "AUTHORITY/sparqlx",
        "AUTHORITY/SPARQL",
        "AUTHORITY/a/../sparql",
        "AUTHORITY/%73parql",
        "AUTHORITY@evil.example/sparql",
        "user@AUTHORITY/sparql",
        "AUTHORITY\\u0040evil.example/sparql",
        "AUTHORITY:80/sparql",
        "127.0.0.1/sparql",
        "localhost:9/sparql",
        "",
    ],
)
def test_what_only_resembles_an_allowed_address_is_another_one(
    federated: Service, scripted: Scripted, address: str
) -> None:
    iri = f"http://{address.replace('AUTHORITY', scripted.authority)}"
    for silent in ("", "SILENT "):
        query = f"SELECT * {{ SERVICE {silent}<{iri}> {{ ?s ?p ?o }} }}"
        document = federated.problem(federated.get(query), 403, "service-refused")
        assert document["allowed"] == [scripted.url]
    assert scripted.connections == 0


def test_one_clause_that_is_not_allowed_stops_all_of_them(
    federated: Service, scripted: Scripted, other: Scripted
) -> None:
    for query in (
        f"SELECT * {{ SERVICE <{scripted.url}> {{ ?s ?p ?o }} SERVICE <{other.url}> {{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERVICE <{scripted.url}> {{ SERVICE SILENT <{other.url}> {{ ?s ?p ?o }} }} }}",
    ):
        federated.problem(federated.get(query), 403, "service-refused")
    assert scripted.connections == other.connections == 0


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("SELECT * {\n SERVICE <U> { ?s ?p ?o }\n ?s ?p }", 3, 9),
        ("SELECT * {\n  SERVICE x:y { ?s ?p ?o } }", 2, 14),
        ("SELECT * {\n  SERVICE <U> ?s ?p ?o }", 2, 10),
        ("SELECT * { SERVICE", 1, 19),
    ],
)
def test_a_syntax_error_is_told_for_the_text_as_it_was_sent(
    federated: Service, scripted: Scripted, query: str, line: int, column: int
) -> None:
    answer = federated.get(query.replace("U", scripted.url))
    document = federated.problem(answer, 400, "query-syntax")
    assert (document["line"], document["column"]) == (line, column)
    assert scripted.connections == 0


def test_the_services_of_a_query_are_told() -> None:
    allow = ("http://a.example/", "https://b.example/sparql")
    query = "BASE <https://B.example/> SELECT * { SERVICE <sparql> {} SERVICE <http://a.example:80> {} }"
    assert inspect(query, allow).services == ("https://B.example/sparql", "http://a.example:80")
    assert inspect("SELECT ?service { ?service ?p 'SERVICE' }", allow).services == ()
    with pytest.raises(ServiceRefused):
        inspect(query, allow[:1])
    with pytest.raises(ServiceRefused):
        inspect(query)


def test_a_long_query_with_a_clause_is_refused(federated: Service, scripted: Scripted) -> None:
    clause = f"SERVICE <{scripted.url}> {{ ?s ?p ?o }}"
    values = "<urn:x> " * 9000
    query = f"SELECT * {{ VALUES ?s {{ {values} }} {clause} }}"
    federated.problem(
        federated.client.post("/sparql", data={"query": query}), 400, "query-too-complex"
    )
    query = f"SELECT * {{ VALUES ?s {{ {values[:48_000]} }} {clause} }}"
    assert federated.client.post("/sparql", data={"query": query}).status_code == 200


def test_the_word_is_seen_wherever_the_expression_finds_it() -> None:
    for code in range(0x80, 0x3000):
        for text in (f"{chr(code)}ervice", f"serv{chr(code)}ce", f"证{chr(code)}SerVice"):
            assert mentions_service(text) or not SERVICE.search(text), text
    assert mentions_service("\\u0053\\U00000045RVICE")
    assert not mentions_service("SELECT * { ?s ?p '证书' }")


@pytest.mark.parametrize(
    "text",
    [
        "\\u0028" * 60_000,
        "a\\u0041" * 60_000,
        "x" * 200_000 + "\\u0028" * 40_000,
        "SERVICE <http://a.example/> {} " * 15_000,
        "SERVICE <http://a.example/> { " * 15_000,
        "SERVICESILENT" * 40_000,
        "PREFIX x: <y> " * 40_000,
        "BASE <" + "y/" * 200_000 + "> " + "PREFIX x: <y> " * 900,
        "BASE <y/> " * 60_000,
    ],
    ids=range(9),
)
def test_reading_a_long_text_takes_linear_time(text: str) -> None:
    """Found that a chain of relative BASEs took minutes."""
    for query in (f"{text} SERVICE", f"SELECT * {{ {text} }} SERVICE"):
        began = time.perf_counter()
        with contextlib.suppress(QueryRefused, QuerySyntaxError):
            inspect(query, ("http://a.example/",), "http://b.example/")
        assert time.perf_counter() - began < 30


def test_reading_moves_nothing() -> None:
    query = (
        "PREFIX \\u0078: <http://u/> SELECT * { \\u0053ERVICE\n\\u0078: { ?\\u0061 ?p '\\u0053' } }"
    )
    level = level_escapes(query)
    assert len(level) == len(query)
    assert level.index("?p '\\u0053'") == query.index("?p '\\u0053'")
    reading = read_clauses(query, "")
    assert [clause.iri for clause in reading.clauses] == ["http://u/"]
    assert len(reading.plain) == len(query)
    assert reading.plain.count("\n") == 1
    assert "x:" not in reading.plain.partition("{")[2]


def test_no_random_text_has_a_call_left_when_its_clauses_are_taken_out() -> None:
    """What goes to the engine as long as nobody was asked calls nobody, whatever it is; pyoxigraph itself is the judge."""
    import pyoxigraph as ox

    trap = Scripted()
    allow = (trap.url,)
    draw = random.Random(20260823)
    store = ox.Store()
    found = ran = 0
    for _ in range(20_000):
        body = draw.choice(FRAMES)
        for hole in ("{A}", "{B}", "{C}"):
            body = body.replace(hole, "".join(draw.choices(PIECES, k=draw.randint(0, 4))))
        body = body.replace("U", trap.url)
        query = f"PREFIX x: <{trap.url}> PREFIX : <{trap.url}> SELECT * {{ {body} }}"
        try:
            reading = find_services(query, allow, "http://b/")
            found += bool(reading.clauses)
            assert len(reading.plain) == len(query)
            next(iter(store.query(reading.plain, base_iri="http://b/")), None)
            ran += 1
        except (QueryRefused, QuerySyntaxError, SyntaxError, RuntimeError, OSError, ValueError):
            continue
        assert trap.connections == 0, query
    assert found > 100
    assert ran > 20
    assert trap.connections == 0


def test_the_description_says_whether_others_may_be_called(
    federated: Service, service: Service
) -> None:
    feature = "http://www.w3.org/ns/sparql-service-description#BasicFederatedQuery"
    for running, there in ((federated, True), (service, False)):
        described = running.client.get("/sparql", headers={"accept": "application/n-triples"})
        assert (f"#feature> <{feature}>" in described.text) is there
