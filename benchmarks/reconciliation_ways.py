"""The ways in which a file may have what a row of a directory prints, as queries of the reconciliation service."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from opencc import OpenCC

from kgservice.matching.rows import PrintedRow
from kgservice.reconcile.query import Condition, Query, Value

_traditional = OpenCC("s2t").convert

Ask = Callable[[PrintedRow], Query | None]


def stating(**stated: Sequence[str]) -> tuple[Condition, ...]:
    """What a query states: property → its values, without empty ones."""
    return tuple(
        Condition(name, tuple(Value(text) for text in texts if text))
        for name, texts in stated.items()
        if any(texts)
    )


def _with_issuer(name: str, row: PrintedRow) -> Query | None:
    return Query((name,), conditions=stating(issuer=row.issuers)) if name else None


def _all_columns(row: PrintedRow) -> Query:
    stated = stating(issuer=row.issuers, originalName=[row.original], grade=row.grades)
    return Query((row.name,), conditions=stated)


def _in_traditional(row: PrintedRow) -> Query:
    issuers = [_traditional(text) for text in row.issuers]
    return Query((_traditional(row.name),), conditions=stating(issuer=issuers))


def _with_abbreviation(row: PrintedRow) -> Query | None:
    return Query((row.abbreviations[0] + row.name,)) if row.abbreviations else None


WAYS: Mapping[str, Ask] = {
    "name and issuer": lambda row: _with_issuer(row.name, row),
    "the same in traditional characters": _in_traditional,
    "name, foreign name, issuer, grade": _all_columns,
    "name（foreign name） in one cell, issuer": lambda row: (
        _with_issuer(f"{row.name}（{row.original}）", row) if row.original else None
    ),
    "foreign name and issuer": lambda row: _with_issuer(row.original, row),
    "issuer and name in one cell": lambda row: Query(("".join(row.issuers[:1]) + row.name,)),
    "abbreviation and name in one cell": _with_abbreviation,
    "name alone": lambda row: Query((row.name,)),
}
