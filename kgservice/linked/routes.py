"""``/id/…``, ``/doc/…``, ``/ns/…``, ``/graph/…`` and ``/problem/…``: every IRI of the graph answers."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from kgservice.api.context import ApiContext
from kgservice.linked.answering import OPEN, Answering
from kgservice.pages.answering import PageWriter
from kgservice.pages.entities import EntityPage
from kgservice.pages.problem import FIELDS
from kgservice.sparql.reply import preflight

METHODS = ("GET", "HEAD", "OPTIONS")


def make_router(
    context: ApiContext, writer: PageWriter, pages: Mapping[str, EntityPage]
) -> APIRouter:
    """The routes over one release; where the base has a path (``https://example.org/kg``), below that as well.

    ``pages``: those of things that have one of their own (:func:`kgservice.pages.entities.make_entity_pages`).
    """
    answering = Answering(context, writer, pages)
    # Documents: no part of the JSON API.
    router = APIRouter(include_in_schema=False, dependencies=[Depends(_open_errors)])
    for prefix in dict.fromkeys(("", urlsplit(context.names.base).path)):
        _add(router, prefix, answering)
    return router


def _add(router: APIRouter, prefix: str, answering: Answering) -> None:
    methods = list(METHODS)

    @router.api_route(f"{prefix}/id/{{path:path}}", methods=methods)
    async def lead_from_id(path: str, request: Request) -> Response:
        return _options(request) or await answering.lead("id", path, request)

    @router.api_route(f"{prefix}/graph/{{path:path}}", methods=methods)
    async def lead_from_graph(path: str, request: Request) -> Response:
        return _options(request) or await answering.lead("graph", path, request)

    @router.api_route(f"{prefix}/doc/graph/{{path:path}}", methods=methods)
    async def show_graph(path: str, request: Request) -> Response:
        return _options(request) or await answering.show("graph", path, request)

    @router.api_route(f"{prefix}/doc/{{path:path}}", methods=methods)
    async def show_thing(path: str, request: Request) -> Response:
        return _options(request) or await answering.show("id", path, request)

    @router.api_route(f"{prefix}/ns/{{path:path}}", methods=methods)
    async def show_term(path: str, request: Request) -> Response:
        return _options(request) or await answering.show("ns", path, request)

    @router.api_route(f"{prefix}/ns", methods=methods)
    async def lead_to_vocabulary(request: Request) -> Response:
        return _options(request) or answering.lead_to_vocabulary(request)

    @router.api_route(f"{prefix}/ns.{{suffix}}", methods=methods)
    async def show_vocabulary(suffix: str, request: Request) -> Response:
        return _options(request) or await answering.show("ns", f".{suffix}", request)

    @router.api_route(f"{prefix}/problem/{{path:path}}", methods=methods)
    async def show_problem(path: str, request: Request) -> Response:
        return _options(request) or await answering.show("problem", path, request)


async def _open_errors(request: Request) -> None:
    """Has a program in a page of elsewhere read why there is no document, too."""
    request.scope[FIELDS] = {name: value for name, value in OPEN.items() if name != "cache-control"}


def _options(request: Request) -> Response | None:
    """The answer to OPTIONS; nothing for other methods."""
    if request.method != "OPTIONS":
        return None
    allowed = dict(preflight(METHODS))
    return Response(status_code=204, headers={"access-control-allow-origin": "*", **allowed})
