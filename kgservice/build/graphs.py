"""The named graphs of a release while it is being made."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.plugins.serializers.nquads import _nq_row
from rdflib.term import Node

from kgservice.build.facts import Text
from kgservice.build.names import RDF, XSD, Names


@dataclass(slots=True)
class Graphs:
    """Named graphs by IRI, and their union."""

    names: Names
    graphs: dict[URIRef, Graph] = field(default_factory=dict)

    def graph(self, *parts: str) -> Graph:
        """The named graph ``{base}/graph/part/…``, made when first asked for."""
        iri = self.names.graph(*parts)
        return self.graphs.setdefault(iri, Graph(identifier=iri))

    def union(self) -> Graph:
        """All triples of all graphs as one graph, which is what the shapes run on."""
        union = Graph()
        for graph in self.graphs.values():
            for triple in graph:
                union.add(triple)
        return union

    def counts(self) -> dict[str, int]:
        """The number of triples of each graph, by IRI."""
        return {str(iri): len(self.graphs[iri]) for iri in sorted(self.graphs)}

    def nquads(self) -> Iterator[str]:
        """The lines of the sorted N-Quads: the same graphs give the same bytes.

        :raises ValueError: when a blank node stands in a graph; the model has none, and they would have no
            stable order.
        """
        lines: set[str] = set()
        for graph in self.graphs.values():
            for triple in graph:
                if any(isinstance(term, BNode) for term in triple):
                    raise ValueError(f"blank node in {graph.identifier}: {triple}")
                lines.add(_nq_row(triple, graph.identifier))  # type: ignore[no-untyped-call]
        yield from sorted(lines)


@dataclass(frozen=True, slots=True)
class Writer:
    """Adds triples about one subject to one graph, leaving out what is not stated."""

    graph: Graph
    subject: URIRef

    def add(self, predicate: URIRef, *values: Node | None) -> None:
        """Adds each value that is not ``None``."""
        for value in values:
            if value is not None:
                self.graph.add((self.subject, predicate, value))

    def type(self, *classes: URIRef) -> None:
        """Says what the subject is."""
        self.add(RDF.type, *classes)

    def texts(self, predicate: URIRef, text: Text | None) -> None:
        """Adds a statement in both languages."""
        if text is not None:
            self.add(predicate, zh(text.zh), en(text.en))


def zh(text: str) -> Literal | None:
    """Chinese text, or nothing where the cell is empty."""
    return Literal(text, lang="zh") if text else None


def en(text: str) -> Literal | None:
    """English text, or nothing where the cell is empty."""
    return Literal(text, lang="en") if text else None


def plain(text: str) -> Literal | None:
    """Foreign text as printed, without a language."""
    return Literal(text) if text else None


def integer(value: int | None) -> Literal | None:
    """An ``xsd:integer``."""
    return None if value is None else Literal(str(value), datatype=XSD.integer)


def boolean(value: bool | None) -> Literal | None:
    """An ``xsd:boolean``."""
    return None if value is None else Literal("true" if value else "false", datatype=XSD.boolean)


def date(value: datetime.date | None) -> Literal | None:
    """An ``xsd:date``."""
    return None if value is None else Literal(value.isoformat(), datatype=XSD.date)


def decimal(value: str) -> Literal:
    """An ``xsd:decimal``."""
    return Literal(value, datatype=XSD.decimal, normalize=False)
