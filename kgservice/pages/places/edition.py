"""The page of an edition: the directory as it is printed, with our reading beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kgservice.api.context import ApiContext
from kgservice.api.errors import UnknownId
from kgservice.api.models import Level, Thing
from kgservice.api.things import name_thing, read_labels
from kgservice.pages.places.edition_changes import ChangeBoard, Changes
from kgservice.pages.places.edition_facts import EditionBoard, EditionFacts, level_standing
from kgservice.pages.places.edition_filter import PAGE, read_filter, read_page
from kgservice.pages.places.edition_rows import TITLED, PrintedRow, RowBoard
from kgservice.pages.places.machine import describe_edition, find_dump
from kgservice.pages.places.region_places import Only, RegionBoard, benefit_words, tabulate
from kgservice.pages.site import NoPageOfItsOwn, Page
from kgservice.pages.view import View


@dataclass(frozen=True, slots=True)
class EditionPages:
    """The pages of the editions of one release."""

    context: ApiContext
    editions: EditionBoard
    rows: RowBoard
    changes: ChangeBoard
    places: RegionBoard

    async def make(self, view: View, path: str) -> Page:
        """The page of an edition (``edition/500000-1/2023``).

        Raises:
            UnknownId: there is no such edition.
            NoPageOfItsOwn: a part of an edition, such as a list.
            ParameterError: a filter or a page that cannot be.
        """
        if path.count("/") > 2:
            raise NoPageOfItsOwn
        for part in path.split("/")[1:]:
            name_thing("id", "edition", part)
        found = await self.editions.of(edition=self.context.iri(path))
        if not found:
            raise UnknownId("id", path)
        facts = found[0]
        region = facts.view.region
        rows, previous, only, place, words = await asyncio.gather(
            self.rows.rows(facts.view.iri),
            self._previous(facts),
            self.places.only(region.iri),
            self.places.place(region.iri),
            benefit_words(self.context, facts.tiers),
        )
        levels = await self._levels(rows)
        chosen = read_filter(view, [level.id for level in levels], _sections(facts))
        fitting = chosen.choose(rows)
        first = read_page(view, fitting)
        shown = fitting[first : first + PAGE]
        own = [one for one in only if one.edition == facts.view.id]
        changes, readings = await asyncio.gather(
            self._changes(facts, previous), self.rows.readings(facts.view.iri, shown)
        )
        context: dict[str, Any] = {
            "facts": facts,
            "place": place,
            "levels": levels,
            "chosen": chosen,
            "has_no_level": any(not row.levels for row in rows),
            "titled": any(row.printed[name] for row in shown for name in TITLED),
            "total": len(fitting),
            "first": first,
            "shown": shown,
            "readings": readings,
            "before": _turn(view, first - PAGE) if first else None,
            "after": _turn(view, first + PAGE) if first + PAGE < len(fitting) else None,
            "previous": previous,
            "changes": changes,
            "only": own,
            "words": words,
            "tabulate": tabulate,
            "dump": find_dump(self.context, path),
            "graph": f"{self.context.names.base}/graph/{path}",
        }
        label = facts.view.label
        title = view.t(label.zh, label.en or label.zh)
        return Page(
            "edition.html",
            title,
            context,
            _describe(view, facts, own),
            describe_edition(self.context, view, facts),
        )

    async def _previous(self, facts: EditionFacts) -> EditionFacts | None:
        """The edition that this one states to replace."""
        if facts.previous is None:
            return None
        found = await self.editions.of(edition=facts.previous)
        return found[0] if found else None

    async def _changes(self, facts: EditionFacts, previous: EditionFacts | None) -> Changes | None:
        """The difference to it; ``None`` where the contents of either are unknown."""
        if previous is None or facts.stub or previous.stub:
            return None
        return await self.changes.changes(previous.view.iri, facts.view.iri)

    async def _levels(self, rows: Sequence[PrintedRow]) -> list[Level]:
        """The levels that any row gives, upwards."""
        paths = sorted({level for row in rows for level in row.levels}, key=level_standing)
        labels = await read_labels(self.context, (self.context.iri(path) for path in paths))
        return [labels.level(self.context.iri(path)) for path in paths]


def _sections(facts: EditionFacts) -> list[str]:
    return [section.id for section in facts.sections if section.id is not None]


def _turn(view: View, first: int) -> str:
    page = first // PAGE + 1
    return view.here(page=str(page) if page > 1 else None, row=None) + "#rows"


def _describe(view: View, facts: EditionFacts, only: Sequence[Only]) -> str:
    """What search engines show."""
    region: Thing = facts.view.region
    name = facts.view.label
    if facts.stub:
        return view.t(
            f"{name.zh}：已废止，内容不详。", f"{name.en or name.zh}: repealed; contents unknown."
        )
    return view.t(
        f"{name.zh}，{facts.rows} 行逐行对照：所印原文、对应证书与职称层级。{len(only)} 种证书只有{region.label.zh}列出。",
        f"{name.en or name.zh}: {facts.rows} rows as printed, with the certificate and the title level of each. "
        f"{len(only)} certificates are listed in {region.label.en or region.label.zh} only.",
    )
