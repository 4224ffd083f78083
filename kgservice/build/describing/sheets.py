"""What the release hands out as tables and text, beside the dumps: the mapping sets as SSSOM, and the shapes."""

from __future__ import annotations

from rdflib import URIRef

from kgservice.build.describing.dumps import Dump
from kgservice.build.names import DEFAULT_BASE, Names
from kgservice.build.project import Project
from kgservice.release import MAPPINGS

TSV = "text/tab-separated-values"
SSSOM = URIRef("https://w3id.org/sssom/")
ENDING = ".sssom.tsv"


def read_sheets(project: Project, names: Names) -> tuple[Dump, ...]:
    """The mapping sets as they were curated, each the table of its graph (``entries`` of ``/graph/mapping/entries``)."""
    return tuple(
        Dump(
            file=f"{MAPPINGS}/{path.name}",
            graph=names.graph("mapping", path.name.removesuffix(ENDING)),
            media_type=TSV,
            format=SSSOM,
            data=path.read_text("utf-8").replace(DEFAULT_BASE, names.base).encode(),
        )
        for path in sorted(project.mappings.glob(f"*{ENDING}"))
    )


def read_shape_texts(project: Project, names: Names) -> bytes:
    """All shapes as one Turtle file, with their comments."""
    parts = [
        path.read_text("utf-8").replace(DEFAULT_BASE, names.base).strip()
        for folder in ("data", "ontology")
        for path in sorted((project.shapes / folder).glob("*.ttl"))
    ]
    prefixes = (project.ontology / "prefixes.ttl").read_text("utf-8")
    parts.append(prefixes.replace(DEFAULT_BASE, names.base).strip())
    return ("\n\n".join(parts) + "\n").encode()
