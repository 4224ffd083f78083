"""The real project, and copies of it that a test may break."""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from rich.console import Console

from kgservice.build import alignment, mapping
from kgservice.build.building import Checked, build
from kgservice.build.commands import run_build, run_check
from kgservice.build.names import DEFAULT_BASE
from kgservice.build.project import Project
from kgservice.faults import FaultList
from kgservice.release import Release, open_release
from kgservice.settings import Settings

ROOT = Path(__file__).parents[2]
SMALL, SMALL_ENTRY = "wuxi", "entry:320200-1/"  # the directory of the small project: 61 rows


def quiet(zh: str, en: str) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="session")
def remember_sssom() -> Iterator[None]:
    """What the ``sssom`` library says of a file is asked once for the same bytes: most copies differ in one file."""
    valid: set[bytes] = set()
    check = mapping.check_with_sssom

    def remembered(path: Path, file: str, faults: FaultList) -> None:
        content = path.read_bytes()
        if content in valid:
            return
        before = len(faults.faults)
        check(path, file, faults)
        if len(faults.faults) == before:
            valid.add(content)

    with pytest.MonkeyPatch.context() as patch:
        for module in (mapping, alignment):
            patch.setattr(module, "check_with_sssom", remembered)
        yield


@pytest.fixture(autouse=True)
def quicker(remember_sssom: None) -> None:
    """For every test here."""


@pytest.fixture(scope="session")
def whole(
    tmp_path_factory: pytest.TempPathFactory, remember_sssom: None
) -> tuple[Checked, Release]:
    """The project as it stands, read, put through the gate and made a release, in this process."""
    releases = tmp_path_factory.mktemp("whole")
    checked, name = build(Project(ROOT), DEFAULT_BASE, releases, quiet, forget_published=False)
    assert name is not None, [fault.as_dict() for fault in checked.faults.sorted()]
    return checked, open_release(releases, name)


@pytest.fixture(scope="session")
def checked(whole: tuple[Checked, Release]) -> Checked:
    """What the reading and the gate found."""
    return whole[0]


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
    """The small project, of which a release was made, and how many seconds that took."""

    folder: Path
    seconds: float


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, remember_sssom: None) -> Built:
    """Built once: most tests of a release begin with one that is there. It has one directory, and no shapes."""
    folder = tmp_path_factory.mktemp("built")
    for part in ("data", "ontology", "queries"):
        shutil.copytree(ROOT / part, folder / part)
    for other in (folder / "data/directories").iterdir():
        if other.name != SMALL:
            shutil.rmtree(other)
    for file in ("entries", "issuers"):
        path = folder / f"data/mappings/{file}.sssom.tsv"
        lines = path.read_text("utf-8").splitlines(keepends=True)
        kept = (line for line in lines if not line.startswith("entry:") or SMALL_ENTRY in line)
        path.write_text("".join(kept), "utf-8")
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
