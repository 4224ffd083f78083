"""The two lanes: a long query makes way for the short ones, keeps its right to an answer, and the processes are bounded."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import BASE

from kgservice.engine.errors import (
    EngineStopping,
    QueryCancelled,
    QueryTimeout,
    QueueFull,
)
from kgservice.engine.interface import Query
from kgservice.engine.lanes import REMEMBERED, LongTexts
from kgservice.engine.limits import PoolLimits
from kgservice.engine.pool import WorkerPool

MakePool = Callable[..., AbstractAsyncContextManager[WorkerPool]]
TEN = "VALUES ?{} {{0 1 2 3 4 5 6 7 8 9}}"
LIGHT = "SELECT (1 AS ?n) {}"
STREAM = "SELECT * {" + " ".join(TEN.format(name) for name in "abcdefghij") + "}"


def endless(number: int) -> str:
    """A query that ends with nothing but its process; each number another text."""
    pattern = " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(14))
    return f"SELECT (COUNT(*) + {number} AS ?n) {{ {pattern} }}"


def medium(number: int) -> str:
    """A query of about a second; its answer is 10,000,000 + ``number``."""
    pattern = " ".join(TEN.format(name) for name in "abcdefg")
    return f"SELECT (COUNT(*) + {number} AS ?n) {{ {pattern} }}"


@pytest.fixture
def make_pool(store: Path) -> MakePool:
    @contextlib.asynccontextmanager
    async def make(**limits: object) -> AsyncIterator[WorkerPool]:
        usual = PoolLimits(
            workers=2, spares=1, long_workers=2, long_after=0.1, deadline=60.0, memory=512
        )
        pool = WorkerPool(store, replace(usual, **limits), base=f"{BASE}/")  # type: ignore[arg-type]
        await pool.start()
        try:
            yield pool
        finally:
            await pool.stop(0)
            assert pool.process_ids == []

    return make


async def ask(pool: WorkerPool, text: str, name: str | None = None) -> bytes:
    async with pool.answer(Query(text, "csv", id=name)) as answer:
        return b"".join([part async for part in answer])


async def until(pool: WorkerPool, **figures: int) -> None:
    """Waits until the pool has these figures."""
    async with asyncio.timeout(30):
        while not figures.items() <= pool.figures.items():
            await asyncio.sleep(0.01)


async def end(*tasks: asyncio.Task[bytes]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_four_hostile_queries_leave_the_short_lane_to_the_others(make_pool: MakePool) -> None:
    async with make_pool() as pool:
        hostile = [asyncio.create_task(ask(pool, endless(n))) for n in range(4)]
        for _ in range(200):
            assert await ask(pool, LIGHT) == b"n\r\n1\r\n"
            assert len(pool.process_ids) <= pool.limits.most_processes
        # Several at once need both places of the short lane, and get them.
        for _ in range(20):
            assert (
                await asyncio.gather(*(ask(pool, LIGHT) for _ in range(4))) == [b"n\r\n1\r\n"] * 4
            )
        await until(pool, running_long=2, waiting_long=2, running_short=0)
        assert not [task for task in hostile if task.done()]
        await end(*hostile)
        await until(pool, running_long=0, waiting_long=0)


async def test_a_displaced_query_is_begun_again_and_answered_rightly(make_pool: MakePool) -> None:
    async with make_pool(workers=1, long_workers=1) as pool:
        first = asyncio.create_task(ask(pool, endless(0), "first"))
        await until(pool, running_long=1, running_short=0)
        second = asyncio.create_task(ask(pool, endless(1), "second"))
        third = asyncio.create_task(ask(pool, medium(7), "third"))
        # the third waits for the place of the second, which is no short one
        await until(pool, running_long=1, waiting_long=1, running_short=1, waiting_short=0)
        await asyncio.sleep(0.2)
        assert await ask(pool, LIGHT) == b"n\r\n1\r\n"
        await until(pool, waiting_long=2, running_short=0)
        assert pool.cancel("second"), "also while it waits"
        with pytest.raises(QueryCancelled):
            await second
        assert pool.cancel("first")
        with pytest.raises(QueryCancelled):
            await first
        assert await third == b"n\r\n10000007\r\n"


async def test_without_others_a_long_query_stays_where_it_is(make_pool: MakePool) -> None:
    """Nothing is begun twice for nobody's sake."""
    async with make_pool(workers=2, long_workers=1) as pool:
        tasks = [asyncio.create_task(ask(pool, endless(n), str(n))) for n in range(3)]
        await until(pool, running_long=1, running_short=2)
        workers = set(pool._busy)
        await asyncio.sleep(0.3)
        assert set(pool._busy) == workers
        assert pool.cancel("0")
        await until(pool, running_long=1, running_short=1)  # one of the others has moved on
        assert set(pool._busy) < workers
        await end(*tasks)


