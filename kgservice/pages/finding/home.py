"""The first page: one box to look for a certificate, what is covered, how fresh, how sure, and the ways in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from kgservice.engine.errors import EngineError
from kgservice.pages.about.figures import PATIENCE, Figures
from kgservice.pages.answering import PageWriter
from kgservice.pages.once import Once
from kgservice.pages.site import Page
from kgservice.pages.view import View

MOST_PLACES = 24  # directories on the first page; all are listed with the data
# A post-nominal, a Chinese name, a German one, and an abbreviation that several certificates have.
EXAMPLES = ("MRICS", "特许金融分析师", "Kältetechnik", "CPA")


def make_router(writer: PageWriter, figures: Once[Figures]) -> APIRouter:
    """The route of the first page over a release that was built."""
    router = APIRouter(include_in_schema=False)

    async def make(view: View) -> Page:
        try:
            counted = await figures.soon(PATIENCE)
        except EngineError:
            counted = None  # the box does not wait for figures
        return Page(
            "home.html",
            view.t("职称图谱", "Zhicheng Graph"),
            {"figures": counted, "examples": EXAMPLES, "most": MOST_PLACES},
            description=view.t(
                "哪些境外职业资格证书，在哪个地区，对应哪一级职称，依据哪份文件的哪一行。",
                "Which overseas certificate counts as which Chinese professional title, where, and by which printed row.",
            ),
            jsonld=describe_site(view),
            whole=counted is not None,
        )

    @router.api_route("/", methods=["GET", "HEAD"])
    async def start(request: Request) -> Response:
        return await writer.answer(request, make)

    return router


def make_plain_router(writer: PageWriter) -> APIRouter:
    """The route of the first page over files that were not built: their graphs."""
    router = APIRouter(include_in_schema=False)

    async def make(view: View) -> Page:
        return Page("plain.html", view.t("职称图谱", "Zhicheng Graph"))

    @router.api_route("/", methods=["GET", "HEAD"])
    async def start(request: Request) -> Response:
        return await writer.answer(request, make)

    return router


def describe_site(view: View) -> dict[str, Any]:
    """schema.org about the site, with the address of its search (https://schema.org/SearchAction)."""
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "@id": view.absolute("/"),
        "url": view.absolute("/"),
        "name": "职称图谱",
        "alternateName": "Zhicheng Graph",
        "inLanguage": ["zh-Hans", "en"],
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": view.absolute("/search") + "?q={search_term_string}",
            },
            "query-input": "required name=search_term_string",
        },
    }
