"""Requests that are worked off a few at a time: of the others some wait, and the rest is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kgservice.reconcile.errors import TooManyBatches

MOST_WAITING = 32  # requests, with those that are worked off
RETRY_AFTER = 5  # seconds


class Waiting:
    """The requests of one kind, ``at_once`` of which are worked off at a time."""

    def __init__(self, at_once: int) -> None:
        self._turn = asyncio.Semaphore(at_once)
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits for a turn, which lasts as long as the context.

        Raises:
            TooManyBatches: too many others wait already.
        """
        if self._waiting >= MOST_WAITING:
            raise TooManyBatches(RETRY_AFTER)
        self._waiting += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting -= 1
