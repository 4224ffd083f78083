"""What tells neighbours apart: grade words as sets of meanings, numbers of levels, and codes that imply a grade."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kgservice.matching.text import fold
from kgservice.matching.words import GRADES_LATIN, GRADES_ZH, NUMERALS, QUALIFYING

_ZH = re.compile("|".join(sorted(GRADES_ZH, key=len, reverse=True)))
_LATIN = re.compile(
    r"\b(" + "|".join(sorted(GRADES_LATIN, key=len, reverse=True)) + r")(?:s|es)?\b"
)
_NUMBER = re.compile(
    r"([一二三四五六七八九]|[1-9](?!\d)|\b(?:pro|[a-d]|iii|ii|iv|i))\s*[级級]"
    r"|\blevel\s*(one|two|three|four|five|six|seven|[1-9](?!\d)|iii|ii|iv|i\b)"
)

Meanings = frozenset[str]


@dataclass(frozen=True, slots=True)
class Grading:
    """The grade words of a name (each a set of meanings), its level numbers, and the text without them."""

    grades: tuple[Meanings, ...]
    numbers: frozenset[str]
    rest: str


def read_grading(text: str) -> Grading:
    """Takes grade words and level numbers out of a name."""
    folded = fold(text)
    numbers = set()
    for match in _NUMBER.finditer(folded):
        printed = match.group(1) or match.group(2)
        numbers.add(NUMERALS.get(printed, printed))
    rest = _NUMBER.sub(" ", folded)
    rest = rest.replace("会员资格", " ")
    found = [GRADES_ZH[match.group()] for match in _ZH.finditer(rest)]
    rest = _ZH.sub("", rest)
    found += [GRADES_LATIN[match.group(1)] for match in _LATIN.finditer(rest)]
    rest = _LATIN.sub(" ", rest)
    return Grading(tuple(found), frozenset(numbers), rest)


@dataclass(frozen=True, slots=True)
class GradeGap:
    """How the grade words of two names differ.

    ``conflict``: each side has a word that nothing on the other side can mean. ``rank_extra`` and ``other_extra``:
    words of one side only, which rank (高级, 会士, 助理) or merely qualify (注册, 专业). ``loose``: words that agree in
    one of several meanings only (资深会员 and 会士).
    """

    conflict: float = 0.0
    rank_extra: float = 0.0
    other_extra: float = 0.0
    loose: float = 0.0


NO_GAP = GradeGap()


def compare_grades(left: Iterable[Meanings], right: Iterable[Meanings]) -> GradeGap:
    """A word of one side is met by any word of the other with a meaning in common."""
    left, right = tuple(left), tuple(right)
    alone_left = [a for a in left if not any(a & b for b in right)]
    alone_right = [b for b in right if not any(a & b for a in left)]
    if alone_left and alone_right:
        return GradeGap(conflict=1.0)
    alone = alone_left or alone_right
    ranks = sum(not one <= QUALIFYING for one in alone)
    met = [*(a for a in left if a not in alone_left), *(b for b in right if b not in alone_right)]
    loose = any(one not in left or one not in right for one in met)
    return GradeGap(0.0, float(min(ranks, 1)), float(min(len(alone) - ranks, 1)), float(loose))


def compare_numbers(left: frozenset[str], right: frozenset[str]) -> tuple[float, float]:
    """``(conflict, one-sided)``: level numbers that differ, or that one side alone prints."""
    if left == right:
        return 0.0, 0.0
    if left and right:
        return 1.0, 0.0
    return 0.0, 1.0


def membership_grade(code: str, abbreviations: Iterable[str]) -> Meanings | None:
    """FRICS, MRICS, AssocRICS of the body RICS: the grade that the letter before the abbreviation stands for."""
    for abbreviation in abbreviations:
        if len(abbreviation) >= 2 and code.endswith(abbreviation):
            prefix = code.removesuffix(abbreviation)
            if prefix == "f":
                return frozenset({"fellow", "senior member"})
            if prefix == "m":
                return frozenset({"member", "professional member", "chartered member"})
            if prefix in ("a", "assoc"):
                return frozenset({"associate member", "associate"})
    return None
