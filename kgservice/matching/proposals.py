"""From evidence to a proposal: which certificate, how sure, and whether a person has to look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from kgservice.matching.features import Evidence
from kgservice.matching.model import Model
from kgservice.matching.rows import PrintedRow

Compared = tuple[PrintedRow, Sequence[Evidence]]


class Decision(StrEnum):
    """What becomes of a row. Only ``AUTOMATIC`` stands without a person."""

    AUTOMATIC = "automatic"
    UNSURE = "unsure"
    AMBIGUOUS = "ambiguous"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Choice:
    """One certificate that the row may list, with its probability and evidence."""

    id: str
    probability: float
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class PartProposal:
    """The proposal for one certificate that a row prints: choices by falling probability, and that of 'new'."""

    part: PrintedRow
    choices: tuple[Choice, ...]
    new: float
    decision: Decision

    @property
    def best(self) -> Choice | None:
        """The proposed certificate, ``None`` for 'new'."""
        return None if self.decision is Decision.NEW else self.choices[0]

    @property
    def confidence(self) -> float:
        """The probability of what is proposed."""
        return self.new if self.best is None else self.best.probability


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for one printed row, part by part; it is automatic only if every part is."""

    row: PrintedRow
    parts: tuple[PartProposal, ...]
    decision: Decision = field(init=False)

    def __post_init__(self) -> None:
        decisions = {part.decision for part in self.parts}
        ids = [part.best.id for part in self.parts if part.best]
        order = (Decision.NEW, Decision.AMBIGUOUS, Decision.UNSURE)
        worst = next((one for one in order if one in decisions), Decision.AUTOMATIC)
        if worst is Decision.AUTOMATIC and (len(set(ids)) < len(ids) or self.row.is_range):
            worst = Decision.UNSURE
        if worst is Decision.NEW and ids:
            worst = Decision.AMBIGUOUS
        object.__setattr__(self, "decision", worst)

    @property
    def ids(self) -> frozenset[str]:
        """The proposed certificates and families."""
        return frozenset(part.best.id for part in self.parts if part.best)


def propose(row: PrintedRow, compared: Sequence[Compared], model: Model) -> Proposal:
    """Weighs the evidence of each part of a row."""
    parts = [_weigh(part, found, model) for part, found in compared]
    if len(parts) == 1:
        parts = _spread_over_levels(row, parts[0])
    return Proposal(row, tuple(parts))


def _weigh(part: PrintedRow, found: Sequence[Evidence], model: Model) -> PartProposal:
    shares, new = model.shares([model.score(one.values) for one in found])
    choices = sorted(
        (
            Choice(evidence.certificate.id, share, evidence)
            for evidence, share in zip(found, shares, strict=True)
        ),
        key=lambda choice: (-choice.probability, choice.id),
    )
    return PartProposal(part, tuple(choices), new, _decide(choices, new, model))


def _decide(choices: Sequence[Choice], new: float, model: Model) -> Decision:
    if not choices or choices[0].probability <= new:
        return Decision.NEW
    if choices[0].probability >= model.threshold and choices[0].evidence.firm:
        return Decision.AUTOMATIC
    second = choices[1].probability if len(choices) > 1 else 0.0
    return Decision.AMBIGUOUS if second > new else Decision.UNSURE


def _spread_over_levels(row: PrintedRow, part: PartProposal) -> list[PartProposal]:
    """A row with two levels and no grade, between two certificates alike: it lists both grades.

    The row itself does not say so, hence a person decides.
    """
    best = part.choices[: row.levels]
    if row.levels == 1 or row.grades or len(best) < row.levels:
        return [part]
    together = sum(choice.probability for choice in best)
    if best[-1].probability < 0.95 * best[0].probability or together <= part.new:
        return [part]
    return [
        replace(
            part,
            choices=(choice, *(other for other in part.choices if other is not choice)),
            decision=Decision.AMBIGUOUS,
        )
        for choice in best
    ]
