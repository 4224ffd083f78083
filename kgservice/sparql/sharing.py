"""One run for all who ask the same at the same time.

A run belongs to nobody: it goes on while at least one of those who wait for it is there, and ends with the last. What
comes of it, the answer or the error, is theirs together; its deadline is that of the first. An answer over the hold-back
cannot be shared, since its readers have not the same speed: the first of them streams it, the others ask for themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from kgservice.engine.interface import Engine, Query
from kgservice.sparql.coding import Body

HOLD_BACK = 1024 * 1024
MOST_LARGE = 4096


@dataclass(slots=True)
class Large:
    """An answer over the hold-back, with more to come: what was held so far, and the rest."""

    held: list[bytes]
    rest: AsyncIterator[bytes]
    taken: bool = False

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """All of it, in parts; what was held is not kept."""
        while self.held:
            yield self.held.pop(0)
        async for chunk in self.rest:
            yield chunk


Outcome = Body | Large


class _Run:
    """One query in the engine, and how many wait for it."""

    def __init__(self, engine: Engine, query: Query) -> None:
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.waiting = 0
        self._left = asyncio.Event()
        self._task = asyncio.create_task(self._go(engine, query))

    def end(self) -> None:
        """Ends the run, wherever it is."""
        if not self.outcome.done():
            self._task.cancel()
        self._left.set()

    async def _go(self, engine: Engine, query: Query) -> None:
        try:
            async with engine.answer(query) as answer:
                held: list[bytes] = []
                size = 0
                chunks = aiter(answer)
                async for chunk in chunks:
                    held.append(chunk)
                    size += len(chunk)
                    if size > HOLD_BACK:
                        self._settle(Large(held, chunks))
                        await self._left.wait()
                        return
            self._settle(Body(b"".join(held)))
        except asyncio.CancelledError:
            self.outcome.cancel()
            raise
        except Exception as error:
            if not self.outcome.done():
                self.outcome.set_exception(error)
                self.outcome.exception()  # those who wait raise it; with none left, nobody has to

    def _settle(self, outcome: Outcome) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class Runs:
    """The runs that are under way, by the digest of what they answer."""

    def __init__(self) -> None:
        self._shared: dict[bytes, _Run] = {}
        self._large: OrderedDict[bytes, None] = OrderedDict()

    @contextlib.asynccontextmanager
    async def answer(
        self, engine: Engine, query: Query, key: bytes | None
    ) -> AsyncIterator[Outcome]:
        """The answer to a query, from a run of its own or from one under way with the same ``key``.

        ``None`` shares with nobody. Leaving the context leaves the run.

        Raises:
            EngineError: the run failed, for all who wait.
        """
        if key in self._large:
            key = None
        while True:
            run = self._join(engine, query, key)
            try:
                outcome = await asyncio.shield(run.outcome)
                if isinstance(outcome, Large) and key is not None:
                    self._note_large(key)
                if isinstance(outcome, Body) or not outcome.taken:
                    if isinstance(outcome, Large):
                        outcome.taken = True
                    yield outcome
                    return
            finally:
                self._leave(run, key)
            key = None

    def _join(self, engine: Engine, query: Query, key: bytes | None) -> _Run:
        run = None if key is None else self._shared.get(key)
        if run is None:
            run = _Run(engine, query)
            if key is not None:
                self._shared[key] = run
        run.waiting += 1
        return run

    def _leave(self, run: _Run, key: bytes | None) -> None:
        run.waiting -= 1
        # At once, and not from a callback: nobody may join what has ended.
        if (
            key is not None
            and self._shared.get(key) is run
            and (run.outcome.done() or not run.waiting)
        ):
            del self._shared[key]
        if not run.waiting:
            run.end()

    def _note_large(self, key: bytes) -> None:
        """What was too large to share once is not waited for again."""
        self._large[key] = None
        if len(self._large) > MOST_LARGE:
            self._large.popitem(last=False)
