"""Why a line is open, not open or undecided: a stable code, numbers where there are any, and a sentence in zh and en."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from kgservice.eligibility.facts import Named, Text
from kgservice.eligibility.status import Status

Kind = Literal["met", "fails", "data_missing", "not_stated", "subject_to"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. ``parameter`` names the datum of the person that it is about; numbers are years."""

    code: str
    kind: Kind
    zh: str
    en: str
    parameter: str | None = None
    required: Decimal | None = None
    given: Decimal | None = None
    missing: Decimal | None = None
    met_from: date | None = None
    degrees: tuple[Named, ...] = ()

    @property
    def status(self) -> Status:
        """What this reason alone makes of a line."""
        if self.kind == "fails":
            return Status.NOT_OPEN
        return Status.UNDECIDED if self.kind in ("data_missing", "not_stated") else Status.OPEN


def number(years: Decimal) -> str:
    """Years as they are written: 4, or 4.5."""
    return f"{years.normalize():f}"


def years(count: Decimal) -> str:
    """``4 years`` or ``1 year``."""
    return f"{number(count)} year{'' if count == 1 else 's'}"


def compare_years(
    code: str,
    of_zh: str,
    of_en: str,
    required: int,
    given: Decimal | None,
    parameter: str,
    met_from: date | None = None,
) -> Reason:
    """Years of something against the years that are asked for."""
    asked = Decimal(required)
    if required == 0:
        return Reason(code, "met", f"{of_zh}不要求年限", f"No years of {of_en} are asked for")
    if given is None:
        return Reason(
            code,
            "data_missing",
            f"{of_zh}须满{required}年；未给出（{parameter}）",
            f"{years(asked)} of {of_en} are asked for; not given ({parameter})",
            parameter,
            asked,
        )
    if given >= asked:
        return Reason(
            code,
            "met",
            f"{of_zh}须满{required}年；现有{number(given)}年，已满足",
            f"{years(asked)} of {of_en} are asked for; {years(given)} given: met",
            parameter,
            asked,
            given,
        )
    missing = asked - given
    return Reason(
        code,
        "fails",
        f"{of_zh}须满{required}年；现有{number(given)}年，差{number(missing)}年",
        f"{years(asked)} of {of_en} are asked for; {years(given)} given, {years(missing)} short",
        parameter,
        asked,
        given,
        missing,
        met_from,
    )


def answer_of(code: str, demand: Text, given: bool | None, parameter: str) -> Reason:
    """A demand that the person meets or not, by their own word."""
    if given is None:
        zh, en = (
            f"须具备：{demand.zh}；未给出（{parameter}）",
            f"Asked for: {demand.english}; not given ({parameter})",
        )
        return Reason(code, "data_missing", zh, en, parameter)
    if given:
        zh, en = f"须具备：{demand.zh}；已满足", f"Asked for: {demand.english}: met"
        return Reason(code, "met", zh, en, parameter)
    zh, en = f"须具备：{demand.zh}；不满足", f"Asked for: {demand.english}: not met"
    return Reason(code, "fails", zh, en, parameter)


def decisive(status: Status, reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The reasons that speak for a status, each once: what fails first, then what is not known.

    A line that is undecided fails nothing, one that is open lacks nothing.
    """
    wanted: tuple[Kind, ...] = ()
    if status is Status.NOT_OPEN:
        wanted = ("fails", "data_missing", "not_stated")
    elif status is Status.UNDECIDED:
        wanted = ("data_missing", "not_stated")
    found: dict[tuple[Kind, str, str], Reason] = {}
    given = tuple(reasons)
    for kind in wanted:
        for reason in given:
            if reason.kind == kind:
                found.setdefault((kind, reason.code, reason.zh), reason)
    return tuple(found.values())


def single_failing(status: Status, reasons: Iterable[Reason]) -> str | None:
    """The code of the one condition that fails, where it is one."""
    failing = [reason.code for reason in reasons if reason.kind == "fails"]
    return failing[0] if status is Status.NOT_OPEN and len(failing) == 1 else None
