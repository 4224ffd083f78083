"""SPARQL 1.1 Service Description: what is queried (https://www.w3.org/TR/sparql11-service-description/).

Which formats and features there are is not known here: that is the program's that serves the release, and the service
adds it when it answers.
"""

from __future__ import annotations

from kgservice.build.describing.addresses import Addresses
from kgservice.build.describing.source import Source
from kgservice.build.graphs import Graphs, Writer
from kgservice.build.names import DCAT, DCTERMS, SD, VOID


def emit_service(source: Source, at: Addresses, graphs: Graphs) -> None:
    """Writes the service, its default graph and its named graphs into ``description/service``."""
    graph = graphs.graph("description", "service")
    service = Writer(graph, at.service)
    service.type(SD.Service)
    service.add(SD.endpoint, at.endpoint)
    service.add(SD.supportedLanguage, SD.SPARQL11Query)
    service.add(SD.defaultDataset, at.queried)

    queried = Writer(graph, at.queried)
    queried.type(SD.Dataset)
    default = Writer(graph, at.default_graph)
    queried.add(SD.defaultGraph, default.subject)
    default.type(SD.Graph, VOID.Dataset)
    own = source.description_graphs()
    for iri in (*source.each, *own):
        named = Writer(graph, at.named_graph(iri))
        queried.add(SD.namedGraph, named.subject)
        named.type(SD.NamedGraph)
        named.add(SD.name, iri)
        named.add(SD.graph, at.dataset_of(iri))
        Writer(graph, at.dataset_of(iri)).type(SD.Graph)
    for iri in own:
        dataset = Writer(graph, at.dataset_of(iri))
        dataset.type(DCAT.Dataset, VOID.Dataset)
        dataset.texts(DCTERMS.title, source.title_of(iri))
