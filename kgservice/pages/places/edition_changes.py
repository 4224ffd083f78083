"""What an edition has that the one before it had not, and the reverse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cachetools import LRUCache

from kgservice.api.context import ApiContext, Row
from kgservice.api.models import Thing
from kgservice.api.things import Labels, iris, read_labels

_KEPT = 8


@dataclass(frozen=True, slots=True)
class Given:
    """A level or a tier that rows give; ``mode``: what the level means (``CeilingLevel``: at most)."""

    thing: Thing
    mode: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A certificate in one edition: its rows (number, path of the entry) and the levels and tiers that they give."""

    rows: Sequence[tuple[str, str]]
    gives: Sequence[Given]


@dataclass(frozen=True, slots=True)
class Change:
    """A certificate that is listed in one of two editions only, or in both with another level or tier."""

    certificate: Thing
    before: Listed | None
    now: Listed | None


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference between two editions of one directory. ``kept``: certificates in both with the same levels."""

    added: Sequence[Change]
    dropped: Sequence[Change]
    changed: Sequence[Change]
    kept: int


@dataclass(frozen=True, slots=True)
class ChangeBoard:
    """The differences that were asked for last: a release never changes."""

    context: ApiContext
    _read: LRUCache[tuple[str, str], Changes] = field(default_factory=lambda: LRUCache(_KEPT))

    async def changes(self, before: str, now: str) -> Changes:
        """The difference between two editions (IRIs)."""
        key = before, now
        found = self._read.get(key)
        if found is None:
            found = self._read[key] = await _read_changes(self.context, before, now)
        return found


async def _read_changes(context: ApiContext, before: str, now: str) -> Changes:
    """The difference between two editions (IRIs); tiers are compared by what they are called, levels by their IRI and mode."""
    rows = await context.ask("edition-listings", edition=[before, now])
    labels = await read_labels(context, iris(rows, "certificate", "level", "tier"))
    old, new = (_listed(context, rows, edition, labels) for edition in (before, now))
    changes = [
        Change(labels.thing(iri), old.get(iri), new.get(iri)) for iri in iris(rows, "certificate")
    ]
    both = [change for change in changes if change.before and change.now]
    changed = [change for change in both if _worth(change.before) != _worth(change.now)]
    return Changes(
        added=[change for change in changes if change.before is None],
        dropped=[change for change in changes if change.now is None],
        changed=changed,
        kept=len(both) - len(changed),
    )


def _listed(
    context: ApiContext, rows: Sequence[Row], edition: str, labels: Labels
) -> dict[str, Listed]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row["edition"] == edition:
            groups.setdefault(str(row["certificate"]), []).append(row)
    return {
        iri: Listed(
            rows=list(
                dict.fromkeys((str(row["row"]), context.path(str(row["entry"]))) for row in own)
            ),
            gives=[
                *_levels(context, own, labels),
                *(Given(tier) for tier in labels.things(iris(own, "tier"))),
            ],
        )
        for iri, own in groups.items()
    }


def _levels(context: ApiContext, rows: Sequence[Row], labels: Labels) -> list[Given]:
    """The levels of some rows, each with its mode once: "at most" and exact are two."""
    found = {
        (str(row["level"]), context.path(str(row["mode"])) if "mode" in row else None)
        for row in rows
        if "level" in row
    }
    return [
        Given(labels.thing(level), mode)
        for level, mode in sorted(found, key=lambda one: (one[0], one[1] or ""))
    ]


def _worth(listed: Listed | None) -> set[tuple[str, str | None]]:
    """A tier belongs to its edition, so that the same class has another IRI in the next one."""
    assert listed is not None
    return {
        (one.thing.id if one.thing.id.startswith("title-level/") else one.thing.label.zh, one.mode)
        for one in listed.gives
    }
