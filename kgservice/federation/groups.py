"""The groups of a query and their parts (SPARQL 1.1 Query, grammar rules 53 to 66), as far as federation needs them.

The text has been parsed by the engine before, so that brackets match; what is in triples or expressions is not looked at.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from kgservice.federation.clauses import Reading
from kgservice.sparql.lexer import Kind, Token

MAX_NESTING = 64
_OPENING = frozenset(("{", "(", "[", "<<", "<<(", "{|"))
_CLOSING = frozenset(("}", ")", "]", ">>", ")>>", "|}"))


class PartKind(StrEnum):
    """What a part of a group is. ``SELECT`` is a whole (sub-)query, alone in its group."""

    TRIPLES = "triples"
    FILTER = "filter"
    BIND = "bind"
    VALUES = "values"
    OPTIONAL = "optional"
    MINUS = "minus"
    LATERAL = "lateral"
    GRAPH = "graph"
    GROUP = "group"
    SERVICE = "service"
    SELECT = "select"


_WORDS = {kind.value.upper(): kind for kind in PartKind if kind.value not in ("triples", "group")}


class Unreadable(Exception):
    """The text has another structure than it seems, or is nested too deeply."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part, from ``start`` to ``end`` in characters, with the groups directly in it.

    ``term``: the graph of GRAPH. ``projected``: the plain variables of a SELECT, ``None`` for ``*``.
    """

    kind: PartKind
    start: int
    end: int
    groups: tuple[Group, ...] = ()
    term: str = ""
    projected: frozenset[str] | None = frozenset()


@dataclass(frozen=True, slots=True)
class Group:
    """A group graph pattern; ``start`` is its opening bracket, ``end`` the place after its closing one."""

    start: int
    end: int
    parts: tuple[Part, ...]


class Structure:
    """The groups of one query.

    Raises:
        Unreadable: it cannot be taken apart.
    """

    def __init__(self, reading: Reading) -> None:
        self.text = reading.text
        self._tokens = reading.tokens
        self._starts = [token.start for token in self._tokens]
        self._match = _match_brackets(self._tokens)
        first = bisect_left(self._starts, reading.prologue.end)
        self.query = self._read_query(first, len(self._tokens), 0)

    def tokens(self, start: int, end: int) -> tuple[Token, ...]:
        """The tokens between two places."""
        return self._tokens[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def variables(self, start: int, end: int) -> set[str]:
        """The names of the variables between two places."""
        return {token.text[1:] for token in self.tokens(start, end) if token.kind is Kind.VARIABLE}

    def group_at(self, place: int) -> Group:
        """The group whose bracket opens there."""
        return self._read_group(bisect_left(self._starts, place), 0)

    # -- reading

    def _word(self, number: int) -> str:
        if number >= len(self._tokens) or self._tokens[number].kind is not Kind.WORD:
            return ""
        return self._tokens[number].text.upper()

    def _is(self, number: int, sign: str) -> bool:
        return number < len(self._tokens) and self._tokens[number].text == sign

    def _after(self, number: int) -> int:
        """The number of the token after the bracket that the one there opens."""
        if number not in self._match:
            raise Unreadable
        return self._match[number] + 1

    def _part(self, kind: PartKind, first: int, end: int, **more: object) -> Part:
        return Part(kind, self._starts[first], self._tokens[end - 1].end, **more)  # type: ignore[arg-type]

    def _read_query(self, first: int, end: int, depth: int) -> Part:
        """A query or sub-query: everything from its first word; its WHERE is the first of the groups."""
        groups = list(self._groups_of(first, end, depth))
        for group in groups:
            if self._word(bisect_left(self._starts, group.start) - 1) != "EXISTS":
                groups.remove(group)
                groups.insert(0, group)
                break
        return self._part(
            PartKind.SELECT,
            first,
            end,
            groups=tuple(groups),
            projected=self._projected(first, end),
        )

    def _groups_of(self, number: int, end: int, depth: int) -> Iterator[Group]:
        """The groups between two tokens, data blocks and the template of CONSTRUCT left out."""
        data = self._word(number) == "CONSTRUCT" and self._is(number + 1, "{")
        while number < end:
            if self._word(number) == "VALUES":
                data = True
            if self._is(number, "{"):
                if not data:
                    yield self._read_group(number, depth)
                data = False
                number = self._after(number)
            else:
                number += 1

    def _projected(self, number: int, end: int) -> frozenset[str] | None:
        names = set()
        while number < end and self._word(number) not in ("WHERE", "FROM"):
            if self._is(number, "("):
                number = self._after(number)
                continue
            if self._is(number, "{"):
                break
            if self._is(number, "*"):
                return None
            token = self._tokens[number]
            if token.kind is Kind.VARIABLE:
                names.add(token.text[1:])
            number += 1
        return frozenset(names)

    def _read_group(self, number: int, depth: int) -> Group:
        if depth > MAX_NESTING or not self._is(number, "{"):
            raise Unreadable
        start, end = number, self._after(number) - 1
        number += 1
        parts = []
        if self._word(number) == "SELECT":
            parts.append(self._read_query(number, end, depth + 1))
            number = end
        while number < end:
            if self._is(number, "."):
                number += 1
                continue
            part, number = self._read_part(number, end, depth + 1)
            parts.append(part)
        if number != end:
            raise Unreadable
        return Group(self._starts[start], self._tokens[end].end, tuple(parts))

    def _read_part(self, first: int, end: int, depth: int) -> tuple[Part, int]:
        """The part that begins at a token, and the number of the token after it."""
        kind = _WORDS.get(self._word(first))
        if kind is None:
            if self._is(first, "{"):
                return self._read_union(first, depth)
            return self._read_triples(first, end)
        number = first + 1
        if kind is PartKind.FILTER or kind is PartKind.BIND:
            while number < end and not (self._is(number, "(") or self._is(number, "{")):
                number += 1
            after = self._after(number)
            groups = tuple(self._groups_of(number, after, depth))
            return self._part(kind, first, after, groups=groups), after
        while number < end and not self._is(number, "{"):
            number += 1
        after = self._after(number)
        if kind is PartKind.VALUES:
            return self._part(kind, first, after), after
        term = self.text[self._tokens[first].end : self._starts[number]]
        return self._part(
            kind, first, after, groups=(self._read_group(number, depth),), term=term
        ), after

    def _read_union(self, first: int, depth: int) -> tuple[Part, int]:
        groups = [self._read_group(first, depth)]
        number = self._after(first)
        while self._word(number) == "UNION":
            groups.append(self._read_group(number + 1, depth))
            number = self._after(number + 1)
        return self._part(PartKind.GROUP, first, number, groups=tuple(groups)), number

    def _read_triples(self, first: int, end: int) -> tuple[Part, int]:
        number = first
        while number < end and not self._is(number, "{") and self._word(number) not in _WORDS:
            number = self._after(number) if number in self._match else number + 1
        if number == first:
            raise Unreadable
        return self._part(PartKind.TRIPLES, first, number), number


def _match_brackets(tokens: tuple[Token, ...]) -> dict[int, int]:
    """Opening token → closing token, by number."""
    opened: list[int] = []
    match = {}
    for number, token in enumerate(tokens):
        if token.kind is not Kind.SIGN:
            continue
        if token.text in _OPENING:
            opened.append(number)
        elif token.text in _CLOSING:
            if not opened:
                raise Unreadable
            match[opened.pop()] = number
    if opened:
        raise Unreadable
    return match
