"""Recognition lines: what each row gives for a certificate held, and whether a rule stands before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kgservice.eligibility.conditions import check_holding, check_in_force, check_member
from kgservice.eligibility.facts import Edition, Facts, Grant, Row, Rule
from kgservice.eligibility.person import Held, Person
from kgservice.eligibility.reasons import Reason, decisive
from kgservice.eligibility.rules import (
    Line,
    nothing_printed,
    read_line,
    read_line_of_unknown_series,
)
from kgservice.eligibility.status import Status, all_of

# Effects that say how a title comes about; the others say what it is good for.
STEPS = ("RecognitionOnRecord", "RecognitionByComparison", "Correspondence", "DirectAssessment")


@dataclass(frozen=True, slots=True)
class Claim:
    """A row for a certificate that the person holds."""

    row: Row
    held: Held


@dataclass(frozen=True, slots=True)
class TitleLine:
    """One title, or level without a printed title, by one row. ``grants`` are several only where the row cannot be read."""

    claim: Claim
    grants: tuple[Grant, ...]
    rule: Rule | None
    status: Status
    reasons: tuple[Reason, ...]
    subject_to: tuple[Reason, ...]
    line: Line | None


def check_claim(claim: Claim, person: Person, edition: Edition, facts: Facts) -> list[Reason]:
    """What stands between a certificate and its row, whatever the row gives."""
    return [
        *check_in_force(edition, person),
        *check_member(claim.row, claim.held, facts),
        *check_holding(claim.row, claim.held, person),
    ]


def read_titles(
    claims: Sequence[Claim], person: Person, edition: Edition, facts: Facts
) -> list[TitleLine]:
    """A line for each level that a row gives; one line for a row whose levels cannot be told apart."""
    lines = []
    for claim in claims:
        grants = claim.row.grants
        if not claim.row.readable:
            lines.append(_title_line(claim, grants, person, edition, facts))
        else:
            lines += [_title_line(claim, (one,), person, edition, facts) for one in grants]
    return lines


def _title_line(
    claim: Claim, grants: tuple[Grant, ...], person: Person, edition: Edition, facts: Facts
) -> TitleLine:
    reasons = check_claim(claim, person, edition, facts)
    statuses = [one.status for one in reasons]
    rule = next(
        (one for one in facts.rules.get(edition.name.id, ()) if one.name.id == claim.row.rule), None
    )
    line = None
    if len(grants) > 1:
        reasons.append(_levels_not_told_apart(grants, facts))
        statuses.append(Status.UNDECIDED)
    elif rule is not None:
        line = _rule_line(rule, grants[0], person, edition, facts)
        reasons += line.reasons
        statuses.append(line.status)
    status = all_of(statuses)
    return TitleLine(
        claim=claim,
        grants=grants,
        rule=rule,
        status=status,
        reasons=decisive(status, reasons),
        subject_to=tuple(_subject_to(claim.row, rule, edition, facts)),
        line=line,
    )


def _rule_line(rule: Rule, grant: Grant, person: Person, edition: Edition, facts: Facts) -> Line:
    if grant.series is None and rule.series:
        return read_line_of_unknown_series(rule, grant.level, person, edition, facts)
    return read_line(rule, grant.level, grant.series or "", person, edition, facts)


def _levels_not_told_apart(grants: Sequence[Grant], facts: Facts) -> Reason:
    names = [facts.name(one.title or one.level) for one in grants]
    zh, en = "、".join(one.zh for one in names), ", ".join(one.english for one in names)
    return Reason(
        "outcome_not_stated",
        "not_stated",
        f"该行印有多个层级（{zh}），未印明何种等级对应哪一层级",
        f"The row prints several levels ({en}) and does not say which grade gets which",
    )


def _subject_to(row: Row, rule: Rule | None, edition: Edition, facts: Facts) -> list[Reason]:
    """What an open line is still subject to, or must be read with."""
    notes = [
        Reason(
            "procedure",
            "subject_to",
            f"经该版本的程序：{facts.name(effect).zh}",
            f"By the procedure of the edition: {facts.name(effect).english}",
        )
        for effect in STEPS
        if effect in row.effects
    ]
    if row.mode == "CeilingLevel":
        notes.append(
            Reason(
                "ceiling",
                "subject_to",
                "所印为可对应的最高职称，实际可能较低",
                "The title printed is the highest that may correspond; a lower one may be given",
            )
        )
    if rule is None:
        notes.append(_no_rule(edition, facts))
    if row.basis == "covered":
        notes.append(
            Reason(
                "derived",
                "subject_to",
                "该行未直接列出此证书，由所列证书族或“及以上”推出",
                "The row does not list this certificate itself; it follows from a listed family or from “and above”",
            )
        )
    if not row.certain:
        notes.append(
            Reason(
                "reading_uncertain",
                "subject_to",
                "该行的读法存疑",
                "Two careful readers of the row could differ",
            )
        )
    return notes


def _no_rule(edition: Edition, facts: Facts) -> Reason:
    """No rule stands before the recognition: none is printed, or the one printed is about another step."""
    for rule in facts.rules.get(edition.name.id, ()):
        if rule.none_stated:
            stated = nothing_printed(rule)
            return Reason(stated.code, "subject_to", stated.zh, stated.en)
    return Reason(
        "no_degree_or_years_asked",
        "subject_to",
        "该认定未要求学历或年限",
        "No degree and no years are asked for this recognition",
    )
