"""The worker processes of a pool: started, handed out, taken back, replaced when they end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Mapping
from typing import Any

from kgservice.engine.errors import EngineStopping, EngineUnavailable
from kgservice.engine.link import WorkerLink
from kgservice.operation.observing import NOBODY, Observer

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0


class Crew:
    """Keeps a number of processes ready. ``arguments`` are those of :func:`kgservice.engine.worker.main`."""

    def __init__(self, arguments: Mapping[str, object], observer: Observer = NOBODY) -> None:
        self._observer = observer
        self._arguments = dict(arguments)
        self._wanted = 0
        self._all: dict[WorkerLink, None] = {}
        self._idle: list[WorkerLink] = []
        self._waiting: deque[asyncio.Future[WorkerLink]] = deque()
        self._pending = 0
        self._stopping = False
        self._starters: set[asyncio.Task[None]] = set()
        self._reapers: set[asyncio.Task[None]] = set()

    @property
    def idle(self) -> tuple[WorkerLink, ...]:
        """The processes that wait for a query."""
        return tuple(self._idle)

    @property
    def process_ids(self) -> list[int]:
        """All processes that are ready or at work."""
        return [link.process.pid for link in self._all if link.process is not None]

    async def start(self, count: int) -> None:
        """Starts ``count`` processes; returns when they are ready.

        Raises:
            EngineUnavailable: one did not come up.
        """
        self._wanted = count
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(count):
                    group.create_task(self._add())
        except* EngineUnavailable as several:
            await self.stop()
            raise several.exceptions[0] from None

    def want(self, count: int) -> None:
        """Keeps at least ``count`` processes from now on; those that are missing are started behind the scenes."""
        self._wanted = max(self._wanted, count)
        self._fill_up()

    async def take(self, seconds: float) -> WorkerLink:
        """A process for one query, warm; waits while the next one starts.

        Raises:
            EngineUnavailable: none came up within so many seconds.
        """
        while True:
            if self._idle:
                worker = self._idle.pop()
            else:
                place: asyncio.Future[WorkerLink] = asyncio.get_running_loop().create_future()
                self._waiting.append(place)
                try:
                    async with asyncio.timeout(seconds):
                        worker = await place
                except BaseException as error:
                    if place.done() and not place.cancelled() and place.exception() is None:
                        self.offer(place.result())  # it came just as we gave up
                    if isinstance(error, TimeoutError):
                        raise EngineUnavailable(
                            "No query process could be started in time. If it stays so, look at the store and the memory "
                            "of the machine that runs the service.",
                            "查询进程未能及时启动。若持续如此，请检查运行本服务的机器的存储与内存。",
                        ) from None
                    raise
            if not worker.ended:
                return worker

    def offer(self, worker: WorkerLink) -> None:
        """Takes a process back that is fit for the next query."""
        if worker.ended:
            return
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(worker)
                return
        self._idle.append(worker)

    async def stop(self) -> None:
        """Kills every process and waits until none is left."""
        self._stopping = True
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_exception(EngineStopping())
        workers = list(self._all)
        for worker in workers:
            worker.kill(EngineStopping())
        for starter in self._starters:
            starter.cancel()
        await asyncio.gather(*(worker.reap() for worker in workers))
        while self._starters or self._reapers:
            await asyncio.gather(*self._starters, *self._reapers, return_exceptions=True)

    async def _add(self) -> None:
        worker = WorkerLink(self._on_end)
        await worker.start(self._arguments)
        self._observer.worker_started(worker.started["seconds"])
        if self._stopping or worker.ended:
            worker.kill()
            return
        self._all[worker] = None
        self.offer(worker)

    def _on_end(self, worker: WorkerLink) -> None:
        """A process ended, killed or by itself: another is started."""
        self._track(worker.reap(), self._reapers)
        self._all.pop(worker, None)
        if worker in self._idle:
            self._idle.remove(worker)
        if worker.started:
            self._observer.worker_ended(worker.end)
            self._fill_up()

    def _fill_up(self) -> None:
        if self._stopping:
            return
        for _ in range(self._wanted - len(self._all) - self._pending):
            self._pending += 1
            self._track(self._start_one(), self._starters)

    async def _start_one(self) -> None:
        """Starts a process; where that fails, tries again after growing pauses."""
        pause = FIRST_PAUSE
        try:
            while not self._stopping:
                try:
                    await self._add()
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
