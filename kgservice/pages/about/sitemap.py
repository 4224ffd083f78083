"""``/sitemap.xml`` and ``/robots.txt``: which pages there are, for crawlers (https://www.sitemaps.org/protocol.html)."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request, Response

from kgservice.api.context import ApiContext
from kgservice.pages.answering import PageWriter
from kgservice.pages.once import Once
from kgservice.pages.view import LANGUAGES, View
from kgservice.problems import NotFound
from kgservice.release import MANIFEST

FIXED = ("/", "/search", "/compare", "/eligibility", "/data", "/ns/", "/shapes", "/query")
# In the order in which they are worth a crawler's time; with a region its directory is told.
CLASSES = ("Region", "Edition", "CertificateFamily", "Certificate", "Issuer")
# The protocol allows 50,000 addresses and 50 MiB; with two languages an address takes some 500 bytes.
MOST = 20_000
# Queries, searches and filters without end, and what is for programs. The star says nothing to who knows RFC 9309, and
# keeps others from taking a question mark at the end for nothing and the page itself for disallowed.
DISALLOWED = (
    "/sparql?*",
    "/search?*",
    "/compare?*",
    "/api/",
    "/queries/",
    "/reconcile",
    "/health/",
)
# The pages themselves in one language, as the sitemap names them; the longer rule counts (RFC 9309, 2.2.2).
ALLOWED = tuple(
    f"{path}?lang={language}$" for path in ("/search", "/compare") for language in LANGUAGES
)
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def make_router(context: ApiContext, writer: PageWriter) -> APIRouter:
    """The routes over one release."""
    router = APIRouter(include_in_schema=False)

    async def ask() -> list[str]:
        return [*FIXED, *await read_pages(context)]

    pages = Once(ask)
    # A release bears no date of its own: this is when it came here.
    seconds = (context.release.path / MANIFEST).stat().st_mtime
    changed = datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    async def answer(request: Request, lines: Iterator[str]) -> Response:
        # A full part is ten megabytes, which nobody else should wait for.
        text = await asyncio.to_thread("".join, lines)
        return await writer.answer_file(request, "application/xml", text.encode())

    @router.api_route("/sitemap.xml", methods=["GET", "HEAD"])
    async def show_all(request: Request) -> Response:
        view, paths = writer.view(request), await pages.get()
        parts = range(1, len(split(paths)) + 1)
        if len(parts) > 1:
            return await answer(request, write_index(view, parts, changed))
        return await answer(request, write_urls(view, paths, changed))

    @router.api_route("/sitemap-{number}.xml", methods=["GET", "HEAD"])
    async def show_part(number: str, request: Request) -> Response:
        parts = split(await pages.get())
        numbers = [str(one) for one in range(1, len(parts) + 1)]
        if number not in numbers or len(parts) == 1:
            raise NotFound
        part = parts[numbers.index(number)]
        return await answer(request, write_urls(writer.view(request), part, changed))

    @router.api_route("/robots.txt", methods=["GET", "HEAD"])
    async def show_robots(request: Request) -> Response:
        text = write_robots(writer.view(request))
        return await writer.answer_file(request, "text/plain; charset=utf-8", text.encode())

    return router


async def read_pages(context: ApiContext) -> list[str]:
    """The paths of the pages of things.

    Raises:
        EngineError: the question did not end well.
    """
    rows = await context.ask("things", class_=[f"zc:{name}" for name in CLASSES])
    found: dict[str, list[str]] = {name: [] for name in CLASSES}
    for row in rows:
        found[context.path(str(row["class"]))].append(f"/doc/{context.path(str(row['thing']))}")
    return [path for paths in found.values() for path in paths]


def split(paths: Sequence[str]) -> list[Sequence[str]]:
    """The paths in parts that the protocol allows."""
    return [paths[first : first + MOST] for first in range(0, len(paths), MOST)]


def write_urls(view: View, paths: Sequence[str], changed: str) -> Iterator[str]:
    """A set of addresses, each with its languages (https://developers.google.com/search/docs/specialty/international)."""
    yield f'{_XML}<urlset xmlns="{_SPACE}" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
    for path in paths:
        address = escape(view.absolute(path))
        yield f"<url><loc>{address}</loc><lastmod>{changed}</lastmod>"
        for language in LANGUAGES:
            tag = "zh-Hans" if language == "zh" else language
            yield f'<xhtml:link rel="alternate" hreflang="{tag}" href="{address}?lang={language}"/>'
        yield f'<xhtml:link rel="alternate" hreflang="x-default" href="{address}"/></url>\n'
    yield "</urlset>\n"


def write_index(view: View, parts: Sequence[int], changed: str) -> Iterator[str]:
    """The list of the parts."""
    yield f'{_XML}<sitemapindex xmlns="{_SPACE}">\n'
    for part in parts:
        address = escape(view.absolute(f"/sitemap-{part}.xml"))
        yield f"<sitemap><loc>{address}</loc><lastmod>{changed}</lastmod></sitemap>\n"
    yield "</sitemapindex>\n"


def write_robots(view: View) -> str:
    """What crawlers are asked to leave alone (RFC 9309). Below a prefix, the root of the host has to repeat it."""
    lines = ["User-agent: *", *(f"Disallow: {view.prefix}{path}" for path in DISALLOWED)]
    lines += [f"Allow: {view.prefix}{path}" for path in ALLOWED]
    return "\n".join([*lines, "", f"Sitemap: {view.absolute('/sitemap.xml')}", ""])
