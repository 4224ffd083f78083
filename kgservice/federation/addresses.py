"""Which addresses of the network may be called: public ones, and nothing that leads to a private one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Awaitable[list[str]]]

# IPv6 addresses that carry an IPv4 address in their last 32 bits: IPv4-compatible, mapped (RFC 4291, 2.5.5),
# translated (RFC 2765), and the two prefixes of NAT64 (RFC 6052, RFC 8215).
_EMBEDDING = tuple(
    IPv6Network(network)
    for network in (
        "::/96",
        "::ffff:0:0/96",
        "::ffff:0:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
    )
)
# Never an endpoint, whatever a version of the standard library says: Teredo and ORCHID, deprecated site-local, discard;
# IETF protocol assignments and the relays of 6to4.
_NEVER = tuple(IPv6Network(network) for network in ("2001::/23", "fec0::/10", "100::/64"))
_NEVER_4 = tuple(IPv4Network(network) for network in ("192.0.0.0/24", "192.88.99.0/24"))


def is_public(address: Address) -> bool:
    """Whether an address is one of the public network, unicast, for its own and for an IPv4 address inside it."""
    if isinstance(address, IPv6Address):
        if any(address in network for network in _NEVER):
            return False
        if address.sixtofour is not None:
            return is_public(address.sixtofour)
        if any(address in network for network in _EMBEDDING):
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    elif any(address in network for network in _NEVER_4):
        return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
        and not address.is_link_local
    )


def public_addresses(found: list[str]) -> list[Address]:
    """Those of a resolver's answers that are public; a zone (``%eth0``) makes an address a local one."""
    return [address for text in found if "%" not in text and is_public(address := ip_address(text))]


def resolver(threads: Executor) -> Resolver:
    """The system's resolver, in threads of its own, so that slow names hold up nothing else."""

    async def resolve(host: str, port: int) -> list[str]:
        def ask() -> list[str]:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return list(dict.fromkeys(str(answer[4][0]) for answer in answers))

        return await asyncio.get_running_loop().run_in_executor(threads, ask)

    return resolve
