"""The HTTP server: uvicorn in this process, with a few things added: see :class:`Protocol`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import re
import secrets
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from kgservice.errors import ExplainedError
from kgservice.forwarded import ForwardedClient
from kgservice.operation.application import Application
from kgservice.operation.served import LAST_WORDS
from kgservice.sparql.cache import Ready
from kgservice.sparql.reply import RESET, SENT, UNFRAMED
from kgservice.upgrades import StayingProtocol

_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_NO_HTTP = (
    "This cannot be read as an HTTP/1.1 request. Use a client of HTTP, such as curl or a browser, and http:// in the "
    "address: this port does not speak https.\n"
    "无法读作 HTTP/1.1 请求。请使用 curl、浏览器等 HTTP 客户端，地址以 http:// 开头：此端口不支持 https。\n"
).encode()
Known = Callable[[bytes], Ready | None]


class PortInUse(ExplainedError):
    """The address cannot be listened on."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"Cannot listen on {host}:{port} ({reason}). Choose another port with --port, or stop what uses it.",
            f"无法监听 {host}:{port}（{reason}）。请用 --port 换一个端口，或停止占用它的程序。",
        )


class Protocol(StayingProtocol):
    """HTTP/1.1 with four things more.

    A connection can be reset: the scope has the extension :data:`~kgservice.sparql.reply.RESET`, a call. Merely closing
    would look like the end of the body to a client that reads to the end (HTTP/1.0, some proxies).

    What was asked before, byte for byte, is answered from ``known`` without parsing it: the scope has the bytes of a
    request that came in one piece as :data:`~kgservice.sparql.reply.SENT`, for who notes them there.

    An answer of unknown length goes to a client of HTTP/1.0 as it is, ended by the end of the connection, and not in
    chunks, which that version does not know: :data:`~kgservice.sparql.reply.UNFRAMED`, called at its start (true) and
    before its end (false).

    What is no HTTP is refused in both languages.
    """

    def __init__(self, *arguments: Any, known: Known | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._known = known
        self._between = True  # no request has begun and not ended
        self._begun = 0

    def data_received(self, data: bytes) -> None:
        fresh = self._between and (self.cycle is None or self.cycle.response_complete)
        if fresh and self._known is not None and not self.flow.write_paused:
            ready = self._known(data)
            if ready is not None:
                self._answer(ready)
                return
        self._begun = 0
        super().data_received(_encode_target(data) if fresh else data)
        cycle = self.cycle
        whole = fresh and self._between and self._begun == 1 and cycle is not None
        if whole and cycle.keep_alive and cycle.scope["http_version"] == "1.1":
            scope: dict[str, Any] = cast(dict[str, Any], cycle.scope)
            scope["extensions"][SENT] = data

    def _answer(self, ready: Ready) -> None:
        self._unset_keepalive_if_required()
        date = [b"%s: %s\r\n" % pair for pair in self.server_state.default_headers]
        query_id = b"query-id: %s\r\n\r\n" % secrets.token_urlsafe(16).encode()
        self.transport.write(
            b"".join((STATUS_LINE[ready.status], *date, ready.head, query_id, ready.body))
        )
        self.server_state.total_requests += 1
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._between = False
        self._begun += 1
        scope: dict[str, Any] = cast(dict[str, Any], self.scope)
        scope.setdefault("extensions", {})[RESET] = self._reset

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        cycle = self.cycle
        if cycle is None or cycle.scope is not self.scope or self.scope["http_version"] != "1.0":
            return

        def unframe(begin: bool) -> None:
            cycle.chunked_encoding, cycle.keep_alive = False, False
            cycle.expected_content_length = sys.maxsize if begin else 0

        scope: dict[str, Any] = cast(dict[str, Any], self.scope)
        scope["extensions"][UNFRAMED] = unframe

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._between = True

    def send_400_response(self, msg: str) -> None:
        """Refuses what cannot be read (``msg`` is uvicorn's word for it) and closes: nobody knows where it ends."""
        self.transport.write(
            STATUS_LINE[400]
            + b"content-type: text/plain; charset=utf-8\r\n"
            + b"content-length: %d\r\nconnection: close\r\n\r\n" % len(_NO_HTTP)
            + _NO_HTTP
        )
        self.transport.close()

    def _reset(self) -> None:
        transport: Any = self.transport
        connection = transport.get_extra_info("socket")
        if connection is not None:
            # The client may have gone in the same moment: then there is no socket any more, and nothing to reset.
            with contextlib.suppress(OSError, ValueError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


def _encode_target(data: bytes) -> bytes:
    """The beginning of a request with its first line in ASCII: curl sends an address as it was typed, Chinese as well.

    That is no HTTP (RFC 9112, 3.2), but it can mean one thing only.
    """
    end = data.find(b"\r\n")
    if end < 0 or data[:end].isascii():
        return data
    return _BEYOND_ASCII.sub(lambda sign: b"%%%02X" % sign[0][0], data[:end]) + data[end:]


class GracefulServer(uvicorn.Server):
    """Stops as an operator expects: by SIGTERM or SIGINT with exit code 0, by a second one at once.

    SIGHUP has the application look for another release; when the terminal is closed that the service was started in,
    the same signal stops it. ``application`` is the one that is told, whatever stands around it in ``config``.
    """

    def __init__(self, config: uvicorn.Config, application: Any) -> None:
        super().__init__(config)
        self._application = application if isinstance(application, Application) else None

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Takes no more connections; what runs may end within the grace of the application."""
        if self._application is not None:
            self._application.begin_stop()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """In place of uvicorn's own, which ends the process by the signal although it stopped in order."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop, number)
        loop.add_signal_handler(signal.SIGHUP, self._look, os.isatty(0))
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.remove_signal_handler(number)

    def _stop(self, number: int) -> None:
        if self.should_exit:  # asked twice: by the signal, as it would have been without us
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self.should_exit = True

    def _look(self, had_terminal: bool) -> None:
        if had_terminal and not os.isatty(0):
            self._stop(signal.SIGHUP)
        elif self._application is not None:
            self._application.look()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        PortInUse: the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = str(error) if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise PortInUse(host, port, reason) from None


def make_server(
    app: Any,
    *,
    grace: float,
    trusted_proxies: Collection[str] = (),
    proxy_header: str = "x-forwarded-for",
) -> GracefulServer:
    """The server for an application; ``grace`` is how long requests may take to end when it stops.

    What :meth:`~kgservice.operation.application.Application.recall` knows is answered without parsing the request. The
    client is the one that ``proxy_header`` names, where that comes from one of the ``trusted_proxies``.
    """
    known: Known | None = app.recall if isinstance(app, Application) else None
    around = ForwardedClient(app, trusted_proxies, proxy_header) if trusted_proxies else app
    config = uvicorn.Config(
        around,
        proxy_headers=False,  # uvicorn would believe everybody on this machine
        http=cast(type[asyncio.Protocol], partial(Protocol, known=known)),
        ws="none",
        lifespan="on",
        log_config=None,  # kgservice.operation.logs decides
        log_level="warning",
        access_log=False,
        server_header=False,
        # The application ends what takes longer than the grace; this is for what does not even end then.
        timeout_graceful_shutdown=math.ceil(grace + 2 * LAST_WORDS),
    )
    return GracefulServer(config, app)


def serve(app: Application, listener: socket.socket, *, grace: float, **proxies: Any) -> None:
    """Serves until a signal asks to stop. ``proxies`` as for :func:`make_server`.

    Raises:
        ExplainedError: the application could not start; it has left the reason in ``app.failure``.
    """
    server = make_server(app, grace=grace, **proxies)
    log = logging.getLogger("uvicorn.error")
    log.addFilter(_started_or_silent(server))
    try:
        server.run(sockets=[listener])
    finally:  # uvicorn leaves by SystemExit when the application did not start
        if app.failure is not None:
            raise app.failure


def _started_or_silent(server: uvicorn.Server) -> Callable[[logging.LogRecord], bool]:
    """Holds the server's log back until it has started: a failure before that is told by the command."""
    return lambda _: server.started
