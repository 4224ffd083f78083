"""Reviewed statements as a graph of steps, and the shortest way along one relation (section 7 of the model)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kgservice.api.context import ApiContext, Row
from kgservice.api.models import Match
from kgservice.api.things import read_match

Stated = Literal[
    "above", "below", "same_register_grade", "mutually_recognized", "replaces", "replaced_by"
]
# What rests on reviewed statements alone: relation, from subject to object, symmetric, what the other is to this one.
STATED: tuple[tuple[str, bool, bool, Stated], ...] = (
    ("gradeAbove", False, False, "above"),
    ("gradeAbove", True, False, "below"),
    ("sameRegisterGrade", True, True, "same_register_grade"),
    ("mutuallyRecognized", True, True, "mutually_recognized"),
    ("succeeds", True, False, "replaces"),
    ("succeeds", False, False, "replaced_by"),
)
# Two bodies that each recognise a third one's certificate have said nothing about each other's.
_NO_CHAIN = "mutuallyRecognized"


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
    up: bool,
    both: bool = False,
) -> Iterator[Way]:
    """Ways from a certificate along the steps of one relation, the shortest first, one for each target.

    ``rows`` are those of the question ``certificate-statements``. ``up`` follows a statement from subject to object,
    else from object to subject; a symmetric relation is followed both ways.
    """
    steps: dict[str, list[tuple[str, Row]]] = {}
    for row in rows:
        if context.path(str(row["relation"])) != relation:
            continue
        subject, target = str(row["subject"]), str(row["object"])
        if up or both:
            steps.setdefault(subject, []).append((target, row))
        if both or not up:
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
        ways = [] if relation == _NO_CHAIN else further
