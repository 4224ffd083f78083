"""The answer to a question that was read: from what is held, from a run under way, or from the engine.

Nearly every answer is complete before its first byte goes out, with its length; a larger one streams, and when it
fails on the way the connection is reset, so that no cut-off body can be taken for a whole one.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import aclosing

from kgservice.engine.interface import Query
from kgservice.problems import NotAcceptable
from kgservice.sparql.cache import Fields, Prepared, ResponseCache
from kgservice.sparql.choice import Question
from kgservice.sparql.coding import SMALLEST, Body, pack_stream
from kgservice.sparql.negotiate import GZIP, IDENTITY, choose_coding
from kgservice.sparql.receiving import field, text_of
from kgservice.sparql.reply import ALWAYS, Reply, encode
from kgservice.sparql.request import RawRequest, Receive, Scope
from kgservice.sparql.sharing import Large, Outcome, Runs
from kgservice.sparql.source import Source
from kgservice.sparql.tickets import Tickets, choose_id
from kgservice.sparql.validators import match, matches_any, tag_of

MEBIBYTE = 1024 * 1024


class Answering:
    """What every address has in common at which the source is asked: cache, shared runs, validators, cancelling.

    ``cache``: MiB of answers that are kept, 0 for none. ``tickets``: the queries that run, for who cancels them.
    """

    def __init__(self, source: Source, tickets: Tickets, cache: int = 0) -> None:
        self.source = source
        self.cache = ResponseCache(cache * MEBIBYTE)
        self._runs = Runs()
        self._tickets = tickets

    async def answer_known(
        self, scope: Scope, raw: RawRequest, held: str | None, reply: Reply
    ) -> bool:
        """Gives the request its id, and answers it if it came before in exactly this spelling; whether it did so."""
        given_id = field(scope, b"query-id")
        exchange = reply.exchange
        reply.query_id, reply.given_id = choose_id(given_id), given_id is not None
        exchange.query_id = reply.query_id
        known = self.cache.recognise(raw)
        if known is None:
            return False
        exchange.query = known.question.query.text
        exchange.form = known.question.form
        tag = matched(known.question, held, raw)
        exchange.cache = "hit" if tag is None else "not-modified"
        if tag is None:
            await reply.known(self.cache, known.key, 200, known.fields, known.body)
        else:
            fields = [*ALWAYS, *encode(known.question.validity(tag))]
            await reply.known(self.cache, known.key, 304, fields, b"")
        return True

    async def answer(
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
            tag = matched(question, held, raw, answered=body is not None)
            if tag is not None:
                reply.exchange.cache = "not-modified"
                if body is not None:  # the next request in this spelling needs not be read
                    await self._prepare(body, question, raw)
                await reply.whole(304, question.validity(tag), b"")
                return
        if body is not None:
            reply.exchange.cache = "hit"
            await self.send_whole(body, question, raw, reply)
            return
        reply.exchange.cache = "uncacheable" if question.key is None else "miss"
        async with self.running(question.query, question.key, receive, reply) as outcome:
            tag = matched(question, held, raw)
            if tag is not None:
                await reply.whole(304, question.validity(tag), b"")
            elif isinstance(outcome, Large):
                await self._send_large(outcome, question, raw, reply)
            else:
                await self.send_whole(outcome, question, raw, reply)

    @contextlib.asynccontextmanager
    async def running(
        self, query: Query, key: bytes | None, receive: Receive, reply: Reply
    ) -> AsyncIterator[Outcome]:
        """The answer of the engine; the client's going away and a cancellation by id end the waiting for it."""
        assert reply.query_id is not None
        async with (
            self._tickets.running(reply.query_id, receive),
            self._runs.answer(self.source.engine, query, key) as outcome,
        ):
            yield outcome

    async def read(self, query: Query, key: bytes | None, receive: Receive, reply: Reply) -> bytes:
        """The whole of a small answer that another one is made with; it is kept as every answer.

        Raises:
            EngineError: there is none.
        """
        body = None if key is None else self.cache.find(key)
        if body is None:
            async with self.running(query, key, receive, reply) as outcome:
                assert isinstance(outcome, Body), "not a small answer"
                body = outcome
            if key is not None:
                self.cache.keep(key, body)
        return body.plain

    async def send_whole(
        self, body: Body, question: Question, raw: RawRequest, reply: Reply
    ) -> None:
        """Sends an answer that is there."""
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


def matched(
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
