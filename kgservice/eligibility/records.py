"""Rows of a named question as records, and what is taken from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from kgservice.eligibility.facts import Named, Text

Value = str | int | bool
Record = Mapping[str, Value]


def text_of(record: Record, key: str) -> str:
    """A value that must be there, as text."""
    return str(record[key])


def text_or_none(record: Record, key: str) -> str | None:
    """A value as text; None where it is unbound."""
    return str(record[key]) if key in record else None


def number_of(record: Record, key: str) -> int | None:
    """A whole number; None where it is unbound."""
    return int(record[key]) if key in record else None


def day_of(record: Record, key: str) -> date | None:
    """A day; None where it is unbound."""
    return date.fromisoformat(str(record[key])) if key in record else None


def named(record: Record, key: str) -> Named:
    """The thing in a column, with the labels of the record."""
    return Named(text_of(record, key), text_of(record, "nameZh"), text_or_none(record, "nameEn"))


def sentence(record: Record, key: str) -> Text | None:
    """A text of a notice in both languages; None where it has none."""
    return (
        Text(text_of(record, f"{key}Zh"), text_or_none(record, f"{key}En"))
        if f"{key}Zh" in record
        else None
    )


def group(records: Iterable[Record], *keys: str) -> dict[tuple[Value | None, ...], list[Record]]:
    """The records that agree in these columns, in their order."""
    groups: dict[tuple[Value | None, ...], list[Record]] = defaultdict(list)
    for record in records:
        groups[tuple(record.get(key) for key in keys)].append(record)
    return groups


def distinct(records: Iterable[Record], key: str) -> tuple[str, ...]:
    """The values of a column, each once."""
    return tuple(dict.fromkeys(text_of(one, key) for one in records if key in one))
