"""Sends one response, with the header fields that every response carries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from typing import Any

from kgservice.operation.observing import DISCONNECTED, exchange_of
from kgservice.problems import UNFORESEEN, problem_of, render
from kgservice.sparql.cache import Fields, ResponseCache
from kgservice.sparql.receiving import header
from kgservice.sparql.request import Asgi, Message, Receive, Scope, Send
from kgservice.sparql.tickets import ClientGone

# What the server adds to the scope.
RESET, SENT, UNFRAMED = "kgservice.reset", "kgservice.sent", "kgservice.unframed"
EXPOSED = (
    "Content-Location, ETag, Link, Query-Id, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, "
    "X-Total-Count"
)
ASKABLE = "Accept, Accept-Language, Content-Type, If-None-Match, Query-Id"
ALWAYS: Fields = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", EXPOSED.encode()),
    (b"x-content-type-options", b"nosniff"),
]

Headers = list[tuple[str, str]]


def preflight(methods: tuple[str, ...]) -> Headers:
    """The answer to OPTIONS: what may be sent, here (RFC 9110) and from a page of elsewhere (Fetch, CORS)."""
    listed = ", ".join(methods)
    return [
        ("allow", listed),
        ("access-control-allow-methods", listed),
        ("access-control-allow-headers", ASKABLE),
        ("access-control-max-age", "86400"),
    ]


def encode(headers: Headers) -> Fields:
    """Header fields as the server takes them."""
    return [(name.encode(), value.encode()) for name, value in headers]


class AnswerBroken(Exception):
    """An answer failed after its first part was sent, and the server offers no way to reset the connection."""


class Reply:
    """Sends one response. A HEAD request gets the header fields only.

    ``query_id`` is sent along when it is set; ``given_id``: the client chose it.
    """

    def __init__(self, scope: Scope, send: Send) -> None:
        self.head = scope["method"] == "HEAD"
        self.begun = False
        self.query_id: str | None = None
        self.exchange = exchange_of(scope)
        self.given_id = False
        self._scope = scope
        self._send = send

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """A response of known length."""
        fields = [*ALWAYS, *encode(headers)]
        if status not in (204, 304):
            fields.append((b"content-length", b"%d" % len(body)))
        await self.ready(status, fields, body)

    async def ready(self, status: int, fields: Fields, body: bytes) -> None:
        """A response whose fields are complete."""
        await self._start(status, fields)
        await self._send({"type": "http.response.body", "body": b"" if self.head else body})

    async def stream(self, headers: Headers, chunks: AsyncIterator[bytes]) -> None:
        """A response of unknown length; its end is only sent when ``chunks`` end well."""
        unframe: Callable[[bool], None] | None = self._extension(UNFRAMED)
        if unframe is not None:
            unframe(True)
        await self._start(200, [*ALWAYS, *encode(headers)])
        if not self.head:
            async for chunk in chunks:
                await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        if unframe is not None:
            unframe(False)
        await self._send({"type": "http.response.body", "body": b""})

    async def hand_over(self, app: Asgi, receive: Receive) -> None:
        """Leaves the response to another application."""

        async def send(message: Message) -> None:
            self.begun = True
            await self._send(message)

        await app(self._scope, receive, send)

    async def known(
        self, cache: ResponseCache, key: bytes, status: int, fields: Fields, body: bytes
    ) -> None:
        """A response that rests on an answer that is held: the server gives it by itself when the request comes again.

        That is, byte for byte, in one piece, and without an id of its own.
        """
        sent: bytes | None = self._extension(SENT)
        if sent is not None and not self.head and not self.given_id:
            # Of the client and the id of this one request, the later ones have nothing.
            later = replace(
                self.exchange,
                client=None,
                query_id=None,
                route=self._scope["path"],
                status=status,
                bytes=len(body),
            )
            cache.note_sent(sent, key, status, fields, body, later)
        await self.ready(status, fields, body)

    async def reset(self) -> None:
        """Breaks the connection off, so that the client knows that the body is not whole."""
        reset: Callable[[], None] | None = self._extension(RESET)
        if reset is None:
            raise AnswerBroken
        reset()
        await asyncio.sleep(0)

    def _extension(self, name: str) -> Any:
        return (self._scope.get("extensions") or {}).get(name)

    async def _start(self, status: int, fields: Fields) -> None:
        self.begun = True
        if self.query_id is not None:
            fields = [*fields, (b"query-id", self.query_id.encode())]
        await self._send({"type": "http.response.start", "status": status, "headers": fields})


async def explained(work: Coroutine[Any, Any, None], scope: Scope, reply: Reply, base: str) -> None:
    """Does the work of one request; an error becomes a problem document, or a reset when the answer has begun."""
    try:
        await work
    except (ConnectionResetError, ClientGone):
        reply.exchange.outcome = DISCONNECTED
        return  # nobody is left to answer
    except Exception as error:
        problem = problem_of(error)
        reply.exchange.outcome = problem.kind.slug
        if reply.begun:
            await reply.reset()
        else:
            body, headers = render(problem, base, header(scope, b"accept-language"))
            vary = ("vary", "Accept, Accept-Language")
            await reply.whole(problem.kind.status, [*headers, vary], body)
        if problem.kind is UNFORESEEN:
            raise  # for the log; the client has its answer
