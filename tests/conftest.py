"""Fixtures for all tests: a small release, the real service over it on a loopback port, and the real release."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from filelock import FileLock
from xdist.scheduler import LoadScopeScheduling

from kgservice.app import prepare_app, serve_release
from kgservice.engine.pool import PoolLimits, WorkerPool
from kgservice.engine.store import make_store
from kgservice.release import Release, open_release, switch_current
from kgservice.server import listen, make_server
from kgservice.settings import Settings
from kgservice.sparql.cache import ResponseCache
from kgservice.sparql.tickets import Tickets

ROOT = Path(__file__).resolve().parents[1]
TESTS = "tests/"
BASE = "https://w3id.org/zhicheng"
EX = "https://example.org/"
QUADS = f"""\
<{BASE}/id/certificate/c00001> <http://www.w3.org/2000/01/rdf-schema#label> "专业工程师"@zh <{BASE}/graph/a> .
<{BASE}/id/certificate/c00001> <http://www.w3.org/2000/01/rdf-schema#label> "Professional Engineer"@en <{BASE}/graph/a> .
<{BASE}/id/certificate/c00002> <http://www.w3.org/2000/01/rdf-schema#label> "注册会计师"@zh <{BASE}/graph/a> .
<{BASE}/id/certificate/c00001> <{EX}rank> "40"^^<http://www.w3.org/2001/XMLSchema#integer> <{BASE}/graph/b> .
<{BASE}/id/certificate/c00002> <{EX}rank> "30"^^<http://www.w3.org/2001/XMLSchema#integer> <{BASE}/graph/b> .
<{BASE}/id/certificate/c00002> <{EX}since> "2021-03-04"^^<http://www.w3.org/2001/XMLSchema#date> <{BASE}/graph/b> .
<{EX}证书/甲> <{EX}名称> "证书甲，“引号”与 & <符号>" <{BASE}/graph/b> .
<{EX}证书/甲> <{EX}近似> <{BASE}/id/certificate/c00001> <{BASE}/graph/c> .
"""
PREFIXES = {
    "zcid": f"{BASE}/id/",
    "zc": f"{BASE}/ns/",
    "ex": EX,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}


class ByFolder(LoadScopeScheduling):
    """Gives a folder of tests to one process as a whole, since the tests in it share what takes long to start."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file.removeprefix(TESTS).partition("/")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    """How the tests are dealt out when several processes run them (``pytest -n 2``)."""
    return ByFolder(config, log)


def write_release(releases: Path, quads: str = QUADS, *, current: bool = True) -> str:
    """A release of these N-Quads; returns its name."""
    content = "".join(sorted(quads.splitlines(keepends=True))).encode()
    digest = hashlib.sha256(content).hexdigest()
    name = digest[:16]
    folder = releases / name
    folder.mkdir(parents=True)
    (folder / "graph.nq").write_bytes(content)
    (folder / "names.jsonl").write_bytes(b"")
    graphs: dict[str, int] = {}
    for line in content.decode().splitlines():
        graph = line.rsplit(" ", 2)[1].strip("<>")
        graphs[graph] = graphs.get(graph, 0) + 1
    manifest = {
        "format": 1,
        "release": name,
        "base": BASE,
        "version": "0.0.0",
        "inputs": {},
        "files": {
            "graph.nq": {"sha256": digest, "bytes": len(content)},
            "names.jsonl": {"sha256": hashlib.sha256(b"").hexdigest(), "bytes": 0},
        },
        "graphs": graphs,
        "counts": {"certificates": 2},
        "prefixes": PREFIXES,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    if current:
        switch_current(releases, name)
    return name


@dataclass(frozen=True)
class Service:
    """A running service: its address, its engine, and a client for it."""

    url: str
    engine: WorkerPool
    client: httpx.Client
    release: Release
    cache: ResponseCache | None = None
    tickets: Tickets | None = None

    def get(self, query: str, accept: str | None = None, **parameters: Any) -> httpx.Response:
        """GET /sparql."""
        headers = {} if accept is None else {"accept": accept}
        return self.client.get("/sparql", params={"query": query, **parameters}, headers=headers)

    def rows(self, query: str, **parameters: Any) -> list[dict[str, str]]:
        """The solutions of a SELECT as name → value."""
        answer = self.get(query, "application/sparql-results+json", **parameters)
        assert answer.status_code == 200, answer.text
        return [
            {name: term["value"] for name, term in row.items()}
            for row in answer.json()["results"]["bindings"]
        ]

    def problem(self, answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
        """The problem document of an answer, after checking that it is the one expected."""
        assert answer.status_code == status, (answer.status_code, answer.text[:500])
        assert answer.headers["content-type"] == "application/problem+json"
        document: dict[str, Any] = answer.json()
        assert document["type"] == f"{BASE}/problem/{slug}"
        assert document["status"] == status
        for language in ("en", "zh"):
            assert document["languages"][language]["title"]
            assert document["languages"][language]["detail"]
        return document


OF_SERVICE = {
    "cache",
    "engine",
    "max_query_bytes",
    "quota_seconds",
    "quota_window",
    "trusted_proxies",
    "proxy_header",
}
ServiceFactory = Callable[..., AbstractContextManager[Service]]


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small release, whose store is made."""
    folder = tmp_path_factory.mktemp("releases")
    write_release(folder)
    make_store(folder, open_release(folder))
    return folder


