"""Reads the concise and bounded description of a thing from the engine.

It has the thing's own statements, those of its parts that have no life of their own, who points to it, and the labels
of all neighbours. Each statement keeps the graph that it stands in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kgservice.engine.interface import Engine
from kgservice.linked.bounded import Side, read_sides, read_subjects
from kgservice.linked.description import Description, Standing, Texts
from kgservice.linked.terms import (
    DCAT,
    DCTERMS,
    FOAF,
    OWL,
    RDFS,
    SD,
    SH,
    SKOS,
    TYPE,
    VOID,
    Quad,
    Row,
    Term,
    iri,
    select,
)

# What stands behind these has no life of its own: a rule is nothing without its alternatives (sections 3, 5, 6).
OF_PARTS = (
    "alternative",
    "condition",
    "gradeOutcome",
    "grantsBenefit",
    "hasSection",
    "holderCondition",
    "procedureStep",
)
OTHER_PARTS = (f"{SH}parameter", f"{DCAT}distribution", f"{DCTERMS}temporal")
# What has no label is named by that of a neighbour: a recognition by its printed row.
NAMED_BY = ("statedIn", "aboutCertificate", "ofGrade", "degree")
LABELS = (f"{SKOS}prefLabel", f"{RDFS}label", f"{DCTERMS}title", f"{FOAF}name")
PARTS, PART_QUADS, NEIGHBOURS, WHOLE = 200, 1500, 800, 10000


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads descriptions over one release. ``graphs``: its named graphs with the number of their quads."""

    engine: Engine
    base: str
    graphs: Mapping[str, int]

    async def stand(self, iris: Sequence[str]) -> Standing | None:
        """How the first of these IRIs stands that the release has anywhere, as a term or as a graph."""
        for one in iris:
            rows = await select(
                self.engine,
                f"SELECT ?p ?o {{ VALUES ?p {{ <{TYPE}> <{self.base}/ns/withdrawn> <{DCTERMS}isReplacedBy> }}"
                f" GRAPH ?g {{ <{one}> ?p ?o }} }} LIMIT 50",
            )
            if rows:
                return self._standing(one, [(row["p"].value, row["o"]) for row in rows])
            if one in self.graphs or await self._occurs(one):
                return Standing(one)
        return None

    def standing_of(self, description: Description) -> Standing | None:
        """How a thing stands by its description; ``None`` where that has nothing and the release must be asked."""
        if not (description.own.quads or description.pointing.quads):
            return None
        said = [(quad.predicate, quad.object) for quad in description.own.quads]
        return self._standing(description.iri, said)

    def _standing(self, one: str, said: Sequence[tuple[str, Term]]) -> Standing:
        types, gone, successor = [], False, None
        for name, value in said:
            if name == TYPE:
                types.append(value.value)
            elif name == f"{self.base}/ns/withdrawn":
                gone = gone or value.value in ("true", "1")
            elif name == f"{DCTERMS}isReplacedBy" and value.iri:
                gone, successor = True, value.value
        return Standing(one, tuple(sorted(types)), gone, successor)

    async def _occurs(self, one: str) -> bool:
        for place in (f"<{one}> ?p ?o", f"?s ?p <{one}>", f"?s <{one}> ?o"):
            if await select(self.engine, f"SELECT ?g {{ GRAPH ?g {{ {place} }} }} LIMIT 1"):
                return True
        return False

    async def describe(self, one: str) -> Description:
        """The description of an IRI; one without statements where the release has none."""
        if one == f"{self.base}/ns/":
            return await self._describe_vocabulary(one)
        own, pointing = await read_sides(self.engine, one, self._hubs)
        inside = {f"{self.base}/ns/{name}" for name in OF_PARTS} | set(OTHER_PARTS)
        parts: list[Quad] = []
        level: Sequence[Quad] = own.quads
        seen = {one}
        while wanted := _behind(level, inside, seen)[:PARTS]:
            seen.update(wanted)
            level = await read_subjects(self.engine, wanted, PART_QUADS)
            parts += level
        neighbours = _neighbours((*own.quads, *parts, *pointing.quads), one)
        # The description of the release calls the data set of a graph by the path of the graph.
        known_as = one.replace(f"{self.base}/graph/", f"{self.base}/id/dataset/", 1)
        ours = dict.fromkeys(n for n in neighbours if n.startswith(f"{self.base}/"))
        called = list(dict.fromkeys([one, known_as, *ours]))[:NEIGHBOURS]
        labels, names, lent = await self._read_labels(called)
        if known_as != one and known_as in names:
            lent[one] = names[known_as]
        return Description(
            one,
            own,
            tuple(parts),
            pointing,
            tuple(quad for quad in labels if quad.subject.value in ours),
            self._says_of_graph(one),
            names,
            lent={thing: texts for thing, texts in lent.items() if thing not in names},
        )

    async def _describe_vocabulary(self, one: str) -> Description:
        """The ontology is one document: whoever asks for it gets all of it."""
        graph = f"{self.base}/graph/ontology"
        rows = await select(
            self.engine, f"SELECT ?s ?p ?o {{ GRAPH <{graph}> {{ ?s ?p ?o }} }} LIMIT {WHOLE}"
        )
        quads = sorted(Quad(row["s"], row["p"].value, row["o"], graph) for row in rows)
        own = [quad for quad in quads if quad.subject.value == one]
        others = [quad for quad in quads if quad.subject.value != one]
        names = _names(
            [
                (q.subject.value, q.object.language, q.object.value)
                for q in quads
                if q.predicate in LABELS
            ]
        )
        return Description(one, Side(tuple(own)), tuple(others), names=names)

    async def read_names(
        self, things: Sequence[str]
    ) -> tuple[Mapping[str, Texts], Mapping[str, Texts]]:
        """What things are called, and, of those without a label, what they are named by."""
        _, names, lent = await self._read_labels(things)
        return names, {thing: texts for thing, texts in lent.items() if thing not in names}

    async def _read_labels(
        self, things: Sequence[str]
    ) -> tuple[list[Quad], dict[str, dict[str, str]], dict[str, dict[str, str]]]:
        """Labels in Chinese, English and no language; the names that they make, and those that neighbours lend."""
        # A UNION of constants: an engine may join two VALUES in the worst order.
        spoken = 'FILTER(LANG(?l) IN ("zh", "en", ""))'
        values = " ".join(f"<{thing}>" for thing in things)
        labels = " UNION ".join(
            f"{{ VALUES ?n {{ {values} }} GRAPH ?g {{ ?n <{name}> ?l }} BIND(<{name}> AS ?p) }}"
            for name in LABELS
        )
        direct = await select(self.engine, f"SELECT ?g ?n ?p ?l {{ {labels} {spoken} }}")
        labelled = {row["n"].value for row in direct}
        without = " ".join(
            f"<{thing}>"
            for thing in things
            if thing not in labelled and thing.startswith(f"{self.base}/id/")
        )
        lenders = " UNION ".join(
            f"{{ VALUES ?n {{ {without} }} GRAPH ?h {{ ?n <{by}> ?s }} GRAPH ?g {{ ?s ?p ?l }}"
            f" FILTER(?p IN (<{SKOS}prefLabel>, <{RDFS}label>)) }}"
            for by in (*(f"{self.base}/ns/{name}" for name in NAMED_BY), f"{OWL}annotatedSource")
        )
        lent = (
            await select(self.engine, f"SELECT ?n ?p ?l {{ {lenders} {spoken} }}")
            if without
            else []
        )
        quads = sorted(Quad(row["n"], row["p"].value, row["l"], row["g"].value) for row in direct)
        names, borrowed = (_names(map(_named, _sorted(rows))) for rows in (direct, lent))
        return quads, names, borrowed

    async def _hubs(self) -> list[str]:
        """The properties that the release may use: those of the ontology, and those that its statistics know."""
        rows = await select(
            self.engine,
            f"SELECT DISTINCT ?p {{ {{ GRAPH ?g {{ ?p a <{OWL}ObjectProperty> }} }} UNION"
            f" {{ GRAPH ?g {{ ?partition <{VOID}property> ?p }} }} }} LIMIT 500",
        )
        return [TYPE, *(row["p"].value for row in rows if row["p"].iri)]

    def _says_of_graph(self, one: str) -> tuple[Quad, ...]:
        """What the release itself knows of one of its graphs."""
        if one not in self.graphs:
            return ()
        number = iri(one)._replace(
            kind="literal",
            value=str(self.graphs[one]),
            datatype="http://www.w3.org/2001/XMLSchema#integer",
        )
        return (
            Quad(iri(one), TYPE, iri(f"{SD}Graph"), ""),
            Quad(iri(one), f"{VOID}triples", number, ""),
        )


def _behind(quads: Iterable[Quad], inside: set[str], seen: set[str]) -> list[str]:
    found = (q.object.value for q in quads if q.predicate in inside and q.object.iri)
    return [one for one in dict.fromkeys(found) if one not in seen]


def _neighbours(quads: Iterable[Quad], one: str) -> list[str]:
    found: dict[str, None] = {}
    for quad in quads:
        for term in (quad.subject, quad.object):
            if term.iri and term.value != one:
                found[term.value] = None
    return list(found)


def _named(row: Row) -> tuple[str, str, str]:
    return row["n"].value, row["l"].language, row["l"].value


def _sorted(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row["n"], LABELS.index(row["p"].value), row["l"]))


def _names(rows: Iterable[tuple[str, str, str]]) -> dict[str, dict[str, str]]:
    names: dict[str, dict[str, str]] = {}
    for thing, language, label in rows:
        names.setdefault(thing, {}).setdefault(language, label)
    return names
