"""The outputs that the READMEs show are the real ones."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

import pytest

from kgservice.release import Release

from .conftest import ROOT

BLOCK = re.compile(r"```console\n\$ kg (query [^\n]*)\n(.*?)```", re.DOTALL)
EXAMPLES = [
    pytest.param(command, shown, id=f"{readme}: {command.split()[1]}")
    for readme in ("README.md", "README.zh.md")
    for command, shown in BLOCK.findall((ROOT / readme).read_text("utf-8"))
]


@pytest.mark.parametrize(("command", "shown"), EXAMPLES)
def test_the_output_is_real(command: str, shown: str, real_release: Release) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "kgservice.cli", *shlex.split(command)),
            *("--releases", str(real_release.path.parent)),
        ],
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
    )
    assert done.stdout == shown, done.stderr


def test_both_readmes_show_the_same_five_questions() -> None:
    commands = [
        [command for command, _ in BLOCK.findall((ROOT / readme).read_text("utf-8"))]
        for readme in ("README.md", "README.zh.md")
    ]
    assert commands[0] == commands[1]
    assert len(commands[0]) == 5
