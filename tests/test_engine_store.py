"""The store of a release: made once, whole or not there, whoever is killed and whoever comes second."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import BASE, write_release

from kgservice.engine import launch, store
from kgservice.engine.store import MAKER, STORES, StoreError, find_store, make_store
from kgservice.release import open_release

MANY = "".join(
    f'<{BASE}/s{n}> <{BASE}/p{n % 9}> "文字 {n}" <{BASE}/g{n % 3}> .\n' for n in range(200_000)
)


def stores_in(releases: Path) -> list[str]:
    return sorted(path.name for path in (releases / STORES).iterdir())


def test_it_is_made_once_and_found_again(tmp_path: Path) -> None:
    name = write_release(tmp_path)
    release = open_release(tmp_path)
    assert find_store(tmp_path, release) is None
    made = make_store(tmp_path, release)
    stamp = made.stat().st_mtime_ns
    assert make_store(tmp_path, release) == made == find_store(tmp_path, release)
    assert made.stat().st_mtime_ns == stamp
    assert stores_in(tmp_path) == [f".{name}.lock", name]
    assert sorted(path.name for path in release.path.iterdir()) == ["graph.nq", "manifest.json", "names.jsonl"]


def test_two_processes_make_one_store(tmp_path: Path) -> None:
    name = write_release(tmp_path)
    release = open_release(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _: make_store(tmp_path, release), range(4)))
    assert made == {find_store(tmp_path, release)}
    assert stores_in(tmp_path) == [f".{name}.lock", name]


def test_killed_half_way_it_leaves_nothing_that_is_found(tmp_path: Path) -> None:
    name = write_release(tmp_path, MANY)
    release = open_release(tmp_path)
    arguments: dict[str, object] = {
        "graph": str(release.graph),
        "stores": str(tmp_path / STORES),
        "id": release.id,
        "mark": store._mark(),
    }
    process = subprocess.Popen(launch.command(MAKER, arguments), env=launch.environment())
    deadline = time.monotonic() + 30
    while not list((tmp_path / STORES).glob(f".{name}.*.part/db/*")):
        assert time.monotonic() < deadline
        assert process.poll() is None, "it was finished before it could be killed"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert find_store(tmp_path, release) is None
    left = [entry for entry in stores_in(tmp_path) if entry.endswith(".part")]
    assert left, "it was killed too late to leave something half done"
    make_store(tmp_path, release)
    assert stores_in(tmp_path) == [f".{name}.lock", name]


def test_a_store_of_another_engine_version_is_made_anew(tmp_path: Path) -> None:
    name = write_release(tmp_path)
    release = open_release(tmp_path)
    folder = make_store(tmp_path, release).parent
    (folder / "engine.json").write_text(json.dumps({"format": 1, "pyoxigraph": "0.0.1"}), "utf-8")
    (folder / "left-over").touch()
    assert find_store(tmp_path, release) is None
    assert make_store(tmp_path, release).parent == folder
    assert not (folder / "left-over").exists()
    assert stores_in(tmp_path) == [f".{name}.lock", name]


def test_a_graph_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    name = write_release(tmp_path, f"<{BASE}/a> <not an iri> <{BASE}/b> <{BASE}/g> .\n")
    with pytest.raises(StoreError) as caught:
        make_store(tmp_path, open_release(tmp_path))
    assert name in caught.value.en
    assert name in caught.value.zh
    assert "Traceback" not in caught.value.en
    assert stores_in(tmp_path) == [f".{name}.lock"]


def test_the_serving_process_needs_no_pyoxigraph(releases: Path) -> None:
    """The store is made and read by processes of their own; so an abort of the engine takes nobody along."""
    code = (
        "import sys; from kgservice.cli import *; import kgservice.app, kgservice.engine.pool, "
        "kgservice.engine.store, kgservice.server, kgservice.asking; "
        "print([name for name in ('pyoxigraph', 'rdflib', 'pyshacl') if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == "[]"
