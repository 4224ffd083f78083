"""Reads what is known from a project, and the table of a directory that is to be matched."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kgservice.build.directory import COLUMNS
from kgservice.build.mapping import COLUMNS as MAPPING_COLUMNS
from kgservice.build.names import entry_tail
from kgservice.build.project import EditionFolder, Project
from kgservice.build.registers import read_registers
from kgservice.build.tables import Line, read_table
from kgservice.faults import FaultList
from kgservice.matching.known import Known
from kgservice.matching.registered import read_known
from kgservice.matching.rows import PrintedRow, read_row


@dataclass(frozen=True, slots=True)
class Sources:
    """What a project holds: the known things, every printed row by entry, and what a reviewed row lists."""

    known: Known
    rows: Mapping[str, PrintedRow]
    listed: Mapping[str, frozenset[str]]

    @property
    def editions(self) -> list[str]:
        """The editions that have rows, ``500000-1/2023``, sorted."""
        return sorted({entry.rpartition("/")[0] for entry in self.rows})


def read_sources(project: Project, faults: FaultList, *, skip: str | None = None) -> Sources:
    """Reads registers, directories and mappings. The rows of the edition ``skip`` give no names."""
    registers = read_registers(project, faults)
    rows: dict[str, PrintedRow] = {}
    for folder in project.edition_folders():
        edition = edition_name(folder.path)
        if edition is None or edition == skip:
            continue
        for line in read_table(folder.table, project.relative(folder.table), COLUMNS, faults):
            row = _row_of(line, edition)
            rows[row.entry] = row
    listed: dict[str, set[str]] = {}
    for line in _mapping(project, "entries", faults):
        entry = line["subject_id"].removeprefix("entry:")
        if entry in rows and not line["predicate_modifier"]:
            listed.setdefault(entry, set()).add(line["object_id"])
    pairs = [
        (line["subject_id"], line["object_id"]) for line in _mapping(project, "look-alikes", faults)
    ]
    frozen = {entry: frozenset(found) for entry, found in listed.items()}
    return Sources(read_known(registers, rows, frozen, pairs), rows, frozen)


def edition_name(folder: Path) -> str | None:
    """``500000-1/2023`` from the ``edition.toml`` of a folder, ``None`` if there is none that says it."""
    try:
        facts = tomllib.loads(
            (folder / EditionFolder("", "", folder).facts.name).read_text("utf-8")
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
    directory, edition = facts.get("directory"), facts.get("edition")
    return f"{directory}/{edition}" if directory and edition else None


def read_rows(path: Path, edition: str, faults: FaultList) -> list[PrintedRow]:
    """The rows of the table that is to be matched; the faults are those of ``kg check``."""
    rows: dict[str, PrintedRow] = {}
    first: dict[str, int] = {}
    for line in read_table(path, str(path), COLUMNS, faults):
        if not re.fullmatch(r"[1-9]\d*", line["seq"]):
            faults.add(
                line.place("seq"),
                f"row number '{line['seq']}' is not a whole number: write the printed one.",
                f"序号“{line['seq']}”不是正整数：请照印刷件填写。",
                "row-number",
            )
            continue
        if not line["name"]:
            faults.add(
                line.place("name"),
                "the printed name is empty: write it as printed.",
                "证书名称为空：请照印刷件填写。",
                "name-empty",
            )
            continue
        row = _row_of(line, edition)
        if row.entry in rows:
            faults.add(
                line.place("seq"),
                f"row number {line['seq']} stands already on line {first[row.entry]}: "
                "each printed row has one line; correct the number or delete the line.",
                f"序号 {line['seq']} 已见于第 {first[row.entry]} 行：每个印刷行只占一行，请更正序号或删除此行。",
                "duplicate-row",
            )
            continue
        rows[row.entry] = row
        first[row.entry] = line.number
    return list(rows.values())


def _row_of(line: Line, edition: str) -> PrintedRow:
    seq = line["seq"]
    tail = entry_tail(line["list"], int(seq)) if seq.isdecimal() else f"{line['list']}{seq}"
    return read_row(f"{edition}/{tail}", line.__getitem__)


def _mapping(project: Project, name: str, faults: FaultList) -> list[Line]:
    path = project.mappings / f"{name}.sssom.tsv"
    return read_table(
        path, project.relative(path), MAPPING_COLUMNS, faults, delimiter="\t", comment="#"
    )


__all__ = ["Sources", "edition_name", "read_rows", "read_sources"]
