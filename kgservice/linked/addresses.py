"""Between IRIs of the graph and addresses of the service.

``{base}/id/x`` is answered at ``/doc/x``, ``{base}/graph/x`` at ``/doc/graph/x``, ``{base}/ns/X`` and
``{base}/problem/x`` where they stand. An address may end in the suffix of a representation (``.ttl``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from kgservice.linked.formats import BY_SUFFIX, Representation
from kgservice.sparql.receiving import origin_of
from kgservice.sparql.request import Scope

LONGEST = 2000  # characters of a path; no IRI that the project mints comes near
# What no IRI may have as it is (SPARQL 1.1, 19.8, IRIREF), and the sign that begins an escape.
_ESCAPED = re.compile(r"[\x00-\x20\x7f-\x9f<>\"{}|\\^`%]")
_SURROGATE = re.compile(r"[\ud800-\udfff\ufffd]")
_PLAIN = "/:@!$&'()*+,;=~-._%"


@dataclass(frozen=True, slots=True)
class Address:
    """What a path asks for: the path without suffix, below ``id``, ``ns``, ``graph`` or ``problem``."""

    realm: str
    path: str
    form: Representation | None = None

    def iris(self, base: str) -> list[str]:
        """The IRIs that it may stand for: as it was decoded, and with what is not ASCII encoded."""
        decoded = f"{base}/{self.realm}/{self.path}"
        encoded = ascii_of(decoded)
        return [decoded] if decoded == encoded else [decoded, encoded]

    @property
    def document(self) -> str:
        """The address of its document, without suffix: ``/doc/certificate/c00009``, ``/ns/Recognition``."""
        return _document(self.realm, self.path)

    def represented(self, form: Representation) -> str:
        """The address of one representation: ``/doc/certificate/c00009.ttl``; that of ``/ns/`` is ``/ns.ttl``."""
        return f"{self.document.rstrip('/')}.{form.suffix}"


def read_address(realm: str, path: str) -> Address | None:
    """What a decoded path below ``realm`` asks for; ``None`` where nothing can ever have been minted."""
    if len(path) > LONGEST or _SURROGATE.search(path):
        return None
    stem, _, suffix = path.rpartition(".")
    form = BY_SUFFIX.get(suffix) if "." in path and not stem.endswith("/") else None
    if not stem and realm != "ns":  # /ns.ttl is the ontology
        form = None
    plain = stem if form is not None else path
    if not plain and realm != "ns":
        return None
    return Address(realm, _ESCAPED.sub(lambda sign: quote(sign[0], safe=""), plain), form)


def document_of(iri: str, base: str) -> str | None:
    """Where this service tells about an IRI of the graph; ``None`` for an IRI of elsewhere."""
    if not iri.startswith(f"{base}/"):
        return None
    rest = iri.removeprefix(f"{base}/")
    realm, slash, path = rest.partition("/")
    if slash and realm in ("id", "ns", "graph", "problem"):
        return _document(realm, path)
    return quote(f"/{rest}", safe=_PLAIN + "?")


def ascii_of(iri: str) -> str:
    """An IRI as a URI (RFC 3987, 3.1): header fields hold nothing but ASCII."""
    return quote(iri, safe=_PLAIN + "#?[]")


def place_of(scope: Scope, base_path: str) -> str:
    """Where the documents stand for the client: behind the prefix of a proxy, and that of the base if it was asked there.

    ``base_path`` is the path of the base (``/kg``), or nothing.
    """
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    below = base_path and path.startswith(f"{base_path}/")
    return origin_of(scope) + (base_path if below else "")


def _document(realm: str, path: str) -> str:
    place = {"id": "/doc", "graph": "/doc/graph"}.get(realm, f"/{realm}")
    return f"{place}/{quote(path, safe=_PLAIN)}"
