"""Faults on purpose: whatever breaks while an answer is sent, no client can take the part for the whole.

JSON and XML say themselves where they end. A cut-off CSV, TSV, N-Triples or Turtle may well be one more correct
document: there the connection has to say it, and does by being reset.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import json
import os
import shutil
import signal
import socket
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

import httpx
import pyoxigraph as ox
import pytest
import uvloop
from conftest import QUADS, Service, ServiceFactory, write_release
from hostile import HOSTILE, ROWS, TEN, alive, busy_worker, children, whole_crew

from kgservice.engine.store import make_store
from kgservice.release import open_release
from kgservice.server import Protocol

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

BROKEN_OFF = (httpx.ReadError, httpx.RemoteProtocolError)
MANY = " ".join(TEN.format(name) for name in "abcdefg")
NUMBER = "BIND(?a + 10 * (?b + 10 * (?c + 10 * (?d + 10 * (?e + 10 * (?f + 10 * ?g))))) AS ?n)"
SELECT = f"SELECT * {{ {MANY} {TEN.format('h')} {TEN.format('i')} }}"
CONSTRUCT = (
    f"CONSTRUCT {{ <https://example.org/s> <https://example.org/p> ?n }} {{ {MANY} {NUMBER} }}"
)
BIGGER = 'BIND("' + "x" * 64 + '" AS ?t)' + "".join(
    f'BIND(REPLACE(?{a}, "x", ?{a}) AS ?{b})' for a, b in zip("tuvwx", "uvwxy", strict=True)
)  # fmt: skip
# First 200,000 rows, then a literal that no memory holds.
FEWER = " ".join(TEN.format(name) for name in "bcdef") + " VALUES ?a { 0 1 }"
THEN_MEMORY = (
    f"SELECT ?a ?b ?c ?d ?e ?f ?n {{ {{ {FEWER} }} UNION {{ {BIGGER} BIND(STRLEN(?y) AS ?n) }} }}"
)
THEN_MEMORY_GRAPH = (
    "CONSTRUCT { <https://example.org/s> <https://example.org/property> ?n } "
    f"{{ {{ {FEWER} BIND(CONCAT(STR(?a), STR(?b), STR(?c), STR(?d), STR(?e), STR(?f)) AS ?n) }} "
    f"UNION {{ {BIGGER} BIND(STRLEN(?y) AS ?n) }} }}"
)


def parse_json(body: bytes) -> object:
    return json.loads(body)


def parse_csv(body: bytes) -> object:
    return list(csv.reader(io.StringIO(body.decode("utf-8")), strict=True))


def parse_xml(body: bytes) -> object:
    return ElementTree.fromstring(body)


def parse_rdf(syntax: ox.RdfFormat) -> Callable[[bytes], object]:
    return lambda body: sum(1 for _ in ox.parse(body, syntax))


# Each format with a real parser, and whether its text itself shows that it is cut off.
PARSERS: dict[str, tuple[Callable[[bytes], object], bool]] = {
    "json": (parse_json, True),
    "xml": (parse_xml, True),
    "csv": (parse_csv, False),
    "tsv": (lambda body: body.decode("utf-8"), False),
    "turtle": (parse_rdf(ox.RdfFormat.TURTLE), False),
    "ntriples": (parse_rdf(ox.RdfFormat.N_TRIPLES), False),
    "nquads": (parse_rdf(ox.RdfFormat.N_QUADS), False),
    "trig": (parse_rdf(ox.RdfFormat.TRIG), False),
    "rdfxml": (parse_xml, True),
    "jsonld": (parse_json, True),
}
TABLES = ("json", "xml", "csv", "tsv")
FORMATS = tuple(PARSERS)


@contextlib.contextmanager
def asked(service: Service, query: str, form: str, version: str) -> Iterator[socket.socket]:
    """A connection on which a query has been sent and the first of the answer has come in, with status 200."""
    parts = urlsplit(service.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as client:
        line = f"GET /sparql?format={form}&query={quote_plus(query)} {version}\r\nHost: x\r\n\r\n"
        client.sendall(line.encode())
        assert client.recv(12, socket.MSG_WAITALL) == b"HTTP/1.1 200"
        yield client


def read_until_broken(client: socket.socket) -> bytes:
    """What comes in until the connection is reset. Its regular end would be taken for the end of the answer."""
    received = bytearray(b"HTTP/1.1 200")
    with pytest.raises(ConnectionResetError):
        while True:
            part = client.recv(1 << 20)
            assert part, "the connection was closed as if the answer were whole"
            received += part
    return bytes(received)


def body_of(received: bytes) -> bytes:
    """The body as a forgiving client would take it: all chunks that arrived, also the last one, cut off."""
    head, _, rest = received.partition(b"\r\n\r\n")
    if b"chunked" not in head.lower():
        return rest
    body, chunked = bytearray(), io.BytesIO(rest)
    while line := chunked.readline():
        size = int(line.strip() or b"0", 16) if line.endswith(b"\n") else 0
        assert size or not line.endswith(b"\n"), "the last chunk was sent: the answer looks whole"
        body += chunked.read(size)
        chunked.read(2)
    return bytes(body)


def shows_to_be_cut(form: str, body: bytes) -> None:
    """The formats with an end of their own are no documents."""
    parse, shows = PARSERS[form]
    if shows and body:
        with pytest.raises((ValueError, ElementTree.ParseError)):
            parse(body)


@pytest.fixture(scope="module")
def small(run_service: ServiceFactory) -> Iterator[Service]:
    """A service whose queries have little memory."""
    with run_service(memory=192, deadline=60) as running:
        yield running


@pytest.mark.parametrize("form", FORMATS)
def test_the_parsers_take_a_whole_answer(small: Service, form: str) -> None:
    """What the other tests rely on: these formats, from this service, are documents when they are whole."""
    query = (SELECT if form in TABLES else CONSTRUCT) + " LIMIT 60000"
    answer = small.client.get("/sparql", params={"query": query, "format": form})
    assert answer.status_code == 200
    assert PARSERS[form][0](answer.content)


@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/1.0"])
@pytest.mark.parametrize("form", FORMATS)
def test_a_worker_killed_mid_stream(small: Service, form: str, version: str) -> None:
    query = SELECT if form in TABLES else CONSTRUCT
    with asked(small, query, form, version) as client:
        os.kill(busy_worker(small), signal.SIGKILL)
        received = read_until_broken(client)
    shows_to_be_cut(form, body_of(received))
    whole_crew(small)


@pytest.mark.parametrize("form", ["json", "csv", "xml", "ntriples", "turtle"])
def test_the_memory_limit_mid_stream(small: Service, form: str) -> None:
    query = THEN_MEMORY if form in TABLES else THEN_MEMORY_GRAPH
    with asked(small, query, form, "HTTP/1.1") as client:
        received = read_until_broken(client)
    body = body_of(received)
    assert len(body) > 1_000_000, "it broke before the stream began"
    shows_to_be_cut(form, body)
    whole_crew(small)


@pytest.mark.parametrize("form", ["json", "csv"])
@pytest.mark.parametrize(
    "limit",
    [{"deadline": 2.0}, {"max_rows": 150_000}, {"max_result_bytes": 3_000_000}],
    ids=["deadline", "rows", "bytes"],
)
def test_any_other_limit_mid_stream(
    run_service: ServiceFactory, form: str, limit: dict[str, float]
) -> None:
    with run_service(**limit) as service:
        with asked(service, SELECT, form, "HTTP/1.1") as client:
            received = read_until_broken(client)
        shows_to_be_cut(form, body_of(received))
        with (
            pytest.raises(BROKEN_OFF),
            service.client.stream(
                "GET", "/sparql", params={"query": SELECT, "format": form}
            ) as answer,
        ):
            assert answer.status_code == 200
            for _ in answer.iter_bytes():
                pass
        whole_crew(service)


@pytest.mark.parametrize("query", [HOSTILE["count"], ROWS], ids=["evaluating", "streaming"])
def test_a_lost_client_ends_its_query(service: Service, query: str) -> None:
    whole_crew(service)
    parts = urlsplit(service.url)
    with socket.create_connection((parts.hostname, parts.port)) as client:
        request = f"GET /sparql?format=csv&query={quote_plus(query)} HTTP/1.1\r\nHost: x\r\n\r\n"
        client.sendall(request.encode())
        pid = busy_worker(service)
        if query is ROWS:
            client.recv(1024)
    until = time.monotonic() + 20
    while alive(pid):
        assert time.monotonic() < until, "the query outlived its client"
        time.sleep(0.01)
    whole_crew(service)
    assert service.rows("SELECT (1 AS ?x) {}") == [{"x": "1"}]


def test_many_lost_clients_leave_no_process_and_no_open_file(service: Service) -> None:
    parts = urlsplit(service.url)

    def leave() -> None:
        with socket.create_connection((parts.hostname, parts.port)) as client:
            request = f"GET /sparql?format=csv&query={quote_plus(ROWS)} HTTP/1.1\r\nHost: x\r\n\r\n"
            client.sendall(request.encode())
            client.recv(1024)

    leave()
    whole_crew(service)
    files, processes = len(os.listdir("/proc/self/fd")), len(children())
    for _ in range(10):
        leave()
    whole_crew(service)
    until = time.monotonic() + 20
    while len(os.listdir("/proc/self/fd")) > files or len(children()) > processes:
        assert time.monotonic() < until, (len(os.listdir("/proc/self/fd")), files)
        time.sleep(0.05)


def test_a_connection_that_is_gone_already_can_be_reset_too() -> None:
    """The client leaves in the very moment in which its answer fails."""

    class Keeping(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            transport.get_extra_info(
                "socket"
            )  # as uvicorn does; kept by the transport, also when it is closed
            made.append(transport)

    made: list[asyncio.BaseTransport] = []

    async def reset() -> None:
        server = await asyncio.get_running_loop().create_server(Keeping, "127.0.0.1", 0)
        async with server:
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.transport.abort()
            while not made or not made[0].is_closing():
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
            protocol = object.__new__(Protocol)
            protocol.transport = made[0]  # type: ignore[assignment]
            protocol._reset()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(reset())


# -- the store

EVERYTHING = "SELECT ?s ?o { ?s <https://example.org/p> ?o } ORDER BY ?s"
STORED = 5000


@pytest.fixture
def own_store(run_service: ServiceFactory, tmp_path: Path) -> Iterator[tuple[Service, Path]]:
    """A service over a store of its own, which a test may break."""
    lines = [
        f'<https://example.org/s{n:05}> <https://example.org/p> "{"证书" * 20}{n}" <https://example.org/g> .\n'
        for n in range(STORED)
    ]
    write_release(tmp_path, QUADS + "".join(lines))
    store = make_store(tmp_path, open_release(tmp_path))
    with run_service(releases=tmp_path, workers=1, spares=0, queue_wait=2.0) as service:
        yield service, store


def ask_broken(service: Service) -> None:
    """Whatever the store is like: the whole answer, or none."""
    try:
        answer = service.get(EVERYTHING, format="csv")
    except BROKEN_OFF:
        return
    if answer.status_code == 200:
        rows = answer.text.splitlines()
        assert len(rows) == STORED + 1
        assert rows[-1].endswith(f"{STORED - 1}")
    else:
        assert answer.status_code in (500, 503)
        assert answer.headers["content-type"] == "application/problem+json"


def kill_all(service: Service) -> None:
    for pid in service.engine.process_ids:
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.2)


def test_a_deleted_store_is_no_empty_store(own_store: tuple[Service, Path]) -> None:
    service, store = own_store
    assert len(service.rows(EVERYTHING)) == STORED
    shutil.rmtree(store)
    ask_broken(service)
    kill_all(service)
    answer = service.get(EVERYTHING)
    service.problem(answer, 503, "unavailable")
    assert "启动" in answer.json()["languages"]["zh"]["detail"]
    assert service.client.get("/health/ready").status_code == 503
    assert service.client.get("/health/live").status_code == 200


@pytest.mark.parametrize("damage", ["truncated", "overwritten"])
def test_a_damaged_store_gives_no_wrong_answer(
    own_store: tuple[Service, Path], damage: str
) -> None:
    service, store = own_store
    files = sorted(store.glob("*.sst"), key=lambda path: path.stat().st_size)
    assert files
    size = files[-1].stat().st_size
    with files[-1].open("r+b") as file:
        if damage == "truncated":
            file.truncate(size // 2)
        else:
            file.seek(size // 4)
            file.write(os.urandom(size // 2))
    ask_broken(service)
    kill_all(service)
    ask_broken(service)
