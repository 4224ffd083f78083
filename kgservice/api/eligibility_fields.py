"""The types of a request's members: each reads what JSON holds, and complains in both languages."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from kgservice.api.paging import FARTHEST
from kgservice.eligibility.values import MOST_YEARS, ValueFault, read_answer, read_day, read_years

NOT_UNDERSTOOD = "not_understood"
# More than there are provinces and cities; with counties there may be more, about whom nobody asks at once.
MOST_REGIONS = 1_000
MOST_ON_PAGE = 100


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
        if len(value) > MOST_REGIONS:
            raise ValueFault(
                f"names {len(value)} regions, and {MOST_REGIONS} at most can be named. Give one value for every region, "
                "or name only those that you ask about",
                f"列出了 {len(value)} 个地区，最多可列 {MOST_REGIONS} 个。请给出一个适用于各地的值，或只列所问的地区",
            )
        found = {}
        for region, one in value.items():
            try:
                found[str(region)] = read(one)
            except ValueFault as fault:
                raise ValueFault(fault.en, fault.zh, str(region)[:40]) from None
        return {region: one for region, one in found.items() if one is not None}

    return read_either


def _read_codes(value: object) -> list[str]:
    """Codes of regions; nothing is no choice."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueFault(
            'must be an array of the codes of regions, for example ["310000", "500000"]',
            '应为地区代码的数组，例如 ["310000", "500000"]',
        )
    if len(value) > MOST_REGIONS:
        raise ValueFault(
            f"names {len(value)} regions, and {MOST_REGIONS} at most can be named. Leave it out for every region",
            f"列出了 {len(value)} 个地区，最多可列 {MOST_REGIONS} 个。要全部地区，请不填此项",
        )
    return value


def _read_number(least: int, most: int, en: str, zh: str) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueFault(
                f"must be a whole number from {least} to {most}. {en}",
                f"应为 {least} 至 {most} 的整数。{zh}",
            )
        return value

    return read


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
Codes = Annotated[
    list[str],
    _checked(_read_codes),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": {"type": "string"}, "maxItems": MOST_REGIONS},
                {"type": "null"},
            ]
        }
    ),
]
Limit = Annotated[
    int,
    _checked(
        _read_number(
            1,
            MOST_ON_PAGE,
            "For more regions ask again with 'offset', or name those that count in 'regions'",
            "需要更多地区时，请用 offset 分次查询，或用 regions 指明地区",
        )
    ),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_ON_PAGE}),
]
Offset = Annotated[
    int,
    _checked(
        _read_number(
            0,
            FARTHEST,
            "It is the number of regions that are passed over; 'total' says how many there are",
            "它是跳过的地区数；总数见 total",
        )
    ),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": FARTHEST}),
]
