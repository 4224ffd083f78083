"""The servers that are compared, each over the same graph, and the memory of their processes (Linux)."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from benchmarks.endpoint_drawn import PROJECT
from kgservice.release import Release

OURS, OXIGRAPH, VIRTUOSO, RDFLIB = "kg serve", "oxigraph serve", "Virtuoso", "rdflib-endpoint"
PEERS = (OURS, OXIGRAPH, VIRTUOSO, RDFLIB)
SMALL = 200_000_000  # bytes of graph.nq
LEFT_OUT = {
    "Fuseki": "not in PyPI, npm or Debian; with a Java runtime and Apache's own archive: fuseki-server --loc=DB /kg",
}
RESULTS = "application/sparql-results+json"
VIRTUOSO_INI = """\
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql_port}
DirsAllowed = .
NumberOfBuffers = 85000
MaxDirtyBuffers = 60000
DisableUnixSocket = 1
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerThreads = 20
ServerRoot = .
Charset = UTF-8
[SPARQL]
ResultSetMaxRows = 100000000
"""


@dataclass(slots=True)
class Peer:
    """A running server: its process, where it answers, and the seconds from its start to its first answer."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    path: str
    seconds: float

    def ask(self, query: str, accept: str = RESULTS, timeout: float = 120) -> tuple[int, bytes]:
        """Status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            target = f"{self.path}?query={quote(query, safe='')}"
            connection.request("GET", target, headers={"Accept": accept})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


class Absent(Exception):
    """A peer cannot take part; the text says why."""


@contextlib.contextmanager
def run(name: str, release: Release, database: Path, folder: Path) -> Iterator[Peer]:
    """The server of that name, ended afterwards.

    Raises:
        Absent: it is not installed, or the graph is too large for it.
    """
    port = free_port()
    path = {OURS: "/sparql", OXIGRAPH: "/query", VIRTUOSO: "/sparql", RDFLIB: "/"}[name]
    command, environment = _command(name, release, database, folder, port)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "output.log").open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=output
        )
        peer = Peer(name, process, port, path, 0.0)
        try:
            _wait(peer, folder)
            peer.seconds = time.perf_counter() - began
            yield peer
        finally:
            process.kill() if name != OURS else process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _command(
    name: str, release: Release, database: Path, folder: Path, port: int
) -> tuple[list[str], dict[str, str]]:
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    large = release.graph.stat().st_size > SMALL
    if name == OURS:
        return [
            *(sys.executable, "-m", "kgservice.cli", "serve", "--port", str(port)),
            *("--releases", str(release.path.parent.absolute()), "--project", str(PROJECT)),
        ], environment
    if name == OXIGRAPH:
        binary = _program("oxigraph", "pip install oxigraph")
        return [
            *(binary, "serve-read-only", "--location", str(database.absolute())),
            *("--bind", f"127.0.0.1:{port}", "--union-default-graph"),
        ], environment
    if name == VIRTUOSO:
        binary = _program("virtuoso-t", "apt-get install virtuoso-opensource-7-bin")
        if large:
            raise Absent("its load of the large graph through HTTP takes hours; small graph only")
        folder.mkdir(parents=True, exist_ok=True)
        ini = VIRTUOSO_INI.format(port=port, sql_port=free_port())
        (folder / "virtuoso.ini").write_text(ini, "utf-8")
        return [binary, "+configfile", "virtuoso.ini", "+foreground"], environment
    binary = _program("rdflib-endpoint", "pip install 'rdflib-endpoint[cli]'")
    if large:
        raise Absent("rdflib holds the graph in Python objects; small graph only")
    graph = str(release.graph.absolute())
    return [binary, "serve", "--host", "127.0.0.1", "--port", str(port), graph], environment


def publish(peer: Peer, release: Release) -> None:
    """Loads the release into Virtuoso, graph by graph; what is there already is not sent again."""
    subprocess.run(
        [
            *(sys.executable, "-m", "kgservice.cli", "publish"),
            *("--to", f"http://127.0.0.1:{peer.port}/sparql-graph-crud-auth"),
            *("--releases", str(release.path.parent.absolute()), "--project", str(PROJECT)),
        ],
        env=os.environ
        | {"PYTHONPATH": str(PROJECT), "KG_ENGINE_USER": "dba", "KG_ENGINE_PASSWORD": "dba"},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def memory(process: subprocess.Popen[bytes]) -> float:
    """MiB of all processes of a server; what they share counts once (PSS)."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    family = [process.pid]
    for pid in family:
        family += children.get(pid, [])
    total = 0
    for pid in family:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


@contextlib.contextmanager
def watch_memory(process: subprocess.Popen[bytes]) -> Iterator[list[float]]:
    """MiB of all processes of a server, four times a second while the context lasts."""
    seen: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.25):
            seen.append(memory(process))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _program(name: str, how: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise Absent(f"not installed: {how}")
    return found


def _wait(peer: Peer, folder: Path) -> None:
    """Until the server answers a query."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        if peer.process.poll() is not None:
            raise Absent((folder / "output.log").read_text("utf-8", "replace")[-500:])
        with contextlib.suppress(OSError, http.client.HTTPException):
            if peer.ask("ASK { ?s ?p ?o }")[0] == 200:
                return
        time.sleep(0.02)
    raise Absent("it does not answer after three minutes")
