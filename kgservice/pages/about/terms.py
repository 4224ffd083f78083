"""The ontology as the graph states it, gathered for reading: classes with their properties, and enumerated values."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgservice.api.context import ApiContext, Row
from kgservice.api.models import Label
from kgservice.api.things import text
from kgservice.engine.errors import EngineError

_OWL = "http://www.w3.org/2002/07/owl#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_SCHEMA = "https://schema.org/"
_DOMAIN = (f"{_RDFS}domain", f"{_SCHEMA}domainIncludes")
_RANGE = (f"{_RDFS}range", f"{_SCHEMA}rangeIncludes")
_MAPPED = tuple(f"{_SKOS}{kind}Match" for kind in ("exact", "close", "broad", "related"))


@dataclass(frozen=True, slots=True)
class Link:
    """A term that another one points to: ``short`` is its prefixed name, ``label`` there is for ours only."""

    iri: str
    short: str
    label: Label | None


@dataclass(frozen=True, slots=True)
class Term:
    """A class, a property or a value. ``name``: its local name; ``kind``: class, object, datatype or value."""

    iri: str
    name: str
    kind: str
    label: Label
    definition: Label | None
    above: Sequence[Link]
    domain: Sequence[Link]
    range: Sequence[Link]
    mapped: Sequence[Link]
    of: Sequence[Link]


@dataclass(frozen=True, slots=True)
class Ontology:
    """All terms. ``properties``: those of a class, by its IRI; ``values``: the values of a class, by its IRI.

    ``free``: the properties that name no class of ours. ``counts``: how many things of a class there are, by its IRI.
    """

    classes: Sequence[Term]
    properties: Mapping[str, Sequence[Term]]
    values: Mapping[str, Sequence[Term]]
    free: Sequence[Term]
    counts: Mapping[str, int]
    prefixes: Mapping[str, str]

    @property
    def total(self) -> int:
        """How many properties there are, each counted once."""
        every = [one for found in self.properties.values() for one in found]
        return len({one.iri for one in (*every, *self.free)})


async def read_ontology(context: ApiContext) -> Ontology:
    """The ontology of the release that is served.

    Raises:
        EngineError: a question did not end well.
    """
    rows, relations = await asyncio.gather(
        context.ask("ontology-terms"), context.ask("ontology-relations")
    )
    labels = {str(row["term"]): _label(row, "name") for row in rows}
    others: dict[str, list[tuple[str, str]]] = {}
    for row in relations:
        others.setdefault(str(row["term"]), []).append((str(row["relation"]), str(row["other"])))
    terms = [
        _read(context, row, labels, others.get(str(row["term"]), []))
        for row in {str(row["term"]): row for row in rows}.values()
    ]
    classes = [term for term in terms if term.kind == "class"]
    known = {term.iri for term in classes}
    properties = [term for term in terms if term.kind in ("object", "datatype")]
    try:
        counted = await context.ask("totals", class_=sorted(known)) if known else []
    except EngineError:
        counted = []  # the model is explained without, where the graph is too large to count in time
    return Ontology(
        classes=classes,
        properties={
            iri: [one for one in properties if any(link.iri == iri for link in one.domain)]
            for iri in known
        },
        values={
            iri: [
                one
                for one in terms
                if one.kind == "value" and any(link.iri == iri for link in one.of)
            ]
            for iri in known
        },
        free=[one for one in properties if not any(link.iri in known for link in one.domain)],
        counts={str(row["class"]): int(row["things"]) for row in counted},
        prefixes=context.release.manifest["prefixes"],
    )


def _read(
    context: ApiContext,
    row: Row,
    labels: Mapping[str, Label],
    others: Sequence[tuple[str, str]],
) -> Term:
    iri = str(row["term"])
    kinds = {
        f"{_OWL}Class": "class",
        f"{_OWL}ObjectProperty": "object",
        f"{_OWL}DatatypeProperty": "datatype",
    }

    def links(*relations: str) -> list[Link]:
        return [
            Link(other, shorten(context, other), labels.get(other))
            for relation, other in others
            if relation in relations and not other.startswith((_OWL, _SKOS + "Concept"))
        ]

    return Term(
        iri=iri,
        name=context.path(iri),
        kind=kinds.get(str(row["type"]), "value"),
        label=labels[iri],
        definition=_label(row, "definition") if "definitionZh" in row else None,
        above=links(f"{_RDFS}subClassOf", f"{_RDFS}subPropertyOf"),
        domain=links(*_DOMAIN),
        range=links(*_RANGE),
        mapped=links(*_MAPPED),
        of=links(f"{_RDF}type"),
    )


def _label(row: Row, column: str) -> Label:
    return Label(zh=str(row[f"{column}Zh"]), en=text(row, f"{column}En"))


def shorten(context: ApiContext, iri: str) -> str:
    """``zc:Edition`` for the whole IRI; the IRI where no prefix fits."""
    prefixes = context.release.manifest["prefixes"]
    fitting = [one for one in prefixes.items() if iri.startswith(one[1]) and iri != one[1]]
    if not fitting:
        return iri
    prefix, space = max(fitting, key=lambda one: len(one[1]))
    return f"{prefix}:{iri.removeprefix(space)}"
