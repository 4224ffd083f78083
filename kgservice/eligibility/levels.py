"""How two levels of titles stand to each other, along ``skos:broader`` (section 4 of the model)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Relation = Literal["same", "lower", "next", "higher"]


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels by their paths: ``ranks`` of the narrow ones, and the broad one above each where there is one."""

    ranks: Mapping[str, int]
    broader: Mapping[str, str]

    def covers(self, wide: str, narrow: str) -> bool:
        """Whether a line for ``wide`` speaks of ``narrow`` as well: it is the same, or reached by ``skos:broader``."""
        return wide == narrow or self.broader.get(narrow) == wide

    def span(self, level: str) -> tuple[int, ...]:
        """The ranks that a level takes in: one of a narrow level, all of a broad one, rising."""
        if level in self.ranks:
            return (self.ranks[level],)
        return tuple(sorted(self.ranks[one] for one, wide in self.broader.items() if wide == level))

    def order(self, level: str) -> tuple[int, int]:
        """A key that sorts levels from low to high, a broad one before those that it takes in."""
        span = self.span(level)
        return (span[0] if span else 0, -len(span))

    def compare(self, asked: str, given: str) -> Relation:
        """How the level asked for stands to the one that is given: the same, lower, the next above, or higher still."""
        one, other = self.span(asked), self.span(given)
        if not one or not other or set(one) & set(other):
            return "same"
        if one[-1] < other[0]:
            return "lower"
        following = min(rank for rank in self.ranks.values() if rank > other[-1])
        return "next" if following in one else "higher"
