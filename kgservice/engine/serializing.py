"""Writes RDF that is at hand, without a store and without a query."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import pyoxigraph as ox

from kgservice.engine.errors import ResultUnwritable
from kgservice.engine.writing import GRAPHS, PREFIXED, Unwritable, nameable


def serialize(
    quads: bytes, form: str, prefixes: Mapping[str, str], relocate: Callable[[str], str]
) -> bytes:
    """N-Quads as one graph in a format of triples (a key of :data:`kgservice.sparql.results.GRAPHS`).

    Each triple is written once, whatever graphs hold it. ``relocate`` gives the IRI that stands for one.
    """

    def moved(term: Any) -> Any:
        return ox.NamedNode(relocate(term.value)) if isinstance(term, ox.NamedNode) else term

    triples = dict.fromkeys(
        ox.Triple(moved(quad.subject), quad.predicate, moved(quad.object))
        for quad in ox.parse(quads, format=ox.RdfFormat.N_QUADS)
    )
    output = io.BytesIO()
    ox.serialize(
        triples, output, GRAPHS[form], prefixes=dict(prefixes) if form in PREFIXED else None
    )
    return output.getvalue()


def serialize_quads(quads: bytes, form: str, prefixes: Mapping[str, str]) -> bytes:
    """N-Quads in a format, in their order, each triple once.

    TriG says besides in which named graphs they stand. Its default graph holds all of them, as that of the endpoint
    does: who does not look into named graphs finds everything (Comunica asks for TriG before anything else).

    Raises:
        ResultUnwritable: the format has no way to write a property.
    """
    parsed = list(ox.parse(quads, format=ox.RdfFormat.N_QUADS))
    statements: Any = iter(dict.fromkeys(quad.triple for quad in parsed))
    if form == "trig":
        named = [quad for quad in parsed if quad.graph_name != ox.DefaultGraph()]
        statements = [*(ox.Quad(*triple) for triple in statements), *named]
    if form == "rdfxml":
        statements = nameable(statements)
    output = io.BytesIO()
    shortened = dict(prefixes) if form in PREFIXED else None
    try:
        ox.serialize(statements, output, GRAPHS[form], prefixes=shortened)
    except Unwritable as error:
        raise ResultUnwritable(str(error)) from None
    return output.getvalue()
