"""Validators, the response cache, shared runs, compression and cancelling, through the running service."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import re
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, quote_plus, urlsplit

import httpx
import pytest
from conftest import BASE, EX, Service, ServiceFactory

from kgservice.sparql.cache import Ready
from kgservice.sparql.check import Form
from kgservice.sparql.stability import Stability, stability_of

CSV = "text/csv"
SRJ = "application/sparql-results+json"
DIRECT = "application/sparql-query"
TEN = "VALUES ?{} {{0 1 2 3 4 5 6 7 8 9}}"
ROWS = "SELECT * {" + " ".join(TEN.format(name) for name in "abcdef") + "}"
SOME = "SELECT * {" + " ".join(TEN.format(name) for name in "abcd") + "}"
ENDLESS = "SELECT (COUNT(*) AS ?n) {" + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(14)) + "}"
PLAIN = {"accept-encoding": "identity"}


@pytest.fixture
def asked(service: Service, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queries that reach the engine, in order."""
    texts: list[str] = []
    answer = service.engine.answer

    def note(query):  # type: ignore[no-untyped-def]
        texts.append(query.text)
        return answer(query)

    monkeypatch.setattr(service.engine, "answer", note)
    return texts


def get(service: Service, query: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return service.client.get("/sparql", params={"query": query}, headers={"accept": CSV} | named)


def wait_for(what: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


# -- validators


def test_a_tag_sent_back_is_304_without_evaluation(service: Service, asked: list[str]) -> None:
    query = "SELECT ?x { VALUES ?x { 304 } }"
    first = get(service, query)
    tag = first.headers["etag"]
    assert re.fullmatch(r'"[A-Za-z0-9_-]{22}"', tag), "a strong one"
    assert first.headers["cache-control"] == "no-cache"
    for held in (tag, f"W/{tag}", f'"other", {tag}', f'"a,b" , W/"x",{tag}'):
        for method in ("GET", "HEAD"):
            again = service.client.request(
                method,
                "/sparql",
                params={"query": query},
                headers={"accept": CSV, "if-none-match": held},
            )
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
            for name in ("vary", "cache-control", "content-location"):
                assert again.headers[name] == first.headers[name]
            assert "content-type" not in again.headers
    assert asked == [query]
    for held in ('"other"', tag.strip('"'), f'"{tag.strip(chr(34))}x"', ""):
        assert get(service, query, if_none_match=held).status_code == 200


def test_a_304_needs_no_cache(run_service: ServiceFactory) -> None:
    with run_service(cache=0) as service:
        tag = get(service, SOME).headers["etag"]
        assert get(service, SOME, if_none_match=tag).status_code == 304


def test_what_decides_the_answer_decides_the_tag(service: Service) -> None:
    query = "SELECT ?x { VALUES ?x { 1 } }"
    plain = {"accept": CSV} | PLAIN
    graph = {"default-graph-uri": f"{BASE}/graph/a"}
    named = {"named-graph-uri": f"{BASE}/graph/a"}
    tags = [
        service.client.get("/sparql", params={"query": query, **more}, headers=headers).headers[
            "etag"
        ]
        for more, headers in (
            ({}, plain),
            ({}, plain | {"accept": SRJ}),
            ({}, plain | {"accept": "application/json"}),
            (graph, plain),
            (named, plain),
            (graph | named, plain),
        )
    ]
    tags.append(get(service, query + " ", **PLAIN).headers["etag"])
    tags.append(get(service, SOME, accept_encoding="gzip").headers["etag"])
    tags.append(get(service, SOME, **PLAIN).headers["etag"])
    assert len(set(tags)) == len(tags)


def test_what_another_makers_engine_answers_has_a_weak_tag(run_service: ServiceFactory) -> None:
    # It may write the same answer in another order the next time.
    with run_service(engine="https://example.org/sparql") as service:
        tag = get(service, SOME).headers["etag"]
        assert tag.startswith('W/"')
        again = get(service, SOME, if_none_match=tag.removeprefix("W/"))
        assert (again.status_code, again.headers["etag"]) == (304, tag)


def test_a_broken_query_never_gets_304(service: Service) -> None:
    tag = get(service, "ASK {}", accept=SRJ).headers["etag"]
    for held in (tag, "*", '"made-up"'):
        for query, slug in (
            ("SELECT * {", "query-syntax"),
            ("ASK { ?s nope:p ?o }", "query-syntax"),
            ("SELECT (<http://example.org/f>(1) AS ?x) {}", "query-unsupported"),
            ("ASK { SERVICE <http://127.0.0.1:9/> {} }", "service-refused"),
        ):
            answer = get(service, query, accept=SRJ, if_none_match=held)
            assert "etag" not in answer.headers
            assert answer.headers["cache-control"] == "no-store"
            service.problem(answer, answer.status_code, slug)
    impossible = get(service, "ASK {}", accept="image/png", if_none_match="*")
    service.problem(impossible, 406, "not-acceptable")


def test_any_tag_asks_whether_there_is_an_answer(service: Service, asked: list[str]) -> None:
    query = "SELECT ?x { VALUES ?x { 'any' } }"
    assert get(service, query, if_none_match="*").status_code == 304
    assert get(service, query).status_code == 200
    assert get(service, query, if_none_match="*").status_code == 304
    assert get(service, query.replace("any", "*"), if_none_match='"*"').status_code == 200
    assert asked.count(query) <= 2


def test_post_has_no_preconditions_but_query_has(service: Service) -> None:
    def ask(method: str, **headers: str) -> httpx.Response:
        return service.client.request(
            method,
            "/sparql",
            content=SOME,
            headers={"content-type": DIRECT, "accept": CSV} | headers,
        )

    tag = ask("POST").headers["etag"]
    assert ask("POST", **{"if-none-match": tag}).status_code == 200
    assert ask("QUERY", **{"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize(
    "call",
    [
        "NOW()",
        "now ()",
        "RAND()",
        "UUID()",
        "STRUUID()",
        "BNODE()",
        "BNODE('a')",
        "(1+Rand())",
        "RA\\u004eD()",
        "IF(true,NOW(),1)",
    ],
)
def test_what_changes_is_neither_tagged_nor_kept(
    service: Service, asked: list[str], call: str
) -> None:
    query = f"SELECT ({call} AS ?x) {{}}"
    answers = [get(service, query, if_none_match='"x"') for _ in range(2)]
    for answer in answers:
        if answer.status_code == 200:  # an engine may take the escape only inside names
            assert answer.headers["cache-control"] == "no-store"
            assert "etag" not in answer.headers
    assert asked == [query, query]
    if "BNODE" not in call and "NOW" not in call.upper() and answers[0].status_code == 200:
        assert answers[0].text != answers[1].text


@pytest.mark.parametrize(
    ("query", "stability"),
    [
        ("SELECT ?now ?rand { ?now ?rand 'NOW()' } # RAND()", Stability.BYTES),
        ("SELECT * { ?s <http://x/uuid#bnode> ?o }", Stability.BYTES),
        ("PREFIX sd: <http://x/> ASK { ?s a sd:Service ; sd:bnode 1 }", Stability.BYTES),
        ("SELECT * { FILTERRAND() }", Stability.NOTHING),
        ("SELECT * { FILTER(?a<?b&&NOW()>?c) }", Stability.NOTHING),
        ("SELECT * { FILTER(?a<?b)#>\n FILTER(RAND()<1) }", Stability.NOTHING),
        ("PREFIX a: <x:> SELECT * { ?s ?p a:b.NOW() }", Stability.NOTHING),
        ("ASK { SERVICE <http://x/> {} }", Stability.NOTHING),
        ("ASK { SERVICEx:y {} }", Stability.NOTHING),
        ("ASK { \\u0053ERVICE <http://x/> {} }", Stability.NOTHING),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(?o > 1) [] ?p ?o }", Stability.BYTES),
        ("CONSTRUCT { ?s ?p [] } WHERE { ?s ?p ?o }", Stability.MEANING),
        ("construct { _:a ?p ?o } where { ?s ?p ?o }", Stability.MEANING),
        ("CONSTRUCT { ?s ?p ( 1 2 ) } WHERE { ?s ?p ?o }", Stability.MEANING),
        ("CONSTRUCT WHERE { _:x ?p ?o }", Stability.MEANING),
        ("CONSTRUCT WHERE { ?s ?p ?o }", Stability.BYTES),
        ("DESCRIBE <http://x/a>", Stability.BYTES),
    ],
)
def test_how_much_of_an_answer_stays(query: str, stability: Stability) -> None:
    form = next(one for one in Form if one in query.upper())
    assert stability_of(query, form) is stability


def test_of_a_long_text_the_worst_is_taken_at_once() -> None:
    began = time.process_time()
    for text, stability in (
        ("SELECT * { " + "?now " * 200_000 + "}", Stability.NOTHING),
        ("SELECT * { " + "?x " * 300_000 + "}", Stability.BYTES),
        ("CONSTRUCT { " + "?s ?p ?o . " * 90_000 + "} WHERE {}", Stability.MEANING),
    ):
        assert stability_of(text, Form(text.split()[0])) is stability
    assert time.process_time() - began < 1


def test_new_blank_nodes_have_a_weak_tag(service: Service) -> None:
    query = "CONSTRUCT { [] a <https://example.org/T> } WHERE {}"
    answer = get(service, query, accept="application/n-triples")
    tag = answer.headers["etag"]
    assert tag.startswith('W/"')
    again = get(service, query, accept="application/n-triples", if_none_match=tag)
    assert (again.status_code, again.headers["etag"]) == (304, tag)


def test_the_same_question_gives_the_same_bytes_in_every_process(
    run_service: ServiceFactory,
) -> None:
    """What strong tags rest on: evaluated anew, by another process, nothing of the answer is another."""
    queries = (
        "SELECT * { ?s ?p ?o }",
        "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p",
        "SELECT DISTINCT ?s { GRAPH ?g { ?s ?p ?o } }",
        "CONSTRUCT WHERE { ?s ?p ?o }",
        f"DESCRIBE <{BASE}/id/certificate/c00001>",
    )
    with run_service(cache=0, workers=2) as one, run_service(cache=0, workers=1) as other:
        for query in queries:
            bodies = {
                get(service, query, accept="*/*").content for service in (one, one, one, other)
            }
            assert len(bodies) == 1, query


def test_the_description_has_a_tag_for_each_address(service: Service) -> None:
    turtle = {"accept": "text/turtle"}
    first = service.client.get("/sparql", headers=turtle)
    tag = first.headers["etag"]
    held = turtle | {"if-none-match": tag}
    assert service.client.get("/sparql", headers=held).status_code == 304
    other = service.client.get("/sparql", headers=held | {"host": "kg.example"})
    assert other.status_code == 200
    assert "//kg.example/sparql" in other.text
    again = service.client.get("/sparql", headers=turtle)
    assert again.content == first.content
    page = service.client.get("/sparql", headers={"accept": "text/html"})
    held = {"accept": "text/html", "if-none-match": page.headers["etag"]}
    assert service.client.get("/sparql", headers=held).status_code == 304


# -- the cache


def test_a_repeated_question_is_not_evaluated_again(service: Service, asked: list[str]) -> None:
    query = "SELECT ?x { VALUES ?x { '缓存' } }"
    address = f"/sparql?query={quote(query)}"
    answers = [
        get(service, query),
        get(service, query),
        service.client.get(f"{address}&format=csv"),
        service.client.post("/sparql", data={"query": query}, headers={"accept": CSV}),
        service.client.post(
            "/sparql", content=query, headers={"accept": CSV, "content-type": DIRECT}
        ),
    ]
    for answer in answers:
        assert (answer.status_code, answer.text) == (200, "x\r\n缓存\r\n")
        assert answer.headers["etag"] == answers[0].headers["etag"]
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert asked == [query]
    head = service.client.head("/sparql", params={"query": query}, headers={"accept": CSV})
    assert head.content == b""
    assert head.headers["content-length"] == str(len(answers[0].content))
    assert asked == [query]
    ids = {answer.headers["query-id"] for answer in answers}
    assert len(ids) == len(answers), "an id belongs to one request"


def test_errors_and_large_answers_are_not_kept(service: Service, asked: list[str]) -> None:
    for query in ("SELECT ?x WHERE {", "SELECT * { ?s nope:x ?o }"):
        for _ in range(2):
            assert get(service, query).status_code == 400
        assert asked.count(query) == 2
    for _ in range(2):
        assert get(service, ROWS, **PLAIN).text.count("\n") == 1_000_001
    assert asked.count(ROWS) == 2


def test_the_cache_keeps_to_its_bound(run_service: ServiceFactory) -> None:
    with run_service(cache=1) as service:
        rows = "SELECT * { VALUES ?z { %d } " + " ".join(TEN.format(name) for name in "abcd") + "}"
        for number in range(12):
            assert get(service, rows % number).status_code == 200
        assert 0 < service.cache.size <= 1024 * 1024
        assert len(service.cache) < 12
    with run_service(cache=0) as service:
        get(service, SOME)
        assert len(service.cache) == service.cache.size == 0


# -- shared runs


def at_once(count: int, ask: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(ask, range(count)))


@pytest.fixture
def gate(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Holds every query before the engine until it is opened, so that no test hangs on who is quicker."""
    held = Gate()
    answer = service.engine.answer

    @contextlib.asynccontextmanager
    async def wait(query):  # type: ignore[no-untyped-def]
        held.asked.append(query.text)
        while not held.is_set():
            await asyncio.sleep(0.005)
        async with answer(query) as answering:
            yield answering

    monkeypatch.setattr(service.engine, "answer", wait)
    yield held
    held.set()


class Gate(threading.Event):
    """Open when set; ``asked`` are the queries that came to it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []


SLOW = "SELECT (COUNT(*) AS ?n) (%d AS ?mark) { ?s ?p ?o FILTER(BOUND(?p)) }"


def test_the_same_question_at_the_same_time_runs_once(service: Service, gate: Gate) -> None:
    query = SLOW % 1
    opener = threading.Thread(
        target=lambda: wait_for(lambda: len(service.tickets._running) == 8) or gate.set()
    )
    opener.start()
    answers = at_once(
        8, lambda _: httpx.get(f"{service.url}/sparql", params={"query": query}, timeout=30)
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    opener.join()
    assert gate.asked == [query]


def test_volatile_questions_run_each_for_itself(service: Service, asked: list[str]) -> None:
    query = (SLOW % 2).replace("BOUND(?p)", "RAND() >= 0")
    at_once(3, lambda _: httpx.get(f"{service.url}/sparql", params={"query": query}, timeout=60))
    assert asked == [query] * 3


def test_an_error_is_shared_and_forgotten(run_service: ServiceFactory) -> None:
    with run_service(deadline=1.0, workers=1, spares=0) as service:
        began = time.monotonic()
        answers = at_once(
            6, lambda _: httpx.get(f"{service.url}/sparql", params={"query": ENDLESS}, timeout=30)
        )
        assert time.monotonic() - began < 5, "one deadline for all, not one after the other"
        for answer in answers:
            service.problem(answer, 504, "query-timeout")
        service.problem(get(service, ENDLESS), 504, "query-timeout")


def test_a_large_answer_reaches_all_who_asked_at_once(service: Service) -> None:
    answers = at_once(
        4,
        lambda _: httpx.get(
            f"{service.url}/sparql", params={"query": ROWS}, headers={"accept": CSV}, timeout=60
        ),
    )
    for answer in answers:
        assert answer.text.count("\n") == 1_000_001


def ask_and_leave(service: Service, query: str) -> socket.socket:
    parts = urlsplit(service.url)
    client = socket.create_connection((parts.hostname, parts.port))
    client.sendall(f"GET /sparql?query={quote_plus(query)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return client


def test_one_who_leaves_does_not_end_the_run_and_the_last_does(
    service: Service, gate: Gate
) -> None:
    query = SLOW % 3
    first = ask_and_leave(service, query)
    wait_for(lambda: gate.asked)
    result: list[httpx.Response] = []
    other = threading.Thread(
        target=lambda: result.append(
            httpx.get(f"{service.url}/sparql", params={"query": query}, timeout=30)
        )
    )
    other.start()
    wait_for(lambda: len(service.tickets._running) == 2)
    first.close()
    wait_for(lambda: len(service.tickets._running) == 1)
    gate.set()
    other.join()
    assert result[0].status_code == 200
    assert gate.asked == [query]
    clients = [ask_and_leave(service, ENDLESS) for _ in range(2)]
    wait_for(lambda: len(service.tickets._running) == 2)
    wait_for(lambda: len(service.engine._busy) == 1)
    for client in clients:
        client.close()
    wait_for(lambda: not service.engine._busy and not service.tickets._running)


# -- ids and cancelling


def test_every_answer_has_an_id(service: Service) -> None:
    ids = {get(service, "ASK {}", accept=SRJ).headers["query-id"] for _ in range(20)}
    assert len(ids) == 20
    assert all(re.fullmatch("[A-Za-z0-9._-]{22}", one) for one in ids)
    answer = get(service, "ASK {}", accept=SRJ, query_id="my.own_id-1")
    assert answer.headers["query-id"] == "my.own_id-1"
    assert "query-id" in answer.headers["access-control-expose-headers"].lower()
    for wrong in ("short", "x" * 129, "with blank", "semi;colon", "中文标识标识标识"):
        answer = service.client.get(
            "/sparql", params={"query": "ASK {}"}, headers={"query-id": wrong.encode()}
        )
        assert service.problem(answer, 400, "parameter")["parameter"] == "Query-Id"


def test_a_query_is_cancelled_by_its_id(service: Service) -> None:
    cancelled: list[httpx.Response] = []
    ask = threading.Thread(
        target=lambda: cancelled.append(
            httpx.get(
                f"{service.url}/sparql",
                params={"query": ENDLESS},
                headers={"query-id": "to-be-cancelled"},
                timeout=30,
            )
        )
    )
    ask.start()
    wait_for(lambda: service.tickets._running)
    taken = get(service, "SELECT (NOW() AS ?x) {}", query_id="to-be-cancelled")
    service.problem(taken, 409, "query-id-in-use")
    began = time.monotonic()
    assert service.client.delete("/queries/to-be-cancelled").status_code == 204
    ask.join()
    assert time.monotonic() - began < 5
    service.problem(cancelled[0], 503, "query-cancelled")
    assert cancelled[0].headers["query-id"] == "to-be-cancelled"
    service.problem(service.client.delete("/queries/to-be-cancelled"), 404, "query-not-running")
    wait_for(lambda: not service.engine._busy)


def test_cancelling_one_of_two_leaves_the_other(service: Service, gate: Gate) -> None:
    query = SLOW % 4

    def ask(number: int) -> httpx.Response:
        headers = {"query-id": f"client-{number}"}
        return httpx.get(
            f"{service.url}/sparql", params={"query": query}, headers=headers, timeout=30
        )

    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(ask, number) for number in range(2)]
        wait_for(lambda: len(service.tickets._running) == 2)
        assert service.client.delete("/queries/client-0").status_code == 204
        service.problem(asking[0].result(), 503, "query-cancelled")
        gate.set()
        assert asking[1].result().status_code == 200
    assert gate.asked == [query]


def test_cancelling_mid_stream_resets_the_connection(service: Service) -> None:
    with (
        pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)),
        service.client.stream(
            "GET",
            "/sparql",
            params={"query": ROWS, "format": "csv"},
            headers={"query-id": "streaming"} | PLAIN,
        ) as answer,
    ):
        parts = answer.iter_raw()
        next(parts)
        assert httpx.delete(f"{service.url}/queries/streaming").status_code == 204
        for _ in parts:
            pass
    wait_for(lambda: not service.engine._busy)


def test_the_address_of_a_query_takes_delete_only(service: Service) -> None:
    preflight = service.client.options("/queries/abc")
    assert preflight.status_code == 204
    assert "DELETE" in preflight.headers["access-control-allow-methods"]
    answer = service.client.get("/queries/abcdefgh")
    service.problem(answer, 405, "method")
    assert "DELETE" in answer.headers["allow"]
    assert answer.headers["access-control-allow-origin"] == "*"


# -- compression


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP;q=0.2", "gzip"),
        ("gzip;q=0", None),
        ("br, zstd", None),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip"),
        ("*", "gzip"),
        ("*;q=0, gzip", "gzip"),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("gzip;q=nonsense", None),
    ],
)
def test_compression_is_negotiated(
    service: Service, accepted: str | None, coding: str | None
) -> None:
    parts = urlsplit(service.url)
    line = "" if accepted is None else f"Accept-Encoding: {accepted}\r\n"
    with socket.create_connection((parts.hostname, parts.port)) as client:
        client.sendall(
            f"GET /sparql?format=csv&query={quote_plus(SOME)} HTTP/1.1\r\nHost: x\r\n{line}Connection: close\r\n\r\n".encode()
        )
        received = b""
        while part := client.recv(65536):
            received += part
    head, _, body = received.partition(b"\r\n\r\n")
    assert (b"content-encoding: gzip" in head) == (coding == "gzip")
    assert b"vary: Accept-Encoding" in head
    assert f"content-length: {len(body)}".encode() in head
    text = gzip.decompress(body) if coding else body
    assert text.count(b"\n") == 10_001


