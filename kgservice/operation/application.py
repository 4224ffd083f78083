"""The outermost application: it sends each request, whole, to the release that is served when the request comes in.

Another release is adopted in one step between two requests; what began on the old one ends on the old one.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Iterator
from time import perf_counter
from typing import Protocol

from kgservice.engine.errors import EngineUnavailable
from kgservice.operation.observing import DISCONNECTED, EXCHANGE, NOBODY, Exchange, Observer
from kgservice.operation.served import ROUTE, Served
from kgservice.problems import UNFORESEEN, problem_of, render
from kgservice.sparql.cache import Ready
from kgservice.sparql.receiving import header
from kgservice.sparql.reply import RESET
from kgservice.sparql.request import Message, Receive, Scope, Send

OTHER = "other"
LEFT = (
    499  # the status in logs and metrics when the client left before the answer began (as in nginx)
)
JOURNAL = "kgservice.journal"  # what only machines want to read: start, stop, each request

_log = logging.getLogger(__name__)
_journal = logging.getLogger(JOURNAL)


class Companion(Protocol):
    """Something that runs beside the service, from its start to its stop."""

    async def run(self) -> None:
        """Runs until it is cancelled."""
        ...

    def look(self) -> None:
        """Somebody asks for a look at once (SIGHUP)."""
        ...


class Application:
    """An ASGI application over the release in ``current``, which must be set before the start.

    ``failure``: why it did not start; ``warning``: what the operator should know while the service goes on, in English
    and Chinese.
    """

    current: Served

    def __init__(self, *, grace: float, observer: Observer = NOBODY) -> None:
        self.failure: EngineUnavailable | None = None
        self.warning: dict[str, object] | None = None
        self.watch: Companion | None = None
        self.stopping = False
        self._grace = grace
        self._observer = observer
        self._watching: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._retiring: dict[Served, asyncio.Task[None]] = {}

    # -- requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; every error of the program goes to the log, with what is known of the request."""
        if scope["type"] != "http":
            await self._live(receive, send)
            return
        served = self.current
        client = scope.get("client")
        exchange = Exchange(
            served.release.id, scope["method"], client=client[0] if client else None
        )
        scope[EXCHANGE] = exchange
        sending = _Sending(send, exchange)
        try:
            await served(scope, receive, sending)
        except Exception as error:
            exchange.outcome, exchange.route = UNFORESEEN.slug, _route(scope, served)
            await _explain(error, served, scope, exchange, sending)
        finally:
            exchange.seconds = perf_counter() - exchange.began
            exchange.route = _route(scope, served)
            if not sending.complete and exchange.outcome == "ok":
                exchange.outcome = DISCONNECTED
            exchange.status = exchange.status or LEFT
            self._observer.answered(exchange)
            if _journal.isEnabledFor(logging.INFO):
                _journal.info("request", extra={"event": "request", "exchange": exchange})

    def recall(self, sent: bytes) -> Ready | None:
        """The response to a request that came before, byte for byte, for the server to send without parsing it.

        The observer is told of it as of any other; where each request is written down, there is none.
        """
        if self.stopping or _journal.isEnabledFor(logging.INFO):
            return None
        cache = self.current.cache
        ready = None if cache is None else cache.find_sent(sent)
        if ready is not None:
            self._observer.answered(ready.exchange)
        return ready

    # -- releases

    def adopt(self, served: Served) -> None:
        """Sends all further requests to ``served``, whose engine is started; the old release ends with its last one."""
        old, self.current = self.current, served
        self._retiring[old] = asyncio.get_running_loop().create_task(self._retire(old))

    async def _retire(self, old: Served) -> None:
        await old.retire(self._grace)
        del self._retiring[old], old
        # Its routes and the application refer to each other; with them go its index, its facts and open files.
        gc.collect()

    def open(self) -> Iterator[Served]:
        """The releases whose engines run: the current one, and those that still answer what began on them."""
        yield self.current
        yield from self._retiring

    def look(self) -> None:
        """Looks at once whether another release is to be served (SIGHUP)."""
        if self.watch is not None:
            self.watch.look()
            return
        _log.info(
            "Release %s was named when the service was started: it does not switch",
            self.current.release.id,
            extra={
                "event": "switch-pinned",
                "zh": f"启动时已指定版本 {self.current.release.id}，不会切换",
            },
        )

    # -- life

    def begin_stop(self) -> None:
        """From now on the service is not ready; what runs may end within the grace, then it is ended."""
        if self._ending is None:
            self.stopping = True
            self._ending = asyncio.get_running_loop().create_task(self._end())

    async def _end(self) -> None:
        running = sum(served.requests for served in self.open())
        if running:
            _log.info(
                "Stopping; %d running request(s) may end within %g seconds, a second signal ends them at once",
                running,
                self._grace,
                extra={
                    "event": "stopping",
                    "fields": {"requests": running},
                    "zh": f"正在停止：{running} 个请求可在 {self._grace:g} 秒内完成；再发一次信号则立即结束",
                },
            )
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await asyncio.gather(
            self.current.retire(self._grace), *self._retiring.values(), return_exceptions=True
        )

    async def _live(self, receive: Receive, send: Send) -> None:
        """The lifespan protocol of ASGI."""
        await receive()
        try:
            await self.current.engine.start()
        except EngineUnavailable as error:
            self.failure = error  # for the command line, which tells it without a stack trace
            await send({"type": "lifespan.startup.failed", "message": error.en})
            return
        if self.watch is not None:
            self._watching = asyncio.get_running_loop().create_task(self.watch.run())
        await send({"type": "lifespan.startup.complete"})
        _note("started", self.current.release.id)
        await receive()
        self.begin_stop()
        assert self._ending is not None
        await self._ending
        _note("stopped", self.current.release.id)
        await send({"type": "lifespan.shutdown.complete"})


class _Sending:
    """The ``send`` of one request: notes the status and how much was sent."""

    __slots__ = ("_exchange", "_send", "complete")

    def __init__(self, send: Send, exchange: Exchange) -> None:
        self.complete = False
        self._send = send
        self._exchange = exchange

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._exchange.status = message["status"]
        elif message["type"] == "http.response.body":
            self._exchange.bytes += len(message.get("body", b""))
            self.complete = not message.get("more_body", False)
        await self._send(message)


async def _explain(
    error: Exception, served: Served, scope: Scope, exchange: Exchange, sending: _Sending
) -> None:
    """Logs an error of the program; the client gets a problem, or a broken connection where an answer had begun."""
    _log.error(
        "An error of the program",
        exc_info=error,
        extra={"event": "error", "exchange": exchange, "zh": "程序内部错误"},
    )
    if not exchange.status:
        body, fields = render(problem_of(error), served.base, header(scope, b"accept-language"))
        fields.append(("content-length", str(len(body))))
        headers = [(name.encode(), value.encode()) for name, value in fields]
        await sending(
            {"type": "http.response.start", "status": UNFORESEEN.status, "headers": headers}
        )
        await sending({"type": "http.response.body", "body": body})
    elif not sending.complete:
        reset = (scope.get("extensions") or {}).get(RESET)
        if reset is None:
            raise error
        reset()


def _note(event: str, release: str) -> None:
    _journal.info(event, extra={"event": event, "fields": {"release": release}})


def _route(scope: Scope, served: Served) -> str:
    """The template of the route that answered: there are only as many as routes."""
    if scope["path"] in served.direct:
        return str(scope["path"])
    return getattr(scope.get(ROUTE), "path", OTHER)
