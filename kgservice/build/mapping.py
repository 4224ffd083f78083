"""Reads the mapping sets (``data/mappings/*.sssom.tsv``): what each entry lists, and how certificates are related."""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from kgservice.build.project import Project
from kgservice.build.registers import Registers
from kgservice.build.tables import Line, read_table
from kgservice.faults import FaultList, Place

COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "predicate_modifier",
    "object_id",
    "object_label",
    "mapping_justification",
    "confidence",
    "author_id",
    "reviewer_id",
    "comment",
)
# Which predicates a mapping set may use, and the kinds of thing on either side.
SETS: Mapping[str, Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "entries": {"zc:listsCertificate": (("entry",), ("certificate", "family"))},
    "issuers": {"zc:listsIssuer": (("entry",), ("issuer",))},
    "certificates": {
        "zc:broaderCertificate": (("certificate", "family"), ("family",)),
        "zc:succeeds": (("certificate",), ("certificate",)),
        "zc:gradeAbove": (("certificate",), ("certificate",)),
        "zc:sameRegisterGrade": (("certificate",), ("certificate",)),
        "zc:mutuallyRecognized": (("certificate",), ("certificate",)),
        "zc:sameCertificate": (("certificate",), ("certificate",)),
    },
    "look-alikes": {"zc:sameCertificate": (("certificate", "family"), ("certificate", "family"))},
}
REGISTER_OF = {
    "certificate": "certificates",
    "family": "families",
    "issuer": "issuers",
    "region": "regions",
    "specialty": "specialties",
}


@dataclass(frozen=True, slots=True)
class Match:
    """One reviewed statement: subject and object as ``(kind, local id)``, e.g. ``("entry", "500000-1/2023/9")``.

    ``evidence``: the documents in which the identifier of another database was found.
    """

    line: Line
    mapping_set: str
    subject: tuple[str, str]
    predicate: str
    negated: bool
    object: tuple[str, str]
    confidence: str
    evidence: tuple[str, ...] = ()


Report = Callable[[str, str, str, str], None]


def read_mappings(
    project: Project, registers: Registers, entries: frozenset[str], faults: FaultList
) -> list[Match]:
    """Every match of every set. ``entries`` are the tails of the known entries (``500000-1/2023/9``)."""
    matches: list[Match] = []
    for name in SETS:
        path = project.mappings / f"{name}.sssom.tsv"
        before = len(faults.faults)
        lines = read_table(
            path, project.relative(path), COLUMNS, faults, delimiter="\t", comment="#"
        )
        found = [
            match
            for line in lines
            if (match := _read_match(line, name, registers, entries, faults)) is not None
        ]
        check_duplicates(found, faults)
        if path.exists() and len(faults.faults) == before:
            check_with_sssom(path, project.relative(path), faults)
        matches.extend(found)
    return matches


def _read_match(
    line: Line, name: str, registers: Registers, entries: frozenset[str], faults: FaultList
) -> Match | None:
    sound = True

    def report(column: str, en: str, zh: str, rule: str) -> None:
        nonlocal sound
        sound = False
        faults.add(line.place(column), en, zh, rule)

    predicate = line["predicate_id"]
    kinds = SETS[name].get(predicate)
    if kinds is None:
        known = ", ".join(SETS[name])
        report(
            "predicate_id",
            f"'{predicate}' is no predicate of this mapping set: {known}.",
            f"“{predicate}”不是此映射集的谓词：{known}。",
            "mapping-predicate",
        )
        return None
    ends: list[tuple[str, str]] = []
    for column, allowed in zip(("subject_id", "object_id"), kinds, strict=True):
        kind, _, local = line[column].partition(":")
        if kind not in allowed:
            report(
                column,
                f"'{line[column]}' must be one of {', '.join(f'{a}:…' for a in allowed)}.",
                f"“{line[column]}”应为 {'、'.join(f'{a}:…' for a in allowed)} 之一。",
                "mapping-kind",
            )
        elif kind == "entry" and local not in entries:
            report(
                column,
                f"there is no printed row '{local}': correct it (directory/edition/row).",
                f"没有“{local}”这一印刷行：请更正（目录/版本/行号）。",
                "mapping-entry",
            )
        elif kind != "entry":
            check_registered(line, column, kind, local, registers, faults)
            sound = sound and local in registers[REGISTER_OF[kind]]
        ends.append((kind, local))
    negated = line["predicate_modifier"] == "Not"
    if negated != (name == "look-alikes") or line["predicate_modifier"] not in ("", "Not"):
        report(
            "predicate_modifier",
            "must be 'Not' in look-alikes.sssom.tsv and empty everywhere else.",
            "在 look-alikes.sssom.tsv 中须为 Not，其他文件中须为空。",
            "mapping-modifier",
        )
    check_provenance(line, report)
    if len(ends) == 2 and ends[0] == ends[1]:
        report(
            "object_id",
            "subject and object are the same: delete the line or correct one of them.",
            "主语与宾语相同：请删除此行或更正其一。",
            "mapping-self",
        )
    if not sound:
        return None
    return Match(line, name, ends[0], predicate, negated, ends[1], line["confidence"])


