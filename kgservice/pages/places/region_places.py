"""What the pages of regions, directories and editions share: where a region lies, and what only it lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kgservice.api.benefits import Tier
from kgservice.api.context import ApiContext, Row
from kgservice.api.models import Label, Thing
from kgservice.api.notices import Alternative, Rule
from kgservice.api.things import Labels, iris, read_labels
from kgservice.pages.places.edition_facts import level_standing


@dataclass(frozen=True, slots=True)
class Place:
    """A region: its code (GB/T 2260), where it lies, what lies in it, its directories and authorities."""

    region: Thing
    code: str
    within: Sequence[Thing]
    contains: Sequence[Thing]
    directories: Sequence[Thing]
    authorities: Sequence[Thing]


@dataclass(frozen=True, slots=True)
class Only:
    """A certificate that one region lists and no other, with its row."""

    certificate: Thing
    edition: str
    entry: str
    row: str


@dataclass(frozen=True, slots=True)
class RegionBoard:
    """The regions of one release, each read once: a release never changes."""

    context: ApiContext
    _places: dict[str, Place] = field(default_factory=dict)
    _only: dict[str, list[Only]] = field(default_factory=dict)

    async def place(self, region: str) -> Place | None:
        """A region (IRI); ``None`` where there is none."""
        if region not in self._places:
            found = await self.places([region])
            return found[0] if found else None
        return self._places[region]

    async def places(self, regions: Iterable[str]) -> list[Place]:
        """These regions (IRIs), in this order."""
        wanted = list(dict.fromkeys(regions))
        missing = [iri for iri in wanted if iri not in self._places]
        if missing:
            rows = await self.context.ask("region", region=missing)
            things = [str(row["value"]) for row in rows if row["relation"] != "code"]
            labels = await read_labels(self.context, [*missing, *things])
            for iri in iris(rows, "region"):
                own = [row for row in rows if row["region"] == iri]
                self._places[iri] = _read_place(iri, own, labels)
        return [self._places[iri] for iri in wanted if iri in self._places]

    async def only(self, region: str) -> list[Only]:
        """What only this region (IRI) lists, each certificate with its first row in each edition."""
        if region not in self._only:
            rows = await self.context.ask("only-in-region", region=region)
            labels = await read_labels(self.context, iris(rows, "certificate"))
            found: dict[tuple[str, str], Only] = {}
            for row in rows:
                key = str(row["certificate"]), str(row["edition"])
                found.setdefault(
                    key,
                    Only(
                        certificate=labels.thing(key[0]),
                        edition=self.context.path(key[1]),
                        entry=self.context.path(str(row["entry"])),
                        row=str(row["row"]),
                    ),
                )
            self._only[region] = list(found.values())
        return self._only[region]


def once_each(only: Iterable[Only]) -> list[Only]:
    """Each certificate once, with its row in the edition that comes first."""
    found: dict[str, Only] = {}
    for one in only:
        found.setdefault(one.certificate.iri, one)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class RuleTable:
    """A rule of degree and years as a matrix: a column for each level, upwards; a line for each degree, and in its cells
    what is asked for there. An empty cell: nothing is printed for it.
    """

    levels: Sequence[Thing]
    lines: Sequence[tuple[Thing, Sequence[Sequence[Alternative]]]]


def tabulate(rule: Rule) -> RuleTable:
    """The matrix of a rule; degrees that ask for fewer years stand first."""
    levels = {line.level.id: line.level for line in rule.alternatives}
    degrees = {line.degree.id: line.degree for line in rule.alternatives}
    ordered = sorted(levels, key=level_standing)

    def cell(degree: str, level: str) -> list[Alternative]:
        return [
            one for one in rule.alternatives if (one.degree.id, one.level.id) == (degree, level)
        ]

    def years(degree: str) -> list[int]:
        asked = ([one.min_years for one in cell(degree, level)] for level in reversed(ordered))
        return [min(some, default=99) for some in asked]

    return RuleTable(
        levels=[levels[level] for level in ordered],
        lines=[
            (degrees[degree], [cell(degree, level) for level in ordered])
            for degree in sorted(degrees, key=years)
        ],
    )


async def benefit_words(context: ApiContext, tiers: Sequence[Tier]) -> dict[str, Label]:
    """What the kinds of these benefits, and how binding they are, are called: by local name."""
    names = {word for tier in tiers for one in tier.benefits for word in (one.kind, one.force)}
    terms = {name: f"{context.names.base}/ns/{name}" for name in sorted(names)}
    labels = await read_labels(context, terms.values())
    return {name: labels.label(iri) for name, iri in terms.items()}


def _read_place(iri: str, rows: Sequence[Row], labels: Labels) -> Place:
    def those(relation: str) -> list[Thing]:
        return labels.things(str(row["value"]) for row in rows if row["relation"] == relation)

    code = next((str(row["value"]) for row in rows if row["relation"] == "code"), "")
    return Place(
        region=labels.thing(iri),
        code=code,
        within=those("within"),
        contains=those("contains"),
        directories=those("directory"),
        authorities=those("authority"),
    )
