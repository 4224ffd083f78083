"""From a batch of queries to their candidates."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from starlette.requests import ClientDisconnect

from kgservice.api.context import ApiContext
from kgservice.matching.text import issuer_key, key
from kgservice.reconcile.certificates import Candidate, find_certificates
from kgservice.reconcile.conditions import DECIDING, Facts, holds
from kgservice.reconcile.editions import Editions
from kgservice.reconcile.errors import BatchTooSlow
from kgservice.reconcile.issuers import find_issuers
from kgservice.reconcile.meaning import Meanings
from kgservice.reconcile.properties import PROPERTIES
from kgservice.reconcile.query import Query
from kgservice.reconcile.register import Register, Thing
from kgservice.reconcile.waiting import Waiting

SECONDS = 30  # that one batch may take, once it is its turn
_CONTRADICTED = 0.2  # what is left of a score for each stated property that is not so


class Answerer:
    """Answers batches over one release. One batch is worked off at a time: the process has other things to answer."""

    def __init__(self, context: ApiContext, editions: Editions, seconds: float = SECONDS) -> None:
        self._context = context
        self._editions = editions
        self._seconds = seconds
        self._waiting = Waiting(1)

    async def answer(
        self,
        queries: Sequence[Query],
        register: Register,
        gone: Callable[[], Awaitable[bool]] | None = None,
    ) -> list[list[Candidate]]:
        """The candidates for each query, the best first, in the order of the queries; each query by itself.

        ``gone``: whether nobody waits for the answer any more.

        Raises:
            TooManyBatches: too many others wait already.
            BatchTooSlow: it is not worked off in time.
            ClientDisconnect: nobody waits any more.
            EngineError: a question did not end well.
        """
        async with self._waiting.turn():
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._answer(queries, register, gone)
            except TimeoutError:
                raise BatchTooSlow(self._seconds) from None

    async def _answer(
        self,
        queries: Sequence[Query],
        register: Register,
        gone: Callable[[], Awaitable[bool]] | None,
    ) -> list[list[Candidate]]:
        meanings = Meanings(register, self._context.iri(""))
        found = []
        for query in queries:
            if gone is not None and await gone():
                raise ClientDisconnect
            # In a thread, one query at a time: whoever waits for something else gets a turn in between.
            found.append(await asyncio.to_thread(_find, query, meanings))
        wanted = await asyncio.to_thread(_regions, queries, found, meanings)
        facts = Facts(meanings, await self._listed(wanted))
        return [
            await asyncio.to_thread(_settle, query, candidates, facts)
            for query, candidates in zip(queries, found, strict=True)
        ]

    async def _listed(self, wanted: Mapping[str, Collection[str]]) -> Mapping[str, frozenset[str]]:
        """For each region: which of the certificates its directories list or cover that have not ended."""
        listed = {}
        for region, ids in wanted.items():
            rows = []
            standing = await self._editions.standing(region)
            if ids and standing != []:
                rows = await self._context.ask(
                    "listed-certificates",
                    region=[region],
                    certificate=sorted(ids),
                    edition=standing or [],
                )
            listed[region] = frozenset(
                self._context.path(str(row["certificate"]))
                for row in rows
                if row["listedIn"] or row["coveredIn"]
            )
        return listed


def _regions(
    queries: Sequence[Query], found: Sequence[Sequence[Candidate]], meanings: Meanings
) -> dict[str, set[str]]:
    """The regions that the queries name, each with the candidates of these queries."""
    wanted: dict[str, set[str]] = {}
    for query, candidates in zip(queries, found, strict=True):
        for condition in query.conditions:
            for value in condition.values if condition.property == "region" else ():
                region = meanings.region(value)
                if region is not None:
                    wanted.setdefault(region, set()).update(
                        one.id for one in candidates if not one.id.startswith("issuer/")
                    )
    return wanted


def _find(query: Query, meanings: Meanings) -> list[Candidate]:
    register, texts = meanings.register, [*query.ids, *query.names]
    ids = [one for text in texts if (one := meanings.thing(text))]
    if query.ids or (texts and len(ids) == len(texts)):
        alone = len(set(ids)) == 1
        return [Candidate(one, 100.0, alone, {}) for one in dict.fromkeys(ids)]
    wanted = query.types if query.strict and query.types else ("certificate", "family", "issuer")
    found: list[Candidate] = []
    if {"certificate", "family"} & set(wanted):
        found += find_certificates(query, register, meanings)
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
