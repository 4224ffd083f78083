"""The pages as a list: every one of them, over one release."""

from __future__ import annotations

from fastapi import APIRouter

from kgservice.api.context import ApiContext
from kgservice.linked import routes as linked
from kgservice.pages import compare, entities
from kgservice.pages.answering import PageWriter
from kgservice.search.index import SearchIndex


def make_pages(context: ApiContext, index: SearchIndex, writer: PageWriter) -> list[APIRouter]:
    """The routes of the pages that there are over a release that was built."""
    return [
        compare.make_router(context, index, writer),
        linked.make_router(context, writer, entities.make_entity_pages(context)),
    ]
