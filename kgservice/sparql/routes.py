"""``/sparql``: a plain ASGI application, one function per step of the protocol.

Nearly every answer is complete before its first byte goes out, with its length; a larger one streams, and when it
fails on the way the connection is reset, so that no cut-off body can be taken for a whole one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace

from kgservice.engine.interface import Query
from kgservice.problems import NotAcceptable
from kgservice.sparql.bare import read_description, show_page
from kgservice.sparql.cache import Prepared, ResponseCache
from kgservice.sparql.check import Inspection, inspect
from kgservice.sparql.choice import Question, choose_format, locate
from kgservice.sparql.coding import SMALLEST, Body, pack_stream
from kgservice.sparql.negotiate import GZIP, IDENTITY, choose_coding
from kgservice.sparql.receiving import field, receive_request, text_of
from kgservice.sparql.reply import ALWAYS, Reply, encode, explained, preflight
from kgservice.sparql.request import (
    ACCEPT_QUERY,
    METHODS,
    RawRequest,
    Receive,
    Scope,
    Send,
    SparqlRequest,
    read_request,
)
from kgservice.sparql.served import Served
from kgservice.sparql.sharing import Large, Outcome, Runs
from kgservice.sparql.stability import Stability, stability_of
from kgservice.sparql.tickets import Tickets, choose_id
from kgservice.sparql.validators import digest, match, matches_any, tag_of

LONG_QUERY = 16 * 1024
MEBIBYTE = 1024 * 1024


class SparqlEndpoint:
    """The endpoint over what is served.

    ``form_page``: the HTML page that a browser gets for a request without a query. ``cache``: MiB of answers that are
    kept, 0 for none. ``tickets``: the queries that run, for who cancels them.
    """

    def __init__(
        self,
        served: Served,
        *,
        base: str,
        max_query_bytes: int,
        form_page: Callable[[], str],
        tickets: Tickets,
        cache: int = 0,
    ) -> None:
        self._served = served
        self._base = base
        self._limit = max_query_bytes
        self._form_page = form_page
        self._long_queries = asyncio.Semaphore(1)
        self.cache = ResponseCache(cache * MEBIBYTE)
        self._runs = Runs()
        self._tickets = tickets

    def switch(self, served: Served) -> None:
        """Serves something else from the next request on; requests under way end with what they began with."""
        self._served = served
        self.cache.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; every error becomes a problem document."""
        reply = Reply(scope, send)
        await explained(self._answer_request(scope, receive, reply), scope, reply, self._base)

    async def _answer_request(self, scope: Scope, receive: Receive, reply: Reply) -> None:
        if scope["method"] == "OPTIONS":
            await reply.whole(204, [*preflight(METHODS), ("accept-query", ACCEPT_QUERY)], b"")
            return
        served = self._served
        raw = await receive_request(scope, receive, self._limit)
        given_id = field(scope, b"query-id")
        reply.query_id, reply.given_id = choose_id(given_id), given_id is not None
        # POST selects no representation, so that a precondition says nothing there (RFC 9110, 13.2.1).
        held = None if raw.method == "POST" else text_of(field(scope, b"if-none-match"))
        known = self.cache.recognise(raw)
        if known is not None:
            tag = _matched(known.question, held, raw)
            if tag is None:
                await reply.known(self.cache, known.key, 200, known.fields, known.body)
            else:
                fields = [*ALWAYS, *encode(known.question.validity(tag))]
                await reply.known(self.cache, known.key, 304, fields, b"")
            return
        request = read_request(raw, self._limit)
        if request.query is not None:
            question = await self._read_question(request, scope, raw, served, receive, reply)
        else:
            described = read_description(request, scope, raw, served)
            if described is None:
                await show_page(self._form_page(), held, reply)
                return
            question = described
        await self._answer(question, raw, held, served, receive, reply)

    async def _read_question(
        self,
        request: SparqlRequest,
        scope: Scope,
        raw: RawRequest,
        served: Served,
        receive: Receive,
        reply: Reply,
    ) -> Question:
        """Checks the query and gives it a format."""
        assert request.query is not None
        inspection, stability = await self._look_over(request.query)
        query = Query(request.query, None, request.dataset, inspection.own_dataset)
        try:
            if inspection.form is None:
                raise NotAcceptable([])
            choice = choose_format(inspection.form, request.format, text_of(raw.accept))
        except NotAcceptable:
            # What is no query at all is told so first: the engine raises where it is wrong.
            async with self._running(served, query, None, receive, reply):
                raise
        query = replace(query, format=choice.format.key)
        location = locate(scope["path"], raw, request, choice)
        if stability is Stability.NOTHING:
            return Question(query, choice)
        key = digest(served.stamp, query.text, query.dataset, choice.media_type)
        weak = stability is Stability.MEANING
        return Question(query, choice, key, weak, location)

    async def _look_over(self, text: str) -> tuple[Inspection, Stability]:
        """Long queries off the event loop, and one at a time, so that the short ones do not wait for them."""
        if len(text) < LONG_QUERY:
            return _look_over(text)
        async with self._long_queries:
            return await asyncio.to_thread(_look_over, text)

    async def _answer(
        self,
        question: Question,
        raw: RawRequest,
        held: str | None,
        served: Served,
        receive: Receive,
        reply: Reply,
    ) -> None:
        """The answer, from what is known without asking the engine if there is such a thing."""
        if choose_coding(text_of(raw.accept_encoding), worthwhile=True) is None:
            raise NotAcceptable([GZIP, IDENTITY])
        body = None
        if question.key is not None:
            body = self.cache.find(question.key)
            tag = _matched(question, held, raw, answered=body is not None)
            if tag is not None:
                await reply.whole(304, question.validity(tag), b"")
                return
        if body is not None:
            await self._send_whole(body, question, raw, served, reply)
            return
        async with self._running(served, question.query, question.key, receive, reply) as outcome:
            tag = _matched(question, held, raw)
            if tag is not None:
                await reply.whole(304, question.validity(tag), b"")
            elif isinstance(outcome, Large):
                await self._send_large(outcome, question, raw, reply)
            else:
                await self._send_whole(outcome, question, raw, served, reply)

    @contextlib.asynccontextmanager
    async def _running(
        self, served: Served, query: Query, key: bytes | None, receive: Receive, reply: Reply
    ) -> AsyncIterator[Outcome]:
        """The answer of the engine; the client's going away and a cancellation by id end the waiting for it."""
        assert reply.query_id is not None
        async with (
            self._tickets.running(reply.query_id, receive),
            self._runs.answer(served.engine, query, key) as outcome,
        ):
            yield outcome

    async def _send_whole(
        self, body: Body, question: Question, raw: RawRequest, served: Served, reply: Reply
    ) -> None:
        worthwhile = len(body.plain) >= SMALLEST
        coding = choose_coding(text_of(raw.accept_encoding), worthwhile=worthwhile) or IDENTITY
        data = await body.coded(coding)
        fields = [
            *ALWAYS,
            *encode(question.headers(coding)),
            (b"content-length", b"%d" % len(data)),
        ]
        if question.key is not None and served is self._served:
            self.cache.keep(question.key, body)
            if question.by_request:
                self.cache.remember(raw, Prepared(question, question.key, fields, data))
        await reply.ready(200, fields, data)

    async def _send_large(
        self, large: Large, question: Question, raw: RawRequest, reply: Reply
    ) -> None:
        coding = choose_coding(text_of(raw.accept_encoding), worthwhile=True) or IDENTITY
        async with aclosing(large.chunks()) as plain:
            if coding != GZIP:
                await reply.stream(question.headers(coding), plain)
                return
            async with aclosing(pack_stream(plain)) as packed:
                await reply.stream(question.headers(coding), packed)


def _look_over(text: str) -> tuple[Inspection, Stability]:
    inspection = inspect(text)
    return inspection, stability_of(text, inspection.form)


def _matched(
    question: Question, held: str | None, raw: RawRequest, *, answered: bool = True
) -> str | None:
    """The tag for a 304. ``answered``: the query is known to have an answer, which ``*`` asks for and a tag proves."""
    if held is None or question.key is None:
        return None
    accepted = text_of(raw.accept_encoding)
    if not matches_any(held):
        return match(held, question.key, accepted, weak=question.weak)
    coding = choose_coding(accepted, worthwhile=False) or IDENTITY
    return tag_of(question.key, coding, weak=question.weak) if answered else None
