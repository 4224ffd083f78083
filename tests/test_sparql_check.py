"""What is refused before an engine sees it: calls to other services in every reading, updates, parser breakers."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from conftest import BASE, Service

from kgservice.sparql.check import (
    MAX_DEPTH,
    MAX_OPERATIONS,
    Form,
    QueryRefused,
    QueryTooComplex,
    ServiceRefused,
    UpdateRefused,
    inspect,
)
from kgservice.sparql.lexer import Kind, tokenize

# %s is the listener's address; each is valid SPARQL, or was read as such by pyoxigraph 0.5.13.
SERVICES = {
    "plain": "SELECT * { SERVICE <%s> { ?s ?p ?o } }",
    "lower-case": "select * { service <%s> { ?s ?p ?o } }",
    "mixed-case": "SELECT * { SeRvIcE <%s> { ?s ?p ?o } }",
    "silent": "SELECT * { SERVICE SILENT <%s> { ?s ?p ?o } }",
    "glued-silent": "SELECT * { SERVICESILENT<%s>{ ?s ?p ?o } }",
    "prefixed": "PREFIX x: <%s> SELECT * { SERVICE x: { ?s ?p ?o } }",
    "base-relative": "BASE <%s> SELECT * { SERVICE <sparql> { ?s ?p ?o } }",
    "escaped-iri": "SELECT * { SERVICE <\\u0068ttp%.0s> { ?s ?p ?o } }",
    "escaped-keyword": "SELECT * { \\u0053ERVICE <%s> { ?s ?p ?o } }",
    "escaped-long": "SELECT * { SERV\\U00000049CE <%s> { ?s ?p ?o } }",
    "variable": "SELECT * { VALUES ?e { <%s> } SERVICE ?e { ?s ?p ?o } }",
    "exists": "SELECT * { ?a ?b ?c FILTER EXISTS { SERVICE <%s> { ?s ?p ?o } } }",
    "not-exists": "SELECT * { ?a ?b ?c FILTER NOT EXISTS { SERVICE <%s> { ?s ?p ?o } } }",
    "after-comment": "SELECT * { # SERVICE is next\n SERVICE # here\n <%s> { ?s ?p ?o } }",
    "after-comment-cr": "SELECT * { # comment\rSERVICE <%s> { ?s ?p ?o }\n }",
    "sub-select": "SELECT * { { SELECT ?s { SERVICE <%s> { ?s ?p ?o } } } }",
    "optional": "SELECT * { OPTIONAL { SERVICE <%s> { ?s ?p ?o } } }",
    "graph": "SELECT * { GRAPH ?g { GRAPH ?h { SERVICE <%s> { ?s ?p ?o } } } }",
    "minus": "SELECT * { ?s ?p ?o MINUS { SERVICE <%s> { ?s ?p ?o } } }",
    "construct": "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <%s> { ?s ?p ?o } }",
    "ask": "ASK { SERVICE <%s> { ?s ?p ?o } }",
    "describe": "DESCRIBE ?s { SERVICE <%s> { ?s ?p ?o } }",
    "no-blanks": "SELECT*{SERVICE<%s>{?s?p?o}}",
    "after-number": "SELECT * { ?s ?p 5SERVICE <%s> { ?s ?p ?o } }",
    "after-true": "SELECT * { ?s ?p trueSERVICE <%s> { ?s ?p ?o } }",
    "glued-name": "PREFIX : <%s> SELECT * { SERVICE:{ ?s ?p ?o } }",
    "glued-prefix": "PREFIX x: <%s> SELECT * { SERVICEx:{ ?s ?p ?o } }",
    "glued-silent-prefix": "PREFIX x: <%s> SELECT * { SERVICESILENTx:a.b { ?s ?p ?o } }",
    "glued-name-after-true": "PREFIX : <%s> SELECT * { ?s ?p trueSERVICE:# x\n{ ?s ?p ?o } }",
    # hidden in what looks like an IRI, a string or a name to who cuts the text without parsing it
    "comparison-as-iri": "SELECT * { FILTER(?x<1)SERVICE#>\n<%s>{ ?s ?p ?o } }",
    "comparison-opens-string": "SELECT * { FILTER(?x<'>') SERVICE <%s> { ?s ?p 'x' } }",
    "iri-with-quote": "SELECT * { ?s <a'b> ?o . SERVICE <%s> { ?s ?p 'x' } }",
    "failed-long-string": 'SELECT * { ?s ?p (""" " ) . SERVICE <%s> { ?a ?b ?c } # \\q """\n }',
    "escaped-quote": 'SELECT * { ?s ?p "\\\\" . SERVICE <%s> { ?s ?p "x" } }',
    "decoded-quote": 'SELECT * { ?s ?p "\\u0022 . SERVICE <%s> { ?s ?p ?o } #" }',
    "dotted-name": "PREFIX e: <a:> SELECT * { ?s ?p e:a.SERVICE <%s> { ?s ?p ?o } }",
}
FETCHES = {
    "from": "SELECT * FROM <%s> { ?s ?p ?o }",
    "from-named": "SELECT * FROM NAMED <%s> { GRAPH ?g { ?s ?p ?o } }",
    "graph": "SELECT * { GRAPH <%s> { ?s ?p ?o } }",
    "describe": "DESCRIBE <%s>",
}
INNOCENT = [
    "SELECT * { ?s ?p 'SERVICE <http://x/> { }' }",
    'SELECT * { ?s ?p """ SERVICE <http://x/> {} """@en }',
    "SELECT * { ?s ?p ?o } # SERVICE <http://x/> { }",
    "PREFIX sd: <http://www.w3.org/ns/sparql-service-description#> ASK { ?s a sd:Service }",
    "SELECT * { ?s a <http://example.org/service/x?service=1#service> }",
    "SELECT ?service { ?service a ?x . FILTER(?service > 1 && ?x < 5) }",
    "PREFIX service: <http://example.org/> SELECT * { ?s a service:x ; service:y service:z . }",
    "SELECT * { ?s ?p _:service , 'x'@service }",
    'SELECT * { FILTER(?a < "service" && ?b > 3) }',
    "SELECT * { FILTER(CONTAINS(?x, 'service')) }",
]


