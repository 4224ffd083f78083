"""The routes over the real data and the real engine, in the real application."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from kgservice.api.context import ApiContext
from kgservice.api.routers import make_routers
from kgservice.app import create_app
from kgservice.build.assemble import Assembly, assemble
from kgservice.build.names import Names
from kgservice.build.names_index import name_lines
from kgservice.build.project import Project
from kgservice.engine.pool import PoolLimits, WorkerPool
from kgservice.engine.store import make_store
from kgservice.faults import FaultList
from kgservice.questions import read_questions
from kgservice.release import Release, open_release, switch_current
from kgservice.search.index import open_index
from kgservice.settings import Settings

ROOT = Path(__file__).parents[2]
BASE = "https://w3id.org/zhicheng"
Json = dict[str, Any]
EDITIONS = {
    "500000-1/2023": "CQ",
    "330000-1/2023": "ZJ",
    "320200-1/2021": "WX",
    "110000-1/annex-5": "BJ",
    "310000-1/3.0": "SH-",
}
REGIONS = {"CQ": "500000", "ZJ": "330000", "WX": "320200", "BJ": "110000", "SH": "310000"}


def row_of(path: str) -> str:
    """``recognition/500000-1/2023/9`` (or an entry's, an exemption's path) → ``CQ9``."""
    edition, _, number = path.partition("/")[2].rpartition("/")
    return EDITIONS[edition] + number


def rows_of(thing: Json) -> list[str]:
    """The rows in ``sources``."""
    return [row_of(source["entry"]) for source in thing["sources"]]


@pytest.fixture(scope="session")
def assembly() -> Assembly:
    """All that the project holds, read and made into graphs."""
    faults = FaultList()
    read = assemble(Project(ROOT), Names(BASE), faults, lambda zh, en: None)
    assert not faults.violations
    return read


@pytest.fixture(scope="session")
def graph(assembly: Assembly) -> str:
    """The real graph, as N-Quads."""
    return "".join(assembly.graphs.nquads())


def write_release(releases: Path, graph: str, names: str = "") -> Release:
    """A release of this graph and these names."""
    files = {"graph.nq": graph.encode(), "names.jsonl": names.encode()}
    digest = hashlib.sha256(b"".join(files.values())).hexdigest()
    folder = releases / digest[:16]
    folder.mkdir(parents=True)
    for file, data in files.items():
        (folder / file).write_bytes(data)
    manifest = {
        **{"format": 1, "release": digest[:16], "base": BASE, "version": "0.0.0", "inputs": {}},
        **{"graphs": {}, "counts": {}, "prefixes": {"zcid": f"{BASE}/id/", "zc": f"{BASE}/ns/"}},
        "files": {
            file: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            for file, data in files.items()
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    switch_current(releases, digest[:16])
    return open_release(releases)


def make_app(releases: Path, release: Release, **given: Any) -> FastAPI:
    """The whole application over one release, with these settings."""
    settings = replace(Settings(), releases=releases, grace=2.0, **given)
    engine = WorkerPool(
        make_store(releases, release),
        PoolLimits(workers=2, spares=0, deadline=20.0, memory=512),
        base=f"{BASE}/",
        prefixes=release.manifest["prefixes"],
    )
    questions = read_questions(ROOT / "queries", BASE)
    context = ApiContext(settings, release, engine, questions)
    routers = make_routers(context, open_index(releases, release))
    return create_app(settings, release, engine, routers, questions=questions)


@contextmanager
def serve(releases: Path, release: Release) -> Iterator[TestClient]:
    """A client of the application over one release."""
    with TestClient(make_app(releases, release), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def release(assembly: Assembly, graph: str, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the real data."""
    releases = tmp_path_factory.mktemp("releases")
    return write_release(releases, graph, "".join(name_lines(assembly)))


@pytest.fixture(scope="session")
def client(release: Release) -> Iterator[TestClient]:
    """A client of the service over the real data."""
    with serve(release.path.parent, release) as running:
        yield running


Get = Callable[..., Json]


@pytest.fixture(scope="session")
def get(client: TestClient) -> Get:
    """One call, which must be answered: ``get("certificates/c00009", on="2023-10-20")``."""

    def call(path: str, **parameters: Any) -> Json:
        parameters = {key.rstrip("_"): value for key, value in parameters.items()}
        answer = client.get(f"/api/{path}", params=parameters)
        assert answer.status_code == 200, answer.text[:500]
        document: Json = answer.json()
        return document

    return call


Select = Callable[[str], list[dict[str, str]]]


@pytest.fixture(scope="session")
def select(client: TestClient) -> Select:
    """A SELECT, asked directly; IRIs of ours come as their path."""

    def run(query: str) -> list[dict[str, str]]:
        prefixes = (
            f"PREFIX zc: <{BASE}/ns/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
            "PREFIX owl: <http://www.w3.org/2002/07/owl#> PREFIX sssom: <https://w3id.org/sssom/> "
        )
        answer = client.get(
            "/sparql",
            params={"query": prefixes + query},
            headers={"accept": "application/sparql-results+json"},
        )
        assert answer.status_code == 200, answer.text
        return [
            {name: term["value"].removeprefix(f"{BASE}/id/") for name, term in row.items()}
            for row in answer.json()["results"]["bindings"]
        ]

    return run


@pytest.fixture(scope="session")
def listed_on(select: Select) -> Callable[[str], str]:
    """The one certificate that a row lists: ``listed_on("WX44")`` → ``c00009``."""

    def find(row: str) -> str:
        edition, prefix = next((e, p) for e, p in EDITIONS.items() if row.startswith(p))
        entry = f"<{BASE}/id/entry/{edition}/{row.removeprefix(prefix)}>"
        found = select(f"SELECT ?c {{ {entry} zc:listsCertificate ?c }}")
        assert len(found) == 1, f"{row} lists {found}"
        return found[0]["c"].rpartition("/")[2]

    return find
