"""A soak of the service: an hour of traffic by count, in less time. Does memory, or the number of processes or files, grow?

    python -m benchmarks.soak --releases releases --requests 36000 --seconds 600

Starts ``kg serve`` as a process of its own. The traffic is drawn from a fixed seed: lookups, the named questions of
``queries/``, mistakes, clients that go away, and now and then a query that never ends. Linux only (/proc).
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote_plus

from kgservice.questions import read_questions
from kgservice.settings import Settings

CLIENTS = 4
DEADLINE = 1.0
CACHE = 4  # MiB: full before the first measurement, so that it does not look like growth
ENDLESS = (
    "SELECT (COUNT(*) + {} AS ?n) {{" + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(14)) + "}}"
)
LOOKUP = "SELECT ?p ?o {{ <{}> ?p ?o . BIND({} AS ?n) }}"
STREAM = "SELECT * {{ ?s ?p ?o BIND({} AS ?n) }}"
MIX = {"lookup": 900, "question": 60, "mistake": 20, "leave": 10, "stream": 8, "endless": 2}
PAGE = os.sysconf("SC_PAGE_SIZE")


class Traffic:
    """The requests, drawn one after the other, and what became of them."""

    def __init__(self, port: int, things: list[str], questions: list[str], requests: int) -> None:
        self._port = port
        self._things = things
        self._questions = questions
        self._left = requests
        self._random = random.Random(1)
        self._lock = threading.Lock()
        self.outcomes: Counter[str] = Counter()
        self.done = 0

    def run(self, until: float) -> None:
        """One client: asks until nothing is left, or the time is over."""
        client = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while time.monotonic() < until:
            with self._lock:
                if not self._left:
                    return
                self._left -= 1
                number = self._left
                kind = self._random.choices(list(MIX), list(MIX.values()))[0]
                thing, question = (
                    self._random.choice(self._things),
                    self._random.choice(self._questions),
                )
            text = {
                "lookup": LOOKUP.format(thing, number),
                "question": question,
                "mistake": f"SELECT * {{ ?s ?p {number}",
                "leave": STREAM.format(number),
                "stream": STREAM.format(number),
                "endless": ENDLESS.format(number),
            }[kind]
            outcome = self._leave(text) if kind == "leave" else _ask(client, text)
            with self._lock:
                self.outcomes[f"{kind} {outcome}"] += 1
                self.done += 1

    def _leave(self, text: str) -> str:
        """Asks and goes away after the first of the answer."""
        with socket.create_connection(("127.0.0.1", self._port)) as client:
            line = f"GET /sparql?format=csv&query={quote_plus(text)} HTTP/1.1\r\nHost: x\r\n\r\n"
            client.sendall(line.encode())
            client.recv(1024)
        return "left"


def _ask(client: http.client.HTTPConnection, text: str) -> str:
    try:
        headers = {"Content-Type": "application/sparql-query"}
        client.request("POST", "/sparql", text.encode(), headers)
        answer = client.getresponse()
        answer.read()
        return str(answer.status)
    except (OSError, http.client.HTTPException) as error:
        client.close()
        return type(error).__name__


def family(pid: int) -> list[int]:
    """The direct children of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def resident(pid: int) -> float:
    """Resident memory in MiB; 0 for a process that has just ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * PAGE / 2**20
    except OSError:
        return 0.0


def measure(pid: int) -> tuple[float, float, int, int]:
    """MiB of the service, MiB of its workers, number of workers, number of open files."""
    workers = family(pid)
    files = len(os.listdir(f"/proc/{pid}/fd"))
    return resident(pid), sum(map(resident, workers)), len(workers), files


def _things(port: int) -> list[str]:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    query = quote_plus("SELECT DISTINCT ?s { ?s a ?t } LIMIT 5000")
    client.request("GET", f"/sparql?format=json&query={query}")
    bindings = json.loads(client.getresponse().read())["results"]["bindings"]
    return [row["s"]["value"] for row in bindings]


def _wait_until_ready(port: int) -> None:
    for _ in range(300):
        try:
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            client.request("GET", "/health/ready")
            if client.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    sys.exit("the service did not start")


def main() -> None:
    """Runs the soak and prints a table; leaves with 1 when something grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", default="releases")
    parser.add_argument("--project", default=".")
    parser.add_argument("--port", type=int, default=18090)
    parser.add_argument("--requests", type=int, default=36_000)
    parser.add_argument("--seconds", type=float, default=600)
    given = parser.parse_args()
    command = [sys.executable, "-m", "kgservice.cli", "serve", "--project", given.project]
    command += [
        "--releases",
        given.releases,
        "--port",
        str(given.port),
        "--deadline",
        str(DEADLINE),
        "--cache",
        str(CACHE),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as service:
        try:
            _wait_until_ready(given.port)
            questions = read_questions(Path(given.project) / "queries", Settings().base)
            texts = [question.text for question in questions.values()]
            traffic = Traffic(given.port, _things(given.port), texts, given.requests)
            began = time.monotonic()
            arguments = (began + given.seconds,)
            clients = [threading.Thread(target=traffic.run, args=arguments) for _ in range(CLIENTS)]
            for client in clients:
                client.start()
            rows: list[tuple[float, float, int, int]] = []
            step = given.requests // 10
            print("requests  seconds  service MiB  workers MiB  workers  files")
            while any(client.is_alive() for client in clients):
                time.sleep(0.2)
                if traffic.done >= step * (len(rows) + 1):
                    rows.append(measure(service.pid))
                    print(_row(traffic.done, time.monotonic() - began, rows[-1]), flush=True)
            time.sleep(2 * DEADLINE)
            rows.append(measure(service.pid))
            print(_row(traffic.done, time.monotonic() - began, rows[-1]))
            for outcome, count in sorted(traffic.outcomes.items()):
                print(f"  {outcome}: {count}")
        finally:
            service.terminate()
    # The first tenth fills what is kept on purpose (processes of the long lane, tables of bounded size).
    first, last = rows[0], rows[-1]
    grown = [
        last[0] > first[0] + 32,
        last[1] > first[1] + 64,
        last[2] > max(row[2] for row in rows[:2]) + 1,
        last[3] > first[3] + CLIENTS,
    ]
    sys.exit("something grew" if any(grown) else 0)


def _row(requests: int, seconds: float, row: tuple[float, float, int, int]) -> str:
    service, workers, count, files = row
    return f"{requests:8,}  {seconds:7.0f}  {service:11.1f}  {workers:11.1f}  {count:7}  {files:5}"


if __name__ == "__main__":
    main()
