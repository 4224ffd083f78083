"""Issuing bodies for a query: by their names and abbreviations, exact before alike."""

from __future__ import annotations

from dataclasses import replace

from kgservice.matching.issuers import most_alike
from kgservice.matching.text import cjk, issuer_key
from kgservice.reconcile.certificates import Candidate
from kgservice.reconcile.meaning import body_texts
from kgservice.reconcile.query import Query
from kgservice.reconcile.register import Register
from kgservice.search.find import find

_ALIKE = 0.5  # below this, two names of bodies have nothing to do with each other
_BY_LETTERS = 80.0  # letters stand for several bodies in the world, even where one here has them
_MOST_ALIKE = 75.0
_FOUND = {"prefix": 30.0, "words": 20.0, "substring": 10.0, "fuzzy": 10.0}
_LONG_NAME = 4  # Chinese characters


def find_issuers(query: Query, register: Register) -> list[Candidate]:
    """The bodies for a query, the best first. A match is a full name that one body alone has; letters never are one."""
    found: dict[str, Candidate] = {}
    for text in query.names:
        for candidate in _find(text, register):
            known = found.get(candidate.id)
            if known is None or candidate.score > known.score:
                found[candidate.id] = candidate
    ranked = sorted(found.values(), key=lambda one: (-one.score, one.id))
    if sum(one.match for one in ranked) > 1:
        ranked = [replace(one, match=False) for one in ranked]
    return ranked


def _find(text: str, register: Register) -> list[Candidate]:
    book = register.matcher.prepared.book
    simplified = register.simplify(text)
    parts = body_texts(simplified, register)
    scores: dict[str, float] = {}
    for hit in find(register.index, text, types=("issuer",), limit=10):
        if hit.how in _FOUND:
            scores[hit.path] = _FOUND[hit.how]
    for one, body in book.bodies.items():
        alike = most_alike([simplified], body.names)
        if alike >= _ALIKE:
            score = _MOST_ALIKE * (alike - _ALIKE) / (1 - _ALIKE)
            scores[one] = max(scores.get(one, 0.0), score)
    named: list[set[str]] = []
    for part in parts:
        ids = book.by_key.get(issuer_key(part), set())
        if _is_full(part) and ids:
            named.append(ids)
        for one in ids:
            score = (100.0 if _is_full(part) else _BY_LETTERS) / len(ids)
            scores[one] = max(scores.get(one, 0.0), score)
    # A name with letters behind it: both have to mean the same body.
    agreeing = set.intersection(*named) if named else set()
    for part in parts:
        ids = book.by_key.get(issuer_key(part), set())
        if ids and agreeing:
            agreeing &= ids
    sure = agreeing if len(agreeing) == 1 and len(min(named, key=len)) == 1 else set()
    return [
        Candidate(
            one,
            round(score, 2),
            one in sure,
            {
                "same_name": any(one in ids for ids in named),
                "similarity": round(most_alike([simplified], book.bodies[one].names), 3),
                "rivals": len(agreeing - {one}),
            },
        )
        for one, score in scores.items()
        if one in book.bodies
    ]


def _is_full(text: str) -> bool:
    """Whether a text is a whole name and no abbreviation."""
    return len(cjk(text)) >= _LONG_NAME or len(text.split()) >= 3
