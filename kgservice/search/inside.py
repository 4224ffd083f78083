"""Finds the names that stand inside a longer text: a pasted sentence, a line of a CV, a cell with several certificates."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from kgservice.search.find import Hit, find
from kgservice.search.index import SearchIndex
from kgservice.search.normalize import is_sign

MOST_TOKENS = 500
LONGEST_NAME = 32  # tokens; a Chinese sign is one
SHORTEST_WORD, SHORTEST_RUN = (
    3,
    3,
)  # letters of a single word, signs of a Chinese name: shorter ones stand everywhere
_AT_ONCE = 500
_SQL = "SELECT DISTINCT key FROM key WHERE key IN ({})"


def find_inside(
    index: SearchIndex, text: str, *, types: Collection[str], most: int = 8, limit: int = 12
) -> list[tuple[str, list[Hit]]]:
    """The names of things of these types in ``text``, in its order, each with what it names exactly.

    Of two that overlap, the longer counts. At most ``most`` names and ``limit`` things of each; what stands behind the
    first 500 words or signs is not looked at.
    """
    tokens = index.normalizer.form(text).words[:MOST_TOKENS]
    runs = {
        key: "".join(run)
        for start, run in _runs(tokens)
        if _may_be_name(run)
        for key in [(start, len(run))]
    }
    known = _known(index, set(runs.values()))
    taken: set[int] = set()
    named: dict[str, list[Hit]] = {}
    first: dict[str, int] = {}
    for (start, length), key in sorted(runs.items(), key=lambda one: (-one[0][1], one[0][0])):
        places = range(start, start + length)
        if key not in known or not taken.isdisjoint(places):
            continue
        if key not in named:
            hits = find(index, key, types=types, limit=limit)
            named[key] = [hit for hit in hits if hit.how == "exact"]
        if named[key]:
            taken.update(places)
            first[key] = min(start, first.get(key, start))
    found = sorted(((start, named[key]) for key, start in first.items()), key=lambda one: one[0])
    return [(hits[0].name, hits) for _, hits in found[:most]]


def _runs(tokens: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    for start in range(len(tokens)):
        for end in range(start + 1, min(start + LONGEST_NAME, len(tokens)) + 1):
            yield start, tokens[start:end]


def _may_be_name(run: Sequence[str]) -> bool:
    if any(not is_sign(token) for token in run):
        return len(run) > 1 or len(run[0]) >= SHORTEST_WORD
    return len(run) >= SHORTEST_RUN


def _known(index: SearchIndex, keys: set[str]) -> set[str]:
    wanted, known = sorted(keys), set[str]()
    for first in range(0, len(wanted), _AT_ONCE):
        part = wanted[first : first + _AT_ONCE]
        sql = _SQL.format(", ".join("?" * len(part)))
        known.update(str(row[0]) for row in index.rows(sql, part))
    return known
