"""The real release behind the real server, asked over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from pyoxigraph import RdfFormat, Store
from running import kg_serve
from servers import ENGINES, MAKERS, OXIGRAPH, run_server

from kgservice.questions import bind, read_questions
from kgservice.release import Release
from kgservice.terms import Names

ROOT = Path(__file__).parents[2]
BASE = "https://w3id.org/zhicheng"
Row = dict[str, str]


def run_command(*arguments: str, environment: Mapping[str, str]) -> None:
    """Runs ``kg`` to its end."""
    result = subprocess.run(
        [sys.executable, "-m", "kgservice.cli", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="session", params=ENGINES)
def engine(
    request: pytest.FixtureRequest, real_release: Release, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The environment of ``kg serve`` for each engine; the release is in that engine."""
    if request.param not in MAKERS:
        yield {}
        return
    flags = ["--union-default-graph"] if request.param == OXIGRAPH else []
    with run_server(request.param, tmp_path_factory.mktemp(request.param), *flags) as other:
        releases = str(real_release.path.parent)
        run_command(
            *("publish", "--to", other.store, "--releases", releases), environment=other.environment
        )
        yield other.environment | {"KG_ENGINE": other.query, "KG_DEADLINE": "60"}


@pytest.fixture(scope="session")
def server(real_release: Release, engine: dict[str, str]) -> Iterator[str]:
    """The address of ``kg serve`` over the real release, with each engine."""
    with kg_serve(real_release.path.parent, environment=engine) as address:
        yield address


@pytest.fixture(scope="session")
def store(real_release: Release) -> Store:
    """The release, read past every engine."""
    found = Store()
    found.bulk_load(path=str(Path(real_release.graph)), format=RdfFormat.N_QUADS)
    return found


Select = Callable[[str], list[Row]]
Ask = Callable[..., list[Row]]


@pytest.fixture(scope="session")
def select(server: str) -> Select:
    """Runs a SELECT over HTTP; IRIs of ours are shortened to their path (``entry/500000-1/2023/9``, ``zc:May``)."""
    client = httpx.Client(timeout=60)

    def run(query: str) -> list[Row]:
        response = client.post(
            f"{server}/sparql",
            content=query,
            headers={
                "Content-Type": "application/sparql-query",
                "Accept": "application/sparql-results+json",
            },
        )
        assert response.status_code == 200, response.text
        bindings = response.json()["results"]["bindings"]
        return [{name: _short(term["value"]) for name, term in row.items()} for row in bindings]

    return run


@pytest.fixture(scope="session")
def ask(select: Select) -> Ask:
    """Asks a named question: ``ask("recognition", certificate="certificate/c00009")``."""
    questions = read_questions(ROOT / "queries", BASE)
    names = Names(BASE, {"zc": f"{BASE}/ns/", "zcid": f"{BASE}/id/"})

    def run(name: str, **values: str | list[str]) -> list[Row]:
        given = {key: [value] if isinstance(value, str) else value for key, value in values.items()}
        given = {key.rstrip("_"): value for key, value in given.items()}
        return select(bind(questions[name], given, names))

    return run


@pytest.fixture(scope="session")
def listed_on(select: Select) -> Callable[[str], str]:
    """The one certificate that a row lists: ``listed_on("WX44")`` → ``certificate/c00009``."""
    prefixes = {
        "CQ": "500000-1/2023/",
        "ZJ": "330000-1/2023/",
        "WX": "320200-1/2021/",
        "BJ": "110000-1/annex-5/",
        "SH-": "310000-1/3.0/",
    }

    def find(row: str) -> str:
        prefix = next(prefix for prefix in prefixes if row.startswith(prefix))
        entry = prefixes[prefix] + row.removeprefix(prefix)
        rows = select(f"SELECT ?c {{ <{BASE}/id/entry/{entry}> <{BASE}/ns/listsCertificate> ?c }}")
        assert len(rows) == 1, f"{row} lists {rows}"
        return rows[0]["c"]

    return find


def _short(value: str) -> str:
    if value.startswith(f"{BASE}/id/"):
        return value.removeprefix(f"{BASE}/id/")
    return value.replace(f"{BASE}/ns/", "zc:")
