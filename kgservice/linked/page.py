"""The page of any thing or term that has none of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kgservice.api.context import ApiContext
from kgservice.api.models import Note
from kgservice.api.things import read_note
from kgservice.linked.description import Description, Texts
from kgservice.linked.document import Document
from kgservice.linked.formats import ALL, HTML
from kgservice.linked.reading import Reader
from kgservice.linked.shapes import Shape, shapes_for
from kgservice.linked.showing import Fact, Showing
from kgservice.linked.signposting import SCHEMA, kinds_of
from kgservice.linked.terms import OWL, SH, SKOS, VOID, Term, select
from kgservice.linked.vocabulary import Vocabulary
from kgservice.pages.site import Page
from kgservice.pages.view import View

EXAMPLES = 6
_CHINESE = re.compile(r"[\u3400-\u9fff]")
# By these, figures and checks point to a term: of use to programs, and many.
COUNTS = {f"{VOID}class", f"{VOID}property", f"{SH}targetClass"}
# The printed columns in the order of a row, as the question printed-row names them.
COLUMNS = (
    "printedName",
    "printedOriginalName",
    "printedIssuer",
    "printedOriginalIssuer",
    "printedIssuerAbbreviation",
    "printedGrade",
    "printedTitle",
    "printedLevel",
    "printedSpecialty",
    "printedCountry",
    "printedCondition",
)


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """What the source prints in a row. ``cells``: column, text, whether it is Chinese. ``certain``: two careful readers could not differ.

    ``entry`` and ``document`` are IRIs.
    """

    entry: str
    cells: list[tuple[Texts, str, bool]]
    document: str
    certain: bool
    note: Note | None


@dataclass(frozen=True, slots=True)
class ThingPages:
    """Makes the pages over one release."""

    context: ApiContext
    reader: Reader
    vocabulary: Vocabulary
    shapes: Sequence[Shape]

    async def make(
        self, view: View, description: Description, document: Document, dump: str | None
    ) -> Page:
        """The page of a description; ``dump`` is the file with the content of a named graph."""
        examples: list[tuple[Term, Term]] = []
        if {f"{OWL}ObjectProperty", f"{OWL}DatatypeProperty"} & set(description.types):
            examples = await self._read_examples(description.iri)
        printed = await self._read_rows(description)
        used = [term.value for pair in examples for term in pair if term.iri]
        used += [iri for row in printed for iri in (row.entry, row.document)]
        if used:
            names, lent = await self.reader.read_names(list(dict.fromkeys(used)))
            description = replace(
                description,
                names={**names, **description.names},
                lent={**lent, **description.lent},
            )
        showing = Showing(description, self.vocabulary, document, view)
        title = showing.title()
        shown = title.get(view.language) or next(iter(title.values()))
        own, pointing = showing.own(), showing.pointing()
        told = _definition(own, view)
        if any(row.entry == description.iri for row in printed):
            shown_above = {
                f"{self.context.names.base}/ns/{name}" for name in (*COLUMNS, "readingNote")
            }
            own = [fact for fact in own if fact.iri not in shown_above]
        context: dict[str, Any] = {
            "iri": description.iri,
            "title": title,
            "kinds": showing.kinds(),
            "printed": [
                (
                    row,
                    [
                        showing.link(one)
                        for one in (row.entry, row.document)
                        if one != description.iri
                    ],
                )
                for row in printed
            ],
            "facts": own,
            "pointing": [fact for fact in pointing if fact.iri not in COUNTS],
            "counted": [fact for fact in pointing if fact.iri in COUNTS],
            "graphs": [showing.link(graph) for graph in description.graphs],
            "formats": [
                (form.name, form.media_type, view.prefix + document.address.represented(form))
                for form in ALL
                if form is not HTML
            ],
            "query": document.query_url(_query(description.iri, document)),
            "dump": dump,
            "examples": [(showing.value(one), showing.value(other)) for one, other in examples],
            "shapes": shapes_for(description.iri, self.shapes)
            if document.address.realm == "ns"
            else [],
            "current": "ontology" if document.address.realm == "ns" else "",
        }
        return Page("thing.html", shown, context, told, self._structured(description, title, told))

    async def _read_rows(self, description: Description) -> list[PrintedRow]:
        """The printed rows that an entry is, or that a recognition or an exemption rests on."""
        ns = f"{self.context.names.base}/ns/"
        if f"{ns}DirectoryEntry" in description.types:
            entries = [description.iri]
        else:
            entries = [
                q.object.value for q in description.own.quads if q.predicate == f"{ns}statedIn"
            ]
        if not entries:
            return []
        rows = await self.context.ask("printed-row", entry=entries)
        found: dict[str, PrintedRow] = {}
        for row in rows:
            cells = [
                (
                    self.vocabulary.label(ns + name),
                    str(row[name]),
                    bool(_CHINESE.search(str(row[name]))),
                )
                for name in COLUMNS
                if name in row
            ]
            found[str(row["entry"])] = PrintedRow(
                str(row["entry"]),
                cells,
                str(row["document"]),
                bool(row["certain"]),
                read_note(row, "note"),
            )
        return list(found.values())

    async def _read_examples(self, term: str) -> list[tuple[Term, Term]]:
        """Subject and object of a few statements that use a property."""
        rows = await select(
            self.context.engine,
            f"SELECT ?s ?o {{ GRAPH ?g {{ ?s <{term}> ?o }} }} LIMIT {EXAMPLES}",
        )
        return [(row["s"], row["o"]) for row in rows]

    def _structured(
        self, description: Description, title: Texts, told: str | None
    ) -> Mapping[str, Any]:
        """What it is in terms of schema.org."""
        kinds = [
            one.removeprefix(SCHEMA) for one in kinds_of(description.types, self.context.names.base)
        ]
        known: dict[str, Any] = {
            "@context": "https://schema.org",
            "@type": kinds[0],
            "@id": description.iri,
            "name": list(dict.fromkeys(title.values())),
            "isPartOf": {"@type": "Dataset", "@id": f"{self.context.names.base}/id/dataset"},
        }
        return known | ({"description": told} if told else {})


def _query(iri: str, document: Document) -> str:
    if document.address.realm == "graph":
        return f"SELECT ?s ?p ?o WHERE {{ GRAPH <{iri}> {{ ?s ?p ?o }} }} LIMIT 1000"
    return f"DESCRIBE <{iri}>"


def _definition(facts: list[Fact], view: View) -> str | None:
    for fact in facts:
        if fact.iri == f"{SKOS}definition":
            for value in fact.values:
                if value.language == view.language:
                    return value.label[view.language]
    return None
