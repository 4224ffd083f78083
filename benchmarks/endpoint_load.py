"""The load: wrk (Debian ``wrk``), one thread in a process of its own, with keep-alive connections."""

from __future__ import annotations

import contextlib
import http.client
import math
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.endpoint_drawn import HOSTILE, request_target
from benchmarks.endpoint_peers import RESULTS, Peer

SCRIPT = Path(__file__).with_name("endpoint.lua")
CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one run: requests per second, milliseconds, and the answers that were none.

    The times are infinite when nothing was answered at all.
    """

    rate: float
    median: float
    p99: float
    errors: int


def find_wrk() -> str:
    """The program; without it nothing is measured."""
    found = shutil.which("wrk")
    if found is None:
        raise SystemExit("wrk is missing: apt-get install wrk · 缺少 wrk：apt-get install wrk")
    return found


def run_load(
    peer: Peer,
    queries: Sequence[str],
    mode: str,
    seconds: float,
    turn: int,
    *,
    connections: int = CONNECTIONS,
    tags: Sequence[str] = (),
) -> Load:
    """Sends queries for that long. ``mode``: mix, distinct or repeat; ``turn`` makes the texts of this run new ones."""
    target = request_target(peer.path)
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="ascii") as lines:
        for number, query in enumerate(queries):
            lines.write(f"{target(query)} {tags[number] if tags else ''}\n")
        lines.flush()
        done = subprocess.run(
            [
                *(find_wrk(), "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"),
                *("--timeout", "60s", "-H", f"Accept: {RESULTS}", "-s", str(SCRIPT)),
                f"http://127.0.0.1:{peer.port}",
                *("--", lines.name, mode, str(turn), str(turn * 10_000_000)),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    requests, microseconds, failed, broken, median, p99 = map(float, line.split()[1:])
    # What failed was no answer: it does not count as one.
    answered = max(0.0, requests - failed)
    if not answered:
        median = p99 = math.inf
    return Load(answered / (microseconds / 1e6), median, p99, int(failed + broken))


@contextlib.contextmanager
def hostile(peer: Peer, count: int = 4) -> Iterator[None]:
    """That many clients, each asking a query that never ends, again and again."""
    over = threading.Event()

    def ask(number: int) -> None:
        asked = 0
        while not over.is_set():
            asked += 1
            with contextlib.suppress(OSError, http.client.HTTPException):
                peer.ask(f"{HOSTILE} # {number} {asked}", timeout=60)
            over.wait(0.05)

    for number in range(count):
        threading.Thread(target=ask, args=(number,), daemon=True).start()
    time.sleep(1.5)
    try:
        yield
    finally:
        over.set()


def entity_tags(peer: Peer, queries: Sequence[str]) -> list[str]:
    """The ETag of each answer, empty where a server sends none."""
    tags = []
    for query in queries:
        connection = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=120)
        # As wrk asks, which sends no Accept-Encoding.
        connection.putrequest("GET", request_target(peer.path)(query), skip_accept_encoding=True)
        connection.putheader("Accept", RESULTS)
        connection.endheaders()
        response = connection.getresponse()
        response.read()
        tags.append(response.getheader("ETag") or "")
        connection.close()
    return tags
