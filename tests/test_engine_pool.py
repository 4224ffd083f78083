"""The pool: one query per process, each killed when its query must end, and nobody else touched."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import BASE, EX

from kgservice.engine.errors import (
    EngineError,
    EngineStopping,
    EngineUnavailable,
    EvaluationFailed,
    QueryCancelled,
    QueryMemory,
    QuerySyntaxError,
    QueryTimeout,
    QueryUnsupported,
    QueueFull,
    ResultTooLarge,
    ResultUnwritable,
    WorkerCrashed,
)
from kgservice.engine.interface import Dataset, Query
from kgservice.engine.pool import PoolLimits, WorkerPool

MakePool = Callable[..., AbstractAsyncContextManager[WorkerPool]]
TEN = "VALUES ?{} {{0 1 2 3 4 5 6 7 8 9}}"
ENDLESS = "SELECT (COUNT(*) AS ?n) {" + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(14)) + "}"
MANY_ROWS = "SELECT * {" + " ".join(TEN.format(name) for name in "abcdef") + "}"
GROWING = (
    'SELECT (STRLEN(?g) AS ?n) {BIND("' + "x" * 64 + '" AS ?a)'
    + "".join(f'BIND(REPLACE(?{a}, "x", ?a) AS ?{b})' for a, b in zip("abcdef", "bcdefg", strict=True))
    + "}"
)  # fmt: skip


@pytest.fixture
def make_pool(store: Path) -> MakePool:
    @contextlib.asynccontextmanager
    async def make(*, union: bool = True, **limits: object) -> AsyncIterator[WorkerPool]:
        # A long query gets what the others leave of the processors, on a busy machine nearly nothing: none is long
        # here unless the test is about that.
        usual = PoolLimits(workers=2, spares=1, deadline=20.0, memory=512, long_after=60)
        chosen = replace(usual, **limits)  # type: ignore[arg-type]
        pool = WorkerPool(store, chosen, base=f"{BASE}/", union_default_graph=union)
        await pool.start()
        try:
            yield pool
        finally:
            processes = pool.process_ids
            await pool.stop(0)
            assert not [pid for pid in processes if alive(pid)], "a process outlived its pool"

    return make


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def ask(pool: WorkerPool, text: str, form: str | None = "csv", **more: object) -> bytes:
    parts = []
    async with pool.answer(Query(text, form, **more)) as answer:  # type: ignore[arg-type]
        async for part in answer:
            parts.append(part)
    return b"".join(parts)


async def settle(pool: WorkerPool) -> None:
    """Waits until the pool is complete again."""
    wanted = pool.limits.workers + pool.limits.spares
    async with asyncio.timeout(20):
        while len(pool._crew.idle) < wanted:
            await asyncio.sleep(0.01)


async def test_it_answers(make_pool: MakePool) -> None:
    async with make_pool() as pool:
        answer = await ask(pool, f"SELECT ?n {{ <{EX}证书/甲> <{EX}名称> ?n }}")
        assert answer.decode() == "n\r\n证书甲，“引号”与 & <符号>\r\n"
        assert await ask(pool, "ASK { FILTER(false) }", "json") == b'{"head":{},"boolean":false}'


async def test_the_default_graph_is_the_union_unless_told_otherwise(make_pool: MakePool) -> None:
    everything = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    only_c = f"SELECT (COUNT(*) AS ?n) FROM <{BASE}/graph/c> {{ ?s ?p ?o }}"
    async with make_pool(workers=1, spares=0) as pool:
        assert await ask(pool, everything) == b"n\r\n8\r\n"
        assert await ask(pool, only_c, own_dataset=True) == b"n\r\n1\r\n"
        graphs = Dataset((f"{BASE}/graph/a", f"{BASE}/graph/c"))
        assert await ask(pool, everything, dataset=graphs) == b"n\r\n4\r\n"
        # The protocol's dataset wins over FROM (SPARQL 1.1 Protocol, 2.1.4).
        assert await ask(pool, only_c, dataset=graphs, own_dataset=True) == b"n\r\n4\r\n"
        named_only = Dataset((), (f"{BASE}/graph/a",))
        assert await ask(pool, everything, dataset=named_only) == b"n\r\n0\r\n"
        in_graphs = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
        assert await ask(pool, in_graphs, dataset=named_only) == b"n\r\n3\r\n"
        assert await ask(pool, in_graphs) == b"n\r\n8\r\n"
    async with make_pool(workers=1, spares=0, union=False) as pool:
        assert await ask(pool, everything) == b"n\r\n0\r\n"


async def test_a_deadline_ends_the_query_and_its_process(make_pool: MakePool) -> None:
    async with make_pool(deadline=0.5) as pool:
        before = set(pool.process_ids)
        began = time.monotonic()
        with pytest.raises(QueryTimeout):
            await ask(pool, ENDLESS)
        assert time.monotonic() - began < 3
        assert await ask(pool, "ASK {}", "json")
        await settle(pool)
        assert len(before - set(pool.process_ids)) == 1


async def test_others_are_served_meanwhile(make_pool: MakePool) -> None:
    async with make_pool(deadline=2.0) as pool:
        hostile = asyncio.create_task(ask(pool, ENDLESS))
        answered = 0
        while not hostile.done():
            assert await ask(pool, f"SELECT ({answered} AS ?n) {{}}") == b"n\r\n%d\r\n" % answered
            answered += 1
        with pytest.raises(QueryTimeout):
            await hostile
        assert answered > 50


@pytest.mark.parametrize(
    "query",
    [GROWING, "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o . ?q ?r ?s } ORDER BY ?c ?f"],
    ids=["literal", "order"],
)  # fmt: skip
async def test_memory_ends_the_query_and_comes_back(make_pool: MakePool, query: str) -> None:
    async with make_pool(workers=1, memory=128) as pool:
        with pytest.raises(QueryMemory):
            await ask(pool, query)
        assert await ask(pool, "ASK {}", "json")
        await settle(pool)
        held = [worker.private_bytes() for worker in pool._crew.idle]
        assert max(held) < 64 * 1024 * 1024


async def test_a_worker_whose_memory_has_grown_is_replaced(make_pool: MakePool) -> None:
    """200 MB within the limit are answered, but the process is not kept."""
    async with make_pool(workers=1, spares=0, memory=600) as pool:
        before = pool.process_ids
        ordered = MANY_ROWS + " ORDER BY ?f ?e"
        assert (await ask(pool, ordered)).count(b"\n") == 1_000_001
        await settle(pool)
        assert pool.process_ids != before


async def test_leaving_the_answer_kills_the_query(make_pool: MakePool) -> None:
    async with make_pool(workers=1, spares=0) as pool:
        (before,) = pool.process_ids
        async with pool.answer(Query(MANY_ROWS, "csv")) as answer:
            async for _ in answer:
                break
        assert await ask(pool, "ASK {}", "json")
        assert not alive(before)


async def test_cancelling_the_task_kills_the_query(make_pool: MakePool) -> None:
    async with make_pool(workers=1, spares=0) as pool:
        (before,) = pool.process_ids
        task = asyncio.create_task(ask(pool, ENDLESS))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await ask(pool, "ASK {}", "json")
        assert not alive(before)


async def test_a_query_is_cancelled_by_its_id_and_no_other(make_pool: MakePool) -> None:
    async with make_pool() as pool:
        tasks = [asyncio.create_task(ask(pool, ENDLESS, id=name)) for name in ("one", "two")]
        await asyncio.sleep(0.1)
        assert not pool.cancel("three")
        assert pool.cancel("one")
        with pytest.raises(QueryCancelled):
            await tasks[0]
        assert not tasks[1].done()
        assert pool.cancel("two")
        with pytest.raises(QueryCancelled):
            await tasks[1]
        assert not pool.cancel("one")


async def test_a_killed_worker_fails_only_its_own_query(make_pool: MakePool) -> None:
    async with make_pool() as pool:
        other = asyncio.create_task(ask(pool, MANY_ROWS))
        async with pool.answer(Query(MANY_ROWS, "csv", id="mine")) as answer:
            received = 0
            with pytest.raises(WorkerCrashed):
                async for part in answer:
                    if not received:
                        (worker,) = [
                            link for link, run in pool._busy.items() if run.query.id == "mine"
                        ]
                        assert worker.process is not None
                        os.kill(worker.process.pid, signal.SIGKILL)
                    received += len(part)
        assert received
        assert (await other).count(b"\n") == 1_000_001


async def test_an_idle_worker_that_dies_is_replaced(make_pool: MakePool) -> None:
    async with make_pool() as pool:
        before = pool.process_ids
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.05)
        await settle(pool)
        assert not set(before) & set(pool.process_ids)
        assert await ask(pool, "ASK {}", "json")


async def test_a_full_queue_refuses_and_a_short_one_waits(make_pool: MakePool) -> None:
    async with make_pool(workers=1, spares=0, queue_length=1, deadline=1.5) as pool:
        running = asyncio.create_task(ask(pool, ENDLESS))
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(ask(pool, "ASK {}", "json"))
        await asyncio.sleep(0.05)
        with pytest.raises(QueueFull) as caught:
            await ask(pool, "ASK {}", "json")
        assert caught.value.retry_after >= 1
        with pytest.raises(QueryTimeout):
            await running
        assert await waiting == b'{"head":{},"boolean":true}'


async def test_waiting_has_an_end(make_pool: MakePool) -> None:
    async with make_pool(workers=1, spares=0, queue_wait=0.2, deadline=5) as pool:
        running = asyncio.create_task(ask(pool, ENDLESS, id="x"))
        await asyncio.sleep(0.05)
        with pytest.raises(QueueFull):
            await ask(pool, "ASK {}", "json")
        pool.cancel("x")
        with pytest.raises(QueryCancelled):
            await running
        assert await ask(pool, "ASK {}", "json")


async def test_who_stops_waiting_takes_no_worker_along(make_pool: MakePool) -> None:
    async with make_pool(workers=1, spares=0) as pool:
        running = asyncio.create_task(ask(pool, MANY_ROWS))
        await asyncio.sleep(0.02)
        waiting = [asyncio.create_task(ask(pool, "ASK {}", "json")) for _ in range(20)]
        await asyncio.sleep(0.02)
        for task in waiting[::2]:
            task.cancel()
        await running
        done = await asyncio.gather(*waiting, return_exceptions=True)
        assert sum(isinstance(one, bytes) for one in done) == 10
        assert len(pool._crew.idle) == 1


async def test_the_answer_is_bounded_where_a_bound_is_set(make_pool: MakePool) -> None:
    async with make_pool(workers=1, spares=0, max_result_bytes=2_000_000) as pool:
        with pytest.raises(ResultTooLarge):
            await ask(pool, MANY_ROWS)
        assert len(await ask(pool, MANY_ROWS + " LIMIT 1000")) < 2_000_000


@pytest.mark.parametrize(
    ("query", "form", "error"),
    [
        ("SELECT * {\n ?s foaf:name ?o }", "csv", QuerySyntaxError),
        ("", "csv", QuerySyntaxError),
        ("SELECT * { ?s ?p", None, QuerySyntaxError),
        ("SELECT (<http://example.org/f>(1) AS ?x) {}", "csv", QueryUnsupported),
        ("SELECT * {}", "turtle", ResultUnwritable),
        ("CONSTRUCT { <a:a> <http://example.org/1> 1 } WHERE {}", "rdfxml", ResultUnwritable),
    ],
)
async def test_what_is_wrong_with_a_query_is_told_and_the_worker_kept(
    make_pool: MakePool, query: str, form: str | None, error: type[EngineError]
) -> None:
    async with make_pool(workers=1, spares=0) as pool:
        before = pool.process_ids
        with pytest.raises(error) as caught:
            await ask(pool, query, form)
        assert caught.value.zh
        assert await ask(pool, "ASK {}", "json")
        assert pool.process_ids == before


async def test_a_syntax_error_says_where(make_pool: MakePool) -> None:
    async with make_pool(workers=1, spares=0) as pool:
        with pytest.raises(QuerySyntaxError) as caught:
            await ask(pool, "SELECT *\n{ ?证书 foaf:name ?o }")
        assert (caught.value.line, caught.value.column) == (2, 16)
        assert caught.value.message == "Prefix not found"
        assert caught.value.near == "{ ?证书 foaf:name"


async def test_workers_have_no_network(make_pool: MakePool) -> None:
    """The second wall: even a query that the check would have refused reaches nobody."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        async with make_pool(workers=1, spares=0) as pool:
            if pool._crew.idle[0].started["offline"] is None:
                pytest.skip(
                    "this system lets a process neither leave the network nor refuse sockets"
                )
            with pytest.raises(EvaluationFailed):
                await ask(pool, f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}")
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")
def test_the_other_way_off_the_network_holds_too() -> None:
    """Where namespaces are not allowed (most containers), a filter refuses every socket, in later threads as well."""
    code = """
import ctypes, socket, threading
from kgservice.engine.confinement import refuse_sockets
kept = socket.socketpair()
print(refuse_sockets(ctypes.CDLL(None, use_errno=True)))
def connect():
    try:
        socket.create_connection(("127.0.0.1", 1))
    except PermissionError:
        print("refused")
thread = threading.Thread(target=connect)
thread.start(); thread.join()
kept[0].send(b"x"); print(kept[1].recv(1))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.split() == ["True", "refused", "b'x'"]


async def test_workers_end_with_the_process_that_started_them(store: Path) -> None:
    code = f"""
