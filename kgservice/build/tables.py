"""Reads a table (CSV, or TSV with a ``#`` header) strictly: every fault with file, line and column, nothing guessed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kgservice.faults import FaultList, Place

_HELD_BACK = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffd]")


@dataclass(frozen=True, slots=True)
class Line:
    """One data line: its file, its first physical line, and its cells by column."""

    file: str
    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def place(self, column: str | None = None) -> Place:
        """Where this line, or one of its cells, stands."""
        printed = self.cells.get(column) if column else None
        return Place(self.file, self.number, column, printed or None)

    def values(self, column: str) -> list[str]:
        """The values of a cell, split at ``;``."""
        return [value.strip() for value in self.cells[column].split(";") if value.strip()]


def read_text(path: Path, file: str, faults: FaultList) -> str | None:
    """The text of a UTF-8 file, or ``None`` with a fault that names the line and the byte."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        faults.add(
            Place(file),
            "the file is missing: add it (see docs/data.md).",
            "缺少此文件：请补上（见 docs/data.md）。",
            "file-missing",
        )
        return None
    except OSError as error:
        reason = error.strerror or str(error)
        faults.add(
            Place(file),
            f"the file cannot be read ({reason}): check its rights.",
            f"无法读取此文件（{reason}）：请检查权限。",
            "file-unreadable",
        )
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        byte = error.start - (before.rfind(b"\n") + 1) + 1
        faults.add(
            Place(file, line, f"byte {byte}", f"0x{raw[error.start]:02X}"),
            "the file is not UTF-8: save it as UTF-8 (a Chinese spreadsheet usually writes GB18030; "
            f"try: iconv -f GB18030 -t UTF-8 {Path(file).name}).",
            "文件不是 UTF-8 编码：请另存为 UTF-8（中文电子表格通常写成 GB18030，"
            f"可用 iconv -f GB18030 -t UTF-8 {Path(file).name} 转换）。",
            "not-utf-8",
        )
        return None
    return text.removeprefix("\ufeff")


def read_table(
    path: Path,
    file: str,
    columns: Sequence[str],
    faults: FaultList,
    *,
    delimiter: str = ",",
    comment: str | None = None,
) -> list[Line]:
    """The lines of a table whose header is exactly ``columns``.

    Lines that start with ``comment`` before the header are passed over (the metadata block of SSSOM). A line with
    a fault is reported and left out; the others are returned, so that all faults are seen at once.
    """
    text = read_text(path, file, faults)
    if text is None:
        return []
    skipped = 0
    body = text.splitlines(keepends=True)
    while comment and skipped < len(body) and body[skipped].startswith(comment):
        skipped += 1
    reader = csv.reader(
        io.StringIO("".join(body[skipped:]), newline=""), delimiter=delimiter, strict=True
    )
    records = _records(reader, file, skipped, faults)
    header = next(records, None)
    if header is None:
        if not faults.faults or faults.faults[-1].place.file != file:
            faults.add(
                Place(file, 1),
                f"the file is empty: its first line must be {delimiter.join(columns)}",
                f"文件为空：首行应为 {delimiter.join(columns)}",
                "header",
            )
        return []
    if not _header_fits(header, columns, file, delimiter, faults):
        return []
    lines = []
    for number, cells in records:
        if cells in ([], [""]):
            faults.add(
                Place(file, number), "an empty line: delete it.", "空行：请删除。", "empty-line"
            )
        elif len(cells) != len(columns):
            faults.add(
                Place(file, number, None, delimiter.join(cells)),
                f"{len(cells)} cells where the header has {len(columns)}: a cell that holds "
                f"'{delimiter}' must stand in quotes, and every empty cell needs its '{delimiter}'.",
                f"本行有 {len(cells)} 个单元格，表头有 {len(columns)} 个：含“{delimiter}”的单元格须加引号，"
                f"空单元格也要保留“{delimiter}”。",
                "cell-count",
            )
        else:
            line = Line(file, number, dict(zip(columns, cells, strict=True)))
            if _cells_are_clean(line, faults):
                lines.append(line)
    return lines


def _records(
    reader: Iterator[list[str]], file: str, skipped: int, faults: FaultList
) -> Iterator[tuple[int, list[str]]]:
    """Each record with its first physical line; a quoting error ends the file with a fault."""
    while True:
        start = skipped + reader.line_num + 1  # type: ignore[attr-defined]
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            faults.add(
                Place(file, start),
                f"broken CSV ({error}): close the quote, and double each quote inside a quoted cell "
                "(RFC 4180). The lines after this one were not read.",
                f"CSV 格式错误（{error}）：请补上引号，引号内的引号须写两次（RFC 4180）。此行之后未读取。",
                "broken-csv",
            )
            return
        yield start, record


def _header_fits(
    header: tuple[int, list[str]],
    columns: Sequence[str],
    file: str,
    delimiter: str,
    faults: FaultList,
) -> bool:
    number, cells = header
    if cells == list(columns):
        return True
    missing = [column for column in columns if column not in cells]
    extra = [column for column in cells if column not in columns]
    if not missing and not extra:
        detail_en, detail_zh = "the order differs or a column stands twice", "列的顺序不同或有重复"
    else:
        detail_en = (
            f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(extra) or 'none'}"
        )
        detail_zh = f"缺少：{'、'.join(missing) or '无'}；未知：{'、'.join(extra) or '无'}"
    faults.add(
        Place(file, number, None, delimiter.join(cells)),
        f"the header is not the expected one ({detail_en}): write {delimiter.join(columns)}",
        f"表头不符（{detail_zh}）：应为 {delimiter.join(columns)}",
        "header",
    )
    return False


def _cells_are_clean(line: Line, faults: FaultList) -> bool:
    clean = True
    for column, cell in line.cells.items():
        found = _HELD_BACK.search(cell)
        if found or "\n" in cell or "\r" in cell:
            what = f"U+{ord(found.group()):04X}" if found else "a line break"
            what_zh = f"U+{ord(found.group()):04X}" if found else "换行"
            faults.add(
                line.place(column),
                f"the cell holds {what}: remove it, the layout of the print is not part of the text.",
                f"单元格含有{what_zh}：请删除，版面换行等不属于文字内容。",
                "cell-characters",
            )
            clean = False
        elif cell != cell.strip():
            faults.add(
                line.place(column),
                "the cell begins or ends with a blank: remove it.",
                "单元格首尾有空白：请删除。",
                "cell-blanks",
            )
            clean = False
    return clean
