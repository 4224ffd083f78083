"""Counts of graphs, by the definitions of VoID (section 4.6), and the links between them (section 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rdflib import Graph, URIRef
from rdflib.term import Node

from kgservice.build.names import RDF

Triple = tuple[Node, Node, Node]


@dataclass(frozen=True, slots=True)
class PropertyCounts:
    """How a property is used: its triples, and the distinct subjects and objects of these."""

    triples: int
    subjects: int
    objects: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """The counts of one set of triples.

    ``entities`` are the distinct subjects in the dataset's URI space; ``classes`` has the distinct instances of each
    class; ``example`` is an instance of the largest class, the first by IRI.
    """

    triples: int
    entities: int
    subjects: int
    objects: int
    classes: Mapping[URIRef, int]
    properties: Mapping[URIRef, PropertyCounts]
    example: URIRef | None


def count_triples(triples: Iterable[Triple], uri_space: str) -> Statistics:
    """Counts distinct triples; a subject whose IRI starts with ``uri_space`` is an entity."""
    distinct = set(triples)
    uses = Counter(predicate for _, predicate, _ in distinct)
    subjects: dict[Node, set[Node]] = {}
    objects: dict[Node, set[Node]] = {}
    instances: dict[URIRef, set[URIRef]] = {}
    for subject, predicate, value in distinct:
        subjects.setdefault(predicate, set()).add(subject)
        objects.setdefault(predicate, set()).add(value)
        if predicate == RDF.type and isinstance(value, URIRef) and isinstance(subject, URIRef):
            instances.setdefault(value, set()).add(subject)
    all_subjects = {subject for subject, _, _ in distinct}
    # Of two classes of one size the later by IRI, so that the choice does not depend on the order of a set.
    largest = max(instances, key=lambda class_: (len(instances[class_]), class_), default=None)
    return Statistics(
        triples=len(distinct),
        entities=sum(subject.startswith(uri_space) for subject in map(str, all_subjects)),
        subjects=len(all_subjects),
        objects=len({value for _, _, value in distinct}),
        classes={class_: len(instances[class_]) for class_ in sorted(instances)},
        properties={
            predicate: PropertyCounts(
                uses[predicate], len(subjects[predicate]), len(objects[predicate])
            )
            for predicate in sorted(term for term in uses if isinstance(term, URIRef))
        },
        example=min(instances[largest]) if largest is not None else None,
    )


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """Triples of one predicate whose subject one graph describes and whose object another dataset describes.

    ``target`` is the IRI of a graph of ours, or the prefix of a vocabulary.
    """

    source: URIRef
    predicate: URIRef
    target: str


def count_links(
    graphs: Mapping[URIRef, Graph], not_targets: Iterable[URIRef], vocabularies: Mapping[str, str]
) -> dict[Link, int]:
    """The links between graphs, and from a graph to terms of ``vocabularies`` (prefix → namespace).

    A thing is described by the graphs that say its type. ``rdf:type`` itself is no link, and nothing links to
    ``not_targets``: what these hold (terms, derived statements) is used everywhere.
    """
    targets = [iri for iri in graphs if iri not in set(not_targets)]
    homes: dict[Node, list[URIRef]] = {}
    for iri in targets:
        for thing in set(graphs[iri].subjects(RDF.type)):
            homes.setdefault(thing, []).append(iri)
    found: Counter[Link] = Counter()
    for source, graph in graphs.items():
        for _, predicate, value in graph:
            if predicate == RDF.type or not isinstance(value, URIRef):
                continue
            assert isinstance(predicate, URIRef)
            for home in homes.get(value, ()):
                if home != source:
                    found[Link(source, predicate, str(home))] += 1
            for prefix, namespace in vocabularies.items():
                if value.startswith(namespace):
                    found[Link(source, predicate, prefix)] += 1
    return dict(sorted(found.items()))