import asyncio, os
from pathlib import Path
from kgservice.engine.interface import Query
from kgservice.engine.pool import PoolLimits, WorkerPool
async def main():
    pool = WorkerPool(Path({str(store)!r}), PoolLimits(workers=2, spares=0), base="http://x/")
    await pool.start()
    print(*pool.process_ids, flush=True)
    async with pool.answer(Query({ENDLESS!r}, "csv")) as answer:
        async for _ in answer: pass
asyncio.run(main())
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        await asyncio.sleep(0.3)
        assert len(pids) == 2
        assert all(alive(pid) for pid in pids)
        parent.kill()
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "a worker outlived its parent"
        await asyncio.sleep(0.02)


async def test_stopping_lets_running_queries_end(make_pool: MakePool) -> None:
    async with make_pool(workers=1, spares=0) as pool:
        running = asyncio.create_task(ask(pool, MANY_ROWS))
        await asyncio.sleep(0.05)
        stopping = asyncio.create_task(pool.stop(10))
        await asyncio.sleep(0.05)
        with pytest.raises(EngineStopping):
            await ask(pool, "ASK {}", "json")
        assert (await running).count(b"\n") == 1_000_001
        await stopping


async def test_stopping_ends_what_does_not_end(make_pool: MakePool) -> None:
    async with make_pool(workers=1, spares=0) as pool:
        running = asyncio.create_task(ask(pool, ENDLESS))
        await asyncio.sleep(0.05)
        await pool.stop(0.1)
        with pytest.raises(EngineStopping):
            await running


async def test_a_store_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    pool = WorkerPool(tmp_path / "none", PoolLimits(workers=2), base=f"{BASE}/")
    with pytest.raises(EngineUnavailable) as caught:
        await pool.start()
    assert "Traceback" not in caught.value.en
    assert pool.process_ids == []


async def test_many_at_once_are_all_answered_rightly(make_pool: MakePool) -> None:
    async with make_pool(queue_length=500) as pool:
        queries = [ask(pool, f"SELECT ({n} AS ?n) {{}}") for n in range(300)]
        answers = await asyncio.gather(*queries)
        assert answers == [b"n\r\n%d\r\n" % n for n in range(300)]
        assert len(pool._crew.idle) >= 2
