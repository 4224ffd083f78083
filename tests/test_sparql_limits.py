"""Limits that hold, over real HTTP: hostile queries, lost clients, and never a cut-off answer that looks whole."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import quote_plus, urlsplit

import httpx
import pytest
from conftest import EX, Service, ServiceFactory

TEN = "VALUES ?{} {{0 1 2 3 4 5 6 7 8 9}}"
ROWS = "SELECT * {" + " ".join(TEN.format(name) for name in "abcdef") + "}"
NUMBERS = " ".join(map(str, range(100)))
HOSTILE = {
    "count": "SELECT (COUNT(*) AS ?x) {" + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(14)) + "}",
    "values": "SELECT (COUNT(*) AS ?x) {"
    + " ".join(f"VALUES ?v{n} {{ {NUMBERS} }}" for n in range(8))
    + " FILTER(?v0 + ?v7 > 1000) }",
    "order": "SELECT * {" + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(9)) + "} ORDER BY ?o1 ?o8",
    "distinct": "SELECT DISTINCT * {" + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(9)) + "}",
    "path": "SELECT (COUNT(*) AS ?x) {"
    + " ".join(f"?a{n} (<{EX}next>|!<{EX}none>)* ?b{n} ." for n in range(14))
    + "}",
    "replace": 'SELECT (STRLEN(?g) AS ?n) {BIND("' + "x" * 64 + '" AS ?a)'
    + "".join(
        f'BIND(REPLACE(?{a}, "x", ?a) AS ?{b})' for a, b in zip("abcdef", "bcdefg", strict=True)
    )
    + "}",
    "concat": 'SELECT ?z {BIND("' + "y" * 1000 + '" AS ?v0)'
    + "".join(f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1})" for n in range(20))
    + "BIND(?v20 AS ?z)}",
    "operands": "ASK { FILTER(" + "+".join(["1"] * 4900) + " > 0) }",
    "sequence": "ASK { ?s " + "/".join(["<a:b>"] * 4900) + " ?o }",
    "braces": "ASK " + "{" * 2200 + "}" * 2200,
    "megabyte": "ASK { FILTER(?x IN (" + ",".join(["1"] * 500_000) + ")) }",
}  # fmt: skip
BROKEN_OFF = (httpx.ReadError, httpx.RemoteProtocolError)
REFUSALS = {"query-timeout", "query-memory", "query-too-complex"}


@pytest.fixture(scope="module")
def strict(run_service: ServiceFactory) -> Iterator[Service]:
    """A service with a short deadline and little memory."""
    with run_service(deadline=3, memory=192) as running:
        yield running


def whole_crew(service: Service) -> None:
    limits, deadline = service.engine.limits, time.monotonic() + 20
    while len(service.engine._idle) < limits.workers or len(service.engine._spare) < limits.spares:
        assert time.monotonic() < deadline, "the pool did not recover"
        time.sleep(0.02)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_queries_end_and_others_are_served(strict: Service, name: str) -> None:
    """Each ends at the deadline or before; meanwhile, a light query never waits for it."""
    whole_crew(strict)
    result: dict[str, object] = {}

    def attack() -> None:
        began = time.monotonic()
        with httpx.Client(timeout=30) as client:
            try:
                answer = client.post(f"{strict.url}/sparql", data={"query": HOSTILE[name]})
                result["status"], result["body"] = answer.status_code, answer.content
            except httpx.HTTPError as error:
                result["broken"] = error
        result["seconds"] = time.monotonic() - began

    thread = threading.Thread(target=attack)
    thread.start()
    slowest = 0.0
    while thread.is_alive():
        began = time.monotonic()
        assert strict.rows('SELECT ("中" AS ?x) {}') == [{"x": "中"}]
        slowest = max(slowest, time.monotonic() - began)
    thread.join()
    assert isinstance(result["seconds"], float)
    assert result["seconds"] < 3 + 2, "deadline and generous slack"
    assert slowest < 2.0, "a light query had to wait for the hostile one"
    if "status" in result and result["status"] != 200:
        assert isinstance(result["body"], bytes)
        assert any(f"/problem/{slug}".encode() in result["body"] for slug in REFUSALS), result
    whole_crew(strict)
    held = [link.private_bytes() for link in [*strict.engine._idle, *strict.engine._spare]]
    assert max(held) < 100 * 1024 * 1024, "memory did not come back"


@pytest.mark.parametrize("name", ["count", "values", "order", "path", "replace"])
def test_the_worst_are_stopped_and_told_so(strict: Service, name: str) -> None:
    answer = strict.client.post("/sparql", data={"query": HOSTILE[name]})
    assert answer.status_code in (503, 504)
    slug = answer.json()["type"].rsplit("/", 1)[1]
    strict.problem(answer, answer.status_code, slug)
    assert slug in ("query-timeout", "query-memory")


def test_a_full_queue_is_503_with_retry_after(run_service: ServiceFactory) -> None:
    with run_service(workers=1, spares=0, queue_length=0, deadline=2.0) as service:
        attack = threading.Thread(target=service.get, args=(HOSTILE["count"],))
        attack.start()
        time.sleep(0.3)
        answer = httpx.get(f"{service.url}/sparql", params={"query": "ASK {}"})
        attack.join()
        service.problem(answer, 503, "busy")
        assert int(answer.headers["retry-after"]) >= 1
        deadline = time.monotonic() + 10
        while service.get("ASK {}").status_code != 200:
            assert time.monotonic() < deadline
        assert service.get("ASK {}").status_code == 200


def test_a_large_answer_streams_and_is_whole(service: Service) -> None:
    with service.client.stream("GET", "/sparql", params={"query": ROWS, "format": "csv"}) as answer:
        assert answer.status_code == 200
        assert "content-length" not in answer.headers
        lines = b"".join(answer.iter_bytes()).splitlines()
    assert len(lines) == 1_000_001
    assert len(set(lines)) == 1_000_001


@pytest.mark.parametrize("more", ["", "Connection: keep-alive\r\n", "Accept-Encoding: gzip\r\n"])
def test_a_large_answer_to_http_1_0_is_ended_by_the_connection(service: Service, more: str) -> None:
    parts = urlsplit(service.url)
    with socket.create_connection((parts.hostname, parts.port)) as client:
        request = (
            f"GET /sparql?format=csv&query={quote_plus(ROWS)} HTTP/1.0\r\nHost: x\r\n{more}\r\n"
        )
        client.sendall(request.encode())
        received = b""
        while part := client.recv(1024 * 1024):
            received += part
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"chunked" not in head
    text = gzip.decompress(body) if "gzip" in more else body
    assert text.count(b"\n") == 1_000_001


def test_an_answer_within_the_first_megabyte_has_its_length(service: Service) -> None:
    answer = service.client.get(
        "/sparql",
        params={"query": ROWS + " LIMIT 50000", "format": "csv"},
        headers={"accept-encoding": "identity"},
    )
    assert int(answer.headers["content-length"]) == len(answer.content) > 500_000


def busy_worker(service: Service) -> int:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for link in list(service.engine._busy):
            assert link.process is not None
            return link.process.pid
        time.sleep(0.005)
    raise AssertionError("no query is running")


@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/1.0"])
@pytest.mark.parametrize("form", ["csv", "json", "tsv", "xml"])
def test_a_worker_killed_mid_stream_resets_the_connection(
    service: Service, form: str, version: str
) -> None:
    """Not even a client that reads to the end of the connection (HTTP/1.0) can take the part for the whole."""
    parts = urlsplit(service.url)
    with socket.create_connection((parts.hostname, parts.port)) as client:
        request = f"GET /sparql?format={form}&query={quote_plus(ROWS)} {version}\r\nHost: x\r\n\r\n"
        client.sendall(request.encode())
        received = client.recv(65536)
        assert received.startswith(b"HTTP/1.1 200")
        os.kill(busy_worker(service), signal.SIGKILL)
        with pytest.raises(ConnectionResetError):
            while True:
                part = client.recv(65536)
                assert part, "the connection was closed as if the answer were whole"
                received += part
    assert not received.endswith(b"0\r\n\r\n")
    whole_crew(service)


def test_the_deadline_mid_stream_resets_the_connection(strict: Service) -> None:
    rows = "SELECT * {" + " ".join(TEN.format(name) for name in "abcdefghij") + "}"
    with (
        pytest.raises(BROKEN_OFF),
        strict.client.stream("GET", "/sparql", params={"query": rows, "format": "csv"}) as answer,
    ):
        assert answer.status_code == 200
        for _ in answer.iter_bytes():
            pass
    whole_crew(strict)


def test_an_answer_over_its_bound_is_no_answer(run_service: ServiceFactory) -> None:
    with run_service(max_result_bytes=500_000) as service:
        service.problem(service.get(ROWS, format="csv"), 400, "result-too-large")
    with run_service(max_result_bytes=3_000_000) as service, pytest.raises(BROKEN_OFF):
        service.get(ROWS, format="csv")


@pytest.mark.parametrize("query", [HOSTILE["count"], ROWS], ids=["evaluating", "streaming"])
def test_a_lost_client_ends_its_query(service: Service, query: str) -> None:
    parts = urlsplit(service.url)
    with socket.create_connection((parts.hostname, parts.port)) as client:
        request = f"GET /sparql?format=csv&query={quote_plus(query)} HTTP/1.1\r\nHost: x\r\n\r\n"
        client.sendall(request.encode())
        pid = busy_worker(service)
        if query is ROWS:
            client.recv(1024)
    deadline = time.monotonic() + 5
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        assert time.monotonic() < deadline, "the query outlived its client"
        time.sleep(0.01)
    whole_crew(service)


def test_a_client_that_reads_slowly_holds_nobody_else_up(service: Service) -> None:
    parts = urlsplit(service.url)
    with socket.create_connection((parts.hostname, parts.port)) as client:
        request = f"GET /sparql?format=csv&query={quote_plus(ROWS)} HTTP/1.1\r\nHost: x\r\n\r\n"
        client.sendall(request.encode())
        client.recv(1024)
        for _ in range(20):
            assert service.get("ASK {}").status_code == 200
    whole_crew(service)


def test_a_client_that_goes_away_while_sending_is_forgotten(service: Service) -> None:
    parts = urlsplit(service.url)
    with socket.create_connection((parts.hostname, parts.port)) as client:
        client.sendall(
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
            b"Content-Length: 1000\r\n\r\nSELECT"
        )
        time.sleep(0.05)
    assert service.get("ASK {}").status_code == 200


def test_keep_alive_and_pipelining_keep_their_order(service: Service) -> None:
    parts = urlsplit(service.url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port)
    for number in range(5):
        query = quote_plus(f"SELECT ({number} AS ?x) {{}}")
        connection.request("GET", f"/sparql?format=csv&query={query}")
        assert connection.getresponse().read() == b"x\r\n%d\r\n" % number
    connection.close()
    with (
        socket.create_connection((parts.hostname, parts.port)) as client,
        contextlib.closing(client.makefile("rb")) as stream,
    ):
        for number in range(5):
            query = quote_plus(f"SELECT ({number} AS ?x) {{}}")
            line = f"GET /sparql?format=csv&query={query} HTTP/1.1\r\nHost: x\r\n\r\n"
            client.sendall(line.encode())
        found = []
        while len(found) < 5:
            line_read = stream.readline()
            if line_read.strip().isdigit():
                found.append(int(line_read))
        assert found == list(range(5))


def test_many_clients_at_once_all_get_their_own_answer(service: Service) -> None:
    wrong: list[str] = []

    def client(start: int) -> None:
        with httpx.Client(base_url=service.url, timeout=30) as session:
            for number in range(start, start + 30):
                parameters = {"query": f"SELECT ({number} AS ?x) {{}}", "format": "csv"}
                answer = session.get("/sparql", params=parameters)
                if answer.text != f"x\r\n{number}\r\n":
                    wrong.append(answer.text)

    threads = [threading.Thread(target=client, args=(100 * n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
