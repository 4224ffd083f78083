"""Measures the matcher honestly: leave one directory out of everything, match it, compare with what persons decided.

For a directory that is left out, the weights and the threshold are fitted on the other directories alone, each of
them matched against what is known without it and without the directory left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kgservice.matching.fitting import FIRST_GUESS, Example, choose_threshold, fit_weights
from kgservice.matching.known import Known
from kgservice.matching.matcher import Matcher
from kgservice.matching.model import Model
from kgservice.matching.proposals import Compared, Decision, Proposal, propose
from kgservice.matching.rows import PrintedRow
from kgservice.matching.sources import Sources
from kgservice.matching.without import Removed, without

STRENGTH = 2.0  # how firmly the weights are held at their first guess
LOOK_ALIKE_WEIGHT = (
    0.2  # a pair told apart counts a fifth of a row: there are many, and they resemble each other
)
PRECISION = (
    0.98  # what automatic decisions must reach, on directories that the weights have not seen
)
FLOOR = 0.6  # and it is never lower than this


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a directory left out: what it lists of the certificates still known, and the evidence for each."""

    row: PrintedRow
    listed: frozenset[str]
    compared: Sequence[Compared]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a method did with one row: its proposal (empty for 'new'), and whether it stands without a person."""

    entry: str
    listed: frozenset[str]
    proposed: frozenset[str]
    automatic: bool

    @property
    def right(self) -> bool:
        """Exactly the certificates that the row lists, no more and no fewer."""
        return self.proposed == self.listed


@dataclass(frozen=True, slots=True)
class Measure:
    """Counts over rows. ``existing``: rows that list a certificate still known; the others are new."""

    rows: int
    existing: int
    automatic: int
    right: int
    forced: int
    new_as_new: int
    proposed_right: int

    @property
    def precision(self) -> float:
        """Right among the automatic ones; a new row taken for a known certificate is wrong."""
        return self.right / self.automatic if self.automatic else 1.0

    @property
    def recall(self) -> float:
        """Automatic and right among the rows whose certificate is known."""
        return self.right / self.existing if self.existing else 1.0

    @property
    def to_person(self) -> float:
        """The share of all rows that a person decides."""
        return 1 - self.automatic / self.rows if self.rows else 0.0


def measure(outcomes: Iterable[Outcome]) -> Measure:
    """Counts what a method did."""
    found = list(outcomes)
    automatic = [one for one in found if one.automatic]
    new = [one for one in found if not one.listed]
    return Measure(
        len(found),
        len(found) - len(new),
        len(automatic),
        sum(one.right for one in automatic),
        sum(not one.listed for one in automatic),
        sum(not one.proposed for one in new),
        sum(one.right for one in found if one.listed),
    )


def outcome_of(proposal: Proposal, listed: frozenset[str]) -> Outcome:
    """The outcome of a proposal."""
    automatic = proposal.decision is Decision.AUTOMATIC
    return Outcome(proposal.row.entry, listed, proposal.ids, automatic)


def leave_out(
    known: Known,
    rows: Mapping[str, PrintedRow],
    listed: Mapping[str, frozenset[str]],
    edition: str,
    *,
    register_labels: bool = True,
) -> tuple[list[Case], Matcher, Removed]:
    """The rows of an edition, compared with what is known without it."""
    rest, removed = without(known, rows, listed, edition, register_labels=register_labels)
    matcher = Matcher(rest, Model(FIRST_GUESS, 1.0))
    cases = [
        Case(row, listed.get(entry, frozenset()) & rest.certificates.keys(), matcher.compare(row))
        for entry, row in rows.items()
        if entry.startswith(f"{edition}/")
    ]
    return cases, matcher, removed


def fitted_without(sources: Sources, edition: str, *, register_labels: bool = True) -> Model:
    """Weights and threshold from the other directories only, as if ``edition`` had never been read."""
    rows = {one: row for one, row in sources.rows.items() if not one.startswith(f"{edition}/")}
    listed = {one: sources.listed[one] for one in rows if one in sources.listed}
    known, _ = without(
        sources.known, sources.rows, sources.listed, edition, register_labels=register_labels
    )
    return fit(known, rows, listed, register_labels=register_labels)


def fit(
    known: Known,
    rows: Mapping[str, PrintedRow],
    listed: Mapping[str, frozenset[str]],
    *,
    register_labels: bool = True,
) -> Model:
    """Fits the weights on every directory left out once, and the threshold on weights that have not seen it."""
    editions = sorted({entry.rpartition("/")[0] for entry in rows})
    cases = {
        one: leave_out(known, rows, listed, one, register_labels=register_labels)[0]
        for one in editions
    }
    apart = look_alike_examples(known, rows, listed)
    examples = {one: [e for case in found for e in _examples(case)] for one, found in cases.items()}
    scored: list[tuple[float, bool]] = []
    for held in editions:
        others = [e for one in editions if one != held for e in examples[one]]
        if not others:
            continue
        unseen = Model(fit_weights([*others, *apart], strength=STRENGTH), 0.0)
        for case in cases[held]:
            proposal = propose(case.row, case.compared, unseen)
            if proposal.decision is Decision.AUTOMATIC:
                lowest = min(part.confidence for part in proposal.parts)
                scored.append((lowest, proposal.ids == case.listed))
    weights = fit_weights(
        [*(e for one in editions for e in examples[one]), *apart], strength=STRENGTH
    )
    return Model(weights, choose_threshold(scored, precision=PRECISION, floor=FLOOR))


def _examples(case: Case) -> list[Example]:
    return [
        Example(
            tuple(dict(one.values) for one in found),
            frozenset(at for at, one in enumerate(found) if one.certificate.id in case.listed),
        )
        for _, found in case.compared
        if found
    ]


def look_alike_examples(
    known: Known, rows: Mapping[str, PrintedRow], listed: Mapping[str, frozenset[str]]
) -> list[Example]:
    """Hard negatives: each side of a pair that a person told apart, with only the other side to choose."""
    matcher = Matcher(known, Model(FIRST_GUESS, 1.0))
    return [
        Example(tuple(dict(one.values) for one in found), frozenset(), LOOK_ALIKE_WEIGHT)
        for row, other in look_alike_rows(known, rows, listed)
        for _, found in matcher.compare(row, [other])
    ]


def merged_look_alikes(
    known: Known,
    rows: Mapping[str, PrintedRow],
    listed: Mapping[str, frozenset[str]],
    model: Model,
) -> tuple[int, list[str]]:
    """How many rows were tried with only their look-alike to choose, and which of them went to it automatically."""
    matcher = Matcher(known, model)
    pairs = look_alike_rows(known, rows, listed)
    return len(pairs), [
        f"{row.entry} {row.name} → {other}"
        for row, other in pairs
        if matcher.match(row, [other]).decision is Decision.AUTOMATIC
    ]


def look_alike_rows(
    known: Known, rows: Mapping[str, PrintedRow], listed: Mapping[str, frozenset[str]]
) -> list[tuple[PrintedRow, str]]:
    """Rows that list one side of a look-alike pair, and its registered names as rows, each with the other side."""
    by_target: dict[str, list[PrintedRow]] = {}
    for entry in sorted(rows):
        targets = listed.get(entry, frozenset())
        if len(targets) == 1:
            by_target.setdefault(next(iter(targets)), []).append(rows[entry])
    found: dict[tuple[object, ...], tuple[PrintedRow, str]] = {}
    for pair in sorted(tuple(sorted(one)) for one in known.look_alikes):
        for side, other in (pair, pair[::-1]):
            if other not in known.certificates:
                continue
            for row in [*by_target.get(side, ()), *_registered_row(known, side)]:
                mark = (side, other, row.name, row.original, row.issuers)
                found.setdefault(mark, (row, other))
    return list(found.values())


def _registered_row(known: Known, one: str) -> list[PrintedRow]:
    """A row as a directory would print it that copies the register; none if its names were taken away."""
    certificate = known.certificates.get(one)
    if certificate is None:
        return []
    names = [name.text for name in certificate.names if name.origin == "register"]
    bodies = [known.bodies[body].names[:1] for body in certificate.issuers if body in known.bodies]
    issuers = tuple(name for names in bodies for name in names)
    return [PrintedRow(f"register/{one}", name, issuers=issuers) for name in names[:1]]
