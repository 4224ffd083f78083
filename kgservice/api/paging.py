"""A part of the answer to a named question: a total order of its rows, their number, and links from page to page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from starlette.datastructures import QueryParams

from kgservice.questions.clauses import find_parts

MOST_ROWS = 10_000
FARTHEST = 1_000_000_000
# Where the address of a page is longer, only those of its neighbours are told: four of them would fill a header.
LONGEST_FOR_ALL = 2000
TOTAL = "X-Total-Count"
NAMES = ("limit", "offset")

Pairs = Sequence[tuple[str, str]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows are asked for: ``limit`` of them (all where it is ``None``), after the first ``offset``."""

    limit: int | None = None
    offset: int = 0

    def slice(self) -> str:
        """The clauses that go behind the ORDER BY of a query."""
        parts = [f"LIMIT {self.limit}"] if self.limit is not None else []
        parts += [f"OFFSET {self.offset}"] if self.offset else []
        return "\n" + " ".join(parts) if parts else ""

    def part(self, values: Sequence[T]) -> Sequence[T]:
        """Those of these values that are on the page."""
        end = None if self.limit is None else self.offset + self.limit
        return values[self.offset : end]

    def fields(self, path: str, given: QueryParams, total: int) -> dict[str, str]:
        """The header fields of an answer: how many there are, and where these are not all, the links."""
        fields = {TOTAL: str(total)}
        if self.offset or (self.limit is not None and self.limit < total):
            kept = [(name, v) for name, v in given.multi_items() if name not in NAMES]
            fields["Link"] = self.links(path, kept, total)
        return fields

    def links(self, path: str, pairs: Pairs, total: int) -> str:
        """The field ``Link`` (RFC 8288) of this page; ``pairs``: what else the address says, ``total``: rows in all.

        Every ``next`` leads on by one page, so that who follows them meets every row once.
        """
        assert self.limit is not None
        last = self.offset % self.limit
        if total > last:
            last += (total - 1 - last) // self.limit * self.limit
        found = {"first": 0}
        if self.offset:
            found["prev"] = min(max(self.offset - self.limit, 0), last)
        if self.offset + self.limit < total:
            found["next"] = self.offset + self.limit
        found["last"] = last
        common = "".join(f"{_encode(name)}={_encode(value)}&" for name, value in pairs)
        if len(common) > LONGEST_FOR_ALL:
            found = {rel: offset for rel, offset in found.items() if rel in ("prev", "next")}
        return ", ".join(
            f'<{path}?{common}limit={self.limit}&offset={offset}>; rel="{rel}"'
            for rel, offset in found.items()
        )


def _encode(text: str) -> str:
    return quote(text, safe="/:.")


def order_totally(text: str) -> str:
    """The SELECT with every column as a further sort key, so that its rows have one order and pages neither overlap nor
    leave anything out.

    The keys stand behind those of the query and are only looked at where these tie.
    """
    parts = find_parts(text)
    missing = [name for name in parts.projected if name not in parts.ordered]
    # A computed column is of one type, so that it is its own key; Virtuoso takes no function of an aggregate.
    keys = [f"?{name}" for name in missing if name in parts.computed]
    texts = [f'COALESCE(STR(?{name}), "")' for name in missing if name not in parts.computed]
    if texts:  # as one key: Virtuoso takes no more than twenty
        joined = ', " ", '.join(texts)
        keys.append(f"CONCAT({joined})" if texts[1:] else joined)
    word = "" if parts.body_end < parts.end else "\nORDER BY"
    return f"{text[: parts.end]}{word} {' '.join(keys)}" if keys else text[: parts.end]


def count_rows(text: str) -> str:
    """The query for the number of rows of a SELECT."""
    parts = find_parts(text)
    return (
        f"{text[: parts.select]}SELECT (COUNT(*) AS ?total) WHERE {{ {{\n"
        f"{text[parts.select : parts.body_end]}\n}} }}"
    )


def read_total(answer: bytes) -> int:
    """The number in the answer (SPARQL JSON) to :func:`count_rows`."""
    (row,) = json.loads(answer)["results"]["bindings"]
    return int(row["total"]["value"])
