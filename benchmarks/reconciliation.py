"""How often ``match: true`` of the reconciliation service is right, and how often it is given.

    python -m benchmarks.reconciliation [--releases releases] [--only MEASURE …] [--json FILE]

registered  every name that a certificate or family has, of the service as it is
printed     every printed row of the directories, asked in several ways, of the service that knows their names
left-out    the same with each directory in turn taken out of everything that the service knows
withheld    every name that one certificate or family alone has, of a service that does not know that one
no-body     every name, with each name of its body, of a service that knows neither that body nor what it alone issues

Every match is held against the reviewed mapping. The release must be one of this project's data (``kg build``); the
service's own code is asked without HTTP. Every wrong match is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from benchmarks.reconciliation_names import read_lines, without_directory, without_things
from benchmarks.reconciliation_ways import WAYS, stating
from kgservice.api.context import ApiContext
from kgservice.build.project import Project
from kgservice.engine.pool import PoolLimits, WorkerPool
from kgservice.engine.store import make_store
from kgservice.faults import FaultList
from kgservice.matching.rows import PrintedRow
from kgservice.matching.sources import Sources, read_sources
from kgservice.questions import read_questions
from kgservice.reconcile.certificates import find_certificates
from kgservice.reconcile.query import Condition, Query, Value
from kgservice.reconcile.register import Register, Relations, make_register, read_relations
from kgservice.release import Release, open_release
from kgservice.search.index import NAMES, SearchIndex, make_index
from kgservice.settings import Settings

Thing = TypeVar("Thing")
ROOT = Path(__file__).resolve().parents[1]
REGISTERED = "registered"
PRINTED, LEFT_OUT, WITHHELD, NO_BODY = "printed", "left-out", "withheld", "no-body"


@dataclass(slots=True)
class Tally:
    """Counts over queries: those whose certificates are known, those where one of them is first or among ten, matches."""

    asked: int = 0
    known: int = 0
    first: int = 0
    in_ten: int = 0
    matched: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, query: Query, meant: frozenset[str], register: Register, about: str) -> None:
        """Asks, and counts the answer; ``meant`` is every thing that the query means."""
        found = find_certificates(query, register)
        ids = [one.id for one in found]
        sure = [one.id for one in found if one.match]
        self.asked += 1
        self.known += bool(meant)
        self.first += bool(ids and ids[0] in meant)
        self.in_ten += bool(meant & set(ids[:10]))
        self.matched += bool(sure)
        if sure and set(sure) != meant:
            label = register.things[sure[0]].label("zh")[0]
            self.wrong.append(f"{about} → {sure[0]} {label} (meant: {', '.join(sorted(meant)) or 'nothing known'})")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bench:
    """What the measurements need: the release, its names and relations, and what persons say the rows list."""

    sources: Sources
    release: Release
    index: Path
    relations: Relations

    def rows(self) -> Iterator[tuple[PrintedRow, frozenset[str]]]:
        """Every printed row, with what it lists."""
        for entry, row in self.sources.rows.items():
            listed = self.sources.listed.get(entry, frozenset())
            yield row, frozenset(one.replace(":", "/", 1) for one in listed)


def registered(bench: Bench) -> dict[str, Tally]:
    """Every name of everything, with its issuer and without: nothing may be matched with another thing."""
    register = make_register(bench.relations, SearchIndex(bench.index))
    things = [one for one in register.things.values() if one.type != "issuer"]
    tallies = {"with its issuer": Tally(), "name alone": Tally()}
    for thing in _progress(REGISTERED, things):
        stated = (Condition("issuer", tuple(Value("", one) for one in thing.issuers)),)
        for name in dict.fromkeys((*thing.names, *thing.letters)):
            query, meant, about = Query((name,)), frozenset({thing.id}), f"{thing.id}: {name}"
            tallies["name alone"].add(query, meant, register, about)
            if thing.issuers:
                query = replace(query, conditions=stated)
                tallies["with its issuer"].add(query, meant, register, about)
    return tallies


def printed(bench: Bench) -> dict[str, Tally]:
    """Every row against the service over all names."""
    register = make_register(bench.relations, SearchIndex(bench.index))
    tallies = {way: Tally() for way in WAYS}
    for row, listed in _progress(PRINTED, list(bench.rows())):
        _ask(row, listed, register, tallies)
    return tallies


def left_out(bench: Bench) -> dict[str, Tally]:
    """Every row against the service without its directory."""
    tallies = {way: Tally() for way in WAYS}
    lines = read_lines(bench.release.path / NAMES)
    for edition in bench.sources.editions:
        rows = [one for one in bench.rows() if one[0].entry.startswith(f"{edition}/")]
        with without_directory(edition, bench.sources, lines, bench.relations) as (less, left):
            for row, listed in _progress(f"{LEFT_OUT} {edition}", rows):
                _ask(row, listed & left, less, tallies)
    return tallies


def _ask(
    row: PrintedRow, listed: frozenset[str], register: Register, tallies: Mapping[str, Tally]
) -> None:
    for way, ask in WAYS.items():
        query = ask(row)
        if query is not None:
            about = f"{row.entry}: {' | '.join(query.names)}"
            tallies[way].add(query, listed, register, about)


def withheld(bench: Bench) -> dict[str, Tally]:
    """Every name that a certificate or family alone has, without it: nothing may be matched.

    Counted apart: things that persons told apart from others.
    """
    whole = make_register(bench.relations, SearchIndex(bench.index))
    things = [one for one in whole.things.values() if one.type != "issuer"]
    holders = Counter(name for one in things for name in {*one.names, *one.printed, *one.letters})
    kinds = {
        (told, stated): f"{told}, {stated}"
        for told in ("has look-alikes", "has none")
        for stated in ("with its issuer", "name alone")
    }
    tallies = {title: Tally() for title in kinds.values()}
    for thing in _progress(WITHHELD, things):
        names = dict.fromkeys((*thing.names, *thing.letters, *thing.printed))
        alone = [name for name in names if holders[name] == 1]
        bodies = tuple(Value("", one) for one in thing.issuers)
        told = "has look-alikes" if thing.id in whole.look_alikes else "has none"
        with without_things([thing.id], bench.index, bench.relations) as less:
            for name in alone:
                about = f"{thing.id}: {name}"
                query = Query((name,))
                tallies[kinds[told, "name alone"]].add(query, frozenset(), less, about)
                if bodies:
                    stated = replace(query, conditions=(Condition("issuer", bodies),))
                    tallies[kinds[told, "with its issuer"]].add(stated, frozenset(), less, about)
    return tallies


def no_body(bench: Bench) -> dict[str, Tally]:
    """Every name with the name of a body that is unknown: nothing may be matched with what a similar body issues."""
    whole = make_register(bench.relations, SearchIndex(bench.index))
    things = list(whole.things.values())
    tally = Tally()
    for body in _progress(NO_BODY, [one for one in things if one.type == "issuer"]):
        gone = [one for one in things if one.issuers == (body.id,)]
        with without_things(
            [body.id, *(one.id for one in gone)], bench.index, bench.relations
        ) as less:
            for thing in gone:
                for name in dict.fromkeys((*thing.names, *thing.letters, *thing.printed)):
                    for issuer in dict.fromkeys((*body.names, *body.printed)):
                        query = Query((name,), conditions=stating(issuer=[issuer]))
                        tally.add(query, frozenset(), less, f"{thing.id}: {name} | {issuer}")
    return {"name and issuer": tally}


MEASURES: Mapping[str, Callable[[Bench], dict[str, Tally]]] = {
    REGISTERED: registered,
    PRINTED: printed,
    LEFT_OUT: left_out,
    WITHHELD: withheld,
    NO_BODY: no_body,
}


def _progress(title: str, things: Sequence[Thing]) -> Iterator[Thing]:
    for done, one in enumerate(things, 1):
        yield one
        if done % 25 == 0 or done == len(things):
            print(f"\r{title}: {done} of {len(things)}  ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def show(measure: str, tallies: Mapping[str, Tally]) -> None:
    """One line for each way of asking, and every wrong match below."""
    columns = f"{'asked':>6} {'known':>6} {'first':>6} {'in ten':>7} {'match':>6} {'wrong':>6} {'precision':>10}"
    print(f"\n{measure:44} {columns}")
    for way, one in tallies.items():
        precision = 1 - len(one.wrong) / one.matched if one.matched else 1.0
        print(
            f"{way:44} {one.asked:6} {one.known:6} {one.first:6} {one.in_ten:7} {one.matched:6} "
            f"{len(one.wrong):6} {precision:10.3f}"
        )
    for way, one in tallies.items():
        for wrong in one.wrong:
            print(f"  WRONG ({way}) {wrong}")


async def prepare(releases: Path) -> Bench:
    """Opens the current release and asks it what the service asks."""
    faults = FaultList()
    sources = read_sources(Project(ROOT), faults)
    if faults.violations:
        sys.exit("The data have faults: run kg check.")
    release = open_release(releases)
    settings = replace(Settings(), releases=releases)
    base, prefixes = f"{settings.base}/", release.manifest["prefixes"]
    limits = PoolLimits(workers=2, spares=0, deadline=60.0)
    engine = WorkerPool(make_store(releases, release), limits, base=base, prefixes=prefixes)
    await engine.start()
    try:
        context = ApiContext(
            settings, release, engine, read_questions(ROOT / "queries", settings.base)
        )
        things = [one.replace(":", "/", 1) for one in sources.known.certificates]
        relations = await read_relations(context, things)
    finally:
        await engine.stop(0)
    return Bench(sources, release, make_index(releases, release), relations)


def main() -> None:
    """Runs what the arguments ask for and prints it."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--releases", type=Path, default=ROOT / "releases")
    arguments.add_argument("--only", nargs="+", choices=sorted(MEASURES), default=list(MEASURES))
    arguments.add_argument("--json", type=Path, help="write the figures to this file")
    given = arguments.parse_args()
    started = time.monotonic()
    bench = asyncio.run(prepare(given.releases))
    figures = {}
    for name in given.only:
        tallies = MEASURES[name](bench)
        show(name, tallies)
        figures[name] = {way: asdict(one) for way, one in tallies.items()}
    print(f"{time.monotonic() - started:.0f} s")
    if given.json:
        text = json.dumps(figures, ensure_ascii=False, indent=2)
        given.json.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
