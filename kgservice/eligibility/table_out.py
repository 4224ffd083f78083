"""The answers for a table of people, as lines of CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kgservice.eligibility.answer import EditionAnswer, answer_person
from kgservice.eligibility.facts import Facts, Rows
from kgservice.eligibility.reasons import Reason, number, single_failing
from kgservice.eligibility.status import Status
from kgservice.eligibility.table import Asked, LineFault

OUT = [
    "line",
    "id",
    "region",
    "edition",
    "kind",
    "about",
    "level",
    "status",
    "code",
    "single_failing",
    "required",
    "given",
    "missing",
    "zh",
    "en",
    "entry",
    "rule",
    "document",
]


@dataclass(frozen=True, slots=True)
class OutLine:
    """One line of the answer."""

    kind: str
    about: str
    level: str
    status: Status | None
    reasons: tuple[Reason, ...]
    entry: str = ""
    rule: str = ""


def write_line(values: Sequence[object]) -> str:
    """One line of CSV (RFC 4180)."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(values)
    return buffer.getvalue()


def write_fault(line: int, identity: str, fault: LineFault) -> str:
    """A faulty line, as a line of the answer: ``about`` is the column, ``zh`` and ``en`` are why."""
    where_zh, where_en = f"第 {line} 行：", f"line {line}: "
    values = dict.fromkeys(OUT, "") | {
        "line": line,
        "id": identity,
        "kind": "error",
        "about": fault.column,
        "zh": where_zh + fault.zh,
        "en": where_en + fault.en,
    }
    return write_line([values[name] for name in OUT])


def write_person(line: int, asked: Asked, facts: Facts, rows: Rows) -> Iterator[str]:
    """The answer for one person, line by line. ``rows``: of every certificate that is held."""
    identity = asked.identity
    for region in answer_person(asked.person, facts, rows, asked.regions):
        for edition in region.editions:
            for one in _lines(edition):
                yield _write(line, identity, region.region.id, edition, one)
        if not region.editions:
            one = OutLine("region", "", "", Status.UNDECIDED, region.reasons)
            yield _write(line, identity, region.region.id, None, one)


def _lines(answer: EditionAnswer) -> Iterator[OutLine]:
    if answer.reasons:
        yield OutLine("edition", "", "", Status.UNDECIDED, answer.reasons)
    for title in answer.titles:
        row, levels = title.claim.row, ";".join(one.level for one in title.grants)
        rule = title.rule.name.id if title.rule else ""
        reasons = title.reasons or title.subject_to
        yield OutLine("title", row.certificate, levels, title.status, reasons, row.entry, rule)
    for level in answer.levels:
        entries = ";".join(dict.fromkeys(one.claim.row.entry for one in level.footings))
        reasons = level.reasons or level.subject_to
        about = level.series or ";".join(f"!{one}" for one in level.other_than)
        rule = level.rule.name.id
        yield OutLine(
            level.rule.step, about, level.level or "", level.status, reasons, entries, rule
        )
    for tier in answer.benefits:
        entries = ";".join(dict.fromkeys(one.claim.row.entry for one in tier.footings))
        yield OutLine("tier", tier.tier.name.id, "", tier.status, tier.reasons, entries)
        for benefit in tier.benefits:
            name = benefit.benefit.name.id
            yield OutLine("benefit", name, "", benefit.status, benefit.reasons, entries)
    for one in answer.not_listed:
        yield OutLine("not_listed", one.certificate.id, "", Status.UNDECIDED, (one.reason,))


def _write(
    line: int, identity: str, region: str, answer: EditionAnswer | None, one: OutLine
) -> str:
    single = single_failing(one.status, one.reasons) if one.status else None
    failing = next((reason for reason in one.reasons if reason.code == single), None)
    numbers = (failing.required, failing.given, failing.missing) if failing else (None,) * 3
    return write_line(
        [
            line,
            identity,
            region,
            answer.edition.name.id if answer else "",
            one.kind,
            one.about,
            one.level,
            one.status or "",
            ";".join(dict.fromkeys(reason.code for reason in one.reasons)),
            single or "",
            *("" if value is None else number(Decimal(value)) for value in numbers),
            "；".join(reason.zh for reason in one.reasons),
            "; ".join(reason.en for reason in one.reasons),
            one.entry,
            one.rule,
            (answer.edition.document or "") if answer else "",
        ]
    )
