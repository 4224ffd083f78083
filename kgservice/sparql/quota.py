"""A quota of query seconds for each client, as the Wikidata Query Service has it.

Not requests are counted but the time that queries take of the engine: a thousand quick ones are welcome. Each client
has a bucket of seconds that fills up evenly; a query takes out what it took, also into the red, and who is in the red
waits (429). What needs no engine costs nothing. Told in the header fields of draft-ietf-httpapi-ratelimit-headers-10.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from kgservice.engine.interface import Answer, Engine, Query
from kgservice.errors import ExplainedError
from kgservice.forwarded import App, Receive, Scope, Send, client_network

ACCOUNT = "kgservice.account"  # in the scope: the account of who asks
POLICY = "query-seconds"
MOST_CLIENTS = 10_000


class QuotaExceeded(ExplainedError):
    """The client has used its query time up. ``retry_after`` is in seconds."""

    def __init__(self, seconds: float, window: float, retry_after: int) -> None:
        super().__init__(
            f"You have used {seconds:g} seconds of query time within {window:g} seconds, which is what one client gets. "
            f"Ask again in {retry_after} seconds; quicker queries leave more of it.",
            f"您在 {window:g} 秒内已用完 {seconds:g} 秒的查询时间（每个客户端的配额）。"
            f"请在 {retry_after} 秒后重试；查询越快，可用次数越多。",
        )
        self.retry_after = retry_after


@dataclass(slots=True)
class _Bucket:
    """The seconds that were left at the time ``at``, and how many queries run since then."""

    left: float
    at: float
    running: int = 0


class Quota:
    """The buckets of all clients, in memory only: ``seconds`` of query time each, filled up again in ``window`` seconds.

    Of more than ``most_clients``, those that were not seen for longest are forgotten.
    """

    def __init__(
        self,
        seconds: float,
        window: float,
        *,
        most_clients: int = MOST_CLIENTS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds = seconds
        self.window = window
        self._most = most_clients
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def left(self, client: str) -> float:
        """The seconds that a client has left; each of its running queries takes one in every second."""
        bucket = self._buckets.get(client)
        return self.seconds if bucket is None else self._level(bucket)

    def check(self, client: str) -> None:
        """Raises :class:`QuotaExceeded` when the client has nothing left."""
        if self.left(client) <= 0:
            raise QuotaExceeded(self.seconds, self.window, self.seconds_until(client, 0.0))

    def begin(self, client: str) -> None:
        """A query of the client starts."""
        bucket = self._buckets.get(client)
        if bucket is None:
            bucket = self._buckets[client] = _Bucket(self.seconds, self._clock())
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(client)
        self._change(bucket, 1)

    def end(self, client: str) -> None:
        """A query of the client has ended, one way or another."""
        bucket = self._buckets.get(client)
        if bucket is not None and bucket.running:  # else the client was forgotten meanwhile
            self._change(bucket, -1)

    def seconds_until(self, client: str, wanted: float) -> int:
        """The seconds until the client has more than ``wanted`` left, if it asks nothing meanwhile; at least 1."""
        missing = max(0.0, wanted - self.left(client)) * self.window / self.seconds
        return max(1, math.ceil(missing))

    def _level(self, bucket: _Bucket) -> float:
        passed = self._clock() - bucket.at
        return min(
            self.seconds, bucket.left + passed * (self.seconds / self.window - bucket.running)
        )

    def _change(self, bucket: _Bucket, queries: int) -> None:
        bucket.left, bucket.at = self._level(bucket), self._clock()
        bucket.running += queries


class Account:
    """The quota as one request sees it. ``used`` once it asked the engine, or was refused."""

    def __init__(self, quota: Quota, client: str) -> None:
        self.used = False
        self._quota = quota
        self._client = client

    def check(self) -> None:
        """See :meth:`Quota.check`."""
        self.used = True
        self._quota.check(self._client)

    def begin(self) -> None:
        """See :meth:`Quota.begin`."""
        self._quota.begin(self._client)

    def end(self) -> None:
        """See :meth:`Quota.end`."""
        self._quota.end(self._client)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """``RateLimit`` and ``RateLimit-Policy`` (sections 3 and 4 of the draft).

        The unit is named, as the draft's default would be requests; the draft's registry does not have it.
        """
        quota = self._quota
        remaining = max(0, math.floor(quota.left(self._client)))
        wanted = quota.seconds if remaining else 0.0
        reset = quota.seconds_until(self._client, wanted)
        limit, window = max(1, math.floor(quota.seconds)), math.ceil(quota.window)
        return [
            (b"ratelimit-policy", f'"{POLICY}";q={limit};qu="{POLICY}";w={window}'.encode()),
            (b"ratelimit", f'"{POLICY}";r={remaining};t={reset}'.encode()),
            (b"access-control-expose-headers", b"RateLimit, RateLimit-Policy, Retry-After"),
        ]


class QuotaGate:
    """An ASGI application around the endpoint: opens an account for the request, and tells what is left of it."""

    def __init__(self, endpoint: App, quota: Quota) -> None:
        self._endpoint = endpoint
        self._quota = quota

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the request on, with :data:`ACCOUNT` in its scope."""
        account = scope[ACCOUNT] = Account(self._quota, client_network(scope))

        async def tell(message: dict[str, object]) -> None:
            if account.used and message["type"] == "http.response.start":
                headers = message.get("headers")
                assert isinstance(headers, list)
                message = {**message, "headers": [*headers, *account.headers()]}
            await send(message)

        await self._endpoint(scope, receive, tell)


class MeteredEngine:
    """An engine whose queries are paid for by the account that each one names; one that names none is free.

    The time in the queue is not counted, that of a slow client is: it holds a process.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def start(self) -> None:
        """See :class:`~kgservice.engine.interface.Engine`."""
        await self._engine.start()

    async def stop(self, grace: float) -> None:
        """See :class:`~kgservice.engine.interface.Engine`."""
        await self._engine.stop(grace)

    def cancel(self, query_id: str) -> bool:
        """See :class:`~kgservice.engine.interface.Engine`."""
        return self._engine.cancel(query_id)

    @contextlib.asynccontextmanager
    async def answer(self, query: Query) -> AsyncIterator[Answer]:
        """Runs a query on account.

        Raises:
            QuotaExceeded: its account has nothing left.
        """
        account = query.account
        if account is None:
            async with self._engine.answer(query) as answer:
                yield answer
            return
        account.check()
        async with self._engine.answer(query) as answer:
            account.begin()
            try:
                yield answer
            finally:
                account.end()
