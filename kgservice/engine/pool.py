"""The embedded engine: a pool of worker processes, one query each at a time, each killed when its query must end.

Two lanes keep the long queries out of the way of the short ones. A query that has run for ``long_after`` seconds gives
its place in the short lane up, gets a lower priority and one of the places of the long lane. Where that is full, it
may overstay in the short lane until a short query needs the place: then it is killed and begun again later.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from kgservice.engine.crew import Crew
from kgservice.engine.errors import (
    EngineStopping,
    QueryCancelled,
    QueryMemory,
    QueryTimeout,
)
from kgservice.engine.interface import Answer, Query
from kgservice.engine.lanes import Lane, LongTexts
from kgservice.engine.limits import PoolLimits as PoolLimits
from kgservice.engine.link import WorkerLink
from kgservice.engine.priority import lower_priority, restore_priority
from kgservice.engine.running import Displaced, Running, write_question
from kgservice.operation.observing import NOBODY, Observer

MEBIBYTE = 1024 * 1024
WATCH_SECONDS = 0.05
PROCESS_SECONDS = 10.0  # how long a query waits for its process to start, once it has its place


class WorkerPool:
    """Answers queries over the store in ``store`` (see :mod:`kgservice.engine.interface`); ``None`` is an empty one.

    ``base`` resolves relative IRIs of a query, ``prefixes`` shorten those of an answer (Turtle, TriG, RDF/XML).
    ``union_default_graph``: a query without a dataset of its own sees the union of all graphs as its default graph.
    """

    def __init__(
        self,
        store: Path | None,
        limits: PoolLimits,
        *,
        base: str,
        prefixes: Mapping[str, str] | None = None,
        union_default_graph: bool = True,
        observer: Observer = NOBODY,
    ) -> None:
        self.limits = limits
        self._crew = Crew(
            {
                "store": str(store) if store else None,
                "memory": limits.memory,
                "rows": limits.max_rows,
                "union": union_default_graph,
                "base": base,
                "prefixes": dict(prefixes or {}),
            },
            observer,
        )
        wait, deadline = limits.queue_wait, limits.deadline
        self._short = Lane(limits.workers, limits.queue_length, wait, deadline, observer)
        self._long = Lane(limits.long_workers, limits.long_queue_length, wait, deadline, observer)
        self._long_texts = LongTexts()
        self._running: dict[Running, None] = {}
        self._busy: dict[WorkerLink, Running] = {}
        self._overstaying: list[Running] = []
        self._stopping = False
        self._watch: asyncio.TimerHandle | None = None
        self._quiet = asyncio.Event()
        self._quiet.set()

    # -- the engine

    async def start(self) -> None:
        """Starts the processes; returns when the workers are ready (the spares follow)."""
        await self._crew.start(self.limits.workers)
        self._crew.want(self.limits.workers + self.limits.spares)

    async def stop(self, grace: float) -> None:
        """Takes no more queries, lets running ones end for ``grace`` seconds, then kills every process."""
        self._stopping = True
        for lane in (self._short, self._long):
            lane.close(EngineStopping())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._quiet.wait()
        await self._crew.stop()
        if self._watch is not None:
            self._watch.cancel()

    @contextlib.asynccontextmanager
    async def answer(self, query: Query) -> AsyncIterator[Answer]:
        """Runs a query in a free worker. The worker is killed when the context is left before the answer is complete."""
        if self._stopping:
            raise EngineStopping
        run = Running(query, self.limits, self._begin_again)
        self._running[run] = None
        self._quiet.clear()
        try:
            await self._begin(run)
            yield run
        finally:
            self._end(run)

    def cancel(self, query_id: str) -> bool:
        """Ends the query with that id, running or waiting."""
        for run in self._running:
            if run.query.id == query_id:
                if run.waiting is not None and not run.waiting.done():
                    run.waiting.set_exception(QueryCancelled())
                elif run.worker is not None:
                    run.worker.kill(QueryCancelled())
                return True
        return False

    @property
    def process_ids(self) -> list[int]:
        """The processes of the pool, working and idle."""
        return self._crew.process_ids

    @property
    def figures(self) -> dict[str, int]:
        """How many queries run in each lane, how many wait for it, and how many processes there are."""
        long = sum(run.lane is self._long for run in self._busy.values())
        return {
            "running_short": len(self._busy) - long,
            "running_long": long,
            "waiting_short": self._short.waiting,
            "waiting_long": self._long.waiting,
            "processes": len(self._crew.process_ids),
            "processes_idle": len(self._crew.idle),
        }

    # -- one query

    async def _begin(self, run: Running) -> None:
        if run.query.text in self._long_texts:
            await self._enter(run, self._long)
            return
        if not self._short.take():
            self._displace()
            await self._short.enter(run)
        run.lane = self._short
        await self._ask(run)

    async def _begin_again(self, run: Running) -> None:
        """Puts a displaced query into the long lane."""
        self._forget_worker(run)
        await self._enter(run, self._long)

    async def _enter(self, run: Running, lane: Lane) -> None:
        await lane.enter(run)
        run.lane = lane
        self._crew.want(self.limits.most_processes)
        await self._ask(run)

    async def _ask(self, run: Running) -> None:
        """Hands the query to a process. The clock of the deadline starts here."""
        limits, loop = self.limits, asyncio.get_running_loop()
        run.worker = worker = await self._crew.take(PROCESS_SECONDS)
        self._busy[worker] = run
        run.began = loop.time()
        if run.lane is self._long:
            self._lower(run)
            run.timer = loop.call_later(limits.deadline, worker.kill, QueryTimeout(limits.deadline))
        else:
            run.timer = loop.call_later(min(limits.long_after, limits.deadline), self._overdue, run)
        if self._watch is None:
            self._watch = loop.call_later(WATCH_SECONDS, self._watch_memory)
        worker.ask(write_question(run.query, limits.deadline))

    def _overdue(self, run: Running) -> None:
        """The query is no short one."""
        limits, worker = self.limits, run.worker
        assert worker is not None
        left = limits.deadline - limits.long_after
        if left <= 0:
            worker.kill(QueryTimeout(limits.deadline))
            return
        run.timer = asyncio.get_running_loop().call_later(
            left, worker.kill, QueryTimeout(limits.deadline)
        )
        if worker.ended:
            return
        if not worker.spoken:  # else the time may have gone into a slow client
            self._long_texts.add(run.query.text)
        self._lower(run)
        self._overstaying.append(run)
        self._move_on()
        if self._short.waiting:
            self._displace()

    def _lower(self, run: Running) -> None:
        assert run.worker is not None
        assert run.worker.process is not None
        lower_priority(run.worker.process.pid)
        run.lowered = True

    def _move_on(self) -> None:
        """Has queries that overstay in the short lane take what is free of the long one."""
        while self._overstaying and self._long.take():
            run = self._overstaying.pop(0)
            run.lane = self._long
            self._crew.want(self.limits.most_processes)
            self._short.leave()

    def _displace(self) -> None:
        """Makes a query that overstays give its place to a short one, if there is any: rather one that has sent nothing
        yet, which can be begun again; the answer of another breaks off.
        """
        if not self._overstaying:
            return
        run = min(self._overstaying, key=lambda one: one.begun)
        self._overstaying.remove(run)
        assert run.worker is not None
        run.worker.kill(self._long.full() if run.begun else Displaced())
        run.lane = None
        self._short.leave()

    def _end(self, run: Running) -> None:
        """The query is over, one way or another."""
        self._forget_worker(run)
        if run.lane is not None:
            run.lane.leave()
            self._move_on()
        del self._running[run]
        if not self._running:
            self._quiet.set()

    def _forget_worker(self, run: Running) -> None:
        if run.timer is not None:
            run.timer.cancel()
        if run in self._overstaying:
            self._overstaying.remove(run)
        worker, run.worker = run.worker, None
        if worker is None:
            return
        del self._busy[worker]
        if worker.ended:
            return
        assert worker.process is not None
        if not run.idle or (run.lowered and not restore_priority(worker.process.pid)):
            worker.kill()
            return
        if run.lane is self._long and run.seconds < self.limits.long_after:
            self._long_texts.discard(run.query.text)
        self._crew.offer(worker)

    def _watch_memory(self) -> None:
        """The second wall behind the limit that each worker sets itself."""
        self._watch = None
        if not self._busy:
            return
        for worker in list(self._busy):
            if worker.private_bytes() > self.limits.memory * MEBIBYTE:
                worker.kill(QueryMemory(self.limits.memory))
        self._watch = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._watch_memory)
