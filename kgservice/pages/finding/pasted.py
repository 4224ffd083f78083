"""Finds what a pasted text names: the text as it stands, or else the names that stand in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from kgservice.api.context import ApiContext
from kgservice.api.models import Label, Thing
from kgservice.search.find import Hit, find
from kgservice.search.index import SearchIndex
from kgservice.search.inside import MOST_TOKENS, find_inside
from kgservice.search.request import LONGEST

MOST_HITS = 24
MOST_PARTS = 8
CERTIFICATES = ("certificate", "family")
NAMED = (*CERTIFICATES, "issuer")  # what is looked for inside a text


class Found(Thing):
    """A thing that was found: which of its names matched, and how."""

    type: str
    name: str
    language: str | None
    kind: str
    how: str

    @property
    def is_certificate(self) -> bool:
        """Whether a region may recognise it."""
        return self.type in CERTIFICATES


@dataclass(frozen=True, slots=True)
class Part:
    """A name that stands in a longer text, and what it names."""

    text: str
    hits: Sequence[Found]


@dataclass(frozen=True, slots=True)
class Findings:
    """``hits``: what the whole text names; ``parts``: the names in it, where the whole names nothing.

    ``more``: there are more hits than are shown; ``cut``: there may be more names in the text than are shown.
    """

    hits: Sequence[Found]
    parts: Sequence[Part]
    more: bool
    cut: bool = False

    @property
    def groups(self) -> list[tuple[str, list[Found]]]:
        """The hits as certificates, issuers and others."""
        groups: dict[str, list[Found]] = {"certificate": [], "issuer": [], "other": []}
        for hit in self.hits:
            key = "certificate" if hit.is_certificate else hit.type
            groups[key if key in groups else "other"].append(hit)
        return [(key, hits) for key, hits in groups.items() if hits]

    @property
    def exact(self) -> list[Found]:
        """The certificates with exactly this name."""
        return [hit for hit in self.hits if hit.is_certificate and hit.how == "exact"]

    @property
    def certificates(self) -> list[str]:
        """The IRIs of all certificates that are shown."""
        every = [*self.hits, *(hit for part in self.parts for hit in part.hits)]
        return list(dict.fromkeys(hit.iri for hit in every if hit.is_certificate))


class Finder:
    """Looks texts up in the index of the release."""

    def __init__(self, context: ApiContext, index: SearchIndex) -> None:
        self._context = context
        self._index = index

    async def find(self, text: str) -> Findings:
        """What ``text`` names. A text of any length may be given."""
        return await run_in_threadpool(self._find, text)

    def _find(self, text: str) -> Findings:
        hits = self._hits(text, MOST_HITS + 1) if len(text) <= LONGEST else []
        if any(hit.how != "fuzzy" for hit in hits):
            return Findings(hits[:MOST_HITS], (), len(hits) > MOST_HITS)
        inside = find_inside(self._index, text, types=NAMED, most=MOST_PARTS + 1)
        parts = [
            Part(name, [self._read(hit) for hit in found]) for name, found in inside[:MOST_PARTS]
        ]
        long = len(self._index.normalizer.form(text).words) > MOST_TOKENS
        cut = long or len(inside) > MOST_PARTS
        if parts:
            return Findings((), parts, more=False, cut=cut)
        return Findings(hits[:MOST_HITS], (), len(hits) > MOST_HITS, cut)

    def _hits(self, text: str, limit: int) -> list[Found]:
        return [self._read(hit) for hit in find(self._index, text, limit=limit)]

    def _read(self, hit: Hit) -> Found:
        return Found(
            id=hit.path,
            iri=self._context.iri(hit.path),
            label=Label(zh=hit.label_zh or hit.name, en=hit.label_en),
            type=hit.type,
            name=hit.name,
            language=hit.lang,
            kind=hit.kind,
            how=hit.how,
        )
