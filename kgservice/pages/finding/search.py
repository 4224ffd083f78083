"""``/search?q=``: what a text names, why it was found, and what each certificate is worth in each region.

Nobody is sent on to a page by himself: even a name that only one certificate has may stand on a paper that means another.
A single certificate of exactly this name is shown first and large instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from cachetools import LRUCache
from fastapi import APIRouter, Request, Response

from kgservice.api.context import ApiContext
from kgservice.engine.errors import EngineError
from kgservice.pages.answering import PageWriter
from kgservice.pages.finding.home import EXAMPLES
from kgservice.pages.finding.pasted import Finder, Found
from kgservice.pages.finding.worth import Worth, read_worth
from kgservice.pages.site import Page
from kgservice.pages.view import View
from kgservice.search.index import SearchIndex

MOST_TEXT = 1000
MOST_KEPT = 32  # answers; one of two dozen certificates takes some 200 kB
Told = tuple[Mapping[str, Worth], int | None]


def make_router(context: ApiContext, index: SearchIndex, writer: PageWriter) -> APIRouter:
    """The route of the search page."""
    router = APIRouter(include_in_schema=False)
    finder = Finder(context, index)
    kept: LRUCache[tuple[object, ...], Told] = LRUCache(MOST_KEPT)

    async def tell(certificates: Sequence[str], lead: Found | None) -> Told:
        """What the certificates are worth, and how many look like the first; kept for those looked for last: who
        changes the language or comes back from a certificate asks the engine for nothing."""
        key = (tuple(certificates), lead and lead.iri)
        told = kept.get(key)
        if told is None:
            told = await asyncio.gather(
                _worth(context, certificates, lead), _count_look_alikes(context, lead)
            )
            if _is_whole(told):
                kept[key] = told
        return told

    async def make(view: View) -> Page:
        text = view.get("q") or ""
        title = view.t("查证书", "Find a certificate")
        if not text:
            return Page("search.html", title, {"text": "", "examples": EXAMPLES})
        found = await finder.find(text[:MOST_TEXT])
        named = found.exact
        lead = named[0] if len(named) == 1 else None
        told = await tell(found.certificates, lead)
        worth, look_alikes = told
        return Page(
            "search.html",
            view.t(f"“{text[:60]}”", f"“{text[:60]}”"),
            {
                "text": text[:MOST_TEXT],
                "examples": EXAMPLES,
                "found": found,
                "worth": worth,
                "lead": lead,
                "namesakes": named if len(named) > 1 else [],
                "look_alikes": look_alikes or 0,
            },
            whole=_is_whole(told),
        )

    @router.api_route("/search", methods=["GET", "HEAD"])
    async def search(request: Request) -> Response:
        return await writer.answer(request, make)

    return router


def _is_whole(told: Told) -> bool:
    """Whether everything could be asked."""
    worth, look_alikes = told
    return look_alikes is not None and all(one.known for one in worth.values())


async def _worth(
    context: ApiContext, certificates: Sequence[str], lead: Found | None
) -> Mapping[str, Worth]:
    try:
        return await read_worth(context, certificates, lead.iri if lead else None)
    except EngineError:  # what was found is shown all the same
        return dict.fromkeys(certificates, Worth(known=False))


async def _count_look_alikes(context: ApiContext, lead: Found | None) -> int | None:
    try:
        rows = await context.ask("look-alikes", certificate=lead.iri) if lead else []
    except EngineError:
        return None
    return len({row["other"] for row in rows})
