"""Finds the things that a text names, the best first, one hit each.

Steps from the surest to the loosest, each only while hits are still wanted: the whole name; the beginning of a name;
all words in one name; a part of a name; words spread over several names of a thing and of its issuer; and, when nothing
else was found, words with a typing error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from kgservice.search import near
from kgservice.search.expressions import either, everywhere, restrict, start
from kgservice.search.index import SearchIndex
from kgservice.search.normalize import Form, is_sign
from kgservice.search.writing import ISSUER, KINDS, TYPES

HOW = ("exact", "prefix", "words", "substring", "names", "issuer", "fuzzy")
MOST_TOKENS = 256
MOST_THINGS = 100  # whose names are read one by one
SURE_KINDS = tuple(KINDS.index(kind) for kind in ("label", "notation", "abbreviation", "code"))
_SELECT = "SELECT n.name, n.lang, n.kind, n.key, t.path, t.type, t.zh, t.en, t.weight, t.id FROM "
_JOINED = "JOIN name n ON n.id = {0} JOIN thing t ON t.id = n.thing "


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that was found: which of its names matched, and how (:data:`HOW`)."""

    path: str
    type: str
    label_zh: str | None
    label_en: str | None
    name: str
    lang: str | None
    kind: str
    how: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name that fits, with its thing."""

    name: str
    lang: str | None
    kind: int
    key: str
    path: str
    type: str
    zh: str | None
    en: str | None
    weight: int
    thing: int

    @property
    def standing(self) -> tuple[object, ...]:
        """What decides between names that fit equally well."""
        return (TYPES.index(self.type), self.kind, -self.weight, self.path, self.name)

    def hit(self, how: str) -> Hit:
        """The hit that this name makes."""
        kind = KINDS[self.kind]
        return Hit(self.path, self.type, self.zh, self.en, self.name, self.lang, kind, how)


def find(
    index: SearchIndex,
    text: str,
    *,
    types: Collection[str] = (),
    lang: str | None = None,
    limit: int = 10,
) -> list[Hit]:
    """The things that ``text`` names, at most ``limit``, the best first.

    ``types`` keeps things of these types only; ``lang`` names in this language and names without one (notations, codes);
    of a tag the language counts only, not the region or the script (``zh-CN``, ``en-GB``): names have no more.
    A text without a letter or a digit finds nothing, nor does one longer than any name.
    """
    form = index.normalizer.form(text)
    if not form.keys or len(form.words) > MOST_TOKENS:
        return []
    spoken = lang.lower().partition("-")[0] if lang is not None else None
    search = _Search(index, form, sorted(types), spoken, max(200, 20 * limit))
    hits: dict[str, Hit] = {}
    for step in (search.whole, search.beginning, search.words, search.part, search.inside, search.spread):  # fmt: skip
        _keep(step(), hits)
        if len(hits) >= limit:
            break
    if not hits:
        _keep(search.mistyped(), hits)
    return list(hits.values())[:limit]


def _keep(found: Iterator[Hit], hits: dict[str, Hit]) -> None:
    for hit in found:
        hits.setdefault(hit.path, hit)


class _Search:
    """One search: the steps over one index."""

    def __init__(
        self, index: SearchIndex, form: Form, types: Sequence[str], lang: str | None, most: int
    ) -> None:
        self._index = index
        self._form = form
        self._pieces = form.pieces
        self._types = types
        self._lang = lang
        self._most = most

    def whole(self) -> Iterator[Hit]:
        """Names that are the text: labels, notations and codes before aliases."""
        keys = self._form.keys
        sql = _SELECT + "key k " + _JOINED.format("k.name")
        sql += f"WHERE k.key IN ({_marks(keys)}) "
        values: list[object] = list(keys)
        if self._types:
            sql += f"AND t.type IN ({_marks(self._types)}) "
            values += self._types
        rows = self._index.rows(sql + "ORDER BY k.name LIMIT ?", [*values, self._most])
        found = [c for c in map(_candidate, rows) if near.in_language(c.lang, self._lang)]
        found.sort(key=lambda c: (c.kind not in SURE_KINDS, *c.standing))
        return (c.hit("exact") for c in found)

    def beginning(self) -> Iterator[Hit]:
        """Names that begin with the text."""
        expression = start(self._form.words)
        if self._form.spelt:
            expression = either([expression, start(self._form.spelt)])
        found = self._names(expression)
        # Blanks and dots do not count: AWS认证 and AWS 认证, PEJp and P.E.Jp.
        for key in self._form.keys:
            if len(key) > 1:
                found += self._keyed(key)
        return self._ranked(found, "prefix")

    def words(self) -> Iterator[Hit]:
        """Names that hold every word of the text, in any order."""
        pieces = self._pieces
        if len(pieces) == 1 and is_sign(pieces[0][0][0]):
            return iter(())  # one run of signs has no words: it is a part
        return self._ranked(self._names(everywhere(pieces)), "words")

    def part(self) -> Iterator[Hit]:
        """Names that hold every word of the text, the last one perhaps only begun."""
        pieces = self._pieces
        how = "words" if len(pieces) > 1 else "substring"
        return self._ranked(self._names(everywhere(pieces, open_end=True)), how)

    def inside(self) -> Iterator[Hit]:
        """Names with words that hold the words of the text: technik in Kältetechnik."""
        pieces = self._pieces
        if not any(near.can_be_inside(spelling) for piece in pieces for spelling in piece):
            return iter(())
        wider = [near.widen(piece, self._index) for piece in pieces]
        return self._ranked(self._names(everywhere(wider)), "substring")

    def spread(self) -> Iterator[Hit]:
        """Things whose names, with those of the issuer, hold every word of the text: CEng IMechE."""
        pieces = self._pieces
        expression = restrict(everywhere(pieces, open_end=True), self._types, None)
        sql = "SELECT rowid FROM thing_text WHERE thing_text MATCH ? ORDER BY rowid LIMIT ?"
        things = [row[0] for row in self._index.rows(sql, (expression, MOST_THINGS))]
        found: list[tuple[int, Candidate]] = []
        for candidates in self._names_of(things):
            own = [
                (near.count_pieces(pieces, self._index.normalizer.form(c.name)), c)
                for c in candidates
                if near.in_language(c.lang, self._lang)
            ]
            if own:
                most = max(count for count, _ in own)
                best = min(
                    (c for count, c in own if count == most),
                    key=lambda c: (KINDS[c.kind] == ISSUER, len(c.key), *c.standing),
                )
                if most:
                    found.append((most, best))
        found.sort(key=lambda f: (KINDS[f[1].kind] == ISSUER, -f[0], len(f[1].key), f[1].standing))
        return (c.hit("issuer" if KINDS[c.kind] == ISSUER else "names") for _, c in found)

    def mistyped(self) -> Iterator[Hit]:
        """Names with words a little different from those of the text, and Chinese signs in another order."""
        for pieces in near.corrections(self._pieces, self._index):
            found = self._names(everywhere(pieces))
            if found:
                found.sort(key=lambda c: (*near.distance(self._form, c, self._index), *c.standing))
                return (c.hit("fuzzy") for c in found)
        return iter(())

    def _names(self, expression: str) -> list[Candidate]:
        sql = _SELECT + "name_text f " + _JOINED.format("f.rowid")
        sql += "WHERE name_text MATCH ? ORDER BY f.rowid LIMIT ?"
        wanted = restrict(expression, self._types, self._lang)
        return [_candidate(row) for row in self._index.rows(sql, (wanted, self._most))]

    def _keyed(self, key: str) -> list[Candidate]:
        sql = _SELECT + "key k " + _JOINED.format("k.name")
        sql += "WHERE k.key >= ? AND k.key < ? ORDER BY k.key, k.name LIMIT ?"
        rows = self._index.rows(sql, (key, key + "\U0010ffff", self._most))
        return [
            c
            for c in map(_candidate, rows)
            if near.in_language(c.lang, self._lang) and (not self._types or c.type in self._types)
        ]

    def _names_of(self, things: Sequence[object]) -> list[list[Candidate]]:
        sql = _SELECT + "name n JOIN thing t ON t.id = n.thing "
        sql += f"WHERE n.thing IN ({_marks(things)}) ORDER BY n.id"
        by_thing: dict[int, list[Candidate]] = {}
        for candidate in map(_candidate, self._index.rows(sql, things)):
            by_thing.setdefault(candidate.thing, []).append(candidate)
        return list(by_thing.values())

    def _ranked(self, found: list[Candidate], how: str) -> Iterator[Hit]:
        found.sort(key=lambda c: (len(c.key), *c.standing))
        return (c.hit(how) for c in found)


def _candidate(row: tuple[object, ...]) -> Candidate:
    return Candidate(*row)  # type: ignore[arg-type]


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))
