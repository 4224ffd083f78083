"""The regions, editions and doubtful rows of one release, read once: a release never changes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from cachetools import LRUCache

from kgservice.api.context import ApiContext
from kgservice.api.editions import EditionView, edition_iris, read_editions
from kgservice.api.models import InForce, Label, Thing
from kgservice.api.things import iris, read_labels, read_pair

# Today, and the days that readers look back to.
MOST_DAYS = 16


class Region(Thing):
    """A region: its code (GB/T 2260) and the IRI of that in which it lies, where the graph has it."""

    code: str
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """What there is, by IRI. ``doubtful``: the recognitions of rows that are not certain."""

    regions: Mapping[str, Region]
    editions: Mapping[str, EditionView]
    doubtful: frozenset[str] = frozenset()
    _states: LRUCache[date, Mapping[str, InForce]] = field(
        default_factory=lambda: LRUCache(MOST_DAYS)
    )

    def region(self, edition: str) -> Region:
        """The region of an edition."""
        return self.regions[self.editions[edition].region.iri]

    def in_force(self, edition: str, day: date) -> InForce:
        """Whether an edition is in force on a day; a missing start is unknown, unless the end has passed."""
        return self.states(day)[edition]

    def states(self, day: date) -> Mapping[str, InForce]:
        """The same for every edition."""
        states = self._states.get(day)
        if states is None:
            on = day.isoformat()
            states = {iri: _state(view, on) for iri, view in self.editions.items()}
            self._states[day] = states
        return states

    def standing(self, day: date) -> dict[str, Region]:
        """The regions of which an edition is known in full and may be in force on a day."""
        found, states = {}, self.states(day)
        for iri, view in self.editions.items():
            if view.complete is not False and states[iri] != "no":
                found[view.region.iri] = self.regions[view.region.iri]
        return dict(sorted(found.items(), key=lambda pair: pair[1].code))


def _state(view: EditionView, on: str) -> InForce:
    if view.in_force_until is not None and on >= view.in_force_until:
        return "no"
    if view.in_force_from is None:
        return "unknown"
    return "yes" if view.in_force_from <= on else "no"


@dataclass(frozen=True, slots=True)
class PlaceBoard:
    """The places of one release."""

    context: ApiContext
    _read: list[Places] = field(default_factory=list)

    async def places(self) -> Places:
        """The places."""
        if not self._read:
            self._read.append(await self._ask())
        return self._read[0]

    async def _ask(self) -> Places:
        context = self.context
        rows, versions, doubtful = await asyncio.gather(
            context.ask("regions"),
            context.ask("editions", region=[]),
            context.ask("doubtful-recognitions", certificate=[]),
        )
        regions: dict[str, Region] = {}
        for row in rows:
            iri = str(row["region"])
            regions[iri] = Region(
                id=context.path(iri),
                iri=iri,
                label=read_pair(row, "name") or Label(zh=str(row["code"])),
                code=str(row["code"]),
                within=str(row["within"]) if "within" in row else None,
            )
        labels = await read_labels(context, edition_iris(versions))
        editions = {view.iri: view for view in read_editions(context, versions, labels)}
        return Places(regions, editions, frozenset(iris(doubtful, "recognition")))
