"""Programs that serve on loopback while a test runs: ``kg serve`` as a user starts it, and servers of other makers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 90.0  # seconds that a busy machine may take until a server answers


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def free_address() -> str:
    """A loopback address that nobody listens on."""
    return f"http://127.0.0.1:{free_port()}"


@contextmanager
def started(
    command: Sequence[str],
    address: str,
    path: str,
    *,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | int = subprocess.DEVNULL,
) -> Iterator[str]:
    """A server that runs until the end of the block, once it answers at ``path``; gives ``address``.

    ``environment``: added to that of the tests. ``output``: where the server writes what it tells.
    """
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=output, stderr=output, env=os.environ | dict(environment or {})
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            assert process.poll() is None, f"{command[0]} has ended"
            assert time.monotonic() < deadline, f"{command[0]} does not answer"
            try:
                if httpx.get(f"{address}{path}").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def kg_serve(
    releases: Path,
    *flags: str,
    address: str | None = None,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | int = subprocess.DEVNULL,
) -> Iterator[str]:
    """The address of ``kg serve`` over a folder of releases, with two workers unless the flags say otherwise."""
    address = address or free_address()
    command = [sys.executable, "-m", "kgservice.cli", "serve", "--releases", str(releases)]
    command += ["--port", address.rpartition(":")[2], "--workers", "2", *flags]
    with started(
        command, address, "/health/ready", environment=environment, output=output
    ) as running:
        yield running
