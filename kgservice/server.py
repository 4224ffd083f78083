"""The HTTP server: uvicorn in this process, with one thing added: a connection can be reset."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kgservice.errors import ExplainedError
from kgservice.operation.application import Application
from kgservice.operation.served import LAST_WORDS
from kgservice.sparql.routes import RESET


class PortInUse(ExplainedError):
    """The address cannot be listened on."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"Cannot listen on {host}:{port} ({reason}). Choose another port with --port, or stop what uses it.",
            f"无法监听 {host}:{port}（{reason}）。请用 --port 换一个端口，或停止占用它的程序。",
        )


class ResettableProtocol(HttpToolsProtocol):
    """HTTP/1.1 with the extension :data:`~kgservice.sparql.routes.RESET` in the scope: a call that resets the connection.

    Merely closing would look like the end of the body to a client that reads to the end (HTTP/1.0, some proxies).
    """

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: dict[str, Any] = cast(dict[str, Any], self.scope)
        scope.setdefault("extensions", {})[RESET] = self._reset

    def _reset(self) -> None:
        transport: Any = self.transport
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


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


def make_server(app: Any, *, grace: float) -> GracefulServer:
    """The server for an application; ``grace`` is how long requests may take to end when it stops."""
    config = uvicorn.Config(
        app,
        http=ResettableProtocol,
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


def serve(app: Application, listener: socket.socket, *, grace: float) -> None:
    """Serves until a signal asks to stop.

    Raises:
        ExplainedError: the application could not start; it has left the reason in ``app.failure``.
    """
    server = make_server(app, grace=grace)
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
