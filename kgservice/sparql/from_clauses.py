"""The dataset that a query itself names with FROM and FROM NAMED (SPARQL 1.1 Query, 13.2), read without a parser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from kgservice.engine.interface import Dataset
from kgservice.sparql.lexer import Kind, Token, decode_escapes, tokenize

_VISIBLE = re.compile(r"\S")
_LOCAL_ESCAPE = re.compile(r"\\([_~.\-!$&'()*+,;=/?#@%])")


def take_from_clauses(text: str, base: str) -> tuple[Dataset, str]:
    """The graphs of the FROM and FROM NAMED clauses of a well-formed query, and the query without these clauses.

    ``base`` resolves relative IRIs. Blanks stand where the clauses were, so that lines and columns stay.
    """
    tokens = tokenize(text)
    prefixes: dict[str, str] = {}
    graphs: dict[bool, list[str]] = {False: [], True: []}
    depth, rest = 0, text
    for token in tokens:
        if token.kind is Kind.SIGN:
            depth += (token.text in "{(") - (token.text in "})")
        if token.kind is not Kind.WORD or depth:
            continue
        word = token.text.upper()
        if word == "BASE":
            base = _resolve(next(tokens), base, prefixes)
        elif word == "PREFIX":
            name = next(tokens).text
            prefixes[name.removesuffix(":")] = _resolve(next(tokens), base, prefixes)
        elif word == "FROM":
            graph, named = _graph_after(tokens)
            graphs[named].append(_resolve(graph, base, prefixes))
            blank = _VISIBLE.sub(" ", text[token.start : graph.end])
            rest = rest[: token.start] + blank + rest[graph.end :]
    return Dataset(tuple(graphs[False]), tuple(graphs[True])), rest


def _graph_after(tokens: Iterator[Token]) -> tuple[Token, bool]:
    token = next(tokens)
    if token.kind is Kind.WORD and token.text.upper() == "NAMED":
        return next(tokens), True
    return token, False


def _resolve(token: Token, base: str, prefixes: dict[str, str]) -> str:
    text = decode_escapes(token.text)
    if token.kind is Kind.IRI:
        iri = text[1:-1]
        return urljoin(base, iri) + ("#" if iri.endswith("#") and ":" not in iri else "")
    prefix, _, local = text.partition(":")
    return prefixes.get(prefix, "") + _LOCAL_ESCAPE.sub(r"\1", local)
