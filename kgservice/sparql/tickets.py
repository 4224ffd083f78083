"""The id of a query: given by the client in the field ``Query-Id`` or made here; who knows it can cancel the query."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import AsyncIterator

from kgservice.engine.errors import QueryCancelled
from kgservice.errors import ExplainedError
from kgservice.sparql.request import ParameterError, Receive

FIELD = "Query-Id"
_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")


class ClientGone(Exception):
    """The client closed the connection: nobody is left to answer."""


class QueryIdInUse(ExplainedError):
    """Another query runs under the id that the client chose."""

    def __init__(self) -> None:
        super().__init__(
            f"Another query is running under this {FIELD}. Choose another id for each query, or send none.",
            f"已有另一个查询正在使用此 {FIELD}。请为每个查询另选标识，或不发送。",
        )


class QueryNotRunning(ExplainedError):
    """No query runs under that id."""

    def __init__(self) -> None:
        super().__init__(
            "No query is running under this id: it has ended, or there never was one.",
            "没有正在执行的此标识的查询：它已结束，或从未存在。",
        )


def choose_id(given: bytes | None) -> str:
    """The client's id, else one that nobody can guess.

    Raises:
        ParameterError: it is no id.
    """
    if given is None:
        return secrets.token_urlsafe(16)
    text = given.decode("latin-1")
    if not _ID.fullmatch(text):
        raise ParameterError(
            FIELD,
            f"The header field {FIELD} must be 8 to 128 letters, digits, dots, hyphens or underscores.",
            f"请求头 {FIELD} 应为 8 至 128 个字母、数字、点、连字符或下划线。",
        )
    return text


class Tickets:
    """The requests whose queries are running, by their ids: one request, one ticket, also where a run is shared."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Future[None]] = {}

    def cancel(self, query_id: str) -> None:
        """Ends the request with that id; those who share its run do not notice.

        Raises:
            QueryNotRunning: there is none.
        """
        ticket = self._running.get(query_id)
        if ticket is None:
            raise QueryNotRunning
        if not ticket.done():
            ticket.set_result(None)

    @contextlib.asynccontextmanager
    async def running(self, query_id: str, receive: Receive) -> AsyncIterator[None]:
        """Work that ends early when the query is cancelled or its client goes away.

        Raises:
            QueryIdInUse: the id is taken.
            QueryCancelled, ClientGone: the work was ended so.
        """
        if query_id in self._running:
            raise QueryIdInUse
        task = asyncio.current_task()
        assert task is not None
        reason: Exception | None = None

        def end(why: Exception) -> None:
            nonlocal reason
            if reason is None:
                reason = why
                task.cancel()

        ticket: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        ticket.add_done_callback(lambda _: end(QueryCancelled()))
        watcher = asyncio.create_task(_wait_until_gone(receive))
        watcher.add_done_callback(lambda done: None if done.cancelled() else end(ClientGone()))
        self._running[query_id] = ticket
        try:
            yield
        except asyncio.CancelledError:
            if reason is None or task.uncancel() > 0:
                raise
            raise reason from None
        finally:
            reason = reason or ClientGone()  # whatever comes now comes too late
            del self._running[query_id]
            watcher.cancel()


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
