"""One release as it is served: its engine, its application, and the requests that it is answering."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from kgservice.engine.interface import Engine
from kgservice.release import Release
from kgservice.sparql.cache import ResponseCache
from kgservice.sparql.request import Asgi, Receive, Scope, Send

ROUTE = "route"  # where the framework notes the route in the scope
LAST_WORDS = 2.0  # seconds for telling clients that their queries were ended, before nobody waits for them any more


@dataclass(eq=False, slots=True)
class Served:
    """A release with all that answers over it.

    ``app`` answers any request; ``direct`` maps a path to the ASGI application that answers there, past the framework.
    ``cache``: its answers that are kept.
    ``base``: the start of the IRIs of the release, for the types of problems. ``forget`` is called when it has ended.
    """

    release: Release
    engine: Engine
    app: Asgi
    base: str
    direct: Mapping[str, Asgi] = field(default_factory=dict)
    cache: ResponseCache | None = None
    forget: Callable[[], None] = lambda: None
    requests: int = 0
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    _quiet: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, and counts it while it lasts."""
        self.requests += 1
        try:
            app = self.direct.get(scope["path"])
            if app is not None:
                await app(scope, receive, send)
                return
            inner = _as_get(scope)
            try:
                await self.app(inner, receive, send)
            finally:
                if (
                    ROUTE in inner
                ):  # who asks by which route it was answered knows only the scope as it came
                    scope[ROUTE] = inner[ROUTE]
        finally:
            self.requests -= 1
            if not self.requests:
                self._quiet.set()

    async def retire(self, grace: float) -> None:
        """Waits until the last request is answered, at most ``grace`` seconds, then ends the engine and what it runs.

        A request that came in time may ask as many queries as it needs: the engine takes them until the wait is over.
        Nobody may send further requests here.
        """
        await self._wait(grace)
        await self.engine.stop(0)
        await self._wait(LAST_WORDS)
        self.forget()

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.requests:
                    self._quiet.clear()
                    await self._quiet.wait()


def _as_get(scope: Scope) -> Scope:
    """HEAD at the API is answered as GET, whose routes there take no other method; the server leaves out the body."""
    if scope.get("method") != "HEAD" or not scope["path"].startswith("/api/"):
        return scope
    return {**scope, "method": "GET"}
