"""From a request to a page: its language, its validators, its header fields."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from hashlib import blake2b
from types import MappingProxyType

from fastapi import Request
from fastapi.responses import Response

from kgservice.api.eligibility_request import today
from kgservice.pages.site import Page, Site
from kgservice.pages.view import View, read_view
from kgservice.release import Release
from kgservice.sparql.coding import SMALLEST, Body
from kgservice.sparql.negotiate import GZIP, choose_coding
from kgservice.sparql.receiving import field, text_of
from kgservice.sparql.validators import match, matches_any, tag_of

HTML = "text/html; charset=utf-8"
Make = Callable[[View], Awaitable[Page]]


class PageWriter:
    """Answers with pages over one release. ``base``: the start of its IRIs."""

    def __init__(self, site: Site, base: str, release: Release) -> None:
        self.site = site
        self.base = base
        self.release = release

    def view(self, request: Request) -> View:
        """How the request wants its page."""
        return read_view(request.scope, self.base)

    async def answer(
        self,
        request: Request,
        make: Make,
        *,
        vary: str = "Accept-Language",
        lasting: bool = True,
        state: str = "",
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Response:
        """The page that ``make`` makes, or 304 without making it where the client has it already.

        A page is decided by its address, the language, the release, the program, and the day, since it says what is in
        force. ``vary``: which header fields were looked at besides Accept-Encoding; ``lasting``: false for a page that
        may be another one each time, which has no tag; ``state``: what else decides it; ``headers``: further ones to send.
        """
        view = self.view(request)
        key = self._key(view, state)
        coding = field(request.scope, b"accept-encoding")
        accepted = text_of(coding)
        fields = {
            "content-type": HTML,
            "content-language": view.language,
            "cache-control": "no-cache" if lasting else "no-store",
            "vary": f"{vary}, Accept-Encoding",
            **headers,
        }
        held = text_of(field(request.scope, b"if-none-match")) if lasting else None
        tag = match(held, key, accepted, weak=False)
        if tag is not None:
            return Response(status_code=304, headers=fields | {"etag": tag})
        page = await make(view)
        body = Body(self.site.render(page, view, self.release))
        chosen = choose_coding(accepted, worthwhile=len(body.plain) >= SMALLEST) or "identity"
        fields |= {
            "content-security-policy": page.policy,
            "referrer-policy": "strict-origin-when-cross-origin",
            "x-content-type-options": "nosniff",
        }
        if page.links:
            fields["link"] = ", ".join(page.links)
        if not page.whole:
            fields["cache-control"] = "no-store"
        elif page.status == 200 and lasting:
            fields["etag"] = tag_of(key, chosen, weak=False)
            if matches_any(held):
                return Response(status_code=304, headers=fields)
        if chosen == GZIP:
            fields["content-encoding"] = GZIP
        return Response(await body.coded(chosen), page.status, fields)

    async def answer_private(self, request: Request, page: Page) -> Response:
        """A page that was made from what somebody told of himself: no cache keeps it, and it has no tag."""
        view = self.view(request)
        fields = {
            "content-type": HTML,
            "content-language": view.language,
            "content-security-policy": page.policy,
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
            "vary": "Accept-Language, Accept-Encoding",
            "x-content-type-options": "nosniff",
        }
        return await _code(request, self.site.render(page, view, self.release), page.status, fields)

    async def answer_file(self, request: Request, media_type: str, content: bytes) -> Response:
        """What is made for programs from the release: a list of pages."""
        fields = {
            "content-type": media_type,
            "cache-control": "public, max-age=3600",
            "vary": "Accept-Encoding",
            "x-content-type-options": "nosniff",
        }
        return await _code(request, content, 200, fields)

    def _key(self, view: View, state: str) -> bytes:
        parts = [self.site.digest, self.release.id, view.origin, view.path, view.language, state]
        parts += [
            today().isoformat(),
            str(view.chosen),
            *(f"{name}={value}" for name, value in view.query),
        ]
        sized = (b"%d:%s" % (len(part), part) for part in (p.encode() for p in parts))
        return blake2b(b"".join(sized), digest_size=16).digest()


async def _code(request: Request, content: bytes, status: int, fields: dict[str, str]) -> Response:
    """The content, compressed where the client takes that."""
    body = Body(content)
    accepted = text_of(field(request.scope, b"accept-encoding"))
    coding = choose_coding(accepted, worthwhile=len(content) >= SMALLEST) or "identity"
    if coding == GZIP:
        fields["content-encoding"] = GZIP
    return Response(await body.coded(coding), status, fields)