def test_small_answers_go_as_they_are_unless_that_is_refused(service: Service) -> None:
    assert (
        "content-encoding" not in get(service, "ASK {}", accept=SRJ, accept_encoding="gzip").headers
    )
    only = get(service, "ASK {}", accept=SRJ, accept_encoding="gzip, identity;q=0")
    assert only.headers["content-encoding"] == "gzip"
    assert only.json()["boolean"] is True
    for refused in ("identity;q=0", "*;q=0", "br, identity;q=0"):
        answer = get(service, "ASK {}", accept=SRJ, accept_encoding=refused)
        assert service.problem(answer, 406, "not-acceptable")["offered"] == ["gzip", "identity"]


def test_a_tag_of_the_other_coding_is_good_where_that_is_accepted(service: Service) -> None:
    packed = get(service, SOME, accept_encoding="gzip").headers["etag"]
    assert packed.endswith('-gzip"')
    assert get(service, SOME, accept_encoding="gzip", if_none_match=packed).status_code == 304
    assert get(service, SOME, accept_encoding="identity", if_none_match=packed).status_code == 200


def test_a_compressed_stream_is_whole(service: Service) -> None:
    with service.client.stream(
        "GET",
        "/sparql",
        params={"query": ROWS, "format": "csv"},
        headers={"accept-encoding": "gzip"},
    ) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert "content-length" not in answer.headers
        body = b"".join(answer.iter_raw())
    assert gzip.decompress(body).count(b"\n") == 1_000_001


