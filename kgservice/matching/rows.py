"""A printed row as the matcher sees it, and the certificates that one row may list side by side."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

_AND_UPWARD = re.compile(r"(及|或)?以上")
_CODES = re.compile(r"[A-Z0][A-Za-z+.0-9]*(?:\s*/\s*[A-Z0][A-Za-z+.0-9]*)+")
_RANGE = re.compile(
    r"[A-Za-z0-9一二三四五六七八九]\s*级?\s*[-–—~～至]\s*[A-Za-z0-9一二三四五六七八九]+\s*级"
)
_ENUMERATION = re.compile(r"[、,，/及和与\s]+")
_BRACKETS = re.compile(r"[(（][^()（）]*[)）]")


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """One row of a directory: its entry (``500000-1/2023/9``) and the cells that say what it lists."""

    entry: str
    name: str
    original: str = ""
    issuers: tuple[str, ...] = ()
    original_issuers: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    levels: int = 1

    @property
    def is_range(self) -> bool:
        """A printed span of grades (C 级-PRO 级): which lie between is not in the row."""
        return any(_RANGE.search(grade) for grade in self.grades)


def read_row(entry: str, cell: Callable[[str], str]) -> PrintedRow:
    """A row from the cells of ``directory.csv``."""

    def split(column: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in cell(column).split(";") if part.strip())

    return PrintedRow(
        entry,
        cell("name"),
        cell("name_original"),
        split("issuer"),
        split("issuer_original"),
        split("issuer_abbreviation"),
        split("grade"),
        max(1, len(split("level"))),
    )


def split_row(row: PrintedRow) -> list[PrintedRow]:
    """The row once for each certificate that it prints side by side, or the row itself.

    Two layouts print several: a column of grades (``2级;1级``), and letters with a stroke between (FIA/FFA,
    BD+C/ID+C). A stroke between words (特许会员/专业会员) stands between two names of one certificate as often as
    not, so it splits nothing; if both sides are known certificates, the choice between them stays open.
    """
    if len(row.grades) > 1:
        name, original = _without(row.name, row.grades), _without(row.original, row.grades)
        return [
            replace(
                row,
                name=f"{name} {_AND_UPWARD.sub('', grade)}",
                original=f"{original} {grade}" if original else "",
                grades=(),
                levels=1,
            )
            for grade in row.grades
        ]
    name = _AND_UPWARD.sub("", row.name)
    for column in ("name", "original"):
        text = name if column == "name" else row.original
        found = _CODES.search(text)
        if found is None or not _are_letters(found.group()):
            continue
        parts = [part.strip() for part in found.group().split("/")]
        return [
            replace(
                row,
                name=name.replace(found.group(), part),
                original=row.original.replace(found.group(), part),
            )
            for part in parts
        ]
    return [replace(row, name=name)]


def _without(text: str, grades: tuple[str, ...]) -> str:
    """The name without the list of its grades: brackets that hold them, or the words one after another."""
    if not text:
        return text
    for bracket in _BRACKETS.findall(text):
        if any(grade in bracket or bracket[1:-1] in grade for grade in grades):
            text = text.replace(bracket, "")
    for grade in sorted(grades, key=len, reverse=True):
        text = text.replace(grade, "\0")
    return re.sub(rf"\0(?:{_ENUMERATION.pattern}\0)*", "", text).strip()


def _are_letters(text: str) -> bool:
    """Whether each side of the strokes is a set of letters (FIA, BD+C, ND) or a word of a track (Homes)."""
    parts = [part.strip() for part in text.split("/")]
    short = [part for part in parts if sum(mark.isupper() for mark in part) >= 2 or "+" in part]
    return len(short) >= 2 and len(short) >= len(parts) - 1 and all(len(p) <= 8 for p in parts)
