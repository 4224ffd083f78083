"""The statements on one side of a thing, what it says or what points to it: few of each property, the rest counted.

Nothing here scans: a hub with 200,000 statements costs as much as one with a few thousand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from kgservice.engine.interface import Engine
from kgservice.linked.terms import Quad, Row, Term, iri, select

SORTED = 100  # statements of a property; sorting more takes longer than all the rest
COUNTED = 5000  # statements are counted up to here; beyond it is said that there are more
OWN, OWN_EACH = 400, 60  # statements of a thing's own; of each property where there are more
POINTING, POINTING_EACH = 200, 25  # statements that point to it; of each property, always

Hubs = Callable[[], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many statements of a property there are, and how many of them are shown; ``total`` ``None``: over 5,000."""

    name: str
    inverse: bool
    shown: int
    total: int | None

    @property
    def complete(self) -> bool:
        """Whether nothing was left out."""
        return self.shown == self.total

    def query(self, thing: str) -> str:
        """The query that gives all of them."""
        pattern = f"?thing <{self.name}> <{thing}>" if self.inverse else None
        return f"SELECT ?thing WHERE {{ {pattern or f'<{thing}> <{self.name}> ?thing'} }}"


@dataclass(frozen=True, slots=True)
class Side:
    """Statements in a fixed order, and a tally for each of their properties."""

    quads: tuple[Quad, ...] = ()
    tallies: tuple[Tally, ...] = ()


async def read_sides(engine: Engine, thing: str, hubs: Hubs) -> tuple[Side, Side]:
    """The statements of a thing's own, and those that point to it; mostly by one question.

    ``hubs`` gives the properties that may be used with it, for when there are too many statements to look at all.
    """
    rows = await select(
        engine,
        f"SELECT ?own ?g ?p ?v {{"
        f" {{ SELECT (true AS ?own) ?g ?p ?v {{ GRAPH ?g {{ <{thing}> ?p ?v }} }} LIMIT {OWN + 1} }} UNION"
        f" {{ SELECT (false AS ?own) ?g ?p ?v {{ GRAPH ?g {{ ?v ?p <{thing}> }} }} LIMIT {POINTING + 1} }} }}",
    )
    sides = []
    for inverse, most, each in ((False, OWN, OWN_EACH), (True, POINTING, POINTING_EACH)):
        here = [row for row in rows if (row["own"].value in ("true", "1")) is not inverse]
        if len(here) > most:
            sides.append(await _read_many(engine, thing, inverse, each, hubs))
        else:
            sides.append(_read_few(here, thing, inverse, each if inverse else most))
    return sides[0], sides[1]


def _read_few(rows: Sequence[Row], thing: str, inverse: bool, each: int) -> Side:
    """All of the statements that there are, or the first of each property."""
    quads = sorted(_quads(rows, thing, inverse), key=_order(inverse))
    kept, tallies = [], []
    for name, total in Counter(quad.predicate for quad in quads).items():
        some = [quad for quad in quads if quad.predicate == name][:each]
        kept += some
        tallies.append(Tally(name, inverse, len(some), total))
    return Side(tuple(kept), tuple(tallies))


async def _read_many(engine: Engine, thing: str, inverse: bool, each: int, hubs: Hubs) -> Side:
    """The first of each property, with bounded counts."""
    pattern = f"?v ?p <{thing}>" if inverse else f"<{thing}> ?p ?v"
    counted = await select(
        engine,
        f"SELECT ?p (COUNT(*) AS ?n) {{ SELECT ?p {{ GRAPH ?g {{ {pattern} }} }} LIMIT {COUNTED} }} GROUP BY ?p",
    )
    totals: dict[str, int | None] = {row["p"].value: int(row["n"].value) for row in counted}
    beyond = sum(total or 0 for total in totals.values()) >= COUNTED
    if beyond:
        names = sorted({*totals, *await hubs()})
        totals = await _count_each(engine, thing, names, inverse)
    names = sorted(totals)
    # Sorting all of a hub would mean reading all of it: its first ones are those of the index.
    parts = " UNION ".join(
        f"{{ SELECT ?g (<{name}> AS ?p) ?v {{ GRAPH ?g {{ {_one(thing, name, inverse)} }} }}"
        f" {'ORDER BY ?v ?g ' if (totals[name] or COUNTED) <= SORTED else ''}LIMIT {each} }}"
        for name in names
    )
    rows = await select(engine, f"SELECT ?g ?p ?v {{ {parts} }}")
    quads = sorted(_quads(rows, thing, inverse), key=_order(inverse))
    shown = Counter(quad.predicate for quad in quads)
    return Side(
        tuple(quads), tuple(Tally(name, inverse, shown[name], totals[name]) for name in names)
    )


async def _count_each(
    engine: Engine, thing: str, names: Sequence[str], inverse: bool
) -> dict[str, int | None]:
    """The number of statements of each property that there is; ``None`` where it is over :data:`COUNTED`."""
    parts = " UNION ".join(
        f"{{ SELECT (<{name}> AS ?p) (COUNT(*) AS ?n) {{ SELECT ?v {{ GRAPH ?g {{ {_one(thing, name, inverse)} }} }}"
        f" LIMIT {COUNTED + 1} }} }}"
        for name in names
    )
    rows = await select(engine, f"SELECT ?p ?n {{ {parts} }}")
    found = {row["p"].value: int(row["n"].value) for row in rows}
    return {name: n if n <= COUNTED else None for name, n in found.items() if n}


async def read_subjects(engine: Engine, subjects: Sequence[str], most: int) -> list[Quad]:
    """All that these things say of themselves; nothing when that is more than ``most`` statements."""
    if not subjects:
        return []
    values = " ".join(f"<{subject}>" for subject in subjects)
    rows = await select(
        engine,
        f"SELECT ?g ?s ?p ?v {{ VALUES ?s {{ {values} }} GRAPH ?g {{ ?s ?p ?v }} }} LIMIT {most + 1}",
    )
    if len(rows) > most:
        return []
    quads = [Quad(row["s"], row["p"].value, row["v"], row["g"].value) for row in rows]
    return sorted(quads, key=lambda quad: (quad.subject, quad.predicate, quad.object, quad.graph))


def _one(thing: str, name: str, inverse: bool) -> str:
    return f"?v <{name}> <{thing}>" if inverse else f"<{thing}> <{name}> ?v"


def _quads(rows: Sequence[Row], thing: str, inverse: bool) -> list[Quad]:
    here = iri(thing)
    return [
        Quad(row["v"], row["p"].value, here, row["g"].value)
        if inverse
        else Quad(here, row["p"].value, row["v"], row["g"].value)
        for row in rows
    ]


def _order(inverse: bool) -> Callable[[Quad], tuple[str, Term, str]]:
    return lambda quad: (quad.predicate, quad.subject if inverse else quad.object, quad.graph)
