"""Level lines: which levels a rule opens for application or assessment, by degree and years, and by the rows held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kgservice.eligibility.conditions import check_in_force
from kgservice.eligibility.facts import Edition, Facts, Grant, Named, Row, Rule
from kgservice.eligibility.person import Person
from kgservice.eligibility.reasons import Reason, decisive
from kgservice.eligibility.rules import OTHER_SERIES, Line, read_line
from kgservice.eligibility.status import Status, all_of, any_of
from kgservice.eligibility.titles import Claim, check_claim

COUNTS_FOR_NEXT = "CountsForNextLevel"


@dataclass(frozen=True, slots=True)
class Footing:
    """What a row that the person stands on says of the level that a line is about."""

    claim: Claim
    grant: Grant
    relation: Literal["same", "lower", "next", "higher"]
    status: Status
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class LevelLine:
    """One level by one rule. ``line`` is degree and years alone; ``status`` takes in the rows as well.

    ``series``: only for titles of that series; ``other_than``: for titles of every series but those. ``level`` is
    absent where the rule prints no line at all.
    """

    rule: Rule
    level: str | None
    series: str | None
    other_than: tuple[str, ...]
    line: Line
    status: Status
    reasons: tuple[Reason, ...]
    printed_degrees: tuple[Named, ...]
    footings: tuple[Footing, ...]
    subject_to: tuple[Reason, ...]


def read_levels(
    claims: Sequence[Claim], person: Person, edition: Edition, facts: Facts
) -> list[LevelLine]:
    """Every level that the edition's rules speak of, from low to high; one line for a rule that prints none."""
    lines = []
    for rule in facts.rules.get(edition.name.id, ()):
        if rule.none_stated:
            lines.append(_level_line(rule, None, OTHER_SERIES, (), person, edition, facts))
            continue
        governs = rule.name.id in facts.governing
        standing = [one for one in claims if not governs or one.row.rule == rule.name.id]
        for level in sorted({way.level for way in rule.alternatives}, key=facts.levels.order):
            for series in (*rule.series, OTHER_SERIES):
                footings = [
                    _stand(claim, grant, level, governs, person, edition, facts)
                    for claim in standing
                    for grant in claim.row.grants
                    if _fits(grant, series, rule)
                ]
                lines.append(_level_line(rule, level, series, footings, person, edition, facts))
    return lines


def _fits(grant: Grant, series: str, rule: Rule) -> bool:
    """Whether a grant may be of the series that a line is about; a series that is not printed may be any."""
    if grant.series is None:
        return True
    return grant.series == series if series else grant.series not in rule.series


def _level_line(
    rule: Rule,
    level: str | None,
    series: str,
    footings: Sequence[Footing],
    person: Person,
    edition: Edition,
    facts: Facts,
) -> LevelLine:
    line = read_line(rule, level or "", series, person, edition, facts)
    reasons = [*check_in_force(edition, person), *line.reasons]
    statuses = [*(one.status for one in check_in_force(edition, person)), line.status]
    if level is not None:
        standing = _standing(footings)
        statuses.append(standing)
        if standing is not Status.OPEN:
            nearest = next((one for one in footings if one.status is standing), None)
            reasons += nearest.reasons if nearest else [_nothing_listed()]
    status = all_of(statuses)
    degrees = dict.fromkeys(
        facts.name(way.degree) for way in rule.alternatives if way.level == level
    )
    return LevelLine(
        rule=rule,
        level=level,
        series=series or None,
        other_than=() if series else rule.series,
        line=line,
        status=status,
        reasons=decisive(status, reasons),
        printed_degrees=tuple(degrees),
        footings=tuple(footings),
        subject_to=_subject_to(rule, footings),
    )


def _standing(footings: Sequence[Footing]) -> Status:
    """Any row will do, but of a row whose levels cannot be told apart, all that it may give must."""
    by_row: dict[str, list[Status]] = {}
    for one in footings:
        key = one.claim.row.recognition + (one.grant.level if one.claim.row.readable else "")
        by_row.setdefault(key, []).append(one.status)
    return any_of(
        found[0] if len(set(found)) == 1 else Status.UNDECIDED for found in by_row.values()
    )


def _stand(
    claim: Claim,
    grant: Grant,
    level: str,
    governs: bool,
    person: Person,
    edition: Edition,
    facts: Facts,
) -> Footing:
    relation = facts.levels.compare(level, grant.level)
    reasons = check_claim(claim, person, edition, facts)
    gap = _gap(relation, claim, grant, governs, facts)
    if gap is not None:
        reasons.append(gap)
    status = all_of(one.status for one in reasons)
    return Footing(claim, grant, relation, status, decisive(status, reasons))


def _gap(relation: str, claim: Claim, grant: Grant, governs: bool, facts: Facts) -> Reason | None:
    """What a row of another level leaves open, or shuts."""
    name = facts.name(grant.level)
    row = claim.row
    if relation == "lower":
        return Reason(
            "lower_level_not_stated",
            "not_stated",
            f"所在行（{row.row}）对应{name.zh}；能否取得更低层级，通知未说明",
            f"The row ({row.row}) gives {name.english}; whether a lower level may be granted is not said",
        )
    if relation not in ("next", "higher"):
        return None
    if governs:
        return Reason(
            "row_level",
            "fails",
            f"所在行（{row.row}）只对应{name.zh}",
            f"The row ({row.row}) gives only {name.english}",
        )
    if relation == "next" and COUNTS_FOR_NEXT in row.effects:
        return _not_granted_yet(row, name) if row.mode == "CeilingLevel" else None
    return Reason(
        "beyond_next_level",
        "not_stated",
        f"所在行（{row.row}）对应{name.zh}；通知未说明可据以申报此层级",
        f"The row ({row.row}) gives {name.english}; that it opens this level is not said",
    )


def _not_granted_yet(row: Row, level: Named) -> Reason:
    """The highest title that may correspond is not a title that is given: the level above may be two steps away."""
    return Reason(
        "ceiling",
        "not_stated",
        f"所在行（{row.row}）印的是可对应的最高职称（{level.zh}），是否给予、能否据以申报高一级，无法确定",
        f"The row ({row.row}) prints the highest title that may correspond ({level.english}); whether it is given, and so "
        f"opens the next level, is not known",
    )


def _nothing_listed() -> Reason:
    return Reason(
        "no_listed_certificate",
        "fails",
        "所给证书均未列入该版本中适用此条件的行（不等于不被认可）",
        "No certificate given stands on a row of this edition to which the rule applies (which is not “not recognised”)",
    )


def _subject_to(rule: Rule, footings: Sequence[Footing]) -> tuple[Reason, ...]:
    notes = []
    if rule.standard is not None and not rule.none_stated:
        notes.append(
            Reason("external_standard", "subject_to", rule.standard.zh, rule.standard.english)
        )
    if any(one.claim.row.mode == "CeilingLevel" for one in footings):
        notes.append(
            Reason(
                "ceiling",
                "subject_to",
                "所在行印的是可对应的最高职称",
                "The row prints the highest title that may correspond",
            )
        )
    return tuple(notes)
