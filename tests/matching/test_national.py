"""The national sample: the same bytes each time, a release that opens, rows that the shapes accept."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from benchmarks.sample import Maker, read_assembly
from benchmarks.sample_release import make_release
from kgservice.build.assemble import Assembly
from kgservice.engine.store import make_store
from kgservice.release import open_release


@pytest.fixture(scope="module")
def assembly() -> Assembly:
    return read_assembly()


def test_the_sample_is_a_release_and_repeats(assembly: Assembly, tmp_path: Path) -> None:
    names = []
    for folder in ("one", "two"):
        maker = Maker(assembly, seed=7, rows=12, editions=2)
        tables = tmp_path / "tables" if folder == "one" else None
        name, quads = make_release(tmp_path / folder, assembly, maker, 2, tables)
        names.append(name)
    assert names[0] == names[1]
    opened = open_release(tmp_path / "one")
    assert opened.quads == quads
    lines = opened.graph.read_text("utf-8").splitlines()
    assert lines == sorted(set(lines))
    assert len(lines) == quads
    entries = [line for line in lines if "/id/entry/90000" in line and "/ns/inEdition>" in line]
    assert len(entries) == 2 * 2 * 12
    assert make_store(tmp_path / "one", opened).is_dir()
    printed = (opened.path / "names.jsonl").read_text("utf-8")
    assert "样本地区002" in printed and '"printed"' in printed
    with (tmp_path / "tables/900001-1/2022/directory.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 12


def test_another_seed_gives_another_sample(assembly: Assembly) -> None:
    one, other = (Maker(assembly, seed=seed, rows=20, editions=1).place(0)[0] for seed in (1, 2))
    assert [row["name"] for row in one.rows] != [row["name"] for row in other.rows]
    again = Maker(assembly, seed=1, rows=20, editions=1).place(0)[0]
    assert [row.line.cells for row in one.rows] == [row.line.cells for row in again.rows]
