"""``kg serve`` over the real release, and the clients of other makers that ask it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from needs import need
from running import free_address, kg_serve, started

from kgservice.release import Release

Run = Callable[..., "subprocess.CompletedProcess[str]"]
NPM = Path(__file__).parent
SECONDS = 100  # for one run of a client: virtual machines start slowly on a busy computer


@pytest.fixture(scope="session")
def endpoint(real_release: Release) -> Iterator[str]:
    """The endpoint that the clients ask."""
    flags = ("--deadline", "60", "--queue-wait", "60")
    with kg_serve(real_release.path.parent, *flags) as running:
        yield f"{running}/sparql"


@pytest.fixture(scope="session")
def hurried(real_release: Release) -> Iterator[str]:
    """An endpoint that gives a query one second."""
    with kg_serve(real_release.path.parent, "--deadline", "1") as running:
        yield f"{running}/sparql"


@pytest.fixture(scope="session")
def counts(real_release: Release) -> dict[str, int]:
    """How many triples each named graph has, and all of them together (``*``), counted in the release's file."""
    triples: dict[str, set[str]] = {"*": set()}
    with (real_release.path / "graph.nq").open(encoding="utf-8") as lines:
        for line in lines:
            triple, graph, _ = line.rsplit(" ", 2)
            triples.setdefault(graph[1:-1], set()).add(triple)
            triples["*"].add(triple)
    return {graph: len(found) for graph, found in triples.items()}


@pytest.fixture(scope="session")
def oxigraph() -> Path:
    """The ``oxigraph`` program from PyPI."""
    return Path(sys.executable).parent / "oxigraph"


@pytest.fixture(scope="session")
def talent(oxigraph: Path) -> Iterator[str]:
    """The second database: an Oxigraph server with occupations; the address of its endpoint."""
    address = free_address()
    command = [str(oxigraph), "serve", "--bind", address.removeprefix("http://")]
    with started(command, address, "/query?query=ASK%7B%7D") as running:
        turtle = (Path(__file__).parent / "talent.ttl").read_bytes()
        httpx.post(
            f"{running}/store?default", content=turtle, headers={"content-type": "text/turtle"}
        ).raise_for_status()
        yield f"{running}/query"


@pytest.fixture(scope="session")
def run() -> Run:
    """Runs a client to its end: its exit code and what it printed."""

    def run_client(
        *command: str | Path, folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
            env=os.environ | {"LC_ALL": "C.UTF-8", "NO_COLOR": "1"},
        )

    return run_client


@pytest.fixture(scope="session")
def jena_command(tmp_path_factory: pytest.TempPathFactory) -> list[str | Path]:
    """How Apache Jena's command line tools are started; the name of the tool comes next (``arq.rsparql``).

    Debian has the classes but no scripts, so the class path is made here. Its jena-core.jar also has the messages of
    its XML Schema part in a folder where the classes do not look: they are put where they do.
    """
    java, cmds = need("java"), need("/usr/share/java/jena-cmds.jar")
    folder = tmp_path_factory.mktemp("jena")
    misplaced = "org/apache/jena/ext/"
    with zipfile.ZipFile(cmds.with_name("jena-core.jar")) as core:
        for name in core.namelist():
            if name.startswith(misplaced) and name.endswith(".properties"):
                file = folder / name.removeprefix(misplaced)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(core.read(name))
    jars = [str(cmds.with_name(f"{jar}.jar")) for jar in JENA_JARS]
    quick = ["-Xshare:auto", "-XX:TieredStopAtLevel=1"]  # short runs are not worth optimising
    return [java, *quick, "-cp", os.pathsep.join([str(folder), *jars])]


@pytest.fixture(scope="session")
def jena(run: Run, jena_command: list[str | Path]) -> Run:
    """Apache Jena's command line tools: ``jena("rsparql", "--service", …)``."""

    def run_jena(tool: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return run(*jena_command, f"arq.{tool}", *arguments)

    return run_jena


# The class path that the Debian package depends on.
JENA_JARS = (
    *("jena-cmds", "jena-arq", "jena-core", "jena-base", "jena-iri", "jena-tdb", "jena-tdb2"),
    *("jena-dboe-base", "jena-dboe-index", "jena-dboe-storage", "jena-dboe-trans-data"),
    *("jena-dboe-transaction", "jena-rdfconnection", "jena-shacl", "jena-shex", "commons-cli"),
    *("commons-codec", "commons-compress", "commons-csv", "commons-io", "commons-lang3"),
    *("commons-logging", "dexx.collection", "gson", "guava", "httpclient", "httpcore"),
    *("jackson-core", "jackson-databind", "jackson-annotations", "jsonld-java"),
    *("jakarta.json-api", "protobuf", "thrift", "titanium-json-ld", "slf4j-api", "slf4j-nop"),
)
