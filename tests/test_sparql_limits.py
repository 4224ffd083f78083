"""Limits that hold, over real HTTP: hostile queries, lost clients, and never a cut-off answer that looks whole."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import socket
import threading
import time
from urllib.parse import quote_plus, urlsplit

import httpx
import pytest
from conftest import Service, ServiceFactory
from hostile import HOSTILE, ROWS, whole_crew

BROKEN_OFF = (httpx.ReadError, httpx.RemoteProtocolError)


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


def test_an_answer_over_its_bound_is_no_answer(run_service: ServiceFactory) -> None:
    with run_service(max_result_bytes=500_000) as service:
        service.problem(service.get(ROWS, format="csv"), 400, "result-too-large")
    with run_service(max_result_bytes=3_000_000) as service, pytest.raises(BROKEN_OFF):
        service.get(ROWS, format="csv")


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
