"""Puts the description together: as graphs, and as the files of the release."""

from __future__ import annotations

from rdflib import Graph, URIRef

from kgservice.build.describing.addresses import Addresses
from kgservice.build.describing.dcat import emit_catalog
from kgservice.build.describing.questions import emit_questions
from kgservice.build.describing.service import emit_service
from kgservice.build.describing.source import Source
from kgservice.build.describing.void import emit_own_counts, emit_void
from kgservice.build.graphs import Graphs
from kgservice.release import DESCRIPTION, DESCRIPTION_TURTLE


def describe(source: Source, release: str) -> Graphs:
    """The named graphs of the description of ``source`` as the release of that name."""
    at = Addresses(source.names, release)
    graphs = Graphs(source.names)
    emit_void(source, at, graphs)
    emit_catalog(source, at, graphs)
    emit_service(source, at, graphs)
    emit_questions(source, at, graphs)
    emit_own_counts(source, at, graphs)
    return graphs


def description_files(source: Source, description: Graphs) -> dict[str, bytes]:
    """The dumps, and the description as sorted N-Quads and as Turtle to be read."""
    turtle = Graph(bind_namespaces="none")
    for prefix, namespace in source.prefixes.items():
        turtle.bind(prefix, URIRef(namespace))
    for triple in description.union():
        turtle.add(triple)
    return {
        DESCRIPTION: "".join(description.nquads()).encode(),
        DESCRIPTION_TURTLE: turtle.serialize(format="turtle").encode(),
        **{dump.file: dump.data for dump in source.dumps},
    }
