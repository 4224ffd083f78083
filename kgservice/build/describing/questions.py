"""The named questions as ``sh:SPARQLExecutable`` (SHACL-AF, section 5), in the pattern of the SIB's sparql-examples.

The text of a query runs as it stands, with its own prefixes; ``sh:prefixes`` leads to the declarations of
``ontology/prefixes.ttl``.
"""

from __future__ import annotations

from rdflib import Literal, URIRef

from kgservice.build.describing.addresses import Addresses
from kgservice.build.describing.source import Source, example_iri
from kgservice.build.graphs import Graphs, Writer, boolean, en, integer, zh
from kgservice.build.names import DCTERMS, RDF, RDFS, SCHEMA, SH, SKOS, SPEX
from kgservice.questions import Parameter, Question
from kgservice.sparql.check import Form
from kgservice.terms import XSD as XSD_NAMESPACE
from kgservice.terms import Names as Shortening

HEADER = "#+"
# SHACL has no class and no property for DESCRIBE; sparql-examples has.
_EXECUTABLES = {
    Form.SELECT: (SH.SPARQLSelectExecutable, SH.select),
    Form.ASK: (SH.SPARQLAskExecutable, SH.ask),
    Form.CONSTRUCT: (SH.SPARQLConstructExecutable, SH.construct),
    Form.DESCRIBE: (SPEX.SPARQLDescribeExecutable, SPEX.describe),
}


def emit_questions(source: Source, at: Addresses, graphs: Graphs) -> None:
    """Writes every named question with its parameters, and the prefixes, into ``description/questions``."""
    graph = graphs.graph("description", "questions")
    for triple in source.union.triples((URIRef(source.names.zc), SH.declare, None)):
        graph.add(triple)
        for declared in source.union.triples((triple[2], None, None)):
            graph.add(declared)
    for question in source.questions.values():
        node = Writer(graph, source.names.id("question", question.name))
        class_, predicate = _EXECUTABLES[question.form]
        node.type(SH.SPARQLExecutable, class_)
        node.add(predicate, Literal(query_text(question)))
        node.add(SH.prefixes, URIRef(source.names.zc))
        node.add(SCHEMA.target, at.endpoint)
        node.add(DCTERMS.identifier, Literal(question.name))
        for texts, said in (
            (question.question, RDFS.comment),
            (question.answers, DCTERMS.description),
        ):
            node.add(said, zh(texts.get("zh", "")), en(texts.get("en", "")))
        for parameter in question.parameters:
            _emit_parameter(parameter, question, node, source)


def query_text(question: Question) -> str:
    """The query without its header, which the other triples say."""
    lines = question.text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(HEADER)).strip() + "\n"


def _emit_parameter(
    parameter: Parameter, question: Question, executable: Writer, source: Source
) -> None:
    """A ``sh:Parameter``: the local name of its path is the variable of the VALUES block (SHACL-AF, 3.2.1)."""
    names = source.names
    path = names.id("question", question.name, parameter.name)
    executable.graph.add((path, RDF.type, RDF.Property))
    node = Writer(executable.graph, names.id("parameter", question.name, parameter.name))
    executable.add(SH.parameter, node.subject)
    node.type(SH.Parameter)
    node.add(SH.path, path)
    node.add(SH.name, zh(parameter.label.get("zh", "")), en(parameter.label.get("en", "")))
    node.add(SH.optional, boolean(parameter.optional))
    node.add(SH.maxCount, None if parameter.many else integer(1))
    if parameter.type == "iri":
        node.add(SH.nodeKind, SH.IRI)
        shortening = Shortening(names.base, source.prefixes)
        node.add(SKOS.example, *(example_iri(value, shortening) for value in parameter.example))
    else:
        datatype = URIRef(XSD_NAMESPACE + parameter.type)
        node.add(SH.datatype, datatype)
        node.add(
            SKOS.example,
            *(Literal(value, datatype=datatype, normalize=False) for value in parameter.example),
        )