def test_a_compressed_stream_that_breaks_off_is_not(service: Service) -> None:
    body = b""
    with (
        pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)),
        service.client.stream(
            "GET",
            "/sparql",
            params={"query": ROWS, "format": "csv"},
            headers={"accept-encoding": "gzip"},
        ) as answer,
    ):
        for part in answer.iter_raw():
            body += part
            for link in list(service.engine._busy):
                assert link.process is not None
                link.process.kill()
    decoder = zlib.decompressobj(31)
    assert decoder.decompress(body)
    assert not decoder.eof, "no end, no checksum"


def test_the_service_answers_while_large_answers_are_compressed(service: Service) -> None:
    done = threading.Event()

    def ask() -> None:
        try:
            httpx.get(f"{service.url}/sparql", params={"query": ROWS, "format": "csv"}, timeout=60)
        finally:
            done.set()

    thread = threading.Thread(target=ask)
    thread.start()
    slowest, count = 0.0, 0
    while not done.is_set():
        began = time.monotonic()
        assert service.client.get("/health/live").status_code == 200
        slowest, count = max(slowest, time.monotonic() - began), count + 1
    thread.join()
    assert count > 3
    assert slowest < 2.0


# -- where the answer lies


def test_content_location_gives_the_same_representation(service: Service) -> None:
    query = f"SELECT ?n {{ <{EX}证书/甲> <{EX}名称> ?n }}"
    graphs = {"default-graph-uri": [f"{BASE}/graph/b"], "format": ""}
    answers = [
        get(service, query),
        service.client.post(
            "/sparql", params=graphs, content=query, headers={"content-type": DIRECT, "accept": CSV}
        ),
        service.client.request(
            "QUERY", "/sparql", content=query, headers={"content-type": DIRECT, "accept": CSV}
        ),
    ]
    for answer in answers:
        there = service.client.get(
            answer.headers["content-location"], headers={"accept": "image/png"}
        )
        assert there.status_code == 200
        assert there.content == answer.content
        assert there.headers["etag"] == answer.headers["etag"]
        assert there.headers["vary"] == "Accept-Encoding"
        assert "content-location" not in there.headers
    assert "content-location" not in get(service, query + "#" + "x" * 3000).headers
    assert answers[0].headers["vary"] == "Accept, Accept-Encoding"


