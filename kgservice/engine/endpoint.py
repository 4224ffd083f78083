"""The address of a server that speaks the SPARQL 1.1 Protocol: credentials, authentication, what its refusals mean."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass, field
from urllib.parse import unquote

import httpx

from kgservice.engine.errors import (
    EngineError,
    QuerySyntaxError,
    QueryTimeout,
    QueryUnsupported,
    RemoteAuthRefused,
    RemoteBusy,
    RemoteFault,
    RemoteUnreachable,
)

PLACE_OF_RELEASE = "{release}"
CONNECT_SECONDS = 10.0
MOST_OF_A_REFUSAL = 4096
_LINE = re.compile(r"\bline[ :]+(\d+)(?:,? *(?:column|col\.?|position)[ :]+(\d+))?", re.IGNORECASE)
_AT = re.compile(r"\bat (\d+):(\d+)")
_TIMED_OUT = re.compile(r"time[d ]*[- ]?out|S1T00|exceeds the limit of \d+ \(sec\)", re.IGNORECASE)
_TAGS = re.compile(r"<[^>]{0,200}>")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server answers. ``url`` carries no credentials, so that it can be shown and logged."""

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def read_endpoint(
    url: str, release: str, user: str | None = None, password: str | None = None
) -> Endpoint:
    """The endpoint that a URL names: ``{release}`` becomes the name of the release, credentials are taken out of it."""
    parsed = httpx.URL(url.replace(PLACE_OF_RELEASE, release))
    if parsed.userinfo:
        given, _, secret = parsed.userinfo.decode("ascii").partition(":")
        user, password = user or unquote(given), password or unquote(secret)
        parsed = parsed.copy_with(userinfo=b"")
    return Endpoint(str(parsed), user, password)


class ServerAuth(httpx.Auth):
    """Basic or Digest (RFC 7617, 7616), whichever the server asks for; nothing is sent before it asks."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password
        self._chosen: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The requests that one exchange takes."""
        if self._chosen is None:
            response = yield request
            if response.status_code != 401:
                return
            asked = " ".join(response.headers.get_list("www-authenticate")).lower()
            scheme = httpx.DigestAuth if "digest" in asked else httpx.BasicAuth
            self._chosen = scheme(self._user, self._password)
        yield from self._chosen.auth_flow(request)


def auth_of(endpoint: Endpoint) -> ServerAuth | None:
    """How to sign in at an endpoint; ``None`` without a user."""
    return ServerAuth(endpoint.user, endpoint.password or "") if endpoint.user else None


def explain_transport(endpoint: Endpoint, error: httpx.HTTPError) -> EngineError:
    """What it means that no answer came, or not the whole of it."""
    reason = str(error) or type(error).__name__
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.UnsupportedProtocol):
        return RemoteUnreachable(endpoint.url, reason)
    return RemoteFault(
        endpoint.url, f"the connection broke off ({reason})", f"连接中断（{reason}）"
    )


def explain_refusal(
    endpoint: Endpoint, response: httpx.Response, body: bytes, deadline: float
) -> EngineError:
    """What a status other than 200 means. ``body``: the start of what the server said; ``deadline`` in seconds."""
    status = response.status_code
    said = " ".join(_TAGS.sub(" ", body.decode("utf-8", "replace")).split())[:300]
    if status in (401, 403, 407):
        return RemoteAuthRefused(endpoint.url, status)
    if status in (429, 503):
        wait = response.headers.get("retry-after", "")
        return RemoteBusy(int(wait) if wait.isdigit() else max(1, int(deadline)))
    if status in (408, 504) or _TIMED_OUT.search(said):
        return QueryTimeout(deadline)
    if status == 400:
        place = _LINE.search(said) or _AT.search(said)
        if place is not None:
            column = place.group(2)
            return QuerySyntaxError(said, int(place.group(1)), int(column) if column else None)
        return QueryUnsupported(said or "400")
    if 300 <= status < 400 or status in (404, 405):
        return RemoteFault(
            endpoint.url,
            f"there is no SPARQL endpoint at this address ({status})",
            f"该地址没有 SPARQL 服务（{status}）",
        )
    return RemoteFault(endpoint.url, f"{status} {said}", f"{status} {said}")
