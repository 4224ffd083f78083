"""The embedded engine: a pool of worker processes, one query each at a time, each killed when its query must end."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from kgservice.engine.errors import (
    EngineStopping,
    EngineUnavailable,
    QueryCancelled,
    QueryMemory,
    QueryTimeout,
    QueueFull,
)
from kgservice.engine.interface import Answer, Query
from kgservice.engine.link import WorkerLink
from kgservice.engine.running import Running, write_question
from kgservice.operation.observing import NOBODY, Observer

MEBIBYTE = 1024 * 1024
WATCH_SECONDS = 0.05
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """How many processes, and what one query may take. Seconds, MiB and bytes."""

    workers: int = 2
    spares: int = 1
    deadline: float = 10.0
    memory: int = 1024
    max_result_bytes: int | None = None
    queue_length: int = 64
    queue_wait: float = 10.0


class WorkerPool:
    """Answers queries over the store in ``store`` (see :mod:`kgservice.engine.interface`).

    ``base`` resolves relative IRIs of a query, ``prefixes`` shorten those of an answer (Turtle, TriG, RDF/XML).
    ``union_default_graph``: a query without a dataset of its own sees the union of all graphs as its default graph.
    """

    def __init__(
        self,
        store: Path,
        limits: PoolLimits,
        *,
        base: str,
        prefixes: Mapping[str, str] | None = None,
        union_default_graph: bool = True,
        observer: Observer = NOBODY,
    ) -> None:
        self.limits = limits
        self._observer = observer
        self._arguments: dict[str, object] = {
            "store": str(store),
            "memory": limits.memory,
            "union": union_default_graph,
            "base": base,
            "prefixes": dict(prefixes or {}),
        }
        self._idle: list[WorkerLink] = []
        self._spare: list[WorkerLink] = []
        self._busy: dict[WorkerLink, str | None] = {}
        self._waiting: deque[asyncio.Future[WorkerLink]] = deque()
        self._pending = 0
        self._stopping = False
        self._starters: set[asyncio.Task[None]] = set()
        self._reapers: set[asyncio.Task[None]] = set()
        self._watch: asyncio.TimerHandle | None = None
        self._quiet = asyncio.Event()
        self._quiet.set()

    # -- the engine

    async def start(self) -> None:
        """Starts all processes; returns when the workers are ready (the spares follow)."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.limits.workers):
                    group.create_task(self._add_worker())
        except* EngineUnavailable as several:
            await self.stop(0)
            raise several.exceptions[0] from None
        self._fill_up()

    async def stop(self, grace: float) -> None:
        """Takes no more queries, lets running ones end for ``grace`` seconds, then kills every process."""
        self._stopping = True
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(EngineStopping())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._quiet.wait()
        workers = [*self._idle, *self._spare, *self._busy]
        for worker in workers:
            worker.kill(EngineStopping())
        for starter in self._starters:
            starter.cancel()
        await asyncio.gather(*(worker.reap() for worker in workers))
        while self._starters or self._reapers:
            await asyncio.gather(*self._starters, *self._reapers, return_exceptions=True)
        if self._watch is not None:
            self._watch.cancel()

    @contextlib.asynccontextmanager
    async def answer(self, query: Query) -> AsyncIterator[Answer]:
        """Runs a query in a free worker. The worker is killed when the context is left before the answer is complete."""
        worker = await self._take(query.id)
        timer: asyncio.TimerHandle | None = None
        running = Running(worker, self.limits.memory, self.limits.max_result_bytes, query.text)
        try:
            timer = asyncio.get_running_loop().call_later(
                self.limits.deadline, worker.kill, QueryTimeout(self.limits.deadline)
            )
            worker.ask(write_question(query, self.limits.deadline))
            yield running
        finally:
            if timer is not None:
                timer.cancel()
            self._give_back(worker, usable=running.idle)

    def cancel(self, query_id: str) -> bool:
        """Ends the running query with that id."""
        for worker, running in self._busy.items():
            if running == query_id:
                worker.kill(QueryCancelled())
                return True
        return False

    @property
    def process_ids(self) -> list[int]:
        """The processes of the pool, working, idle and spare."""
        links = [*self._idle, *self._spare, *self._busy]
        return [link.process.pid for link in links if link.process is not None]

    @property
    def figures(self) -> dict[str, int]:
        """How many queries run and wait, and how many processes there are."""
        return {
            "running": len(self._busy),
            "waiting": len(self._waiting),
            "processes": len(self.process_ids),
            "processes_idle": len(self._idle),
            "processes_spare": len(self._spare),
        }

    # -- taking and giving back

    async def _take(self, query_id: str | None) -> WorkerLink:
        if self._stopping:
            raise EngineStopping
        worker = self._idle.pop() if self._idle else await self._queue()
        while worker.ended:  # it broke down between being handed over and being taken
            worker = self._idle.pop() if self._idle else await self._queue()
        self._busy[worker] = query_id
        self._quiet.clear()
        if self._watch is None:
            self._watch = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._watch_memory)
        return worker

    async def _queue(self) -> WorkerLink:
        limits = self.limits
        if len(self._waiting) >= limits.queue_length:
            raise QueueFull(max(1, math.ceil(limits.deadline / 2)))
        waiter: asyncio.Future[WorkerLink] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        began = perf_counter()
        try:
            async with asyncio.timeout(limits.queue_wait):
                return await waiter
        except BaseException as error:
            with contextlib.suppress(ValueError):
                self._waiting.remove(waiter)
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._give_back(waiter.result(), usable=True)  # it came just as we gave up
            if isinstance(error, TimeoutError):
                raise QueueFull(max(1, math.ceil(limits.deadline))) from None
            raise
        finally:
            self._observer.waited(perf_counter() - began)

    def _give_back(self, worker: WorkerLink, *, usable: bool) -> None:
        self._busy.pop(worker, None)
        if not self._busy:
            self._quiet.set()
        if worker.ended:
            return  # _on_end has replaced it
        if usable:
            self._offer(worker)
        else:
            worker.kill()

    def _offer(self, worker: WorkerLink) -> None:
        """Gives a free worker to who waits longest, or keeps it."""
        if worker.ended:
            return
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                self._busy[worker] = None
                waiter.set_result(worker)
                return
        self._idle.append(worker)

    # -- processes

    async def _add_worker(self) -> None:
        worker = WorkerLink(self._on_end)
        await worker.start(self._arguments)
        self._observer.worker_started(worker.started["seconds"])
        if self._stopping:
            worker.kill()
        elif self._missing() > 0:
            self._offer(worker)
        else:
            self._spare.append(worker)

    def _missing(self) -> int:
        """How many workers there are too few, spares not counted."""
        return self.limits.workers - len(self._idle) - len(self._busy)

    def _on_end(self, worker: WorkerLink) -> None:
        """A process ended, killed or by itself: a spare takes its place, and a new one is started."""
        self._track(worker.reap(), self._reapers)
        self._busy.pop(worker, None)
        if not self._busy:
            self._quiet.set()
        for crew in (self._idle, self._spare):
            if worker in crew:
                crew.remove(worker)
        if worker.started:
            self._observer.worker_ended(worker.end)
        if self._stopping or not worker.started:
            return
        while self._spare and self._missing() > 0:
            self._offer(self._spare.pop())
        self._fill_up()

    def _fill_up(self) -> None:
        wanted = self.limits.workers + self.limits.spares
        present = len(self._idle) + len(self._busy) + len(self._spare) + self._pending
        for _ in range(wanted - present):
            self._pending += 1
            self._track(self._start_one(), self._starters)

    async def _start_one(self) -> None:
        """Starts a process; where that fails, tries again after growing pauses."""
        pause = FIRST_PAUSE
        try:
            while not self._stopping:
                try:
                    await self._add_worker()
                    return
                except EngineUnavailable:
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
        finally:
            self._pending -= 1

    def _track(self, work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def _watch_memory(self) -> None:
        """The second wall behind the limit that each worker sets itself."""
        self._watch = None
        if not self._busy:
            return
        for worker in list(self._busy):
            if worker.private_bytes() > self.limits.memory * MEBIBYTE:
                worker.kill(QueryMemory(self.limits.memory))
        self._watch = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._watch_memory)
