"""Data extension: what the graph says of things that were reconciled is asked for, a little at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any

from starlette.requests import ClientDisconnect

from kgservice.api.context import ApiContext, Row
from kgservice.api.statements import group_statements
from kgservice.api.things import iris, read_labels
from kgservice.reconcile.cells import Facts, Json, group_rows, put_together
from kgservice.reconcile.editions import Editions
from kgservice.reconcile.errors import TooManyCells
from kgservice.reconcile.extension import Extension, Wanted
from kgservice.reconcile.ids import find_id
from kgservice.reconcile.register import Register
from kgservice.reconcile.waiting import Waiting

Gone = Callable[[], Awaitable[bool]]
# Of one answer: ten columns for ten certificates, as many as OpenRefine asks for at a time, in a thousand rows each.
MOST_CELLS = 100_000
_AT_ONCE = 25  # certificates
# A certificate may stand in hundreds of directories: one at a time keeps each query far from its deadline.
_LISTED_AT_ONCE = 1
_QUERIES = 2  # at a time, of all requests together
_REQUESTS = 4  # of which rows are held at a time


class Extender:
    """Fetches values over one release. All requests share the few questions that are asked at a time."""

    def __init__(self, context: ApiContext, editions: Editions) -> None:
        self._context = context
        self._editions = editions
        self._turn = asyncio.Semaphore(_QUERIES)
        self._waiting = Waiting(_REQUESTS)

    async def fetch(
        self, extension: Extension, register: Register, gone: Gone | None = None
    ) -> dict[str, list[list[Json]]]:
        """For each id as it was given, the values of each property in order; none for what is unknown.

        ``gone``: whether nobody waits for the answer any more.

        Raises:
            TooManyBatches: too many others are being answered.
            TooManyCells: there would be more than :data:`MOST_CELLS`.
            ClientDisconnect: nobody waits any more.
            EngineError: a question did not end well.
        """
        async with self._waiting.turn():
            return await self._fetch(extension, register, gone)

    async def _fetch(
        self, extension: Extension, register: Register, gone: Gone | None
    ) -> dict[str, list[list[Json]]]:
        start = self._context.iri("")
        paths = {given: find_id(given, register, start) for given in extension.ids}
        about = sorted(set(filter(None, paths.values())))
        facts = await self._read_facts(about, extension, gone)
        return await asyncio.to_thread(put_together, extension, paths, register, facts)

    async def _read_facts(
        self, about: Sequence[str], extension: Extension, gone: Gone | None
    ) -> Facts:
        context, wanted = self._context, extension.wanted
        certificates = [path for path in about if not path.startswith("issuer/")]
        cells = _Cells(wanted, context)
        kept: set[Any] = set()

        async def ask_part(question: str, part: Sequence[str], **more: Sequence[str]) -> list[Row]:
            async with self._turn:
                if gone is not None and await gone():
                    raise ClientDisconnect
                rows = await context.ask(question, certificate=part, **more)
            if question == "recognition":
                await asyncio.to_thread(cells.count, rows)
            if question == "listing-effects":
                return [row for row in rows if row["recognition"] in kept]
            return rows

        async def ask(
            question: str, needed: bool, size: int = _AT_ONCE, **more: Sequence[str]
        ) -> list[Row]:
            given = certificates if needed else []
            parts = (given[at : at + size] for at in range(0, len(given), size))
            found = await _together(ask_part(question, part, **more) for part in parts)
            return [row for rows in found for row in rows]

        asked = {one.property.id for one in wanted}
        regions = {one.region for one in wanted if one.property.of_listing}
        regions |= {None} if "region" in asked else set()
        only = [] if None in regions else sorted(one for one in regions if one)
        about_rows, families, recognised = await _together(
            (
                ask("certificate", bool(asked & {"kind", "grade"})),
                ask("certificate-families", "family" in asked),
                ask("recognition", bool(regions), _LISTED_AT_ONCE, region=only),
            )
        )
        # After the rows, which may be those of one region: of the effects only theirs are kept.
        kept = {row["recognition"] for row in recognised}
        effects = await ask("listing-effects", "listingEffect" in asked, _LISTED_AT_ONCE)

        def find_named() -> list[str]:
            return [
                *iris(about_rows, "grade", "kind"),
                *iris(recognised, "region", "edition", "titleLevel", "conferredTitle", "mode"),
                *iris(effects, "effect"),
            ]

        labels = await read_labels(context, await asyncio.to_thread(find_named))
        states = await self._editions.states() if regions else {}
        return await asyncio.to_thread(
            group_rows, about_rows, families, recognised, effects, labels, states, context
        )


class _Cells:
    """Counts the cells that listings will give, while they are read: what is too much is read no further."""

    def __init__(self, wanted: Sequence[Wanted], context: ApiContext) -> None:
        self._regions = [
            one.region for one in wanted if one.property.of_listing or one.property.id == "region"
        ]
        self._context = context
        self._number = 0

    def count(self, rows: Sequence[Row]) -> None:
        """Counts those of some rows of the question ``recognition``.

        Raises:
            TooManyCells: there are too many by now.
        """
        for listing in group_statements(rows):
            region = self._context.path(str(listing[0]["region"]))
            self._number += sum(one in (None, region) for one in self._regions)
        if self._number > MOST_CELLS:
            raise TooManyCells(MOST_CELLS)


async def _together(asked: Iterable[Coroutine[Any, Any, list[Row]]]) -> list[list[Row]]:
    """What all of them give; where one fails, the others are not waited for, and its error is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in asked]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
