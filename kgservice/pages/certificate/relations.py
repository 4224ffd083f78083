"""What else stands in a relation to a certificate: each kind by itself, with the statement that it rests on.

Nothing is concluded across kinds, and only the same certificate is the same (sections 7 and 9 of the model).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kgservice.api.context import ApiContext, Row
from kgservice.api.models import Match, Thing
from kgservice.api.steps import STATED, Way, find_ways
from kgservice.api.things import Labels, iris, read_match

# Relation, from subject to object, symmetric, what the other is to this one.
_KINDS: tuple[tuple[str, bool, bool, str], ...] = (
    ("sameCertificate", True, True, "identical"),
    ("broaderCertificate", True, False, "family"),
    ("broaderCertificate", False, False, "member"),
    *STATED,
)


@dataclass(frozen=True, slots=True)
class Relation:
    """The certificate and another; ``confidence``: of the weakest of its statements, which are told step by step."""

    kind: str
    other: Thing
    matches: tuple[Match, ...]

    @property
    def confidence(self) -> float | None:
        """Of the weakest statement; ``None`` where none is told."""
        sure = [match.confidence for match in self.matches if match.confidence is not None]
        return min(sure, default=None)


@dataclass(frozen=True, slots=True)
class Likeness:
    """A certificate that looks like this one and is another."""

    other: Thing
    issuers: tuple[Thing, ...]
    match: Match


@dataclass(frozen=True, slots=True)
class SameOutcome:
    """A certificate with the same outcome in an edition: a result, from which nothing follows."""

    other: Thing
    recognition: str
    row: str


def read_ways(context: ApiContext, rows: Sequence[Row], iri: str) -> list[tuple[str, Way]]:
    """By kind, the ways to other certificates in the rows of the question ``certificate-statements``."""
    return [
        (kind, way)
        for relation, up, both, kind in _KINDS
        for way in find_ways(context, rows, relation, iri, up=up, both=both)
    ]


def read_relations(
    ways: Iterable[tuple[str, Way]], labels: Labels, not_same: Iterable[str]
) -> dict[str, list[Relation]]:
    """By kind; what is said not to be the same is no identity, whatever else is said."""
    excluded = set(not_same)
    found: dict[str, list[Relation]] = {}
    for kind, way in ways:
        if kind != "identical" or way.target not in excluded:
            relation = Relation(kind, labels.thing(way.target), way.matches)
            found.setdefault(kind, []).append(relation)
    return found


def read_likenesses(context: ApiContext, rows: Sequence[Row], labels: Labels) -> list[Likeness]:
    """From the rows of the question ``look-alikes``."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(str(row["match"]), []).append(row)
    return [
        Likeness(
            labels.thing(str(group[0]["other"])),
            tuple(labels.things(iris(group, "issuer"))),
            read_match(context, group[0]),
        )
        for group in groups.values()
    ]


def read_same_outcomes(
    context: ApiContext, rows: Iterable[Row], labels: Labels, own: str
) -> dict[str, list[SameOutcome]]:
    """By recognition (path), from the rows of the question ``row-outcomes``; ``own``: the certificate itself."""
    found: dict[str, list[SameOutcome]] = {}
    for row in rows:
        if row["other"] != own:
            path = context.path(str(row["recognition"]))
            same = SameOutcome(labels.thing(str(row["other"])), path, context.path(str(row["row"])))
            found.setdefault(path, []).append(same)
    return found


def cover_of(ways: Iterable[tuple[str, Way]]) -> dict[str, str]:
    """What may cover the certificate (IRI): its families, and by "and above" the grades below."""
    return {
        way.target: "family" if kind == "family" else "and_above"
        for kind, way in ways
        if kind in ("family", "below")
    }


def ladder(
    relations: Mapping[str, Sequence[Relation]], own: Thing
) -> Iterator[tuple[Thing, Relation | None]]:
    """The rungs from the highest; the certificate itself has no relation."""
    above = sorted(relations.get("above", ()), key=lambda one: -len(one.matches))
    yield from ((one.other, one) for one in above)
    yield own, None
    below = sorted(relations.get("below", ()), key=lambda one: len(one.matches))
    yield from ((one.other, one) for one in below)
