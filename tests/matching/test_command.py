"""``kg match``: the file for review, and what happens with broken input."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sssom.parsers import parse_sssom_table
from sssom.validators import validate

from kgservice.build.mapping import COLUMNS
from kgservice.build.tables import Line, read_table
from kgservice.faults import FaultList
from kgservice.matching.model import shipped_model

from .conftest import ROOT, Cells

Write = Callable[[Sequence[Cells]], Path]
ROWS: list[Cells] = [
    {"name": "会士", "issuer": "英国皇家化学会", "name_original": "FRSC"},
    {"name": "注册海岸工程师", "issuer": "美国海岸学会"},
    {"name": "FIA/FFA 英国正精算师", "issuer": "英国精算师协会"},
    {"name": "会士"},
]


def _run(*arguments: str, seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kgservice.cli", "match", "--project", str(ROOT), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
    )


def _lines(path: Path) -> list[Line]:
    faults = FaultList()
    found = read_table(path, path.name, COLUMNS, faults, delimiter="\t", comment="#")
    assert not faults.faults
    return found


def test_the_proposals_are_sssom_for_review(write_table: Write, tmp_path: Path) -> None:
    output = tmp_path / "proposed.sssom.tsv"
    run = _run(str(write_table(ROWS)), "--edition", "440100-1/2024", "--output", str(output))
    assert run.returncode == 0, run.stderr
    assert "4 行" in run.stderr and "4 rows: 2 automatic; 2 for a person" in run.stderr
    results = validate(parse_sssom_table(output), fail_on_error=False)
    assert [one.message for report in results.values() for one in report.results] == []
    lines = _lines(output)
    assert [(line["subject_id"], line["object_id"]) for line in lines] == [
        ("entry:440100-1/2024/1", "certificate:c00253"),
        ("entry:440100-1/2024/2", "sssom:NoTermFound"),
        ("entry:440100-1/2024/3", "certificate:c00267"),
        ("entry:440100-1/2024/3", "certificate:c00268"),
        ("entry:440100-1/2024/4", "sssom:NoTermFound"),
    ]
    assert {line["reviewer_id"] for line in lines} == {""}
    assert {line["author_id"] for line in lines} == {"reading:tool"}
    assert {line["predicate_id"] for line in lines} == {"zc:listsCertificate"}
    for line in lines:
        automatic = line["comment"].startswith("automatic")
        assert automatic or line["comment"].startswith("for a person (")
        if automatic:
            assert float(line["confidence"]) >= shipped_model().threshold
    assert "letters FRSC in common" in lines[0]["comment"]
    assert "issuer the same" in lines[0]["comment"]
    assert "Runner-up: certificate:" in lines[0]["comment"]
    assert "for a person (new)" in lines[1]["comment"]


def test_the_same_input_gives_the_same_bytes(write_table: Write) -> None:
    table = str(write_table(ROWS))
    one, other = _run(table, seed="1"), _run(table, seed="2")
    assert one.returncode == other.returncode == 0
    assert one.stdout == other.stdout != ""
    assert "entry:unregistered/directory/1" in one.stdout
    assert "--edition" in one.stderr  # says how to name the entries


def _without_header(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace("name_original,", "", 1), "utf-8")


def _gb18030(path: Path) -> None:
    path.write_bytes(path.read_text("utf-8").encode("gb18030"))


def _edit(old: str, new: str) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    return edit


BROKEN = {
    # what is broken: (how, rule, words that the message must hold)
    "not UTF-8": (_gb18030, "not-utf-8", ["iconv", "编码"]),
    "header": (_without_header, "header", ["name_original", "表头"]),
    "no name": (_edit("注册海岸工程师", ""), "name-empty", [":3 [name]", "证书名称为空"]),
    "row number": (_edit("\n,2,", "\n,zwei,"), "row-number", [":3 [seq]", "«zwei»"]),
    "number twice": (_edit("\n,2,", "\n,1,"), "duplicate-row", [":3 [seq]", "line 2"]),
    "open quote": (_edit("注册海岸工程师", '"注册海岸工程师'), "broken-csv", [":3", "引号"]),
    "cell count": (_edit("注册海岸工程师,", "注册海岸工程师"), "cell-count", [":3", "18 cells"]),
    "missing": (Path.unlink, "file-missing", ["directory.csv", "缺少此文件"]),
    "empty": (lambda path: path.write_text(""), "header", ["empty", "文件为空"]),
    "control character": (_edit("海岸", "海\x00岸"), "cell-characters", ["U+0000"]),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_input_is_told_with_its_place(write_table: Write, tmp_path: Path, case: str) -> None:
    break_it, rule, words = BROKEN[case]
    table = write_table(ROWS)
    break_it(table)
    output = tmp_path / "proposed.sssom.tsv"
    run = _run(str(table), "--output", str(output))
    assert run.returncode == 1
    assert f"ERROR {rule}" in run.stderr
    for word in words:
        assert word in run.stderr
    assert "Traceback" not in run.stderr
    assert not output.exists()
    assert run.stdout == ""


def test_a_reviewed_file_is_not_written_over(write_table: Write, tmp_path: Path) -> None:
    table, output = write_table(ROWS[:1]), tmp_path / "proposed.sssom.tsv"
    assert _run(str(table), "--output", str(output)).returncode == 0
    assert _run(str(table), "--output", str(output)).returncode == 0  # not reviewed yet
    text = output.read_text("utf-8").replace("reading:tool\t\t", "reading:tool\treading:second\t")
    assert "reading:second" in text
    output.write_text(text, "utf-8")
    run = _run(str(table), "--output", str(output))
    assert run.returncode == 1
    assert "reviewed" in run.stderr and "人工复核" in run.stderr
    assert output.read_text("utf-8") == text


def test_wrong_arguments_are_explained(write_table: Write, tmp_path: Path) -> None:
    table = str(write_table(ROWS[:1]))
    run = _run(table, "--edition", "guangzhou")
    assert run.returncode == 1
    assert "440000-1/2024" in run.stderr and "目录编号/版本" in run.stderr
    run = _run(table, "--output", str(tmp_path / "nowhere" / "proposed.tsv"))
    assert run.returncode == 1
    assert "cannot be written" in run.stderr and "无法写入" in run.stderr


def test_a_directory_of_the_project_takes_its_names_from_the_others(tmp_path: Path) -> None:
    """The rows of the table's own edition give no names, so no evidence rests on the row itself."""
    table = ROOT / "data/directories/wuxi/2021/directory.csv"
    output = tmp_path / "wuxi.sssom.tsv"
    run = _run(str(table), "--output", str(output))
    assert run.returncode == 0
    lines = _lines(output)
    assert len(lines) >= 61
    assert lines[0]["subject_id"].startswith("entry:320200-1/2021/")
    assert not any("(row 320200-1/2021/" in line["comment"] for line in lines)
