"""Two editions of one directory, in a made release: what the later one added, dropped and changed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from running import kg_serve

from benchmarks.sample import Maker, Sample, read_assembly
from benchmarks.sample_release import make_release
from kgservice.build.directory import Row
from kgservice.release import open_release

from .conftest import SECONDS
from .printed import text_of

DIRECTORY = "900001-1"
BEFORE, NOW = "2022", "2024"
_ITEM = re.compile(r'<li><a href="/doc/((?:certificate|family)/[^"?]+)"')


class Raising(Maker):
    """Makes later editions in which every row of the level 助理级 gives 中级."""

    def place(self, number: int) -> list[Sample]:
        before, now = super().place(number)
        return [before, replace(now, rows=[_raised(row) for row in now.rows])]


def _raised(row: Row) -> Row:
    if row.levels != ("20",):
        return row
    line = replace(row.line, cells={**row.line.cells, "title": "", "level": "中级"})
    return replace(row, line=line, titles=(), levels=("30",))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Path]]:
    """A client of the service over the release, and the tables that it was made from."""
    folder = tmp_path_factory.mktemp("made")
    assembly = read_assembly()
    maker = Raising(assembly, seed=3, rows=40, editions=2)
    name, _ = make_release(folder / "releases", assembly, maker, 1, folder / "tables")
    release = open_release(folder / "releases", name)
    with (
        kg_serve(release.path.parent) as address,
        httpx.Client(base_url=address, timeout=SECONDS, headers={"accept": "text/html"}) as client,
    ):
        yield client, folder / "tables" / DIRECTORY


def _worth(tables: Path, edition: str) -> dict[str, set[str]]:
    """By certificate, the levels of the rows that list it."""
    with (tables / edition / "directory.csv").open(encoding="utf-8", newline="") as file:
        levels = {
            row["seq"]: set(filter(None, row["level"].split(";"))) for row in csv.DictReader(file)
        }
    found: dict[str, set[str]] = {}
    with (tables / edition / "listed.csv").open(encoding="utf-8", newline="") as file:
        for entry, thing in list(csv.reader(file))[1:]:
            number = re.split(r"[/:-]", entry)[-1]
            found.setdefault(thing.replace(":", "/"), set()).update(levels[number])
    return found


def _listed(page: str, title: str) -> set[str]:
    start = page.find(f"<summary>{title}")
    if start < 0:
        return set()
    return set(_ITEM.findall(page[start : page.index("</details>", start)]))


def test_what_was_added_dropped_and_changed(made: tuple[httpx.Client, Path]) -> None:
    client, tables = made
    before, now = _worth(tables, BEFORE), _worth(tables, NOW)
    page = client.get(f"/doc/edition/{DIRECTORY}/{NOW}").text
    assert _listed(page, "新列入") == now.keys() - before.keys()
    assert _listed(page, "不再列入") == before.keys() - now.keys()
    both = before.keys() & now.keys()
    changed = {one for one in both if before[one] != now[one]}
    assert _listed(page, "有变") == changed
    assert now.keys() - before.keys() and both and changed
    figures = [int(found) for found in re.findall(r'class="figure">(\d+)<', page)]
    assert figures == [
        len(now.keys() - before.keys()),
        len(before.keys() - now.keys()),
        len(changed),
        len(both) - len(changed),
    ]
    assert "不再列入，不等于不再认可" in text_of(page)


def test_the_first_edition_has_none_before_it(made: tuple[httpx.Client, Path]) -> None:
    client, _ = made
    page = text_of(client.get(f"/doc/edition/{DIRECTORY}/{BEFORE}").text)
    assert "图谱中没有上一版" in page


def test_the_comparison_of_a_day_takes_the_edition_of_that_day(
    made: tuple[httpx.Client, Path],
) -> None:
    client, tables = made
    for edition in (BEFORE, NOW):
        query = {"regions": "900001", "on": f"{edition}-12-31", "limit": 1000}
        answer = client.get("/api/compare", params=query, headers={"accept": "application/json"})
        (column,) = answer.json()["regions"]
        assert [one["version"] for one in column["editions"]] == [edition]
        listed = {
            one["certificate"]["id"]
            for one in answer.json()["certificates"]
            if one["cells"][0]["listing"] == "listed"
        }
        assert listed == _worth(tables, edition).keys()
    page = client.get(f"/doc/directory/{DIRECTORY}").text
    order = re.findall(rf'<h2><a href="/doc/edition/{DIRECTORY}/([^"]+)"', page)
    assert order == [NOW, BEFORE]
