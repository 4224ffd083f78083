"""What a query says, put as a printed row would: name, foreign name, issuers.

People write more into one cell than a directory does: the body before the name (RICS专业会员), letters behind it, ids.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kgservice.matching.issuers import Issuing
from kgservice.matching.rows import PrintedRow
from kgservice.matching.text import cjk, codes, fold, issuer_key
from kgservice.reconcile.meaning import Meanings
from kgservice.reconcile.query import Query, Value
from kgservice.reconcile.register import Register
from kgservice.search.find import Hit, find

_WORD = re.compile(r"[A-Za-z][A-Za-z&.+-]*")
_SHORTEST_BODY = 4  # Chinese characters of a body's name that is looked for inside a text
_SHORTEST_LETTERS = 3
_HITS = 12


@dataclass(frozen=True, slots=True)
class Clues:
    """One name with everything stated beside it.

    ``issuing`` are the bodies that are stated or else named in the name itself; ``found`` is what the search finds.
    """

    row: PrintedRow
    issuing: Issuing
    found: tuple[Hit, ...]


def read_clues(text: str, query: Query, meanings: Meanings) -> Clues:
    """The clues of one of the names of a query; the name may be empty where only properties are given."""
    register = meanings.register
    found = tuple(find(register.index, text, types=("certificate", "family"), limit=_HITS))
    same = [hit for hit in found if hit.how == "exact"]
    # The spelling of the register: Kaeltetechnik and mrics mean what Kältetechnik and MRICS mean.
    name = register.simplify(same[0].name if same else text)
    if same and not cjk(name):
        name = max((register.simplify(hit.name) for hit in same), key=_capitals)
    original = [register.simplify(value.text) for value in _stated(query, "originalName")]
    for value in (*_stated(query, "grade"), *_stated(query, "notation")):
        word = register.simplify(value.text)
        if fold(word) in fold(f"{name} {' '.join(original)}"):
            continue
        if cjk(word):
            name = f"{name} {word}".strip()
        else:
            original.append(word)
    whole = " ".join([name, *original])
    issuing = meanings.issuing(_stated(query, "issuer")) or _body_in(whole, register)
    if not cjk(name):
        original.insert(0, name)
        name = ""
    row = PrintedRow("", name, " ".join(original).strip(), tuple(issuing.printed))
    return Clues(row, issuing, found)


def _stated(query: Query, property: str) -> list[Value]:
    return [
        value
        for condition in query.conditions
        if condition.property == property and condition.quantifier != "none"
        for value in condition.values
    ]


def _capitals(text: str) -> int:
    return sum(mark.isupper() for mark in text)


def _body_in(name: str, register: Register) -> Issuing:
    """The body that a name itself names: the longest known name in it, else letters that mean one body alone."""
    book = register.matcher.prepared.book
    folded = fold(name)
    best = ""
    for body in book.bodies.values():
        for text in body.names:
            long = len(cjk(text)) >= _SHORTEST_BODY if cjk(text) else len(text.split()) >= 3
            if long and len(text) > len(best) and fold(text) in folded:
                best = text
    if best:
        return book.resolve((best,))
    letters = [
        word
        for word in _WORD.findall(name)
        if len(word) >= _SHORTEST_LETTERS
        and _capitals(word) >= 2
        and len(book.by_key.get(issuer_key(word), ())) == 1
    ]
    return book.resolve(letters[:1] or _body_of_letters(name, register))


def _body_of_letters(name: str, register: Register) -> list[str]:
    """The body whose letters stand in post-nominals that one certificate alone has: RICS in MRICS."""
    prepared = register.matcher.prepared
    for code in sorted(codes(name)):
        holders = [one for one in prepared.candidates.values() if code in one.notation]
        if len(holders) != 1:
            continue
        for one in sorted(holders[0].issuers):
            letters = issuer_key(prepared.book.bodies[one].abbreviation)
            if len(letters) >= _SHORTEST_LETTERS and letters in code and letters != code:
                return list(prepared.book.bodies[one].names)
    return []
