"""``/sparql``: a plain ASGI application, one function per step of the protocol.

Nearly every answer is complete before its first byte goes out, with its length; a larger one streams, and when it
fails on the way the connection is reset, so that no cut-off body can be taken for a whole one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from kgservice.engine.interface import Engine, Query
from kgservice.problems import UNFORESEEN, NotAcceptable, Problem, problem_of, render
from kgservice.sparql.check import Form, Inspection, inspect
from kgservice.sparql.description import ServiceDescription
from kgservice.sparql.negotiate import choose, parse_accept
from kgservice.sparql.request import (
    METHODS,
    ParameterError,
    Receive,
    Scope,
    Send,
    SparqlRequest,
    header,
    origin_of,
    read_request,
)
from kgservice.sparql.results import GRAPHS, OFFERS, Format, content_type, media_types, named

HOLD_BACK = 1024 * 1024
LONG_QUERY = 16 * 1024
RESET = "kgservice.reset"
HTML = "text/html"

Headers = list[tuple[str, str]]

ALWAYS: Headers = [
    ("access-control-allow-origin", "*"),
    ("x-content-type-options", "nosniff"),
    ("vary", "Accept, Accept-Language"),
]
PREFLIGHT: Headers = [
    ("allow", ", ".join(METHODS)),
    ("access-control-allow-methods", ", ".join(METHODS)),
    ("access-control-allow-headers", "Accept, Accept-Language, Content-Type"),
    ("access-control-max-age", "86400"),
]


class AnswerBroken(Exception):
    """An answer failed after its first part was sent, and the server offers no way to reset the connection."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The format of an answer, and the media type under which the client asked for it."""

    format: Format
    media_type: str


class SparqlEndpoint:
    """The endpoint over one engine.

    ``description``: the answer to a request without a query; ``form_page``: the HTML page that a browser gets for one.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        base: str,
        description: ServiceDescription,
        max_query_bytes: int,
        form_page: Callable[[], str],
    ) -> None:
        self._engine = engine
        self._base = base
        self._description = description
        self._limit = max_query_bytes
        self._form_page = form_page
        self._long_queries = asyncio.Semaphore(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; every error becomes a problem document."""
        reply = _Reply(scope, send)
        try:
            if scope["method"] == "OPTIONS":
                await reply.whole(204, PREFLIGHT, b"")
                return
            request = await read_request(scope, receive, self._limit)
            if request.query is None:
                await self._describe(request, scope, reply)
            else:
                await self._answer(request, scope, receive, reply)
        except ConnectionResetError:
            return  # the client went away while it was still sending
        except Exception as error:
            problem = problem_of(error)
            if reply.begun:
                await reply.reset()
            else:
                await self._fail(problem, scope, reply)
            if problem.kind is UNFORESEEN:
                raise  # for the log; the client has its answer

    async def _fail(self, problem: Problem, scope: Scope, reply: _Reply) -> None:
        body, headers = render(problem, self._base, header(scope, b"accept-language"))
        await reply.whole(problem.kind.status, headers, body)

    async def _describe(self, request: SparqlRequest, scope: Scope, reply: _Reply) -> None:
        """A request without a query: the service description, or a page with a form."""
        offered = [*media_types(GRAPHS), HTML]
        if request.format is None:
            wanted = choose(parse_accept(header(scope, b"accept")), offered)
            if wanted is None:
                raise NotAcceptable(offered)
            if wanted == HTML:
                page = self._form_page().encode("utf-8")
                await reply.whole(200, [("content-type", content_type(HTML))], page)
                return
        choice = _choose_format(Form.CONSTRUCT, request.format, scope)
        key, origin = choice.format.key, origin_of(scope)
        document = self._description.find(key, origin)
        if document is None:
            document = await asyncio.to_thread(self._description.document, key, origin)
        headers = [("content-type", content_type(choice.media_type)), ("etag", document.tag)]
        await reply.whole(200, headers, document.body)

    async def _answer(
        self, request: SparqlRequest, scope: Scope, receive: Receive, reply: _Reply
    ) -> None:
        assert request.query is not None
        inspection = await self._look_over(request.query)
        query = Query(request.query, None, request.dataset, inspection.own_dataset)
        try:
            if inspection.form is None:
                raise NotAcceptable([])
            choice = _choose_format(inspection.form, request.format, scope)
        except NotAcceptable:
            # What is no query at all is told so first: the engine raises where it is wrong.
            async with self._engine.answer(query) as answer:
                async for _ in answer:
                    pass
            raise
        query = Query(query.text, choice.format.key, query.dataset, query.own_dataset)
        await self._run(query, choice, receive, reply)

    async def _look_over(self, text: str) -> Inspection:
        """Long queries off the event loop, and one at a time, so that the short ones do not wait for them."""
        if len(text) < LONG_QUERY:
            return inspect(text)
        async with self._long_queries:
            return await asyncio.to_thread(inspect, text)

    async def _run(self, query: Query, choice: Choice, receive: Receive, reply: _Reply) -> None:
        """Runs a query and sends its answer; the client's going away ends it."""
        await _while_connected(receive, self._send_answer(query, choice, reply))

    async def _send_answer(self, query: Query, choice: Choice, reply: _Reply) -> None:
        headers: Headers = [("content-type", content_type(choice.media_type))]
        async with self._engine.answer(query) as answer:
            held, size = [], 0
            chunks = aiter(answer)
            async for chunk in chunks:
                held.append(chunk)
                size += len(chunk)
                if size > HOLD_BACK:
                    break
            else:
                await reply.whole(200, headers, b"".join(held))
                return
            await reply.begin(200, headers, b"".join(held))
            held.clear()
            if not reply.head:
                async for chunk in chunks:
                    await reply.more(chunk)
            await reply.end()


