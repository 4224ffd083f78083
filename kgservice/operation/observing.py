"""What the parts of the service report of their work, and to whom: an observer, which may be nobody.

Only the standard library: who reports needs to know nothing of metrics or logs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Protocol

EXCHANGE = "kgservice.exchange"
DISCONNECTED = "disconnected"  # an outcome: the client left


@dataclass(slots=True)
class Exchange:
    """One request and its answer, as far as it is known; whoever learns more of it writes it down here.

    ``release``: the id of the release that answers. ``query``: the text of a SPARQL query; ``query_id``: the id under
    which it can be ended; ``form``: its form, when it has one. ``outcome``: ``ok``, or the slug of the problem
    (:data:`kgservice.problems.KINDS`) that ended it, or ``disconnected``. ``cache``: how the answer was come by, one of
    ``hit``, ``miss``, ``shared`` (with an identical query in flight), ``not-modified`` and ``uncacheable``; ``None``
    where no cache was asked. The last five are filled in when the answer is over: status, seconds, bytes of the body.
    """

    release: str
    method: str = ""
    query: str | None = None
    query_id: str | None = None
    form: str | None = None
    outcome: str = "ok"
    cache: str | None = None
    client: str | None = None
    began: float = field(default_factory=perf_counter)
    route: str = ""
    status: int = 0
    seconds: float = 0.0
    bytes: int = 0

    @property
    def query_hash(self) -> str | None:
        """The first 16 hexadecimal digits of the SHA-256 of the query: the same text has the same hash."""
        if self.query is None:
            return None
        return hashlib.sha256(self.query.encode("utf-8", "replace")).hexdigest()[:16]


def exchange_of(scope: Mapping[str, Any]) -> Exchange:
    """The exchange that an ASGI scope belongs to; one that nobody reads where there is none."""
    exchange = scope.get(EXCHANGE)
    return exchange if isinstance(exchange, Exchange) else Exchange("")


class Observer(Protocol):
    """Somebody to report to. No call may fail, wait, or keep what it is given."""

    def answered(self, exchange: Exchange) -> None:
        """A request is over: answered, failed, or left by the client."""
        ...

    def switched(self, outcome: str) -> None:
        """Another release was to be served; ``outcome`` is ``ok`` or ``failed``."""
        ...

    def worker_started(self, seconds: float) -> None:
        """A worker process is ready, after so many seconds."""
        ...

    def worker_ended(self, reason: str) -> None:
        """A worker process ended; :attr:`kgservice.engine.link.WorkerLink.end` says which reasons there are."""
        ...

    def waited(self, seconds: float) -> None:
        """A query got a worker (or gave up) after so many seconds in the queue."""
        ...

    def called(self, endpoint: str, outcome: str, seconds: float, bytes: int) -> None:
        """Another endpoint was asked by SERVICE. ``endpoint`` is one of the allow-list, ``outcome`` one of a fixed few."""
        ...


class Nobody:
    """The observer that does nothing."""

    def answered(self, exchange: Exchange) -> None:
        """Nothing."""

    def switched(self, outcome: str) -> None:
        """Nothing."""

    def worker_started(self, seconds: float) -> None:
        """Nothing."""

    def worker_ended(self, reason: str) -> None:
        """Nothing."""

    def waited(self, seconds: float) -> None:
        """Nothing."""

    def called(self, endpoint: str, outcome: str, seconds: float, bytes: int) -> None:
        """Nothing."""


NOBODY = Nobody()
