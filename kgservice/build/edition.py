"""Reads ``edition.toml``: the facts of one notice, with every fault at its line."""

from __future__ import annotations

import re
import tomllib
from collections import Counter

from pydantic import ValidationError

from kgservice.build.facts import EditionFacts
from kgservice.build.project import EditionFolder, Project
from kgservice.build.registers import FORMS, Registers
from kgservice.build.tables import read_text
from kgservice.faults import FaultList, Place

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?")
_KEY = re.compile(r'^\s*("?[\w-]+"?(?:\.[\w-]+)*)\s*=')
_AT = re.compile(r"at line (\d+), column (\d+)")

Path = tuple[str | int, ...]


def read_edition(project: Project, folder: EditionFolder, faults: FaultList) -> EditionFacts | None:
    """The facts of an edition, or ``None`` with faults that name file, line and key."""
    file = project.relative(folder.facts)
    text = read_text(folder.facts, file, faults)
    if text is None:
        return None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _AT.search(str(error))
        line = int(at.group(1)) if at else text.count("\n") + 1
        column = f"character {at.group(2)}" if at else None
        reason = str(error).split(" (at ")[0]
        faults.add(
            Place(file, line, column),
            f"not valid TOML ({reason}): correct the line.",
            f"不是合法的 TOML（{reason}）：请更正此行。",
            "toml",
        )
        return None
    try:
        return EditionFacts.model_validate(raw)
    except ValidationError as error:
        for problem in error.errors():
            path = tuple(problem["loc"])
            given = problem.get("input")
            printed = given if isinstance(given, str | int | float) else None
            faults.add(
                Place(
                    file,
                    find_line(text, path),
                    dotted(path),
                    None if printed is None else str(printed),
                ),
                f"{problem['msg']}: correct the key (docs/data.md lists them all).",
                f"{problem['msg']}：请更正此项（见 docs/data.md）。",
                "edition-form",
            )
        return None


def check_references(
    project: Project,
    folder: EditionFolder,
    facts: EditionFacts,
    registers: Registers,
    faults: FaultList,
) -> None:
    """Every pointer of the file into a register, and between its own parts, must lead somewhere."""
    file = project.relative(folder.facts)
    text = read_text(folder.facts, file, faults) or ""

    def report(path: Path, printed: str, en: str, zh: str) -> None:
        place = Place(file, find_line(text, path), dotted(path), printed)
        faults.add(place, en, zh, "edition-reference")

    for path, register, key in facts.references():
        if register not in FORMS or key not in registers[register]:
            report(
                path,
                key,
                f"'{key}' stands in no register '{register}': add it there or correct it.",
                f"“{key}”不在登记册“{register}”中：请先登记或更正。",
            )
    if not facts.directory.startswith(f"{facts.region}-"):
        report(
            ("directory",),
            facts.directory,
            f"the directory must be the region's code and a number: {facts.region}-1.",
            f"目录编号应为地区代码加序号：{facts.region}-1。",
        )
    tiers = {tier.id for tier in facts.tier}
    rules = {rule.id for rule in facts.rule}
    for i, section in enumerate(facts.section):
        if section.tier is not None and section.tier not in tiers:
            report(
                ("section", i, "tier"),
                section.tier,
                f"there is no [[tier]] '{section.tier}'.",
                f"没有 id 为“{section.tier}”的 [[tier]]。",
            )
        if section.rule is not None and section.rule not in rules:
            report(
                ("section", i, "rule"),
                section.rule,
                f"there is no [[rule]] '{section.rule}'.",
                f"没有 id 为“{section.rule}”的 [[rule]]。",
            )
    for i, tier in enumerate(facts.tier):
        for included in tier.includes:
            if included not in tiers:
                report(
                    ("tier", i, "includes"),
                    included,
                    f"there is no [[tier]] '{included}'.",
                    f"没有 id 为“{included}”的 [[tier]]。",
                )
    counted = Counter((exemption.entry, exemption.n) for exemption in facts.exemption)
    for i, exemption in enumerate(facts.exemption):
        if counted[exemption.entry, exemption.n] > 1:
            report(
                ("exemption", i, "n"),
                str(exemption.n),
                f"row {exemption.entry} has two exemptions with n = {exemption.n}: count them.",
                f"第 {exemption.entry} 行有两条 n = {exemption.n} 的减免：请编号。",
            )


def dotted(path: Path) -> str:
    """``rule[0].alternative[2].degree``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def find_line(text: str, path: Path) -> int:
    """The line of a TOML text on which ``path`` is written, or of the nearest table above it; 1 if there is none.

    tomllib keeps no positions, and a fault without a line would send the clerk searching.
    """
    counts: Counter[str] = Counter()
    table: Path = ()
    best_line, best_length = 1, 0
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        key = _KEY.match(line)
        if header:
            names = [name.strip().strip('"') for name in header.group(2).split(".")]
            table = _table_path(names, header.group(1) == "[[", counts)
            here: Path = table
        elif key:
            here = (*table, *key.group(1).replace('"', "").split("."))
        else:
            continue
        if path[: len(here)] == here and len(here) > best_length:
            best_line, best_length = number, len(here)
    return best_line


def _table_path(names: list[str], is_array: bool, counts: Counter[str]) -> Path:
    path: Path = ()
    for depth, name in enumerate(names):
        joined = dotted((*path, name))
        if is_array and depth == len(names) - 1:
            index = counts[joined]
            counts[joined] += 1
            path = (*path, name, index)
        elif counts[joined]:
            path = (*path, name, counts[joined] - 1)
        else:
            path = (*path, name)
    return path
