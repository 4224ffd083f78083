"""The rows of an edition as they are printed, and how they are read."""

from __future__ import annotations

import unicodedata
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kgservice.api.context import ApiContext, Row
from kgservice.api.models import Level, Note, Texts, Thing
from kgservice.api.things import Labels, gather_texts, iris, read_labels, read_note, text

# The printed columns, in the order of a table.
PRINTED = (
    "printedName",
    "printedOriginalName",
    "printedIssuer",
    "printedOriginalIssuer",
    "printedIssuerAbbreviation",
    "printedCountry",
    "printedGrade",
    "printedTitle",
    "printedLevel",
    "printedSpecialty",
    "printedCondition",
)
TITLED = ("printedTitle", "printedLevel", "printedSpecialty")
NO_LEVEL = "none"
_KEPT = 8  # editions whose rows are held, a few hundred kilobytes each
_THINGS = (
    "listsCertificate",
    "listsIssuer",
    "confersTitleLevel",
    "confersTitle",
    "givesTier",
    "specialty",
    "field",
    "gradeOutcome",
    "Exemption",
)


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """One row. ``printed``: the columns by name, empty where nothing is printed; ``levels``: paths of the levels that it gives."""

    entry: str
    iri: str
    number: str
    section: str | None
    certain: bool
    note: Note | None
    recognition: str | None
    levels: Sequence[str]
    printed: dict[str, str]

    @property
    def folded(self) -> str:
        """All that it prints, to look in: without case and width."""
        return fold("\n".join([self.number, *self.printed.values()]))


@dataclass(frozen=True, slots=True)
class Reading:
    """How a row is read: what it lists, and what it gives."""

    certificates: Sequence[Thing]
    issuers: Sequence[Thing]
    levels: Sequence[Level]
    titles: Sequence[Thing]
    mode: str | None
    outcomes: Sequence[tuple[str, Level]]
    outcome_stated: bool
    tiers: Sequence[Thing]
    specialties: Sequence[Thing]
    fields: Sequence[Thing]
    holding_years: int | None
    open_upward: bool
    open_family: bool
    work_fields: Texts | None
    next_level: Texts | None
    practice: Texts | None
    remark: Texts | None
    exemptions: Sequence[Thing]


def fold(given: str) -> str:
    """A text without case and width."""
    return unicodedata.normalize("NFKC", given).casefold()


@dataclass(frozen=True, slots=True)
class RowBoard:
    """The rows of the editions of one release that were asked for last: a release never changes."""

    context: ApiContext
    _read: OrderedDict[str, list[PrintedRow]] = field(default_factory=OrderedDict)
    _readings: dict[str, dict[str, Reading]] = field(default_factory=dict)

    async def rows(self, edition: str) -> list[PrintedRow]:
        """The rows of an edition (IRI), in the order of the document."""
        rows = self._read.get(edition)
        if rows is None:
            told = await self.context.ask("edition-rows", edition=edition)
            rows = self._read[edition] = _read_rows(self.context, told)
            while len(self._read) > _KEPT:
                gone, _ = self._read.popitem(last=False)
                self._readings.pop(gone, None)
        self._read.move_to_end(edition)
        return rows

    async def readings(self, edition: str, rows: Sequence[PrintedRow]) -> Mapping[str, Reading]:
        """How these rows of an edition (IRI) are read, by entry (path)."""
        known = self._readings.get(edition, {})
        missing = [row for row in rows if row.entry not in known]
        if missing:
            known = known | await self._read_readings(missing)
            if edition in self._read:
                self._readings[edition] = self._readings.get(edition, {}) | known
        return known

    async def _read_readings(self, rows: Sequence[PrintedRow]) -> dict[str, Reading]:
        told = await self.context.ask("entry-readings", entry=[row.iri for row in rows])
        names = {f"{self.context.names.base}/ns/{name}" for name in _THINGS}
        labels = await read_labels(
            self.context, (str(row["value"]) for row in told if row["property"] in names)
        )
        own: dict[str, dict[str, list[Row]]] = {row.iri: {} for row in rows}
        for row in told:
            name = self.context.path(str(row["property"]))
            own[str(row["entry"])].setdefault(name, []).append(row)
        return {row.entry: _reading(self.context, own[row.iri], labels) for row in rows}


def _read_rows(context: ApiContext, rows: Sequence[Row]) -> list[PrintedRow]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(str(row["entry"]), []).append(row)
    return [
        PrintedRow(
            entry=context.path(iri),
            iri=iri,
            number=str(first["row"]),
            section=text(first, "section"),
            certain=bool(first["certain"]),
            note=read_note(first, "note"),
            recognition=context.path(str(first["recognition"])) if "recognition" in first else None,
            levels=[context.path(level) for level in iris(group, "level")],
            printed={name: str(first.get(name, "")) for name in PRINTED},
        )
        for iri, group in groups.items()
        for first in (group[0],)
    ]


def _reading(context: ApiContext, told: dict[str, list[Row]], labels: Labels) -> Reading:
    things = {
        name: labels.things(iris(told.get(name, ()), "value"))
        for name in _THINGS
        if name not in ("confersTitleLevel", "gradeOutcome")
    }
    single = {name: rows[0]["value"] for name, rows in told.items()}
    years = single.get("holderCondition")
    mode = single.get("levelMode")
    return Reading(
        certificates=things["listsCertificate"],
        issuers=things["listsIssuer"],
        levels=sorted(
            (labels.level(iri) for iri in iris(told.get("confersTitleLevel", ()), "value")),
            key=lambda level: level.id,
        ),
        titles=sorted(things["confersTitle"], key=lambda title: title.id),
        mode=context.path(str(mode)) if mode else None,
        outcomes=[
            (str(row["grade"]), labels.level(str(row["value"])))
            for row in told.get("gradeOutcome", ())
        ],
        outcome_stated=single.get("outcomeStated") is not False,
        tiers=things["givesTier"],
        specialties=things["specialty"],
        fields=things["field"],
        holding_years=years if isinstance(years, int) else None,
        open_upward=single.get("gradeOpenUpward") is True,
        open_family=single.get("openFamily") is True,
        work_fields=gather_texts(told.get("workField", ()), "value"),
        next_level=gather_texts(told.get("nextLevelRequires", ()), "value"),
        practice=gather_texts(told.get("practiceRequires", ()), "value"),
        remark=gather_texts(told.get("remark", ()), "value"),
        exemptions=things["Exemption"],
    )
