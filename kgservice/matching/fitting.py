"""Fits the weights: the choice that a person made for each row should be as probable as possible.

Maximum a posteriori: the log-likelihood of the choices, minus how far each weight moves from a first guess that
states only its direction. Five directories say nothing about some features, and then the guess stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kgservice.matching.features import FEATURES

# The direction and rough size that each feature has before any data.
FIRST_GUESS: dict[str, float] = {
    "candidate": -1.0,
    "zh_exact": 2.0,
    "zh_swapped": -4.0,
    "zh_added": -2.0,
    "zh_inserted": -2.0,
    "zh_other": -3.0,
    "foreign_exact": 2.0,
    "foreign_swapped": -2.0,
    "foreign_added": -1.0,
    "foreign_other": -3.0,
    "foreign_apart": -1.0,
    "latin_swapped": -4.0,
    "latin_added": -2.0,
    "code_same": 2.0,
    "code_confirmed": 2.0,
    "code_other": -1.0,
    "code_elsewhere": -2.0,
    "grade_conflict": -5.0,
    "rank_extra": -3.0,
    "grade_extra": -1.0,
    "grade_loose": -1.0,
    "number_conflict": -6.0,
    "number_extra": -2.0,
    "issuer_same": 3.0,
    "issuer_related": 2.0,
    "issuer_similar": 2.0,
    "issuer_named": 1.0,
    "issuer_other": -3.0,
    "country_other": -4.0,
    "exact_told": 2.0,
    "bare_name": -4.0,
    "family": -1.0,
}


@dataclass(frozen=True, slots=True)
class Example:
    """One choice: the features of each candidate, which of them a person chose (none: 'new'), and its weight."""

    candidates: tuple[dict[str, float], ...]
    chosen: frozenset[int]
    weight: float = 1.0


def fit_weights(
    examples: Iterable[Example], *, strength: float = 0.5, steps: int = 60
) -> dict[str, float]:
    """The weights that make the choices most probable. ``strength`` holds them at the first guess.

    A weight may shrink to nothing but not turn its direction: what turns is set to 0 and the others are fitted anew.
    """
    data = _Choices.of(list(examples))
    guess = np.array([FIRST_GUESS[name] for name in FEATURES])
    free = np.ones(len(guess), dtype=bool)
    while True:
        weights = _climb(data, guess, free, strength, steps)
        turned = free & (weights * np.sign(guess) < 0)
        if not turned.any():
            break
        free &= ~turned
    return {
        name: round(float(weight), 4) + 0.0 for name, weight in zip(FEATURES, weights, strict=True)
    }


def _climb(data: _Choices, guess: Any, free: Any, strength: float, steps: int) -> Any:
    """Fisher scoring with a halved step where the full one does not gain; weights that are not free stay 0."""
    weights = np.where(free, guess, 0.0)
    value, share, posterior = data.weigh(weights, guess, strength)
    for _ in range(steps):
        slope = data.features.T @ (data.importance * (posterior - share))
        slope -= strength * (weights - guess)
        shared = data.features * (data.importance * share)[:, None]
        mean = np.add.reduceat(data.features * share[:, None], data.starts)
        spread = shared.T @ data.features
        spread -= (mean * data.importance[data.starts][:, None]).T @ mean
        inner = spread[np.ix_(free, free)] + strength * np.eye(int(free.sum()))
        step = np.zeros(len(guess))
        step[free] = np.linalg.solve(inner, slope[free])
        size = 1.0
        while size > 1e-4:
            tried = data.weigh(weights + size * step, guess, strength)
            if tried[0] > value:
                break
            size /= 2
        else:
            return weights
        gain, weights = tried[0] - value, weights + size * step
        value, share, posterior = tried
        if gain < 1e-6:
            return weights
    return weights


@dataclass(frozen=True, slots=True)
class _Choices:
    """All candidates of all examples below one another; each example ends with 'new', whose features are all 0."""

    features: Any
    chosen: Any
    importance: Any
    starts: Any
    owner: Any

    @classmethod
    def of(cls, examples: Sequence[Example]) -> _Choices:
        rows: list[list[float]] = []
        chosen: list[bool] = []
        starts: list[int] = []
        owner: list[int] = []
        for at, example in enumerate(examples):
            starts.append(len(rows))
            rows += [[values[name] for name in FEATURES] for values in example.candidates]
            rows.append([0.0] * len(FEATURES))
            chosen += [place in example.chosen for place in range(len(example.candidates))]
            chosen.append(not example.chosen)
            owner += [at] * (len(example.candidates) + 1)
        of_example = np.array([example.weight for example in examples])
        places = np.array(owner)
        return cls(np.array(rows), np.array(chosen), of_example[places], np.array(starts), places)

    def weigh(self, weights: Any, guess: Any, strength: float) -> tuple[float, Any, Any]:
        """The value of the weights, the share of each candidate, and its share among the chosen ones."""
        scores = self.features @ weights
        scores -= np.maximum.reduceat(scores, self.starts)[self.owner]
        powers = np.exp(scores)
        total = np.add.reduceat(powers, self.starts)
        picked = np.where(self.chosen, powers, 0.0)
        right = np.add.reduceat(picked, self.starts) + 1e-300
        likelihood = self.importance[self.starts] @ (np.log(right) - np.log(total))
        value = float(likelihood - strength / 2 * ((weights - guess) ** 2).sum())
        return value, powers / total[self.owner], picked / right[self.owner]


def choose_threshold(
    outcomes: Sequence[tuple[float, bool]], *, precision: float = 0.99, floor: float = 0.5
) -> float:
    """The lowest probability at which, and above which everywhere, proposals are right often enough.

    ``outcomes`` are (probability, right) of the proposals on directories that the weights have not seen.
    """
    ranked = sorted(outcomes, key=lambda one: (-one[0], one[1]))
    best = 1.0
    right = 0
    for count, (probability, correct) in enumerate(ranked, 1):
        right += correct
        if probability < floor:
            break
        last = count == len(ranked) or ranked[count][0] < probability
        if last and right / count >= precision:
            best = probability
    return round(max(best - 1e-6, floor), 6)
