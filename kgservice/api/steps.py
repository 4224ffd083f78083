"""Reviewed statements as a graph of steps, and the shortest way along one relation (section 7 of the model)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kgservice.api.context import ApiContext, Row
from kgservice.api.models import Match
from kgservice.api.things import read_match


@dataclass(frozen=True, slots=True)
class Way:
    """The way to another certificate: its steps, each a reviewed statement."""

    target: str
    matches: tuple[Match, ...]


def find_ways(
    context: ApiContext,
    rows: Sequence[Row],
    relation: str,
    start: str,
    *,
    along: bool = True,
    back: bool = False,
    transitive: bool = True,
) -> Iterator[Way]:
    """Ways from a certificate along the steps of one relation, the shortest first, one for each target.

    ``rows`` are those of the question ``certificate-statements``. ``along`` follows a statement from subject to
    object, ``back`` from object to subject; a symmetric relation is followed both ways.
    """
    steps: dict[str, list[tuple[str, Row]]] = {}
    for row in rows:
        if context.path(str(row["relation"])) != relation:
            continue
        subject, target = str(row["subject"]), str(row["object"])
        if along:
            steps.setdefault(subject, []).append((target, row))
        if back:
            steps.setdefault(target, []).append((subject, row))
    reached = {start}
    ways: list[Way] = [Way(start, ())]
    while ways:
        further = []
        for way in ways:
            for target, row in steps.get(way.target, ()):
                if target not in reached:
                    reached.add(target)
                    found = Way(target, (*way.matches, read_match(context, row)))
                    further.append(found)
                    yield found
        ways = further if transitive else []
