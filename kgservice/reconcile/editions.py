"""Which editions of directories are in force: what a superseded one lists is told as such."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from kgservice.api.context import ApiContext
from kgservice.api.editions import edition_iris, read_editions
from kgservice.api.eligibility_request import today
from kgservice.api.models import InForce
from kgservice.api.things import read_labels
from kgservice.pages.certificate.places import Places


class Editions:
    """The editions of the release, read at the first request and kept: a release never changes."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._reading = asyncio.Lock()
        self._places: Places | None = None

    async def states(self) -> Mapping[str, InForce]:
        """Whether each edition, by its IRI, is in force today in China, decided as on the page of a certificate.

        Raises:
            EngineError: a question did not end well.
        """
        return (await self._read()).states(today())

    async def standing(self, region: str) -> list[str] | None:
        """The editions of a region that have not ended, or are not known to; ``None`` where that is all of them.

        Raises:
            EngineError: a question did not end well.
        """
        places = await self._read()
        states = places.states(today())
        here = [iri for iri, one in places.editions.items() if one.region.id == region]
        kept = [iri for iri in here if states[iri] != "no"]
        return None if len(kept) == len(here) else [self._context.path(iri) for iri in kept]

    async def _read(self) -> Places:
        if self._places is None:
            async with self._reading:
                if self._places is None:
                    context = self._context
                    rows = await context.ask("editions", region=[])
                    labels = await read_labels(context, edition_iris(rows))
                    views = read_editions(context, rows, labels)
                    self._places = Places({}, {view.iri: view for view in views})
        return self._places
