"""From the project's files to named graphs: editions, registers, mappings, ontology, derived."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from rdflib import Graph
from rdflib.plugins.parsers.notation3 import BadSyntax

from kgservice.build.alignment import read_alignments
from kgservice.build.derive import derive_covers, derive_projections
from kgservice.build.directory import read_directory
from kgservice.build.divergence import DivergenceFinder
from kgservice.build.edition import check_references, read_edition
from kgservice.build.emit_edition import emit_edition
from kgservice.build.emit_entries import emit_entries
from kgservice.build.emit_matches import ReadEdition, emit_matches
from kgservice.build.emit_registers import emit_registers
from kgservice.build.gate import read_turtle
from kgservice.build.graphs import Graphs
from kgservice.build.mapping import Match, read_mappings
from kgservice.build.names import Names
from kgservice.build.project import TRANSLATIONS, EditionFolder, Project
from kgservice.build.registers import FORMS, Registers, read_registers
from kgservice.build.sources import SourceIndex
from kgservice.build.translations import Noted, Notes, read_translations
from kgservice.faults import FaultList, Place

Progress = Callable[[str, str], None]


@dataclass(slots=True)
class Assembly:
    """All that was read, and the graphs made from it."""

    project: Project
    names: Names
    registers: Registers
    graphs: Graphs
    index: SourceIndex
    editions: list[tuple[EditionFolder, ReadEdition]] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)


def assemble(project: Project, names: Names, faults: FaultList, progress: Progress) -> Assembly:
    """Reads every file of the project and makes the graphs; what is wrong goes to ``faults``.

    The derived graph is made only from sound input: with a violation it is left out.
    """
    progress("读取登记册", "reading the registers")
    registers = read_registers(project, faults)
    assembly = Assembly(project, names, registers, Graphs(names), SourceIndex(names))
    assembly.index.add_registers(registers)
    folders = project.edition_folders()
    if not folders:
        faults.add(
            Place("data/directories"),
            "no directory found: expected data/directories/<place>/<edition>/directory.csv; is this the project's "
            "folder (--project)?",
            "未找到目录：应有 data/directories/<地区>/<版本>/directory.csv；请检查 --project。",
            "no-directories",
        )
    for folder in folders:
        progress(f"读取目录 {folder.name}", f"reading directory {folder.name}")
        facts = read_edition(project, folder, faults)
        if facts is None:
            continue
        check_references(project, folder, facts, registers, faults)
        rows = read_directory(project, folder, facts, registers, faults)
        edition = ReadEdition(facts, rows)
        assembly.editions.append((folder, edition))
        assembly.index.add_edition(project, folder, edition)
    _check_keys(assembly, faults)
    progress("读取映射", "reading the mappings")
    entries = frozenset(tail for _, edition in assembly.editions for tail in edition.tails())
    assembly.matches = [
        *read_mappings(project, registers, entries, faults),
        *read_alignments(project, registers, faults),
    ]
    assembly.index.add_matches(assembly.matches)
    progress("读取译文", "reading the translations")
    assembly.notes = read_translations(project, noted_in(assembly), faults)
    if not faults.violations:
        _emit(assembly, faults, progress)
    return assembly


def noted_in(assembly: Assembly) -> Iterator[Noted]:
    """Every cell that holds a note for people."""
    for _, edition in assembly.editions:
        for row in edition.rows:
            yield Noted(row.line, "reading_note", f"{TRANSLATIONS}/readings.zh.po")
    for register, form in FORMS.items():
        if "note" in form.columns:
            for line in assembly.registers[register].values():
                yield Noted(line, "note", f"{TRANSLATIONS}/registers.zh.po")
    for match in assembly.matches:
        yield Noted(match.line, "comment", f"{TRANSLATIONS}/mappings.zh.po")


def _check_keys(assembly: Assembly, faults: FaultList) -> None:
    seen: dict[str, EditionFolder] = {}
    for folder, edition in assembly.editions:
        key = edition.facts.key
        if key in seen:
            faults.add(
                Place(assembly.project.relative(folder.facts), 1, "edition", key),
                f"{seen[key].name} says already that it is {key}: each edition has its own folder and number.",
                f"{seen[key].name} 已用编号 {key}：每个版本须有自己的文件夹与编号。",
                "edition-duplicate",
            )
        seen.setdefault(key, folder)


def _emit(assembly: Assembly, faults: FaultList, progress: Progress) -> None:
    graphs = assembly.graphs
    progress("生成图", "making the graphs")
    _read_ontology(assembly, faults)
    emit_registers(assembly.registers, assembly.notes, graphs)
    editions = [edition for _, edition in assembly.editions]
    for edition in editions:
        emit_edition(edition.facts, graphs)
        emit_entries(list(edition.rows), edition.facts, assembly.notes, graphs)
    emit_matches(assembly.matches, editions, assembly.registers, assembly.notes, graphs, faults)
    if faults.violations:
        return
    progress("推导", "deriving")
    union = graphs.union()
    derive_covers(union, graphs)
    union = graphs.union()
    DivergenceFinder(union, graphs).derive()
    derive_projections(union, graphs)


def _read_ontology(assembly: Assembly, faults: FaultList) -> None:
    project = assembly.project
    target: Graph = assembly.graphs.graph("ontology")
    for path in sorted(project.ontology.glob("*.ttl")):
        try:
            read_turtle(path, assembly.names, target)
        except (BadSyntax, UnicodeDecodeError) as error:
            line = getattr(error, "lines", None)
            faults.add(
                Place(project.relative(path), line + 1 if isinstance(line, int) else None),
                f"not valid Turtle ({str(error).splitlines()[0]}): correct it.",
                f"不是合法的 Turtle（{str(error).splitlines()[0]}）：请更正。",
                "turtle",
            )
