"""What is asked once per release: one question for all who wait, a failure that is not kept, and a first page without."""

from __future__ import annotations

import asyncio

import httpx
from conftest import BASE
from fastapi import FastAPI

from kgservice.engine.errors import QueryTimeout
from kgservice.pages.answering import PageWriter
from kgservice.pages.figures import Figures
from kgservice.pages.home import make_router
from kgservice.pages.once import Once
from kgservice.pages.site import Site
from kgservice.release import Release


async def test_all_who_wait_get_one_answer() -> None:
    asked: list[int] = []
    go = asyncio.Event()

    async def ask() -> int:
        asked.append(1)
        await go.wait()
        return 7

    once = Once(ask)
    waiting = [asyncio.create_task(once.get()) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()  # who leaves stops nobody
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(*waiting[1:]) == [7] * 4
    assert await once.get() == 7
    assert asked == [1]


async def test_a_failure_is_told_to_all_and_not_kept() -> None:
    asked: list[int] = []

    async def ask() -> str:
        asked.append(1)
        await asyncio.sleep(0)
        if len(asked) == 1:
            raise RuntimeError
        return "found"

    once = Once(ask)
    failed = await asyncio.gather(once.get(), once.get(), return_exceptions=True)
    assert [type(one) for one in failed] == [RuntimeError] * 2
    assert await once.get() == "found"
    assert len(asked) == 2


async def test_the_box_does_not_wait_for_figures(real_release: Release) -> None:
    """A graph so large that it cannot be counted in time still has a first page; nobody keeps it."""

    async def count() -> Figures:
        raise QueryTimeout(10)

    app = FastAPI()
    app.include_router(make_router(PageWriter(Site(), BASE, real_release), Once(count)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        page = await client.get("/")
    assert page.status_code == 200
    assert 'name="q"' in page.text and "/eligibility" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "etag" not in page.headers
