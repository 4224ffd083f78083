"""From a batch of queries to their candidates."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import unquote

from kgservice.api.context import ApiContext
from kgservice.matching.text import issuer_key, key
from kgservice.reconcile.certificates import Candidate, find_certificates
from kgservice.reconcile.conditions import DECIDING, Facts, holds, region_of
from kgservice.reconcile.errors import TooManyBatches
from kgservice.reconcile.issuers import find_issuers
from kgservice.reconcile.properties import PROPERTIES
from kgservice.reconcile.query import Query
from kgservice.reconcile.register import Register, Thing

MOST_WAITING = 32  # batches
RETRY_AFTER = 5  # seconds
_CONTRADICTED = 0.2  # what is left of a score for each stated property that is not so


class Answerer:
    """Answers batches over one release. One batch is worked off at a time: the process has other things to answer."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0

    async def answer(self, queries: Sequence[Query], register: Register) -> list[list[Candidate]]:
        """The candidates for each query, the best first, in the order of the queries; each query by itself.

        Raises:
            TooManyBatches: too many others wait already.
            EngineError: a question did not end well.
        """
        if self._waiting >= MOST_WAITING:
            raise TooManyBatches(RETRY_AFTER)
        self._waiting += 1
        try:
            async with self._turn:
                found = []
                for query in queries:
                    # In a thread, one query at a time: whoever waits for something else gets a turn in between.
                    found.append(await asyncio.to_thread(_find, query, register, self._context))
        finally:
            self._waiting -= 1
        facts = Facts(register, await self._listed(queries, found, register))
        return [
            _settle(query, candidates, facts)
            for query, candidates in zip(queries, found, strict=True)
        ]

    async def _listed(
        self, queries: Sequence[Query], found: Sequence[Sequence[Candidate]], register: Register
    ) -> Mapping[str, frozenset[str]]:
        """For each region that the queries name: which of the candidates its directories list or cover."""
        wanted: dict[str, set[str]] = {}
        for query, candidates in zip(queries, found, strict=True):
            for condition in query.conditions:
                for value in condition.values if condition.property == "region" else ():
                    region = region_of(value, register)
                    if region is not None:
                        wanted.setdefault(region, set()).update(
                            one.id for one in candidates if not one.id.startswith("issuer/")
                        )
        listed = {}
        for region, ids in wanted.items():
            rows = []
            if ids:
                rows = await self._context.ask(
                    "listed-certificates", region=[region], certificate=sorted(ids)
                )
            listed[region] = frozenset(
                self._context.path(str(row["certificate"]))
                for row in rows
                if row["listedIn"] or row["coveredIn"]
            )
        return listed


def find_id(text: str, register: Register, context: ApiContext) -> str | None:
    """The thing that a text is the id of: ``certificate/c00085``, its last part, its IRI or its address."""
    plain = unquote(text).strip().removeprefix(context.iri(""))
    _, mark, path = plain.partition("/doc/")
    plain = path if mark else plain
    if plain in register.things:
        return plain
    kinds = {"c": "certificate", "f": "family", "i": "issuer"}
    path = f"{kinds.get(plain[:1], '')}/{plain}"
    return path if plain[1:].isdecimal() and path in register.things else None


def _find(query: Query, register: Register, context: ApiContext) -> list[Candidate]:
    texts = [*query.ids, *query.names]
    ids = [one for text in texts if (one := find_id(text, register, context))]
    if query.ids or (texts and len(ids) == len(texts)):
        alone = len(set(ids)) == 1
        return [Candidate(one, 100.0, alone, {}) for one in dict.fromkeys(ids)]
    wanted = query.types if query.strict and query.types else ("certificate", "family", "issuer")
    found: list[Candidate] = []
    if {"certificate", "family"} & set(wanted):
        found += find_certificates(query, register)
    # A body has no issuer, grade or letters behind a name: a query that states one does not mean a body.
    about = {one.property for one in query.conditions}
    of_body = all("issuer" in PROPERTIES[one].types for one in about)
    if "issuer" in wanted and query.names and of_body:
        found += find_issuers(query, register)
    return found


def _settle(query: Query, candidates: Iterable[Candidate], facts: Facts) -> list[Candidate]:
    """The candidates that fulfil what is required, with what is stated counted, sorted, and cut."""
    things = facts.register.things
    kept = []
    for candidate in candidates:
        thing = things[candidate.id]
        told = [(one, holds(one, thing, facts)) for one in query.conditions]
        if any(one.required and value is not True for one, value in told):
            continue
        if any(one.quantifier == "none" and value is False for one, value in told):
            continue
        if _is_unwanted(thing, query):
            continue
        against = sum(value is False and one.property in DECIDING for one, value in told)
        features = dict(candidate.features)
        if query.conditions:
            features["contradicted"] = against
        kept.append(
            replace(
                candidate,
                score=round(candidate.score * _CONTRADICTED**against, 2),
                match=candidate.match and not against,
                features=features,
            )
        )
    kept.sort(key=lambda one: (not _has_type(things[one.id], query), -one.score, one.id))
    # Only what has a wanted type may be taken without a person, and never two things of two types.
    sure = [one.id for one in kept if one.match and _has_type(things[one.id], query)]
    kept = [replace(one, match=[one.id] == sure) for one in kept]
    if query.strict:
        kept = [one for one in kept if _has_type(things[one.id], query)]
    return kept[: query.limit]


def _has_type(thing: Thing, query: Query) -> bool:
    return not query.types or thing.type in query.types


def _is_unwanted(thing: Thing, query: Query) -> bool:
    names = {key(name) for name in (*thing.names, *thing.printed, *thing.letters)}
    return any(key(text) in names or issuer_key(text) in names for text in query.unwanted)
