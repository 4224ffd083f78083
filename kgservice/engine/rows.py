"""Counts the rows of an answer in its bytes, while the engine writes it; runs in the worker.

pyoxigraph writes an answer without handing its rows over one by one, and fetching them one by one would cost more than
making them. So the rows are counted in the text, each format by the one sign that is a row and can be nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Protocol, TypeVar

Row = TypeVar("Row")


class TooManyRows(Exception):
    """The answer has more rows than it may."""


class Counter(Protocol):
    """Counts rows in a text that comes in parts."""

    def count(self, part: bytes) -> int:
        """How many rows begin (or end) in the next part."""
        ...


class Lines:
    """One line, one row: N-Triples and N-Quads; TSV has a header too. Line ends in values are written as ``\\n``."""

    def __init__(self, headers: int = 0) -> None:
        self._headers = headers

    def count(self, part: bytes) -> int:
        found = part.count(b"\n")
        headers = min(found, self._headers)
        self._headers -= headers
        return found - headers


class CsvLines(Lines):
    """As :class:`Lines`, but a line end between quotes belongs to a value (RFC 4180; quotes in values are doubled)."""

    def __init__(self) -> None:
        super().__init__(headers=1)
        self._quoted = False

    def count(self, part: bytes) -> int:
        pieces = part.split(b'"')
        outside = pieces[1::2] if self._quoted else pieces[::2]
        self._quoted ^= len(pieces) % 2 == 0
        return super().count(b"".join(outside))


class XmlResults:
    """The start tags ``<result>``: in values, ``<`` is written ``&lt;``."""

    _TAG = b"<result>"

    def __init__(self) -> None:
        self._tail = b""

    def count(self, part: bytes) -> int:
        text = self._tail + part
        self._tail = text[1 - len(self._TAG) :]
        return text.count(self._TAG)


class JsonBindings:
    """The objects in the one array of objects: outside of strings, only there ``[`` or ``,`` stands before ``{``."""

    _OTHERS = bytes(set(range(256)) - set(b'",{['))

    def __init__(self) -> None:
        self._tail = b""
        self._in_string = False
        self._before = b""

    def count(self, part: bytes) -> int:
        text = self._tail + part
        backslashes = len(text) - len(text.rstrip(b"\\"))
        keep = len(text) - backslashes % 2  # not between a backslash and what it escapes
        text, self._tail = text[:keep], text[keep:]
        signs = text.replace(rb"\\", b"").replace(rb"\"", b"").translate(None, self._OTHERS)
        # Nearly all strings are two quotes now. Two of them taken out leave the others inside or outside as they were.
        pieces = signs.replace(b'""', b".").split(b'"')
        outside = pieces[1::2] if self._in_string else [self._before + pieces[0], *pieces[2::2]]
        self._in_string ^= len(pieces) % 2 == 0
        self._before = b"" if self._in_string or not outside else outside[-1][-1:]
        found = b'"'.join(outside)
        return found.count(b",{") + found.count(b"[{")


COUNTERS: dict[str, type[Counter]] = {
    "json": JsonBindings,
    "xml": XmlResults,
    "csv": CsvLines,
    "ntriples": Lines,
    "nquads": Lines,
}


def counter_of(form: str) -> Counter | None:
    """The counter for a format; ``None`` for one whose text does not show its rows."""
    if form == "tsv":
        return Lines(headers=1)
    return COUNTERS[form]() if form in COUNTERS else None


class BoundedOutput:
    """Hands on what is written, up to a number of rows."""

    def __init__(self, output: Any, counter: Counter, most: int) -> None:
        self._output = output
        self._counter = counter
        self._left = most

    def write(self, data: bytes) -> int:
        """Takes bytes of the answer. Raises :class:`TooManyRows` before the row too many is handed on."""
        self._left -= self._counter.count(data)
        if self._left < 0:
            raise TooManyRows
        written: int = self._output.write(data)
        return written

    def flush(self) -> None:
        """Nothing: the output flushes by itself."""


def bounded(rows: Iterator[Row], most: int) -> Iterator[Row]:
    """The rows, up to a number. Raises :class:`TooManyRows` at the row too many."""
    yield from islice(rows, most)
    for _ in rows:
        raise TooManyRows
