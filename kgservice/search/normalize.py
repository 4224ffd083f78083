"""Brings names and queries to one form, so that they meet whatever keyboard, width, script or case they come from.

Both sides go through the same steps: NFKC, case, traditional → simplified Chinese, accents. Chinese, Japanese and
Korean signs become one token each, so that every part of a name can be found; other words stay whole. German umlauts
have two spellings without them (``Kältetechnik``: ``kaltetechnik``, ``kaeltetechnik``): hence :class:`Form` has two.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from opencc import OpenCC

# Kana, CJK with all extensions, Hangul; 々〆〇 and the long vowel mark belong to words too.
SIGN = "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff"
_TOKEN = re.compile(f"[{SIGN}]|[^\\W_{SIGN}]+")
_SIGN = re.compile(f"[{SIGN}]")
# All marks that stand on a letter, but for those of kana, which make another sound of it.
_ACCENT = re.compile(
    "["
    + "".join(
        re.escape(chr(code))
        for code in range(0x300, 0x20000)
        if unicodedata.category(chr(code)) == "Mn" and code not in (0x3099, 0x309A)
    )
    + "]"
)
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_UNDECOMPOSED = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_T = TypeVar("_T")
_TRADITIONAL = [*range(0x3400, 0xA000), *range(0x20000, 0x30000)]


@dataclass(frozen=True, slots=True)
class Form:
    """A text ready to be compared: its tokens in the plain spelling, and with ae oe ue for ä ö ü where that differs."""

    words: tuple[str, ...]
    spelt: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The text without blanks, punctuation and width, in each spelling: what equal names have in common."""
        return _once("".join(self.words), "".join(self.spelt))

    @property
    def pieces(self) -> tuple[tuple[tuple[str, ...], ...], ...]:
        """The words as people see them: a run of Chinese (Japanese, Korean) signs is one.

        Each has its one or two spellings, each spelling its tokens.
        """
        return tuple(_once(*pair) for pair in zip(*map(_pieces, self.texts), strict=True))


def is_sign(token: str) -> bool:
    """Whether a token is one sign of a script without blanks between words."""
    return _SIGN.fullmatch(token) is not None


def read_simplified() -> dict[str, str]:
    """Traditional sign → simplified sign, from OpenCC.

    Sign by sign, not by phrases: a part of a name must come out as it does inside the whole name. Signs of Japan and of
    Hong Kong that no traditional text has are left as they are, but for the few that OpenCC lists for Hong Kong.
    """
    signs = "\n".join(map(chr, _TRADITIONAL))
    table = {}
    for variant in ("hk2s", "t2s"):
        converted = OpenCC(variant).convert(signs).split("\n")
        for number, simplified in zip(_TRADITIONAL, converted, strict=True):
            if simplified != chr(number) and len(simplified) == 1:
                table[chr(number)] = simplified
    return table


class Normalizer:
    """Turns texts into their :class:`Form`. ``simplified`` takes traditional signs to simplified ones."""

    def __init__(self, simplified: Mapping[str, str]) -> None:
        self._simplified = str.maketrans(dict(simplified))

    def simplify(self, text: str) -> str:
        """The text in compatibility form (NFKC) with simplified signs; case, accents and punctuation stay."""
        return unicodedata.normalize("NFKC", text).translate(self._simplified)

    def form(self, text: str) -> Form:
        """The form of a name or a query; empty when it has no letter and no digit."""
        text = unicodedata.normalize("NFKC", text).casefold().translate(self._simplified)
        plain = _without_accents(text)
        spelt = text if text.isascii() else _without_accents(text.translate(_SPELT_OUT))
        words = tuple(_TOKEN.findall(plain))
        if spelt == plain:
            return Form(words, (), (plain,))
        return Form(words, tuple(_TOKEN.findall(spelt)), (plain, spelt))


def _once(*values: _T) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFD", text.translate(_UNDECOMPOSED))
    return unicodedata.normalize("NFC", _ACCENT.sub("", parts))


def _pieces(text: str) -> list[tuple[str, ...]]:
    pieces: list[list[str]] = []
    end = -1
    for found in _TOKEN.finditer(text):
        token = found.group()
        if found.start() == end and is_sign(token) and is_sign(pieces[-1][-1]):
            pieces[-1].append(token)
        else:
            pieces.append([token])
        end = found.end()
    return [tuple(piece) for piece in pieces]
