"""What never changes within a release is asked once, at the first request, and kept with the routes of that release."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """A value that is asked for at most once. A failure is not kept: the next request asks again."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._asking = asyncio.Lock()
        self._found: list[T] = []

    async def get(self) -> T:
        """The value; whoever comes while it is asked for waits for the same answer."""
        async with self._asking:
            if not self._found:
                self._found.append(await self._ask())
        return self._found[0]
