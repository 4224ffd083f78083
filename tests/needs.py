"""Programs that tests run and pip cannot install: where each is, and the command that brings it.

A test asks for one in a fixture: ``need("virtuoso-t")`` is its path. Where it is missing, the tests that use it are
skipped, and the reason names the command. With ``KG_TESTS_NEED=all``, as in CI, they fail instead.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
SYSTEM_PACKAGES = TESTS / "system-packages.txt"
NPM_FOLDER = TESTS / "clients"
ALL = os.environ.get("KG_TESTS_NEED") == "all"


@dataclass(frozen=True, slots=True)
class SystemPackage:
    """A program (or a file, by its absolute path) and the Debian package that brings it."""

    program: str
    package: str

    @property
    def command(self) -> str:
        """The command that installs it."""
        return f"apt-get install -y --no-install-recommends {self.package}"

    def find(self) -> Path | None:
        """Where it is, or ``None``."""
        found = shutil.which(self.program)
        if found is None and Path(self.program).is_absolute() and Path(self.program).exists():
            found = self.program
        return Path(found) if found else None


def system_packages() -> list[SystemPackage]:
    """The lines of ``system-packages.txt``."""
    lines = (line.partition("#")[0].split() for line in SYSTEM_PACKAGES.read_text().splitlines())
    return [SystemPackage(*line) for line in lines if line]


def npm_command() -> str:
    """The command that installs the npm packages."""
    first = "" if shutil.which("npm") else "apt-get install -y nodejs npm && "
    return f"{first}npm ci --prefix tests/clients"


def need(program: str) -> Path:
    """The path of a program of ``system-packages.txt`` or of an npm package, from within a fixture or a test.

    Skips the test, or fails it under ``KG_TESTS_NEED=all``, where the program is missing.
    """
    package = next((one for one in system_packages() if one.program == program), None)
    if package is not None:
        found, command = package.find(), package.command
    else:
        script = NPM_FOLDER / "node_modules" / ".bin" / program
        found = script if shutil.which("node") and script.exists() else None
        command = npm_command()
    if found is not None:
        return found
    reason = f"{program} is not installed: {command}"
    if ALL:
        pytest.fail(f"{reason} (KG_TESTS_NEED=all)", pytrace=False)
    pytest.skip(reason)
