"""The remote engine: what it refuses to take for an answer, when it hangs up, and that a reader sees one release."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import BASE, EX, QUADS, write_release
from servers import MAKERS, OXIGRAPH, Server, run_server

from kgservice.engine.endpoint import Endpoint, read_endpoint
from kgservice.engine.errors import (
    EngineError,
    QueryCancelled,
    QuerySyntaxError,
    QueryTimeout,
    QueryUnsupported,
    QueueFull,
    ReleaseNotThere,
    RemoteAuthRefused,
    RemoteBusy,
    RemoteFault,
    RemoteUnreachable,
    ResultTooLarge,
)
from kgservice.engine.interface import Dataset, Query
from kgservice.engine.pool import PoolLimits
from kgservice.engine.remote import RemoteEngine
from kgservice.engine.remote_dataset import COUNT_DEFAULT, COUNTS, published_graph
from kgservice.problems import problem_of
from kgservice.publishing.graphs import split_graphs
from kgservice.publishing.loading import publish
from kgservice.publishing.target import Target
from kgservice.release import Release, open_release
from kgservice.sparql.from_clauses import take_from_clauses

LIMITS = PoolLimits(workers=2, spares=0, deadline=30.0, memory=512)
SELECT = "SELECT ?s WHERE { ?s ?p ?o }"
CONSTRUCT = "CONSTRUCT WHERE { ?s ?p ?o }"
OTHER = QUADS.replace('"40"', '"41"')
JSON, N_TRIPLES = "application/sparql-results+json", "application/n-triples"
Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def collect(engine: RemoteEngine, text: str, form: str = "csv", **more: object) -> bytes:
    """The whole answer to a query."""
    parts = []
    async with engine.answer(Query(text, form, **more)) as answer:  # type: ignore[arg-type]
        async for part in answer:
            parts.append(part)
    return b"".join(parts)


# -- a server that misbehaves


def body(kind: str, text: bytes, status: str = "200 OK", *more: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(text)}", *more]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + text


def rows(*values: dict[str, str]) -> bytes:
    bindings = [
        {name: {"type": "literal", "value": v} for name, v in one.items()} for one in values
    ]
    names = list(values[0]) if values else []
    return json.dumps({"head": {"vars": names}, "results": {"bindings": bindings}}).encode()


class Misbehaving:
    """Answers the engine's own questions as it should, and all others as a test wants."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self.reply: bytes | Reply = body(JSON, rows({"s": "x"}))
        self.hung_up = asyncio.Event()
        self.asked: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            asked = (await reader.readexactly(length)).decode()
            own = self._own(asked)
            if own is not None:
                writer.write(body(JSON, own))
            else:
                self.asked.append(asked.encode())
                if isinstance(self.reply, bytes):
                    writer.write(self.reply)
                else:
                    try:
                        await self.reply(writer)
                        await reader.read()  # returns or raises when the other side closes
                    finally:
                        self.hung_up.set()
            await writer.drain()
        writer.close()

    def _own(self, asked: str) -> bytes | None:
        from urllib.parse import parse_qs

        query = parse_qs(asked)["query"][0]
        if query == COUNTS:
            graphs = self._release.manifest["graphs"]
            return rows(*({"g": graph, "n": str(n)} for graph, n in graphs.items()))
        if query == COUNT_DEFAULT:
            return rows({"n": "0"})
        if "?mark" in query:
            mark = published_graph(BASE)
            return rows({"mark": mark, "of": mark, "id": self._release.id})
        return None


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """The small release."""
    write_release(tmp_path / "releases")
    return open_release(tmp_path / "releases")


