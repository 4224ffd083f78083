"""Writes RDF that is at hand, without a store and without a query: for what a release says about itself."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import pyoxigraph as ox

from kgservice.engine.writing import GRAPHS, PREFIXED


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
