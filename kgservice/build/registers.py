"""Reads the registers (``data/register/*.csv``): the curated things that every directory points to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kgservice.build.project import Project
from kgservice.build.tables import Line, read_table
from kgservice.faults import FaultList

_MINTED = ("status", "replaced_by", "note")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Form:
    """How one register is written.

    ``references`` takes a column to the registers in which each of its values must stand.
    """

    columns: tuple[str, ...]
    pattern: str
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required: tuple[str, ...] = ("label_zh",)

    @property
    def key(self) -> str:
        """The column that names a line: always the first."""
        return self.columns[0]


FORMS: Mapping[str, Form] = {
    "regions": Form(
        ("code", "label_zh", "label_en", "alt_labels", "contained_in"),
        r"\d{6}",
        {"contained_in": ("regions",)},
        ("label_zh", "label_en"),
    ),
    "authorities": Form(
        ("id", "label_zh", "label_en", "alt_labels", "region", *_MINTED),
        r"a\d{3,}",
        {"region": ("regions",), "replaced_by": ("authorities",)},
        ("label_zh", "label_en"),
    ),
    "issuers": Form(
        (
            "id",
            "label_zh",
            "label_en",
            "alt_labels",
            "former_labels",
            "abbreviation",
            "country",
            "parent",
            "linked",
            *_MINTED,
        ),
        r"i\d{4,}",
        {"parent": ("issuers",), "linked": ("issuers",), "replaced_by": ("issuers",)},
    ),
    "grade-schemes": Form(
        ("id", "label_zh", "label_en", "issuers", *_MINTED),
        r"s\d{2,}",
        {"issuers": ("issuers",), "replaced_by": ("grade-schemes",)},
        ("label_zh", "label_en"),
    ),
    "grades": Form(
        ("id", "scheme", "rank", "label_zh", "label_en", "notation", *_MINTED),
        r"s\d{2,}-\d+",
        {"scheme": ("grade-schemes",), "replaced_by": ("grades",)},
        ("scheme", "rank", "label_zh"),
    ),
    "families": Form(
        ("id", "label_zh", "label_en", "alt_labels", "notation", "issuers", *_MINTED),
        r"f\d{4,}",
        {"issuers": ("issuers",), "replaced_by": ("families",)},
    ),
    "certificates": Form(
        (
            "id",
            "label_zh",
            "label_en",
            "alt_labels",
            "notation",
            "issuers",
            "kind",
            "grade",
            *_MINTED,
        ),
        r"c\d{5,}",
        {"issuers": ("issuers",), "grade": ("grades",), "replaced_by": ("certificates",)},
        ("label_zh", "kind"),
    ),
    "title-series": Form(("code", "label_zh", "label_en"), r"\d{2}", {}, ("label_zh", "label_en")),
    "title-levels": Form(
        ("code", "label_zh", "label_en", "rank", "broader", "gbt8561"),
        r"\d{2}|[a-z]+",
        {"broader": ("title-levels",)},
        ("label_zh", "label_en"),
    ),
    "titles": Form(
        ("id", "series", "level", "label_zh", "label_en"),
        r"\d{2}-\d{2}",
        {"series": ("title-series",), "level": ("title-levels",)},
        ("series", "level", "label_zh", "label_en"),
    ),
    "degrees": Form(
        ("code", "label_zh", "label_en", "alt_labels"), r"[a-z-]+", {}, ("label_zh", "label_en")
    ),
    "qualifications": Form(
        ("id", "label_zh", "label_en", "alt_labels", "issued_by", *_MINTED),
        r"q\d{4,}",
        {"replaced_by": ("qualifications",)},
        ("label_zh", "label_en"),
    ),
    "specialties": Form(
        ("id", "label_zh", "label_en", "broad_match"),
        r"(\d{6}-\d+|common)/s\d{3,}",
        {"broad_match": ("specialties",)},
    ),
}


@dataclass(frozen=True, slots=True)
class Registers:
    """All registers: name → id → line."""

    lines: Mapping[str, Mapping[str, Line]]

    def __getitem__(self, register: str) -> Mapping[str, Line]:
        return self.lines[register]

    def by_label(self, register: str, label_zh: str) -> str | None:
        """The id of the line with this Chinese label, or ``None``."""
        return next(
            (key for key, line in self.lines[register].items() if line["label_zh"] == label_zh),
            None,
        )


def read_registers(project: Project, faults: FaultList) -> Registers:
    """Reads and checks every register; faults name file, line and column."""
    lines: dict[str, dict[str, Line]] = {}
    for register, form in FORMS.items():
        path = project.registers / f"{register}.csv"
        lines[register] = {}
        for line in read_table(path, project.relative(path), form.columns, faults):
            key = line[form.key]
            first = lines[register].get(key)
            if not re.fullmatch(form.pattern, key):
                faults.add(
                    line.place(form.key),
                    f"the id '{key}' has not the form {form.pattern}: mint the next free one.",
                    f"编号“{key}”不合格式 {form.pattern}：请取下一个未用编号。",
                    "register-id",
                )
            elif first is not None:
                faults.add(
                    line.place(form.key),
                    f"the id '{key}' stands already on line {first.number}: an id is minted once.",
                    f"编号“{key}”已见于第 {first.number} 行：编号不得重复。",
                    "register-duplicate",
                )
            else:
                lines[register][key] = line
    registers = Registers(lines)
    for register in FORMS:
        _check_register(register, registers, faults)
    return registers


def _check_register(register: str, registers: Registers, faults: FaultList) -> None:
    form = FORMS[register]
    for line in registers[register].values():
        for column in form.required:
            if not line[column]:
                faults.add(
                    line.place(column),
                    f"'{column}' is empty: fill it in.",
                    f"“{column}”为空：请补上。",
                    "register-required",
                )
        for column, targets in form.references.items():
            for value in line.values(column):
                if not any(value in registers[target] for target in targets):
                    faults.add(
                        line.place(column),
                        f"'{value}' stands in no register ({', '.join(targets)}): add it there or correct it.",
                        f"“{value}”不在登记册（{'、'.join(targets)}）中：请先登记或更正。",
                        "register-reference",
                    )
        for column in ("alt_labels", "former_labels"):
            if column in form.columns:
                _check_labels(line, column, faults)
        if "status" in form.columns:
            _check_status(line, faults)
        if register == "grades":
            _check_grade(line, faults)
        if register == "title-levels":
            _check_rank(line, faults)


def _check_labels(line: Line, column: str, faults: FaultList) -> None:
    for value in line.values(column):
        text, _, language = value.rpartition("@")
        if not text or not _LANGUAGE.fullmatch(language):
            faults.add(
                line.place(column),
                f"'{value}' has no language: write text@zh, text@en, text@de … with ';' between.",
                f"“{value}”缺少语言标记：请写作 文本@zh、text@en 等，用“;”分隔。",
                "register-language",
            )


def _check_status(line: Line, faults: FaultList) -> None:
    if line["status"] not in ("active", "withdrawn"):
        faults.add(
            line.place("status"),
            f"status '{line['status']}' is neither 'active' nor 'withdrawn'.",
            f"状态“{line['status']}”应为 active 或 withdrawn。",
            "register-status",
        )
    if line["replaced_by"] and line["status"] != "withdrawn":
        faults.add(
            line.place("replaced_by"),
            "only a withdrawn id has a successor: set status to 'withdrawn' or empty this cell.",
            "只有已撤销的编号才有后继：请将状态改为 withdrawn 或清空此格。",
            "register-successor",
        )


def _check_grade(line: Line, faults: FaultList) -> None:
    scheme, _, rank = line["id"].partition("-")
    if line["scheme"] != scheme or line["rank"] != rank:
        faults.add(
            line.place("id"),
            f"the id must be scheme-rank: {line['scheme']}-{line['rank']}.",
            f"编号应为“等级体系-序位”：{line['scheme']}-{line['rank']}。",
            "register-grade",
        )


def _check_rank(line: Line, faults: FaultList) -> None:
    for column in ("rank", "gbt8561"):
        if line[column] and not line[column].isdecimal():
            faults.add(
                line.place(column),
                f"'{line[column]}' is not a whole number.",
                f"“{line[column]}”不是整数。",
                "register-number",
            )


def split_labels(line: Line, column: str) -> Iterator[tuple[str, str]]:
    """The values of a label column as ``(text, language)``."""
    for value in line.values(column):
        text, _, language = value.rpartition("@")
        if text:
            yield text, language
