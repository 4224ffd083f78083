"""Where the clauses of a question's SELECT are: its columns, its body, its order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kgservice.sparql.lexer import Kind, Token, tokenize

# A variable, and whether it descends.
Key = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Parts:
    """Where in the text of a SELECT things are: the word SELECT, the end of all but ORDER BY, the end of all.

    ``projected``: its columns; ``computed``: the variables after AS, wherever; ``ordered``: those in its ORDER BY, and
    ``keys``: these with whether they descend, where nothing but variables stands there.
    """

    select: int
    body_end: int
    end: int
    projected: tuple[str, ...]
    computed: frozenset[str]
    ordered: frozenset[str]
    keys: tuple[Key, ...]


def columns(text: str) -> tuple[str, ...]:
    """The variables that a SELECT projects, in order; none for ``SELECT *``."""
    return find_parts(text).projected


def find_parts(text: str) -> Parts:
    """The parts of a SELECT that has no clause behind its ORDER BY."""
    tokens = list(_at_top(tokenize(text)))
    words = [
        token.text.upper() if token.kind is Kind.WORD and not depth else ""
        for token, depth in tokens
    ]
    start = words.index("SELECT") if "SELECT" in words else 0  # none: it is no query
    braces = (index for index, (token, _) in enumerate(tokens) if token.text == "{")
    group = next((index for index in braces if index > start), len(tokens))  # none: it is no query
    end = tokens[-1][0].end
    order = next((index for index in range(group, len(words)) if words[index] == "ORDER"), None)
    keys = [] if order is None else tokens[order:]
    return Parts(
        select=tokens[start][0].start,
        body_end=end if order is None else tokens[order][0].start,
        end=end,
        projected=tuple(_projected(tokens[start:group])),
        computed=frozenset(
            token.text[1:]
            for (before, _), (token, _) in pairwise(tokens)
            if before.text.upper() == "AS" and token.kind is Kind.VARIABLE
        ),
        ordered=frozenset(token.text[1:] for token, depth in keys if _is_key(token, depth)),
        keys=_plain_keys([token for token, _ in keys[2:]]),
    )


def _plain_keys(tokens: Sequence[Token]) -> tuple[Key, ...]:
    """``?x``, ``DESC(?x)`` and ``ASC(?x)``, if it is nothing else; otherwise none."""
    keys, rest = [], [token.text for token in tokens]
    while rest:
        if rest[0][0] in "?$":
            keys.append((rest.pop(0)[1:], False))
        elif rest[0].upper() in ("ASC", "DESC") and rest[1:2] == ["("] and rest[3:4] == [")"]:
            keys.append((rest[2][1:], rest[0].upper() == "DESC"))
            del rest[:4]
        else:
            return ()
    return tuple(keys)


def _is_key(token: Token, depth: int) -> bool:
    # ``DESC(?x)`` is a key as well; of ``STR(?x)`` a second time nothing comes, so that none is missed.
    return token.kind is Kind.VARIABLE and depth <= 1


def _projected(tokens: Sequence[tuple[Token, int]]) -> Iterable[str]:
    """``?x``, and the ``?y`` of ``(… AS ?y)``."""
    for index, (token, depth) in enumerate(tokens):
        if token.kind is Kind.VARIABLE:
            named = depth == 1 and tokens[index - 1][0].text.upper() == "AS"
            if depth == 0 or named:
                yield token.text[1:]


def _at_top(tokens: Iterable[Token]) -> Iterable[tuple[Token, int]]:
    """Each token with the number of round and curly brackets around it."""
    depth = 0
    for token in tokens:
        if token.text in ("}", ")"):
            depth -= 1
        yield token, depth
        if token.text in ("{", "("):
            depth += 1
