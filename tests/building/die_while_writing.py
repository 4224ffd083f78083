"""Writes a release and kills itself at the n-th call that touches the disk: ``die_while_writing.py PROJECT N``."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kgservice.build import writing
from kgservice.release import open_release

project, step = Path(sys.argv[1]), int(sys.argv[2])
calls = 0


def deadly(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function``, but the n-th call of any of them is the last thing that the process does."""

    def call(*arguments: Any, **options: Any) -> Any:
        global calls
        calls += 1
        if calls == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)

    return call


for name in ("fsync", "rename", "replace", "symlink"):
    setattr(os, name, deadly(getattr(os, name)))
shutil.rmtree = deadly(shutil.rmtree)  # type: ignore[assignment]

last = open_release(project / "releases")
content = writing.Content(
    files={"graph.nq": last.graph.read_bytes() + b"\n", "report.json": b"{}\n"},
    base=last.manifest["base"],
    version=last.manifest["version"],
    inputs=last.manifest["inputs"],
    graphs=last.manifest["graphs"],
    counts=last.manifest["counts"],
    prefixes=last.manifest["prefixes"],
)
with writing.building(project / "releases"):
    writing.write_release(project / "releases", content)
