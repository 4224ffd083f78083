"""Writes a result of pyoxigraph in one of the formats; runs in the worker, in the thread that made the result."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pyoxigraph as ox

RESULTS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
GRAPHS = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
PREFIXED = {"turtle", "trig", "rdfxml"}
XML_NAME_END = re.compile(r"[A-Za-z_\u00C0-\uFFFD][\w.\-\u00B7]*\Z")


class Unwritable(Exception):
    """The answer has something that the chosen format cannot write."""


def write(result: Any, form: str, prefixes: Mapping[str, str], output: Any) -> None:
    """Serialises a result; ``output`` has ``write`` and ``flush``.

    Raises:
        Unwritable: the format is not one for this result, or cannot hold it.
    """
    graph = isinstance(result, ox.QueryTriples)
    if form not in (GRAPHS if graph else RESULTS):
        raise Unwritable(f"this form of query is not written as {form}")
    if form in PREFIXED:
        triples = nameable(result) if form == "rdfxml" else result
        ox.serialize(triples, output, GRAPHS[form], prefixes=dict(prefixes))
    elif graph:
        result.serialize(output, GRAPHS[form])
    else:
        result.serialize(output, RESULTS[form])


def nameable(triples: Iterator[ox.Triple]) -> Iterator[ox.Triple]:
    """The triples, as long as every predicate can be an XML element (the serialiser does not look)."""
    for triple in triples:
        if not XML_NAME_END.search(triple.predicate.value):
            raise Unwritable(f"RDF/XML has no way to write the property {triple.predicate}")
        yield triple
