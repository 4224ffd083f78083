"""Reads a Turtle file into plain values, for who may not hold pyoxigraph's."""

from __future__ import annotations

from collections.abc import Iterator
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


def parse_turtle(file: Path) -> Iterator[Statement]:
    """The statements of a file.

    Raises:
        OSError, SyntaxError: it cannot be read.
    """
    for quad in ox.parse(path=file, format=ox.RdfFormat.TURTLE):
        literal = isinstance(quad.object, ox.Literal)
        language = quad.object.language if isinstance(quad.object, ox.Literal) else None
        yield Statement(
            _plain(quad.subject), quad.predicate.value, _plain(quad.object), literal, language
        )


def _plain(term: object) -> str:
    if isinstance(term, ox.BlankNode):
        return f"_:{term.value}"
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else str(term)
