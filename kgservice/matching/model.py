"""From features to a probability: a choice between the certificates of the register and 'new'.

Each certificate has a score, the weighted sum of its features; 'new' has the score 0. The probability of each is its
share of ``exp(score)`` (a conditional logit). So the runner-up lowers the confidence of the best by itself, and a row
that nothing in the register fits comes out as new.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from kgservice.matching.features import FEATURES


@dataclass(frozen=True, slots=True)
class Model:
    """The weight of every feature, and the probability from which a proposal may stand without a person."""

    weights: Mapping[str, float]
    threshold: float

    def score(self, values: Mapping[str, float]) -> float:
        """The weighted sum of the features."""
        return sum(self.weights[name] * values[name] for name in FEATURES)

    def shares(self, scores: Sequence[float]) -> tuple[list[float], float]:
        """The probability of each candidate, and of 'new'."""
        top = max([0.0, *scores])
        powers = [math.exp(score - top) for score in scores]
        new = math.exp(-top)
        total = sum(powers) + new
        return [power / total for power in powers], new / total


def shipped_model() -> Model:
    """The model fitted on the five directories (``weights.json``; ``benchmarks/matching.py --fit`` makes it)."""
    text = resources.files("kgservice.matching").joinpath("weights.json").read_text("utf-8")
    return read_model(text)


def read_model(text: str) -> Model:
    """A model from its JSON.

    Raises:
        ValueError: a feature has no weight, or one is unknown.
    """
    raw = json.loads(text)
    weights = {name: float(value) for name, value in raw["weights"].items()}
    if set(weights) != set(FEATURES):
        raise ValueError(f"weights.json and the features differ: {set(weights) ^ set(FEATURES)}")
    return Model(weights, float(raw["threshold"]))