@contextlib.asynccontextmanager
async def misbehaving(
    release: Release, **limits: object
) -> AsyncIterator[tuple[RemoteEngine, Misbehaving]]:
    behaviour = Misbehaving(release)
    server = await asyncio.start_server(behaviour, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    endpoint = Endpoint(f"http://127.0.0.1:{port}/sparql")
    engine = RemoteEngine(endpoint, release, replace(LIMITS, **limits), guarded=False)  # type: ignore[arg-type]
    await engine.start()
    try:
        yield engine, behaviour
    finally:
        await engine.stop(0)
        server.close()


@pytest.mark.parametrize(
    ("reply", "error", "text"),
    [
        (body("text/html", b"<html>Virtuoso</html>"), RemoteFault, "text/html"),
        (body(JSON, b"<html>Virtuoso</html>"), RemoteFault, "well-formed"),
        (body(JSON, rows({"s": "x"})[:-9]), RemoteFault, "well-formed"),
        (body(JSON, rows({"s": "x"}), "200 OK", "X-SPARQL-MaxRows: 10000"), RemoteFault, "10000"),
        (body(JSON, rows({"s": "x"}), "200 OK", "X-SQL-State: S1TAT"), RemoteFault, "S1TAT"),
        (body(JSON, rows({"s": "x"})).replace(b"Length: ", b"Length: 9"), RemoteFault, "broke off"),
        (body("text/plain", b"no", "401 Unauthorized"), RemoteAuthRefused, "KG_ENGINE_PASSWORD"),
        (body("text/plain", b"no", "403 Forbidden"), RemoteAuthRefused, "403"),
        (body("text/html", b"no", "404 Not Found"), RemoteFault, "no SPARQL endpoint"),
        (body("text/html", b"", "302 Found", "Location: http://127.0.0.1:9/"), RemoteFault, "302"),
        (body("text/plain", b"no", "503 Busy", "Retry-After: 7"), RemoteBusy, "7 seconds"),
        (body("text/plain", b"Virtuoso S1T00 Error", "500 Error"), QueryTimeout, "stopped"),
        (body("text/html", b"<p>out of <b>memory</b>", "500 Error"), RemoteFault, "out of memory"),
        (body("text/plain", b"no function f", "400 Bad"), QueryUnsupported, "no function f"),
        (
            body("text/plain", b"Virtuoso SP030, line 3: error", "400 Bad"),
            QuerySyntaxError,
            "line 3",
        ),
        (
            body("text/plain", b"Encountered at line 2, column 5.", "400 Bad"),
            QuerySyntaxError,
            "column 5",
        ),
    ],
)
async def test_what_is_no_answer_is_an_error_of_its_own(
    release: Release, reply: bytes, error: type[EngineError], text: str
) -> None:
    async with misbehaving(release) as (engine, server):
        server.reply = reply
        with pytest.raises(error, match=text) as caught:
            await collect(engine, SELECT)
        assert problem_of(caught.value).kind.status < 600
        assert caught.value.zh != caught.value.en
        server.reply = body(JSON, rows({"s": "好"}))
        assert await collect(engine, SELECT) == "s\r\n好\r\n".encode()


async def test_n_triples_without_a_length_could_be_half(release: Release) -> None:
    triple = b"<http://e/s> <http://e/p> <http://e/o> .\n"
    async with misbehaving(release) as (engine, server):
        server.reply = f"HTTP/1.1 200 OK\r\nContent-Type: {N_TRIPLES}\r\n\r\n".encode() + triple
        with pytest.raises(RemoteFault, match="length"):
            await collect(engine, CONSTRUCT, "turtle")
        server.reply = body(N_TRIPLES, triple)
        assert b"<http://e/s>" in await collect(engine, CONSTRUCT, "turtle")


async def dribble(writer: asyncio.StreamWriter) -> None:
    """The start of an answer, and then nothing."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n\r\n"
    start = b'{"head":{"vars":["s"]},"results":{"bindings":['
    writer.write(head.encode() + b"%x\r\n%s\r\n" % (len(start), start))
    await writer.drain()


async def flood(writer: asyncio.StreamWriter) -> None:
    """An answer without end."""
    await dribble(writer)
    row = b'{"s":{"type":"literal","value":"%s"}},' % (b"x" * 1000)
    with contextlib.suppress(ConnectionError):
        while True:
            writer.write(b"%x\r\n%s\r\n" % (len(row), row))
            await writer.drain()


@pytest.mark.parametrize("reply", [dribble, flood])
async def test_at_the_deadline_the_connection_is_closed(release: Release, reply: Reply) -> None:
    async with misbehaving(release, deadline=1.0) as (engine, server):
        server.reply = reply
        with pytest.raises(QueryTimeout):
            await asyncio.wait_for(collect(engine, SELECT), 20)
        await asyncio.wait_for(server.hung_up.wait(), 10)
        server.reply = body(JSON, rows({"s": "x"}))
        assert await collect(engine, SELECT) == b"s\r\nx\r\n"


async def test_a_reader_who_does_not_read_meets_the_deadline_too(release: Release) -> None:
    async with misbehaving(release, deadline=1.0) as (engine, server):
        server.reply = flood
        with pytest.raises(QueryTimeout):
            async with engine.answer(Query(SELECT, "csv")) as answer:
                async for _ in answer:
                    await server.hung_up.wait()


async def test_a_client_that_goes_away_hangs_up(release: Release) -> None:
    async with misbehaving(release) as (engine, server):
        server.reply = dribble
        asking = asyncio.create_task(collect(engine, SELECT))
        while not server.asked:
            await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.wait_for(server.hung_up.wait(), 10)
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_cancelled_by_its_id(release: Release) -> None:
    async with misbehaving(release) as (engine, server):
        server.reply = dribble
        asking = asyncio.create_task(collect(engine, SELECT, id="q1"))
        while not server.asked:
            await asyncio.sleep(0.01)
        assert not engine.cancel("q2")
        assert engine.cancel("q1")
        with pytest.raises(QueryCancelled):
            await asking
        await asyncio.wait_for(server.hung_up.wait(), 10)


async def test_more_bytes_than_allowed(release: Release) -> None:
    async with misbehaving(release, max_result_bytes=500_000) as (engine, server):
        server.reply = flood
        with pytest.raises(ResultTooLarge):
            await collect(engine, SELECT)
        await asyncio.wait_for(server.hung_up.wait(), 10)


async def test_more_rows_than_allowed(release: Release) -> None:
    async with misbehaving(release, max_rows=100) as (engine, server):
        server.reply = flood
        with pytest.raises(ResultTooLarge) as caught:
            await asyncio.wait_for(collect(engine, SELECT), 20)
        assert (caught.value.limit, caught.value.unit) == (100, "rows")
        assert "100 行" in caught.value.zh
        await asyncio.wait_for(server.hung_up.wait(), 10)
        server.reply = body(JSON, rows({"s": "x"}))
        assert await collect(engine, SELECT) == b"s\r\nx\r\n"


async def test_the_queue_has_its_length(release: Release) -> None:
    async with misbehaving(release, workers=1, queue_length=0) as (engine, server):
        server.reply = dribble
        asking = asyncio.create_task(collect(engine, SELECT))
        while not server.asked:
            await asyncio.sleep(0.01)
        with pytest.raises(QueueFull):
            await collect(engine, SELECT)
        asking.cancel()


async def test_what_is_no_sparql_never_reaches_the_server(release: Release) -> None:
    async with misbehaving(release) as (engine, server):
        for text in ("SELECT * {", 'DEFINE input:same-as "yes" SELECT * { ?s ?p ?o }'):
            with pytest.raises(QuerySyntaxError) as caught:
                await collect(engine, text)
            assert caught.value.line == 1
        assert server.asked == []


async def test_nobody_there(release: Release) -> None:
    engine = RemoteEngine(Endpoint("http://127.0.0.1:9/sparql"), release, LIMITS, guarded=False)
    with pytest.raises(RemoteUnreachable, match=r"127\.0\.0\.1:9"):
        await engine.start()


def test_from_clauses_are_read() -> None:
    text = """
        # FROM <http://e/comment>
        BASE <http://e/base/> PREFIX p: <x/> PREFIX : <#>
        CONSTRUCT { ?s ?p "FROM <http://e/text>" } FROM <a> FROM p:b\\-c from named <\\u56FE> FROM :d
        WHERE { ?s ?p ?from . { SELECT ?s { ?s ?p "}" } } }
    """
    dataset, rest = take_from_clauses(text, "http://base/")
    assert "p:b" not in rest
    assert "<a>" not in rest
    assert len(rest) == len(text)
    assert rest.count("\n") == text.count("\n")
    assert '"FROM <http://e/text>"' in rest
    assert dataset == Dataset(
        ("http://e/base/a", "http://e/base/x/b-c", "http://e/base/#d"), ("http://e/base/图",)
    )


def test_credentials_leave_the_address() -> None:
    endpoint = read_endpoint("https://kg:ge%3Aheim@h/{release}/sparql", "abc")
    assert endpoint.url == "https://h/abc/sparql"
    assert (endpoint.user, endpoint.password) == ("kg", "ge:heim")
    assert "heim" not in repr(endpoint)


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
async def test_a_parser_dies_in_the_thread_that_made_it(release: Release) -> None:
    async with misbehaving(release) as (engine, server):
        for reply in (
            body(JSON, rows({"s": "x"}, {"s": "y"})[:-9]),
            body(N_TRIPLES, b"<http://e/s> <"),
        ):
            server.reply = reply
            for text, form in ((SELECT, "json"), (CONSTRUCT, "turtle"), (CONSTRUCT, "rdfxml")):
                with pytest.raises(RemoteFault):
                    await collect(engine, text, form)
        gc.collect()


# -- real servers


@pytest.fixture(scope="module", params=[*MAKERS, "oxigraph with its own union"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server of each maker; the default graph is the union in some and not in others."""
    maker, _, own = request.param.partition(" ")
    flags = ["--union-default-graph"] if own else []
    with run_server(maker, tmp_path_factory.mktemp(maker), *flags) as running:
        yield running


def load(server: Server, release: Release, folder: Path) -> None:
    folder.mkdir()
    store = Endpoint(server.store, server.user, server.password)
    with Target(store, Endpoint(server.query), BASE) as target:
        graphs = split_graphs(release, folder)
        publish(target, release, graphs, replace=True, report=lambda _: None)


def engine_of(server: Server, release: Release, **limits: int) -> RemoteEngine:
    bounds = replace(LIMITS, **limits)  # type: ignore[arg-type]
    return RemoteEngine(Endpoint(server.query), release, bounds, guarded=True)


async def test_the_dataset_is_the_release_whatever_the_server_is(
    server: Server, release: Release, tmp_path: Path
) -> None:
    load(server, release, tmp_path / "g")
    engine = engine_of(server, release)
    await engine.start()
    try:
        # The union of all graphs, and only of this release.
        found = await collect(engine, "SELECT ?n WHERE { ?s <https://example.org/名称> ?n }")
        assert "证书甲，“引号”与 & <符号>" in found.decode()
        graphs = await collect(
            engine, "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"
        )
        assert graphs.split()[1:] == [f"{BASE}/graph/{name}".encode() for name in "abc"]
        # Relative IRIs start at the base of the release.
        relative = "SELECT ?o WHERE { <id/certificate/c00001> <https://example.org/rank> ?o }"
        assert await collect(engine, relative) == b"o\r\n40\r\n"
        # The dataset of the protocol; a graph that is not of the release is empty.
        only_c = Dataset((f"{BASE}/graph/c",), ())
        counted = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
        assert await collect(engine, counted, dataset=only_c) == b"n\r\n1\r\n"
        for foreign in ("http://www.openlinksw.com/schemas/virtrdf#", published_graph(BASE)):
            assert await collect(engine, counted, dataset=Dataset((foreign,), ())) == b"n\r\n0\r\n"
        named = Dataset((), (f"{BASE}/graph/c",))
        assert await collect(engine, counted, dataset=named) == b"n\r\n0\r\n"
        within = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"
        assert await collect(engine, within, dataset=named) == b"n\r\n1\r\n"
        chosen = f"SELECT (COUNT(*) AS ?n) FROM <{BASE}/graph/a> WHERE {{ ?s ?p ?o }}"
        assert await collect(engine, chosen, own_dataset=True) == b"n\r\n3\r\n"
        prefixed = (
            f"PREFIX g: <{BASE}/graph/> SELECT (COUNT(*) AS ?n) FROM <graph/a> FROM g:c "
            "FROM <http://www.openlinksw.com/schemas/virtrdf#> FROM NAMED g:b { ?s ?p ?o }"
        )
        assert await collect(engine, prefixed, own_dataset=True) == b"n\r\n4\r\n"
        of_named = prefixed.replace("{ ?s ?p ?o }", "{ GRAPH ?g { ?s ?p ?o } }")
        assert await collect(engine, of_named, own_dataset=True) == b"n\r\n4\r\n"
        won = await collect(engine, prefixed, own_dataset=True, dataset=only_c)
        assert won == b"n\r\n1\r\n"  # the protocol wins over FROM
        asked = await collect(engine, "ASK { ?s ?p 40 }", "json")
        assert json.loads(asked)["boolean"] is True
        assert json.loads(await collect(engine, "ASK { ?s ?p 4711 }", "json"))["boolean"] is False
        turtle = await collect(engine, "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "ntriples")
        own_union = engine._own_union  # then the mark is one more triple (docs/bigger.md)
        assert len(turtle.splitlines()) == (9 if own_union else 8)
    finally:
        await engine.stop(0)


async def test_the_bound_on_rows_holds_on_every_server(
    server: Server, release: Release, tmp_path: Path
) -> None:
    load(server, release, tmp_path / "g")
    graph = f"WHERE {{ GRAPH <{BASE}/graph/a> {{ ?s ?p ?o }} }}"  # three triples
    tables = [(f"SELECT * {graph}", form) for form in ("json", "xml", "csv", "tsv")]
    graphs = [
        (f"CONSTRUCT {{ ?s ?p ?o }} {graph}", form) for form in ("turtle", "ntriples", "jsonld")
    ]
    for most in (3, 2):
        engine = engine_of(server, release, max_rows=most)
        await engine.start()
        try:
            for text, form in (*tables, *graphs):
                if most == 3:
                    assert "注册会计师" in (await collect(engine, text, form)).decode(), form
                    continue
                with pytest.raises(ResultTooLarge) as caught:
                    await collect(engine, text, form)
                assert (caught.value.limit, caught.value.unit) == (2, "rows"), form
            assert b"true" in await collect(engine, "ASK { ?s ?p ?o }", "json")
        finally:
            await engine.stop(0)


async def test_while_another_release_is_loaded_a_reader_sees_the_old_one_or_none(
    server: Server, release: Release, tmp_path: Path
) -> None:
    """In one and the same dataset, the hardest case: never a row of the new release, never a mixture."""
    load(server, release, tmp_path / "g")
    other = open_release(tmp_path / "releases", write_release(tmp_path / "releases", OTHER))
    reader = engine_of(server, release)
    await reader.start()
    seen: list[bytes] = []
    refused = 0
    text = f"SELECT ?o WHERE {{ ?s <{EX}rank> ?o }} ORDER BY ?o"
    loading = asyncio.create_task(asyncio.to_thread(load, server, other, tmp_path / "h"))
    try:
        while not loading.done() or not refused:
            try:
                seen.append(await collect(reader, text))
            except ReleaseNotThere:
                refused += 1
            await asyncio.sleep(0)
        await loading
        assert set(seen) <= {b"o\r\n30\r\n40\r\n"}
        with pytest.raises(ReleaseNotThere, match=other.id):
            await collect(reader, text)
    finally:
        await reader.stop(0)
    late = engine_of(server, release)
    with pytest.raises(ReleaseNotThere, match=other.id):
        await late.start()
    new = engine_of(server, other)
    await new.start()
    try:
        assert await collect(new, text) == b"o\r\n30\r\n41\r\n"
    finally:
        await new.stop(0)


async def test_a_release_that_was_meddled_with_is_not_served(
    release: Release, tmp_path: Path
) -> None:
    with run_server(OXIGRAPH, tmp_path / OXIGRAPH) as server:
        load(server, release, tmp_path / "g")
        with Target(Endpoint(server.store), Endpoint(server.query), BASE) as target:
            target.post(f"{BASE}/graph/a", f'<{EX}x> <{EX}y> "more" .\n'.encode())
        engine = engine_of(server, release)
        with pytest.raises(ReleaseNotThere, match="another number of triples"):
            await engine.start()
