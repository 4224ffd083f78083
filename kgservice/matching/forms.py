"""Two names side by side: what each has that the other lacks, weighted by how rarely it occurs in names."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from rapidfuzz.distance import Indel

from kgservice.matching.grades import (
    NO_GAP,
    GradeGap,
    Grading,
    compare_grades,
    compare_numbers,
    read_grading,
)
from kgservice.matching.text import Core, cjk, core, key

_STROKE = re.compile(r"\s*/\s*")
# From this share on two foreign names have so little in common that they are rather two languages than two names.
APART = 0.6


@dataclass(frozen=True, slots=True)
class NameForm:
    """A name in the forms in which it is compared: as printed, and without issuer, grade and filler words.

    ``is_half``: one side of a stroke (特许会员/专业会员). It may be like a name, but it is never the same: what stands
    on the other side may be another certificate.
    """

    text: str
    origin: str
    key: str
    full: Core
    grading: Grading
    core: Core
    is_half: bool = False


def make_forms(
    text: str, origin: str, issuer_names: tuple[str, ...], issuer_words: frozenset[str]
) -> list[NameForm]:
    """The forms of a name, and of each side of a stroke between Chinese words."""
    halves = _STROKE.split(text)
    if len(halves) == 1 or not all(len(cjk(half)) >= 2 for half in halves):
        halves = []
    whole = make_form(text, origin, issuer_names, issuer_words)
    parts = (make_form(half, origin, issuer_names, issuer_words) for half in halves)
    return [whole, *(replace(part, is_half=True) for part in parts)]


@lru_cache(maxsize=1 << 16)
def make_form(
    text: str, origin: str, issuer_names: tuple[str, ...], issuer_words: frozenset[str]
) -> NameForm:
    """The forms of a name of a certificate whose body has these names and words."""
    stripped = _without_issuer(text, issuer_names)
    grading = read_grading(stripped)
    rest = core(grading.rest, issuer_names, issuer_words)
    if not rest.zh and not rest.latin and not grading.grades:
        # Nothing but filler words is left: then these are the name (资格认证).
        rest = Core(cjk(grading.rest), rest.latin)
    return NameForm(text, origin, key(text), core(text, (), frozenset()), grading, rest)


def _without_issuer(text: str, issuer_names: Iterable[str]) -> str:
    """The text without the body's Chinese names: 注册 in 英国注册建筑师协会 is no grade of the certificate."""
    for name in sorted(issuer_names, key=len, reverse=True):
        if cjk(name) and len(name) >= 2:
            text = text.replace(name, " ")
    return text


@dataclass(frozen=True, slots=True)
class Weights:
    """How much a character or a word tells: 1 for one that occurs in a single certificate's names, less for others."""

    counts: Mapping[str, int]
    total: int
    made: dict[str, float] = field(default_factory=dict, repr=False, compare=False)

    def __call__(self, token: str) -> float:
        weight = self.made.get(token)
        if weight is None:
            share = math.log(self.counts.get(token, 0) + 1) / math.log(self.total + 2)
            weight = self.made[token] = max(0.05, 1 - share)
        return weight


