"""Makes the search index of a release once, and opens it.

``<releases>/.search/<id>.sqlite`` is made from ``names.jsonl`` under a temporary name and put in place by a rename, so
that it is whole or not there: whoever is killed, whoever comes second.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import sqlite3
import threading
import unicodedata
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from kgservice.errors import ExplainedError
from kgservice.release import Release
from kgservice.search.normalize import Normalizer, read_simplified
from kgservice.search.writing import write_index

FORMAT = 1
FOLDER = ".search"
NAMES = "names.jsonl"


class SearchIndexError(ExplainedError):
    """The search index of a release could not be made or opened."""


def find_index(releases: Path, release: Release) -> Path | None:
    """The index of a release, when it is there and of this version."""
    path = _path(releases, release)
    return path if _mark(path) == _wanted() else None


def make_index(releases: Path, release: Release) -> Path:
    """The index of a release, made from its ``names.jsonl`` when it is not there yet.

    Raises:
        SearchIndexError: the release has no names, or the index could not be written; nothing half done is left where it
            would be found.
    """
    found = find_index(releases, release)
    if found is not None:
        return found
    target = _path(releases, release)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # The system takes the lock back when this process ends, however it ends.
        with (target.parent / f".{release.id}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _mark(target) == _wanted():
                return target  # somebody made it while we waited
            for left in target.parent.glob(f".{release.id}.*.part*"):
                left.unlink(missing_ok=True)
            part = target.parent / f".{release.id}.{secrets.token_hex(4)}.part"
            try:
                with (release.path / NAMES).open(encoding="utf-8") as lines:
                    write_index(part, map(json.loads, lines), read_simplified(), _wanted())
                _settle(part)
                os.replace(part, target)
                _settle(target.parent)
            finally:
                part.unlink(missing_ok=True)
    except FileNotFoundError as error:
        raise SearchIndexError(
            f"Release {release.id} has no {NAMES}: it was made by an older version. Make it anew with: kg build",
            f"版本 {release.id} 中没有 {NAMES}（由旧版程序生成）。请重新运行：kg build",
        ) from error
    except (OSError, ValueError, KeyError, sqlite3.Error) as error:
        raise SearchIndexError(
            f"The search index of release {release.id} could not be made ({error}). Check the disk and the rights of "
            f"{target.parent}, then try again; if it stays, make the release anew with: kg build",
            f"无法生成版本 {release.id} 的检索索引（{error}）。请检查磁盘与 {target.parent} 的权限后重试；"
            "若仍失败，请重新运行：kg build",
        ) from error
    return target


def _path(releases: Path, release: Release) -> Path:
    return releases / FOLDER / f"{release.id}.sqlite"


def _wanted() -> str:
    """What an index has to be made with to be used."""
    return json.dumps({"format": FORMAT, "unicode": unicodedata.unidata_version})


def _mark(path: Path) -> str | None:
    if not path.is_file():
        return None
    with contextlib.suppress(sqlite3.Error), contextlib.closing(_connect(path)) as connection:
        row = connection.execute("SELECT value FROM about WHERE name = 'mark'").fetchone()
        return str(row[0]) if row else None
    return None


def _connect(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, check_same_thread=False)


def _settle(path: Path) -> None:
    """Has a file or folder on disk before the next step relies on it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class SearchIndex:
    """An open index, for any number of threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        table = self.rows("SELECT value FROM about WHERE name = 'simplified'")
        self.normalizer = Normalizer(json.loads(str(table[0][0])))

    def rows(self, sql: str, values: Iterable[object] = ()) -> list[tuple[object, ...]]:
        """The rows of one SELECT, on a connection of this thread's own."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = _connect(self._path)
            connection.execute("PRAGMA cache_size = -16384")
            connection.execute("PRAGMA mmap_size = 268435456")
        found: list[tuple[object, ...]] = connection.execute(sql, tuple(values)).fetchall()
        return found

    @cached_property
    def vocabulary(self) -> dict[int, list[str]]:
        """Every word of the names that is not a sign, by its length."""
        words: dict[int, list[str]] = {}
        for (word,) in self.rows("SELECT word FROM vocabulary ORDER BY word"):
            words.setdefault(len(str(word)), []).append(str(word))
        return words

    @cached_property
    def vocabulary_text(self) -> str:
        """The vocabulary as one text, a line each: for words that hold another."""
        return "\n".join(word for words in self.vocabulary.values() for word in words)


def open_index(releases: Path, release: Release) -> SearchIndex:
    """The open index of a release, made first if need be.

    Raises:
        SearchIndexError: it could not be made.
    """
    return SearchIndex(make_index(releases, release))
