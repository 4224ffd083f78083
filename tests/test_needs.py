"""What cannot be installed is left out by name, with the command that brings it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import needs
import pytest
from conftest import ROOT


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any of the programs: an empty PATH, and lists of what is not there."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    packages = tmp_path / "system-packages.txt"
    packages.write_text(
        "# program  package\nnowhere-t  nowhere-bin  # why\n/no/such.jar  nothing-java\n"
    )
    monkeypatch.setattr(needs, "SYSTEM_PACKAGES", packages)
    monkeypatch.setattr(needs, "NPM_FOLDER", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("program", "command"),
    [
        ("nowhere-t", "apt-get install -y --no-install-recommends nowhere-bin"),
        ("/no/such.jar", "apt-get install -y --no-install-recommends nothing-java"),
        ("comunica-sparql", "apt-get install -y nodejs npm && npm ci --prefix tests/clients"),
    ],
)
def test_a_missing_program_skips_by_name_and_fails_in_ci(
    bare: Path, monkeypatch: pytest.MonkeyPatch, program: str, command: str
) -> None:
    monkeypatch.setattr(needs, "ALL", False)
    with pytest.raises(pytest.skip.Exception) as skipped:
        needs.need(program)
    assert str(skipped.value) == f"{program} is not installed: {command}"
    monkeypatch.setattr(needs, "ALL", True)
    with pytest.raises(pytest.fail.Exception, match="KG_TESTS_NEED=all"):
        needs.need(program)


def test_a_program_that_is_there_is_found(bare: Path) -> None:
    program = bare / "bin" / "nowhere-t"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert needs.need("nowhere-t") == program


def test_every_line_of_the_list_is_a_program_and_its_package() -> None:
    packages = needs.system_packages()
    assert len({one.program for one in packages}) == len(packages) >= 5
    assert all(one.package for one in packages)


def test_failing_installers_are_told_and_do_not_stop_the_tests(tmp_path: Path) -> None:
    """apt-get and npm that cannot reach anything: exit code 0, and each thing left out is named with its command."""
    tests = tmp_path / "tests"
    (tests / "clients").mkdir(parents=True)
    for name in ("install_tools.py", "needs.py"):
        (tests / name).write_text((ROOT / "tests" / name).read_text("utf-8"), "utf-8")
    (tests / "system-packages.txt").write_text("nowhere-t  nowhere-bin\n")
    (tests / "clients" / "package-lock.json").write_text("{}")
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("apt-get", "npm"):
        (tools / name).write_text(
            f'#!/bin/sh\necho "$@" >> {tmp_path}/{name}.log\necho offline >&2\nexit 100\n'
        )
        (tools / name).chmod(0o755)

    def install(*flags: str, **more: str) -> str:
        done = subprocess.run(
            [sys.executable, tests / "install_tools.py", *flags],
            env={"PATH": f"{tools}:/bin", "KG_TOOLS_TRIED": str(tmp_path / "tried"), **more},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    told = install("--once")
    assert "npm failed" in told
    assert "offline" in told
    if os.geteuid() == 0:
        assert "apt-get failed" in told
        assert (
            "install -y --no-install-recommends nowhere-bin"
            in (tmp_path / "apt-get.log").read_text()
        )
    calls = (tmp_path / "npm.log").read_text()
    for again in (told, install("--once")):  # the second time only tells
        assert "nowhere-bin: apt-get install -y --no-install-recommends nowhere-bin" in again
        assert "@comunica/query-sparql: npm ci --prefix tests/clients" in again
    assert (tmp_path / "npm.log").read_text() == calls
    install()
    install("--once", KG_TESTS_NEED="all")
    assert (tmp_path / "npm.log").read_text() == 3 * calls
