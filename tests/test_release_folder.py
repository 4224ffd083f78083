"""The release folder: found, checked, switched in one step, and damaged ones told apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import QUADS, write_release

from kgservice.release import (
    ReleaseError,
    current_name,
    list_releases,
    open_release,
    switch_current,
)


def test_the_current_release_is_opened(tmp_path: Path) -> None:
    name = write_release(tmp_path)
    release = open_release(tmp_path)
    assert release.id == name == current_name(tmp_path)
    assert release.quads == QUADS.count("\n")
    assert open_release(tmp_path, name) == release


def test_going_back_is_switching_again(tmp_path: Path) -> None:
    first = write_release(tmp_path)
    second = write_release(tmp_path, QUADS.replace("专业", "注册"))
    assert list_releases(tmp_path) == sorted((first, second))
    assert open_release(tmp_path).id == second
    switch_current(tmp_path, first)
    assert open_release(tmp_path).id == first
    assert (tmp_path / "current").is_symlink()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_without_a_release_the_remedy_is_told(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ReleaseError) as caught:
            open_release(folder)
        assert "kg build" in caught.value.en
        assert "kg build" in caught.value.zh


@pytest.mark.parametrize("name", ["0000000000000000", "../elsewhere", ".stores", ""])
def test_an_unknown_name_is_refused(tmp_path: Path, name: str) -> None:
    known = write_release(tmp_path)
    (tmp_path / ".stores").mkdir()
    with pytest.raises(ReleaseError) as caught:
        open_release(tmp_path, name)
    assert known in caught.value.en
    with pytest.raises(ReleaseError):
        switch_current(tmp_path, name)
    assert current_name(tmp_path) == known


def test_work_in_progress_is_never_picked_up(tmp_path: Path) -> None:
    name = write_release(tmp_path)
    (tmp_path / name).rename(tmp_path / f".{name}")
    (tmp_path / "halfway").mkdir()
    assert list_releases(tmp_path) == []
    with pytest.raises(ReleaseError):
        open_release(tmp_path)


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    name = write_release(tmp_path)
    with (tmp_path / name / "graph.nq").open("a") as file:
        file.write("\n")
    with pytest.raises(ReleaseError, match="checksum"):
        open_release(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "format"),
        ({"release": "ffffffffffffffff"}, "names ffffffffffffffff"),
        ({"graphs": None}, "'graphs'"),
        ({"files": {}}, "graph.nq"),
    ],
)
def test_a_manifest_that_does_not_fit_is_noticed(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    path = tmp_path / write_release(tmp_path) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(ReleaseError, match=said):
        open_release(tmp_path)


def test_a_manifest_that_is_no_json_is_noticed(tmp_path: Path) -> None:
    (tmp_path / write_release(tmp_path) / "manifest.json").write_text("{", "utf-8")
    with pytest.raises(ReleaseError, match="damaged"):
        open_release(tmp_path)
