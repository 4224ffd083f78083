"""Fixtures for federation: the real service with endpoints that it may call, and such endpoints."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import BASE, PREFIXES, Service

from kgservice.app import create_app
from kgservice.engine.pool import PoolLimits, WorkerPool
from kgservice.engine.store import make_store
from kgservice.federation.client import ServiceClient, ServiceLimits
from kgservice.federation.engine import FederatingEngine
from kgservice.release import open_release
from kgservice.server import listen, make_server
from kgservice.settings import Settings

JSON = "application/sparql-results+json"
NOTHING = b'{"head":{"vars":["s","p","o"]},"results":{"bindings":[]}}'


def response(
    body: bytes = NOTHING, kind: str = JSON, status: str = "200 OK", *headers: str
) -> bytes:
    """A whole HTTP response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *headers, "Connection: close", "", ""]).encode() + body


@dataclass
class Scripted:
    """An endpoint that says what a test wants, and remembers what it was asked. ``say`` gets the connection and the request."""

    say: Callable[[socket.socket, bytes], None] = field(
        default=lambda link, _: link.sendall(response())
    )
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)
    socket: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def authority(self) -> str:
        """``host:port``."""
        return f"127.0.0.1:{self.socket.getsockname()[1]}"

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{self.authority}/sparql"

    def forget(self) -> None:
        """Forgets all calls and answers plainly again."""
        self.connections, self.requests = 0, []
        self.gone = threading.Event()
        self.say = lambda link, _: link.sendall(response())

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._answer, args=(link,), daemon=True).start()

    def _answer(self, link: socket.socket) -> None:
        with contextlib.suppress(OSError), link:
            request = b""
            while b"\r\n\r\n" not in request:
                part = link.recv(65536)
                if not part:
                    return
                request += part
            head, _, body = request.partition(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            )
            while len(body) < length:
                body += link.recv(65536)
            self.requests.append(head + b"\r\n\r\n" + body)
            self.say(link, self.requests[-1])
            link.shutdown(socket.SHUT_WR)
            while link.recv(65536):
                pass
        self.gone.set()


@pytest.fixture(scope="session")
def scripted_server() -> Iterator[Scripted]:
    server = Scripted()
    yield server
    server.socket.close()


@pytest.fixture
def scripted(scripted_server: Scripted) -> Scripted:
    """The scripted endpoint, with a clean memory."""
    scripted_server.forget()
    return scripted_server


FederatedFactory = Callable[..., AbstractContextManager[Service]]


@pytest.fixture(scope="session")
def run_federated(releases: Path) -> FederatedFactory:
    """Runs the real service with SERVICE allowed to some endpoints."""

    @contextlib.contextmanager
    def run(
        *allow: str,
        private: tuple[str, ...] = (),
        folder: Path | None = None,
        client: Callable[[ServiceLimits], ServiceClient] | None = None,
        deadline: float = 20.0,
        **limits: Any,
    ) -> Iterator[Service]:
        release = open_release(folder or releases)
        pool = WorkerPool(
            make_store(folder or releases, release),
            PoolLimits(workers=2, spares=1, deadline=deadline, memory=512),
            base=f"{BASE}/",
            prefixes=PREFIXES,
        )
        allowed = ServiceLimits(allow=allow, private=private, **limits)
        engine = FederatingEngine(
            pool,
            allowed,
            base=f"{BASE}/",
            deadline=deadline,
            client=client and client(allowed),
        )
        settings = replace(Settings(), releases=folder or releases, grace=2.0, service_allow=allow)
        listener = listen("127.0.0.1", 0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = make_server(create_app(settings, release, engine), grace=2.0)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            with httpx.Client(base_url=url, timeout=60) as browser:
                yield Service(url, pool, browser, release)
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()

    return run


@pytest.fixture(scope="session")
def federated(run_federated: FederatedFactory, scripted_server: Scripted) -> Iterator[Service]:
    """The service, allowed to call the scripted endpoint."""
    with run_federated(
        scripted_server.url,
        private=(scripted_server.authority,),
        timeout=3.0,  # for a busy machine; few tests wait for its end
        max_bytes=100_000,
        max_rows=500,
        batch=10,
        max_calls=200,
    ) as service:
        yield service


@pytest.fixture(scope="session")
def oxigraph() -> Iterator[str]:
    """A real second SPARQL server: ``oxigraph serve`` from the Python registry, with nothing in it."""
    program = Path(sysconfig.get_path("scripts")) / "oxigraph"
    if not program.exists():
        found = shutil.which("oxigraph")
        assert found is not None, "install it: pip install -e '.[dev]'"
        program = Path(found)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [str(program), "serve", "--bind", f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(url)
                break
            time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(20)


def load(url: str, quads: str) -> None:
    """Has an Oxigraph server hold these N-Quads and nothing else."""
    headers = {"content-type": "application/n-quads"}
    httpx.put(f"{url}/store", content=quads.encode(), headers=headers).raise_for_status()
