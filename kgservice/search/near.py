"""What is near a query: words that hold its words, words with a typing error, and how far off a name is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from kgservice.search.expressions import Piece
from kgservice.search.index import SearchIndex
from kgservice.search.normalize import Form, is_sign
from kgservice.search.writing import UNRECORDED

SHORTEST_INSIDE = 3
MOST_WORDS = 60
MOST_SIGNS = 16  # a longer run is looked for as it stands only
# What people write behind the name of a certificate, and few names end with.
SUFFIXES = ("资格证书", "职业资格", "证书", "资格", "证")


class Named(Protocol):
    """Something with a name and its key."""

    @property
    def name(self) -> str: ...

    @property
    def key(self) -> str: ...


def in_language(given: str | None, wanted: str | None) -> bool:
    """Whether a name may stand for a wanted language: it is in it, has none, or is foreign of unrecorded language."""
    if wanted is None or given is None:
        return True
    if given == UNRECORDED:
        return wanted != "zh"
    return given.lower() == wanted or given.lower().startswith(f"{wanted}-")


def can_be_inside(spelling: Sequence[str]) -> bool:
    """Whether a piece is a word long enough to be looked for inside others."""
    return len(spelling) == 1 and len(spelling[0]) >= SHORTEST_INSIDE and not is_sign(spelling[0])


def widen(piece: Piece, index: SearchIndex) -> Piece:
    """A piece with the words that hold it as further spellings."""
    found = {tuple(spelling): None for spelling in piece}
    for spelling in piece:
        if can_be_inside(spelling):
            found.update(((word,), None) for word in _holding(spelling[0], index.vocabulary_text))
    return list(found)[: MOST_WORDS + 2]


def _holding(part: str, text: str) -> Iterator[str]:
    position, count = text.find(part), 0
    while position >= 0 and count < MOST_WORDS:
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        yield text[text.rfind("\n", 0, position) + 1 : end]
        position, count = text.find(part, end), count + 1


def corrections(pieces: Sequence[Piece], index: SearchIndex) -> Iterator[list[Piece]]:
    """What else the pieces may have meant, the likeliest first."""
    yield [spelling for piece in pieces for spelling in _mended(piece, index)]
    cut = _without_suffix(pieces)
    if cut:
        yield [spelling for piece in cut for spelling in _mended(piece, index)]
    loose = cut or pieces
    signs = [sign for piece in loose for sign in piece[0] if is_sign(sign)]
    others = [one for piece in loose if not is_sign(piece[0][0]) for one in _mended(piece, index)]
    if 1 < len(signs) <= MOST_SIGNS:
        yield [*others, *([[sign]] for sign in signs)]
    # One sign too many or another than meant: all but one.
    if 3 < len(signs) <= MOST_SIGNS:
        for left_out in range(len(signs)):
            kept = [sign for number, sign in enumerate(signs) if number != left_out]
            yield [*others, *([[sign]] for sign in kept)]


def _mended(piece: Piece, index: SearchIndex) -> list[Piece]:
    """A word with the words near it; a run of signs as it is."""
    words = {tuple(spelling): 0 for spelling in piece}
    for spelling in piece:
        if len(spelling) == 1 and not is_sign(spelling[0]):
            for word in _near(spelling[0], index):
                words.setdefault((word,), 1)
    return [list(words)]


def _without_suffix(pieces: Sequence[Piece]) -> Sequence[Piece]:
    last = "".join(pieces[-1][0])
    for suffix in SUFFIXES:
        if last.endswith(suffix):
            left = pieces[-1][0][: -len(suffix)]
            return [*pieces[:-1], [left]] if left else pieces[:-1]
    return ()


def _allowed(word: str) -> int:
    """How many errors a word may have: in a short one, each makes another word."""
    return 0 if len(word) < 4 else 1 if len(word) < 6 else 2


def _near(word: str, index: SearchIndex) -> list[str]:
    most = _allowed(word)
    if not most:
        return []
    others = [
        other
        for length in range(len(word) - most, len(word) + most + 1)
        for other in index.vocabulary.get(length, ())
    ]
    found = process.extract(word, others, scorer=OSA.distance, score_cutoff=most, limit=MOST_WORDS)
    return [other for other, _, _ in sorted(found, key=lambda one: (one[1], one[0]))]


def distance(form: Form, named: Named, index: SearchIndex) -> tuple[float, float]:
    """How far a name is from a query: errors in the words, then how unlike the whole is."""
    words = index.normalizer.form(named.name)
    known = [word for word in words.words + words.spelt if not is_sign(word)]
    errors = 0.0
    for piece in form.pieces:
        if not is_sign(piece[0][0]) and known:
            errors += min(OSA.distance(word, other) for (word, *_) in piece for other in known)
    return errors, -fuzz.ratio(form.keys[0], named.key)


def count_pieces(pieces: Sequence[Piece], form: Form) -> int:
    """How many pieces of a query stand in a name, the last one perhaps only begun."""
    texts = [f" {' '.join(words)}" for words in (form.words, form.spelt) if words]
    count = 0
    for number, piece in enumerate(pieces, start=1):
        ends = "" if number == len(pieces) else " "
        wanted = [f" {' '.join(spelling)}{ends}" for spelling in piece]
        count += any(one in f"{text} " for one in wanted for text in texts)
    return count
