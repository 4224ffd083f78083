"""What is known of an edition beside its rows: its notice, its lists, how many rows give what, and its benefits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kgservice.api.benefits import Tier, TierBoard
from kgservice.api.context import ApiContext, Row
from kgservice.api.editions import EditionView, edition_iris, read_editions
from kgservice.api.models import Label, Level, Thing
from kgservice.api.notices import Notice, NoticeBoard
from kgservice.api.things import Labels, iris, read_labels, read_pair, text

_QUESTIONS = (
    "edition-details",
    "edition-sections",
    "edition-counts",
    "edition-effects",
    "edition-tiers",
)


@dataclass(frozen=True, slots=True)
class Cited:
    """A document that a notice rests on or repeals. ``number``: as it is printed, where it is."""

    document: Thing
    number: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows of a list give the same.

    Rows that print several levels stand between ``lowest`` and ``highest``. ``recognized`` is false for rows that hold an
    exemption only.
    """

    section: str | None
    mode: str | None
    lowest: Level | None
    highest: Level | None
    tier: Thing | None
    recognized: bool
    rows: int
    certain: int


@dataclass(frozen=True, slots=True)
class Section:
    """A list of an edition. ``id`` is ``None`` for an edition that is not divided."""

    id: str | None
    label: Label | None
    printed_total: int | None
    counts: Sequence[Count]
    effects: Sequence[Thing]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(count.rows for count in self.counts)


@dataclass(frozen=True, slots=True)
class EditionFacts:
    """One edition. ``previous``: the edition that it states to replace."""

    view: EditionView
    directory: Thing
    issued_by: Sequence[Thing]
    recognized_by: Sequence[Thing]
    based_on: Sequence[Cited]
    repeals: Sequence[Cited]
    mandate: Sequence[Level]
    printed_total: int | None
    previous: str | None
    sections: Sequence[Section]
    tiers: Sequence[Tier]
    notice: Notice | None

    @property
    def stub(self) -> bool:
        """Whether it is known only because it was repealed: its contents are unknown."""
        return self.view.complete is False

    @property
    def rows(self) -> int:
        """How many rows it has here."""
        return sum(section.rows for section in self.sections)

    @property
    def certain(self) -> int:
        """How many of them can be read in one way only."""
        return sum(count.certain for section in self.sections for count in section.counts)


@dataclass(frozen=True, slots=True)
class EditionBoard:
    """The editions of one release, each read once: a release never changes."""

    context: ApiContext
    notices: NoticeBoard
    tiers: TierBoard
    _read: dict[str, EditionFacts] = field(default_factory=dict)
    _found: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)

    async def of(
        self, *, region: str = "", directory: str = "", edition: str = ""
    ) -> list[EditionFacts]:
        """The editions of a region, of a directory, or one (IRIs), by directory and version."""
        key = region, directory, edition
        if key in self._found:
            return [self._read[iri] for iri in self._found[key]]
        asked = {"region": region, "directory": directory, "edition": edition}
        rows = await self.context.ask(
            "editions", **{name: iri for name, iri in asked.items() if iri}
        )
        wanted = iris(rows, "edition")
        missing = [iri for iri in wanted if iri not in self._read]
        if missing:
            own = [row for row in rows if row["edition"] in missing]
            self._read.update(await self._read_all(missing, own))
        if wanted:  # what there is not is not kept: anybody may ask for anything
            self._found[key] = wanted
        return [self._read[iri] for iri in wanted]

    async def _read_all(
        self, editions: Sequence[str], rows: Sequence[Row]
    ) -> dict[str, EditionFacts]:
        details, sections, counts, effects, tiers = await asyncio.gather(
            *(self.context.ask(question, edition=editions) for question in _QUESTIONS)
        )
        notices = await self.notices.notices(editions)
        labels = await read_labels(
            self.context,
            [
                *edition_iris(rows),
                *iris(rows, "directory"),
                *(str(row["value"]) for row in details if _is_thing(row)),
                *iris(counts, "lowest", "highest", "tier"),
                *iris(effects, "effect"),
            ],
        )
        found = {}
        for view in read_editions(self.context, rows, labels, notices=notices):
            first = next(row for row in rows if row["edition"] == view.iri)
            own = _of(details, view.iri)
            total = next((row["value"] for row in _those(own, "printedTotal")), None)
            found[view.iri] = EditionFacts(
                view=view,
                directory=labels.thing(str(first["directory"])),
                issued_by=labels.things(iris(_those(own, "passed_by"), "value")),
                recognized_by=labels.things(iris(_those(own, "recognizedBy"), "value")),
                based_on=_cited(_those(own, "based_on"), labels),
                repeals=_cited(_those(own, "repeals"), labels),
                mandate=_levels(iris(_those(own, "mandateLevel"), "value"), labels),
                printed_total=total if isinstance(total, int) else None,
                previous=next(iter(iris(_those(own, "previousVersion"), "value")), None),
                sections=_sections(
                    _of(sections, view.iri), _of(counts, view.iri), _of(effects, view.iri), labels
                ),
                tiers=await self.tiers.tiers(iris(_of(tiers, view.iri), "tier")),
                notice=notices.get(view.iri),
            )
        return found


