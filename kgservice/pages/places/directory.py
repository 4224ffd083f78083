"""The page of a directory: its editions in their order, and what it is limited to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kgservice.api.context import ApiContext
from kgservice.api.errors import UnknownId
from kgservice.api.things import name_thing
from kgservice.pages.places.edition_facts import EditionBoard, EditionFacts
from kgservice.pages.places.machine import describe_directory
from kgservice.pages.places.region_places import RegionBoard
from kgservice.pages.site import Page
from kgservice.pages.view import View


@dataclass(frozen=True, slots=True)
class DirectoryPages:
    """The pages of the directories of one release."""

    context: ApiContext
    editions: EditionBoard
    places: RegionBoard

    async def make(self, view: View, path: str) -> Page:
        """The page of a directory (``directory/500000-1``).

        Raises:
            UnknownId: there is no such directory.
        """
        directory = name_thing("id", "directory", path.partition("/")[2])
        found = await self.editions.of(directory=self.context.iri(directory))
        if not found:
            raise UnknownId("id", path)
        editions = in_order(found)
        thing, region = editions[0].directory, editions[0].view.region
        label = thing.label
        context = {
            "directory": thing,
            "place": await self.places.place(region.iri),
            "editions": editions,
            "scope": editions[0].view.scope,
        }
        return Page(
            "directory.html",
            view.t(label.zh, label.en or label.zh),
            context,
            view.t(
                f"{label.zh}：{len(editions)} 个版本及其起止日期、范围与行数。",
                f"{label.en or label.zh}: {len(editions)} edition{'s' if len(editions) != 1 else ''}, with dates, scope and rows.",
            ),
            describe_directory(view, thing, editions),
        )


def in_order(editions: Sequence[EditionFacts]) -> list[EditionFacts]:
    """The newest first: an edition stands before the one that it replaces, and before one that began or ended earlier."""
    places = {facts.view.iri: facts for facts in editions}

    def depth(facts: EditionFacts) -> int:
        steps, before = 0, facts.previous
        while before in places and steps < len(places):
            steps, before = steps + 1, places[before].previous
        return steps

    def key(facts: EditionFacts) -> tuple[int, str, str]:
        view = facts.view
        return depth(facts), view.in_force_from or view.in_force_until or "", view.version

    return sorted(editions, key=key, reverse=True)
