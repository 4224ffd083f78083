"""``/sparql``: a plain ASGI application, one function per step of the protocol.

Nearly every answer is complete before its first byte goes out, with its length; a larger one streams, and when it
fails on the way the connection is reset, so that no cut-off body can be taken for a whole one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection
from contextlib import aclosing
from dataclasses import replace

from kgservice.engine.interface import Query
from kgservice.problems import NotAcceptable
from kgservice.sparql.bare import read_description
from kgservice.sparql.cache import Fields, Prepared, ResponseCache
from kgservice.sparql.check import Inspection, inspect
from kgservice.sparql.choice import Question, choose_format, locate
from kgservice.sparql.coding import SMALLEST, Body, pack_stream
from kgservice.sparql.negotiate import GZIP, IDENTITY, choose_coding
from kgservice.sparql.quota import ACCOUNT
from kgservice.sparql.receiving import field, origin_of, receive_request, text_of
from kgservice.sparql.reply import ALWAYS, Reply, encode, explained, preflight
from kgservice.sparql.request import (
    ACCEPT_QUERY,
    METHODS,
    Asgi,
    RawRequest,
    Receive,
    Scope,
    Send,
    SparqlRequest,
    read_request,
)
from kgservice.sparql.sharing import Large, Outcome, Runs
from kgservice.sparql.source import Source
from kgservice.sparql.stability import Stability, stability_of
from kgservice.sparql.tickets import Tickets, choose_id
from kgservice.sparql.validators import digest, match, matches_any, tag_of

LONG_QUERY = 16 * 1024
MEBIBYTE = 1024 * 1024


class SparqlEndpoint:
    """The endpoint over one source.

    ``form_page``: the ASGI application that answers a browser which sends no query. ``cache``: MiB of answers that are
    kept, 0 for none. ``tickets``: the queries that run, for who cancels them. ``service_allow``: the endpoints that
    SERVICE may call (normalised).
    """

    def __init__(
        self,
        source: Source,
        *,
        base: str,
        max_query_bytes: int,
        form_page: Asgi,
        tickets: Tickets,
        cache: int = 0,
        service_allow: Collection[str] = (),
    ) -> None:
        self._source = source
        self._base = base
        self._limit = max_query_bytes
        self._form_page = form_page
        self._service_allow = service_allow
        self._long_queries = asyncio.Semaphore(1)
        self.cache = ResponseCache(cache * MEBIBYTE)
        self._runs = Runs()
        self._tickets = tickets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; every error becomes a problem document."""
        reply = Reply(scope, send)
        await explained(self._answer_request(scope, receive, reply), scope, reply, self._base)

    async def _answer_request(self, scope: Scope, receive: Receive, reply: Reply) -> None:
        if scope["method"] == "OPTIONS":
            await reply.whole(204, [*preflight(METHODS), ("accept-query", ACCEPT_QUERY)], b"")
            return
        raw = await receive_request(scope, receive, self._limit)
        given_id = field(scope, b"query-id")
        exchange = reply.exchange
        reply.query_id, reply.given_id = choose_id(given_id), given_id is not None
        exchange.query_id = reply.query_id
        # POST selects no representation, so that a precondition says nothing there (RFC 9110, 13.2.1).
        held = None if raw.method == "POST" else text_of(field(scope, b"if-none-match"))
        known = self.cache.recognise(raw)
        if known is not None:
            exchange.query = known.question.query.text
            exchange.form = known.question.form
            tag = _matched(known.question, held, raw)
            exchange.cache = "hit" if tag is None else "not-modified"
            if tag is None:
                await reply.known(self.cache, known.key, 200, known.fields, known.body)
            else:
                fields = [*ALWAYS, *encode(known.question.validity(tag))]
                await reply.known(self.cache, known.key, 304, fields, b"")
            return
        request = read_request(raw, self._limit)
        if request.query is not None:
            question = await self._read_question(request, scope, raw, receive, reply)
            await self._answer(question, raw, held, receive, reply)
        else:
            await self._describe(request, scope, raw, held, receive, reply)

    async def _describe(
        self,
        request: SparqlRequest,
        scope: Scope,
        raw: RawRequest,
        held: str | None,
        receive: Receive,
        reply: Reply,
    ) -> None:
        """A request without a query: the description of what is served, or a page for a browser."""
        question = read_description(request, scope, raw, self._source)
        if question is None:
            await reply.hand_over(self._form_page, receive)
            return
        tag = _matched(question, held, raw)
        if tag is not None:
            await reply.whole(304, question.validity(tag), b"")
            return
        description, form, origin = (
            self._source.description,
            question.choice.format.key,
            origin_of(scope),
        )
        document = description.find(form, origin)
        if document is None:  # the first time a format is asked for it takes a while to write
            document = await asyncio.to_thread(description.document, form, origin)
        await self._send_whole(Body(document.body), question, raw, reply)

    async def _read_question(
        self,
        request: SparqlRequest,
        scope: Scope,
        raw: RawRequest,
        receive: Receive,
        reply: Reply,
    ) -> Question:
        """Checks the query and gives it a format."""
        assert request.query is not None
        exchange = reply.exchange
        exchange.query = request.query
        inspection, stability = await self._look_over(request.query)
        exchange.form = inspection.form
        account = scope.get(ACCOUNT)
        query = Query(request.query, None, request.dataset, inspection.own_dataset, account=account)
        try:
            if inspection.form is None:
                raise NotAcceptable([])
            choice = choose_format(inspection.form, request.format, text_of(raw.accept))
        except NotAcceptable:
            # What is no query at all is told so first: the engine raises where it is wrong.
            async with self._running(query, None, receive, reply):
                raise
        query = replace(query, format=choice.format.key)
        location = locate(scope["path"], raw, request, choice)
        if stability is Stability.NOTHING:
            return Question(query, choice, form=inspection.form)
        key = digest(self._source.stamp, query.text, query.dataset, choice.media_type)
        weak = stability is Stability.MEANING or not self._source.repeats
        return Question(query, choice, key, weak, location, form=inspection.form)

    async def _look_over(self, text: str) -> tuple[Inspection, Stability]:
        """Long queries off the event loop, and one at a time, so that the short ones do not wait for them."""
        if len(text) < LONG_QUERY:
            return self._inspect(text)
        async with self._long_queries:
            return await asyncio.to_thread(self._inspect, text)

    def _inspect(self, text: str) -> tuple[Inspection, Stability]:
        inspection = inspect(text, self._service_allow, f"{self._base}/")
        return inspection, stability_of(text, inspection.form)

    async def _answer(
        self,
        question: Question,
        raw: RawRequest,
        held: str | None,
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
                reply.exchange.cache = "not-modified"
                if body is not None:  # the next request in this spelling needs not be read
                    await self._prepare(body, question, raw)
                await reply.whole(304, question.validity(tag), b"")
                return
        if body is not None:
            reply.exchange.cache = "hit"
            await self._send_whole(body, question, raw, reply)
            return
        reply.exchange.cache = "uncacheable" if question.key is None else "miss"
        async with self._running(question.query, question.key, receive, reply) as outcome:
            tag = _matched(question, held, raw)
            if tag is not None:
                await reply.whole(304, question.validity(tag), b"")
            elif isinstance(outcome, Large):
                await self._send_large(outcome, question, raw, reply)
            else:
                await self._send_whole(outcome, question, raw, reply)

    @contextlib.asynccontextmanager
    async def _running(
        self, query: Query, key: bytes | None, receive: Receive, reply: Reply
    ) -> AsyncIterator[Outcome]:
        """The answer of the engine; the client's going away and a cancellation by id end the waiting for it."""
        assert reply.query_id is not None
        async with (
            self._tickets.running(reply.query_id, receive),
            self._runs.answer(self._source.engine, query, key) as outcome,
        ):
            yield outcome

    async def _send_whole(
        self, body: Body, question: Question, raw: RawRequest, reply: Reply
    ) -> None:
        fields, data = await self._prepare(body, question, raw)
        await reply.ready(200, fields, data)

    async def _prepare(
        self, body: Body, question: Question, raw: RawRequest
    ) -> tuple[Fields, bytes]:
        """Header fields and body of the answer to a request; both are kept where they may be."""
        worthwhile = len(body.plain) >= SMALLEST
        coding = choose_coding(text_of(raw.accept_encoding), worthwhile=worthwhile) or IDENTITY
        data = await body.coded(coding)
        fields = [
            *ALWAYS,
            *encode(question.headers(coding)),
            (b"content-length", b"%d" % len(data)),
        ]
        if question.key is not None:
            self.cache.keep(question.key, body)
            if question.by_request:
                self.cache.remember(raw, Prepared(question, question.key, fields, data))
        return fields, data

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
