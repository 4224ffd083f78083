"""Bad input is reported with file, line, column, printed text and remedy, and the served release does not change."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from kgservice.release import current_name

from .conftest import Run

CHONGQING = "data/directories/chongqing/2023/directory.csv"
SHANGHAI = "data/directories/shanghai/3.0/directory.csv"
ENTRIES = "data/mappings/entries.sssom.tsv"


def _edit(file: str, pattern: str, new: str) -> Callable[[Path], None]:
    """Replaces the first match of ``pattern``, and fails if there is none."""

    def edit(project: Path) -> None:
        path = project / file
        text, count = re.subn(pattern, new, path.read_text("utf-8"), count=1, flags=re.M)
        assert count == 1, f"{pattern} does not occur in {file}"
        path.write_text(text, "utf-8")

    return edit


def _line_of(project: Path, file: str, pattern: str) -> int:
    lines = (project / file).read_text("utf-8").splitlines()
    return next(n for n, line in enumerate(lines, start=1) if re.search(pattern, line))


def _in_gb18030(project: Path) -> None:
    path = project / CHONGQING
    path.write_bytes(path.read_text("utf-8").encode("gb18030"))


def _append(file: str, text: str) -> Callable[[Path], None]:
    def append(project: Path) -> None:
        path = project / file
        path.write_text(path.read_text("utf-8") + text, "utf-8")

    return append


CASES = {
    # name: (what is broken, where the fault must stand, words that it must hold)
    "broken CSV line": (
        _edit(CHONGQING, r"^(,7,)([^,]*)", r'\1"\2'),
        rf"{CHONGQING}:8 ",
        ["broken-csv", "quote", "引号"],
    ),
    "a cell too few": (
        _edit(CHONGQING, r"^(,7,.*),([^,\n]*)$", r"\1"),
        rf"{CHONGQING}:8 ",
        ["cell-count", "18 cells", "19"],
    ),
    "unknown level": (
        _edit(SHANGHAI, r"^(C,1,.*),副高级,", r"\1,特高级,"),
        rf"{SHANGHAI}:\d+ \[level\] «特高级»",
        ["unknown-level", "副高级", "特高级"],
    ),
    "level that does not fit the title": (
        _edit(CHONGQING, r"^(,9,.*),中级,", r"\1,初级,"),
        rf"{CHONGQING}:10 \[level\] «初级»",
        ["level-title", "中级"],
    ),
    "unknown title": (
        _edit(CHONGQING, r"^(,9,.*),工程师,", r"\1,工程司,"),
        rf"{CHONGQING}:10 \[title\] «工程司»",
        ["unknown-title", "titles.csv"],
    ),
    "duplicate row number": (
        _edit(CHONGQING, r"^,9,", ",8,"),
        rf"{CHONGQING}:10 \[seq\] «8»",
        ["duplicate-row", "line 9"],
    ),
    "missing row": (
        _edit(CHONGQING, r"^,9,.*\n", ""),
        rf"{CHONGQING}:10 \[seq\] «10»",
        ["row-gap", "row 9"],
    ),
    "row number that is none": (
        _edit(CHONGQING, r"^,9,", ",九,"),
        rf"{CHONGQING}:10 \[seq\] «九»",
        ["row-number"],
    ),
    "unknown list": (
        _edit(SHANGHAI, r"^C,1,", "E,1,"),
        rf"{SHANGHAI}:\d+ \[list\] «E»",
        ["unknown-list", "A, B, C, D"],
    ),
    "unknown specialty": (
        _edit(CHONGQING, r"^(,9,.*)冶金;材料", r"\1冶炼;材料"),
        rf"{CHONGQING}:10 \[specialty\]",
        ["unknown-specialty", "冶炼"],
    ),
    "unknown condition": (
        _edit(SHANGHAI, "须持证10年以上", "须持证很久"),
        rf"{SHANGHAI}:\d+ \[condition\] «须持证很久»",
        ["unknown-condition"],
    ),
    "doubt without a note": (
        _edit(CHONGQING, r"^(,9,.*),([^,]*),yes$", r"\1,,no"),
        rf"{CHONGQING}:10 \[reading_note\]",
        ["doubt-without-note"],
    ),
    "not UTF-8": (_in_gb18030, rf"{CHONGQING}:2 \[byte \d+\] «0x", ["not-utf-8", "iconv"]),
    "header": (
        _edit(CHONGQING, r"^list,seq", "liste,seq"),
        rf"{CHONGQING}:1 ",
        ["missing: list", "unknown: liste"],
    ),
    "control character": (
        _edit(CHONGQING, r"^(,9,)", "\\1\x07"),
        rf"{CHONGQING}:10 \[name\]",
        ["U+0007"],
    ),
    "mapping to a certificate that does not exist": (
        _edit(ENTRIES, r"^(entry:500000-1/2023/9\t.*)certificate:c\d+", r"\1certificate:c99999"),
        rf"{ENTRIES}:\d+ \[object_id\] «certificate:c99999»",
        ["mapping-register", "certificates.csv"],
    ),
    "mapping of a row that does not exist": (
        _edit(ENTRIES, r"^entry:500000-1/2023/9\t", "entry:500000-1/2023/999\t"),
        rf"{ENTRIES}:\d+ \[subject_id\] «entry:500000-1/2023/999»",
        ["mapping-entry"],
    ),
    "mapping without a reviewer": (
        _edit(ENTRIES, r"^(entry:500000-1/2023/9\t.*)reading:second", r"\1"),
        rf"{ENTRIES}:\d+ \[reviewer_id\]",
        ["mapping-provenance"],
    ),
    "mapping that is no SSSOM": (
        _edit(ENTRIES, r"semapv:ManualMappingCuration", "nonsense:Because"),
        rf"{ENTRIES}",
        ["mapping-sssom", "nonsense"],
    ),
    "row without a mapping": (
        _edit(ENTRIES, r"^entry:500000-1/2023/9\t.*\n", ""),
        rf"{CHONGQING}:10 \[name\] «美国注册冶金与材料工程师»",
        ["entry-unmapped", "500000-1/2023/9"],
    ),
    "register with a double id": (
        _append("data/register/authorities.csv", "a001,又一,Another,,500000,active,,\n"),
        r"data/register/authorities.csv:\d+ \[id\] «a001»",
        ["register-duplicate", "line 2"],
    ),
    "register that points nowhere": (
        _edit("data/register/certificates.csv", r"^(c00001,.*),(i\d{4}),", r"\1,i9999,"),
        r"data/register/certificates.csv:2 \[issuers\] «i9999»",
        ["register-reference", "issuers"],
    ),
    "broken TOML": (
        _edit("data/directories/wuxi/2021/edition.toml", r"^complete = true", "complete = yes"),
        r"data/directories/wuxi/2021/edition.toml:\d+ \[character \d+\]",
        ["toml"],
    ),
    "unknown key": (
        _edit("data/directories/wuxi/2021/edition.toml", r"^complete = true", "compleet = true"),
        r"data/directories/wuxi/2021/edition.toml:\d+ \[compleet\]",
        ["edition-form"],
    ),
    "edition that points nowhere": (
        _edit(
            "data/directories/chongqing/2023/edition.toml", r'degree = "master"', 'degree = "mba"'
        ),
        r"data/directories/chongqing/2023/edition.toml:\d+ \[rule\[0\].alternative\[4\].degree\] «mba»",
        ["edition-reference", "degrees"],
    ),
    "broken ontology": (
        _append("ontology/values.ttl", "\nzc:Broken a .\n"),
        r"ontology/values.ttl",
        ["turtle"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_reported_where_it_stands(name: str, copy: Path, kg_check: Run) -> None:
    break_it, place, words = CASES[name]
    break_it(copy)
    code, output = kg_check(copy)
    assert code == 1
    assert re.search(place, output), output
    for word in words:
        assert word in output
    assert "Traceback" not in output


def test_a_violation_leaves_the_last_release(ungated: Path, kg_build: Run) -> None:
    copy = ungated
    code, _ = kg_build(copy)
    assert code == 0
    served = current_name(copy / "releases")
    for name in (
        "broken CSV line",
        "duplicate row number",
        "mapping to a certificate that does not exist",
    ):
        original = {file: (copy / file).read_bytes() for file in (CHONGQING, ENTRIES)}
        CASES[name][0](copy)
        code, output = kg_build(copy)
        assert code == 1, name
        assert "current release is unchanged" in output
        assert current_name(copy / "releases") == served
        for file, data in original.items():
            (copy / file).write_bytes(data)


def test_a_broken_shape_is_reported_at_the_line_of_its_row(copy: Path, kg_build: Run) -> None:
    """The tables are sound, the graph is not: a certificate of two bodies that nothing joins."""
    register = "data/register/certificates.csv"
    _edit(register, r"^(c00009,.*),i0002,", r"\1,i0002;i0028,")(copy)
    code, output = kg_build(copy)
    assert code == 1
    assert re.search(rf"{register}:10 .*CertificateIssuersJoined", output), output
    assert current_name(copy / "releases") is None


def test_only_the_faults_of_the_named_edition(copy: Path, kg_check: Run) -> None:
    CASES["unknown level"][0](copy)
    code, output = kg_check(copy, "shanghai/3.0")
    assert code == 1
    assert "特高级" in output
    CASES["duplicate row number"][0](copy)
    _, output = kg_check(copy, "shanghai/3.0")
    assert CHONGQING not in output


def test_several_faults_are_shown_at_once(copy: Path, kg_check: Run) -> None:
    for name in ("unknown level", "duplicate row number", "unknown condition"):
        CASES[name][0](copy)
    _, output = kg_check(copy)
    for word in ("unknown-level", "duplicate-row", "unknown-condition"):
        assert word in output


def test_the_line_is_the_one_in_the_file(copy: Path, kg_check: Run) -> None:
    CASES["unknown condition"][0](copy)
    line = _line_of(copy, SHANGHAI, "须持证很久")
    _, output = kg_check(copy)
    assert f"{SHANGHAI}:{line} [condition]" in output
