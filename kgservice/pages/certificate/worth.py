"""What a certificate is worth by region, in short: which level, exact or at most, benefits only, not listed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from kgservice.api.context import Row
from kgservice.pages.certificate.places import Places, Region

# From the lowest to the highest rank that a level may mean (section 4 of the model): two of them are broad.
SPANS: Mapping[str, tuple[int, int]] = {
    **{rank: (int(rank), int(rank)) for rank in ("10", "20", "30", "40", "50")},
    "junior": (10, 20),
    "senior": (40, 50),
}


def span(level: str) -> tuple[int, int]:
    """The ranks that a level (IRI) may mean."""
    return SPANS[level.rpartition("/")[2]]


class Outcome(NamedTuple):
    """What one row gives to one certificate; IRIs.

    ``levels``: from the lowest; none where the row gives no title, several where it prints several and no rule that
    tells them apart. ``ceiling``: the highest that may be given, which grants nothing.
    """

    recognition: str
    edition: str
    listed: bool
    levels: tuple[str, ...]
    ceiling: bool
    certain: bool = True

    @property
    def kind(self) -> tuple[tuple[str, ...], bool]:
        """What makes two outcomes the same in a summary."""
        return self.levels, self.ceiling


def read_outcomes(
    rows: Iterable[Row], apart: Iterable[Row], doubtful: Collection[str] = frozenset()
) -> dict[str, list[Outcome]]:
    """By certificate (IRI), from the questions ``certificate-worth`` and ``certificate-outcomes``.

    ``doubtful``: the recognitions of rows that are not certain.
    """
    own: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in apart:
        key = str(row["certificate"]), str(row["recognition"])
        own[key] = _ascending({*own.get(key, ()), str(row["level"])})
    outcomes: dict[str, dict[str, Outcome]] = {}
    for row in rows:
        certificate = str(row["certificate"])
        listed = str(row["relation"]).endswith("/recognizes")
        ceiling = str(row.get("mode")).endswith("/CeilingLevel")
        levels = (str(row["level"]),) if "level" in row else ()
        found = outcomes.setdefault(certificate, {})
        for recognition in str(row["recognitions"]).split():
            edition = edition_of(recognition)
            told = Outcome(
                recognition, edition, listed, levels, ceiling, recognition not in doubtful
            )
            if own and (certificate, recognition) in own:
                told = told._replace(levels=own[certificate, recognition])
            elif recognition in found:
                first = found[recognition]
                told = told._replace(
                    levels=_ascending({*first.levels, *levels}), listed=listed or first.listed
                )
            found[recognition] = told
    return {certificate: [*found.values()] for certificate, found in outcomes.items()}


def edition_of(recognition: str) -> str:
    """The edition (IRI) that a recognition's IRI names: it is that of the edition with the row behind it (section 10 of
    the model).

    To ask the engine for it, row by row, is a third of the time of a certificate that every place lists.
    """
    return recognition.replace("/id/recognition/", "/id/edition/", 1).rpartition("/")[0]


def _ascending(levels: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(levels, key=lambda level: (span(level), level)))


@dataclass(frozen=True, slots=True)
class Group:
    """The regions in which a certificate has one kind of outcome; ``doubtful``: those where no such row is certain."""

    levels: tuple[str, ...]
    ceiling: bool
    regions: tuple[Region, ...]
    doubtful: frozenset[str]

    @property
    def top(self) -> int:
        """The highest rank that it may mean; 0 for benefits."""
        return span(self.levels[-1])[1] if self.levels else 0


@dataclass(frozen=True, slots=True)
class Worth:
    """A certificate by region, on a day. ``outcomes``: by region (IRI), of editions that are or may be in force.

    ``ended``: outcomes of editions that are not in force. ``exempting``: regions where it is only what an exemption
    leads to. ``absent``: regions whose directory, which is known in full, does not list it.
    """

    outcomes: Mapping[str, tuple[Outcome, ...]]
    ended: tuple[Outcome, ...]
    groups: tuple[Group, ...]
    exempting: tuple[Region, ...]
    absent: tuple[Region, ...]

    def kinds(self, region: str) -> list[Outcome]:
        """The different outcomes in a region (IRI), each once; one that is certain goes before one that is not."""
        found: dict[tuple[tuple[str, ...], bool], Outcome] = {}
        for outcome in self.outcomes.get(region, ()):
            if outcome.kind not in found or (outcome.certain and not found[outcome.kind].certain):
                found[outcome.kind] = outcome
        return list(found.values())

    @property
    def titled(self) -> tuple[Group, ...]:
        """The groups with a level."""
        return tuple(group for group in self.groups if group.levels)

    @property
    def benefits(self) -> tuple[Group, ...]:
        """The group without one, if there is one."""
        return tuple(group for group in self.groups if not group.levels)


def _titles_first(outcome: Outcome) -> tuple[int, str]:
    return -span(outcome.levels[-1])[1] if outcome.levels else 0, outcome.recognition


def weigh(
    outcomes: Sequence[Outcome], exempting: Iterable[str], places: Places, day: date
) -> Worth:
    """The worth of a certificate. ``exempting``: the regions (IRI) with exemptions towards it."""
    states = places.states(day)
    standing: dict[str, list[Outcome]] = {}
    ended = []
    for outcome in outcomes:
        edition = outcome.edition
        if states[edition] == "no":
            ended.append(outcome)
        else:
            standing.setdefault(places.editions[edition].region.iri, []).append(outcome)
    ordered = dict(sorted(standing.items(), key=lambda pair: places.regions[pair[0]].code))
    kinds: dict[tuple[tuple[str, ...], bool], dict[str, bool]] = {}
    for region, found in ordered.items():
        for outcome in found:
            sure = kinds.setdefault(outcome.kind, {})
            sure[region] = sure.get(region, False) or outcome.certain
    groups = [
        Group(
            levels,
            ceiling,
            tuple(places.regions[region] for region in sure),
            frozenset(region for region, certain in sure.items() if not certain),
        )
        for (levels, ceiling), sure in kinds.items()
    ]
    groups.sort(key=lambda group: (-group.top, group.ceiling, group.levels))
    leading = {iri for iri in exempting if iri not in ordered}
    known = places.standing(day)
    return Worth(
        outcomes={
            region: tuple(sorted(found, key=_titles_first)) for region, found in ordered.items()
        },
        ended=tuple(ended),
        groups=tuple(groups),
        exempting=tuple(places.regions[iri] for iri in sorted(leading)),
        absent=tuple(
            region for iri, region in known.items() if iri not in ordered and iri not in leading
        ),
    )
