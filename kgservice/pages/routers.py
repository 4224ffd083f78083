"""The pages as a list: every one of them, over one release."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter

from kgservice.api.context import ApiContext
from kgservice.api.eligibility import Known
from kgservice.linked import routes as linked
from kgservice.pages import entities
from kgservice.pages.about import data, shapes, sitemap
from kgservice.pages.about.figures import read_figures
from kgservice.pages.answering import PageWriter
from kgservice.pages.comparison import page as comparison
from kgservice.pages.eligibility import page as eligibility
from kgservice.pages.finding import home, search
from kgservice.pages.once import Once
from kgservice.search.index import SearchIndex


def make_pages(
    context: ApiContext, index: SearchIndex, known: Known, writer: PageWriter
) -> list[APIRouter]:
    """The routes of the pages that there are over a release that was built."""
    figures = Once(partial(read_figures, context))
    return [
        home.make_router(writer, figures),
        search.make_router(context, index, writer),
        comparison.make_router(context, index, writer),
        eligibility.make_router(known, index, writer),
        data.make_router(context, writer, figures),
        shapes.make_router(context, writer),
        sitemap.make_router(context, writer),
        linked.make_router(context, writer, entities.make_entity_pages(context)),
    ]
