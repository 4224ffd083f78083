"""``/sparql``: a plain ASGI application, one function per step of the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace

from kgservice.engine.interface import Query
from kgservice.problems import NotAcceptable
from kgservice.sparql.answering import Answering, matched
from kgservice.sparql.bare import read_description
from kgservice.sparql.check import Inspection, inspect
from kgservice.sparql.choice import Question, choose_format, locate
from kgservice.sparql.coding import Body
from kgservice.sparql.quota import ACCOUNT
from kgservice.sparql.receiving import field, origin_of, receive_request, text_of
from kgservice.sparql.reply import Reply, explained, preflight
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
from kgservice.sparql.stability import Stability, stability_of
from kgservice.sparql.validators import digest

LONG_QUERY = 16 * 1024


class SparqlEndpoint:
    """The endpoint over one source.

    ``form_page``: the ASGI application that answers a browser which sends no query. ``service_allow``: the endpoints
    that SERVICE may call (normalised).
    """

    def __init__(
        self,
        answering: Answering,
        *,
        base: str,
        max_query_bytes: int,
        form_page: Asgi,
        service_allow: Collection[str] = (),
    ) -> None:
        self._answering = answering
        self._base = base
        self._limit = max_query_bytes
        self._form_page = form_page
        self._service_allow = service_allow
        self._long_queries = asyncio.Semaphore(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; every error becomes a problem document."""
        reply = Reply(scope, send)
        await explained(self._answer_request(scope, receive, reply), scope, reply, self._base)

    async def _answer_request(self, scope: Scope, receive: Receive, reply: Reply) -> None:
        if scope["method"] == "OPTIONS":
            await reply.whole(204, [*preflight(METHODS), ("accept-query", ACCEPT_QUERY)], b"")
            return
        raw = await receive_request(scope, receive, self._limit)
        # POST selects no representation, so that a precondition says nothing there (RFC 9110, 13.2.1).
        held = None if raw.method == "POST" else text_of(field(scope, b"if-none-match"))
        if await self._answering.answer_known(scope, raw, held, reply):
            return
        request = read_request(raw, self._limit)
        if request.query is not None:
            question = await self._read_question(request, scope, raw, receive, reply)
            await self._answering.answer(question, raw, held, receive, reply)
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
        question = read_description(request, scope, raw, self._answering.source)
        if question is None:
            await reply.hand_over(self._form_page, receive)
            return
        tag = matched(question, held, raw)
        if tag is not None:
            await reply.whole(304, question.validity(tag), b"")
            return
        description, form, origin = (
            self._answering.source.description,
            question.choice.format.key,
            origin_of(scope),
        )
        document = description.find(form, origin)
        if document is None:  # the first time a format is asked for it takes a while to write
            document = await asyncio.to_thread(description.document, form, origin)
        await self._answering.send_whole(Body(document.body), question, raw, reply)

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
            async with self._answering.running(query, None, receive, reply):
                raise
        query = replace(query, format=choice.format.key)
        location = locate(scope["path"], raw, request, choice)
        if stability is Stability.NOTHING:
            return Question(query, choice, form=inspection.form)
        key = digest(self._answering.source.stamp, query.text, query.dataset, choice.media_type)
        weak = stability is Stability.MEANING or not self._answering.source.repeats
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
