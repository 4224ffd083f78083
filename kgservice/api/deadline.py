"""A deadline for an answer that is put together from many questions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from kgservice.api.context import ApiContext
from kgservice.engine.errors import QueryTimeout


@asynccontextmanager
async def limited(
    context: ApiContext, error: Callable[[float], QueryTimeout]
) -> AsyncIterator[None]:
    """No more time for all that is done within than one question may take.

    Raises:
        QueryTimeout: it took longer; ``error`` makes it from the seconds, and says what to ask instead.
    """
    seconds = context.settings.deadline
    try:
        async with asyncio.timeout(seconds):
            yield
    except (TimeoutError, QueryTimeout):
        raise error(seconds) from None
