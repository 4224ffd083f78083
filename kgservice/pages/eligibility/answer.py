"""The eligibility answer as the page shows it: lines that say the same are one, and each reason leads to its field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kgservice.api.eligibility_models import (
    EditionAnswer,
    LevelFooting,
    LevelLine,
    Reason,
    RegionAnswer,
    RuleSource,
)
from kgservice.api.models import Label, Thing
from kgservice.eligibility.answer import regions_with_rows
from kgservice.eligibility.facts import Facts, Rows
from kgservice.eligibility.person import Person

# What the form asks for in one field, the answer may need in several; and by another name.
_FIELDS = {
    "years_of_work": "work",
    "degrees": "degrees",
    "discipline.science_or_engineering": "science",
    "overseas_link": "overseas",
    "foreign": "origin",
    "hong_kong_macao_taiwan": "origin",
}
# More in one page nobody reads; each has some 20 kB.
MOST_REGIONS = 40
_ORDER = ("open", "not_open", "undecided")


@dataclass(frozen=True, slots=True)
class Told:
    """A reason as a sentence. ``field``: the id of the field of the form that it is about, where there is one."""

    label: Label
    kind: str
    field: str | None
    met_from: str | None


@dataclass(frozen=True, slots=True)
class LevelShown:
    """A level, with the series for which all this holds; none where it holds for every one.

    ``rows`` and ``sources``: the grounds of all of them, each printed row and each rule once.
    """

    level: Thing | None
    step: str
    series: Sequence[Label]
    status: str
    reasons: Sequence[Told]
    rows: Sequence[LevelFooting]
    subject_to: Sequence[Told]
    sources: Sequence[RuleSource]


def tell(reasons: Iterable[Reason]) -> list[Told]:
    """The reasons as the page tells them, each once."""
    return list(dict.fromkeys(_tell(reason) for reason in reasons))


def _tell(reason: Reason) -> Told:
    named = reason.parameter or ""
    return Told(
        Label(
            zh=reason.zh.replace(f"（{named}）", "") if named else reason.zh,
            en=reason.en.replace(f" ({named})", "") if named else reason.en,
        ),
        reason.kind,
        _field(named.partition(",")[0]) if named else None,
        reason.met_from,
    )


def _field(parameter: str) -> str | None:
    if parameter in _FIELDS:
        return _FIELDS[parameter]
    kind, _, rest = parameter.partition(".")
    if kind == "years_in_region":
        return f"years-{rest}"
    if kind == "local_household":
        return "household"
    if kind == "certificates":
        place, _, member = rest.partition(".")
        return f"c{place}-since" if member == "held_since" else f"c{place}"
    return None


def gather_levels(edition: EditionAnswer) -> list[LevelShown]:
    """The levels of an edition, what is open first. Series about which the same is said make one line."""
    groups: dict[tuple[object, ...], list[LevelLine]] = {}
    for line in edition.levels:
        key = (line.level.id if line.level else None, line.step, line.status, *tell(line.reasons))
        groups.setdefault(key, []).append(line)
    shown = []
    for lines in groups.values():
        first = lines[0]
        whole = all(not line.series and not line.other_than for line in lines)
        spared = {thing.id for line in lines for thing in line.other_than}
        whole = whole or (bool(spared) and spared <= {one.series.id for one in lines if one.series})
        shown.append(
            LevelShown(
                level=first.level,
                step=first.step,
                series=[] if whole else [_series(line) for line in lines],
                status=first.status,
                reasons=tell(first.reasons),
                rows=list({row.source.entry: row for line in lines for row in line.rows}.values()),
                subject_to=tell(reason for line in lines for reason in line.subject_to),
                sources=list({line.source.rule: line.source for line in lines}.values()),
            )
        )
    return sorted(shown, key=lambda one: _ORDER.index(one.status))


def _series(line: LevelLine) -> Label:
    if line.series:
        return line.series.label
    others = line.other_than
    zh = "、".join(one.label.zh for one in others)
    en = ", ".join(one.label.en or one.label.zh for one in others)
    return Label(zh=f"除{zh}外的系列", en=f"every series but {en}")


def order_regions(chosen: Sequence[str], person: Person, facts: Facts, rows: Rows) -> Sequence[str]:
    """The regions (paths) to answer for: those of these codes, or all; those with a row for what is held first."""
    regions = [facts.codes[code] for code in sorted(set(chosen))] or facts.regions
    giving = regions_with_rows(person, facts, rows)
    return sorted(regions, key=lambda region: region not in giving)


def has_row(region: RegionAnswer) -> bool:
    """Whether some edition of the region has a row for something that is held."""
    return any(edition.titles or edition.benefits for edition in region.editions)


def missing(regions: Iterable[RegionAnswer]) -> list[str]:
    """The fields that, were they filled in, would decide more; in the order in which they were missed."""
    found: dict[str, None] = {}
    for region in regions:
        for edition in region.editions if has_row(region) else ():
            reasons = [reason for line in edition.titles for reason in line.reasons]
            reasons += [reason for line in edition.levels for reason in line.reasons]
            for tier in edition.benefits:
                reasons += [reason for one in tier.benefits for reason in one.reasons]
            for told in tell(reasons):
                if told.kind == "data_missing" and told.field:
                    found[told.field] = None
    return list(found)