# -- requests that come again byte for byte


class Wire:
    """A connection that sends exact bytes and reads one response at a time."""

    def __init__(self, service: Service) -> None:
        parts = urlsplit(service.url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=20)
        self.stream = self.socket.makefile("rb")

    def read(self) -> tuple[bytes, dict[str, str], bytes]:
        status = self.stream.readline()
        fields = {}
        while line := self.stream.readline().strip():
            name, _, value = line.decode().partition(": ")
            fields[name] = value
        return status, fields, self.stream.read(int(fields.get("content-length", 0)))

    def ask(self, request: bytes) -> tuple[bytes, dict[str, str], bytes]:
        self.socket.sendall(request)
        return self.read()


def request_for(query: str, more: str = "", method: str = "GET") -> bytes:
    address = f"/sparql?format=csv&query={quote_plus(query)}"
    return f"{method} {address} HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode()


@pytest.fixture
def known(service: Service, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The requests that are answered without being read, in order."""
    found: list[bytes] = []
    find = service.cache.find_sent

    def note(sent: bytes) -> Ready | None:
        ready = find(sent)
        if ready is not None:
            found.append(sent)
        return ready

    monkeypatch.setattr(service.cache, "find_sent", note)
    return found


def test_known_bytes_get_the_same_response_as_read_ones(
    service: Service, known: list[bytes]
) -> None:
    query = "SELECT ?x { VALUES ?x { '字节' } }"
    wire = Wire(service)
    responses = [wire.ask(request_for(query)) for _ in range(5)]
    assert len(known) >= 2
    ids = {fields.pop("query-id") for _, fields, _ in responses}
    assert len(ids) == 5
    for _, fields, _ in responses:
        assert fields.pop("date")
    assert all(response == responses[0] for response in responses)
    assert responses[0][2] == "x\r\n字节\r\n".encode()


def test_a_304_comes_again_without_being_read(service: Service, known: list[bytes]) -> None:
    query = "SELECT ?x { VALUES ?x { '三〇四' } }"
    wire = Wire(service)
    tag = wire.ask(request_for(query))[1]["etag"]
    known.clear()
    responses = [wire.ask(request_for(query, f"If-None-Match: {tag}\r\n")) for _ in range(5)]
    assert len(known) > 2
    for status, fields, body in responses:
        assert (status, body) == (b"HTTP/1.1 304 Not Modified\r\n", b"")
        assert "content-length" not in fields
        assert fields["etag"] == tag
    names = [set(fields) for _, fields, _ in responses]
    assert all(one == names[0] for one in names)


def test_known_bytes_keep_their_place_among_others(service: Service) -> None:
    """Pipelined, in pieces, with something else under way: every answer to its own question, in order."""
    known = "SELECT ?x { VALUES ?x { 'known' } }"
    wire = Wire(service)
    for _ in range(3):
        assert wire.ask(request_for(known))[2] == b"x\r\nknown\r\n"
    wire.socket.sendall(request_for("SELECT (NOW() AS ?x) {}"))
    wire.socket.sendall(request_for(known))
    wire.socket.sendall(request_for(known) + request_for("SELECT (1 AS ?x) {}"))
    assert wire.read()[2].startswith(b"x\r\n20")
    assert [wire.read()[2] for _ in range(3)] == [b"x\r\nknown\r\n"] * 2 + [b"x\r\n1\r\n"]
    request = request_for(known)
    wire.socket.sendall(request[:30])
    time.sleep(0.05)
    wire.socket.sendall(request[30:])
    assert wire.read()[2] == b"x\r\nknown\r\n"
    body = known.encode()
    direct = (
        b"POST /sparql?format=csv HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    )
    for _ in range(3):
        assert wire.ask(direct + body)[2] == b"x\r\nknown\r\n"
        wire.socket.sendall(direct)
        time.sleep(0.02)
        wire.socket.sendall(body)  # a body that looks like nothing known
        assert wire.read()[2] == b"x\r\nknown\r\n"


def test_what_is_asked_otherwise_is_not_taken_for_known(service: Service) -> None:
    query = "SELECT ?x { VALUES ?x { 'fields' } }"
    wire = Wire(service)
    tag = [wire.ask(request_for(query)) for _ in range(3)][-1][1]["etag"]
    for _ in range(3):
        assert wire.ask(request_for(query, f"If-None-Match: {tag}\r\n"))[0].split()[1] == b"304"
        assert wire.ask(request_for(query, "Query-Id: of-my-own\r\n"))[1]["query-id"] == "of-my-own"
        status, _fields, _ = wire.ask(request_for(query, "Accept-Encoding: *;q=0\r\n"))[:3]
        assert status.split()[1] == b"406"
        wire.socket.sendall(request_for(query, method="HEAD"))
        assert wire.stream.readline().split()[1] == b"200"
        while wire.stream.readline().strip():
            pass
    for _ in range(3):
        closing = Wire(service)
        closing.ask(request_for(query, "Connection: close\r\n"))
        assert closing.stream.read() == b"", "closed as asked"
