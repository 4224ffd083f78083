"""IRIs of endpoints: resolved as RFC 3986 says (section 5.2), and compared for equality and nothing less.

Two addresses are the same when they are equal after the normalisation that changes no meaning anywhere (RFC 3986,
6.2.2.1 and 6.2.3): case of scheme, host and percent-encoding, default port, empty path; what is not ASCII is written
as a URI (RFC 3987, 3.1). Dot segments of a full address are left as they are, and so match nothing.
"""

from __future__ import annotations

import re
from urllib.parse import quote

import idna

_PARTS = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_ILLEGAL = re.compile(r"[\x00-\x20<>\"{}|\\^`\x7f]")
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PORTS = {"http": 80, "https": 443}
_KEPT = "".join(chr(code) for code in range(33, 127))


def resolve(base: str, reference: str) -> str:
    """A reference in full (RFC 3986, 5.2.2). One that has a scheme is left as it is."""
    scheme, authority, path, query, fragment = _split(reference)
    if scheme is not None:
        return reference
    base_scheme, base_authority, base_path, base_query, _ = _split(base)
    if authority is not None:
        return _join(base_scheme, authority, _remove_dots(path), query, fragment)
    if not path:
        return _join(base_scheme, base_authority, base_path, query or base_query, fragment)
    if not path.startswith("/"):
        if base_authority is not None and not base_path:
            path = f"/{path}"
        else:
            path = base_path[: base_path.rfind("/") + 1] + path
    return _join(base_scheme, base_authority, _remove_dots(path), query, fragment)


def normalise(iri: str) -> str | None:
    """The address of an endpoint in its one form, ASCII; ``None`` when it can be none.

    It must be http or https in full, without user, password and fragment.
    """
    scheme, authority, path, query, fragment = _split(iri)
    scheme = (scheme or "").lower()
    if scheme not in _PORTS or not authority or fragment or _ILLEGAL.search(iri):
        return None
    if "@" in authority or _BAD_PERCENT.search(path + query):
        return None
    found = re.fullmatch(r"(.*?|\[.*\])(?::([0-9]{0,5}))?", authority)
    if found is None:
        return None
    host, port = _ascii_host(found.group(1)), int(found.group(2) or _PORTS[scheme])
    if host is None or not 0 < port < 65536:
        return None
    shown = "" if port == _PORTS[scheme] else f":{port}"
    return f"{scheme}://{host}{shown}{_ascii(path) or '/'}{_ascii(query)}"


def host_and_port(url: str) -> str:
    """``host:port`` of a normalised address."""
    scheme, authority, *_ = _split(url)
    assert authority is not None
    known = re.search(r":[0-9]+\Z", authority)
    return authority if known else f"{authority}:{_PORTS[scheme or 'http']}"


def read_allow_list(text: str) -> tuple[str, ...]:
    """The addresses in a setting, comma or space between.

    Raises:
        ValueError: one of them is no address of an endpoint.
    """
    urls = []
    for part in re.split(r"[,\s]+", text.strip()):
        url = normalise(part)
        if url is None:
            raise ValueError(part)
        urls.append(url)
    return tuple(dict.fromkeys(urls))


def read_private_list(text: str) -> tuple[str, ...]:
    """``host:port`` pairs in a setting, comma or space between.

    Raises:
        ValueError: one of them is no such pair.
    """
    pairs = []
    for part in re.split(r"[,\s]+", text.strip()):
        url = normalise(f"http://{part}/") if re.fullmatch(r"[^/?#@]+:[0-9]+", part) else None
        if url is None:
            raise ValueError(part)
        pairs.append(host_and_port(url))
    return tuple(dict.fromkeys(pairs))


def _split(iri: str) -> tuple[str | None, str | None, str, str, str]:
    found = _PARTS.fullmatch(iri)
    assert found is not None
    scheme, authority, path, query, fragment = found.groups()
    if scheme is not None and not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        scheme, path = None, f"{scheme}:{path}"
    return scheme, authority, path, query or "", fragment or ""


def _join(scheme: str | None, authority: str | None, path: str, query: str, fragment: str) -> str:
    start = "" if scheme is None else f"{scheme}:"
    return f"{start}{'' if authority is None else f'//{authority}'}{path}{query}{fragment}"


def _remove_dots(path: str) -> str:
    """RFC 3986, 5.2.4."""
    kept: list[str] = []
    segments = path.split("/")
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == "..":
            if len(kept) > 1 or (kept and kept[0]):
                kept.pop()
        elif segment != ".":
            kept.append(segment)
            continue
        if last:
            kept.append("")
    return "/".join(kept)


def _ascii_host(host: str) -> str | None:
    host = host.lower()
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError:
            return None
    return host if _HOST.fullmatch(host) else None


def _ascii(text: str) -> str:
    return _PERCENT.sub(lambda found: found.group().upper(), quote(text, safe=_KEPT))
