"""The gate before a release: SHACL, and the queries that must return nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyshacl
import yaml
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import SH
from rdflib.query import ResultRow
from rdflib.term import Node

from kgservice.build.names import DEFAULT_BASE, RDF, Names
from kgservice.build.project import Project
from kgservice.build.sources import SourceIndex
from kgservice.faults import Fault, Place, Severity


def read_turtle(path: Path, names: Names, graph: Graph) -> None:
    """Parses a Turtle file of the project into ``graph``, written with the default base."""
    text = path.read_text(encoding="utf-8").replace(DEFAULT_BASE, names.base)
    graph.parse(data=text, format="turtle")


def read_shapes(project: Project, names: Names) -> Graph:
    """All shapes, with the prefix declarations that their SPARQL constraints use."""
    shapes = Graph()
    for path in sorted(project.shapes.glob("data/*.ttl")) + sorted(
        project.shapes.glob("ontology/*.ttl")
    ):
        read_turtle(path, names, shapes)
    read_turtle(project.ontology / "prefixes.ttl", names, shapes)
    return shapes


def count_shapes(shapes: Graph, names: Names) -> int:
    """How many named shapes there are."""
    named = {
        str(subject)
        for kind in (SH.NodeShape, SH.PropertyShape)
        for subject in shapes.subjects(RDF.type, kind)
    }
    return sum(iri.startswith(f"{names.base}/ns/shape/") for iri in named)


def validate_shapes(union: Graph, shapes: Graph) -> Graph:
    """The SHACL validation report of the union of all graphs."""
    _, report, _ = pyshacl.validate(
        union, shacl_graph=shapes, inference="none", do_owl_imports=False
    )
    if not isinstance(report, Graph):
        raise TypeError("pyshacl gave no report graph")
    return report


def shape_faults(report: Graph, index: SourceIndex) -> Iterator[Fault]:
    """The results of a SHACL report as faults at the line of the printed row."""
    # Only the report's own results: sh:node nests details that are validation results as well.
    for result in report.objects(None, SH.result):
        focus = report.value(result, SH.focusNode)
        shape = report.value(result, SH.sourceShape)
        path = report.value(result, SH.resultPath)
        value = report.value(result, SH.value)
        messages = {
            message.language: str(message)
            for message in report.objects(result, SH.resultMessage)
            if isinstance(message, Literal)
        }
        english = messages.get("en") or next(iter(messages.values()), "a shape is broken")
        # A shape over a whole list has its edition, or a class, as its focus; the row is then the value.
        places = [index.find(str(node)) for node in (focus, value) if isinstance(node, URIRef)]
        place = next((found for found in places if found.line is not None), places[0])
        about = f" ({_shown(focus)}{f', {_shown(path)}' if path else ''}{f' = {value}' if value else ''})"
        severity = report.value(result, SH.resultSeverity)
        yield Fault(
            place,
            english + about,
            messages.get("zh", english) + about,
            str(shape).rsplit("/", 1)[-1],
            Severity.VIOLATION if severity == SH.Violation else Severity.WARNING,
        )


def query_faults(path: Path, union: Graph, project: Project, index: SourceIndex) -> Iterator[Fault]:
    """The rows of a query that must return none, each a fault at the place of its ``?focus``.

    A header of ``#+`` lines (YAML) may give ``severity: warning`` and a ``summary`` in zh and en.
    """
    text = path.read_text(encoding="utf-8")
    header = yaml.safe_load(
        "\n".join(line[2:].removeprefix(" ") for line in text.splitlines() if line.startswith("#+"))
    )
    header = header if isinstance(header, dict) else {}
    summary = header.get("summary", {})
    severity = Severity(header.get("severity", "violation"))
    query = text.replace(DEFAULT_BASE, index.names.base)
    for row in union.query(query):
        if not isinstance(row, ResultRow):
            continue
        values = row.asdict()
        focus = values.get("focus", row[0])
        about = ", ".join(f"{name} = {_shown(term)}" for name, term in values.items())
        yield Fault(
            index.find(str(focus)) if isinstance(focus, URIRef) else Place(project.relative(path)),
            f"{summary.get('en', path.stem)} ({about})",
            f"{summary.get('zh', path.stem)}（{about}）",
            path.stem,
            severity,
        )


def queries(project: Project) -> list[Path]:
    """The queries that must return nothing: the thirteen rules of section 9, then the other QC queries."""
    return sorted(project.shapes.glob("never-infer/*.rq")) + sorted(project.shapes.glob("qc/*.rq"))


def _shown(term: Node | None) -> str:
    text = str(term)
    for mark in ("/id/", "/ns/"):
        if mark in text:
            return text.split(mark, 1)[1]
    return text


def read_prefixes(project: Project, names: Names) -> dict[str, str]:
    """The prefixes that ``ontology/prefixes.ttl`` declares, sorted."""
    graph = Graph()
    read_turtle(project.ontology / "prefixes.ttl", names, graph)
    found = {
        str(prefix): str(graph.value(declaration, SH.namespace))
        for declaration, prefix in graph.subject_objects(SH.prefix)
    }
    return dict(sorted(found.items()))
