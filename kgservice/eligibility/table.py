"""Many people as a table: one line of CSV becomes a person, or a fault with its column."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kgservice.eligibility.facts import Facts
from kgservice.eligibility.person import Held, Person, Regional, RegionalAnswer
from kgservice.eligibility.values import (
    MOST_CERTIFICATES,
    NO_DEGREE,
    UnknownCertificate,
    ValueFault,
    find_by_name,
    find_certificate,
    read_cell_answer,
    read_cell_years,
    read_day,
    read_degree,
    read_region,
    split_cell,
    split_regions,
)

# The columns that may be given, with their Chinese names; only the first is a must.
COLUMNS = {
    "certificates": "证书",
    "id": "编号",
    "held_since": "持证日期",
    "degrees": "学历学位",
    "science_or_engineering": "理工科",
    "years_of_work": "工作年限",
    "years_in_region": "本地工作年限",
    "foreign": "外籍",
    "hong_kong_macao_taiwan": "港澳台",
    "local_household": "本地户籍",
    "overseas_link": "境外经历",
    "on": "日期",
    "regions": "地区",
}
LONGEST_LINE = 65_536


class LineFault(Exception):
    """A line cannot be read: in which column, if it is one, and why."""

    def __init__(self, column: str, en: str, zh: str) -> None:
        super().__init__(en)
        self.column, self.en, self.zh = column, en, zh


@dataclass(frozen=True, slots=True)
class Asked:
    """What a line asks: about whom, under which ``id`` of the table, and for which regions (paths; none: every one)."""

    identity: str
    person: Person
    regions: Sequence[str] | None


def read_header(text: str) -> list[str]:
    """The columns of a table, by their English names.

    Raises:
        LineFault: a column is unknown, given twice, or missing.
    """
    chinese = {zh: en for en, zh in COLUMNS.items()}
    names = [chinese.get(cell.strip(), cell.strip().casefold()) for cell in split_line(text)]
    listed = ", ".join(f"{en} ({zh})" for en, zh in COLUMNS.items())
    for name in names:
        shown = name[:40]
        if name not in COLUMNS:
            raise LineFault(
                shown or "header",
                f"'{shown}' is no column of this table. The header (line 1) may have: {listed}",
                f"“{shown}”不是此表的列。表头（第 1 行）可用：{listed}",
            )
        if names.count(name) > 1:
            raise LineFault(name, f"column '{name}' is given twice", f"列“{name}”重复")
    if "certificates" not in names:
        raise LineFault(
            "certificates",
            f"the column 'certificates' is missing. The header (line 1) may have: {listed}",
            f"缺少列“certificates（证书）”。表头（第 1 行）可用：{listed}",
        )
    return names


def split_line(text: str) -> list[str]:
    """The cells of one line. A line break inside a cell is not taken, so that a stray quote spoils one line only.

    Raises:
        LineFault: the quotes do not match.
    """
    try:
        rows = list(csv.reader([text], strict=True))
    except csv.Error:
        raise LineFault(
            "",
            "the quotation marks do not match, or a cell holds a line break",
            "引号不配对，或单元格内有换行",
        ) from None
    return rows[0] if rows else []


def read_line(
    text: str, columns: Sequence[str], facts: Facts, shorten: Callable[[str], str], day: date
) -> Asked:
    """What a line asks; ``day`` stands in for a missing ``on``.

    Raises:
        LineFault: the line cannot be read.
    """
    cells = split_line(text)
    if len(cells) != len(columns):
        raise LineFault(
            "",
            f"the line has {len(cells)} cells, the header has {len(columns)}",
            f"该行有 {len(cells)} 个单元格，而表头有 {len(columns)} 个",
        )
    given = dict(zip(columns, cells, strict=True))

    def read(column: str, how: Callable[[str], Any]) -> Any:
        try:
            return how(given.get(column, ""))
        except ValueFault as fault:
            raise LineFault(column, f"{column}: {fault.en}", f"{column}：{fault.zh}") from None

    certificates = read("certificates", lambda text: _certificates(text, facts, shorten))
    since = read("held_since", lambda text: _days(text, len(certificates)))
    held = tuple(
        Held(path, begun, place)
        for place, (path, begun) in enumerate(zip(certificates, since, strict=True))
    )
    person = Person(
        on=read("on", lambda text: read_day(text) if text.strip() else day),
        held=held,
        degrees=read("degrees", lambda text: _degrees(text, facts)),
        science_or_engineering=read("science_or_engineering", read_cell_answer),
        years_of_work=read("years_of_work", read_cell_years),
        years_in_region=read("years_in_region", lambda text: _years(text, facts)),
        foreign=read("foreign", read_cell_answer),
        hong_kong_macao_taiwan=read("hong_kong_macao_taiwan", read_cell_answer),
        local_household=read("local_household", lambda text: _answers(text, facts)),
        overseas_link=read("overseas_link", read_cell_answer),
    )
    return Asked(given.get("id", ""), person, read("regions", lambda text: _regions(text, facts)))


def _certificates(text: str, facts: Facts, shorten: Callable[[str], str]) -> list[str]:
    parts = split_cell(text)
    if len(parts) > MOST_CERTIFICATES:
        raise ValueFault(
            f"names {len(parts)} certificates, and {MOST_CERTIFICATES} at most can be given for one person. "
            "Leave out those that do not matter, or write several lines",
            f"列出了 {len(parts)} 种证书，每人最多 {MOST_CERTIFICATES} 种。请删去无关的，或分成几行",
        )
    found: dict[str, None] = {}
    for part in parts:
        try:
            path = find_certificate(shorten(part), facts)
        except UnknownCertificate:
            path = find_by_name(part, facts)
        if path in found:
            raise ValueFault(f"{path} is given twice", f"{path} 重复")
        found[path] = None
    return list(found)


def _regions(text: str, facts: Facts) -> Sequence[str] | None:
    codes = {read_region(part, facts) for part in dict.fromkeys(split_cell(text))}
    return [facts.codes[code] for code in sorted(codes)] if codes else None


def _days(text: str, count: int) -> list[date | None]:
    parts = split_cell(text)
    if not parts:
        return [None] * count
    if len(parts) != count:
        raise ValueFault(
            f"{len(parts)} days for {count} certificates; give one for each, empty where unknown",
            f"{count} 种证书却有 {len(parts)} 个日期；请逐一对应，未知的留空",
        )
    return [read_day(part) if part else None for part in parts]


def _degrees(text: str, facts: Facts) -> frozenset[str] | None:
    parts = split_cell(text)
    if parts == [NO_DEGREE]:
        return frozenset()
    return frozenset(read_degree(part, facts) for part in set(parts)) if parts else None


def _years(text: str, facts: Facts) -> Regional:
    parts = split_regions(text, facts)
    if isinstance(parts, str):
        return read_cell_years(parts)
    read = {code: read_cell_years(value) for code, value in parts.items()}
    return {code: value for code, value in read.items() if value is not None}


def _answers(text: str, facts: Facts) -> RegionalAnswer:
    parts = split_regions(text, facts)
    if isinstance(parts, str):
        return read_cell_answer(parts)
    read = {code: read_cell_answer(value) for code, value in parts.items()}
    return {code: value for code, value in read.items() if value is not None}
