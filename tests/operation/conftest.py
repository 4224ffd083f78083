"""``kg serve`` as a process of its own, over two small releases that differ in every graph."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import BASE, QUADS, write_release

from kgservice.engine.store import make_store
from kgservice.release import open_release
from kgservice.search.index import make_index

ROOT = Path(__file__).parents[2]
KG = [sys.executable, "-m", "kgservice.cli"]
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("KG_")},
    "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    "PYTHONUNBUFFERED": "1",
    "COLUMNS": "200",
    "NO_COLOR": "1",
}
PATIENCE = 60.0  # seconds that a busy machine may take for anything
MARKED = f"SELECT ?g ?mark {{ GRAPH ?g {{ <{BASE}/id/mark> <{BASE}/ns/mark> ?mark }} }} ORDER BY ?g"
ENDLESS = "SELECT (COUNT(*) AS ?n) {" + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(14)) + "}"
MILLION = (
    "SELECT * {" + " ".join(f"VALUES ?{name} {{0 1 2 3 4 5 6 7 8 9}}" for name in "abcdef") + "}"
)


def marked(mark: str) -> str:
    """N-Quads with a mark in each of three graphs."""
    lines = (
        f'<{BASE}/id/mark> <{BASE}/ns/mark> "{mark}" <{BASE}/graph/{graph}> .\n' for graph in "abc"
    )
    return QUADS + "".join(lines)


@dataclass
class Kg:
    """A running ``kg serve``."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", timeout=PATIENCE, **options)

    def ask(self, query: str, **options: Any) -> httpx.Response:
        return self.get("sparql", params={"query": query, "format": "csv"}, **options)

    def mark(self) -> set[str]:
        """The marks in the answer to one query: one mark when the answer is of one release."""
        answer = self.ask(MARKED)
        assert answer.status_code == 200, answer.text
        rows = answer.text.split()[1:]
        assert len(rows) == 3
        return {row.split(",")[1] for row in rows}

    def lines(self) -> list[dict[str, Any]]:
        """What was logged as JSON; every line must be an object."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]

    def events(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line["event"] == event]

    def children(self) -> list[int]:
        """The processes that it has started."""
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(child) for file in children for child in file.read_text().split()]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Asks it to stop; returns its exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def wait_until(what: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Waits until something holds; it must within ``seconds``."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@contextlib.contextmanager
def serving(folder: Path, releases: Path, *arguments: str) -> Iterator[Kg]:
    """``kg serve`` over a folder of releases; its log goes to a file in ``folder``."""
    log = folder / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [
                *(*KG, "serve", "--port", "0", "--project", str(ROOT), "--releases", str(releases)),
                *("--workers", "2", "--watch", "0.1", "--log", "json", *arguments),
            ],
            stdout=subprocess.PIPE,
            stderr=errors,
            env=ENVIRONMENT,
        )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if b"http://" in line:
                break
        else:
            pytest.fail(log.read_text("utf-8"))
        running = Kg(process, line.decode().split()[0], log)

        def ready() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return running.get("health/ready").status_code == 200
            assert process.poll() is None, log.read_text("utf-8")
            return False

        wait_until(ready)
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@dataclass(frozen=True)
class Two:
    """A folder with the releases ``a`` (current) and ``b``."""

    path: Path
    a: str
    b: str


@pytest.fixture
def two(tmp_path: Path) -> Two:
    """Two releases; the store and the index of the first are made."""
    releases = tmp_path / "releases"
    a = write_release(releases, marked("a"))
    b = write_release(releases, marked("b"), current=False)
    make_store(releases, open_release(releases))
    make_index(releases, open_release(releases))
    return Two(releases, a, b)


Serve = Callable[..., contextlib.AbstractContextManager[Kg]]


@pytest.fixture
def serve(tmp_path: Path, two: Two) -> Serve:
    """Runs ``kg serve`` over the two releases, with more arguments."""
    return lambda *arguments: serving(tmp_path, two.path, *arguments)


@pytest.fixture
def unused_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
