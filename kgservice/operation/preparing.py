"""Makes a release ready to be served, in a process of its own: verifies it, makes its store and its search index.

The process runs at low priority and touches nothing of the service: whatever happens to it, the service goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from kgservice.engine import launch
from kgservice.engine.store import make_store
from kgservice.errors import ExplainedError
from kgservice.release import open_release
from kgservice.search.index import make_index

MODULE = "kgservice.operation.preparing"
NICE = 10


class PreparationFailed(ExplainedError):
    """A release could not be made ready. The text is that of the error which stood in the way."""


async def prepare(releases: Path, name: str | None) -> None:
    """Makes the release ``name`` (or the current one) ready; returns when it can be opened without further work.

    Raises:
        PreparationFailed: there is none, it is damaged, or its store or index could not be made.
    """
    process = await asyncio.create_subprocess_exec(
        *launch.command(MODULE, {"releases": str(releases), "name": name}),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=launch.environment(),
        start_new_session=True,
    )
    try:
        out, said = await process.communicate()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode == 0:
        return
    try:
        error = json.loads(out)
        raise PreparationFailed(error["en"], error["zh"])
    except ValueError:
        last = said.decode("utf-8", "replace").strip().splitlines()
        reason = last[-1] if last else f"the process ended with {process.returncode}"
        raise PreparationFailed(
            f"Release {name} could not be made ready: {reason}. Check disk and memory, then send SIGHUP to try again.",
            f"版本 {name} 未能准备就绪：{reason}。请检查磁盘与内存，然后发送 SIGHUP 重试。",
        ) from None


def main(arguments: dict[str, Any]) -> None:
    """The process. ``arguments``: ``releases``, ``name`` (or ``None``)."""
    os.nice(NICE)
    releases = Path(arguments["releases"])
    try:
        release = open_release(releases, arguments["name"])
        make_store(releases, release)
        make_index(releases, release)
    except ExplainedError as error:
        print(json.dumps({"en": error.en, "zh": error.zh}))
        sys.exit(1)
