"""The HTTP server: uvicorn in this process, with one thing added: a connection can be reset."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import socket
import struct
from collections.abc import Callable, Collection
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kgservice.errors import ExplainedError
from kgservice.forwarded import ForwardedClient
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
            # The client may have gone in the same moment: then there is no socket any more, and nothing to reset.
            with contextlib.suppress(OSError, ValueError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


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
) -> uvicorn.Server:
    """The server for an application; ``grace`` is how long requests may take to end when it stops.

    The client is the one that ``proxy_header`` names, where that comes from one of the ``trusted_proxies``.
    """
    if trusted_proxies:
        app = ForwardedClient(app, trusted_proxies, proxy_header)
    config = uvicorn.Config(
        app,
        proxy_headers=False,  # uvicorn would believe everybody on this machine
        http=ResettableProtocol,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=math.ceil(grace),
    )
    return uvicorn.Server(config)


def serve(app: Any, listener: socket.socket, *, grace: float, **proxies: Any) -> None:
    """Serves until a signal asks to stop. ``proxies`` as for :func:`make_server`.

    Raises:
        ExplainedError: the application could not start; it has left the reason in ``app.state.failure``.
    """
    server = make_server(app, grace=grace, **proxies)
    log = logging.getLogger("uvicorn.error")
    log.addFilter(_started_or_silent(server))
    try:
        server.run(sockets=[listener])
    finally:  # uvicorn leaves by SystemExit when the application did not start
        failure = getattr(app.state, "failure", None)
        if isinstance(failure, ExplainedError):
            raise failure


def _started_or_silent(server: uvicorn.Server) -> Callable[[logging.LogRecord], bool]:
    """Holds the server's log back until it has started: a failure before that is told by the command."""
    return lambda _: server.started
