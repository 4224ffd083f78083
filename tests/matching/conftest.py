"""The real data, read once, and a table of a directory that nobody has mapped."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from kgservice.build.directory import COLUMNS
from kgservice.build.project import Project
from kgservice.faults import FaultList
from kgservice.matching.matcher import Matcher
from kgservice.matching.model import shipped_model
from kgservice.matching.sources import Sources, read_sources

ROOT = Path(__file__).resolve().parents[2]
Cells = dict[str, str]


@pytest.fixture(scope="session")
def sources() -> Sources:
    """Everything that the project knows."""
    faults = FaultList()
    found = read_sources(Project(ROOT), faults)
    assert not faults.violations
    return found


@pytest.fixture(scope="session")
def matcher(sources: Sources) -> Matcher:
    """The matcher as ``kg match`` uses it."""
    return Matcher(sources.known, shipped_model())


@pytest.fixture
def write_table(tmp_path: Path) -> Callable[[Sequence[Cells]], Path]:
    """Writes rows as a ``directory.csv`` in a folder of its own."""

    def write(rows: Sequence[Cells]) -> Path:
        path = tmp_path / "guangzhou" / "directory.csv"
        path.parent.mkdir(exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
            table.writeheader()
            for number, row in enumerate(rows, start=1):
                table.writerow({"seq": str(number), "certain": "yes", **row})
        return path

    return write