class Listener:
    """A server on loopback that nobody has reason to call."""

    def __init__(self) -> None:
        self.calls = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/sparql"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            connection.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listening = Listener()
    with socket.create_connection(("127.0.0.1", int(listening.url.rsplit(":")[-1].split("/")[0]))):
        time.sleep(0.05)
    assert listening.calls == 1, "the listener must be able to notice a call"
    listening.calls = 0
    yield listening
    listening.close()


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("way", ["get", "form", "direct"])
def test_service_is_refused_and_reaches_nobody(
    service: Service, listener: Listener, name: str, way: str
) -> None:
    query = SERVICES[name] % listener.url
    if way == "get":
        answer = service.get(query)
    elif way == "form":
        answer = service.client.post("/sparql", data={"query": query})
    else:
        headers = {"content-type": "application/sparql-query"}
        answer = service.client.post("/sparql", content=query.encode(), headers=headers)
    service.problem(answer, 403, "service-refused")
    assert listener.calls == 0


@pytest.mark.parametrize("name", FETCHES)
def test_a_graph_is_chosen_and_never_fetched(
    service: Service, listener: Listener, name: str
) -> None:
    query = FETCHES[name] % listener.url
    assert service.get(query).status_code == 200
    parameters = {"default-graph-uri": listener.url, "named-graph-uri": listener.url}
    assert service.get("SELECT * { ?s ?p ?o }", **parameters).json()["results"]["bindings"] == []
    time.sleep(0.05)
    assert listener.calls == 0


def test_load_is_refused(service: Service, listener: Listener) -> None:
    for query in (f"LOAD <{listener.url}>", f"LOAD SILENT <{listener.url}> INTO GRAPH <a:g>"):
        service.problem(service.get(query), 403, "read-only")
    assert listener.calls == 0


@pytest.mark.parametrize("query", INNOCENT)
def test_the_word_alone_is_not_refused(query: str) -> None:
    inspect(query)


