"""Certificates and families for a query: how likely each is, and whether one is beyond doubt.

The score of a candidate is its probability in per cent beside all others and beside 'none of them', by the model of
``kg match``. ``match`` needs more (:mod:`kgservice.reconcile.certainty`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kgservice.matching.features import Evidence, compare_pair
from kgservice.matching.issuers import Fit
from kgservice.matching.proposals import Choice, Compared, propose
from kgservice.matching.rows import split_row
from kgservice.reconcile.certainty import TELLING, beyond_doubt, contradicts, count_rivals, has_name
from kgservice.reconcile.clues import Clues, read_clues
from kgservice.reconcile.meaning import Meanings
from kgservice.reconcile.query import Query
from kgservice.reconcile.register import Register, as_known, as_path

_SHORTLIST = 25
_WORTH_SHOWING = 0.01
_LIKELIEST = 3  # candidates that are shown for what they have in common, however improbable


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that a query may mean: its score from 0 to 100, what speaks for and against it, and whether it is meant.

    ``features`` are those of :data:`kgservice.reconcile.properties.FEATURE_NAMES`.
    """

    id: str
    score: float
    match: bool
    features: Mapping[str, bool | int | float]


def find_certificates(
    query: Query, register: Register, meanings: Meanings | None = None
) -> list[Candidate]:
    """The candidates for a query, the best first; at most one is a match.

    Several names mean the same thing: a match only where all names that match anything agree. ``meanings`` are those of
    the batch that the query stands in.
    """
    meanings = meanings or Meanings(register)
    found: dict[str, Candidate] = {}
    matched: set[str] = set()
    for text in query.names or ("",):
        for candidate in _find(text, query, meanings):
            if candidate.match:
                matched.add(candidate.id)
            known = found.get(candidate.id)
            if known is None or candidate.score > known.score:
                found[candidate.id] = candidate
    sure = matched if len(matched) == 1 else set()
    ranked = sorted(found.values(), key=lambda one: (-one.score, one.id))
    return [replace(one, match=one.id in sure) for one in ranked]


def _find(text: str, query: Query, meanings: Meanings) -> list[Candidate]:
    register, clues = meanings.register, read_clues(text, query, meanings)
    if not clues.row.name and not clues.row.original and not clues.issuing.ids:
        return []
    proposal = propose(clues.row, _compare(clues, register), register.matcher.model)
    best: dict[str, Choice] = {}
    for part in proposal.parts:
        for choice in part.choices:
            if choice.id not in best or choice.probability > best[choice.id].probability:
                best[choice.id] = choice
    choices = sorted(best.values(), key=lambda one: (-one.probability, one.id))
    sure = beyond_doubt(choices, proposal, register.matcher.prepared)
    hit = {as_known(one.path) for one in clues.found if one.how not in ("issuer", "names")}
    shown = [
        one
        for rank, one in enumerate(choices)
        if one.probability >= _WORTH_SHOWING
        or one.id in hit
        or (rank < _LIKELIEST and _has_something(one.evidence))
    ]
    near = {other for one in shown for other in register.look_alikes.get(as_path(one.id), ())}
    return [
        Candidate(
            as_path(one.id),
            round(100 * one.probability, 2),
            one.id == sure,
            _features(one, choices, as_path(one.id) in near, clues, register),
        )
        for one in shown
    ]


def _compare(clues: Clues, register: Register) -> list[Compared]:
    """Each part of the row with the evidence for what shares most with it and for what the search found."""
    matcher = register.matcher
    found = [as_known(hit.path) for hit in clues.found]
    compared: list[Compared] = []
    for part in split_row(clues.row):
        ids = [*matcher.shortlist(part, clues.issuing)[:_SHORTLIST], *found]
        if not part.name and not part.original:
            ids = [
                one
                for one, c in matcher.prepared.candidates.items()
                if c.issuers & clues.issuing.ids
            ]
        evidence = [
            compare_pair(part, clues.issuing, matcher.prepared.candidates[one], matcher.prepared)
            for one in dict.fromkeys(ids)
            if one in matcher.prepared.candidates
        ]
        compared.append((part, evidence))
    return compared


def _has_something(evidence: Evidence) -> bool:
    """Whether the names have something in common that tells, or letters and the body."""
    told = max(evidence.zh.told, evidence.foreign.told if evidence.foreign else 0.0)
    body = evidence.fit in (Fit.SAME, Fit.RELATED, Fit.SIMILAR)
    return told >= TELLING or bool(evidence.shared_codes and body)


def _features(
    choice: Choice, choices: Sequence[Choice], look_alike: bool, clues: Clues, register: Register
) -> dict[str, bool | int | float]:
    evidence = choice.evidence
    candidate = register.matcher.prepared.candidates[choice.id]
    return {
        "same_name": has_name(evidence, candidate, clues.row.issuers),
        "same_issuer": evidence.fit in (Fit.SAME, Fit.RELATED, Fit.SIMILAR),
        "same_letters": bool(evidence.shared_codes),
        "other_grade": contradicts(evidence),
        "other_issuer": evidence.fit is Fit.OTHER,
        "rivals": count_rivals(choice, choices),
        "look_alike": look_alike,
    }
