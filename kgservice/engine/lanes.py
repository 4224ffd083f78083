"""The two lanes of the pool, each with its places and its queue, and which texts were long before.

Nobody can tell a long query from a short one by its text. So each starts in the short lane, and moves on when it has
taken longer than a short one may; a text that did so goes straight to the long lane the next time.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import OrderedDict, deque
from hashlib import blake2b
from time import perf_counter
from typing import Protocol

from kgservice.engine.errors import EngineError, QueueFull
from kgservice.operation.observing import NOBODY, Observer

REMEMBERED = 1024


class Waiting(Protocol):
    """Who stands in a queue. ``waiting`` is set meanwhile; an exception put into it ends the wait."""

    waiting: asyncio.Future[None] | None


class Lane:
    """A number of places and a bounded queue for them, first come, first served."""

    def __init__(
        self,
        places: int,
        queue_length: int,
        queue_wait: float,
        deadline: float,
        observer: Observer = NOBODY,
    ) -> None:
        self._observer = observer
        self._free = places
        self._queue_length = queue_length
        self._queue_wait = queue_wait
        self._deadline = deadline
        self._queue: deque[asyncio.Future[None]] = deque()
        self._closed: EngineError | None = None

    @property
    def waiting(self) -> int:
        """How many queries wait for a place."""
        return len(self._queue)

    def take(self) -> bool:
        """Takes a place if one is free; false when not."""
        if self._free <= 0 or self._closed:
            return False
        self._free -= 1
        return True

    async def enter(self, who: Waiting) -> None:
        """Takes a place, waiting for it in the queue.

        Raises:
            QueueFull: too many wait already, or the wait was too long.
            EngineError: what ended the wait otherwise.
        """
        if self._closed:
            raise self._closed
        if self.take():
            return
        if len(self._queue) >= self._queue_length:
            raise self.full()
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(place)
        who.waiting = place
        began = perf_counter()
        try:
            async with asyncio.timeout(self._queue_wait):
                await place
        except BaseException as error:
            with contextlib.suppress(ValueError):
                self._queue.remove(place)
            if place.done() and not place.cancelled() and place.exception() is None:
                self.leave()  # it came just as we gave up
            if isinstance(error, TimeoutError):
                raise self.full() from None
            raise
        finally:
            who.waiting = None
            self._observer.waited(perf_counter() - began)

    def leave(self) -> None:
        """Gives a place back: to who waits longest, if anybody does."""
        while self._queue:
            place = self._queue.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._free += 1

    def full(self) -> QueueFull:
        """What a query is told that gets no place: to come back when half of those before it may be done."""
        return QueueFull(max(1, math.ceil(self._deadline / 2)))

    def close(self, reason: EngineError) -> None:
        """Lets nobody in any more; who waits gets ``reason``."""
        self._closed = reason
        while self._queue:
            place = self._queue.popleft()
            if not place.done():
                place.set_exception(reason)


class LongTexts:
    """The texts of queries that were long when they ran last; only their digests, and the last 1,024 of them."""

    def __init__(self) -> None:
        self._digests: OrderedDict[bytes, None] = OrderedDict()

    def __contains__(self, text: str) -> bool:
        return bool(self._digests) and _digest(text) in self._digests

    def add(self, text: str) -> None:
        """Remembers a text; forgets the one that was added longest ago when there are too many."""
        digest = _digest(text)
        self._digests[digest] = None
        self._digests.move_to_end(digest)
        if len(self._digests) > REMEMBERED:
            self._digests.popitem(last=False)

    def discard(self, text: str) -> None:
        """Forgets a text."""
        self._digests.pop(_digest(text), None)


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
