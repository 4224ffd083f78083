"""The files of a release as the page of the data lists them, and under which name they are published."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kgservice.api.context import ApiContext
from kgservice.api.models import Label
from kgservice.api.things import text
from kgservice.release import DUMPS, MAPPINGS, find_manifest, list_releases

WHOLE = f"{DUMPS}/all.nq.gz"
_IANA = "https://www.iana.org/assignments/media-types/"


@dataclass(frozen=True, slots=True)
class File:
    """A file to download. ``path``: its address on this service; ``size``: in bytes."""

    path: str
    name: str
    title: Label
    dataset: str
    triples: int | None
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Publication:
    """Under which title, by whom and under which licence the data are published."""

    title: Label
    description: Label
    publisher: Label
    licence: str | None
    dataset: str


@dataclass(frozen=True, slots=True)
class Downloads:
    """What can be downloaded. ``publication`` is there where the release describes itself."""

    publication: Publication | None
    files: Sequence[File]

    @property
    def whole(self) -> File | None:
        """All data in one file."""
        return next((file for file in self.files if file.name == WHOLE), None)

    @property
    def graphs(self) -> list[File]:
        """The dumps of single graphs."""
        return [
            file
            for file in self.files
            if file.name != WHOLE and not file.name.startswith(f"{MAPPINGS}/")
        ]

    @property
    def sheets(self) -> list[File]:
        """The mapping sets as tables."""
        return [file for file in self.files if file.name.startswith(f"{MAPPINGS}/")]


async def read_downloads(context: ApiContext) -> Downloads:
    """The files of the release that is served, as its own description lists them.

    Raises:
        EngineError: a question did not end well.
    """
    rows, named = await asyncio.gather(context.ask("downloads"), context.ask("catalog"))
    base = context.names.base
    start = f"/data/{context.release.id}/"
    files = []
    for row in rows:
        path = str(row["file"]).removeprefix(base)
        files.append(
            File(
                path=path,
                name=path.removeprefix(start),
                title=Label(zh=str(row["titleZh"]), en=str(row["titleEn"])),
                dataset=str(row["dataset"]),
                triples=int(row["triples"]) if "triples" in row else None,
                media_type=str(row["mediaType"]).removeprefix(_IANA),
                size=int(row["bytes"]),
                sha256=str(row["sha256"]),
            )
        )
    told = {str(row["language"]): row for row in named}
    if not {"zh", "en"} <= told.keys():
        return Downloads(None, files)

    def both(column: str) -> Label:
        return Label(zh=str(told["zh"][column]), en=str(told["en"][column]))

    return Downloads(
        Publication(
            both("title"),
            both("description"),
            both("publisher"),
            text(told["zh"], "licence"),
            str(told["zh"]["dataset"]),
        ),
        files,
    )


@dataclass(frozen=True, slots=True)
class Earlier:
    """Another release that can still be downloaded: ``size`` of all its data in bytes."""

    name: str
    size: int
    sha256: str


def list_earlier(context: ApiContext, releases: Path) -> list[Earlier]:
    """The other releases whose files are still here."""
    found = []
    for name in list_releases(releases):
        manifest = find_manifest(context.release, name) if name != context.release.id else None
        if manifest is not None and WHOLE in manifest["files"]:
            entry = manifest["files"][WHOLE]
            found.append(Earlier(name, entry["bytes"], entry["sha256"]))
    return found
