"""Queries meant to break the service, over real HTTP: each ends at the deadline or is refused, its memory comes back,
and the other clients notice nothing.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from conftest import Service, ServiceFactory
from hostile import HOSTILE, children, resident_bytes, whole_crew

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

DEADLINE = 2.0
SLACK = 3.0  # for a busy machine; a quiet one needs less than a tenth of a second
LIGHT = "SELECT ?n { <https://example.org/证书/甲> <https://example.org/名称> ?n }"
REFUSALS = {"query-timeout", "query-memory", "query-too-complex", "too-long", "result-too-large"}
MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def strict(run_service: ServiceFactory) -> Iterator[Service]:
    """A service with a short deadline, little memory, and two lanes."""
    with run_service(
        deadline=DEADLINE,
        memory=256,
        max_result_bytes=80 * MEBIBYTE,
        spares=2,
        long_after=0.25,
    ) as running:
        yield running


class Attack(threading.Thread):
    """Sends one hostile query and notes what comes of it."""

    def __init__(self, service: Service, query: str) -> None:
        super().__init__()
        self._url = f"{service.url}/sparql"
        self._query = query
        self.seconds = 0.0
        self.status: int | None = None
        self.body = b""
        self.broken: httpx.HTTPError | None = None

    def run(self) -> None:
        began = time.monotonic()
        direct = {"content-type": "application/sparql-query"}
        with httpx.Client(timeout=60) as client:
            try:
                answer = client.post(self._url, content=self._query, headers=direct)
                self.status, self.body = answer.status_code, answer.content
            except httpx.HTTPError as error:
                self.broken = error
        self.seconds = time.monotonic() - began


def ask_lightly(service: Service, attacks: list[Attack]) -> list[float]:
    """Asks light questions as long as an attack runs; the seconds that each took, sorted."""
    taken = []
    while any(attack.is_alive() for attack in attacks):
        began = time.monotonic()
        assert service.rows(LIGHT) == [{"n": "证书甲，“引号”与 & <符号>"}]
        taken.append(time.monotonic() - began)
    return sorted(taken)


@pytest.mark.parametrize("name", HOSTILE)
def test_it_ends_and_nobody_else_notices(strict: Service, name: str) -> None:
    whole_crew(strict)
    before = resident_bytes(strict.engine.process_ids) / len(strict.engine.process_ids)
    attack = Attack(strict, HOSTILE[name])
    attack.start()
    taken = ask_lightly(strict, [attack])
    attack.join()
    whole_crew(strict)
    after = resident_bytes(strict.engine.process_ids) / len(strict.engine.process_ids)
    print(
        f"\n{name}: {attack.status or 'reset'} after {attack.seconds:.3f} s "
        f"({(attack.seconds - DEADLINE) * 1000:+.0f} ms of the deadline); {len(taken)} light answers meanwhile, "
        f"slowest {max(taken, default=0) * 1000:.0f} ms; a process holds {before / MEBIBYTE:.0f} → "
        f"{after / MEBIBYTE:.0f} MiB"
    )
    assert attack.seconds < DEADLINE + SLACK
    assert max(taken, default=0) < SLACK
    if attack.status not in (200, None):
        assert any(f"/problem/{slug}".encode() in attack.body for slug in REFUSALS), attack.body
    assert after < before + 32 * MEBIBYTE, "memory did not come back"
    assert set(children()) >= set(strict.engine.process_ids)
    assert len(strict.engine.process_ids) <= strict.engine.limits.most_processes


@pytest.mark.parametrize("name", ["count", "values", "order", "path", "replace"])
def test_the_worst_are_stopped_and_told_so(strict: Service, name: str) -> None:
    answer = strict.client.post("/sparql", data={"query": HOSTILE[name]})
    slug = answer.json()["type"].rsplit("/", 1)[1]
    strict.problem(answer, 504 if slug == "query-timeout" else 503, slug)
    assert slug in ("query-timeout", "query-memory")


@pytest.mark.parametrize("name", ["braces", "parentheses", "unions", "operands"])
def test_what_crashes_parsers_is_refused_at_once(strict: Service, name: str) -> None:
    processes = strict.engine.process_ids
    answer = strict.client.post("/sparql", data={"query": HOSTILE[name]})
    strict.problem(answer, 400, "query-too-complex")
    assert strict.engine.process_ids == processes, "no process has seen it"


def test_a_long_literal_arrives_whole_where_it_fits(service: Service) -> None:
    asked = {"query": HOSTILE["literal"], "format": "csv"}
    with service.client.stream("POST", "/sparql", data=asked) as answer:
        assert answer.status_code == 200
        received = b"".join(answer.iter_bytes())
    assert received == b"z\r\n" + b"y" * 64_000_000 + b"\r\n"


def test_four_at_once_leave_the_others_their_places(strict: Service) -> None:
    whole_crew(strict)
    attacks = [Attack(strict, HOSTILE[name]) for name in ("count", "values", "order", "path")]
    for attack in attacks:
        attack.start()
    taken = ask_lightly(strict, attacks)
    for attack in attacks:
        attack.join()
    middle = taken[len(taken) // 2] * 1000
    print(
        f"\nfour at once: {len(taken)} light answers, median {middle:.1f} ms, slowest {taken[-1] * 1000:.0f} ms; "
        f"ended after {', '.join(f'{attack.seconds:.2f}' for attack in attacks)} s"
    )
    assert {attack.status for attack in attacks} <= {503, 504}
    # Two run at once, the others wait for them: at most the quarter of a second, the wait and the deadline.
    assert max(attack.seconds for attack in attacks) < 3 * DEADLINE + SLACK
    assert taken[-1] < SLACK
    assert middle < 500
    whole_crew(strict)
