"""The types of a request's members: each reads what JSON holds, and complains in both languages."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from kgservice.eligibility.values import MOST_YEARS, ValueFault, read_answer, read_day, read_years

NOT_UNDERSTOOD = "not_understood"


def _checked(read: Callable[[Any], Any]) -> PlainValidator:
    """A validator whose complaint is bilingual (see :mod:`kgservice.api.eligibility_route`)."""

    def check(value: Any) -> Any:
        try:
            return read(value)
        except ValueFault as fault:
            raise PydanticCustomError(
                NOT_UNDERSTOOD, "{en}", {"en": fault.en, "zh": fault.zh, "part": fault.part}
            ) from None

    return PlainValidator(check)


def _by_region(read: Callable[[object], Any]) -> Callable[[object], Any]:
    """One value for all regions, or an object of them by the region's code."""

    def read_either(value: object) -> Any:
        if not isinstance(value, Mapping):
            return None if value is None else read(value)
        if len(value) > 100:
            raise ValueFault("names too many regions", "所列地区过多")
        found = {}
        for region, one in value.items():
            try:
                found[str(region)] = read(one)
            except ValueFault as fault:
                raise ValueFault(fault.en, fault.zh, str(region)[:40]) from None
        return {region: one for region, one in found.items() if one is not None}

    return read_either


def _read_discipline(value: object) -> bool | None:
    """The object's answer; a free text says what was studied, not whether it counts as science or engineering."""
    if value is None or isinstance(value, str):
        return None
    if isinstance(value, Mapping) and set(value) <= {"science_or_engineering"}:
        try:
            return read_answer(value.get("science_or_engineering"))
        except ValueFault as fault:
            raise ValueFault(fault.en, fault.zh, "science_or_engineering") from None
    raise ValueFault(
        'must be {"science_or_engineering": true, false or "unknown"}, or a text',
        '应为 {"science_or_engineering": true、false 或 "unknown"}，或一段文字',
    )


_YEARS = {"type": "number", "minimum": 0, "maximum": MOST_YEARS}
_ANSWER = {"anyOf": [{"type": "boolean"}, {"const": "unknown"}, {"type": "null"}]}
_DAY = {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}
Day = Annotated[
    datetime.date | None,
    _checked(lambda value: None if value is None else read_day(value)),
    WithJsonSchema(_DAY),
]
Answer = Annotated[bool | None, _checked(read_answer), WithJsonSchema(_ANSWER)]
AnswerByRegion = Annotated[
    bool | dict[str, bool] | None,
    _checked(_by_region(read_answer)),
    WithJsonSchema(
        {"anyOf": [*_ANSWER["anyOf"], {"type": "object", "additionalProperties": _ANSWER}]}
    ),
]
YearsOrNothing = Annotated[
    Decimal | None,
    _checked(lambda value: None if value is None else read_years(value)),
    WithJsonSchema({"anyOf": [_YEARS, {"type": "null"}]}),
]
YearsByRegion = Annotated[
    Decimal | dict[str, Decimal] | None,
    _checked(_by_region(read_years)),
    WithJsonSchema(
        {"anyOf": [_YEARS, {"type": "object", "additionalProperties": _YEARS}, {"type": "null"}]}
    ),
]
Discipline = Annotated[
    bool | None,
    _checked(_read_discipline),
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "object",
                    "properties": {"science_or_engineering": _ANSWER},
                    "additionalProperties": False,
                },
                {"type": "string"},
                {"type": "null"},
            ]
        }
    ),
]
