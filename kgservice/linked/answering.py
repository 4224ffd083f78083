"""Answers a request for a thing: looks it up, negotiates, and says under which conditions the answer may be kept."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from kgservice import __version__
from kgservice.api.context import ApiContext
from kgservice.api.errors import UnknownId
from kgservice.linked.addresses import Address, document_of, place_of, read_address
from kgservice.linked.description import Description, Standing
from kgservice.linked.document import Document
from kgservice.linked.errors import WithdrawnThing
from kgservice.linked.formats import HTML, Representation, negotiate
from kgservice.linked.keeping import Since, key_of
from kgservice.linked.known import describe_problem
from kgservice.linked.page import ThingPages
from kgservice.linked.reading import Reader
from kgservice.linked.shapes import read_shapes
from kgservice.linked.signposting import link, links_of
from kgservice.linked.terms import DCTERMS, select
from kgservice.linked.vocabulary import read_vocabulary
from kgservice.linked.writing import write
from kgservice.pages.answering import PageWriter
from kgservice.pages.entities import EntityPage
from kgservice.pages.site import NoPageOfItsOwn, Page
from kgservice.pages.view import View
from kgservice.problems import NotFound
from kgservice.release import DUMPS, SHAPES
from kgservice.sparql.coding import SMALLEST, Body
from kgservice.sparql.negotiate import GZIP, choose_coding
from kgservice.sparql.receiving import field, origin_of, text_of
from kgservice.sparql.results import content_type
from kgservice.sparql.validators import match, matches_any, tag_of

OPEN = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Content-Location, ETag, Last-Modified, Link, Location",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}
_OF_304 = ("content-location", "etag", "vary", "cache-control", "last-modified")


class Answering:
    """All that answers over one release. ``pages``: by the first part of a path below ``/doc``; ``ns`` for ``/ns/``."""

    def __init__(
        self, context: ApiContext, writer: PageWriter, pages: Mapping[str, EntityPage]
    ) -> None:
        self._context = context
        self._writer = writer
        self._pages = pages
        self._base = context.names.base
        self._base_path = urlsplit(self._base).path
        self._reader = Reader(context.engine, self._base, context.release.manifest["graphs"])
        self._since = Since()
        self._licence: str | None = None
        self._things: ThingPages | None = None

    async def lead(self, realm: str, path: str, request: Request) -> Response:
        """303 from a thing to its document; a suffix and the query go along.

        Raises:
            NotFound: it was never minted.
            WithdrawnThing: it was, and was withdrawn.
        """
        address = _address(realm, path)
        place = self._place(request)
        standing = await self._stand(address, place)
        headers = OPEN | {"link": link(standing.iri, "cite-as")}
        return RedirectResponse(_document(address, place, request), 303, headers=headers)

    def lead_to_vocabulary(self, request: Request) -> Response:
        """From the address without the slash that the namespace ends in to the one with it."""
        query = f"?{request.url.query}" if request.url.query else ""
        place = urlsplit(self._place(request)).path
        return RedirectResponse(f"{place}/ns/{query}", 308, headers=OPEN)

    async def show(self, realm: str, path: str, request: Request) -> Response:
        """The document about a thing, in the form that the suffix or else ``Accept`` names.

        Raises:
            NotAcceptable: no form that the client accepts.
            NotFound, WithdrawnThing: as for :meth:`lead`.
        """
        address = _address(realm, path)
        if b"%2f" in (request.scope.get("raw_path") or b"").lower():
            # Who fills an id into a template of addresses, as OpenRefine does, escapes its slash.
            place = self._place(request)
            await self._stand(address, place)
            return RedirectResponse(_document(address, place, request), 308, headers=OPEN)
        if address.form is not None:
            form, media_type = address.form, address.form.media_type
        else:
            form, media_type = negotiate(request.headers.getlist("accept"))
        if form is HTML:
            return await self._show_page(address, request)
        return await self._show_data(address, form, media_type, request)

    # -- the page

    async def _show_page(self, address: Address, request: Request) -> Response:
        place = self._place(request)
        # The page with the suffix is the page, and links to itself without it.
        if address.form is not None:
            path = request.scope["path"].removesuffix(f".{HTML.suffix}")
            path += "" if address.path else "/"
            request = Request({**request.scope, "path": path})
        view = self._writer.view(request)
        asked = urlencode([*view.query, ("lang", view.language)])
        headers = {
            "content-location": f"{urlsplit(place).path}{address.represented(HTML)}?{asked}",
            "last-modified": self._since.field(daily=True),
        }

        async def make(view: View) -> Page:
            document = await self._document(address, place, request)
            standing, page = await self._make_page(address, document, view)
            links = links_of(
                document,
                standing.iri,
                standing.types,
                HTML,
                self._dump(standing.iri, document.origin),
            )
            return replace(page, links=(*page.links, links))

        answer = await self._writer.answer(request, make, headers=headers)
        looked_at = [
            *(["Accept"] if address.form is None else []),
            *([] if view.chosen else ["Accept-Language"]),
            "Accept-Encoding",
        ]
        answer.headers["vary"] = ", ".join(looked_at)
        # What may be kept by nobody is no copy of anything: a page that was not finished in time.
        lasting = answer.status_code == 200 and answer.headers["cache-control"] != "no-store"
        if lasting and self._is_covered(request, daily=True):
            kept = {name: value for name, value in answer.headers.items() if name in _OF_304}
            return Response(status_code=304, headers=kept)
        return answer

    async def _make_page(
        self, address: Address, document: Document, view: View
    ) -> tuple[Standing, Page]:
        key = "ns" if address.realm == "ns" and not address.path else address.path.partition("/")[0]
        special = self._pages.get(key) if address.realm == "id" or key == "ns" else None
        if special is not None:
            # A thing of which too little is stated for that page still has the generic one.
            with contextlib.suppress(NoPageOfItsOwn, UnknownId):
                # First: what was withdrawn leads on to its successor, whatever its own page would say.
                standing = await self._stand(address, document.place)
                return standing, await special(view, address.path)
        if self._things is None:
            context = self._context
            self._things = ThingPages(
                context,
                self._reader,
                await read_vocabulary(context.engine, context.names),
                await asyncio.to_thread(read_shapes, context.release.path / SHAPES),
            )
        standing, description = await self._describe(address, document.place)
        dump = self._dump(standing.iri, document.origin)
        return standing, await self._things.make(view, description, document, dump)

    # -- the data

    async def _show_data(
        self, address: Address, form: Representation, media_type: str, request: Request
    ) -> Response:
        place, encoding = self._place(request), text_of(field(request.scope, b"accept-encoding"))
        parts = (place, address.realm, address.path, media_type)
        key = key_of(__version__, self._context.release.id, *parts)
        headers = OPEN | {
            "content-location": f"{urlsplit(place).path}{address.represented(form)}",
            "last-modified": self._since.field(),
            "vary": "Accept-Encoding" if address.form is not None else "Accept, Accept-Encoding",
        }
        held = text_of(field(request.scope, b"if-none-match"))
        tag = match(held, key, encoding, weak=False)
        if tag is not None:
            return Response(status_code=304, headers=headers | {"etag": tag})
        if matches_any(held) or self._is_covered(request):
            await self._stand(address, place)
            tag = tag_of(key, choose_coding(encoding, worthwhile=True) or "identity", weak=False)
            return Response(status_code=304, headers=headers | {"etag": tag})
        document = await self._document(address, place, request)
        standing, description = await self._describe(address, place)
        prefixes = self._context.names.prefixes
        body = Body(
            await write([*document.statements(description), *description.quads], form, prefixes)
        )
        coding = choose_coding(encoding, worthwhile=len(body.plain) >= SMALLEST) or "identity"
        headers |= {
            "content-type": content_type(media_type),
            "etag": tag_of(key, coding, weak=False),
            "link": links_of(document, standing.iri, standing.types, form, None),
        }
        if coding == GZIP:
            headers["content-encoding"] = GZIP
        return Response(await body.coded(coding), headers=headers)

    # -- what both need

    def _place(self, request: Request) -> str:
        return place_of(request.scope, self._base_path)

    def _is_covered(self, request: Request, *, daily: bool = False) -> bool:
        held = request.headers.getlist("if-none-match")
        since = request.headers.get("if-modified-since")
        return self._since.covers(held, since, daily=daily)

    async def _stand(self, address: Address, place: str) -> Standing:
        """The IRI that an address stands for, if it still stands."""
        iris = address.iris(self._base)
        if address.realm == "problem":
            if describe_problem(iris[0], address.path) is None:
                raise NotFound
            return Standing(iris[0])
        return self._check(await self._reader.stand(iris), place)

    def _check(self, standing: Standing | None, place: str) -> Standing:
        if standing is None:
            raise NotFound
        if standing.gone:
            successor = standing.successor
            moved = document_of(successor, self._base) if successor else None
            raise WithdrawnThing(
                standing.iri,
                self._context.path(successor) if successor else None,
                f"{place}{moved}" if moved else successor,
            )
        return standing

    async def _describe(self, address: Address, place: str) -> tuple[Standing, Description]:
        """The IRI that an address stands for, if it still stands, and its description."""
        iris = address.iris(self._base)
        if address.realm == "problem":
            told = describe_problem(iris[0], address.path)
            if told is None:
                raise NotFound
            return Standing(iris[0]), told
        description = await self._reader.describe(iris[0])
        standing = self._reader.standing_of(description)
        # It is used as a property or a graph only, or in another spelling, or not at all.
        if standing is None:
            standing = self._check(await self._reader.stand(iris), place)
            if standing.iri != description.iri:
                description = await self._reader.describe(standing.iri)
        return self._check(standing, place), description

    async def _document(self, address: Address, place: str, request: Request) -> Document:
        """The document; its licence is the one that the ontology states, which is that of the data as well."""
        if self._licence is None:
            rows = await select(
                self._context.engine,
                f"SELECT ?l {{ GRAPH ?g {{ <{self._base}/ns/> <{DCTERMS}license> ?l }} }} LIMIT 1",
            )
            self._licence = rows[0]["l"].value if rows else ""
        origin = origin_of(request.scope)
        return Document(origin, place, address, self._base, self._licence or None)

    def _dump(self, iri: str, origin: str) -> str | None:
        """The file that holds a named graph, if the release has one."""
        release = self._context.release
        file = f"{DUMPS}/{iri.removeprefix(f'{self._base}/graph/')}.nt.gz"
        there = file in release.manifest["files"]
        return f"{origin}/data/{release.id}/{file}" if there else None


def _address(realm: str, path: str) -> Address:
    address = read_address(realm, path)
    if address is None:
        raise NotFound
    return address


def _document(address: Address, place: str, request: Request) -> str:
    """The path of the document, with the suffix and the query of the request."""
    target = address.document if address.form is None else address.represented(address.form)
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{urlsplit(place).path}{target}{query}"
