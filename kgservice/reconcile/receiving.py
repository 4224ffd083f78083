"""Takes requests in: forms, query strings and JSON bodies, up to a limit."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request

from kgservice.reconcile.errors import BodyTooLong, NoJsonp, ParameterError
from kgservice.reconcile.manifest import NEW

MOST_BYTES = 2 * 1024 * 1024
_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 16
_MEMBERS = ("queries", "extend")


async def read_members(request: Request) -> dict[str, str]:
    """``queries`` or ``extend`` from the query string or the form; none of them asks for the manifest.

    Raises:
        ParameterError: there is another member, or the form cannot be read.
        BodyTooLong: the body is longer than is read.
    """
    if request.method == "POST":
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != _FORM:
            raise wrong("body", f"must be {_FORM}, with 'queries' or 'extend' in it; JSON goes to {NEW}/match", f"应为 {_FORM}，其中含“queries”或“extend”；JSON 请发往 {NEW}/match")  # fmt: skip
        raw = await read_body(request)
    else:
        raw = request.scope.get("query_string", b"")
    place = "body" if request.method == "POST" else "query string"
    if raw.count(b"&") >= _MOST_FIELDS:
        raise wrong(place, f"has more than {_MOST_FIELDS} fields", f"的字段超过 {_MOST_FIELDS} 个")
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise wrong(place, "must be percent-encoded UTF-8", "应为百分号编码的 UTF-8") from None
    given: dict[str, str] = {}
    for name, value in pairs:
        if name == "lang" and request.method != "POST":
            continue
        if name == "callback":
            raise NoJsonp
        if name not in _MEMBERS or name in given:
            listed = ", ".join(_MEMBERS)
            raise wrong(name[:80], f"is not known here or stands twice; there are: {listed}", f"不是可用的参数或重复；可用的有：{listed}")  # fmt: skip
        given[name] = value
    if request.method == "POST" and not given:
        raise wrong("queries", "is missing", "缺失")
    return given


async def read_body(request: Request) -> bytes:
    """The body.

    Raises:
        BodyTooLong: it is longer than is read.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise BodyTooLong(MOST_BYTES)
    return bytes(body)


def parse_json(member: str, text: str) -> Any:
    """The JSON in a text; ``member`` is its name for messages.

    Raises:
        ParameterError: it is none.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise wrong(member, "is not JSON", "不是 JSON") from None


def wrong(parameter: str, en: str, zh: str) -> ParameterError:
    """A part of a request that is not as it must be: ``en`` and ``zh`` go on from its name."""
    return ParameterError(parameter, f"'{parameter}' {en}.", f"“{parameter}”{zh}。")