@pytest.mark.parametrize(
    ("query", "form", "own_dataset"),
    [
        ("SELECT * {}", Form.SELECT, False),
        ("# SELECT\nbase <http://x/> prefix a: <b> ask {}", Form.ASK, False),
        ("PREFIX select: <a:> CONSTRUCT { ?s ?p ?o } FROM <a:g> WHERE {}", Form.CONSTRUCT, True),
        ("VERSION '1.2' describe <x>", Form.DESCRIBE, False),
        ("SELECT (?a AS ?from) { ?from ?p 'FROM' . FILTER(?from < 3) }", Form.SELECT, False),
        ("select*from named<a:g>{}", Form.SELECT, True),
        ("", None, False),
        ("FROM <x>", None, True),
    ],
)
def test_form_and_dataset_are_seen(query: str, form: Form | None, own_dataset: bool) -> None:
    inspection = inspect(query)
    assert (inspection.form, inspection.own_dataset) == (form, own_dataset)


@pytest.mark.parametrize(
    "word", ["INSERT", "delete", "Load", "CLEAR", "create", "DROP", "COPY", "MOVE", "ADD", "WITH"]
)
def test_updates_are_seen(word: str) -> None:
    with pytest.raises(UpdateRefused):
        inspect(f"PREFIX x: <http://x/> # comment\n {word} DATA {{}}")


BREAKERS = {
    "groups": lambda n: "ASK " + "{" * n + "}" * n,
    "parentheses": lambda n: "ASK { FILTER(" + "(" * n + "1" + ")" * n + ") }",
    "paths": lambda n: "ASK { ?s " + "(" * n + "<a:b>" + ")" * n + " ?o }",
    "collections": lambda n: "ASK { ?s ?p " + "(" * n + "1" + ")" * n + " }",
    "blank-nodes": lambda n: "ASK { ?s ?p " + "[ <a:b> " * n + "1" + "]" * n + " }",
    "functions": lambda n: "ASK { FILTER(" + "STR(" * n + "1" + ")" * n + ") }",
    "exists": lambda n: "ASK {" + "FILTER EXISTS {" * n + "}" * n + "}",
    "sub-selects": lambda n: "ASK {" + "{ SELECT * {" * n + "}}" * n + "}",
    "triple-terms": lambda n: "ASK { ?s ?p " + "<<( ?a ?b " * n + "1" + " )>>" * n + "}",
    "unions": lambda n: "ASK { " + " UNION ".join(["{ ?s ?p ?o }"] * n) + " }",
    "operands": lambda n: "ASK { FILTER(" + " + ".join(["1"] * n) + " > 0) }",
    "negations": lambda n: "ASK { FILTER(" + "!" * n + "true) }",
    "alternatives": lambda n: "ASK { ?s " + "|".join(["<a:b>"] * n) + " ?o }",
    "sequences": lambda n: "ASK { ?s " + "/".join(["<a:b>"] * n) + " ?o }",
    "optionals": lambda n: "ASK {" + "OPTIONAL { ?s ?p ?o } " * n + "}",
    "bindings": lambda n: "ASK {" + " ".join(f"BIND(1 AS ?v{i})" for i in range(n)) + "}",
}


@pytest.mark.parametrize("name", BREAKERS)
def test_what_breaks_a_parser_is_refused(name: str) -> None:
    with pytest.raises(QueryTooComplex) as caught:
        inspect(BREAKERS[name](20_000))
    assert str(MAX_DEPTH) in caught.value.zh or str(MAX_OPERATIONS) in caught.value.zh


