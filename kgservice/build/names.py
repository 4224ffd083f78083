"""The IRIs of the model (section 10): slash, language-neutral, never reused, no blank nodes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import quote

from rdflib import Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, OWL, PROV, RDF, RDFS, SH, SKOS, VANN, VOID, XSD

DEFAULT_BASE = "https://w3id.org/zhicheng"

# rdflib's own DCAT is version 2; inSeries, version and previousVersion came with DCAT 3.
DCAT = Namespace("http://www.w3.org/ns/dcat#")
CETERMS = Namespace("https://purl.org/ctdl/terms/")
ELI = Namespace("http://data.europa.eu/eli/ontology#")
ORG = Namespace("http://www.w3.org/ns/org#")
SCHEMA = Namespace("https://schema.org/")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
SPEX = Namespace("https://purl.expasy.org/sparql-examples/ontology#")
SSSOM = Namespace("https://w3id.org/sssom/")

__all__ = [
    "CETERMS",
    "DCAT",
    "DCTERMS",
    "DEFAULT_BASE",
    "ELI",
    "FOAF",
    "ORG",
    "OWL",
    "PROV",
    "RDF",
    "RDFS",
    "SCHEMA",
    "SD",
    "SH",
    "SKOS",
    "SPDX",
    "SPEX",
    "SSSOM",
    "VANN",
    "VOID",
    "XSD",
    "Names",
    "entry_tail",
]


def entry_tail(section: str, seq: int) -> str:
    """The end of an entry's IRI: ``9``, ``C24`` (letter + number) or ``2-6`` (digit section, hyphen, number)."""
    if not section:
        return str(seq)
    return f"{section}{seq}" if section.isalpha() else f"{section}-{seq}"


@dataclass(frozen=True, slots=True)
class Names:
    """Mints every IRI of the graph from one base."""

    base: str = DEFAULT_BASE

    @property
    def zc(self) -> Namespace:
        """The vocabulary, ``{base}/ns/``."""
        return Namespace(f"{self.base}/ns/")

    def id(self, *parts: str) -> URIRef:
        """``{base}/id/part/part…``; each part is percent-encoded but for ``/``."""
        return URIRef(f"{self.base}/id/" + "/".join(quote(part, safe="/") for part in parts))

    def graph(self, *parts: str) -> URIRef:
        """``{base}/graph/part/part…``."""
        return URIRef(f"{self.base}/graph/" + "/".join(quote(part, safe="/") for part in parts))

    def tail(self, graph: URIRef) -> str:
        """What stands behind ``{base}/graph/`` in the IRI of a graph."""
        return str(graph).removeprefix(f"{self.base}/graph/")

    def hashed(self, kind: str, *parts: str) -> URIRef:
        """``{base}/id/{kind}/{hash}``: the same facts give the same IRI.

        The base is cut off the parts first, so that a hash does not depend on the host.
        """
        local = "\n".join(part.removeprefix(self.base) for part in parts)
        return self.id(kind, hashlib.sha256(local.encode()).hexdigest()[:16])
