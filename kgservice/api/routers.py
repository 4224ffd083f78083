"""The API as a list: every part of it, over one release."""

from __future__ import annotations

from fastapi import APIRouter

from kgservice.api import (
    certificates,
    compare,
    eligibility,
    equivalents,
    exemptions,
    queries_list,
    search,
)
from kgservice.api.context import ApiContext
from kgservice.search.index import SearchIndex


def make_routers(
    context: ApiContext, index: SearchIndex, known: eligibility.Known | None = None
) -> list[APIRouter]:
    """The routes below ``/api``.

    ``known``: what eligibility rests on, where somebody else reads it too.
    """
    return [
        search.make_router(context, index),
        certificates.make_router(context),
        equivalents.make_router(context),
        compare.make_router(context),
        exemptions.make_router(context),
        eligibility.make_router(context, known),
        queries_list.make_router(context),
    ]
