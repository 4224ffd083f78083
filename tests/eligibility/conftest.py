"""The facts of the project as it stands, and the routes over them behind a real server."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from kgservice.api.context import ApiContext
from kgservice.api.eligibility import make_router
from kgservice.build.assemble import assemble
from kgservice.build.names import Names
from kgservice.build.project import Project
from kgservice.eligibility.facts import Facts, Rows
from kgservice.eligibility.loading import load_facts, load_rows
from kgservice.eligibility.person import Held, Person
from kgservice.engine.pool import PoolLimits, WorkerPool
from kgservice.engine.store import make_store
from kgservice.faults import FaultList
from kgservice.questions import read_questions
from kgservice.release import Release, open_release, switch_current
from kgservice.server import listen, make_server
from kgservice.settings import Settings

ROOT = Path(__file__).parents[2]
BASE = "https://w3id.org/zhicheng"
DAY = date(2025, 11, 20)
MRICS, CMA, FIPA = "certificate/c00085", "certificate/c00348", "certificate/c00356"


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the real graph."""
    faults = FaultList()
    assembly = assemble(Project(ROOT), Names(BASE), faults, lambda zh, en: None)
    assert not faults.violations
    graph = "".join(assembly.graphs.nquads()).encode()
    digest = hashlib.sha256(graph).hexdigest()
    releases = tmp_path_factory.mktemp("releases")
    folder = releases / digest[:16]
    folder.mkdir()
    (folder / "graph.nq").write_bytes(graph)
    manifest = {
        **{"format": 1, "release": digest[:16], "base": BASE, "version": "0.0.0", "inputs": {}},
        **{"graphs": {}, "counts": {}, "prefixes": {"zcid": f"{BASE}/id/", "zc": f"{BASE}/ns/"}},
        "files": {"graph.nq": {"sha256": digest, "bytes": len(graph)}},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    switch_current(releases, digest[:16])
    return open_release(releases)


@pytest.fixture(scope="session")
def make_context(release: Release) -> Callable[[], ApiContext]:
    """Makes a context with an engine of its own, which is not started."""

    def make() -> ApiContext:
        engine = WorkerPool(
            make_store(release.path.parent, release),
            PoolLimits(workers=1, spares=0, deadline=60.0, memory=512),
            base=f"{BASE}/",
            prefixes=release.manifest["prefixes"],
        )
        settings = replace(Settings(), releases=release.path.parent)
        return ApiContext(settings, release, engine, read_questions(ROOT / "queries", BASE))

    return make


@dataclass(frozen=True)
class WholeFacts(Facts):
    """The facts with the rows of every certificate."""

    rows: Rows = field(default_factory=dict)


@pytest.fixture(scope="session")
def facts(make_context: Callable[[], ApiContext]) -> WholeFacts:
    """The facts, asked of a real engine."""

    async def load() -> WholeFacts:
        context = make_context()
        await context.engine.start()
        try:
            found = await load_facts(context.ask, context.path)
            rows = {
                one: await load_rows(context.ask, context.path, one) for one in found.certificates
            }
            return WholeFacts(**vars(found), rows=rows)
        finally:
            await context.engine.stop(1)

    return asyncio.run(load())


@pytest.fixture(scope="session")
def app(make_context: Callable[[], ApiContext]) -> FastAPI:
    """An application with the routes of eligibility alone; it tells no errors of its own."""
    context = make_context()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await context.engine.start()
        yield
        await context.engine.stop(1)

    application = FastAPI(lifespan=lifespan)
    application.include_router(make_router(context))
    return application


@pytest.fixture(scope="session")
def address(app: FastAPI) -> Iterator[tuple[str, int]]:
    """Host and port of the real server over that application."""
    listener = listen("127.0.0.1", 0)
    server = make_server(app, grace=2.0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    yield "127.0.0.1", listener.getsockname()[1]
    server.should_exit = True
    thread.join(30)
    assert not thread.is_alive()


@pytest.fixture(scope="session")
def client(address: tuple[str, int]) -> Iterator[httpx.Client]:
    """A client of the real server."""
    with httpx.Client(base_url=f"http://{address[0]}:{address[1]}", timeout=60) as client:
        yield client


def person(*certificates: str | tuple[str, str], **data: Any) -> Person:
    """A person on :data:`DAY`: ``person(MRICS, degrees="bachelor", years_of_work=6)``."""
    held = []
    for place, given in enumerate(certificates):
        path, since = (given, None) if isinstance(given, str) else given
        held.append(Held(path, date.fromisoformat(since) if since else None, place))
    if "degrees" in data:
        data["degrees"] = frozenset(f"degree/{code}" for code in data["degrees"].split())
    for years in ("years_of_work", "years_in_region"):
        if isinstance(data.get(years), int | float):
            data[years] = Decimal(str(data[years]))
    if isinstance(data.get("years_in_region"), dict):
        data["years_in_region"] = {k: Decimal(v) for k, v in data["years_in_region"].items()}
    return Person(on=data.pop("on", DAY), held=tuple(held), **data)
