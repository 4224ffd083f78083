"""Queries that are meant to break the service, and what several tests look at afterwards."""

from __future__ import annotations

import os
import time
from pathlib import Path

from conftest import EX, Service

TEN = "VALUES ?{} {{0 1 2 3 4 5 6 7 8 9}}"
ROWS = "SELECT * {" + " ".join(TEN.format(name) for name in "abcdef") + "}"
NUMBERS = " ".join(map(str, range(100)))
HOSTILE = {
    "count": "SELECT (COUNT(*) AS ?x) {" + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(14)) + "}",
    "values": "SELECT (COUNT(*) AS ?x) {"
    + " ".join(f"VALUES ?v{n} {{ {NUMBERS} }}" for n in range(8))
    + " FILTER(?v0 + ?v7 > 1000) }",
    "order": "SELECT * {" + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(9)) + "} ORDER BY ?o1 ?o8",
    "distinct": "SELECT DISTINCT * {" + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(9)) + "}",
    "path": "SELECT (COUNT(*) AS ?x) {"
    + " ".join(f"?a{n} (<{EX}next>|!<{EX}none>)* ?b{n} ." for n in range(14))
    + "}",
    "replace": 'SELECT (STRLEN(?g) AS ?n) {BIND("' + "x" * 64 + '" AS ?a)'
    + "".join(
        f'BIND(REPLACE(?{a}, "x", ?a) AS ?{b})' for a, b in zip("abcdef", "bcdefg", strict=True)
    )
    + "}",
    "concat": 'SELECT ?z {BIND("' + "y" * 1000 + '" AS ?v0)'
    + "".join(f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1})" for n in range(20))
    + "BIND(?v20 AS ?z)}",
    # 64 MB in one literal, which is sent, not only made
    "literal": 'SELECT ?z {BIND(REPLACE("' + "x" * 1000 + '", "x", "' + "y" * 64_000 + '") AS ?z)}',
    "braces": "ASK " + "{" * 2200 + "}" * 2200,
    "parentheses": "ASK { FILTER(" + "(" * 4600 + "1" + ")" * 4600 + ") }",
    "unions": "ASK {" + "{}UNION" * 6500 + "{}}",
    "operands": "ASK { FILTER(" + "+".join(["1"] * 6800) + " > 0) }",
    "fewer operands": "ASK { FILTER(" + "+".join(["1"] * 4900) + " > 0) }",
    "sequence": "ASK { ?s " + "/".join(["<a:b>"] * 4900) + " ?o }",
    "megabyte": "ASK { FILTER(?x IN (" + ",".join(["1"] * 500_000) + ")) }",
    "megabyte of values": "SELECT (COUNT(*) AS ?n) { VALUES ?x {" + " 1234567" * 125_000 + "} ?x ?p ?o . ?s ?q ?x }",
}  # fmt: skip


def whole_crew(service: Service) -> None:
    """Waits until the pool has all its processes again, and nothing runs."""
    limits, deadline = service.engine.limits, time.monotonic() + 60
    while (
        len(service.engine._crew.idle) < limits.workers + limits.spares or service.engine._running
    ):
        assert time.monotonic() < deadline, "the pool did not recover"
        time.sleep(0.02)


def busy_worker(service: Service) -> int:
    """The process of a query that runs."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for link in list(service.engine._busy):
            if link.process is not None:
                return link.process.pid
        time.sleep(0.005)
    raise AssertionError("no query is running")


def alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def children() -> list[int]:
    """The child processes of this process, zombies included."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            found.append(int(stat.parent.name))
    return found


def resident_bytes(pids: list[int]) -> int:
    """The resident memory of these processes, summed up."""
    total = 0
    for pid in pids:
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
        except OSError:
            continue
    return total * os.sysconf("SC_PAGE_SIZE")
