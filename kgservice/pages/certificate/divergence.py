"""Where regions disagree about a certificate, and whether that is a real difference or only a ceiling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kgservice.api.context import Row
from kgservice.pages.certificate.places import Places, Region
from kgservice.pages.certificate.worth import Outcome, span

# As many as the question ``certificate-divergences`` tells of.
MOST = 200
_LEVELS = ("LevelDivergence", "CeilingDivergence")


@dataclass(frozen=True, slots=True)
class Side:
    """The regions with one kind of outcome."""

    levels: tuple[str, ...]
    ceiling: bool
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class Divergence:
    """One kind of disagreement: its sides, the highest first.

    ``topped``: of a ceiling, the regions whose directory gives no higher level to any certificate. ``iris``: the
    statements of the graph. ``cut``: there are more than were asked for.
    """

    kind: str
    sides: tuple[Side, ...]
    topped: tuple[Region, ...]
    iris: tuple[str, ...]
    cut: bool


def read_divergences(
    rows: Iterable[Row], outcomes: Sequence[Outcome], places: Places
) -> list[Divergence]:
    """By kind, from the question ``certificate-divergences``; the sides of exemptions are empty."""
    known = {outcome.recognition: outcome for outcome in outcomes}
    pairs: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        kind = str(row["kind"]).rpartition("/")[2]
        pairs.setdefault((kind, str(row["divergence"])), []).append(str(row["between"]))
    kinds: dict[str, dict[str, list[Outcome]]] = {}
    for (kind, divergence), between in pairs.items():
        found = [known[one] for one in between if one in known]
        kinds.setdefault(kind, {})[divergence] = found
    return [
        Divergence(
            kind,
            _sides(list(found.values()), places, by_level=kind in _LEVELS),
            _topped(found.values(), places) if kind == "CeilingDivergence" else (),
            tuple(found),
            len(pairs) >= MOST,
        )
        for kind, found in sorted(kinds.items(), key=lambda pair: _ORDER.index(pair[0]))
    ]


_ORDER = (
    "LevelDivergence",
    "CeilingDivergence",
    "BenefitOnlyDivergence",
    "SpecialtyDivergence",
    "IssuerDivergence",
    "ExemptionDivergence",
)


def _top(outcome: Outcome) -> int:
    return span(outcome.levels[-1])[1] if outcome.levels else 0


def _sides(
    pairs: Iterable[Sequence[Outcome]], places: Places, *, by_level: bool
) -> tuple[Side, ...]:
    sides: dict[tuple[tuple[str, ...], bool], dict[str, Region]] = {}
    for pair in pairs:
        for outcome in pair:
            if outcome.levels or not by_level:
                region = places.region(outcome.edition)
                sides.setdefault(outcome.kind, {})[region.iri] = region
    ordered: Mapping[tuple[tuple[str, ...], bool], dict[str, Region]] = dict(
        sorted(
            sides.items(),
            key=lambda side: (-(span(side[0][0][-1])[1] if side[0][0] else 0), side[0][1]),
        )
    )
    return tuple(
        Side(levels, ceiling, tuple(regions.values()))
        for (levels, ceiling), regions in ordered.items()
    )


def _topped(pairs: Iterable[Sequence[Outcome]], places: Places) -> tuple[Region, ...]:
    regions: dict[str, Region] = {}
    for pair in pairs:
        if len(pair) == 2:
            region = places.region(min(pair, key=_top).edition)
            regions[region.iri] = region
    return tuple(regions.values())