def _choose_format(form: Form, override: str | None, scope: Scope) -> Choice:
    """The format by ``?format=``, else by ``Accept``."""
    formats = OFFERS[form]
    if override is not None:
        chosen = named(override, formats)
        if chosen is not None:
            return Choice(chosen, chosen.media_type)
        names = ", ".join(one.names[0] for one in formats)
        raise ParameterError(
            "format",
            f"'format' is '{override[:80]}'; an answer to {form} comes as one of: {names}.",
            f"参数“format”为“{override[:80]}”；{form} 的结果可用：{names}。",
        )
    offered = media_types(formats)
    wanted = choose(parse_accept(header(scope, b"accept")), list(offered))
    if wanted is None:
        raise NotAcceptable(list(offered))
    return Choice(offered[wanted], wanted)


async def _while_connected(receive: Receive, work: Coroutine[Any, Any, None]) -> None:
    """Runs ``work`` to its end, or until the client closes the connection: then it is cancelled."""

    async def wait_until_gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    working, watching = asyncio.ensure_future(work), asyncio.ensure_future(wait_until_gone())
    try:
        await asyncio.wait((working, watching), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        watching.cancel()
        working.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


class _Reply:
    """Sends one response. A HEAD request gets the header fields only."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.head = scope["method"] == "HEAD"
        self.begun = False
        self._reset: Callable[[], None] | None = (scope.get("extensions") or {}).get(RESET)
        self._send = send

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """A response of known length."""
        length = [] if status == 204 else [("content-length", str(len(body)))]
        await self._start(status, headers + length)
        await self._send({"type": "http.response.body", "body": b"" if self.head else body})

    async def begin(self, status: int, headers: Headers, body: bytes) -> None:
        """The first part of a response of unknown length."""
        await self._start(status, headers)
        await self.more(body)

    async def more(self, body: bytes) -> None:
        """The next part."""
        if not self.head:
            await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def end(self) -> None:
        """The end of a response that is complete."""
        await self._send({"type": "http.response.body", "body": b""})

    async def reset(self) -> None:
        """Breaks the connection off, so that the client knows that the body is not whole."""
        if self._reset is None:
            raise AnswerBroken
        self._reset()
        await asyncio.sleep(0)

    async def _start(self, status: int, headers: Headers) -> None:
        self.begun = True
        fields = [(name.encode(), value.encode()) for name, value in [*ALWAYS, *headers]]
        await self._send({"type": "http.response.start", "status": status, "headers": fields})
