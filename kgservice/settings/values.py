"""Reads the text of one setting as a value. ``ValueError``: it is none."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from kgservice.settings.fields import EMBEDDED, METRICS_EVERYBODY, METRICS_HERE, METRICS_OFF


def text(value: str) -> str:
    """Anything that is not empty."""
    if not value:
        raise ValueError
    return value


def base(value: str) -> str:
    """An http(s) IRI, without the slash at its end."""
    if not value.startswith(("http://", "https://")) or any(c in value for c in '<>"{}|\\^` '):
        raise ValueError
    return value.rstrip("/")


def engine(value: str) -> str:
    """``embedded``, or the http(s) URL of an endpoint; it may have ``{release}`` in it."""
    if value == EMBEDDED:
        return value
    parts = urlsplit(value.replace("{release}", "release"))
    bad = any(character in value for character in '<> "')
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment or bad:
        raise ValueError
    _ = parts.port  # raises what is no port
    return value


def number(least: int) -> Callable[[str], int]:
    """A whole number from ``least`` on."""

    def parse(value: str) -> int:
        found = int(value)
        if found < least:
            raise ValueError
        return found

    return parse


def seconds(value: str) -> float:
    """A time above 0."""
    found = float(value)
    if not 0 < found < float("inf"):
        raise ValueError
    return found


def seconds_or_none(value: str) -> float:
    """A time, or 0."""
    return 0.0 if float(value) == 0 else seconds(value)


def one_of(*words: str) -> Callable[[str], str]:
    """One of these words, in any case."""

    def parse(value: str) -> str:
        if value.lower() not in words:
            raise ValueError
        return value.lower()

    return parse


def yes(value: str) -> bool:
    """``on`` or ``off``."""
    return {"on": True, "off": False}[one_of("on", "off")(value)]


def metrics(value: str) -> str:
    """Who reads the figures: a word, or HOST:PORT."""
    host, colon, number_of_port = value.rpartition(":")
    if colon:
        if not host or not port(number_of_port) >= 1:
            raise ValueError
        return value
    return one_of(METRICS_HERE, METRICS_EVERYBODY, METRICS_OFF)(value)


def addresses(value: str) -> tuple[str, ...]:
    """IP addresses with commas between."""
    return tuple(str(ip_address(one.strip())) for one in value.split(","))


def proxy_header(value: str) -> str:
    """A header field in which proxies name the client."""
    if value.lower() not in ("x-forwarded-for", "forwarded"):
        raise ValueError
    return value.lower()


def port(value: str) -> int:
    """The number of a port; 0 for any that is free."""
    found = int(value)
    if not 0 <= found <= 65535:
        raise ValueError
    return found
