"""Real SPARQL servers of other makers, started for a test on loopback and ended with it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from needs import need
from running import free_port

OXIGRAPH, VIRTUOSO = "oxigraph", "virtuoso"
MAKERS = (OXIGRAPH, VIRTUOSO)
ENGINES = ("embedded", *MAKERS)
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
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
DisableUnixSocket = 1
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerThreads = 10
ServerRoot = .
Charset = UTF-8
[SPARQL]
ResultSetMaxRows = 100000000
"""


@dataclass(frozen=True)
class Server:
    """A running server: where it stores, where it answers, and who may write."""

    maker: str
    store: str
    query: str
    user: str | None = None
    password: str | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The credentials as the program reads them."""
        if self.user is None or self.password is None:
            return {}
        return {"KG_ENGINE_USER": self.user, "KG_ENGINE_PASSWORD": self.password}


def find_binary(maker: str) -> str:
    """The program of a maker. Where the system's is missing, the test is skipped, or fails (see :mod:`needs`)."""
    if maker == VIRTUOSO:
        return str(need("virtuoso-t"))
    return str(Path(sys.executable).with_name("oxigraph"))


@contextlib.contextmanager
def run_server(maker: str, folder: Path, *flags: str) -> Iterator[Server]:
    """A server of that maker with its data in ``folder``; ``flags`` are further ones of its command."""
    binary, port = find_binary(maker), free_port()
    address = f"http://127.0.0.1:{port}"
    folder.mkdir(parents=True, exist_ok=True)
    if maker == OXIGRAPH:
        command = [binary, "serve", "--location", ".", "--bind", f"127.0.0.1:{port}", *flags]
        server = Server(maker, f"{address}/store", f"{address}/query")
    else:
        text = VIRTUOSO_INI.format(port=port, sql_port=free_port())
        (folder / "virtuoso.ini").write_text(text, "utf-8")
        command = [binary, "+configfile", "virtuoso.ini", "+foreground", *flags]
        store = f"{address}/sparql-graph-crud-auth"
        server = Server(maker, store, f"{address}/sparql", "dba", "dba")
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
    try:
        _wait_until_it_answers(process, server, folder)
        yield server
    finally:
        process.kill()
        process.wait(20)


def _wait_until_it_answers(process: subprocess.Popen[bytes], server: Server, folder: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, (folder / "output.log").read_text("utf-8", "replace")
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.post(server.query, data={"query": "ASK {}"}, timeout=10)
            if answer.status_code == 200:
                return
        time.sleep(0.1)
    pytest.fail(f"{server.maker} does not answer after 90 s")
