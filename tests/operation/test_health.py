"""Liveness and readiness."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from time import monotonic

import httpx
import pytest
from conftest import Service, ServiceFactory

from kgservice.app import create_app
from kgservice.engine.interface import Query
from kgservice.engine.pool import PoolLimits, WorkerPool
from kgservice.engine.store import make_store
from kgservice.operation.application import Application
from kgservice.operation.health import FRESH_SECONDS, PROBE_SECONDS
from kgservice.release import open_release
from kgservice.settings import Settings

from .conftest import Serve, Two, wait_until


def test_ready_says_what_is_served_and_since_when(service: Service) -> None:
    answer = service.client.get("/health/ready")
    assert answer.headers["cache-control"] == "no-store"
    standing = answer.json()
    assert standing.keys() == {"status", "release", "since"}
    assert standing["release"] == service.release.id
    assert datetime.fromisoformat(standing["since"]).tzinfo is not None
    for address in ("/health/live", "/health/ready"):
        head = service.client.head(address)
        assert head.status_code == 200 and head.content == b""
    paths = service.client.get("/openapi.json").json()["paths"]
    assert {"/health/live", "/health/ready"} <= paths.keys()


def test_a_service_whose_workers_hang_lives_but_is_not_ready(serve: Serve, two: Two) -> None:
    with serve() as kg:
        frozen: set[int] = set()

        def freeze() -> httpx.Response:
            for child in set(kg.children()) - frozen:
                os.kill(child, signal.SIGSTOP)
                frozen.add(child)
            return kg.get("health/ready", headers={"accept-language": "zh"})

        wait_until(lambda: freeze().status_code == 503)
        problem = freeze().json()
        assert problem["type"].endswith("/problem/not-ready")
        assert "未在 2 秒内" in problem["detail"]
        assert kg.get("health/live").json() == {"status": "live"}
        for child in frozen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGCONT)
        wait_until(lambda: kg.get("health/ready").status_code == 200)


def test_many_who_ask_at_once_cost_one_query(run_service: ServiceFactory) -> None:
    with run_service() as service:
        asked: list[Query] = []
        answer = service.engine.answer

        def count(query: Query):  # type: ignore[no-untyped-def]
            asked.append(query)
            return answer(query)

        service.engine.answer = count  # type: ignore[method-assign]

        async def ask_all() -> list[int]:
            async with httpx.AsyncClient(base_url=service.url, timeout=60) as client:
                answers = await asyncio.gather(*(client.get("/health/ready") for _ in range(20)))
                return [answer.status_code for answer in answers]

        assert asyncio.run(ask_all()) == [200] * 20
        assert 1 <= len(asked) < 20


async def test_a_hung_engine_is_told_in_time_and_asked_once_a_second(
    application: Application,
) -> None:
    asked: list[float] = []

    @contextlib.asynccontextmanager
    async def hang(_query: Query) -> AsyncIterator[None]:
        asked.append(monotonic())
        await asyncio.sleep(3600)
        yield

    async with started(application) as client:
        answer = application.current.engine.answer
        application.current.engine.answer = hang  # type: ignore[method-assign]

        async def probe(after: float) -> float:
            await asyncio.sleep(after)
            began = monotonic()
            answer = await client.get("/health/ready")
            assert answer.status_code == 503
            assert answer.json()["type"].endswith("/problem/not-ready")
            return monotonic() - began

        # Five at once, one in the middle, one that takes the failure that is still fresh.
        waits = await asyncio.gather(*(probe(after) for after in (0, 0, 0, 0, 0, 1, 2.2)))
        assert max(waits) < PROBE_SECONDS + 1
        assert waits[5] < PROBE_SECONDS - 0.5
        assert waits[6] < 0.5
        assert len(asked) == 1
        # One of two leaves: the other has its answer. Then the engine is well again, and asked again.
        await asyncio.sleep(FRESH_SECONDS)
        leaving = asyncio.create_task(probe(0))
        staying = asyncio.create_task(probe(0))
        await asyncio.sleep(0.5)
        leaving.cancel()
        assert await staying < PROBE_SECONDS + 1
        assert len(asked) == 2
        application.current.engine.answer = answer  # type: ignore[method-assign]
        await asyncio.sleep(FRESH_SECONDS)
        assert (await client.get("/health/ready")).status_code == 200


@contextlib.asynccontextmanager
async def started(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """The application between start and stop, and a client for it."""
    await application.current.engine.start()
    try:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client
    finally:
        await application.current.engine.stop(0)


@pytest.fixture
def application(two: Two) -> Application:
    release = open_release(two.path)
    engine = WorkerPool(
        make_store(two.path, release), PoolLimits(workers=1, spares=0), base="https://example.org/"
    )
    return create_app(replace(Settings(), releases=two.path), release, engine)


async def test_a_service_that_stops_is_not_ready(application: Application) -> None:
    async with started(application) as client:
        assert (await client.get("/health/ready")).status_code == 200
        application.begin_stop()
        answer = await client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["type"].endswith("/problem/unavailable")
        assert (await client.get("/health/live")).status_code == 200


async def test_an_engine_without_its_data_is_not_ready(two: Two, application: Application) -> None:
    empty = open_release(two.path)
    (empty.graph).write_bytes(b"")
    engine = WorkerPool(
        make_store(two.path.parent / "elsewhere", empty),
        PoolLimits(workers=1, spares=0),
        base="https://example.org/",
    )
    application.current.engine = engine
    async with started(application) as client:
        answer = await client.get("/health/ready")
        assert answer.status_code == 503
        assert "no data" in answer.json()["detail"]
