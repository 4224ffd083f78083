"""Reads Turtle files into plain values, for who may not hold pyoxigraph's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox


class Statement(NamedTuple):
    """A triple: IRIs as they are, blank nodes as ``_:label``, literals as their text with their ``language``."""

    subject: str
    predicate: str
    object: str
    literal: bool
    language: str | None


def parse_turtle(files: Iterable[Path], base: tuple[str, str] = ("", "")) -> Iterator[Statement]:
    """The statements of the files. ``base``: a text in them, and what stands for it; blank nodes stay apart.

    Raises:
        OSError, SyntaxError: a file cannot be read.
    """
    for number, file in enumerate(files):
        text = file.read_text("utf-8").replace(*base) if base[0] else file.read_text("utf-8")
        for quad in ox.parse(text, format=ox.RdfFormat.TURTLE):
            literal = isinstance(quad.object, ox.Literal)
            language = quad.object.language if isinstance(quad.object, ox.Literal) else None
            yield Statement(
                _plain(quad.subject, number),
                quad.predicate.value,
                _plain(quad.object, number),
                literal,
                language,
            )


def _plain(term: object, file: int) -> str:
    if isinstance(term, ox.BlankNode):
        return f"_:{file}-{term.value}"
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else str(term)
