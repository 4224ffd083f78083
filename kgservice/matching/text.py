"""Printed text as it is compared: one width, one dash, one case, cut into Chinese characters and Latin words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from kgservice.matching.words import (
    BODY_WORDS,
    COUNTRIES,
    FILLERS_LATIN,
    FILLERS_ZH,
    SHORTENED_ZH,
)

_DASHES = re.compile(r"[‐‑‒–—―−－~～]")
_CJK = re.compile(r"[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WORD = re.compile(r"[a-z0-9][a-z0-9+&.]*")
_RAW_WORD = re.compile(r"[A-Za-z0-9À-ÿ][A-Za-z0-9À-ÿ+&.]*")
_FILLERS_ZH = re.compile("|".join(sorted(FILLERS_ZH, key=len, reverse=True)))
_BODY_WORDS = re.compile("|".join(sorted(BODY_WORDS, key=len, reverse=True)))

# The same few thousand names are folded again and again; these functions depend on their text alone.
_remember = lru_cache(maxsize=1 << 15)


@_remember
def fold(text: str) -> str:
    """Compatibility forms joined (NFKC), lower case, accents off Latin letters, every dash one dash."""
    joined = _DASHES.sub("-", unicodedata.normalize("NFKC", text)).replace("™", "").casefold()
    return "".join(
        mark for mark in unicodedata.normalize("NFD", joined) if not "\u0300" <= mark <= "\u036f"
    )


@_remember
def key(text: str) -> str:
    """Letters, digits and characters only: two texts with one key differ in layout and punctuation alone."""
    return "".join(mark for mark in fold(text) if mark.isalnum() or mark == "+")


@_remember
def issuer_key(text: str) -> str:
    """The key of a body's name without a leading article."""
    return key(re.sub(r"^\s*the\s+", "", text, flags=re.IGNORECASE))


@_remember
def cjk(text: str) -> str:
    """Its Chinese, Japanese and Korean characters, in order."""
    return "".join(_CJK.findall(text))


@_remember
def words(text: str) -> tuple[str, ...]:
    """Its Latin words and numbers, folded, plural endings cut, without words that every certificate has."""
    found = []
    for word in _WORD.findall(fold(text)):
        word = word.strip(".&")
        if len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "ics", "sis")):
            word = word[:-1]
        if word and word not in FILLERS_LATIN:
            found.append(word)
    return tuple(found)


@_remember
def codes(text: str) -> frozenset[str]:
    """Words written as letters stand behind a name: CISA, CEng, AssocRICS, BD+C."""
    found = set()
    for word in _RAW_WORD.findall(unicodedata.normalize("NFKC", text)):
        capitals = sum(mark.isupper() for mark in word)
        if capitals >= 2 and len(word) <= 12 and not word.isdigit():
            found.add(fold(word).strip("."))
    return frozenset(found)


def initials(text: str) -> str | None:
    """The first letters of a foreign name of three words or more: CISA for Certified Information Systems Auditor."""
    parts = [part for part in re.findall(r"[A-Za-z]+", text) if part[0].isupper()]
    return "".join(part[0] for part in parts).lower() if len(parts) >= 3 else None


@_remember
def body_initials(text: str) -> str | None:
    """What a body's foreign name is shortened to: IET for The Institution of Engineering and Technology."""
    return initials(re.sub(r"^\s*the\s+", "", text, flags=re.IGNORECASE))


@_remember
def country_of(text: str) -> str | None:
    """The country or region that a Chinese name begins with or holds, as one form (澳大利亚 for 澳洲)."""
    for printed, one_form in COUNTRIES.items():
        if printed in text:
            return one_form
    return None


@_remember
def body_core(text: str) -> str:
    """A body's Chinese name without the word for 'association' and without the country: what is left tells it."""
    core = cjk(fold(text))
    for printed in COUNTRIES:
        core = core.replace(printed, "")
    return _BODY_WORDS.sub("", core)


@dataclass(frozen=True, slots=True)
class Core:
    """A name without its body's name, country and filler words: ``zh`` characters and ``latin`` words."""

    zh: str
    latin: frozenset[str]


def core(text: str, issuer_names: Iterable[str], issuer_words: frozenset[str]) -> Core:
    """What a name says beyond who issues it.

    ``issuer_names`` are Chinese names of the body, ``issuer_words`` the Latin words and abbreviations of it.
    """
    folded = fold(text)
    for name in issuer_names:
        plain = fold(name)
        if len(plain) >= 2:
            folded = folded.replace(plain, " ")
    countries = {country_of(fold(name)) for name in issuer_names} - {None}
    for printed, one_form in COUNTRIES.items():
        if one_form in countries and folded.lstrip().startswith(printed):
            folded = folded.lstrip().removeprefix(printed)
            break
    stripped = _FILLERS_ZH.sub("", cjk(folded))
    for long, short in SHORTENED_ZH.items():
        stripped = stripped.replace(long, short)
    latin = frozenset(word for word in words(folded) if word not in issuer_words)
    return Core(stripped, latin)
