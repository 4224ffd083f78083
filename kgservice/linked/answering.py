"""Answers a request for a thing: looks it up, negotiates, and says under which conditions the answer may be kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from kgservice import __version__
from kgservice.api.context import ApiContext
from kgservice.linked.addresses import Address, document_of, place_of, read_address
from kgservice.linked.document import Document
from kgservice.linked.errors import WithdrawnThing
from kgservice.linked.formats import Representation, negotiate
from kgservice.linked.known import describe_problem
from kgservice.linked.reading import Description, Reader, Standing
from kgservice.linked.signposting import link, links_of
from kgservice.linked.terms import DCTERMS, select
from kgservice.linked.validators import Since, is_held, tag_of, wants_any
from kgservice.problems import NotFound
from kgservice.sparql.results import content_type

OPEN = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Content-Location, ETag, Link, Location",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}
AT_ONCE = 500  # quads; writing more is not for the event loop


class Answering:
    """All that answers over one release."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._base = context.names.base
        self._base_path = urlsplit(self._base).path
        self._reader = Reader(context.engine, self._base, context.release.manifest["graphs"])
        self._since = Since()
        self._licence: str | None = None

    async def lead(self, realm: str, path: str, request: Request) -> Response:
        """303 from a thing to its document; a suffix and the query go along.

        Raises:
            NotFound: it was never minted.
            WithdrawnThing: it was, and was withdrawn.
        """
        address = _address(realm, path, request)
        place = place_of(request.scope, self._base_path, request.scope["path"])
        standing = await self._stand(address, place)
        target = address.document if address.form is None else address.represented(address.form)
        query = f"?{request.url.query}" if request.url.query else ""
        headers = OPEN | {"link": link(standing.iri, "cite-as")}
        return RedirectResponse(f"{urlsplit(place).path}{target}{query}", 303, headers=headers)

    async def show(self, realm: str, path: str, request: Request) -> Response:
        """The document about a thing, in the form that the suffix or else ``Accept`` names.

        Raises:
            NotAcceptable: no form that the client accepts.
            NotFound, WithdrawnThing: as for :meth:`lead`.
        """
        address = _address(realm, path, request)
        form, media_type = (
            (address.form, address.form.media_type)
            if address.form is not None
            else negotiate(request.headers.getlist("accept"))
        )
        place = place_of(request.scope, self._base_path, request.scope["path"])
        tag = tag_of(
            __version__, self._context.release.id, place, address.realm, address.path, media_type
        )
        headers = OPEN | {
            "content-location": f"{urlsplit(place).path}{address.represented(form)}",
            "etag": tag,
            "last-modified": self._since.field(),
        }
        if address.form is None:
            headers["vary"] = "Accept"
        held = request.headers.getlist("if-none-match")
        if is_held(tag, held):
            return Response(status_code=304, headers=headers)
        standing = await self._stand(address, place)
        if wants_any(held) or self._since.covers(held, request.headers.get("if-modified-since")):
            return Response(status_code=304, headers=headers)
        document = Document(place, address, self._base, await self._read_licence())
        headers["link"] = links_of(document, standing.iri, standing.types, form, None)
        description = await self._describe(address, standing)
        body = await self._write(document, description, form)
        return Response(body, headers=headers | {"content-type": content_type(media_type)})

    async def _stand(self, address: Address, place: str) -> Standing:
        """The IRI that an address stands for, if it still stands."""
        iris = address.iris(self._base)
        if address.realm == "problem":
            if describe_problem(iris[0], address.path) is None:
                raise NotFound
            return Standing(iris[0])
        standing = await self._reader.stand(iris)
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

    async def _describe(self, address: Address, standing: Standing) -> Description:
        if address.realm == "problem":
            told = describe_problem(standing.iri, address.path)
            assert told is not None
            return told
        return await self._reader.describe(standing.iri)

    async def _write(
        self, document: Document, description: Description, form: Representation
    ) -> bytes:
        quads = [*document.statements(description), *description.quads]
        text = "".join(quad.written() for quad in quads).encode()
        prefixes = self._context.names.prefixes
        if len(quads) <= AT_ONCE:
            return _serialize(text, form, prefixes)
        return await asyncio.to_thread(_serialize, text, form, prefixes)

    async def _read_licence(self) -> str | None:
        """The licence that the ontology states; it is that of the data as well."""
        if self._licence is None:
            rows = await select(
                self._context.engine,
                f"SELECT ?l {{ GRAPH ?g {{ <{self._base}/ns/> <{DCTERMS}license> ?l }} }} LIMIT 1",
            )
            self._licence = rows[0]["l"].value if rows else ""
        return self._licence or None


def _address(realm: str, path: str, request: Request) -> Address:
    address = read_address(realm, path, request.scope.get("raw_path") or b"")
    if address is None:
        raise NotFound
    return address


def _serialize(quads: bytes, form: Representation, prefixes: Mapping[str, str]) -> bytes:
    # Only here: whoever serves has pyoxigraph in processes of its own, but for writing this.
    from kgservice.engine.serializing import serialize_quads

    return serialize_quads(quads, form.key, prefixes)
