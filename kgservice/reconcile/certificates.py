"""Certificates and families for a query: how likely each is, and whether one is beyond doubt.

The score of a candidate is its probability in per cent beside all others and beside 'none of them', by the model of
``kg match``. ``match`` needs more: identity is never taken from a name alone. Something else must agree (the issuer, in
a property or in the name itself), nothing may contradict, and no other candidate may fit as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kgservice.matching.features import RARE, Evidence, compare_pair
from kgservice.matching.issuers import Fit
from kgservice.matching.proposals import Choice, Compared, Decision, Proposal, propose
from kgservice.matching.rows import split_row
from kgservice.matching.text import codes
from kgservice.reconcile.clues import Clues, read_clues
from kgservice.reconcile.query import Query
from kgservice.reconcile.register import Register, as_known, as_path

SURE = 0.9  # the probability from which a candidate may be beyond doubt
UNLIKELY = 0.05  # and what every other one must stay below
_SHORTLIST = 25
_WORTH_SHOWING = 0.01
_LIKELIEST = 3  # candidates that are shown for what they have in common, however improbable
_TELLING = 0.4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that a query may mean: its score from 0 to 100, what speaks for and against it, and whether it is meant.

    ``features`` are those of :data:`kgservice.reconcile.properties.FEATURE_NAMES`.
    """

    id: str
    score: float
    match: bool
    features: Mapping[str, bool | int | float]


def find_certificates(query: Query, register: Register) -> list[Candidate]:
    """The candidates for a query, the best first; at most one is a match.

    Several names mean the same thing: a match only where all names that match anything agree.
    """
    found: dict[str, Candidate] = {}
    matched: set[str] = set()
    for text in query.names or ("",):
        for candidate in _find(text, query, register):
            if candidate.match:
                matched.add(candidate.id)
            known = found.get(candidate.id)
            if known is None or candidate.score > known.score:
                found[candidate.id] = candidate
    sure = matched if len(matched) == 1 else set()
    ranked = sorted(found.values(), key=lambda one: (-one.score, one.id))
    return [replace(one, match=one.id in sure) for one in ranked]


def _find(text: str, query: Query, register: Register) -> list[Candidate]:
    clues = read_clues(text, query, register)
    if not clues.row.name and not clues.row.original and not clues.issuing.ids:
        return []
    proposal = propose(clues.row, _compare(clues, register), register.matcher.model)
    best: dict[str, Choice] = {}
    for part in proposal.parts:
        for choice in part.choices:
            if choice.id not in best or choice.probability > best[choice.id].probability:
                best[choice.id] = choice
    choices = sorted(best.values(), key=lambda one: (-one.probability, one.id))
    sure = _beyond_doubt(choices, proposal, register)
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
            _features(one, _rivals(one, choices), as_path(one.id) in near),
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


def _beyond_doubt(choices: Sequence[Choice], proposal: Proposal, register: Register) -> str | None:
    """The one candidate that is meant without doubt."""
    if not choices or proposal.decision is not Decision.AUTOMATIC or len(proposal.parts) != 1:
        return None
    best = choices[0]
    others = [one for one in choices if one.id != best.id]
    if best.probability < SURE or any(one.probability > UNLIKELY for one in others):
        return None
    if _rivals(best, choices) or not (_has_name(best) or _has_letters(best, proposal, register)):
        return None
    if best.evidence.fit not in (Fit.SAME, Fit.RELATED, Fit.SIMILAR):
        return None
    if _contradicted(best.evidence) or any(_claims(one, best, register) for one in others):
        return None
    return best.id


def _has_something(evidence: Evidence) -> bool:
    """Whether the names have something in common that tells, or letters and the body."""
    told = max(evidence.zh.told, evidence.foreign.told if evidence.foreign else 0.0)
    body = evidence.fit in (Fit.SAME, Fit.RELATED, Fit.SIMILAR)
    return told >= _TELLING or bool(evidence.shared_codes and body)


def _has_name(choice: Choice) -> bool:
    """Whether a name is the same but for layout, issuer and filler words."""
    values = choice.evidence.values
    return bool(values["zh_exact"] or values["foreign_exact"])


def _has_letters(choice: Choice, proposal: Proposal, register: Register) -> bool:
    """Whether the letters are the post-nominals of this certificate, all of them and no others (MBCS, MBCS CITP)."""
    candidate = register.matcher.prepared.candidates[choice.id]
    row = proposal.parts[0].part
    printed = (codes(row.name) | codes(row.original)) - candidate.abbreviations
    return bool(printed) and printed == candidate.notation


def _claims(other: Choice, best: Choice, register: Register) -> bool:
    """Whether the query has post-nominals of another certificate that the best one has not (FRICS for MRICS)."""
    notation = register.matcher.prepared.candidates[other.id].notation
    strange = (other.evidence.shared_codes & notation) - best.evidence.shared_codes
    return bool(strange) and other.evidence.fit is not Fit.OTHER


def _rivals(choice: Choice, choices: Sequence[Choice]) -> int:
    """How many other candidates have the same name too, or letters that nothing else has, and no other body."""
    return sum(
        other.id != choice.id
        and other.evidence.fit is not Fit.OTHER
        and (_has_name(other) or other.evidence.values["code_same"] >= RARE)
        and not _contradicted(other.evidence)
        for other in choices
    )


def _contradicted(evidence: Evidence) -> bool:
    values = evidence.values
    return bool(values["grade_conflict"] or values["number_conflict"])


def _features(choice: Choice, rivals: int, look_alike: bool) -> dict[str, bool | int | float]:
    evidence = choice.evidence
    return {
        "same_name": _has_name(choice),
        "same_issuer": evidence.fit in (Fit.SAME, Fit.RELATED, Fit.SIMILAR),
        "same_letters": bool(evidence.shared_codes),
        "other_grade": _contradicted(evidence),
        "other_issuer": evidence.fit is Fit.OTHER,
        "rivals": rivals,
        "look_alike": look_alike,
    }
