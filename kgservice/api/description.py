"""``/.well-known/void`` and ``/data/…``: the description of the release, and the files that it names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from kgservice.problems import NotAcceptable, NotFound
from kgservice.release import (
    DESCRIPTION,
    DESCRIPTION_TURTLE,
    DUMPS,
    MAPPINGS,
    REPORT,
    SHAPES,
    Release,
    find_manifest,
)
from kgservice.sparql.description import ServiceDescription
from kgservice.sparql.negotiate import choose, parse_accept
from kgservice.sparql.receiving import origin_of
from kgservice.sparql.results import GRAPHS, content_type, media_types

MEDIA_TYPES = {
    ".gz": "application/gzip",
    ".nq": "application/n-quads",
    ".ttl": "text/turtle",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
}
PUBLIC = (DESCRIPTION, DESCRIPTION_TURTLE, REPORT, SHAPES)
FOLDERS = (f"{DUMPS}/", f"{MAPPINGS}/")
METHODS = ["GET", "HEAD"]
OPEN = {"access-control-allow-origin": "*", "x-content-type-options": "nosniff"}
# No file has a place of more digits, and Python reads no number of thousands of them.
_ONE_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-[0-9]{1,18})")


def make_router(release: Release, description: ServiceDescription) -> APIRouter:
    """The routes over the release that is served; files of other releases beside it stay where they were."""
    router = APIRouter(include_in_schema=False)  # RDF and files: no part of the JSON API

    @router.api_route("/.well-known/void", methods=METHODS)
    def describe(request: Request) -> Response:
        offered = media_types(GRAPHS)
        wanted = choose(parse_accept(request.headers.getlist("accept")), list(offered))
        if wanted is None:
            raise NotAcceptable(list(offered))
        document = description.document(offered[wanted].key, origin_of(request.scope))
        headers = OPEN | {"vary": "Accept", "etag": document.tag, "cache-control": "no-cache"}
        if _is_held(request, headers["etag"]):
            return Response(status_code=304, headers=headers)
        # An explicit Content-Type, so that no charset is added to one that has none.
        return Response(document.body, headers=headers | {"content-type": content_type(wanted)})

    @router.api_route("/data/{name}/{file:path}", methods=METHODS)
    def download(name: str, file: str, request: Request) -> Response:
        path, sha256 = _find_file(release, name, file)
        headers = OPEN | {
            "etag": f'"{sha256}"',
            "cache-control": "public, max-age=31536000, immutable",
            "content-type": content_type(MEDIA_TYPES[path.suffix]),
        }
        if _is_held(request, headers["etag"]):
            return Response(status_code=304, headers=headers)
        _drop_strange_range(request)
        return FileResponse(path, headers=headers)

    return router


def _find_file(release: Release, name: str, file: str) -> tuple[Path, str]:
    """The path and the checksum of a file that may be downloaded."""
    public = file in PUBLIC or file.startswith(FOLDERS)
    manifest = find_manifest(release, name) if public else None
    entry = manifest["files"].get(file) if manifest is not None else None
    if entry is None:
        raise NotFound
    return release.path.parent / name / file, entry["sha256"]


def _is_held(request: Request, tag: str) -> bool:
    """Whether the client has this representation already (RFC 9110, 13.1.2: weak comparison)."""
    held = ",".join(request.headers.getlist("if-none-match"))
    return held.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in held.split(",")]


def _drop_strange_range(request: Request) -> None:
    """Leaves one well-formed range; any other is ignored, as a server may (RFC 9110, 14.2)."""
    asked = request.headers.get("range", "")
    found = _ONE_RANGE.fullmatch(asked)
    if found is not None and not (found[2] and int(found[2]) < int(found[1])):
        return
    scope: Any = request.scope
    scope["headers"] = [field for field in scope["headers"] if field[0] != b"range"]