async def test_an_answer_that_has_begun_breaks_off_when_its_place_is_needed(
    make_pool: MakePool,
) -> None:
    async with make_pool(workers=1, long_workers=1) as pool:
        endless_one = asyncio.create_task(ask(pool, endless(0)))
        await until(pool, running_long=1)
        async with pool.answer(Query(STREAM, "csv")) as answer:
            parts = aiter(answer)
            await anext(parts)
            await asyncio.sleep(0.3)
            assert await ask(pool, LIGHT) == b"n\r\n1\r\n"
            with pytest.raises(QueueFull):
                async for _ in parts:
                    pass
        await end(endless_one)


async def test_a_text_that_was_long_goes_straight_to_the_long_lane(make_pool: MakePool) -> None:
    async with make_pool(workers=1, long_workers=2) as pool:
        first = asyncio.create_task(ask(pool, endless(0)))
        await until(pool, running_long=1)
        again = asyncio.create_task(ask(pool, endless(0)))
        while pool.figures["running_long"] < 2:
            assert pool.figures["running_short"] == 0
            await asyncio.sleep(0)
        await end(first, again)


async def test_the_long_lane_has_a_queue_of_its_own_and_it_is_bounded(make_pool: MakePool) -> None:
    async with make_pool(workers=2, long_workers=1, long_queue_length=1) as pool:
        tasks = [asyncio.create_task(ask(pool, endless(0)))]
        await until(pool, running_long=1)
        tasks.append(asyncio.create_task(ask(pool, endless(0))))
        await until(pool, waiting_long=1)
        with pytest.raises(QueueFull) as caught:
            await ask(pool, endless(0))
        assert caught.value.retry_after >= 1
        assert await ask(pool, LIGHT), "the queue of the short lane is another one"
        await end(*tasks)


async def test_waiting_for_the_long_lane_has_an_end(make_pool: MakePool) -> None:
    async with make_pool(workers=1, long_workers=1, queue_wait=0.3) as pool:
        first = asyncio.create_task(ask(pool, endless(0)))
        await until(pool, running_long=1)
        with pytest.raises(QueueFull):
            await ask(pool, endless(0))
        await end(first)


async def test_the_deadline_holds_in_every_place(make_pool: MakePool) -> None:
    async with make_pool(workers=2, long_workers=1, deadline=1.0) as pool:
        began = time.monotonic()
        tasks = [asyncio.create_task(ask(pool, endless(n))) for n in range(3)]
        for task in tasks:
            with pytest.raises(QueryTimeout):
                await task
        assert time.monotonic() - began < 10
        await until(pool, running_long=0, running_short=0)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_a_long_query_has_a_lower_priority_in_all_its_threads(make_pool: MakePool) -> None:
    async with make_pool(workers=1, spares=0, long_workers=1) as pool:
        ours = os.getpriority(os.PRIO_PROCESS, 0)
        running = asyncio.create_task(ask(pool, medium(0)))
        await until(pool, running_long=1)
        (worker,) = pool._busy
        assert worker.process is not None
        threads = [int(name) for name in os.listdir(f"/proc/{worker.process.pid}/task")]
        assert len(threads) >= 2
        assert {os.getpriority(os.PRIO_PROCESS, thread) for thread in threads} == {ours + 10}
        assert await running == b"n\r\n10000000\r\n"
        # It is kept only where its priority could be restored.
        for pid in pool.process_ids:
            assert os.getpriority(os.PRIO_PROCESS, pid) == ours


async def test_stopping_tells_those_who_wait_for_the_long_lane(make_pool: MakePool) -> None:
    async with make_pool(workers=1, long_workers=1) as pool:
        tasks = [asyncio.create_task(ask(pool, endless(0)))]
        await until(pool, running_long=1)
        tasks.append(asyncio.create_task(ask(pool, endless(0))))
        await until(pool, waiting_long=1)
        await pool.stop(0)
        for task in tasks:
            with pytest.raises(EngineStopping):
                await task


async def test_a_storm_of_hostile_queries_is_bounded_and_leaves_nothing(
    make_pool: MakePool,
) -> None:
    async with make_pool(deadline=1.5, queue_length=100, long_queue_length=4) as pool:
        tasks = [asyncio.create_task(ask(pool, endless(n))) for n in range(40)]
        done: list[object] = []
        while not all(task.done() for task in tasks):
            assert len(pool.process_ids) <= pool.limits.most_processes
            assert pool.figures["waiting_long"] <= 4
            await asyncio.sleep(0.01)
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(one) for one in done} == {QueryTimeout, QueueFull}
        assert await ask(pool, LIGHT) == b"n\r\n1\r\n"
        await until(pool, running_short=0, running_long=0, waiting_short=0, waiting_long=0)
        assert pool._running == {}
        assert pool._overstaying == []
        assert pool._short._free == pool.limits.workers
        assert pool._long._free == pool.limits.long_workers


def test_only_so_many_long_texts_are_remembered() -> None:
    texts = LongTexts()
    for number in range(REMEMBERED + 10):
        texts.add(f"SELECT {number}")
    assert "SELECT 9" not in texts
    assert "SELECT 10" in texts
    texts.discard("SELECT 10")
    assert "SELECT 10" not in texts
    assert len(texts._digests) == REMEMBERED - 1
