"""Bodies: which registered body a printed issuer is, and how well it fits the body of a certificate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kgservice.matching.text import body_core, cjk, country_of, fold, issuer_key, words


@dataclass(frozen=True, slots=True)
class Body:
    """A registered body: its names (Chinese and foreign), abbreviation, and the bodies it belongs with."""

    id: str
    names: tuple[str, ...]
    abbreviation: str = ""
    related: frozenset[str] = frozenset()


NEAR = 0.6  # below this, two names of bodies are taken for two bodies


class Fit(StrEnum):
    """How the printed issuer fits a certificate's body."""

    SAME = "same"
    RELATED = "related"
    SIMILAR = "similar"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Issuing:
    """The issuers that a row prints: the bodies that their names stand for, or else bodies with similar names."""

    printed: tuple[str, ...]
    keys: frozenset[str]
    ids: frozenset[str]
    near: Mapping[str, float]


@dataclass(slots=True)
class IssuerBook:
    """Every known body by every name. A name may stand for several bodies: then it proves none alone."""

    bodies: Mapping[str, Body]
    by_key: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for body in self.bodies.values():
            for name in body.names:
                self.by_key.setdefault(issuer_key(name), set()).add(body.id)
            if len(body.abbreviation) >= 2:
                self.by_key.setdefault(issuer_key(body.abbreviation), set()).add(body.id)

    def resolve(self, printed: Iterable[str]) -> Issuing:
        """The bodies that printed names and abbreviations stand for.

        An abbreviation counts only where no name is known: RSC and AIA stand for several things.
        """
        texts = tuple(text for text in printed if text)
        keys = {issuer_key(text) for text in texts}
        full = {text for text in texts if cjk(text) or " " in text.strip()}
        ids = {one for text in full for one in self.by_key.get(issuer_key(text), ())}
        if not ids:
            ids = {one for item in keys for one in self.by_key.get(item, ())}
        return Issuing(texts, frozenset(keys), frozenset(ids), {} if ids else self._near(texts))

    def _near(self, texts: Iterable[str]) -> dict[str, float]:
        """The bodies whose names come closest to a name that no body has, with the similarity."""
        found: dict[str, float] = {}
        for body in self.bodies.values():
            alike = most_alike(texts, body.names)
            if alike >= NEAR:
                found[body.id] = alike
        best = max(found.values(), default=0.0)
        return {one: alike for one, alike in found.items() if alike >= best - 0.05}

    def names_of(self, ids: Iterable[str]) -> list[str]:
        """Every name and abbreviation of the bodies."""
        found = []
        for one in sorted(ids):
            body = self.bodies[one]
            found += [*body.names, body.abbreviation] if body.abbreviation else list(body.names)
        return found

    def related(self, ids: Iterable[str]) -> frozenset[str]:
        """The bodies that the register joins with these (part of, linked to)."""
        return frozenset().union(*(self.bodies[one].related for one in ids))


def similarity(left: str, right: str) -> float:
    """How alike two names of bodies are, 0 to 1, whatever the order of their characters.

    The words for 'association' (协会, 学会 …) do not count, another country ends it: one body is translated in many
    ways, but never into another country. Latin names are compared word by word.
    """
    left_zh, right_zh = body_core(left), body_core(right)
    if left_zh and right_zh:
        countries = country_of(fold(left)), country_of(fold(right))
        if all(countries) and countries[0] != countries[1]:
            return 0.0
        score = _alike(left_zh, right_zh)
        return score if all(countries) or not any(countries) else 0.8 * score
    if cjk(left) or cjk(right):
        return 0.0
    return _alike(words(left), words(right))


def most_alike(left: Iterable[str], right: Iterable[str]) -> float:
    """The best similarity of two sets of names. Where both have Chinese names, these decide."""
    left, right = list(left), list(right)
    if any(map(cjk, left)) and any(map(cjk, right)):
        left, right = [name for name in left if cjk(name)], [name for name in right if cjk(name)]
    return max((similarity(a, b) for a in left for b in right), default=0.0)


def _alike(left: Iterable[str], right: Iterable[str]) -> float:
    """The share in common. What both have alone counts double: one list often leaves out a word, seldom swaps one."""
    of_left, of_right = Counter(left), Counter(right)
    shared = sum((of_left & of_right).values())
    if not shared:
        return 0.0
    alone = sorted((sum(of_left.values()) - shared, sum(of_right.values()) - shared))
    return shared / (shared + 2 * alone[0] + 0.5 * (alone[1] - alone[0]))


def fit(
    row: Issuing,
    ids: frozenset[str],
    seen: frozenset[str],
    names: Iterable[str],
    book: IssuerBook,
) -> tuple[Fit, float]:
    """How the row's issuer fits a certificate issued by ``ids``.

    ``seen`` are bodies that mapped rows print with this certificate, ``names`` every name of either kind. The number
    is the similarity of the names.
    """
    if not row.printed or not (ids or seen):
        return Fit.UNKNOWN, 0.0
    names = list(names)
    if row.ids & (ids | seen) or row.keys & {issuer_key(name) for name in names}:
        return Fit.SAME, 1.0
    joined = book.related(ids | seen)
    if row.ids & joined:
        return Fit.RELATED, 1.0
    if row.ids:
        return Fit.OTHER, 0.0
    best = max((row.near.get(one, 0.0) for one in ids | seen), default=0.0)
    if not row.near:
        best = most_alike(row.printed, names)
    if best >= NEAR:
        return Fit.SIMILAR, best
    best = max((row.near.get(one, 0.0) for one in joined), default=0.0)
    return (Fit.RELATED, best) if best >= 0.75 else (Fit.OTHER, 0.0)
