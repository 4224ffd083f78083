"""Makes the embedded store of a release once, and finds it again.

``<stores>/<id>/`` holds ``db/`` (RocksDB) and ``engine.json`` (what made it). It is made by a process of its own under a
temporary name and put in place by a rename, so that it is whole or not there: whoever is killed, whoever comes second.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kgservice.engine import launch
from kgservice.errors import ExplainedError
from kgservice.release import Release

STORES = ".stores"
DATABASE = "db"
MARK = "engine.json"
MAKER = "kgservice.engine.store"


class StoreError(ExplainedError):
    """The store of a release could not be made or opened."""


def find_store(releases: Path, release: Release) -> Path | None:
    """The database of a release, when it is there and of this engine's version."""
    folder = releases / STORES / release.id
    try:
        mark = json.loads((folder / MARK).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return folder / DATABASE if mark == _mark() else None


def make_store(releases: Path, release: Release) -> Path:
    """The database of a release, made from ``graph.nq`` when it is not there yet.

    Raises:
        StoreError: it could not be made; nothing half done is left where it would be found.
    """
    found = find_store(releases, release)
    if found is not None:
        return found
    arguments: dict[str, object] = {
        "graph": str(release.graph.absolute()),
        "stores": str((releases / STORES).absolute()),
        "id": release.id,
        "mark": _mark(),
    }
    done = subprocess.run(
        launch.command(MAKER, arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=launch.environment(),
        check=False,
    )
    found = find_store(releases, release)
    if done.returncode != 0 or found is None:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[-1] if said else f"the process ended with {done.returncode}"
        raise StoreError(
            f"The store of release {release.id} could not be made: {reason}. "
            "Check the disk, then try again; if it stays, make the release anew with: kg build",
            f"无法生成版本 {release.id} 的存储：{reason}。请检查磁盘后重试；若仍失败，请重新运行：kg build",
        )
    return found


def _mark() -> dict[str, Any]:
    """What a store has to be made with to be used."""
    return {"format": 1, "pyoxigraph": version("pyoxigraph")}


def main(arguments: dict[str, Any]) -> None:
    """The process that makes a store. ``arguments``: ``graph``, ``stores``, ``id``, ``mark``."""
    stores, target = Path(arguments["stores"]), Path(arguments["stores"]) / arguments["id"]
    stores.mkdir(parents=True, exist_ok=True)
    # The system takes the lock back when this process ends, however it ends.
    with (stores / f".{arguments['id']}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with contextlib.suppress(OSError, ValueError):
            if json.loads((target / MARK).read_text("utf-8")) == arguments["mark"]:
                return  # somebody made it while we waited
        for left in stores.glob(f".{arguments['id']}.*.part"):
            shutil.rmtree(left, ignore_errors=True)
        part = stores / f".{arguments['id']}.{secrets.token_hex(4)}.part"
        try:
            _load(Path(arguments["graph"]), part / DATABASE)
            (part / MARK).write_text(json.dumps(arguments["mark"]), "utf-8")
            _settle(part)
            if target.exists():  # made by another version of the engine
                os.replace(target, stores / f"{part.name}-old.part")
            os.replace(part, target)
        except (OSError, SyntaxError, ValueError) as error:
            shutil.rmtree(part, ignore_errors=True)
            sys.exit(str(error))
        for left in stores.glob(f".{arguments['id']}.*.part"):
            shutil.rmtree(left, ignore_errors=True)


def _load(graph: Path, database: Path) -> None:
    import pyoxigraph as ox

    database.parent.mkdir(parents=True)
    store = ox.Store(str(database))
    store.bulk_load(path=str(graph), format=ox.RdfFormat.N_QUADS)
    store.optimize()
    store.flush()


def _settle(folder: Path) -> None:
    """Has everything on disk before the rename makes it visible."""
    for path in [*folder.rglob("*"), folder, folder.parent]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