def _of(rows: Iterable[Row], edition: str) -> list[Row]:
    return [row for row in rows if row["edition"] == edition]


def _is_thing(row: Row) -> bool:
    return not str(row["property"]).endswith("printedTotal")


def _those(rows: Iterable[Row], name: str) -> list[Row]:
    """The rows whose property has this local name."""
    return [
        row for row in rows if str(row["property"]).replace("#", "/").rpartition("/")[2] == name
    ]


def _cited(rows: Sequence[Row], labels: Labels) -> list[Cited]:
    return [Cited(labels.thing(str(row["value"])), text(row, "number")) for row in rows]


def _levels(levels: Iterable[str], labels: Labels) -> list[Level]:
    return sorted((labels.level(iri) for iri in levels), key=lambda level: level.id)


def _sections(
    named: Sequence[Row], counted: Sequence[Row], effects: Sequence[Row], labels: Labels
) -> list[Section]:
    """The lists, in their order; one without a name where the edition is not divided."""
    names = {str(row["section"]): row for row in named}
    keys: list[str | None] = [*names] or [None]
    found = []
    for key in keys:
        row = names.get(key) if key is not None else None
        total = row.get("printedTotal") if row else None
        found.append(
            Section(
                id=key,
                label=read_pair(row, "name") if row else None,
                printed_total=total if isinstance(total, int) else None,
                counts=sorted(
                    (_count(one, labels) for one in counted if text(one, "section") == key),
                    key=_order,
                ),
                effects=labels.things(
                    str(one["effect"]) for one in effects if text(one, "section") == key
                ),
            )
        )
    return found


def _order(count: Count) -> tuple[float, float, str]:
    """Upwards; rows without a level first."""
    low, high = (
        level_standing(level.id) if level else 0.0 for level in (count.lowest, count.highest)
    )
    return high, low, count.tier.id if count.tier else ""


def level_standing(level: str) -> float:
    """Where a level (path) stands among all; a broad one in the middle of what it holds."""
    key = level.partition("/")[2]
    return {"junior": 15.0, "senior": 45.0}.get(key) or float(key)


def _count(row: Row, labels: Labels) -> Count:
    lowest, highest, tier = (text(row, name) for name in ("lowest", "highest", "tier"))
    return Count(
        section=text(row, "section"),
        mode=text(row, "mode"),
        lowest=labels.level(lowest) if lowest else None,
        highest=labels.level(highest) if highest else None,
        tier=labels.thing(tier) if tier else None,
        recognized=bool(row.get("recognized")),
        rows=int(row["rows"]),
        certain=int(row["certain"]),
    )
