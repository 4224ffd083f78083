"""What never changes within a release is asked once, at the first request, and kept with the routes of that release."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """A value that is asked for at most once at a time. A failure is not kept: the next request asks again."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._asking: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """The value. Who comes while it is asked for gets the same answer, or the same failure; who leaves stops nobody."""
        if self._asking is None or _failed(self._asking):
            self._asking = asyncio.create_task(self._run())
        return await asyncio.shield(self._asking)

    async def soon(self, seconds: float) -> T | None:
        """The value if it is there within so many seconds; it is asked for further behind who does not wait."""
        try:
            async with asyncio.timeout(seconds):
                return await self.get()
        except TimeoutError:
            return None

    async def _run(self) -> T:
        return await self._ask()


def _failed(task: asyncio.Task[T]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
