"""Writes a result of pyoxigraph in one of the formats; runs in the worker, in the thread that made the result."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pyoxigraph as ox

from kgservice.engine.rows import BoundedOutput, bounded, counter_of

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


def write(
    result: Any, form: str, prefixes: Mapping[str, str], output: Any, most: int | None = None
) -> None:
    """Serialises a result of at most ``most`` rows (solutions or triples); ``output`` has ``write`` and ``flush``.

    Raises:
        Unwritable: the format is not one for this result, or cannot hold it.
        TooManyRows: there are more rows; the row too many has not been written.
    """
    graph = isinstance(result, ox.QueryTriples)
    if form not in (GRAPHS if graph else RESULTS):
        raise Unwritable(f"this form of query is not written as {form}")
    triples = result
    if most is not None and not isinstance(result, ox.QueryBoolean):
        counter = counter_of(form)
        if counter is not None:
            output = BoundedOutput(output, counter, most)
        else:
            triples = bounded(result, most)
    if form == "rdfxml":
        triples = nameable(triples)
    if form in PREFIXED or triples is not result:
        shortened = dict(prefixes) if form in PREFIXED else None
        ox.serialize(triples, output, GRAPHS[form], prefixes=shortened)
    else:
        result.serialize(output, GRAPHS[form] if graph else RESULTS[form])


def nameable(triples: Iterator[ox.Triple]) -> Iterator[ox.Triple]:
    """The triples, as long as every predicate can be an XML element (the serialiser does not look)."""
    for triple in triples:
        if not XML_NAME_END.search(triple.predicate.value):
            raise Unwritable(f"RDF/XML has no way to write the property {triple.predicate}")
        yield triple
