"""The reconciliation service over the real release, in the real application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kgservice.api.context import ApiContext
from kgservice.app import create_app
from kgservice.build.project import Project
from kgservice.engine.pool import PoolLimits, WorkerPool
from kgservice.engine.store import make_store
from kgservice.faults import FaultList
from kgservice.matching.rows import PrintedRow
from kgservice.matching.sources import read_sources
from kgservice.opening import Opened
from kgservice.pages.site import Site
from kgservice.questions import read_questions
from kgservice.reconcile.register import Register, read_register
from kgservice.release import Release
from kgservice.search.index import open_index
from kgservice.serving import make_whole, read_project_questions
from kgservice.settings import Settings

ROOT = Path(__file__).parents[2]
Json = dict[str, Any]


@pytest.fixture(scope="session")
def register(real_release: Release) -> Register:
    """The register of the service, read by itself."""

    async def read() -> Register:
        opened = open_engine(real_release)
        await opened.engine.start()
        try:
            settings = opened.settings
            questions = read_questions(ROOT / "queries", settings.base)
            context = ApiContext(settings, real_release, opened.engine, questions)
            return await read_register(context, open_index(settings.releases, real_release))
        finally:
            await opened.engine.stop(0)

    return asyncio.run(read())


def open_engine(release: Release) -> Opened:
    """The release with an engine of its own, which is not started."""
    releases = release.path.parent
    settings = replace(Settings(), releases=releases, project=ROOT, grace=2.0)
    limits = PoolLimits(workers=2, spares=0, deadline=30.0, memory=512)
    engine = WorkerPool(
        make_store(releases, release),
        limits,
        base=f"{settings.base}/",
        prefixes=release.manifest["prefixes"],
    )
    return Opened(settings, release, engine)


@pytest.fixture(scope="session")
def client(real_release: Release) -> Iterator[TestClient]:
    """A client of the whole service."""
    opened = open_engine(real_release)
    routers = make_whole(opened, read_project_questions(opened.settings), Site())
    application = create_app(opened.settings, real_release, opened.engine, routers)
    with TestClient(application, raise_server_exceptions=False) as running:
        yield running


Ask = Callable[..., list[Json]]


@pytest.fixture(scope="session")
def ask(client: TestClient) -> Ask:
    """The candidates for one name (version 0.2): ``ask("MRICS", type="certificate", issuer="RICS")``."""

    def call(query: str | None = None, **stated: Any) -> list[Json]:
        given = {one: stated.pop(one) for one in ("type", "limit", "type_strict") if one in stated}
        language = stated.pop("accept_language", "zh")
        if query is not None:
            given["query"] = query
        if stated:
            given["properties"] = [{"pid": pid, "v": value} for pid, value in stated.items()]
        answer = post(client, {"q0": given}, {"accept-language": language})
        assert "error" not in answer["q0"], answer["q0"]
        found: list[Json] = answer["q0"]["result"]
        return found

    return call


def post(client: TestClient, batch: Mapping[str, Any], headers: Mapping[str, str] = {}) -> Json:
    """The answer to a batch of version 0.2."""
    answer = client.post("/reconcile", data={"queries": json.dumps(batch)}, headers=dict(headers))
    assert answer.status_code == 200, answer.text[:500]
    document: Json = answer.json()
    return document


def ids(found: list[Json]) -> list[str]:
    """The ids of candidates."""
    return [one["id"] for one in found]


def matched(found: list[Json]) -> list[str]:
    """The ids of the candidates that are a match."""
    return [one["id"] for one in found if one["match"]]


@pytest.fixture(scope="session")
def printed() -> dict[str, tuple[PrintedRow, frozenset[str]]]:
    """Every row of the directories by entry, with the things that persons say it lists."""
    sources = read_sources(Project(ROOT), FaultList())
    return {
        entry: (
            row,
            frozenset(one.replace(":", "/") for one in sources.listed.get(entry, frozenset())),
        )
        for entry, row in sources.rows.items()
    }
