"""Reads the alignment sets: which of our things other databases know, and under which identifier.

``data/mappings/{wikidata,esco,ctdl}.sssom.tsv``. An identifier stands here only where it was looked up: each line names
the documents (``see_also``) whose text shows it together with the name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kgservice.build.mapping import (
    COLUMNS,
    REGISTER_OF,
    Match,
    check_duplicates,
    check_provenance,
    check_registered,
    check_with_sssom,
)
from kgservice.build.project import Project
from kgservice.build.registers import Registers
from kgservice.build.tables import Line, read_table
from kgservice.faults import FaultList

EVIDENCE = "see_also"
# Prefix → namespace of the identifiers of others, as ontology/prefixes.ttl declares them.
EXTERNAL: Mapping[str, str] = {
    "wd": "http://www.wikidata.org/entity/",
    "esco": "http://data.europa.eu/esco/",
    "ceterms": "https://purl.org/ctdl/terms/",
}
TERM = "zc"
_DOCUMENT = re.compile(r"https://[^\s<>\"{}|\\^`]+")


@dataclass(frozen=True, slots=True)
class Form:
    """What an alignment set may say: kinds of our things, predicates, and how identifiers of the other side are written."""

    subjects: tuple[str, ...]
    predicates: tuple[str, ...]
    prefix: str
    pattern: str


# A certificate is nobody else's: what is alike there is not told from a name (never-infer rules 1 and 2).
ALIGNMENTS: Mapping[str, Form] = {
    "wikidata": Form(
        ("issuer", "region"), ("skos:exactMatch", "skos:closeMatch"), "wd", r"Q[1-9][0-9]*"
    ),
    # A field of work is no group of occupations: never more than related.
    "esco": Form(("specialty",), ("skos:relatedMatch",), "esco", r"isco/C[0-9]{1,4}"),
    "ctdl": Form(
        (TERM,),
        ("skos:closeMatch", "skos:broadMatch", "skos:narrowMatch", "skos:relatedMatch"),
        "ceterms",
        r"[A-Za-z][A-Za-z0-9]*",
    ),
}


def read_alignments(project: Project, registers: Registers, faults: FaultList) -> list[Match]:
    """Every line of every alignment set that the project has."""
    matches: list[Match] = []
    for name, form in ALIGNMENTS.items():
        path = project.mappings / f"{name}.sssom.tsv"
        if not path.exists():
            continue
        before = len(faults.faults)
        columns = (*COLUMNS, EVIDENCE)
        lines = read_table(
            path, project.relative(path), columns, faults, delimiter="\t", comment="#"
        )
        found = [
            match
            for line in lines
            if (match := _read_match(line, name, form, registers, faults)) is not None
        ]
        check_duplicates(found, faults)
        if len(faults.faults) == before:
            check_with_sssom(path, project.relative(path), faults)
        matches.extend(found)
    return matches


def _read_match(
    line: Line, name: str, form: Form, registers: Registers, faults: FaultList
) -> Match | None:
    before = len(faults.faults)

    def report(column: str, en: str, zh: str, rule: str) -> None:
        faults.add(line.place(column), en, zh, rule)

    predicate = line["predicate_id"]
    if predicate not in form.predicates:
        report(
            "predicate_id",
            f"'{predicate}' is no predicate of this mapping set: {', '.join(form.predicates)}.",
            f"“{predicate}”不是此映射集的谓词：{'、'.join(form.predicates)}。",
            "mapping-predicate",
        )
    kind, _, local = line["subject_id"].partition(":")
    if kind not in form.subjects:
        report(
            "subject_id",
            f"'{line['subject_id']}' must be one of {', '.join(f'{a}:…' for a in form.subjects)}.",
            f"“{line['subject_id']}”应为 {'、'.join(f'{a}:…' for a in form.subjects)} 之一。",
            "mapping-kind",
        )
    elif kind in REGISTER_OF:
        check_registered(line, "subject_id", kind, local, registers, faults)
    prefix, _, identifier = line["object_id"].partition(":")
    if prefix != form.prefix or not re.fullmatch(form.pattern, identifier):
        report(
            "object_id",
            f"'{line['object_id']}' is no identifier of this set: write {form.prefix}:… ({form.pattern}).",
            f"“{line['object_id']}”不是此映射集的标识：应写作 {form.prefix}:…（{form.pattern}）。",
            "alignment-object",
        )
    if line["predicate_modifier"]:
        report(
            "predicate_modifier",
            "must be empty: only what was found is written down.",
            "须为空：此处只记录已查到的对应。",
            "mapping-modifier",
        )
    documents = tuple(text.strip() for text in line[EVIDENCE].split("|"))
    if not all(map(_DOCUMENT.fullmatch, documents)):
        report(
            EVIDENCE,
            "names no document (https://…; several with | between them): an identifier stands here only with the "
            "text that shows it together with the name.",
            "未给出文档（https://…，多个以 | 分隔）：标识须附上同时写有该标识与名称的文档。",
            "alignment-evidence",
        )
    if not line["object_label"]:
        report(
            "object_label",
            "is empty: write the name that the document gives beside the identifier.",
            "为空：请写出文档中与该标识并列的名称。",
            "alignment-label",
        )
    check_provenance(line, report)
    if len(faults.faults) != before:
        return None
    return Match(
        line,
        name,
        (kind, local),
        predicate,
        negated=False,
        object=(prefix, identifier),
        confidence=line["confidence"],
        evidence=documents,
    )
