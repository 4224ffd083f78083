"""Finds the SERVICE clauses of a query (SPARQL 1.1 Federated Query, section 2): where each stands, and whom it calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kgservice.engine.errors import QuerySyntaxError
from kgservice.federation.urls import resolve
from kgservice.sparql.lexer import Kind, Token, decode_escapes, tokenize

SERVICE = re.compile("service", re.IGNORECASE)
# A chain of relative BASEs would otherwise cost the square of its length.
MAX_DECLARATIONS, LONGEST_BASE = 1000, 4096
_CODEPOINT = re.compile(r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}")
_RUN = re.compile(r"(?:[\w:]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})+")
_LEVEL = re.compile(r"[\w:]+")
_LOCAL_ESCAPE = re.compile(r"\\(.)")
_KEYWORDS = (
    "SERVICE|SILENT|FILTER|NOT|EXISTS|OPTIONAL|MINUS|UNION|GRAPH|BIND|VALUES|LATERAL|SELECT|DISTINCT|REDUCED|WHERE|"
    "FROM|NAMED|UNDEF|TRUE|FALSE"
)
_GLUED = re.compile(rf"(?:{_KEYWORDS})+", re.IGNORECASE)
_KEYWORD = re.compile(_KEYWORDS, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """``SERVICE SILENT? <iri>`` before a group: from ``start`` to the group's bracket at ``group``, in characters.

    ``iri`` is resolved; it is ``None`` for a variable, whose name is in ``variable``.
    """

    start: int
    group: int
    iri: str | None
    silent: bool
    variable: str | None = None


@dataclass(slots=True)
class Prologue:
    """BASE, PREFIX and VERSION of a query, as they hold at its ``end`` (the place of the first other word)."""

    base: str
    prefixes: dict[str, str] = field(default_factory=dict)
    version: str | None = None
    end: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """A query read for SERVICE clauses. ``text`` is as long as what was read, with the escapes of words decoded."""

    text: str
    tokens: tuple[Token, ...] = ()
    prologue: Prologue = field(default_factory=lambda: Prologue(""))
    clauses: tuple[Clause, ...] = ()

    @property
    def plain(self) -> str:
        """The text with each ``SERVICE <iri>`` blanked out: every other character is where it was."""
        return self.blank(0, len(self.text))

    def blank(self, start: int, end: int) -> str:
        """That of a part of the text; clauses that begin before it are not touched."""
        pieces, place = [], start
        for clause in self.clauses:
            if start <= clause.start < end:
                header = self.text[clause.start : clause.group]
                pieces += [self.text[place : clause.start], re.sub(r"[^\r\n]", " ", header)]
                place = clause.group
        return "".join([*pieces, self.text[place:end]])


def mentions_service(text: str) -> bool:
    """Whether the word is there at all, in whatever place; quick."""
    return _has_word(text) or ("\\" in text and _has_word(decode_escapes(text)))


def _has_word(text: str) -> bool:
    """As :data:`SERVICE` finds it, several times as fast: some letters beyond ASCII count as s and i regardless of case."""
    if not text.isascii():
        text = text.replace("ſ", "s").replace("İ", "i").replace("ı", "i")
    return "service" in text.lower()


def read_clauses(text: str, base: str) -> Reading:
    """Reads a query in the usual way of cutting it into tokens; ``base`` resolves its relative IRIs.

    Raises:
        QuerySyntaxError: SERVICE is followed by something else than an endpoint and a group.
    """
    text = level_escapes(text)
    tokens = tuple(_split_words(text))
    prologue = _read_prologue(text, tokens, base)
    clauses = []
    for number, token in enumerate(tokens):
        if token.kind is Kind.WORD and token.text.upper() == "SERVICE":
            clauses.append(_read_clause(text, tokens, number, prologue))
    return Reading(text, tokens, prologue, tuple(clauses))


def level_escapes(text: str) -> str:
    r"""Decodes ``\uXXXX`` in words and names (SPARQL 1.1, 19.2), with blanks behind, so that nothing else moves."""
    if "\\" not in text:
        return text
    pieces, place = [], 0
    for token in tokenize(text):
        start = token.start
        if start < place or token.kind is not Kind.BAD or not _CODEPOINT.match(text, start):
            continue
        while start > place and (text[start - 1].isalnum() or text[start - 1] in "_:"):
            start -= 1
        run = _RUN.match(text, start)
        assert run is not None
        level = decode_escapes(run.group())
        if not _LEVEL.fullmatch(level):
            level = run.group()
        pieces += [text[place:start], level.ljust(len(run.group()))]
        place = run.end()
    return "".join([*pieces, text[place:]])


def syntax_error(text: str, place: int, message: str) -> QuerySyntaxError:
    """The error for a place in a text: line and column from 1."""
    line_start = text.rfind("\n", 0, place) + 1
    near = text[line_start:place][-40:].strip()
    return QuerySyntaxError(message, text.count("\n", 0, place) + 1, place - line_start + 1, near)


def _split_words(text: str) -> Iterator[Token]:
    """The tokens, with keywords that stand together without a blank (``SERVICESILENT``, ``trueSERVICE``) apart."""
    for token in tokenize(text):
        if token.kind is Kind.WORD and _GLUED.fullmatch(token.text):
            for word in _KEYWORD.finditer(token.text):
                yield Token(Kind.WORD, word.group(), token.start + word.start())
        else:
            yield token


def _read_prologue(text: str, tokens: tuple[Token, ...], base: str) -> Prologue:
    prologue = Prologue(base, end=len(text))
    number = declarations = 0
    while number < len(tokens):
        token = tokens[number]
        following = tokens[number + 1 : number + 3]
        kinds = [other.kind for other in following]
        word = token.text.upper() if token.kind is Kind.WORD else ""
        declarations += 1
        if declarations > MAX_DECLARATIONS or len(prologue.base) > LONGEST_BASE:
            raise syntax_error(
                text,
                token.start,
                f"more than {MAX_DECLARATIONS} declarations, or a base of more than {LONGEST_BASE} characters",
            )
        if word == "BASE" and kinds[:1] == [Kind.IRI]:
            prologue.base = resolve(prologue.base, _iri(following[0]))
            number += 2
        elif word == "PREFIX" and kinds == [Kind.NAME, Kind.IRI]:
            name = following[0].text
            prologue.prefixes[name[: name.index(":")]] = resolve(prologue.base, _iri(following[1]))
            number += 3
        elif word == "VERSION" and kinds[:1] == [Kind.STRING]:
            prologue.version = following[0].text
            number += 2
        else:
            prologue.end = token.start
            break
    return prologue


def _iri(token: Token) -> str:
    return decode_escapes(token.text[1:-1])


def _read_clause(text: str, tokens: tuple[Token, ...], number: int, prologue: Prologue) -> Clause:
    place = number + 1
    silent = place < len(tokens) and tokens[place].text.upper() == "SILENT"
    place += silent
    start, after = tokens[number].start, tokens[number].end
    endpoint, opening = [*tokens[place : place + 2], None, None][:2]
    if endpoint is None or opening is None or opening.text != "{":
        raise syntax_error(text, after, "expected SERVICE <endpoint> { … }")
    if endpoint.kind is Kind.VARIABLE:
        return Clause(start, opening.start, None, silent, endpoint.text[1:])
    if endpoint.kind is Kind.IRI:
        return Clause(start, opening.start, resolve(prologue.base, _iri(endpoint)), silent)
    if endpoint.kind is Kind.NAME:
        prefix, _, local = endpoint.text.partition(":")
        if prefix not in prologue.prefixes:
            raise syntax_error(text, endpoint.end, "Prefix not found")
        iri = prologue.prefixes[prefix] + _LOCAL_ESCAPE.sub(r"\1", local)
        return Clause(start, opening.start, iri, silent)
    raise syntax_error(text, after, "expected SERVICE <endpoint> { … }")
