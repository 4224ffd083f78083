"""What the build checks, as RDF: each named shape with its target, message and a graph that breaks it; each query too.

The whole of a shape stands in ``shapes.ttl``; here is what a reader asks for, without blank nodes.
"""

from __future__ import annotations

from rdflib import Literal, URIRef

from kgservice.build.describing.source import Source
from kgservice.build.graphs import Graphs, Writer, en, plain, zh
from kgservice.build.names import DCTERMS, RDF, RDFS, SH, SKOS

_TOLD = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.path, SH.severity)


def emit_shapes(source: Source, graphs: Graphs) -> None:
    """Writes shapes and queries into ``description/shapes``; nothing where the project has none."""
    if source.checks.empty:
        return
    graph, checks = graphs.graph("description", "shapes"), source.checks
    space = f"{source.names.base}/ns/shape/"
    for kind in (SH.NodeShape, SH.PropertyShape):
        for shape in checks.shapes.subjects(RDF.type, kind):
            if isinstance(shape, URIRef) and shape.startswith(space):
                name = shape.removeprefix(space)
                node = Writer(graph, shape)
                node.type(kind)
                node.add(DCTERMS.identifier, Literal(name))
                for told in _TOLD:
                    values = checks.shapes.objects(shape, told)
                    node.add(told, *(value for value in values if isinstance(value, URIRef)))
                node.add(SH.message, *checks.shapes.objects(shape, SH.message))
                node.add(SKOS.example, plain(checks.examples.get(name, "")))
    for check in checks.queries:
        node = Writer(graph, source.names.id("check", check.name))
        node.type(SH.SPARQLConstraint)
        node.add(DCTERMS.identifier, Literal(check.name))
        node.add(SH.message, zh(check.summary.get("zh", "")), en(check.summary.get("en", "")))
        node.add(RDFS.comment, zh(check.why.get("zh", "")), en(check.why.get("en", "")))
        node.add(SH.severity, SH.Warning if check.warning else SH.Violation)
        node.add(SH.select, Literal(check.select))
