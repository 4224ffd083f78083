"""Style sheets, scripts and pictures: served from here, under an address that changes with their content."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kgservice.problems import NotFound
from kgservice.sparql.coding import SMALLEST, pack
from kgservice.sparql.negotiate import GZIP, choose_coding

ADDRESS = "/static"
FOREVER = "public, max-age=31536000, immutable"
_TEXT = ("text/", "application/javascript", "application/json", "image/svg+xml")
# Not every system knows them all.
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


class Asset:
    """One file, held in memory, compressed at most once."""

    def __init__(self, path: Path) -> None:
        self.content = path.read_bytes()
        self.digest = blake2b(self.content, digest_size=8).hexdigest()
        guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
        kind = guessed or "application/octet-stream"
        self.packs = kind.startswith(_TEXT) and len(self.content) >= SMALLEST
        self.media_type = f"{kind}; charset=utf-8" if kind.startswith(_TEXT) else kind

    @cached_property
    def packed(self) -> bytes:
        """Its bytes in gzip."""
        return pack(self.content)


class Assets:
    """The files of some folders, by name. ``folders``: a prefix of their names (or nothing) and where they are."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._found = {
            f"{prefix}{path.relative_to(folder).as_posix()}": Asset(path)
            for prefix, folder in folders.items()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    @property
    def digest(self) -> str:
        """What changes with any of them."""
        names = (f"{name}:{asset.digest}" for name, asset in sorted(self._found.items()))
        return blake2b("\n".join(names).encode(), digest_size=8).hexdigest()

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return name in self._found

    def address(self, name: str) -> str:
        """Where it is served, below the prefix of the service."""
        return f"{ADDRESS}/{self._found[name].digest}/{name}"

    def find(self, digest: str, name: str) -> Asset:
        """The file of this name and content.

        Raises:
            NotFound: there is none; an older content is gone with the program that had it.
        """
        asset = self._found.get(name)
        if asset is None or asset.digest != digest:
            raise NotFound
        return asset


def make_router(assets: Assets) -> APIRouter:
    """The route of the files."""
    router = APIRouter(include_in_schema=False)

    @router.api_route(f"{ADDRESS}/{{digest}}/{{name:path}}", methods=["GET", "HEAD"])
    def show(digest: str, name: str, request: Request) -> Response:
        asset = assets.find(digest, name)
        headers = {
            "content-type": asset.media_type,
            "cache-control": FOREVER,
            "etag": f'"{digest}"',
            "vary": "Accept-Encoding",
            "x-content-type-options": "nosniff",
        }
        coding = choose_coding(request.headers.get("accept-encoding"), worthwhile=asset.packs)
        if coding == GZIP:
            return Response(asset.packed, headers=headers | {"content-encoding": GZIP})
        return Response(asset.content, headers=headers)

    return router
