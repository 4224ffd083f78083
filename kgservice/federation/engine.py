"""An engine that evaluates SERVICE around another engine: the clauses here, the rest of the query there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from kgservice.engine.errors import QueryCancelled, QuerySyntaxError, QueryTimeout
from kgservice.engine.interface import Answer, Engine, Query
from kgservice.federation.clauses import Reading, mentions_service
from kgservice.federation.client import ServiceClient, ServiceLimits
from kgservice.federation.errors import ServiceFailed
from kgservice.federation.evaluation import Evaluation, ask_engine
from kgservice.federation.groups import Structure, Unreadable
from kgservice.operation.observing import NOBODY, Observer
from kgservice.settings import Settings
from kgservice.sparql.check import ServiceUnclear, find_services

LONG_QUERY = 16 * 1024


class FederatingEngine:
    """Answers queries over ``inner``, and their SERVICE clauses by calls to the endpoints that ``limits`` allow.

    A query without a clause goes straight to ``inner``. ``base`` resolves relative IRIs, as in ``inner``; ``deadline``
    (seconds) holds for a query with all that is done for it.
    """

    def __init__(
        self,
        inner: Engine,
        limits: ServiceLimits,
        *,
        base: str,
        deadline: float,
        client: ServiceClient | None = None,
    ) -> None:
        self.inner = inner
        self._limits = limits
        self._base = base
        self._deadline = deadline
        self._client = client or ServiceClient(limits, contact=base)
        self._preparing: dict[str, asyncio.Task[tuple[Query, str | None]]] = {}

    async def start(self) -> None:
        """Starts the inner engine."""
        await self.inner.start()

    async def stop(self, grace: float) -> None:
        """Stops the inner engine, then closes the connections to others."""
        await self.inner.stop(grace)
        await self._client.close()

    @property
    def figures(self) -> Mapping[str, int]:
        """Those of the inner engine, as far as it tells."""
        return getattr(self.inner, "figures", {})

    @property
    def process_ids(self) -> Sequence[int]:
        """Those of the inner engine, if it has processes here."""
        return getattr(self.inner, "process_ids", ())

    def answer(self, query: Query) -> AbstractAsyncContextManager[Answer]:
        """Runs a query (see :class:`kgservice.engine.interface.Engine`).

        Raises:
            ServiceRefused: it calls an endpoint that is not allowed.
            ServiceError: a clause was not answered.
            EngineError: the query was not taken, or failed.
        """
        if not mentions_service(query.text):
            return self.inner.answer(query)
        return self._answer_federated(query)

    def cancel(self, query_id: str) -> bool:
        """Ends the query with that id, also while another endpoint is asked for it."""
        task = self._preparing.get(query_id)
        if task is not None:
            task.cancel()
            return True
        return self.inner.cancel(query_id)

    @contextlib.asynccontextmanager
    async def _answer_federated(self, query: Query) -> AsyncIterator[Answer]:
        ends = asyncio.get_running_loop().time() + self._deadline
        local, endpoint = await self._prepare(query, ends)
        async with contextlib.AsyncExitStack() as stack:
            with self._in_time():
                async with asyncio.timeout_at(ends):
                    answer = await stack.enter_async_context(self.inner.answer(local))
            yield _BoundedAnswer(answer, ends, self._deadline, endpoint)

    async def _prepare(self, query: Query, ends: float) -> tuple[Query, str | None]:
        """The query as the inner engine gets it, and the endpoint whose terms are in it. In a task of its own, so that it can be cancelled by id."""
        task = asyncio.ensure_future(self._rewrite(query))
        if query.id is not None:
            self._preparing[query.id] = task
        try:
            with self._in_time():
                async with asyncio.timeout_at(ends):
                    return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and not current.cancelling():
                raise QueryCancelled from None
            raise
        finally:
            task.cancel()
            if query.id is not None:
                self._preparing.pop(query.id, None)

    @contextlib.contextmanager
    def _in_time(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise QueryTimeout(self._deadline) from None

    async def _rewrite(self, query: Query) -> tuple[Query, str | None]:
        if len(query.text) < LONG_QUERY:
            reading = find_services(query.text, self._limits.allow, self._base)
        else:
            reading = await asyncio.to_thread(
                find_services, query.text, self._limits.allow, self._base
            )
        if not reading.clauses:
            return query, None
        # Without the word, nobody can be called while it is parsed; and faults are told for the text as it was sent.
        plain = replace(query, text=reading.plain, id=None)
        if query.format is None:
            return replace(plain, id=query.id), None
        await ask_engine(self.inner, replace(plain, format=None))
        evaluation = Evaluation(
            replace(query, id=None),
            reading,
            _structure_of(reading, self._limits),
            self.inner,
            self._client,
            self._limits,
        )
        return replace(query, text=await evaluation.rewrite()), reading.clauses[0].iri


class _BoundedAnswer:
    """The answer to a rewritten query, until the deadline of the whole."""

    def __init__(self, answer: Answer, ends: float, deadline: float, endpoint: str | None) -> None:
        self._answer = answer
        self._ends = ends
        self._deadline = deadline
        self._endpoint = endpoint

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = aiter(self._answer)
        while True:
            try:
                async with asyncio.timeout_at(self._ends):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise QueryTimeout(self._deadline) from None
            except QuerySyntaxError:
                if self._endpoint is None:
                    raise
                # The query itself was parsed before: what cannot be read came from elsewhere.
                raise ServiceFailed(
                    self._endpoint,
                    "it sent a term that this service cannot read",
                    "对方返回了本服务无法读懂的词项",
                ) from None
            yield chunk


def federate(settings: Settings, inner: Engine, observer: Observer = NOBODY) -> Engine:
    """``inner`` with the settings for SERVICE; ``inner`` itself where no endpoint may be called."""
    if not settings.service_allow:
        return inner
    limits = ServiceLimits(
        allow=settings.service_allow,
        private=settings.service_allow_private or (),
        timeout=settings.service_timeout,
        max_bytes=settings.service_max_bytes,
        max_rows=settings.service_max_rows,
        batch=settings.service_batch,
        max_calls=settings.service_max_calls,
    )
    client = ServiceClient(limits, contact=settings.base, observer=observer)
    return FederatingEngine(
        inner, limits, base=f"{settings.base}/", deadline=settings.deadline, client=client
    )


def _structure_of(reading: Reading, limits: ServiceLimits) -> Structure:
    try:
        return Structure(reading)
    except Unreadable:
        raise ServiceUnclear(limits.allow) from None