@pytest.fixture(scope="session")
def store(releases: Path) -> Path:
    """The store of the small release."""
    return make_store(releases, open_release(releases))


@pytest.fixture(scope="session")
def run_service(releases: Path) -> ServiceFactory:
    """Runs the real service in a thread, with limits of one's own."""

    @contextlib.contextmanager
    def run(**limits: Any) -> Iterator[Service]:
        folder = limits.pop("releases", releases)
        release = open_release(folder)
        settings = replace(Settings(), releases=folder, grace=2.0)
        of_service = {name: limits.pop(name) for name in OF_SERVICE & limits.keys()}
        settings = replace(settings, **of_service)
        # No query is long unless the test is about that: it would get what a busy machine leaves of its processors.
        usual = PoolLimits(workers=2, spares=1, deadline=20.0, memory=512, long_after=60.0)
        engine = WorkerPool(
            make_store(folder, release),
            replace(usual, **limits),
            base=f"{BASE}/",
            prefixes=PREFIXES,
        )
        listener = listen("127.0.0.1", 0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        application, lasting = prepare_app(settings)
        application.current = serve_release(settings, release, engine, [], lasting)
        server = make_server(
            application,
            grace=2.0,
            trusted_proxies=settings.trusted_proxies,
            proxy_header=settings.proxy_header,
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            with httpx.Client(base_url=url, timeout=60) as client:
                cache = application.current.cache
                assert cache is not None
                yield Service(url, engine, client, release, cache, lasting.tickets)
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()

    return run


@pytest.fixture(scope="session")
def service(run_service: ServiceFactory) -> Iterator[Service]:
    """The service that most tests share."""
    with run_service() as running:
        yield running


@pytest.fixture(scope="session")
def real_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the project as it stands, built by the command line, once for all tests.

    ``KG_TESTS_RELEASES`` names a folder with one that is built already: for work on a few tests.
    """
    if built := os.environ.get("KG_TESTS_RELEASES"):
        return open_release(Path(built))
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # that of all workers
    releases = folder / "real-releases"
    with FileLock(folder / "real-releases.lock"):
        if not (releases / "current").exists():
            result = subprocess.run(
                [sys.executable, "-m", "kgservice.cli", "build", "--releases", str(releases)],
                cwd=ROOT,
                env=os.environ
                | {"KG_PROJECT": str(ROOT), "PYTHONHASHSEED": "4242", "TZ": "Asia/Shanghai"},
                capture_output=True,
                text=True,
            )
            assert result.returncode == 0, result.stdout + result.stderr
    return open_release(releases)
