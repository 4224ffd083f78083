"""The small picture of a certificate's worth by region: where everything stands, in the units of its view box.

Up to :data:`FEW` regions each have a column, as high as the level; more are counted by level. A level as such is solid,
a ceiling hatched and open above, benefits a mark on the ground line; where nothing is listed nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kgservice.pages.certificate.places import Region
from kgservice.pages.certificate.worth import Outcome, Worth, span

FEW = 12
STEPS = (10, 20, 30, 40, 50)
TOP, STEP, FOOT = 14, 34, 26
GROUND = TOP + STEP * len(STEPS)
COUNT_WIDTH, COUNT_STEP, COUNT_LEFT = 360, 34, 92


@dataclass(frozen=True, slots=True)
class Room:
    """How wide the names beside the picture are, and those of the regions below."""

    left: float
    slot: float


ROOM: Mapping[str, Room] = {"zh": Room(58, 60), "en": Room(108, 74)}


@dataclass(frozen=True, slots=True)
class Bar:
    """A column from the ground: solid up to ``y``, and lighter up to ``above`` where the level is broad or several."""

    x: float
    width: float
    y: float
    above: float | None
    ceiling: bool
    certain: bool
    rank: str


@dataclass(frozen=True, slots=True)
class Column:
    """One region: its bars, or a mark for benefits (``mark``: where it stands), or what is said in their place."""

    region: Region
    x: float
    bars: tuple[Bar, ...] = ()
    mark: float | None = None
    state: str = "listed"  # or "exemption", "not_listed"


@dataclass(frozen=True, slots=True)
class Count:
    """How many regions have a level, as bars side by side."""

    levels: tuple[str, ...]
    y: float
    exact: int
    ceiling: int
    doubtful: int
    exact_width: float
    ceiling_width: float
    rank: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Either columns or counts."""

    width: float
    height: float
    left: float = 0
    columns: tuple[Column, ...] = ()
    counts: tuple[Count, ...] = ()
    steps: tuple[tuple[str, float], ...] = field(default=())


def height(rank: int) -> float:
    """Where a column of this rank ends."""
    return GROUND - STEP * rank / 10


def draw(worth: Worth, language: str) -> Picture:
    """The picture, with room for names in this language."""
    shown = len(worth.outcomes) + len(worth.exempting) + len(worth.absent)
    return _columns(worth, ROOM[language]) if shown <= FEW else _counts(worth)


def _columns(worth: Worth, room: Room) -> Picture:
    regions = {region.iri: region for group in worth.groups for region in group.regions}
    regions |= {region.iri: region for region in (*worth.exempting, *worth.absent)}
    leading = {region.iri for region in worth.exempting}

    def rank(iri: str) -> tuple[int, bool, str]:
        outcomes = worth.outcomes.get(iri, ())
        tops = [span(outcome.levels[-1])[1] for outcome in outcomes if outcome.levels]
        return -max(tops, default=0), not outcomes, regions[iri].code

    columns = []
    for place, iri in enumerate(sorted(regions, key=rank)):
        x, outcomes = room.left + room.slot * place, worth.outcomes.get(iri, ())
        plain, bars = (
            any(not outcome.levels for outcome in outcomes),
            _bars(outcomes, x + room.slot / 2, room.slot),
        )
        unlisted = "exemption" if iri in leading else "not_listed"
        columns.append(
            Column(
                region=regions[iri],
                x=x + room.slot / 2,
                bars=bars,
                mark=_mark(x + room.slot / 2, bars) if plain else None,
                state="listed" if outcomes else unlisted,
            )
        )
    return Picture(
        left=room.left - 6,
        width=room.left + room.slot * len(columns) + 8,
        height=GROUND + FOOT,
        columns=tuple(columns),
        steps=tuple((str(rank), height(rank)) for rank in STEPS),
    )


def _mark(middle: float, bars: Sequence[Bar]) -> float:
    """Beside the bars where there are some."""
    return bars[-1].x + bars[-1].width + 7 if bars else middle


def _bars(outcomes: Sequence[Outcome], middle: float, slot: float) -> tuple[Bar, ...]:
    kinds: dict[tuple[tuple[str, ...], bool], bool] = {}
    for outcome in outcomes:
        if outcome.levels:
            kinds[outcome.kind] = kinds.get(outcome.kind, False) or outcome.certain
    width = min(34.0, (slot - 12) / max(len(kinds), 1))
    left = middle - width * len(kinds) / 2
    bars = []
    for place, ((levels, ceiling), certain) in enumerate(
        sorted(kinds.items(), key=lambda kind: span(kind[0][0][-1]))
    ):
        low, high = span(levels[0])[0], span(levels[-1])[1]
        bars.append(
            Bar(
                x=round(left + width * place + 1, 1),
                width=round(width - 2, 1),
                y=height(low),
                above=height(high) if high > low else None,
                ceiling=ceiling,
                certain=certain,
                rank=levels[-1].rpartition("/")[2],
            )
        )
    return tuple(bars)


def _counts(worth: Worth) -> Picture:
    merged: dict[tuple[str, ...], dict[str, int]] = {}
    for group in worth.groups:
        told = merged.setdefault(group.levels, {"exact": 0, "ceiling": 0, "doubtful": 0})
        told["ceiling" if group.ceiling else "exact"] += len(group.regions)
        told["doubtful"] += len(group.doubtful)
    most = max((told["exact"] + told["ceiling"] for told in merged.values()), default=1)
    scale = (COUNT_WIDTH - COUNT_LEFT - 60) / most
    counts = [
        Count(
            levels=levels,
            y=TOP + COUNT_STEP * place,
            exact=told["exact"],
            ceiling=told["ceiling"],
            doubtful=told["doubtful"],
            exact_width=round(told["exact"] * scale, 1),
            ceiling_width=round(told["ceiling"] * scale, 1),
            rank=levels[-1].rpartition("/")[2] if levels else "none",
        )
        for place, (levels, told) in enumerate(merged.items())
    ]
    return Picture(
        width=COUNT_WIDTH, height=TOP + COUNT_STEP * len(counts) + 4, counts=tuple(counts)
    )
