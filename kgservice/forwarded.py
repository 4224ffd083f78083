"""Who the client is behind a proxy: read from a header, and only from proxies that the settings name.

What a client writes into such a header itself is believed by nobody: the addresses are read from the right, each
one only as long as the address that wrote it is trusted.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from ipaddress import IPv6Address, ip_address
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Hop = tuple[str | None, str]

FORWARDED = "forwarded"  # RFC 7239
MOST_READ = (
    8192  # signs of such a header, from its end; what stands before was not written by a proxy
)
LONGEST_ADDRESS = 100
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
        hops: Iterable[Hop]
        fields = _fields(scope, self._header.encode())
        if self._header == FORWARDED:
            hops = map(_read_element, filter(None, _from_right(fields, ",")))
        else:
            said = next(_from_right(_fields(scope, b"x-forwarded-proto"), ","), "")
            hops = ((_address(one), said) for one in _from_right(fields, ","))
        client, scheme = peer, scope.get("scheme", "http")
        for address, proto in hops:
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


def _from_right(fields: Iterable[str], sign: str) -> Iterator[str]:
    """The parts between a sign (outside quotes), the last first.

    From the right, so that no quote that a client left open swallows what a proxy wrote behind it, and nothing is read
    beyond what is asked for. Of the part at which the reading ends nobody knows how it began: it is left out, too.
    """
    left = MOST_READ
    for field in reversed([*fields]):
        text = field[-left:] if left else ""
        end, quoted = len(text), False
        for place in range(len(text) - 1, -1, -1):
            if text[place] == '"' and not _is_escaped(text, place):
                quoted = not quoted
            elif text[place] == sign and not quoted:
                yield text[place + 1 : end].strip()
                end = place
        if len(text) < len(field):
            return
        yield text[:end].strip()
        left -= len(text)


def _is_escaped(text: str, place: int) -> bool:
    """Whether an odd number of backslashes stands before a place."""
    start = place
    while start and text[start - 1] == "\\":
        start -= 1
    return (place - start) % 2 == 1


def _read_element(element: str) -> Hop:
    """An element of ``Forwarded`` (RFC 7239, 4): who asked (``for``), and by which scheme (``proto``)."""
    pairs: dict[str, str] = {}
    for part in _from_right([element], ";"):
        name, _, value = part.partition("=")
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:].removesuffix('"'))
        pairs.setdefault(name.strip().lower(), value)
    return _address(pairs.get("for", "")), pairs.get("proto", "")


def _address(text: str) -> str | None:
    """An address in its usual form, a port and a zone left out; ``None`` for what is none."""
    if len(text) > LONGEST_ADDRESS:
        return None
    found = _WITH_PORT.fullmatch(text)
    bare = (found.group(1) or found.group(2)) if found else text.partition("%")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)
