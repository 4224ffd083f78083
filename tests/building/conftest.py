"""The real project, and copies of it that a test may break."""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from rich.console import Console

from kgservice.build.building import Checked, check
from kgservice.build.commands import run_build, run_check
from kgservice.build.names import DEFAULT_BASE
from kgservice.build.project import Project
from kgservice.settings import Settings

ROOT = Path(__file__).parents[2]


def quiet(zh: str, en: str) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="session")
def checked() -> Checked:
    """The project as it stands, read and put through the gate."""
    return check(Project(ROOT), DEFAULT_BASE, quiet)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project's inputs."""
    for folder in ("data", "ontology", "shapes", "queries"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


@pytest.fixture
def ungated(copy: Path) -> Path:
    """A copy without shapes: for tests of what comes after the gate, which would take most of their time."""
    shutil.rmtree(copy / "shapes")
    return copy


@dataclass(frozen=True)
class Built:
    """A copy without shapes of which a release was made, and how many seconds that took."""

    folder: Path
    seconds: float


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Built once: most tests of a release begin with one that is there."""
    folder = tmp_path_factory.mktemp("built")
    for part in ("data", "ontology", "queries"):
        shutil.copytree(ROOT / part, folder / part)
    began = time.monotonic()
    quietly = Console(file=io.StringIO())
    assert run_build(_settings(folder), forget_published=False, console=quietly) == 0
    return Built(folder, time.monotonic() - began)


@pytest.fixture
def released(built: Built, tmp_path: Path) -> Path:
    """A copy of one's own of what was built."""
    return Path(shutil.copytree(built.folder, tmp_path / "released", symlinks=True))


Run = Callable[..., tuple[int, str]]


def _settings(project: Path) -> Settings:
    return replace(Settings(), project=project, releases=project / "releases")


@pytest.fixture
def kg_check() -> Run:
    """``kg check`` on a copy: exit code and what it prints."""

    def run(project: Path, edition: str | None = None) -> tuple[int, str]:
        output = io.StringIO()
        code = run_check(_settings(project), edition, Console(file=output, width=400))
        return code, output.getvalue()

    return run


@pytest.fixture
def kg_build() -> Run:
    """``kg build`` on a copy: exit code and what it prints."""

    def run(project: Path, *, forget_published: bool = False) -> tuple[int, str]:
        output = io.StringIO()
        code = run_build(
            _settings(project),
            forget_published=forget_published,
            console=Console(file=output, width=400),
        )
        return code, output.getvalue()

    return run
