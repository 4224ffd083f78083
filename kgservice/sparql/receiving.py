"""Takes a request in, header and body, and refuses what cannot be one of the protocol."""

from __future__ import annotations

import re

from kgservice.sparql.check import UpdateRefused
from kgservice.sparql.request import (
    DIRECT,
    FORM,
    METHODS,
    UPDATE,
    WITH_BODY,
    MediaTypeNotSupported,
    MethodNotAllowed,
    RawRequest,
    Receive,
    RequestTooLong,
    Scope,
)

# A query is UTF-8 (SPARQL 1.1 Protocol, 2.1.3), or of a charset that is a part of it.
CHARSETS = (b"utf-8", b"utf8", b"us-ascii")
_HOST = re.compile(r"[A-Za-z0-9._~-]+(?::[0-9]+)?|\[[0-9A-Fa-f:.]+\](?::[0-9]+)?")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_CHARSET = re.compile(rb";\s*charset\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE)


def field(scope: Scope, name: bytes) -> bytes | None:
    """A header field as one list (RFC 9110, 5.3); ``None`` when it was not sent."""
    values = [value for key, value in scope["headers"] if key == name]
    return b", ".join(values) if values else None


def text_of(value: bytes | None) -> str | None:
    """The value of a header field as text."""
    return None if value is None else value.decode("latin-1")


def header(scope: Scope, name: bytes) -> list[str]:
    """The values of a header field, one per line that was sent."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


async def receive_request(scope: Scope, receive: Receive, limit: int) -> RawRequest:
    """Takes the request in, with its body; ``limit`` bounds the query in bytes.

    Raises:
        RequestError, UpdateRefused: it cannot be one of the protocol.
        ConnectionResetError: the client went away while sending.
    """
    method = scope["method"]
    if method not in METHODS:
        raise MethodNotAllowed(method)
    query_string = scope.get("query_string", b"")
    accept, coding = field(scope, b"accept"), field(scope, b"accept-encoding")
    if method not in WITH_BODY:
        return RawRequest("GET", query_string, accept, coding)
    content_type = field(scope, b"content-type") or b""
    media_type = content_type.decode("latin-1").partition(";")[0].strip().lower()
    if media_type == UPDATE:
        raise UpdateRefused
    charset = _CHARSET.search(content_type)
    if media_type not in (FORM, DIRECT) or (charset and charset[1].lower() not in CHARSETS):
        raise MediaTypeNotSupported(content_type.decode("latin-1").strip())
    encoding = ",".join(header(scope, b"content-encoding")).strip().lower()
    if encoding not in ("", "identity"):
        raise MediaTypeNotSupported(f"{media_type}; {encoding}")
    # A form may need three bytes for one (%E4), and has other parameters besides the query.
    body = await _read_body(receive, limit if media_type == DIRECT else 3 * limit + 65536, limit)
    return RawRequest(method, query_string, accept, coding, media_type.encode("latin-1"), body)


async def _read_body(receive: Receive, most: int, limit: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        body += message.get("body", b"")
        if len(body) > most:
            raise RequestTooLong(limit)
        if not message.get("more_body", False):
            return bytes(body)


def origin_of(scope: Scope) -> str:
    """Scheme, host and prefix of the path as the client wrote them; a host that is none is not repeated."""
    host = (header(scope, b"host") or [""])[0]
    if not _HOST.fullmatch(host):
        name, port = scope.get("server") or ("localhost", None)
        host = f"{name}:{port}" if port else str(name)
    prefix = scope.get("root_path", "")
    return f"{scope.get('scheme', 'http')}://{host}{prefix if _PREFIX.fullmatch(prefix) else ''}"
