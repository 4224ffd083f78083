"""Writes what SQLite's FTS5 is asked. Every token stands in quotes, so that nothing in a query is an operator.

Tokens come from :mod:`kgservice.search.normalize` and hold letters and digits only; a quote cannot be among them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from kgservice.search.normalize import is_sign
from kgservice.search.writing import ANY, FOREIGN, language_facets, type_facet

# A word of a query: its spellings (any will do), each its tokens in order.
Piece = Sequence[Sequence[str]]
_SHORTEST_START = 2  # one letter begins too many words to mean one


def phrase(tokens: Sequence[str], *, open_end: bool = False) -> str:
    """The tokens one after the other; ``open_end`` lets the last word go on."""
    text = '"' + " ".join(tokens) + '"'
    last = tokens[-1]
    return f"{text} *" if open_end and not is_sign(last) and len(last) >= _SHORTEST_START else text


def start(tokens: Sequence[str]) -> str:
    """The tokens at the beginning of a name."""
    return "^ " + phrase(tokens, open_end=True)


def either(expressions: Iterable[str]) -> str:
    """One of the expressions."""
    return "(" + " OR ".join(expressions) + ")"


def everywhere(pieces: Sequence[Piece], *, open_end: bool = False) -> str:
    """Every piece, in one of its spellings, in any order; ``open_end`` lets the last word go on."""
    parts = [
        either(phrase(spelling, open_end=open_end and number == len(pieces)) for spelling in piece)
        for number, piece in enumerate(pieces, start=1)
    ]
    return "(" + " AND ".join(dict.fromkeys(parts)) + ")"


def restrict(expression: str, types: Collection[str], lang: str | None) -> str:
    """The expression over the words, and the wanted types and language over the facets."""
    whole = f"{{words spelt}} : {expression}"
    if types:
        whole += f" AND facets : {either(phrase([type_facet(t)]) for t in types)}"
    if lang is not None:
        wanted = [language_facets(lang)[0], ANY, *([] if lang == "zh" else [FOREIGN])]
        whole += f" AND facets : {either(phrase([facet]) for facet in wanted)}"
    return whole
