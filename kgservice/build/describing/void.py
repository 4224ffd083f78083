"""VoID: what is in the data, counted (https://www.w3.org/TR/void/)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rdflib import Literal, URIRef

from kgservice.build.describing.addresses import Addresses
from kgservice.build.describing.source import Source
from kgservice.build.describing.statistics import Statistics
from kgservice.build.graphs import Graphs, Writer, integer
from kgservice.build.names import FOAF, VANN, VOID


def emit_void(source: Source, at: Addresses, graphs: Graphs) -> None:
    """Writes the dataset of all data, one dataset per named graph, and the links, into ``description/void``."""
    graph = graphs.graph("description", "void")
    document = Writer(graph, URIRef(graph.identifier))
    document.type(VOID.DatasetDescription)
    document.add(FOAF.primaryTopic, at.dataset)

    whole = Writer(graph, at.dataset)
    _emit_dataset(whole, source.whole, source.prefixes, at)
    whole.add(VOID.uriSpace, Literal(f"{source.names.base}/"))
    whole.add(VOID.exampleResource, *source.examples)
    dump = source.dump_of(None)
    whole.add(VOID.dataDump, at.file(dump.file))
    whole.add(VOID.feature, dump.format)
    for iri, counts in source.each.items():
        part = Writer(graph, at.dataset_of(iri))
        whole.add(VOID.subset, part.subject)
        _emit_dataset(part, counts, source.prefixes, at)
        part.add(VOID.exampleResource, counts.example)
        dump = source.dump_of(iri)
        part.add(VOID.dataDump, at.file(dump.file))
        part.add(VOID.feature, dump.format)
    _emit_links(source, at, whole)


def _emit_dataset(
    dataset: Writer, counts: Statistics, prefixes: Mapping[str, str], at: Addresses
) -> None:
    dataset.type(VOID.Dataset)
    dataset.add(VOID.sparqlEndpoint, at.endpoint)
    dataset.add(VOID.triples, integer(counts.triples))
    dataset.add(VOID.entities, integer(counts.entities))
    dataset.add(VOID.distinctSubjects, integer(counts.subjects))
    dataset.add(VOID.distinctObjects, integer(counts.objects))
    dataset.add(VOID.properties, integer(len(counts.properties)))
    dataset.add(VOID.classes, integer(len(counts.classes)))
    dataset.add(VOID.vocabulary, *_vocabularies((*counts.properties, *counts.classes), prefixes))
    for class_, instances in counts.classes.items():
        part = Writer(dataset.graph, at.partition(dataset.subject, "class", class_))
        dataset.add(VOID.classPartition, part.subject)
        part.type(VOID.Dataset)
        part.add(VOID["class"], class_)
        part.add(VOID.entities, integer(instances))
    for property_, use in counts.properties.items():
        part = Writer(dataset.graph, at.partition(dataset.subject, "property", property_))
        dataset.add(VOID.propertyPartition, part.subject)
        part.type(VOID.Dataset)
        part.add(VOID.property, property_)
        part.add(VOID.triples, integer(use.triples))
        part.add(VOID.distinctSubjects, integer(use.subjects))
        part.add(VOID.distinctObjects, integer(use.objects))


def _vocabularies(terms: Iterable[URIRef], prefixes: Mapping[str, str]) -> list[URIRef]:
    """The declared namespaces that the terms come from."""
    found = {
        max(fitting, key=len)
        for term in terms
        if (fitting := [iri for iri in prefixes.values() if term.startswith(iri)])
    }
    return [URIRef(iri) for iri in sorted(found)]


def _emit_links(source: Source, at: Addresses, whole: Writer) -> None:
    for link, number in source.links.items():
        if link.target in source.prefixes:
            target = at.vocabulary(link.target)
            vocabulary = Writer(whole.graph, target)
            vocabulary.type(VOID.Dataset)
            vocabulary.add(VOID.uriSpace, Literal(source.prefixes[link.target]))
            vocabulary.add(VANN.preferredNamespacePrefix, Literal(link.target))
        else:
            target = at.dataset_of(URIRef(link.target))
        origin = at.dataset_of(link.source)
        links = Writer(whole.graph, at.linkset(origin, link.predicate, target))
        whole.add(VOID.subset, links.subject)
        links.type(VOID.Linkset)
        links.add(VOID.linkPredicate, link.predicate)
        links.add(VOID.subjectsTarget, origin)
        links.add(VOID.objectsTarget, target)
        links.add(VOID.triples, integer(number))


def emit_own_counts(source: Source, at: Addresses, graphs: Graphs) -> None:
    """Counts the description itself, as the last step: every other triple stands, and each in one graph only.

    What is added here is counted in: one triple per graph of the description, and one for the default graph.
    """
    graph = graphs.graph("description", "void")
    own = {iri: len(graphs.graphs[iri]) for iri in source.description_graphs()}
    added = len(own) + 1
    own[URIRef(graph.identifier)] += added
    for iri, number in own.items():
        Writer(graph, at.dataset_of(iri)).add(VOID.triples, integer(number))
    total = len(source.union) + sum(own.values())
    Writer(graph, at.default_graph).add(VOID.triples, integer(total))