def check_provenance(line: Line, report: Report) -> None:
    """That a line says how sure it is, why, who read and who reviewed it."""
    if not re.fullmatch(r"0(\.\d+)?|1(\.0+)?", line["confidence"]):
        report(
            "confidence",
            f"confidence '{line['confidence']}' is not a number from 0 to 1.",
            f"置信度“{line['confidence']}”应为 0 到 1 之间的数。",
            "mapping-confidence",
        )
    for column in ("mapping_justification", "author_id", "reviewer_id"):
        if not line[column]:
            report(
                column,
                f"'{column}' is empty: an accepted match says why, who read and who reviewed it.",
                f"“{column}”为空：采纳的映射须写明依据、作者与复核者。",
                "mapping-provenance",
            )


def check_registered(
    line: Line, column: str, kind: str, local: str, registers: Registers, faults: FaultList
) -> None:
    """That a thing is in its register and was not withdrawn."""
    register = REGISTER_OF[kind]
    entry = registers[register].get(local)
    if entry is None:
        faults.add(
            line.place(column),
            f"'{local}' does not exist: no such line in data/register/{register}.csv; add it or correct the id.",
            f"“{local}”不存在：data/register/{register}.csv 中没有此编号，请补充或更正。",
            "mapping-register",
        )
    elif entry.cells.get("status") == "withdrawn":
        successor = entry["replaced_by"]
        faults.add(
            line.place(column),
            f"'{local}' is withdrawn: use '{successor}'."
            if successor
            else f"'{local}' is withdrawn and has no successor: map to another thing.",
            f"“{local}”已撤销：请改用“{successor}”。"
            if successor
            else f"“{local}”已撤销且无后继：请改映射。",
            "mapping-withdrawn",
        )


def check_duplicates(matches: list[Match], faults: FaultList) -> None:
    """That no statement stands twice."""
    seen: dict[tuple[object, ...], int] = {}
    for match in matches:
        key = (match.subject, match.predicate, match.object)
        if key in seen:
            faults.add(
                match.line.place("object_id"),
                f"the same statement stands on line {seen[key]}: delete one.",
                f"同一陈述已见于第 {seen[key]} 行：请删去其一。",
                "mapping-duplicate",
            )
        seen.setdefault(key, match.line.number)


def check_with_sssom(path: Path, file: str, faults: FaultList) -> None:
    """The set must be valid for the ``sssom`` library, whose users read these files."""
    problem: str | None = None
    # The library prints, logs and warns about its own inside; only its verdict is for the user.
    with (
        warnings.catch_warnings(),
        redirect_stdout(io.StringIO()),
        redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        # Imported here: pandas alone takes a second, which no other command should pay.
        from sssom.parsers import parse_sssom_table
        from sssom.validators import validate

        logging.getLogger("sssom").setLevel(logging.ERROR)
        try:
            for report in validate(parse_sssom_table(path), fail_on_error=False).values():
                for result in report.results:
                    problem = problem or result.message
        except Exception as error:  # the library raises whatever its parsers raise
            problem = str(error).splitlines()[0] if str(error) else type(error).__name__
    if problem:
        faults.add(
            Place(file),
            f"not valid SSSOM: {problem}",
            f"不符合 SSSOM 规范：{problem}",
            "mapping-sssom",
        )
