"""The formats of answers: which there are, for which form of query, and under which names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgservice.sparql.check import Form

_FORMATS = "http://www.w3.org/ns/formats/"


@dataclass(frozen=True, slots=True)
class Format:
    """One serialisation. ``key`` is the engine's name for it, ``names`` what ``?format=`` takes."""

    key: str
    media_type: str
    names: tuple[str, ...]
    iri: str
    aliases: tuple[str, ...] = ()


RESULTS: tuple[Format, ...] = (
    Format(
        "json",
        "application/sparql-results+json",
        ("json", "srj"),
        _FORMATS + "SPARQL_Results_JSON",
        ("application/json",),
    ),
    Format(
        "xml",
        "application/sparql-results+xml",
        ("xml", "srx"),
        _FORMATS + "SPARQL_Results_XML",
        ("application/xml", "text/xml"),
    ),
)
TABLES: tuple[Format, ...] = (
    Format("csv", "text/csv", ("csv",), _FORMATS + "SPARQL_Results_CSV"),
    Format("tsv", "text/tab-separated-values", ("tsv",), _FORMATS + "SPARQL_Results_TSV"),
)
GRAPHS: tuple[Format, ...] = (
    Format("turtle", "text/turtle", ("turtle", "ttl", "n3"), _FORMATS + "Turtle"),
    Format("ntriples", "application/n-triples", ("ntriples", "nt"), _FORMATS + "N-Triples"),
    Format("nquads", "application/n-quads", ("nquads", "nq"), _FORMATS + "N-Quads"),
    Format("trig", "application/trig", ("trig",), _FORMATS + "TriG"),
    Format(
        "rdfxml",
        "application/rdf+xml",
        ("rdfxml", "rdf", "xml", "rdf+xml"),
        _FORMATS + "RDF_XML",
        ("application/xml", "text/xml"),
    ),
    Format(
        "jsonld",
        "application/ld+json",
        ("jsonld", "json-ld", "json"),
        _FORMATS + "JSON-LD",
        ("application/json",),
    ),
)
FORMATS: tuple[Format, ...] = (*RESULTS, *TABLES, *GRAPHS)
OFFERS: Mapping[Form, tuple[Format, ...]] = {
    Form.SELECT: (*RESULTS, *TABLES),
    Form.ASK: RESULTS,
    Form.CONSTRUCT: GRAPHS,
    Form.DESCRIBE: GRAPHS,
}


def media_types(formats: tuple[Format, ...]) -> dict[str, Format]:
    """Media type → format, in the order in which equals are preferred; aliases last."""
    offered = {form.media_type: form for form in formats}
    for form in formats:
        for alias in form.aliases:
            offered.setdefault(alias, form)
    return offered


def content_type(media_type: str) -> str:
    """The ``Content-Type`` for a media type: text types say that they are UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def named(name: str, formats: tuple[Format, ...]) -> Format | None:
    """The format that ``?format=`` names: a short name or a media type."""
    wanted = name.strip().lower()
    for form in formats:
        if wanted in form.names or wanted == form.media_type or wanted in form.aliases:
            return form
    return None


def agree(names: Sequence[str]) -> bool:
    """Whether all these values of ``?format=`` and its synonyms can mean one format.

    Stock clients repeat themselves: SPARQLWrapper asks for ``json-ld`` and for
    ``application/ld+json,application/x-json+ld``, under three names of the parameter.
    """
    meant = (
        {form.key for one in name.split(",") for form in FORMATS if named(one, (form,))}
        for name in dict.fromkeys(names)
    )
    return bool(set.intersection(*meant)) if names else False
