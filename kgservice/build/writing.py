"""Writes a release: into a hidden folder first, then under its name in one step."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kgservice import release
from kgservice.errors import ExplainedError

WORK_PREFIX = ".work-"
UNNAMED = "0" * 16


class BuildRunning(ExplainedError):
    """Another build writes into the same releases folder."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a release holds: the bytes of its files, and what its manifest says beside them.

    Files that tell the release's own name are made twice: with :data:`UNNAMED` in its place, which gives the name, then
    with the name, which is ``given``.
    """

    files: Mapping[str, bytes]
    base: str
    version: str
    inputs: Mapping[str, str]
    graphs: Mapping[str, int]
    counts: Mapping[str, Any]
    prefixes: Mapping[str, str]
    given: str | None = None

    @property
    def name(self) -> str:
        """The release's name: the first 16 hex digits of the SHA-256 of everything in it, the name left blank."""
        if self.given is not None:
            return self.given
        digest = hashlib.sha256()
        digest.update(_json(self._manifest("")))
        return digest.hexdigest()[:16]

    def manifest(self) -> bytes:
        """``manifest.json``."""
        return _json(self._manifest(self.name))

    def _manifest(self, name: str) -> release.Manifest:
        return {
            "format": release.FORMAT,
            "release": name,
            "base": self.base,
            "version": self.version,
            "inputs": dict(self.inputs),
            "files": {
                file: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
                for file, data in sorted(self.files.items())
            },
            "graphs": dict(self.graphs),
            "counts": dict(self.counts),
            "prefixes": dict(self.prefixes),
        }


def _json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    return (text + "\n").encode()


@contextmanager
def building(releases: Path) -> Iterator[None]:
    """Holds the releases folder for one build, and clears away what killed builds left.

    :raises BuildRunning: when another build holds it. The lock goes with its process, so a killed build leaves none.
    """
    releases.mkdir(parents=True, exist_ok=True)
    with (releases / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BuildRunning(
                f"Another build is writing into {releases}. Wait until it has ended, then run kg build again.",
                f"另一个构建正在写入 {releases}。请等它结束后再运行 kg build。",
            ) from None
        for left in releases.glob(f"{WORK_PREFIX}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


def write_release(releases: Path, content: Content) -> str:
    """Writes the release and makes it current; returns its name.

    All files are on the disk before the folder gets its name, and the folder is complete before ``current`` points to
    it: killed at any moment, the last release stays the one that is served. An equal release is not written twice.
    """
    name = content.name
    if not _is_whole(releases, name):
        work = releases / f"{WORK_PREFIX}{secrets.token_hex(8)}"
        work.mkdir()
        for file, data in content.files.items():
            (work / file).parent.mkdir(parents=True, exist_ok=True)
            _write_durably(work / file, data)
        _write_durably(work / release.MANIFEST, content.manifest())
        for folder in (*(path for path in work.rglob("*") if path.is_dir()), work):
            _sync_folder(folder)
        shutil.rmtree(releases / name, ignore_errors=True)  # a damaged one of the same name
        os.rename(work, releases / name)
        _sync_folder(releases)
    release.switch_current(releases, name)
    _sync_folder(releases)
    return name


def _is_whole(releases: Path, name: str) -> bool:
    try:
        release.open_release(releases, name)
    except release.ReleaseError:
        return False
    return True


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
