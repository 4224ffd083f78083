"""Terms, quads and how an engine's answer becomes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from kgservice.engine.interface import Engine, Query

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
DCTERMS = "http://purl.org/dc/terms/"
DCAT = "http://www.w3.org/ns/dcat#"
FOAF = "http://xmlns.com/foaf/0.1/"
VOID = "http://rdfs.org/ns/void#"
SD = "http://www.w3.org/ns/sparql-service-description#"
SH = "http://www.w3.org/ns/shacl#"
HYDRA = "http://www.w3.org/ns/hydra/core#"
TYPE = f"{RDF}type"
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


class Term(NamedTuple):
    """An IRI (``uri``), a literal or a blank node (``bnode``)."""

    kind: str
    value: str
    language: str = ""
    datatype: str = ""

    @property
    def iri(self) -> bool:
        """Whether it is an IRI."""
        return self.kind == "uri"

    def written(self) -> str:
        """As N-Triples has it."""
        if self.kind == "uri":
            return f"<{self.value}>"
        if self.kind == "bnode":
            return f"_:{self.value}"
        text = f'"{self.value.translate(_ESCAPES)}"'
        if self.language:
            return f"{text}@{self.language}"
        return f"{text}^^<{self.datatype}>" if self.datatype else text


class Quad(NamedTuple):
    """A statement; ``graph`` is nothing for what is said about the document itself."""

    subject: Term
    predicate: str
    object: Term
    graph: str

    def written(self) -> str:
        """As N-Quads has it."""
        graph = f" <{self.graph}>" if self.graph else ""
        return f"{self.subject.written()} <{self.predicate}> {self.object.written()}{graph} .\n"


Row = Mapping[str, Term]


def iri(value: str) -> Term:
    """An IRI as a term."""
    return Term("uri", value)


def text(value: str, language: str = "") -> Term:
    """A text as a term."""
    return Term("literal", value, language)


async def select(engine: Engine, query: str) -> list[Row]:
    """The solutions of a SELECT.

    Raises:
        EngineError: the query did not end well.
    """
    parts = []
    async with engine.answer(Query(query, "json")) as answer:
        async for part in answer:
            parts.append(part)
    return [
        {name: _term(term) for name, term in row.items()}
        for row in json.loads(b"".join(parts))["results"]["bindings"]
    ]


def _term(given: Mapping[str, str]) -> Term:
    kind = given["type"]
    return Term(
        "literal" if kind == "typed-literal" else kind,  # older servers tell the two apart
        given["value"],
        given.get("xml:lang", ""),
        given.get("datatype", ""),
    )
