"""What stands at the moment when the figures are read: the releases that are open, and what their engines do."""

from __future__ import annotations

import os
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric

from kgservice import __version__
from kgservice.operation.served import Served

OpenReleases = Callable[[], Iterable[Served]]


class Standing:
    """A collector over the open releases, the current one first."""

    def __init__(self, releases: OpenReleases) -> None:
        self._releases = releases

    def collect(self) -> Iterator[Metric]:
        """The figures (called by the registry)."""
        served = list(self._releases())
        now = served[0]
        info = InfoMetricFamily("kg_release", "The release that is served.")
        info.add_metric([], {"release": now.release.id, "program": __version__})
        yield info
        quads, since = now.release.quads, now.since.timestamp()
        yield GaugeMetricFamily("kg_release_quads", "Quads of the release.", value=quads)
        yield GaugeMetricFamily(
            "kg_release_since_seconds",
            "When the release began to be served (Unix time).",
            value=since,
        )
        yield GaugeMetricFamily(
            "kg_releases_open",
            "Releases whose engines run: two while one is switched.",
            value=len(served),
        )
        yield GaugeMetricFamily(
            "kg_http_requests_in_progress",
            "Requests that are being answered.",
            value=sum(one.requests for one in served),
        )
        yield from _engines(served)


def _engines(served: Iterable[Served]) -> Iterator[Metric]:
    """What the engines of all open releases do together, as far as they tell (one elsewhere has no processes here)."""
    figures: Tally[str] = Tally()
    held = 0
    for one in served:
        figures.update(getattr(one.engine, "figures", {}))
        held += sum(map(_private_bytes, getattr(one.engine, "process_ids", ())))
    running = GaugeMetricFamily(
        "kg_queries_running", "Queries in a worker process.", labels=("lane",)
    )
    waiting = GaugeMetricFamily(
        "kg_queries_waiting", "Queries that wait for one.", labels=("lane",)
    )
    for name, number in sorted(figures.items()):
        kind, _, lane = name.partition("_")
        if kind == "running":
            running.add_metric([lane or "all"], number)
        elif kind == "waiting":
            waiting.add_metric([lane or "all"], number)
        else:
            yield GaugeMetricFamily(f"kg_worker_{name}", "Worker processes.", value=number)
    yield running
    yield waiting
    yield GaugeMetricFamily(
        "kg_worker_memory_bytes", "Memory that all workers hold for themselves.", value=held
    )


def _private_bytes(process: int) -> int:
    """Resident memory of a process that it shares with no file; 0 where the system does not say."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{process}/statm").read_text("ascii").split()
    except OSError:
        return 0
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
