"""Matches printed rows with what is known: for each row a proposal, its confidence, its evidence and the runner-up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kgservice.matching.candidates import Candidate, Prepared
from kgservice.matching.features import Evidence, compare_pair
from kgservice.matching.issuers import Issuing
from kgservice.matching.known import Known
from kgservice.matching.model import Model
from kgservice.matching.proposals import Compared, Proposal, propose
from kgservice.matching.rows import PrintedRow, split_row
from kgservice.matching.text import cjk, codes, fold, words

# How many certificates are compared in full; the others share next to nothing with the row.
SHORTLIST = 40


@dataclass(slots=True)
class Matcher:
    """Prepared once for what is known; matches any number of rows. The same input gives the same output."""

    known: Known
    model: Model
    prepared: Prepared = field(init=False)
    _index: dict[str, set[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.prepared = Prepared(self.known)
        self._index = {}
        for one, candidate in self.prepared.candidates.items():
            for token in _tokens(candidate):
                self._index.setdefault(token, set()).add(one)

    def match(self, row: PrintedRow, among: Iterable[str] | None = None) -> Proposal:
        """The proposal for a row; ``among`` limits the choice to some certificates."""
        return propose(row, self.compare(row, among), self.model)

    def compare(self, row: PrintedRow, among: Iterable[str] | None = None) -> Sequence[Compared]:
        """Each part of a row with the evidence for every certificate that comes into question."""
        limit = None if among is None else sorted(set(among))
        found = []
        for part in split_row(row):
            issuing = self.prepared.book.resolve(
                (*part.issuers, *part.original_issuers, *part.abbreviations)
            )
            ids = self.shortlist(part, issuing) if limit is None else limit
            found.append((part, tuple(self._evidence(part, issuing, one) for one in ids)))
        return found

    def _evidence(self, part: PrintedRow, issuing: Issuing, one: str) -> Evidence:
        return compare_pair(part, issuing, self.prepared.candidates[one], self.prepared)

    def shortlist(self, part: PrintedRow, issuing: Issuing) -> list[str]:
        """The certificates that share most with the row: characters, words, letters and bodies, by rarity."""
        points: dict[str, float] = {}
        for token in sorted(_row_tokens(part, issuing)):
            holders = self._index.get(token, ())
            for one in holders:
                points[one] = points.get(one, 0.0) + len(holders) ** -0.5
        return sorted(points, key=lambda one: (-points[one], one))[:SHORTLIST]


def _tokens(candidate: Candidate) -> set[str]:
    found = {f"code:{code}" for code in candidate.codes | candidate.initials}
    found |= {f"body:{one}" for one in candidate.issuers | candidate.seen}
    for form in (*candidate.zh, *candidate.foreign):
        found |= _text_tokens(form.text)
    return found


def _row_tokens(part: PrintedRow, issuing: Issuing) -> set[str]:
    found = {f"code:{code}" for code in codes(part.name) | codes(part.original)}
    found |= {f"body:{one}" for one in issuing.ids}
    return found | _text_tokens(part.name) | _text_tokens(part.original)


def _text_tokens(text: str) -> set[str]:
    characters = cjk(fold(text))
    pairs = {characters[at : at + 2] for at in range(len(characters) - 1)}
    return pairs | set(characters) | set(words(text))
