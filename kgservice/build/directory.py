"""Reads one printed table (``directory.csv``) and checks it line by line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kgservice.build.facts import EditionFacts
from kgservice.build.project import EditionFolder, Project
from kgservice.build.registers import Registers
from kgservice.build.tables import Line, read_table
from kgservice.faults import FaultList, Place

COLUMNS = (
    "list",
    "seq",
    "name",
    "name_original",
    "issuer",
    "issuer_original",
    "issuer_abbreviation",
    "title",
    "level",
    "grade",
    "grade_outcome",
    "open_upward",
    "specialty",
    "country",
    "condition",
    "field",
    "recognition_form",
    "reading_note",
    "certain",
)
HOLDING_CONDITION = re.compile(r"须持证\s*(\d+)\s*年以上")


@dataclass(frozen=True, slots=True)
class Row:
    """One printed row: its line in the file and what was read from it.

    ``levels`` are ids of title levels (``20``, ``junior``), ``titles`` ids of titles (``05-30``), ``outcomes`` takes a
    printed grade to the id of its level, ``specialties`` and ``fields`` are ids of the specialty register.
    """

    line: Line
    section: str
    seq: int
    titles: tuple[str, ...]
    levels: tuple[str, ...]
    outcomes: Mapping[str, str]
    specialties: tuple[str, ...]
    fields: tuple[str, ...]
    holding_years: int | None

    def __getitem__(self, column: str) -> str:
        return self.line[column]


def read_directory(
    project: Project,
    folder: EditionFolder,
    facts: EditionFacts,
    registers: Registers,
    faults: FaultList,
) -> list[Row]:
    """The rows of a printed table, in document order; every fault names line and column."""
    file = project.relative(folder.table)
    rows: dict[tuple[str, int], Row] = {}
    for line in read_table(folder.table, file, COLUMNS, faults):
        row = _read_row(line, facts, registers, faults)
        if row is None:
            continue
        first = rows.get((row.section, row.seq))
        if first is not None:
            faults.add(
                line.place("seq"),
                f"row number {row.seq} stands already on line {first.line.number}: "
                "each printed row has one line; correct the number or delete the line.",
                f"序号 {row.seq} 已见于第 {first.line.number} 行：每个印刷行只占一行，请更正序号或删除此行。",
                "duplicate-row",
            )
            continue
        rows[row.section, row.seq] = row
    _check_sequence(file, facts, list(rows.values()), faults)
    return list(rows.values())


def _read_row(
    line: Line, facts: EditionFacts, registers: Registers, faults: FaultList
) -> Row | None:
    if not re.fullmatch(r"[1-9]\d*", line["seq"]):
        faults.add(
            line.place("seq"),
            f"row number '{line['seq']}' is not a whole number: write the printed one.",
            f"序号“{line['seq']}”不是正整数：请照印刷件填写。",
            "row-number",
        )
        return None
    if line["list"] not in facts.sections:
        known = ", ".join(facts.sections) or "(empty)"
        faults.add(
            line.place("list"),
            f"list '{line['list']}' is not among those of edition.toml: {known}.",
            f"分表“{line['list']}”不在 edition.toml 所列之中：{known}。",
            "unknown-list",
        )
        return None
    if not line["name"]:
        faults.add(
            line.place("name"),
            "the printed name is empty: write it as printed.",
            "证书名称为空：请照印刷件填写。",
            "name-empty",
        )
    for column, allowed in (("open_upward", ("yes", "")), ("certain", ("yes", "no"))):
        if line[column] not in allowed:
            faults.add(
                line.place(column),
                f"'{line[column]}' is none of {', '.join(repr(a) for a in allowed)}.",
                f"“{line[column]}”应为 {'、'.join(repr(a) for a in allowed)} 之一。",
                "cell-value",
            )
    if line["certain"] == "no" and not line["reading_note"]:
        faults.add(
            line.place("reading_note"),
            "a row that is not certain needs a note that says what was doubtful and how it was read.",
            "存疑的行须在 reading_note 说明疑点与读法。",
            "doubt-without-note",
        )
    titles, levels = _read_levels(line, registers, faults)
    return Row(
        line=line,
        section=line["list"],
        seq=int(line["seq"]),
        titles=titles,
        levels=levels,
        outcomes=_read_outcomes(line, titles, levels, registers, faults),
        specialties=_read_specialties(line, "specialty", facts, registers, faults),
        fields=_read_specialties(line, "field", facts, registers, faults),
        holding_years=_read_condition(line, faults),
    )


def _read_levels(
    line: Line, registers: Registers, faults: FaultList
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Titles and levels. A printed title gives its own level; a printed level is taken as it is (初级 is broad)."""
    titles: list[str] = []
    for printed in line.values("title"):
        title = registers.by_label("titles", printed)
        if title is None:
            faults.add(
                line.place("title"),
                f"title '{printed}' is not in data/register/titles.csv: correct it, or add the title.",
                f"职称“{printed}”不在 data/register/titles.csv 中：请更正或先登记。",
                "unknown-title",
            )
        else:
            titles.append(title)
    levels: list[str] = []
    for printed in line.values("level"):
        level = registers.by_label("title-levels", printed)
        if level is None:
            known = "、".join(entry["label_zh"] for entry in registers["title-levels"].values())
            faults.add(
                line.place("level"),
                f"level '{printed}' is none of {known}: correct it.",
                f"层级“{printed}”不在 {known} 之中：请更正。",
                "unknown-level",
            )
        else:
            levels.append(level)
    if not line["title"]:
        return (), tuple(levels)
    of_titles = tuple(registers["titles"][title]["level"] for title in titles)
    expected = [_broad(level, registers) for level in of_titles]
    if (
        len(titles) == len(line.values("title"))
        and [_broad(level, registers) for level in levels] != expected
    ):
        words = ";".join(registers["title-levels"][level]["label_zh"] for level in expected)
        faults.add(
            line.place("level"),
            f"level '{line['level']}' does not fit title '{line['title']}': expected '{words}'.",
            f"层级“{line['level']}”与职称“{line['title']}”不符：应为“{words}”。",
            "level-title",
        )
    return tuple(titles), of_titles


