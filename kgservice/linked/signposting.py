"""Typed links in the header, so that machines need not read the page (https://signposting.org/FAIR/, Level 1)."""

from __future__ import annotations

from collections.abc import Sequence

from kgservice.linked.addresses import ascii_of
from kgservice.linked.document import Document
from kgservice.linked.formats import ALL, HTML, Representation

SCHEMA = "https://schema.org/"
# What our classes are for the outside; Signposting asks for terms of schema.org.
_KINDS = {
    "Certificate": "EducationalOccupationalCredential",
    "CertificateFamily": "EducationalOccupationalCredential",
    "Issuer": "Organization",
    "Authority": "GovernmentOrganization",
    "Region": "AdministrativeArea",
    "Directory": "DataCatalog",
    "Edition": "Dataset",
    "PolicyDocument": "Legislation",
}


def link(target: str, relation: str, **attributes: str) -> str:
    """One link (RFC 8288)."""
    told = "".join(f'; {name}="{value}"' for name, value in attributes.items())
    return f'<{ascii_of(target)}>; rel="{relation}"{told}'


def links_of(
    document: Document, iri: str, types: Sequence[str], form: Representation, download: str | None
) -> str:
    """The ``Link`` field of a representation.

    The page is the landing page: it names the thing to cite (``cite-as``), what it is (``type``), its licence, the
    documents that describe it and the data set that it belongs to; ``download`` is the file that holds a graph. The
    other representations describe that page.
    """
    address, place = document.address, document.place
    links = [link(iri, "cite-as")]
    for other in ALL:
        if other is form:
            continue
        relation = "alternate" if other is HTML else "alternate describedby"
        if form is not HTML:
            relation = "alternate describes" if other is HTML else "alternate"
        links.append(link(f"{place}{address.represented(other)}", relation, type=other.media_type))
    if form is HTML:
        links.append(link(f"{SCHEMA}AboutPage", "type"))
        links += [link(kind, "type") for kind in kinds_of(types, document.base)]
        if download:
            links.append(link(download, "item", type="application/gzip"))
    else:
        links.append(link(f"{SCHEMA}Dataset", "type"))
    if document.licence:
        links.append(link(document.licence, "license"))
    links.append(link(f"{place}/doc/dataset", "collection"))
    return ", ".join(links)


def kinds_of(types: Sequence[str], base: str) -> list[str]:
    """What a thing is in terms of schema.org: a ``CreativeWork`` where these have no closer one."""
    ours = [one.removeprefix(f"{base}/ns/") for one in types]
    found = [f"{SCHEMA}{_KINDS[one]}" for one in ours if one in _KINDS]
    return list(dict.fromkeys(found)) or [f"{SCHEMA}CreativeWork"]
