"""A lexer for SPARQL 1.1 and 1.2: tokens with their place, without a grammar.

SPARQL cannot be cut into tokens without parsing it: ``?a<?b)#>`` is a comparison and a comment in an expression, and an
IRI elsewhere; a parser may also read ``5SERVICE`` and ``trueSERVICE`` as two words. :func:`tokenize` gives the usual
reading. :func:`every_reading` follows *all* readings, so that nothing hides from who looks for a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_ESCAPE = r"\\[tbnrf\\\"']|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
# At most eight dots, so that a long text of dotted words is still read in linear time.
_NAME = r"[^\W\d_][\w\u00B7\u203F\u2040-]*(?:\.+[\w\u00B7\u203F\u2040-]+){0,8}"
_LOCAL = r"(?:[\w:\u00B7\u203F\u2040-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%])"


class Kind(StrEnum):
    """What a token is. ``BAD`` is a character that starts no token."""

    BLANK = "blank"
    COMMENT = "comment"
    IRI = "iri"
    STRING = "string"
    LANGUAGE = "language"
    VARIABLE = "variable"
    NODE = "node"
    NAME = "name"
    NUMBER = "number"
    WORD = "word"
    SIGN = "sign"
    BAD = "bad"


_PATTERNS = {
    Kind.BLANK: r"[ \t\r\n]+",
    Kind.COMMENT: r"#[^\r\n]*",
    Kind.IRI: r"<(?:[^<>\"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>",
    Kind.STRING: rf"\"\"\"(?:\"{{0,2}}(?:[^\"\\]|{_ESCAPE}))*\"\"\""
    rf"|'''(?:'{{0,2}}(?:[^'\\]|{_ESCAPE}))*'''"
    rf"|\"(?:[^\"\\\r\n]|{_ESCAPE})*\"|'(?:[^'\\\r\n]|{_ESCAPE})*'",
    Kind.LANGUAGE: r"@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?",
    Kind.VARIABLE: r"[?$][\w\u00B7\u203F\u2040]+",
    Kind.NODE: r"_:\w[\w\u00B7\u203F\u2040-]*(?:\.+[\w\u00B7\u203F\u2040-]+)*",
    Kind.NAME: rf"(?:{_NAME})?:(?:{_LOCAL}+(?:\.+{_LOCAL}+)*)?",
    Kind.NUMBER: r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+",
    Kind.WORD: r"[^\W\d]\w*",
    Kind.SIGN: r"<<\(|\)>>|\|\||&&|\^\^|<=|>=|!=|<<|>>|\{\||\|\}|[{}\[\]();,.+\-*/<>=!^|~?]",
    Kind.BAD: r"(?s:.)",
}
_TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS.items()))
# All that is neither word nor bracket nor operator, in one stride.
_STRIDE = "|".join(
    f"(?:{pattern})"
    for kind, pattern in _PATTERNS.items()
    if kind not in (Kind.WORD, Kind.SIGN, Kind.BAD)
)
_FRAME = re.compile(
    rf"(?:{_STRIDE}|[,;])++|(?P<word>{_PATTERNS[Kind.WORD]})|(?P<sign>{_PATTERNS[Kind.SIGN]})|(?s:.)"
)
_ABSOLUTE = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")
_CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind, its text, and where it starts (in characters)."""

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the next token starts."""
        return self.start + len(self.text)


def tokenize(text: str) -> Iterator[Token]:
    """The tokens of ``text`` in order, blanks and comments left out."""
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind not in ("blank", "comment"):
            yield Token(Kind(kind or Kind.BAD), match.group(), match.start())


def frame_of(text: str) -> Iterator[tuple[bool, str]]:
    """The words (true) and the brackets and operators (false) of ``text``, in order and nothing else; quick."""
    for match in _FRAME.finditer(text):
        group = match.lastgroup
        if group is not None:
            yield group == "word", match.group()


def every_reading(text: str) -> Iterator[Token]:
    """The words and names of all readings of ``text``, each place once, in no useful order.

    The readings differ where an angle bracket may open an IRI or compare, and where a name with dots may end early:
    what follows the first dot then comes as one more word.
    """
    seen: set[int] = set()
    starts = [0]
    match_token = _TOKEN.match
    while starts:
        position = starts.pop()
        while position < len(text) and position not in seen:
            seen.add(position)
            match = match_token(text, position)
            assert match is not None
            kind, end = match.lastgroup, match.end()
            if text[position] == "<" and not _ABSOLUTE.match(text, position):
                starts.append(position + 1)
            elif kind == Kind.WORD or kind == Kind.NAME:
                yield Token(Kind(kind), match.group(), position)
            if kind == Kind.NAME or kind == Kind.NODE:
                dot = text.find(".", position, end)
                if dot >= 0:
                    yield Token(Kind.WORD, text[dot + 1 : end], dot + 1)
            position = end


def decode_escapes(text: str) -> str:
    """``text`` with every ``\\uXXXX`` and ``\\UXXXXXXXX`` replaced, as SPARQL 1.1 has it (section 19.2)."""

    def character(match: re.Match[str]) -> str:
        code = int(match.group(1) or match.group(2), 16)
        return chr(code) if code <= 0x10FFFF else match.group()

    return _CODEPOINT.sub(character, text) if "\\" in text else text
