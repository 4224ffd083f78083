"""The certificates of the register, prepared once so that each row can be compared with them quickly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from kgservice.matching.forms import NameForm, Weights, make_forms, weigh
from kgservice.matching.issuers import IssuerBook
from kgservice.matching.known import Certificate, Known
from kgservice.matching.text import (
    body_initials,
    cjk,
    codes,
    country_of,
    initials,
    issuer_key,
    words,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A certificate with its names in compared form, its letters, its words, and the names of its bodies.

    ``seen`` are bodies that mapped rows print with it, ``notation`` its own post-nominals, ``codes`` all letters
    printed for it, ``initials`` those of its foreign names.
    """

    certificate: Certificate
    zh: list[NameForm]
    foreign: list[NameForm]
    codes: frozenset[str]
    initials: frozenset[str]
    notation: frozenset[str]
    words: frozenset[str]
    issuers: frozenset[str]
    seen: frozenset[str]
    issuer_names: tuple[str, ...]
    issuer_words: frozenset[str]
    abbreviations: frozenset[str]
    countries: frozenset[str]


@dataclass(slots=True)
class Prepared:
    """All candidates, the bodies, and how much each character, word and set of letters tells."""

    known: Known
    book: IssuerBook = field(init=False)
    candidates: dict[str, Candidate] = field(init=False)
    weights: Weights = field(init=False)
    _holders: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        self.book = IssuerBook(self.known.bodies)
        self.candidates = {
            one: _prepare(certificate, self.book)
            for one, certificate in self.known.certificates.items()
        }
        self.weights = weigh([*c.zh, *c.foreign] for c in self.candidates.values())
        self._holders = Counter(
            code for c in self.candidates.values() for code in c.codes | c.initials
        )

    def is_known(self, code: str) -> bool:
        """Whether some certificate has these letters."""
        return self._holders[code] > 0

    def rarity(self, code: str) -> float:
        """1 for letters of a single certificate, less for CEng or CPA, which several bodies give."""
        return float(1.0 / max(1, self._holders[code]) ** 0.5)


def _prepare(certificate: Certificate, book: IssuerBook) -> Candidate:
    ids = frozenset(one for one in certificate.issuers if one in book.bodies)
    by_entry: dict[str, list[str]] = {}
    for name in certificate.printed_issuers:
        by_entry.setdefault(name.origin, []).append(name.text)
    seen = frozenset(one for texts in by_entry.values() for one in book.resolve(texts).ids)
    printed = (name.text for name in certificate.printed_issuers)
    names = tuple(dict.fromkeys((*book.names_of(ids | seen), *printed)))
    tokens = issuer_words(names)
    forms = [
        form
        for name in certificate.names
        for form in make_forms(name.text, name.origin, names, tokens)
    ]
    abbreviations = frozenset(issuer_key(name) for name in names if _is_abbreviation(name))
    abbreviations |= short_names(names)
    notation = codes(certificate.notation) - abbreviations
    letters = set(notation)
    for name in certificate.names:
        letters |= codes(name.text)
    made = {one for name in certificate.names if (one := initials(name.text))}
    return Candidate(
        certificate,
        [form for form in forms if form.full.zh],
        [form for form in forms if not form.full.zh and form.full.latin - codes(form.text)],
        frozenset(letters) - abbreviations,
        frozenset(made),
        notation,
        frozenset(words(certificate.notation)).union(*(form.full.latin for form in forms)),
        ids,
        seen,
        names,
        tokens,
        abbreviations,
        countries([*(name.text for name in certificate.names), *names]),
    )


def countries(texts: Iterable[str]) -> frozenset[str]:
    """The countries that Chinese names hold."""
    return frozenset(one for text in texts if cjk(text) and (one := country_of(text)))


def issuer_words(names: Iterable[str]) -> frozenset[str]:
    """The Latin words of the names of bodies, and what the names are shortened to."""
    names = [name for name in names if not cjk(name)]
    return short_names(names).union(*(words(name) for name in names))


def short_names(names: Iterable[str]) -> frozenset[str]:
    """The first letters of foreign names of bodies: ACM高级会员 is printed where no column holds the abbreviation."""
    return frozenset(one for name in names if not cjk(name) and (one := body_initials(name)))


def _is_abbreviation(name: str) -> bool:
    return not cjk(name) and " " not in name and 2 <= len(name) <= 10 and bool(codes(name))
