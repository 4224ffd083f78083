"""This service beside other SPARQL servers: same graph, same queries, interleaved rounds.

    python -m benchmarks.endpoint --releases releases --rounds 5 --seconds 5 [--only NAME …] [--chart FILE] [--json FILE]

(a) a mix with two thirds repeats, (b) all distinct, (c) light queries beside four that never end, (d) 304 answers,
(e) a CONSTRUCT of a whole edition, (f) memory, (g) start-up. A peer is measured when its answers are those of this service
or differ as the run tells. Linux, with wrk.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.endpoint_drawn import PROJECT, draw, edition_query, light
from benchmarks.endpoint_load import Load, entity_tags, find_wrk, hostile, run_load
from benchmarks.endpoint_peers import (
    LEFT_OUT,
    OURS,
    OXIGRAPH,
    PEERS,
    VIRTUOSO,
    Absent,
    Peer,
    memory,
    publish,
    run,
    watch_memory,
)
from kgservice.engine.store import make_store
from kgservice.release import Release, open_release

SEED = 20231016
DRAWN = 1200
LIGHT_CONNECTIONS = 2
Figures = dict[str, dict[str, list[float]]]


def answers(peer: Peer, query: str) -> list[str] | None:
    """The rows of a query without order and data types, or ``None`` where there is no answer."""
    try:
        status, body = peer.ask(query)
        rows = json.loads(body)["results"]["bindings"] if status == 200 else None
    except (OSError, ValueError, KeyError):
        return None
    if rows is None:
        return None
    return sorted(
        json.dumps(
            {name: [term["value"], term.get("xml:lang", "")] for name, term in row.items()},
            sort_keys=True,
        )
        for row in rows
    )


def compare(peers: Sequence[Peer], queries: Sequence[str]) -> dict[str, str]:
    """For each peer, on how many of these queries its rows are those of the first one."""
    expected = [answers(peers[0], query) for query in queries]
    assert None not in expected, "this service does not answer one of its own questions"
    found = {}
    for peer in peers:
        equal = sum(
            answers(peer, query) == rows for query, rows in zip(queries, expected, strict=True)
        )
        found[peer.name] = f"{equal}/{len(queries)}"
    return found


def measure_load(
    peers: Sequence[Peer], drawn: Sequence[str], rounds: int, seconds: float, figures: Figures
) -> None:
    """(a), (b), (d), (e) and (f), one peer after the other in every round."""
    for peer in peers:
        figures[peer.name]["memory at rest, MiB"].append(memory(peer.process))
    few = drawn[:12]
    tags = {peer.name: entity_tags(peer, few) for peer in peers}
    for turn in range(1, rounds + 1):
        for peer in peers:
            mine = figures[peer.name]
            with watch_memory(peer.process) as seen:
                for mode, name in (("mix", "a"), ("distinct", "b")):
                    # Other texts for each mode and round, so that nothing is known from before.
                    number = 2 * turn + (mode == "mix")
                    _note(mine, name, run_load(peer, drawn, mode, seconds, number))
            mine["memory under load, MiB"].append(max(seen))
            _note(mine, "d", run_load(peer, few, "repeat", seconds, turn, tags=tags[peer.name]))


def measure_edition(peers: Sequence[Peer], release: Release, rounds: int, figures: Figures) -> None:
    """(e) the largest edition, as N-Triples."""
    query = edition_query(release)
    for turn in range(rounds):
        for peer in peers:
            began = time.perf_counter()
            status, body = peer.ask(f"{query} # {turn}", "application/n-triples")
            seconds = time.perf_counter() - began
            if status == 200:
                figures[peer.name]["e seconds"].append(seconds)
                figures[peer.name]["e MB/s"].append(len(body) / 1e6 / seconds)


def measure_hostile(
    peer: Peer, queries: Sequence[str], rounds: int, seconds: float, mine: dict[str, list[float]]
) -> None:
    """(c) for one peer, which afterwards is of no more use if it cannot stop a query."""
    for turn in range(1, rounds + 1):
        idle = run_load(peer, queries, "distinct", seconds, turn, connections=LIGHT_CONNECTIONS)
        mine["c idle p99, ms"].append(idle.p99)
        mine["c idle median, ms"].append(idle.median)
    with hostile(peer):
        for turn in range(rounds + 1, 2 * rounds + 1):
            busy = run_load(peer, queries, "distinct", seconds, turn, connections=LIGHT_CONNECTIONS)
            mine["c p99, ms"].append(busy.p99)
            mine["c median, ms"].append(busy.median)
            mine["c errors"].append(busy.errors)


def _note(mine: dict[str, list[float]], name: str, load: Load) -> None:
    mine[f"{name} requests/s"].append(load.rate)
    mine[f"{name} p99, ms"].append(load.p99)
    mine[f"{name} errors"].append(load.errors)


def medians(figures: Figures) -> dict[str, dict[str, float]]:
    """The median of the rounds."""
    return {
        peer: {name: statistics.median(values) for name, values in mine.items()}
        for peer, mine in figures.items()
    }


def print_table(found: dict[str, dict[str, float]], equal: dict[str, str]) -> None:
    """A Markdown table: one row per figure, one column per peer, and the ratio to ``oxigraph serve``."""
    peers = list(found)
    print(f"\n| | {' | '.join(peers)} | ours ÷ oxigraph |")
    print(f"| --- |{' --- |' * (len(peers) + 1)}")
    for name in dict.fromkeys(name for mine in found.values() for name in mine):
        cells = [_cell(found[peer].get(name)) for peer in peers]
        ours, other = (found.get(peer, {}).get(name) for peer in (OURS, OXIGRAPH))
        ratio = f"{ours / other:.2f}" if ours is not None and other else "-"
        print(f"| {name} | {' | '.join(cells)} | {ratio} |")
    print(f"| same rows | {' | '.join(equal.get(peer, '-') for peer in peers)} | |")


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    if math.isinf(value):
        return "no answer"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def draw_chart(found: dict[str, dict[str, float]], path: Path) -> None:
    """Bars for (a), (b), (d) and (c), one panel each; who answered nothing has no bar."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "endpoint"
    from matplotlib import pyplot

    panels = {
        "a requests/s": "(a) two thirds repeats, requests/s",
        "b requests/s": "(b) all distinct, requests/s",
        "d requests/s": "(d) 304, or a plain repeat, requests/s",
        "c p99, ms": "(c) light queries beside 4 hostile, p99 in ms",
    }
    figure, axes = pyplot.subplots(2, 2, figsize=(10, 5.5))
    for axis, (name, title) in zip(axes.flat, panels.items(), strict=True):
        peers = [peer for peer in found if math.isfinite(found[peer].get(name, math.inf))]
        bars = axis.barh(
            peers,
            [found[peer][name] for peer in peers],
            color=["#b5382a" if peer == OURS else "#8a95a5" for peer in peers],
        )
        axis.bar_label(bars, fmt="{:,.0f}", padding=3)
        axis.set_title(title, fontsize=10)
        axis.invert_yaxis()
        axis.spines[["top", "right"]].set_visible(False)
        axis.margins(x=0.18)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Runs everything and prints the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--releases", type=Path, default=Path("releases"))
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=5, help="of each run of the load")
    options.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS))
    options.add_argument("--parts", default="abcdefg", help="abdf go together")
    options.add_argument("--chart", type=Path)
    options.add_argument("--json", type=Path, help="where the figures of all rounds go")
    given = options.parse_args()
    find_wrk()
    release = open_release(given.releases)
    database = make_store(given.releases, release)
    drawn = draw(release, database, PROJECT, DRAWN, SEED)
    figures: Figures = defaultdict(lambda: defaultdict(list))
    equal: dict[str, str] = {}
    print(f"{release.id}: {sum(release.manifest['graphs'].values()):,} quads; {os.cpu_count()} cores; "
          f"load {os.getloadavg()[0]:.1f}; {given.rounds} rounds of {given.seconds:g} s")  # fmt: skip
    for name, reason in LEFT_OUT.items():
        print(f"left out: {name} ({reason})")
    with tempfile.TemporaryDirectory(prefix="kg-bench-") as folder, contextlib.ExitStack() as stack:
        peers: list[Peer] = []
        for name in (peer for peer in PEERS if peer in given.only):
            try:
                peers.append(stack.enter_context(run(name, release, database, Path(folder) / name)))
            except Absent as absent:
                print(f"left out: {name} ({absent})")
                continue
            if name == VIRTUOSO:
                publish(peers[-1], release)
        here = [peer.name for peer in peers]
        equal = compare(peers, drawn[:48])
        print("same rows as this service:", equal, flush=True)
        if set(given.parts) & set("abdf"):
            measure_load(peers, drawn, given.rounds, given.seconds, figures)
        if "e" in given.parts:
            measure_edition(peers, release, given.rounds, figures)
        stack.close()
        if "g" in given.parts:
            for _ in range(given.rounds):
                for name in here:
                    with run(name, release, database, Path(folder) / name) as peer:
                        figures[name]["g seconds to the first answer"].append(peer.seconds)
        if "c" in given.parts:
            for name in here:
                with run(name, release, database, Path(folder) / name) as peer:
                    measure_hostile(peer, light(drawn), given.rounds, given.seconds, figures[name])
    _finish(figures, equal, given)


def _finish(figures: Figures, equal: dict[str, str], given: Any) -> None:
    found = medians(figures)
    print_table(found, equal)
    print(f"load at the end {os.getloadavg()[0]:.1f}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1), "utf-8")
    if given.chart:
        draw_chart(found, given.chart)


if __name__ == "__main__":
    main()
