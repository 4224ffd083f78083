"""The first page: what is served, and where to begin."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from kgservice.pages.answering import PageWriter
from kgservice.pages.site import Page
from kgservice.pages.view import View


def make_router(writer: PageWriter) -> APIRouter:
    """The route of the first page."""
    router = APIRouter(include_in_schema=False)

    async def make(view: View) -> Page:
        return Page("home.html", view.t("职称图谱", "Zhicheng Graph"))

    @router.api_route("/", methods=["GET", "HEAD"])
    async def start(request: Request) -> Response:
        return await writer.answer(request, make)

    return router
