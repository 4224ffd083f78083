"""Where each thing of the graph was read: so that a fault found in the graph names file, line and printed text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kgservice.build.emit_matches import ReadEdition, match_iri
from kgservice.build.mapping import Match
from kgservice.build.names import Names
from kgservice.build.project import EditionFolder, Project
from kgservice.build.registers import Registers
from kgservice.faults import Place

_REGISTER_PATHS = {
    "regions": "region",
    "authorities": "authority",
    "issuers": "issuer",
    "grade-schemes": "grade-scheme",
    "grades": "grade",
    "families": "family",
    "certificates": "certificate",
    "title-series": "title-series",
    "title-levels": "title-level",
    "titles": "title",
    "degrees": "degree",
    "qualifications": "qualification",
    "specialties": "specialty",
}


@dataclass(slots=True)
class SourceIndex:
    """IRI → the line that it was read from."""

    names: Names
    places: dict[str, Place] = field(default_factory=dict)

    def add_edition(self, project: Project, folder: EditionFolder, edition: ReadEdition) -> None:
        """Indexes the rows of an edition and the file of its facts."""
        facts = Place(project.relative(folder.facts))
        key = edition.facts.key
        for kind in ("edition", "rule", "alternative", "tier", "benefit", "exemption"):
            self.places[str(self.names.id(kind, key))] = facts
        self.places[str(self.names.id("directory", edition.facts.directory))] = facts
        self.places[str(self.names.id("document", edition.facts.document.code))] = facts
        for tail, row in edition.tails().items():
            for kind in ("entry", "recognition", "exemption"):
                self.places[str(self.names.id(kind, tail))] = row.line.place("name")

    def add_registers(self, registers: Registers) -> None:
        """Indexes every line of every register."""
        for register, path in _REGISTER_PATHS.items():
            for key, line in registers[register].items():
                self.places[str(self.names.id(path, key))] = line.place()

    def add_matches(self, matches: Iterable[Match]) -> None:
        """Indexes every match by the IRI of its node."""
        for match in matches:
            self.places[str(match_iri(match, self.names))] = match.line.place("object_id")

    def find(self, iri: str) -> Place:
        """The place of ``iri``, or of the nearest thing above it on its path; the model itself otherwise."""
        path = iri
        while path.startswith(self.names.base):
            if path in self.places:
                return self.places[path]
            # `{recognition}/outcome-1` belongs to its row, `exemption/…/D2-2` to row D2.
            cut = max(path.rfind("/"), path.rfind("-"))
            if cut <= len(self.names.base):
                break
            path = path[:cut]
        return Place("ontology/", None, None, iri)