def _broad(level: str, registers: Registers) -> str:
    """``junior`` for 员级 and 助理级, as the column ``level`` writes them; other levels are themselves."""
    broader = registers["title-levels"][level]["broader"]
    return broader if broader == "junior" else level


def _read_outcomes(
    line: Line,
    titles: tuple[str, ...],
    levels: tuple[str, ...],
    registers: Registers,
    faults: FaultList,
) -> dict[str, str]:
    """``Foundation=初级;Practitioner=中级`` → the level of each printed grade."""
    outcomes: dict[str, str] = {}
    grades = line.values("grade")
    for part in line.values("grade_outcome"):
        grade, _, word = (text.strip() for text in part.partition("="))
        level = registers.by_label("title-levels", word)
        fitting = [given for given in levels if level in (given, _broad(given, registers))]
        if grade not in grades or not fitting:
            faults.add(
                line.place("grade_outcome"),
                f"'{part}' must be one of the row's grades ({'; '.join(grades)}), '=', one of its levels "
                f"({line['level']}).",
                f"“{part}”应写作“等级=层级”，等级取自本行（{'; '.join(grades)}），层级取自本行（{line['level']}）。",
                "grade-outcome",
            )
        else:
            outcomes[grade] = fitting[0]
    if outcomes and set(outcomes) != set(grades):
        faults.add(
            line.place("grade_outcome"),
            "either every grade of the row has an outcome, or none has.",
            "要么每个等级都有对应层级，要么都没有。",
            "grade-outcome",
        )
    return outcomes


def _read_specialties(
    line: Line, column: str, facts: EditionFacts, registers: Registers, faults: FaultList
) -> tuple[str, ...]:
    found = []
    for label in line.values(column):
        match = next(
            (
                key
                for key, entry in registers["specialties"].items()
                if key.startswith(f"{facts.directory}/") and entry["label_zh"] == label
            ),
            None,
        )
        if match is None:
            faults.add(
                line.place(column),
                f"specialty '{label}' is not registered for {facts.directory}: correct it, or add it to "
                "data/register/specialties.csv.",
                f"专业“{label}”未在 {facts.directory} 登记：请更正，或补入 data/register/specialties.csv。",
                "unknown-specialty",
            )
        else:
            found.append(match)
    return tuple(found)


def _read_condition(line: Line, faults: FaultList) -> int | None:
    if not line["condition"]:
        return None
    match = HOLDING_CONDITION.fullmatch(line["condition"])
    if match is None:
        faults.add(
            line.place("condition"),
            f"condition '{line['condition']}' is not of the form 须持证N年以上: if the print says something "
            "else, put it into a [[remark]] of edition.toml.",
            f"条件“{line['condition']}”不合“须持证N年以上”：若印刷件另有条件，请写入 edition.toml 的 [[remark]]。",
            "unknown-condition",
        )
        return None
    return int(match.group(1))


def _check_sequence(file: str, facts: EditionFacts, rows: list[Row], faults: FaultList) -> None:
    """Each list counts from 1 without a gap, in document order, up to the total where one is printed."""
    for section, total in facts.sections.items():
        expected = 1
        for row in (row for row in rows if row.section == section):
            if row.seq != expected:
                faults.add(
                    row.line.place("seq"),
                    f"row {expected} of list '{section}' is missing or out of order before row {row.seq}: "
                    "every printed row has its line, in document order.",
                    f"分表“{section}”第 {expected} 行缺失或次序有误（在第 {row.seq} 行之前）：每个印刷行一行，按原次序。",
                    "row-gap",
                )
                expected = row.seq
            expected += 1
        if total is not None and expected - 1 != total:
            faults.add(
                rows[0].line.place("list") if rows else _whole(file),
                f"list '{section}' ends at row {expected - 1}, the document prints a total of {total}.",
                f"分表“{section}”止于第 {expected - 1} 行，而文件印明共 {total} 项。",
                "printed-total",
            )


def _whole(file: str) -> Place:
    return Place(file)
