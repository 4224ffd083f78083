"""A release is immutable, named by its content, byte-identical for the same input, and never picked up half written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kgservice.build.building import Checked
from kgservice.release import Release, current_name, list_releases, open_release

from .conftest import ROOT, Built, Run


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_input_gives_the_same_bytes(
    whole: tuple[Checked, Release], real_release: Release
) -> None:
    """The two were made by two processes, with other hash seeds, time zones and folders."""
    first = whole[1]
    assert first.id == real_release.id, "is the release that KG_TESTS_RELEASES names of this tree?"
    assert _bytes(first.path) == _bytes(real_release.path)


def test_another_input_gives_another_release_and_keeps_the_old(
    released: Path, kg_build: Run
) -> None:
    first = open_release(released / "releases")
    facts = released / "data/directories/wuxi/2021/edition.toml"
    facts.write_text(facts.read_text("utf-8").replace("(first batch)", "(batch one)"), "utf-8")
    assert kg_build(released)[0] == 0
    second = open_release(released / "releases")
    assert second.id != first.id
    assert set(list_releases(released / "releases")) == {first.id, second.id}
    assert open_release(released / "releases", first.id).manifest == first.manifest


def test_a_published_iri_is_not_lost(released: Path, kg_build: Run) -> None:
    served = current_name(released / "releases")
    register = released / "data/register/qualifications.csv"
    register.write_text(
        register.read_text("utf-8") + "q0099,某资格,Some qualification,,,active,,\n", "utf-8"
    )
    assert kg_build(released)[0] == 0
    with_it = current_name(released / "releases")
    assert with_it != served
    lines = register.read_text("utf-8").splitlines(keepends=True)
    register.write_text("".join(lines[:-1]), "utf-8")
    code, output = kg_build(released)
    assert code == 1
    assert "qualification/q0099" in output
    assert "published-iri-lost" in output
    assert current_name(released / "releases") == with_it
    # Withdrawn with a tombstone it may go.
    catalogue = released / "data/translations/own.zh.po"
    catalogue.write_text('msgid "Never existed."\nmsgstr "从未存在。"\n', "utf-8")
    register.write_text(
        "".join(lines[:-1]) + "q0099,某资格,Some qualification,,,withdrawn,q0001,Never existed.\n",
        "utf-8",
    )
    assert kg_build(released)[0] == 0


@pytest.mark.parametrize("moment", [0.4, 0.8, 0.95, 1.05])
def test_a_killed_build_leaves_the_last_release(
    moment: float, built: Built, released: Path, kg_build: Run
) -> None:
    served = open_release(released / "releases")
    facts = released / "data/directories/wuxi/2021/edition.toml"
    facts.write_text(facts.read_text("utf-8").replace("(first batch)", "(batch one)"), "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "kgservice.cli", "build"],
        cwd=released,
        env=os.environ | {"KG_PROJECT": str(released), "KG_RELEASES": str(released / "releases")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(built.seconds * moment)
    if moment < 0.5:
        assert process.poll() is None, "the build ended before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()
    now = open_release(released / "releases")  # checks every checksum
    if now.id != served.id:
        assert moment >= 0.9, "the release changed long before the build could have ended"
    # The next build clears up and succeeds.
    assert kg_build(released)[0] == 0
    assert not list((released / "releases").glob(".work-*"))


def test_killed_between_any_two_steps_of_writing(released: Path) -> None:
    """Every system call of the writer is a moment at which the build may die."""
    served = current_name(released / "releases")
    facts = released / "data/directories/wuxi/2021/edition.toml"
    facts.write_text(facts.read_text("utf-8").replace("(first batch)", "(batch one)"), "utf-8")
    script = ROOT / "tests" / "building" / "die_while_writing.py"
    changed = 0
    for step in range(1, 40):
        result = subprocess.run(
            [sys.executable, str(script), str(released), str(step)], capture_output=True, text=True
        )
        release = open_release(released / "releases")
        changed += release.id != served
        if result.returncode == 0:
            assert release.id != served
            break
        assert result.returncode == -signal.SIGKILL, result.stderr
    else:
        pytest.fail("the writer never got to its end")
    assert changed >= 1
    assert step > 5


def test_two_builds_do_not_meet(ungated: Path, kg_build: Run) -> None:
    from kgservice.build.writing import BuildRunning, building

    with building(ungated / "releases"), pytest.raises(BuildRunning, match="Another build"):
        kg_build(ungated)
