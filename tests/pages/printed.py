"""The printed tables as the project holds them, and what of them stands on a page: read from the files, not the graph."""

from __future__ import annotations

import csv
import html
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {
    "500000-1/2023": "chongqing",
    "330000-1/2023": "zhejiang",
    "320200-1/2021": "wuxi",
    "110000-1/annex-5": "beijing",
    "310000-1/3.0": "shanghai",
}
_ROW = re.compile(r'<tr id="row-([^"]+)"(.*?)</tr>', re.DOTALL)
_LINK = re.compile(r'href="/doc/((?:certificate|family)/[^"?]+)')
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Line:
    """One printed row: its number as the pages have it, its name, and whether it is certain."""

    number: str
    name: str
    certain: bool


def lines_of(edition: str) -> list[Line]:
    """The rows of ``directory.csv``."""
    (path,) = (ROOT / "data" / "directories" / FOLDERS[edition]).glob("*/directory.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Line(_number(row["list"], row["seq"]), row["name"], row["certain"] == "yes")
            for row in csv.DictReader(file)
        ]


def listed_by(edition: str) -> dict[str, set[str]]:
    """By row, what the mapping says that it lists: ``certificate/c00009``."""
    found: dict[str, set[str]] = {}
    path = ROOT / "data" / "mappings" / "entries.sssom.tsv"
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    for row in csv.DictReader(lines, delimiter="\t"):
        kind, _, tail = row["subject_id"].partition(":")
        assert kind == "entry"
        if tail.startswith(f"{edition}/") and row.get("predicate_modifier") != "Not":
            number = tail.removeprefix(f"{edition}/")
            found.setdefault(number, set()).add(row["object_id"].replace(":", "/"))
    return found


def rows_on(page: str) -> dict[str, str]:
    """By number, the HTML of the rows that a page of an edition shows."""
    return {html.unescape(number): whole for number, whole in _ROW.findall(page)}


def linked_in(row: str) -> set[str]:
    """The certificates and families to which a row links."""
    return set(_LINK.findall(row))


def text_of(fragment: str) -> str:
    """What a reader sees of a piece of HTML."""
    return html.unescape(_TAG.sub("", fragment))


def _number(section: str, seq: str) -> str:
    return f"{section}-{seq}" if section.isdigit() else f"{section}{seq}"
