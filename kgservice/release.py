"""The release folder: what the build writes and the service reads. Only the standard library.

A release is immutable and named by its content; ``current`` is a relative symbolic link that is switched in one step.
Folders and files whose name starts with ``.`` are work in progress and never picked up.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, cast

from kgservice.errors import ExplainedError

FORMAT = 1
CURRENT = "current"
MANIFEST = "manifest.json"
GRAPH = "graph.nq"
DESCRIPTION = "description.nq"
DESCRIPTION_TURTLE = "description.ttl"
DUMPS = "dumps"
MAPPINGS = "mappings"
SHAPES = "shapes.ttl"
REPORT = "report.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class FileEntry(TypedDict):
    """Checksum (SHA-256, hex) and size of one file of a release."""

    sha256: str
    bytes: int


class Manifest(TypedDict):
    """``manifest.json``."""

    format: int
    release: str
    base: str
    version: str
    inputs: dict[str, str]
    files: dict[str, FileEntry]
    graphs: dict[str, int]
    counts: dict[str, Any]
    prefixes: dict[str, str]


MEMBERS: Mapping[str, type] = {
    "format": int,
    "release": str,
    "base": str,
    "version": str,
    "inputs": dict,
    "files": dict,
    "graphs": dict,
    "counts": dict,
    "prefixes": dict,
}


class ReleaseError(ExplainedError):
    """There is no such release, or the one that is there is damaged. The text names the remedy."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release: its folder and its manifest.

    ``default_quads``: quads outside its named graphs. A built release has none; files that are served in place of one
    (:mod:`kgservice.engine.data`) may.
    """

    path: Path
    manifest: Manifest
    default_quads: int = 0

    @property
    def id(self) -> str:
        """The name, made from the content."""
        return self.manifest["release"]

    @property
    def built(self) -> bool:
        """Whether it was built here; files that are served in place of a release were not."""
        return bool(self.manifest["files"])

    @property
    def graph(self) -> Path:
        """The sorted N-Quads."""
        return self.path / GRAPH

    @property
    def quads(self) -> int:
        """How many quads the graphs hold together."""
        return self.default_quads + sum(self.manifest["graphs"].values())


def list_releases(releases: Path) -> list[str]:
    """The names of the complete releases, sorted; empty when the folder does not exist."""
    if not releases.is_dir():
        return []
    return sorted(
        entry.name
        for entry in releases.iterdir()
        if _NAME.fullmatch(entry.name) and not entry.is_symlink() and (entry / MANIFEST).is_file()
    )


def current_name(releases: Path) -> str | None:
    """The name that ``current`` points to, or ``None``."""
    try:
        return os.readlink(releases / CURRENT).rstrip("/")
    except OSError:
        return None


def open_release(releases: Path, name: str | None = None) -> Release:
    """The release ``name``, or the current one.

    Reads and checks the manifest and the checksum of every file.

    Raises:
        ReleaseError: no release, no such release, or a damaged one.
    """
    if name is None or name == CURRENT:
        name = current_name(releases)
        if name is None:
            raise ReleaseError(
                f"There is no current release in {releases}. Make one with: kg build",
                f"{releases} 中还没有当前版本。请先运行：kg build",
            )
    if not _NAME.fullmatch(name) or not (releases / name / MANIFEST).is_file():
        known = ", ".join(list_releases(releases)) or "-"
        raise ReleaseError(
            f"There is no release '{name}' in {releases} (there are: {known}). "
            "Name one of these, or make one with: kg build",
            f"{releases} 中没有版本“{name}”（现有：{known}）。请改用其中之一，或运行：kg build",
        )
    folder = releases / name
    manifest = read_manifest(folder)
    if manifest["release"] != name:
        raise _damaged(name, f"manifest.json names {manifest['release']}")
    for file, entry in manifest["files"].items():
        _check_file(name, folder / file, entry)
    if GRAPH not in manifest["files"]:
        raise _damaged(name, f"manifest.json does not list {GRAPH}")
    return Release(folder, manifest)


def find_manifest(release: Release, name: str) -> Manifest | None:
    """The manifest of ``release``, or of the release ``name`` beside it; ``None`` when there is no such one.

    The files are not checked again: what is asked here was checked when it was written or first opened.
    """
    if name == release.id:
        return release.manifest
    releases = release.path.parent
    if not _NAME.fullmatch(name) or not (releases / name / MANIFEST).is_file():
        return None
    try:
        manifest = read_manifest(releases / name)
    except ReleaseError:
        return None
    return manifest if manifest["release"] == name else None


def switch_current(releases: Path, name: str) -> None:
    """Lets ``current`` point to the release ``name``, in one step that nobody sees half done.

    Raises:
        ReleaseError: there is no such release.
    """
    if name not in list_releases(releases):
        raise ReleaseError(
            f"There is no release '{name}' in {releases}. Make it with: kg build",
            f"{releases} 中没有版本“{name}”。请运行：kg build",
        )
    link = releases / f".{CURRENT}-{os.getpid()}-{secrets.token_hex(4)}"
    os.symlink(name, link)
    try:
        os.replace(link, releases / CURRENT)
    except OSError:
        link.unlink(missing_ok=True)
        raise


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the release in ``folder``; its files are not looked at.

    Raises:
        ReleaseError: it cannot be read, or is not one.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(folder.name, f"manifest.json cannot be read ({error})") from None
    if not isinstance(manifest, dict):
        raise _damaged(folder.name, "manifest.json holds no object")
    if manifest.get("format") != FORMAT:
        raise ReleaseError(
            f"Release {folder.name} has format {manifest.get('format')}, this program reads {FORMAT}. "
            "Make it anew with: kg build",
            f"版本 {folder.name} 的格式为 {manifest.get('format')}，本程序只读格式 {FORMAT}。请重新运行：kg build",
        )
    for member, kind in MEMBERS.items():
        if not isinstance(manifest.get(member), kind):
            raise _damaged(folder.name, f"manifest.json lacks '{member}'")
    return cast(Manifest, manifest)


def _check_file(name: str, path: Path, entry: FileEntry) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise _damaged(name, f"{path.name} cannot be read") from None
    if found != entry["sha256"]:
        raise _damaged(name, f"{path.name} has another checksum than manifest.json says")


def _damaged(name: str, reason: str) -> ReleaseError:
    return ReleaseError(
        f"Release {name} is damaged: {reason}. Delete its folder and make it anew with: kg build",
        f"版本 {name} 已损坏：{reason}。请删除其文件夹后重新运行：kg build",
    )
