"""The page of a region: its directories, what they give, and how it stands to other regions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from kgservice.api.compare_models import DivergenceKind
from kgservice.api.context import ApiContext, Row
from kgservice.api.errors import UnknownId
from kgservice.api.models import Thing
from kgservice.api.things import iris, name_thing, read_labels
from kgservice.pages.places.directory import in_order
from kgservice.pages.places.edition_facts import EditionBoard, EditionFacts
from kgservice.pages.places.machine import describe_region
from kgservice.pages.places.region_places import RegionBoard, benefit_words, once_each, tabulate
from kgservice.pages.site import Page
from kgservice.pages.view import View

MOST_OTHERS = 12


@dataclass(frozen=True, slots=True)
class Differing:
    """On how many certificates another region differs, by kind."""

    region: Thing
    code: str
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """Over all kinds; a certificate may count under several."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class RegionPages:
    """The pages of the regions of one release."""

    context: ApiContext
    editions: EditionBoard
    places: RegionBoard

    async def make(self, view: View, path: str) -> Page:
        """The page of a region (``region/500000``).

        Raises:
            UnknownId: there is no such region.
        """
        iri = self.context.iri(name_thing("id", "region", path.partition("/")[2]))
        place = await self.places.place(iri)
        if place is None:
            raise UnknownId("id", path)
        found, only, rows = await asyncio.gather(
            self.editions.of(region=iri),
            self.places.only(iri),
            self.context.ask("region-divergences", region=iri),
        )
        around = await self.places.places(one.iri for one in [*place.within, *place.contains])
        tiers = [tier for facts in found for tier in facts.tiers]
        differing, words = await asyncio.gather(
            self._differing(rows), benefit_words(self.context, tiers)
        )
        label = place.region.label
        context: dict[str, Any] = {
            "place": place,
            "around": {one.region.id: one for one in around},
            "directories": _by_directory(found),
            "only": once_each(only),
            "editions": {facts.view.id: facts.view for facts in found},
            "differing": differing[:MOST_OTHERS],
            "differing_all": len(differing),
            "kinds": [
                kind
                for kind in get_args(DivergenceKind)
                if any(kind in one.counts for one in differing)
            ],
            "words": words,
            "tabulate": tabulate,
        }
        return Page(
            "region.html",
            view.t(label.zh, label.en or label.zh),
            context,
            view.t(
                f"{label.zh}的境外职业资格目录：版本与日期、各层级的行数、申报条件、便利，以及与其他地区的不同。",
                f"Directories of overseas qualifications in {label.en or label.zh}: editions and dates, rows by level, conditions, benefits, "
                "and where other regions differ.",
            ),
            describe_region(view, place),
        )

    async def _differing(self, rows: Sequence[Row]) -> list[Differing]:
        """The other regions, those with most differences first."""
        labels = await read_labels(self.context, iris(rows, "other"))
        counts: dict[str, dict[str, int]] = {}
        for row in rows:
            kind = self.context.path(str(row["kind"]))
            counts.setdefault(str(row["other"]), {})[kind] = int(row["certificates"])
        found = []
        for other, kinds in counts.items():
            thing = labels.thing(other)
            found.append(Differing(thing, thing.id.partition("/")[2], kinds))
        return sorted(found, key=lambda one: (-one.total, one.code))


def _by_directory(editions: Sequence[EditionFacts]) -> list[list[EditionFacts]]:
    """The editions of each directory, the newest first."""
    groups: dict[str, list[EditionFacts]] = {}
    for facts in editions:
        groups.setdefault(facts.view.directory, []).append(facts)
    return [in_order(group) for _, group in sorted(groups.items())]
