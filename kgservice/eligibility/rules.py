"""A rule's line for a level: the OR of its alternatives, each the AND of its conditions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from kgservice.eligibility.conditions import check_degree, check_demand, check_years
from kgservice.eligibility.facts import Alternative, Edition, Facts, Rule
from kgservice.eligibility.person import Person
from kgservice.eligibility.reasons import Reason, decisive
from kgservice.eligibility.status import Status, all_of, any_of

# Titles of a series for which no demand of its own is printed.
OTHER_SERIES = ""


@dataclass(frozen=True, slots=True)
class Way:
    """One alternative against the person's data, condition by condition."""

    alternative: Alternative
    status: Status
    conditions: tuple[Reason, ...]

    @property
    def distance(self) -> tuple[int, int, Decimal]:
        """How far it is from open: conditions that fail, conditions not known, years that are missing."""
        failing = [one for one in self.conditions if one.kind == "fails"]
        unknown = [one for one in self.conditions if one.status is Status.UNDECIDED]
        return (
            len(failing),
            len(unknown),
            sum((one.missing or Decimal(0) for one in failing), Decimal(0)),
        )


@dataclass(frozen=True, slots=True)
class Line:
    """What a rule says of a level: its status, why, and the alternatives whose degree the person has or may have."""

    status: Status
    reasons: tuple[Reason, ...]
    ways: tuple[Way, ...] = ()


def read_line(
    rule: Rule, level: str, series: str, person: Person, edition: Edition, facts: Facts
) -> Line:
    """The line of a rule for a level and the titles of a series (:data:`OTHER_SERIES` for all that it does not name)."""
    if rule.none_stated:
        return Line(Status.UNDECIDED, (nothing_printed(rule),))
    ways = [
        _walk(way, series, person, edition, facts)
        for way in rule.alternatives
        if facts.levels.covers(way.level, level)
    ]
    if not ways:
        return Line(Status.UNDECIDED, (_no_line(level, facts),))
    status = any_of(way.status for way in ways)
    possible = tuple(way for way in ways if way.conditions[0].kind != "fails")
    if status is Status.UNDECIDED:
        open_ways = sorted(
            (way for way in ways if way.status is Status.UNDECIDED), key=lambda way: way.distance
        )
        reasons = _once(reason for way in open_ways for reason in way.conditions)
        if person.degrees is None:
            unknown = _unknown_degree(open_ways, facts)
            reasons = [unknown if one.code == unknown.code else one for one in reasons]
    elif status is Status.NOT_OPEN:
        nearest = min(possible or ways, key=lambda way: way.distance)
        reasons = list(nearest.conditions)
        if not possible:
            reasons[0] = _no_such_degree(ways, level, facts)
    else:
        reasons = []
    return Line(status, decisive(status, reasons), possible)


def read_line_of_unknown_series(
    rule: Rule, level: str, person: Person, edition: Edition, facts: Facts
) -> Line:
    """The line for a title whose series the row does not print: decided only where every series would give the same."""
    lines = [
        read_line(rule, level, series, person, edition, facts)
        for series in (*rule.series, OTHER_SERIES)
    ]
    statuses = {line.status for line in lines}
    ways = lines[0].ways
    if statuses == {Status.UNDECIDED}:
        unknown = _once(reason for line in lines for reason in line.reasons)
        return Line(Status.UNDECIDED, tuple(unknown), ways)
    if len(statuses) == 1:
        nearest = min(lines, key=lambda line: len(line.reasons))
        return Line(nearest.status, nearest.reasons, ways)
    reasons = [reason for line in lines for reason in line.reasons if reason.kind != "fails"]
    reasons.append(_series_not_printed(rule, facts))
    return Line(Status.UNDECIDED, decisive(Status.UNDECIDED, reasons), ways)


def nothing_printed(rule: Rule) -> Reason:
    """A rule without alternatives: the notice prints none, or points to a standard that it does not print."""
    if rule.standard is not None:
        return Reason(
            "standard_not_printed",
            "not_stated",
            f"另有标准而未印明：{rule.standard.zh}",
            f"A standard is pointed to and not printed: {rule.standard.english}",
        )
    return Reason("none_stated", "not_stated", rule.name.zh, rule.name.english)


def _walk(way: Alternative, series: str, person: Person, edition: Edition, facts: Facts) -> Way:
    conditions = [
        check_degree(way, person, facts),
        check_years(way.years_of, way.min_years, person, edition, facts),
    ]
    for demand in way.demands:
        if demand.series is None or demand.series == series:
            conditions += check_demand(demand, person, edition, facts)
    return Way(way, all_of(one.status for one in conditions), tuple(conditions))


def _once(reasons: Iterable[Reason]) -> list[Reason]:
    """One reason of a code, the first."""
    found: dict[str, Reason] = {}
    for reason in reasons:
        found.setdefault(reason.code, reason)
    return list(found.values())


def _no_such_degree(ways: Sequence[Way], level: str, facts: Facts) -> Reason:
    """No alternative of this level prints a degree that the person has."""
    degrees = tuple(dict.fromkeys(facts.name(way.alternative.degree) for way in ways))
    name = facts.name(level)
    zh, en = "、".join(one.zh for one in degrees), ", ".join(one.english for one in degrees)
    return replace(
        ways[0].conditions[0],
        zh=f"{name.zh}只印明以下学历学位：{zh}；所具学历学位不在其内",
        en=f"For {name.english} these degrees are printed: {en}; none of those given is among them",
        degrees=degrees,
    )


def _unknown_degree(ways: Sequence[Way], facts: Facts) -> Reason:
    """The degree is not given: any of these would do, with what else is asked."""
    degrees = tuple(dict.fromkeys(facts.name(way.alternative.degree) for way in ways))
    zh, en = "、".join(one.zh for one in degrees), ", ".join(one.english for one in degrees)
    return replace(
        ways[0].conditions[0],
        zh=f"须具备以下之一：{zh}；未给出（degrees）",
        en=f"One of these is asked for: {en}; not given (degrees)",
        degrees=degrees,
    )


def _no_line(level: str, facts: Facts) -> Reason:
    name = facts.name(level)
    return Reason(
        "level_not_in_rule",
        "not_stated",
        f"条件规定未印明{name.zh}一级",
        f"The rule prints no line for the level: {name.english}",
    )


def _series_not_printed(rule: Rule, facts: Facts) -> Reason:
    names = [facts.name(series) for series in rule.series]
    zh, en = "、".join(one.zh for one in names), ", ".join(one.english for one in names)
    return Reason(
        "series_not_printed",
        "not_stated",
        f"该行未印明职称系列；对{zh}系列另有要求，是否适用无法确定",
        f"The row prints no series; there are further demands for the series: {en}; whether they apply is not known",
    )
