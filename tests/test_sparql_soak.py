"""A short soak, bounded in count: nothing grows (benchmarks/soak.py is the long one)."""

from __future__ import annotations

import os
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote_plus, urlsplit

import httpx
import pytest
from conftest import EX, Service, ServiceFactory
from hostile import HOSTILE, ROWS, children, resident_bytes, whole_crew

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

MEBIBYTE = 1024 * 1024


def round_of_traffic(service: Service, number: int) -> None:
    """Some 80 requests of every sort, from two clients at once; every fourth time one of them never ends."""
    parts = urlsplit(service.url)

    def look_up(start: int) -> None:
        with httpx.Client(base_url=service.url, timeout=60) as client:
            for n in range(start, start + 30):
                query = f"SELECT ?n ({n} AS ?x) {{ <{EX}证书/甲> <{EX}名称> ?n }}"
                answer = client.get("/sparql", params={"query": query, "format": "csv"})
                assert answer.text == f"n,x\r\n证书甲，“引号”与 & <符号>,{n}\r\n"
            for query in ("SELECT * {", "ASK { SERVICE <a:b> {} }", "SELECT (<a:f>() AS ?x) {}"):
                assert client.get("/sparql", params={"query": query}).status_code in (400, 403)
            some = client.get("/sparql", params={"query": ROWS + " LIMIT 5000", "format": "csv"})
            assert some.text.count("\n") == 5001
            assert client.get("/sparql", headers={"accept": "text/turtle"}).status_code == 200

    with ThreadPoolExecutor(2) as clients:
        looking = [clients.submit(look_up, 1000 * number + 100 * n) for n in range(2)]
        with socket.create_connection((parts.hostname, parts.port)) as client:
            line = f"GET /sparql?format=csv&query={quote_plus(ROWS)} HTTP/1.1\r\nHost: x\r\n\r\n"
            client.sendall(line.encode())
            client.recv(1024)
        if number % 4 == 0:
            answer = service.client.post("/sparql", data={"query": HOSTILE["count"]})
            assert answer.status_code == 504
        for one in looking:
            one.result()


def test_nothing_grows(run_service: ServiceFactory) -> None:
    others = len(children())  # of a service that other tests share
    with run_service(deadline=3.0, long_after=0.25, spares=1, memory=256) as service:

        def measure() -> tuple[int, int, int]:
            until = time.monotonic() + 20
            whole_crew(service)
            # Until the last dead one is reaped.
            while service.engine.figures["processes"] != len(children()) - others:
                assert time.monotonic() < until, "a process was left behind"
                time.sleep(0.02)
            pids = service.engine.process_ids
            return resident_bytes([os.getpid(), *pids]), len(pids), len(os.listdir("/proc/self/fd"))

        for number in range(3):
            round_of_traffic(service, number)
        first = measure()
        for number in range(3, 9):
            round_of_traffic(service, number)
        last = measure()
        print(
            f"\nresident {first[0] / MEBIBYTE:.0f} → {last[0] / MEBIBYTE:.0f} MiB, {first[1:]} → {last[1:]}"
        )
        assert last[0] < first[0] + 32 * MEBIBYTE
        assert last[1] <= service.engine.limits.most_processes
        assert last[2] <= first[2] + 2 * (last[1] - first[1]) + 2
