"""The IRIs of the description, and the addresses at which the base is served.

What is described has IRIs below ``{base}/id/``, as every thing. An edition is *the* dataset of its graph: it gets no
second IRI. Addresses (``{base}/sparql``, ``{base}/data/…``) are those of the base; the service puts its own in their
place when it answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from rdflib import URIRef

from kgservice.build.names import Names


@dataclass(frozen=True, slots=True)
class Addresses:
    """Mints the IRIs of one release's description. ``release`` is its name."""

    names: Names
    release: str

    @property
    def catalog(self) -> URIRef:
        """The catalogue."""
        return self.names.id("catalog")

    @property
    def dataset(self) -> URIRef:
        """All data: the union of the data graphs."""
        return self.names.id("dataset")

    @property
    def publisher(self) -> URIRef:
        """Who publishes the data."""
        return self.names.id("publisher")

    @property
    def queried(self) -> URIRef:
        """The RDF dataset that the service queries: default graph and named graphs."""
        return self.names.id("service", "sparql", "dataset")

    @property
    def default_graph(self) -> URIRef:
        """The default graph of :attr:`queried`: the union of all named graphs."""
        return self.names.id("service", "sparql", "default-graph")

    @property
    def service(self) -> URIRef:
        """The SPARQL service, which goes by its address: clients look for a description of just that IRI."""
        return self.endpoint

    @property
    def endpoint(self) -> URIRef:
        """Where queries are sent."""
        return URIRef(f"{self.names.base}/sparql")

    @property
    def start(self) -> URIRef:
        """The start page of the service."""
        return URIRef(f"{self.names.base}/")

    def file(self, file: str) -> URIRef:
        """Where a file of the release is downloaded."""
        return URIRef(f"{self.names.base}/data/{self.release}/{quote(file)}")

    def dataset_of(self, graph: URIRef) -> URIRef:
        """The dataset in a named graph: for the graph of an edition the edition itself."""
        tail = self.names.tail(graph)
        if tail.startswith("edition/"):
            return URIRef(f"{self.names.base}/id/{tail}")
        return URIRef(f"{self.names.base}/id/dataset/{tail}")

    def named_graph(self, graph: URIRef) -> URIRef:
        """The ``sd:NamedGraph`` of a graph."""
        return URIRef(f"{self.names.base}/id/named-graph/{self.names.tail(graph)}")

    def distribution(self, graph: URIRef | None) -> URIRef:
        """The dump of a graph, or of all data."""
        tail = "all" if graph is None else self.names.tail(graph)
        return URIRef(f"{self.names.base}/id/distribution/{tail}")

    def sheet(self, graph: URIRef) -> URIRef:
        """The table of a mapping set, beside the dump of its graph."""
        return URIRef(f"{self.distribution(graph)}/sssom")

    def vocabulary(self, prefix: str) -> URIRef:
        """A vocabulary of others to which we link."""
        return self.names.id("dataset", "vocabulary", prefix)

    def partition(self, dataset: URIRef, kind: str, term: URIRef) -> URIRef:
        """The part of a dataset that has one class or one property."""
        return self.names.hashed("partition", dataset, kind, term)

    def linkset(self, source: URIRef, predicate: URIRef, target: URIRef) -> URIRef:
        """The links of one predicate from one dataset to another."""
        return self.names.hashed("linkset", source, predicate, target)
