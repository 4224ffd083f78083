"""``kg publish`` into real servers: resumed, verified, and switched so that a reader sees one release or the other."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from conftest import BASE, EX, QUADS, write_release
from servers import MAKERS, Server, run_server

from kgservice.engine.endpoint import Endpoint, read_endpoint
from kgservice.publishing import loading
from kgservice.publishing.graphs import GraphFile, pieces_of, split_graphs, split_quad
from kgservice.publishing.loading import Outcome, publish
from kgservice.publishing.target import PublishError, Target, query_url_beside
from kgservice.release import Release, open_release

OTHER = QUADS.replace('"40"', '"41"')  # the same counts, another content
NAMES = f"SELECT ?o WHERE {{ GRAPH <{BASE}/graph/b> {{ ?s <{EX}rank> ?o }} }} ORDER BY ?o"


@pytest.fixture(scope="module", params=MAKERS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server of each maker."""
    with run_server(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running


@pytest.fixture
def old_and_new(tmp_path: Path) -> tuple[Release, Release]:
    """Two releases that differ in one literal."""
    old, new = write_release(tmp_path, QUADS), write_release(tmp_path, OTHER)
    return open_release(tmp_path, old), open_release(tmp_path, new)


@contextmanager
def target_of(server: Server) -> Iterator[Target]:
    """The server as a target, empty of what another test left."""
    store = Endpoint(server.store, server.user, server.password)
    with Target(store, Endpoint(server.query), BASE) as target:
        yield target


def clear(target: Target) -> None:
    for graph in target.counts():
        if graph.startswith(BASE):
            target.delete(graph)


def load(target: Target, release: Release, folder: Path, *, replace: bool = False) -> Outcome:
    folder.mkdir(exist_ok=True)
    for left in folder.iterdir():
        left.unlink()
    graphs = split_graphs(release, folder)
    return publish(target, release, graphs, replace=replace, report=lambda _: None)


def test_loaded_verified_and_not_loaded_twice(
    server: Server, old_and_new: tuple[Release, Release], tmp_path: Path
) -> None:
    old, new = old_and_new
    with target_of(server) as target:
        clear(target)
        assert load(target, old, tmp_path / "g") == Outcome(3, 0, 0)
        counts = {
            graph: n for graph, n in target.counts().items() if graph in old.manifest["graphs"]
        }
        assert counts == old.manifest["graphs"]
        assert target.marks().published == old.id
        assert target.marks().loading is None
        assert load(target, old, tmp_path / "g").was_complete
        with pytest.raises(PublishError, match=old.id):
            load(target, new, tmp_path / "g")  # readers would see a mixture
        assert target.marks().published == old.id
        assert load(target, new, tmp_path / "g", replace=True).loaded == 3
        assert target.marks().published == new.id


def test_a_graph_that_the_new_release_lacks_goes(server: Server, tmp_path: Path) -> None:
    more = f'{QUADS}<{EX}a> <{EX}b> "alt" <{BASE}/graph/gone> .\n'
    many, few = write_release(tmp_path, more), write_release(tmp_path, QUADS)
    with target_of(server) as target:
        clear(target)
        load(target, open_release(tmp_path, many), tmp_path / "g")
        outcome = load(target, open_release(tmp_path, few), tmp_path / "g", replace=True)
        assert outcome.removed == 1
        assert f"{BASE}/graph/gone" not in target.counts()


def test_broken_off_half_way_it_goes_on_where_it_stopped(
    server: Server, old_and_new: tuple[Release, Release], tmp_path: Path
) -> None:
    old, _ = old_and_new
    with target_of(server) as target:
        clear(target)
        graphs = split_graphs(old, tmp_path)

        def break_off(graph: GraphFile) -> None:
            if graph is graphs[1]:
                target.put(graphs[2].iri, f'<{EX}half> <{EX}a> "graph" .\n'.encode())
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            publish(target, old, graphs, replace=False, report=break_off)
        marks = target.marks()
        assert (marks.published, marks.loading) == (None, old.id)
        outcome = publish(target, old, graphs, replace=False, report=lambda _: None)
        assert outcome == Outcome(1, 2, 0)
        assert target.marks().published == old.id
        assert target.count(graphs[2].iri) == graphs[2].triples


def test_a_wrong_count_is_found_and_nobody_is_switched(
    server: Server, old_and_new: tuple[Release, Release], tmp_path: Path
) -> None:
    old, _ = old_and_new
    with target_of(server) as target:
        clear(target)
        graphs = split_graphs(old, tmp_path)

        def meddle(graph: GraphFile) -> None:
            if graph is graphs[-1]:
                target.post(graphs[0].iri, f'<{EX}one> <{EX}too> "many" .\n'.encode())

        with pytest.raises(PublishError, match="another number of triples"):
            publish(target, old, graphs, replace=False, report=meddle)
        assert target.marks().published is None
        assert target.marks().loading == old.id


def test_the_same_release_with_something_lost_is_not_called_another_one(
    server: Server, old_and_new: tuple[Release, Release], tmp_path: Path
) -> None:
    old, _ = old_and_new
    with target_of(server) as target:
        clear(target)
        load(target, old, tmp_path / "g")
        target.post(f"{BASE}/graph/b", f'<{EX}one> <{EX}too> "many" .\n'.encode())
        with pytest.raises(PublishError, match=f"this release, {old.id}.*graph/b") as caught:
            load(target, old, tmp_path / "g")
        assert "--replace" in caught.value.en and "三元组数不符" in caught.value.zh
        load(target, old, tmp_path / "g", replace=True)
        assert load(target, old, tmp_path / "g").was_complete


def test_the_command(server: Server, tmp_path: Path) -> None:
    name = write_release(tmp_path / "releases", OTHER)
    with target_of(server) as target:
        clear(target)
    command = [sys.executable, "-m", "kgservice.cli", "publish", "--to", server.store]
    environment = os.environ | server.environment | {"KG_RELEASES": str(tmp_path / "releases")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert name in done.stdout
    assert "已核对 8 个四元组" in done.stdout
    assert f"KG_ENGINE={server.query}" in done.stdout
    if server.password is not None:
        refused = subprocess.run(
            [*command, "--replace"],
            env={**environment, "KG_ENGINE_PASSWORD": "wrong", "KG_RELEASES": str(other(tmp_path))},
            capture_output=True,
            text=True,
        )
        assert refused.returncode == 1
        assert "KG_ENGINE_PASSWORD" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert "wrong" not in refused.stderr


def other(folder: Path) -> Path:
    write_release(folder / "other", QUADS)
    return folder / "other"


# -- without a server


def test_nobody_there(tmp_path: Path) -> None:
    write_release(tmp_path)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "kgservice.cli",
            "publish",
            "--to",
            "http://kg:geheim@127.0.0.1:9/store",
        ],
        env=os.environ | {"KG_RELEASES": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "http://127.0.0.1:9/query" in done.stderr
    assert "无法连接" in done.stderr
    assert "geheim" not in done.stderr


@pytest.mark.parametrize(
    ("store", "query"),
    [
        ("http://h:7878/store", "http://h:7878/query"),
        ("http://h:3030/zc-{release}/data", "http://h:3030/zc-{release}/sparql"),
        ("http://h:8890/sparql-graph-crud-auth", "http://h:8890/sparql"),
        ("https://h/repositories/zc/rdf-graphs/service", "https://h/repositories/zc"),
        ("https://h:8182/sparql/gsp/", "https://h:8182/sparql"),
    ],
)
def test_the_query_address_beside_each_makers_store(store: str, query: str) -> None:
    assert query_url_beside(read_endpoint(store, "abc").url) == query.replace("{release}", "abc")


def test_an_unknown_form_of_address_asks_for_the_query_address() -> None:
    with pytest.raises(PublishError, match="--query-url") as caught:
        query_url_beside("https://kg:geheim@h/graphs")
    assert "geheim" not in str(caught.value)


def test_a_graph_comes_in_bodies_of_the_size_that_is_asked_for(tmp_path: Path) -> None:
    lines = [f'<http://e/{n}> <http://e/p> "文字 _:x {n}" .\n'.encode() for n in range(500)]
    blank = [b'_:a <http://e/p> "1" .\n', b"<http://e/s> <http://e/p> _:a .\n"]
    path = tmp_path / "g.nt"
    path.write_bytes(b"".join([*lines[:250], *blank, *lines[250:]]))
    bodies = list(pieces_of(GraphFile("http://e/g", path, 502, ""), 4096))
    assert len(bodies) > 3
    assert max(map(len, bodies)) <= 4096
    assert sorted(b"".join(bodies).splitlines()) == sorted(path.read_bytes().splitlines())
    assert all(line in bodies[0] for line in blank), "one blank node would become two"


def test_a_quad_is_split_at_its_graph() -> None:
    line = '<http://e/s> <http://e/p> "a> <b . 中"@zh <http://e/图> .\n'
    assert split_quad(line.encode()) == (
        '<http://e/s> <http://e/p> "a> <b . 中"@zh .\n'.encode(),
        "http://e/图",
    )


class _Narrow(BaseHTTPRequestHandler):
    """A proxy in front of a server that takes only small bodies, and drops one connection on the way."""

    behind: Server
    most = 300
    drops = 1
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        self.forward()

    def do_POST(self) -> None:
        self.forward()

    def do_DELETE(self) -> None:
        self.forward()

    def forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path, _, query = self.path.partition("?")
        if path == "/store" and len(body) > self.most:
            self.reply(413, b"")
            return
        if (
            path == "/store"
            and self.command == "POST"
            and "graph%2Fb" in query
            and type(self).drops
        ):
            type(self).drops -= 1
            self.close_connection = True
            return
        url = self.behind.store if path == "/store" else self.behind.query
        headers = {
            name: self.headers[name] for name in ("content-type", "accept") if self.headers[name]
        }
        answer = httpx.request(self.command, f"{url}?{query}", content=body, headers=headers)
        self.reply(answer.status_code, answer.content, answer.headers.get("content-type", ""))

    def reply(self, status: int, body: bytes, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


class _Refusing(BaseHTTPRequestHandler):
    """A server that takes nothing; its address ends in the status that it answers with."""

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(int(self.path.partition("?")[0].removeprefix("/")))
        body = b"<p>line 1, column 2: bad IRI</p>"
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "bad IRI"),
        (401, "KG_ENGINE_PASSWORD"),
        (404, "Graph Store Protocol"),
        (405, "Graph Store Protocol"),
        (413, "takes no body of 3 bytes"),
        (500, "did not take the triples"),
        (503, "busy"),
        (504, "too long"),
    ],
)
def test_a_refused_write_is_told_as_such(status: int, said: str) -> None:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Refusing)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    store = Endpoint(f"http://127.0.0.1:{httpd.server_port}/{status}")
    try:
        with Target(store, store, BASE) as target, pytest.raises(PublishError) as caught:
            target.put(f"{BASE}/graph/a", b"abc")
    finally:
        httpd.shutdown()
        httpd.server_close()
    assert said in caught.value.en and str(status) in caught.value.zh
    assert "quer" not in caught.value.en and "查询" not in caught.value.zh


def test_small_bodies_and_a_lost_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "LEAST_PIECE", 64)
    monkeypatch.setattr(loading, "PIECE", 2048)
    monkeypatch.setattr(loading, "PAUSE_SECONDS", 0.01)
    name = write_release(tmp_path / "releases")
    release = open_release(tmp_path / "releases", name)
    with run_server("oxigraph", tmp_path / "oxigraph") as behind:
        handler = type("Narrow", (_Narrow,), {"behind": behind})
        proxy = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{proxy.server_port}"
        try:
            with Target(Endpoint(f"{url}/store"), Endpoint(f"{url}/query"), BASE) as target:
                outcome = load(target, release, tmp_path / "g")
                assert outcome.loaded == 3
                assert handler.drops == 0, "no connection was dropped"
                assert target.marks().published == release.id
        finally:
            proxy.shutdown()
            proxy.server_close()
