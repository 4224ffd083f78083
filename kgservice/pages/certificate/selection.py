"""Which rows a certificate's page shows: all where they are few, else some regions at a time."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from kgservice.api.eligibility_request import today
from kgservice.pages.certificate.places import Places, Region
from kgservice.pages.certificate.worth import SPANS, Outcome, Worth
from kgservice.pages.view import View, page_number
from kgservice.sparql.request import ParameterError

BENEFITS = "benefits"
# So many regions are shown at once where they are many.
PAGE_REGIONS = 6


@dataclass(frozen=True, slots=True)
class Selection:
    """What the address asks for: a day, a level (``40``, ``junior``, ``benefits``), a region (code), a page."""

    day: datetime.date
    level: str | None
    region: str | None
    page: int

    @property
    def filtered(self) -> bool:
        """Whether only some regions are asked for."""
        return self.level is not None or self.region is not None


@dataclass(frozen=True, slots=True)
class Shown:
    """The outcomes that are shown in full, of regions ``first`` to ``last`` (from 1) out of ``total``."""

    outcomes: tuple[Outcome, ...]
    first: int
    last: int
    total: int
    page: int
    pages: int


def read_selection(view: View) -> Selection:
    """The selection of a request.

    Raises:
        ParameterError: a value that is not what it must be.
    """
    return Selection(
        day=read_day(view.get("on")),
        level=_read_level(view.get("level")),
        region=view.get("region"),
        page=page_number(view.get("page")),
    )


def select(
    selection: Selection, worth: Worth, outcomes: Sequence[Outcome], places: Places, *, few: bool
) -> Shown:
    """The rows to show. Where they are ``few`` that is all of them, those of ended editions last."""
    if few:
        standing = [one for found in worth.outcomes.values() for one in found]
        count = len(worth.outcomes)
        return Shown((*standing, *worth.ended), min(count, 1), count, count, 1, 1)
    regions = [iri for iri in worth.outcomes if _wanted(selection, worth, places.regions[iri])]
    pages = max(math.ceil(len(regions) / PAGE_REGIONS), 1)
    page = min(selection.page, pages)
    start = (page - 1) * PAGE_REGIONS
    chosen = regions[start : start + PAGE_REGIONS]
    found = [one for iri in chosen for one in worth.outcomes[iri]]
    if selection.region is not None:
        found += [one for one in worth.ended if places.region(one.edition).code == selection.region]
    return Shown(
        tuple(found),
        start + 1 if chosen else 0,
        start + len(chosen),
        len(regions),
        page,
        pages,
    )


def _wanted(selection: Selection, worth: Worth, region: Region) -> bool:
    if selection.region is not None and region.code != selection.region:
        return False
    if selection.level is None:
        return True
    names = {level.rpartition("/")[2] for one in worth.outcomes[region.iri] for level in one.levels}
    if selection.level == BENEFITS:
        return any(not one.levels for one in worth.outcomes[region.iri])
    return selection.level in names


def read_day(given: str | None) -> datetime.date:
    """A day as YYYY-MM-DD; today in China where none is given.

    Raises:
        ParameterError: it is none.
    """
    if given is None:
        return today()
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
            raise ValueError
        return datetime.date.fromisoformat(given)
    except ValueError:
        raise ParameterError(
            "on",
            f"Parameter 'on' must be a day, YYYY-MM-DD, not '{given[:80]}'.",
            f"参数“on”应为日期（YYYY-MM-DD），而不是“{given[:80]}”。",
        ) from None


def _read_level(given: str | None) -> str | None:
    if given is None or given in SPANS or given == BENEFITS:
        return given
    listed = ", ".join([*SPANS, BENEFITS])
    raise ParameterError(
        "level",
        f"Parameter 'level' must be one of: {listed}; not '{given[:80]}'.",
        f"参数“level”应为以下之一：{listed}；而不是“{given[:80]}”。",
    )
