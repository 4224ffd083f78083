"""Who the client is behind a proxy: read from a header, and only from proxies that the settings name.

What a client writes into such a header itself is believed by nobody: the addresses are read from the right, each
one only as long as the address that wrote it is trusted.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from ipaddress import IPv6Address, ip_address
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Hop = tuple[str | None, str]

FORWARDED = "forwarded"  # RFC 7239
# A pair of an element, and the comma that stands before it when it is the first of the next one (RFC 7239, 4).
_PAIR = re.compile(r'[\s;]*(,)?[\s,;]*([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^\s",;]*)')
_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\w+)?|([0-9.]+)(?::\w+)?")


class ForwardedClient:
    """An ASGI application around another: puts the client's address and scheme into the scope.

    ``trusted`` are the exact addresses of the proxies, ``header`` is the one that they set: ``x-forwarded-for`` (with
    ``x-forwarded-proto``) or ``forwarded``. Another header than that is not read: who only sets one of them lets the
    other pass as the client wrote it.
    """

    def __init__(self, app: App, trusted: Collection[str], header: str) -> None:
        self._app = app
        self._trusted = frozenset(trusted)
        self._header = header

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the request on."""
        if scope["type"] == "http" and scope.get("client"):
            peer = _address(scope["client"][0])
            if peer is not None and peer in self._trusted:
                scope = self._believe(scope, peer)
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope, peer: str) -> Scope:
        fields = _fields(scope, self._header.encode())
        if self._header == FORWARDED:
            hops = _forwarded_hops(fields)
        else:
            said = ",".join(_fields(scope, b"x-forwarded-proto")).rpartition(",")[2].strip()
            hops = [(_address(one.strip()), said) for one in ",".join(fields).split(",")]
        client, scheme = peer, scope.get("scheme", "http")
        for address, proto in reversed(hops):
            if client not in self._trusted or address is None:
                break
            client = address
            if proto.lower() in ("http", "https"):
                scheme = proto.lower()
        return {**scope, "client": (client, 0), "scheme": scheme}


def client_network(scope: Scope) -> str:
    """What counts as one client: an IPv4 address, or the /64 network of an IPv6 address, which one household has."""
    given = scope.get("client")
    address = _address(given[0]) if given else None
    if address is None:
        return "unknown"
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return address


def _fields(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _forwarded_hops(fields: Sequence[str]) -> list[Hop]:
    """The elements of ``Forwarded``: who asked (``for``), and by which scheme (``proto``)."""
    elements: list[dict[str, str]] = []
    for field in fields:
        elements.append({})
        for pair in _PAIR.finditer(field):
            comma, name, value = pair.groups()
            if comma:
                elements.append({})
            elements[-1][name.lower()] = value.strip('"').replace("\\", "")
    return [(_address(one.get("for", "")), one.get("proto", "")) for one in elements if one]


def _address(text: str) -> str | None:
    """An address in its usual form, a port and a zone left out; ``None`` for what is none."""
    found = _WITH_PORT.fullmatch(text)
    bare = (found.group(1) or found.group(2)) if found else text.partition("%")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)
