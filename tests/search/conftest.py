"""The names of the project as it stands, their index, and the route over it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pyoxigraph as ox
import pytest
from fastapi import FastAPI, Request, Response

from kgservice.api.context import ApiContext
from kgservice.api.search import make_router
from kgservice.build.assemble import Assembly, assemble
from kgservice.build.names import Names
from kgservice.build.names_index import name_lines
from kgservice.build.project import Project
from kgservice.engine.interface import Engine
from kgservice.faults import FaultList
from kgservice.problems import problem_of, render
from kgservice.questions import read_questions
from kgservice.release import Release, open_release, switch_current
from kgservice.search.index import SearchIndex, open_index
from kgservice.settings import Settings

ROOT = Path(__file__).parents[2]
BASE = "https://w3id.org/zhicheng"
Line = dict[str, Any]


def write_release(releases: Path, names: str | None, graph: str = "") -> Release:
    """A release of these names (or without the file) and this graph."""
    files = {"graph.nq": graph.encode()}
    if names is not None:
        files["names.jsonl"] = names.encode()
    name = hashlib.sha256(b"".join(files.values())).hexdigest()[:16]
    folder = releases / name
    folder.mkdir(parents=True)
    for file, data in files.items():
        (folder / file).write_bytes(data)
    manifest = {
        **{"format": 1, "release": name, "base": BASE, "version": "0.0.0", "inputs": {}},
        **{"graphs": {}, "counts": {}, "prefixes": {"zcid": f"{BASE}/id/", "zc": f"{BASE}/ns/"}},
        "files": {
            file: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            for file, data in files.items()
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    switch_current(releases, name)
    return open_release(releases)


@pytest.fixture(scope="session")
def assembly() -> Assembly:
    """All that the project holds, read and made into graphs."""
    faults = FaultList()
    read = assemble(Project(ROOT), Names(BASE), faults, lambda zh, en: None)
    assert not faults.violations
    return read


@pytest.fixture(scope="session")
def release(assembly: Assembly, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release with the names of the real data."""
    return write_release(tmp_path_factory.mktemp("releases"), "".join(name_lines(assembly)))


@pytest.fixture(scope="session")
def names(release: Release) -> list[Line]:
    """The lines of ``names.jsonl``."""
    with (release.path / "names.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def index(release: Release) -> SearchIndex:
    """The search index of the real data."""
    return open_index(release.path.parent, release)


@pytest.fixture(scope="session")
def store(assembly: Assembly) -> ox.Store:
    """The real graph, for the question that is the search's twin."""
    graph = ox.Store()
    graph.bulk_load(input="".join(assembly.graphs.nquads()).encode(), format=ox.RdfFormat.N_QUADS)
    return graph


@pytest.fixture(scope="session")
def app(release: Release, index: SearchIndex) -> FastAPI:
    """An application with the route of the search alone, and the errors of the service."""
    settings = replace(Settings(), releases=release.path.parent)
    questions = read_questions(ROOT / "queries", BASE)
    # The search asks no engine.
    context = ApiContext(settings, release, cast(Engine, None), questions)
    application = FastAPI()
    application.include_router(make_router(context, index))

    def answer_error(request: Request, error: Exception) -> Response:
        body, headers = render(problem_of(error), BASE, request.headers.getlist("accept-language"))
        return Response(body, problem_of(error).kind.status, dict(headers))

    application.add_exception_handler(Exception, answer_error)
    return application


class Client:
    """Asks an application in this process."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def get(self, path: str, **given: Any) -> httpx.Response:
        """The answer to a GET."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.get(path, **given)

        return asyncio.run(ask())


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Client:
    """A client of that application."""
    return Client(app)
