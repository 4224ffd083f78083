"""Reads the terms of an answer in TSV (SPARQL 1.1 Query Results CSV and TSV Formats, 4) or N-Triples, line by line.

Both can be read as far as they have come, which JSON cannot: a page shows the beginning of an answer of any length.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

XSD = "http://www.w3.org/2001/XMLSchema#"
NUMBERS = frozenset(f"{XSD}{name}" for name in ("integer", "decimal", "double", "float"))
_IRI, _BLANK = r"<(?P<iri>[^>]*)>", r"(?P<blank>_:[^\s\t]+)"
_LITERAL = r'"(?P<text>(?:[^"\\]|\\.)*)"(?:@(?P<language>[A-Za-z0-9-]+)|\^\^<(?P<datatype>[^>]*)>)?'
_TERM = re.compile(rf"{_IRI}|{_BLANK}|{_LITERAL}")
_ESCAPE = re.compile(r"\\(?:([tbnrf\"'\\])|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")
_SIGNS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Term:
    """An RDF term; ``value`` is an IRI, the label of a blank node, or the lexical form of a literal."""

    kind: Literal["iri", "blank", "literal"]
    value: str
    language: str | None = None
    datatype: str | None = None

    @property
    def number(self) -> bool:
        """Whether it is a number."""
        return self.datatype in NUMBERS


def read_row(line: str) -> list[Term | None]:
    """The terms of a line of TSV; ``None`` where a variable is unbound."""
    return [read_term(cell) if cell else None for cell in line.split("\t")]


def read_triple(line: str) -> Sequence[Term]:
    """Subject, predicate and object of a line of N-Triples."""
    return [_term(found) for found in _TERM.finditer(line)][:3]


def read_term(cell: str) -> Term:
    """A term as TSV writes it: as Turtle does, numbers and truth values also without quotes."""
    found = _TERM.fullmatch(cell)
    if found is not None:
        return _term(found)
    if cell in ("true", "false"):
        return Term("literal", cell, datatype=f"{XSD}boolean")
    for pattern, name in (
        (r"[+-]?\d+", "integer"),
        (r"[+-]?\d*\.\d+", "decimal"),
        (r"[+-]?(?:\d+\.?\d*|\.\d+)[eE][+-]?\d+", "double"),
    ):
        if re.fullmatch(pattern, cell):
            return Term("literal", cell, datatype=XSD + name)
    return Term("literal", cell)


def _term(found: re.Match[str]) -> Term:
    if found["iri"] is not None:
        return Term("iri", _unescape(found["iri"]))
    if found["blank"] is not None:
        return Term("blank", found["blank"])
    return Term("literal", _unescape(found["text"]), found["language"], found["datatype"])


def _unescape(text: str) -> str:
    return _ESCAPE.sub(_sign, text) if "\\" in text else text


def _sign(found: re.Match[str]) -> str:
    plain, short, long = found.groups()
    if plain:
        return _SIGNS.get(plain, plain)
    number = int(short or long, 16)
    return chr(number) if number <= 0x10FFFF else "\ufffd"
