"""Reads single values that a person gives: JSON members and CSV cells alike, full width or half width."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_FLOOR, Decimal, InvalidOperation

from kgservice.eligibility.facts import Facts
from kgservice.eligibility.loading import normalise

FIRST_YEAR, LAST_YEAR = 1900, 2200
MOST_YEARS = 100
MOST_CERTIFICATES = 50  # of one person
MOST_NAMED = 20  # regions in one sentence
NO_DEGREE = "none"
_YES = {"true", "yes", "y", "是", "有"}
_NO = {"false", "no", "n", "否", "无"}
_UNKNOWN = {"", "unknown", "未知", "不详"}


class ValueFault(Exception):
    """A value cannot be taken: why and what to do, in English and Chinese. ``part`` says where inside the value."""

    def __init__(self, en: str, zh: str, part: str = "") -> None:
        super().__init__(en)
        self.en, self.zh, self.part = en, zh, part


class UnknownCertificate(ValueFault):
    """No certificate has this id, or this name."""

    def __init__(self, value: str) -> None:
        shown = value[:80]
        super().__init__(
            f"there is no certificate '{shown}'. Look for the right one at /api/search",
            f"没有证书“{shown}”。请在 /api/search 查找",
        )
        self.value = value


def read_day(value: object) -> date:
    """A day, ``YYYY-MM-DD``."""
    text = unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else ""
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        day = date.fromisoformat(text)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError
    except ValueError:
        raise ValueFault(
            f"must be a day, YYYY-MM-DD, from {FIRST_YEAR} to {LAST_YEAR}",
            f"应为日期（YYYY-MM-DD），{FIRST_YEAR} 年至 {LAST_YEAR} 年",
        ) from None
    return day


def read_years(value: object) -> Decimal:
    """A number of years from 0 to 100; hundredths count, what is finer is cut off."""
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise InvalidOperation
        years = Decimal(str(value))
        if not 0 <= years <= MOST_YEARS:
            raise InvalidOperation
    except InvalidOperation:
        raise ValueFault(
            f"must be a number of years from 0 to {MOST_YEARS}",
            f"应为 0 至 {MOST_YEARS} 的年数",
        ) from None
    return years.quantize(Decimal("0.01"), ROUND_FLOOR)


def read_answer(value: object) -> bool | None:
    """true, false, or unknown (also null)."""
    if value is None or isinstance(value, bool):
        return value
    if value == "unknown":
        return None
    raise ValueFault('must be true, false or "unknown"', '应为 true、false 或 "unknown"')


def read_region(key: str, facts: Facts) -> str:
    """The code of a region that has a directory: ``310000`` or ``region/310000``."""
    code = unicodedata.normalize("NFKC", key).strip().removeprefix("region/")
    if code not in facts.codes:
        listed = ", ".join(list(facts.codes)[:MOST_NAMED])
        more = len(facts.codes) - MOST_NAMED
        raise ValueFault(
            f"'{key[:40]}' is no region with a directory. There are: {listed}"
            + (f" and {more} more; all are listed at /api/queries/directories" if more > 0 else ""),
            f"“{key[:40]}”不是设有目录的地区。现有：{listed}"
            + (f" 等，另有 {more} 个；全部见 /api/queries/directories" if more > 0 else ""),
            key[:40],
        )
    return code


def read_degree(value: str, facts: Facts) -> str:
    """The path of a degree: by its code (``bachelor``), its path, or its name (``学士学位``)."""
    text = unicodedata.normalize("NFKC", value).strip()
    for degree in facts.degrees:
        name = facts.name(degree)
        spellings = {degree, degree.rpartition("/")[2], name.zh, name.en}
        if text in spellings:
            return degree
    listed = ", ".join(degree.rpartition("/")[2] for degree in facts.degrees)
    raise ValueFault(
        f"'{value[:40]}' is no degree that a notice prints. There are: {listed}",
        f"“{value[:40]}”不是通知印明的学历学位。现有：{listed}",
    )


def find_certificate(identity: str, facts: Facts) -> str:
    """The certificate (or family) with this id: ``c00085``, ``certificate/c00085`` or its IRI's path."""
    text = unicodedata.normalize("NFKC", identity).strip()
    for path in (text, f"certificate/{text}", f"family/{text}"):
        if path in facts.certificates:
            return path
    raise UnknownCertificate(identity)


def find_by_name(name: str, facts: Facts) -> str:
    """The one certificate known under exactly this name; several are told, and none is picked."""
    found = facts.by_name.get(normalise(name), ())
    if not found:
        raise UnknownCertificate(name)
    if len(found) > 1:
        listed = ", ".join(one.rpartition("/")[2] for one in found[:12])
        raise ValueFault(
            f"'{name[:80]}' is the name of {len(found)} certificates. Give the id of one: {listed}",
            f"“{name[:80]}”是 {len(found)} 种证书的名称。请给出其中一个标识：{listed}",
        )
    return found[0]


# -- cells of a table, where everything is text


def read_cell_years(text: str) -> Decimal | None:
    """``6``, ``4.5``, full width too; nothing is unknown."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.casefold() in _UNKNOWN:
        return None
    if not re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{1,9})?", plain):
        return read_years(None)
    return read_years(Decimal(plain))


def read_cell_answer(text: str) -> bool | None:
    """true, yes, 是; false, no, 否; nothing, unknown or 未知."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    if plain in _UNKNOWN:
        return None
    if plain in _YES or plain in _NO:
        return plain in _YES
    raise ValueFault(
        "must be true (是), false (否) or unknown (未知)",
        "应为 true（是）、false（否）或 unknown（未知）",
    )


def split_cell(text: str) -> list[str]:
    """Several values in a cell, ``;`` between them (also in full width)."""
    plain = unicodedata.normalize("NFKC", text)
    return [part.strip() for part in plain.split(";")] if plain.strip() else []


def split_regions(text: str, facts: Facts) -> str | Mapping[str, str]:
    """One value for all regions, or ``310000=1;500000=0``."""
    parts = split_cell(text)
    if len(parts) <= 1 and "=" not in text and "＝" not in text:
        return text
    found: dict[str, str] = {}
    for part in parts:
        region, sign, value = part.partition("=")
        code = read_region(region, facts)
        if not sign or code in found:
            raise ValueFault(
                "must be one value, or a list like 310000=1;500000=0",
                "应为一个值，或形如 310000=1;500000=0 的列表",
            )
        found[code] = value
    return found