@pytest.mark.parametrize("name", BREAKERS)
def test_what_is_let_through_is_survived_by_the_engine(service: Service, name: str) -> None:
    """At the very limit the parser and the optimiser still stand; they may be slow, and then the deadline ends them."""
    query = BREAKERS[name](MAX_DEPTH // 2 - 2)
    processes = service.engine.process_ids
    answer = service.client.post("/sparql", data={"query": query})
    assert answer.status_code == 200, answer.text[:300]
    assert service.engine.process_ids == processes


def test_long_lists_of_values_are_no_operations(service: Service) -> None:
    values = " ".join(f"-{n}" for n in range(20_000))
    answer = service.client.post(
        "/sparql",
        data={"query": f"SELECT (COUNT(?x) AS ?n) {{ VALUES ?x {{ {values} }} }}"},
        headers={"accept": "text/csv"},
    )
    assert answer.text == "n\r\n20000\r\n"


@pytest.mark.parametrize(
    "text",
    [
        "a." * 500_000,
        "ex:" + "a." * 500_000 + "service",
        "<" * 1_000_000 + "service",
        "<a" * 500_000 + "service",
        '"' * 1_000_001 + "service",
        '"""\\q' * 200_000 + "service",
        "'''" + '"""' * 300_000 + "service",
        "@a-" * 300_000 + "service",
        "SERVICE" * 140_000,
        "?a<?b" * 200_000 + "service",
        "\\u0041" * 160_000 + "service",
        "_:" * 500_000 + "service",
        "1." * 500_000 + "service",
    ],
    ids=range(13),
)
def test_looking_over_a_megabyte_takes_linear_time(text: str) -> None:
    began = time.perf_counter()
    with contextlib.suppress(ServiceRefused, QueryTooComplex):
        inspect(f"ASK {{ {text} }}")
    assert time.perf_counter() - began < 15


def test_the_lexer_takes_every_iri_that_the_engine_takes() -> None:
    """Else a query could hide the rest of itself behind an IRI that only the engine sees."""
    import pyoxigraph as ox

    store = ox.Store()
    for code in [*range(1, 0x180), 0x2028, 0xE000, 0xFEFF, 0xFFFE, 0x1F600, 0xF0000]:
        for start in ("http://x/a", "r", "", "http://x/?"):
            query = f"ASK {{ <{start}{chr(code)}b> ?p ?o }}"
            if [token.kind for token in tokenize(query)][2] is not Kind.IRI:
                with pytest.raises(SyntaxError):
                    store.query(query, base_iri="http://b/")


def test_names_with_the_base_are_untouched() -> None:
    assert inspect(f"SELECT * {{ <{BASE}/id/x> ?p ?o }}").form is Form.SELECT


_PIECES = (
    'SERVICE|service|SILENT|SERVICE |<U>|x:|?v|:|{ ?s ?p ?o }|{}|"|\'|"""|\'\'\'|\\|\\q|\\u0022|\\"|#|\n|\r| |<|>|<1|?x<|'
    "?x<1|(|)|FILTER(|.|;|,|{|}|true|5|5.|1e1|a |?s ?p |OPTIONAL |GRAPH ?g |<a>|<a'b>|<#>|@en|^^|_:b|_:b.|x:a.b|x:a.|"
    "&&|>2|BIND(|AS ?z)|EXISTS |UNION|MINUS|[|]|VALUES ?k |UNDEF|%41|x:\\'|x:%|-|x:a\\(|!|*|/"
)
PIECES = _PIECES.split("|")
FRAMES = (
    "{A}SERVICE <U>{ ?a ?b ?c }{B}",
    "{A}SERVICE{B}<U>{ ?a ?b ?c }{C}",
    "{A}SERVICE{B}{ ?a ?b ?c }{C}",
    "{A}SERVICE{B}x:{C}{ ?a ?b ?c }",
    "?s ?p {A}SERVICE <U>{ ?a ?b ?c }{B}",
    "FILTER(?x{A})SERVICE{B}<U>{}{C}",
    "?s ?p ({A}) . SERVICE <U> {} {B}",
)


def test_no_random_text_that_is_let_through_calls_anybody(listener: Listener) -> None:
    """Found the keyword glued to a prefix (``SERVICEx:{``), which four million other texts did not pass afterwards."""
    import pyoxigraph as ox

    draw = random.Random(20260822)
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("a:s"), ox.NamedNode("a:p"), ox.Literal("o")))
    ran = 0
    for _ in range(30_000):
        body = draw.choice(FRAMES)
        for hole in ("{A}", "{B}", "{C}"):
            body = body.replace(hole, "".join(draw.choices(PIECES, k=draw.randint(0, 5))))
        body = body.replace("U", listener.url)
        query = f"PREFIX x: <{listener.url}> PREFIX : <{listener.url}> SELECT * {{ {body} }}"
        try:
            inspect(query)
            result = store.query(query, base_iri="http://b/")
            ran += 1
            next(iter(result), None)
        except (QueryRefused, SyntaxError, RuntimeError, OSError, ValueError):
            continue
        assert listener.calls == 0, query
    assert ran > 5, "the texts must be such that some are let through and run"
