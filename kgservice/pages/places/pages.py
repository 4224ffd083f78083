"""The pages of regions, directories and editions: what they share over one release is read once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from kgservice.api.benefits import TierBoard
from kgservice.api.context import ApiContext
from kgservice.api.notices import NoticeBoard
from kgservice.pages.places.directory import DirectoryPages
from kgservice.pages.places.edition import EditionPages
from kgservice.pages.places.edition_changes import ChangeBoard
from kgservice.pages.places.edition_facts import EditionBoard
from kgservice.pages.places.edition_rows import RowBoard
from kgservice.pages.places.region import RegionPages
from kgservice.pages.places.region_places import RegionBoard
from kgservice.pages.site import Page
from kgservice.pages.view import View


def make_place_pages(context: ApiContext) -> dict[str, Callable[[View, str], Awaitable[Page]]]:
    """The pages by the first part of their path."""
    editions = EditionBoard(context, NoticeBoard(context), TierBoard(context))
    places = RegionBoard(context)
    return {
        "region": RegionPages(context, editions, places).make,
        "directory": DirectoryPages(context, editions, places).make,
        "edition": EditionPages(
            context, editions, RowBoard(context), ChangeBoard(context), places
        ).make,
    }
