"""The pages of things, by the first part of their path: ``certificate`` → what shows a certificate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Request, Response

from kgservice.api.context import ApiContext
from kgservice.pages.answering import PageWriter
from kgservice.pages.certificate import CertificatePages
from kgservice.pages.certificate_places import PlaceBoard
from kgservice.pages.issuer import IssuerPages
from kgservice.pages.site import Page
from kgservice.pages.view import View
from kgservice.problems import NotFound

# Takes the view and the path (``certificate/c00085``); raises UnknownId or Withdrawn (kgservice.api.errors).
EntityPage = Callable[[View, str], Awaitable[Page]]


def make_entity_pages(context: ApiContext) -> dict[str, EntityPage]:
    """The pages of the things that have one of their own."""
    board = PlaceBoard(context)
    certificates = CertificatePages.make(context, board)
    return {
        "certificate": certificates,
        "family": certificates,
        "issuer": IssuerPages(context, board),
    }


def make_router(writer: PageWriter, pages: Mapping[str, EntityPage]) -> APIRouter:
    """The routes below ``/doc``."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/doc/{path:path}", methods=["GET", "HEAD"])
    async def show(path: str, request: Request) -> Response:
        make = pages.get(path.partition("/")[0])
        if make is None:
            raise NotFound
        return await writer.answer(
            request, lambda view: make(view, path), vary="Accept, Accept-Language"
        )

    return router