def weigh(names: Iterable[Iterable[NameForm]]) -> Weights:
    """Counts in how many certificates' names each character and word occurs."""
    counts: Counter[str] = Counter()
    total = 0
    for forms in names:
        total += 1
        tokens: set[str] = set()
        for form in forms:
            tokens |= set(form.full.zh) | form.full.latin
        counts.update(tokens)
    return Weights(counts, total)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One name of the row against one name of a certificate.

    ``swapped`` is the share of the name that each side has and the other lacks (the smaller of the two), ``added``
    what one side has beyond that; ``inserted`` is how much a piece tells that one side alone has (机械电子 for 机械),
    ``other`` how much the rarer of two swapped pieces tells (教师 for 工程师);
    ``apart``: hardly anything in common, as with two languages. ``told`` is how much the common part tells, 0 to 1.
    """

    swapped: float = 0.0
    added: float = 0.0
    inserted: float = 0.0
    other: float = 0.0
    exact: bool = False
    apart: bool = False
    grades: GradeGap = NO_GAP
    number_conflict: float = 0.0
    number_extra: float = 0.0
    told: float = 0.0
    row: NameForm | None = field(default=None, compare=False)
    name: NameForm | None = field(default=None, compare=False)

    @property
    def cost(self) -> float:
        """For choosing the best of several names of one certificate."""
        return (
            2 * self.swapped
            + self.added
            + self.other
            + 2 * (self.grades.conflict + self.number_conflict + self.apart)
            + 0.5 * (self.grades.rank_extra + self.number_extra)
            + 0.3 * (self.grades.other_extra + self.grades.loose)
            - (0.5 if self.exact else 0.0)
        )


def compare(row: NameForm, name: NameForm, weights: Weights) -> Comparison:
    """Compares the characters of two Chinese names, or the words of two foreign ones."""
    whole = not (row.is_half or name.is_half)
    if row.key == name.key and whole:
        return Comparison(exact=True, told=_told(row.full, weights), row=row, name=name)
    chinese = bool(row.full.zh and name.full.zh)
    left, right = (
        _characters(row.core.zh, name.core.zh, weights)
        if chinese
        else _words(row.core.latin, name.core.latin, weights)
    )
    sizes = _size(row.core, chinese, weights), _size(name.core, chinese, weights)
    shares = left / max(sizes[0], 0.6), right / max(sizes[1], 0.6)
    grades = compare_grades(row.grading.grades, name.grading.grades)
    number_conflict, number_extra = compare_numbers(row.grading.numbers, name.grading.numbers)
    swapped = left > 0 and right > 0
    return Comparison(
        min(1.0, min(shares)),
        min(1.0, abs(shares[0] - shares[1])),
        0.0 if swapped else min(1.0, left + right),
        min(1.0, max(left, right)) if swapped else 0.0,
        whole and not (left or right or number_conflict or number_extra) and grades == NO_GAP,
        swapped and min(shares) >= APART,
        grades,
        number_conflict,
        number_extra,
        _told(row.core, weights) * (1 - min(1.0, shares[0])),
        row,
        name,
    )


def _size(part: Core, chinese: bool, weights: Weights) -> float:
    return sum(map(weights, part.zh if chinese else part.latin))


def _told(part: Core, weights: Weights) -> float:
    return min(1.0, (sum(map(weights, part.zh)) + sum(map(weights, part.latin))) / 4)


def _characters(left: str, right: str, weights: Callable[[str], float]) -> tuple[float, float]:
    """The weight of the characters that stand outside the longest common run of both, on each side."""
    alone = [0.0, 0.0]
    for step in Indel.opcodes(left, right):
        if step.tag == "delete":
            alone[0] += sum(map(weights, left[step.src_start : step.src_end]))
        elif step.tag == "insert":
            alone[1] += sum(map(weights, right[step.dest_start : step.dest_end]))
    return alone[0], alone[1]


def _words(
    left: frozenset[str], right: frozenset[str], weights: Callable[[str], float]
) -> tuple[float, float]:
    """The weight of the words without a partner on the other side; a typing error is no other word."""
    alone_left, alone_right = set(left - right), set(right - left)
    for word in sorted(alone_left):
        partner = next((other for other in sorted(alone_right) if _same_word(word, other)), None)
        if partner is not None:
            alone_left.discard(word)
            alone_right.discard(partner)
    return sum(map(weights, sorted(alone_left))), sum(map(weights, sorted(alone_right)))


def _same_word(left: str, right: str) -> bool:
    if any(mark.isdigit() for mark in left + right) or min(len(left), len(right)) < 6:
        return False
    return Indel.normalized_similarity(left, right) >= 0.88
