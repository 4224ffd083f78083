"""Puts the description together: as graphs, and as the files of the release."""

from __future__ import annotations

from dataclasses import dataclass

from rdflib import Graph, URIRef

from kgservice.build.describing.addresses import Addresses
from kgservice.build.describing.dcat import emit_catalog
from kgservice.build.describing.questions import emit_questions
from kgservice.build.describing.service import emit_service
from kgservice.build.describing.shapes import emit_shapes
from kgservice.build.describing.source import Source
from kgservice.build.describing.void import emit_own_counts, emit_void
from kgservice.build.graphs import Graphs
from kgservice.release import DESCRIPTION, DESCRIPTION_TURTLE


@dataclass(frozen=True, slots=True)
class Description:
    """``own``: the graphs of the description; ``stated``: what belongs to it but stands in a data graph already.

    No triple is written twice: an engine may count or join it twice in the union of all graphs (pyoxigraph does).
    """

    own: Graphs
    stated: Graphs

    def union(self) -> Graph:
        """The whole description as one graph."""
        whole = self.own.union()
        whole += self.stated.union()
        return whole


def describe(source: Source, release: str) -> Description:
    """The description of ``source`` as the release of that name."""
    at = Addresses(source.names, release)
    description = Description(Graphs(source.names), Graphs(source.names))
    emit_void(source, at, description.own)
    emit_catalog(source, at, description.own)
    emit_service(source, at, description.own)
    emit_questions(source, at, description.own)
    emit_shapes(source, description.own)
    _leave_each_once(source, description)
    emit_own_counts(source, at, description.own)
    return description


def _leave_each_once(source: Source, description: Description) -> None:
    """Takes out of the description's graphs what another graph states: a data graph, or an earlier one of its own."""
    seen = Graph()
    for graph in description.own.graphs.values():
        for triple in list(graph):
            if triple in source.union:
                home = min(iri for iri, data in source.graphs.graphs.items() if triple in data)
                description.stated.graphs.setdefault(home, Graph(identifier=home)).add(triple)
                graph.remove(triple)
            elif triple in seen:
                graph.remove(triple)
            seen.add(triple)


def description_files(source: Source, description: Description) -> dict[str, bytes]:
    """The dumps, and the description as sorted N-Quads and as Turtle to be read."""
    turtle = Graph(bind_namespaces="none")
    for prefix, namespace in source.prefixes.items():
        turtle.bind(prefix, URIRef(namespace))
    for triple in description.union():
        turtle.add(triple)
    lines = sorted((*description.own.nquads(), *description.stated.nquads()))
    return {
        DESCRIPTION: "".join(lines).encode(),
        DESCRIPTION_TURTLE: turtle.serialize(format="turtle").encode(),
        **{dump.file: dump.data for dump in (*source.dumps, *source.sheets)},
    }
