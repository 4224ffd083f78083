"""Asks one query from the command line, and prints the answer: as a table, or as it is."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Column, Table

from kgservice.engine.interface import Engine, Query
from kgservice.questions import Question, QuestionError, bind, parse_question, read_questions
from kgservice.release import Release
from kgservice.settings import Settings
from kgservice.sparql.check import Form, inspect
from kgservice.sparql.request import RequestTooLong
from kgservice.sparql.results import OFFERS, named
from kgservice.terms import Names

TABLE = "table"
LONGEST_NAME = 80
# What no file is called: a query has braces, or at least the address of what it describes.
_QUERY = re.compile(r"(?i)\b(?:select|ask|construct|describe)\b.*[{<?]", re.DOTALL)


async def ask_file(
    file: str,
    parameters: list[str],
    form: str,
    settings: Settings,
    release: Release,
    engine: Engine,
    columns: Sequence[str] = (),
) -> None:
    """Asks the query of a file (or a named question, or ``-``) and writes the answer to the standard output.

    Raises:
        ExplainedError: no such file, a parameter or a format that does not fit, or the query failed.
    """
    question = find_question(file, settings)
    values = split_parameters(parameters)
    # The names are those of the release; without any value the file is asked as it stands, examples and all.
    names = Names(settings.base, release.manifest["prefixes"])
    text = bind(question, values, names) if values else question.text
    if len(text.encode("utf-8")) > settings.max_query_bytes:
        raise RequestTooLong(settings.max_query_bytes)
    key = choose_format(question.form, form)
    inspection = inspect(text, settings.service_allow or (), f"{settings.base}/")
    query = Query(text, key, own_dataset=inspection.own_dataset)
    await engine.start()
    try:
        parts = []
        async with engine.answer(query) as answer:
            async for part in answer:
                if form == TABLE:
                    parts.append(part)
                else:
                    sys.stdout.buffer.write(part)
        if form == TABLE:
            show(question.form, b"".join(parts), release.manifest["prefixes"], columns)
        sys.stdout.flush()
    finally:
        await engine.stop(0)


def find_question(file: str, settings: Settings) -> Question:
    """The query in a file, or the question of that name in ``queries/``, or what the standard input holds."""
    services = settings.service_allow or (), f"{settings.base}/"
    path = Path(file)
    if file == "-" or _is_file(path):
        try:
            given = sys.stdin.buffer.read() if file == "-" else path.read_bytes()
            text = given.decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            name_en, name_zh = (
                ("The standard input", "标准输入") if file == "-" else (file, f" {file}")
            )
            raise QuestionError(
                f"{name_en} cannot be read ({error}). Save it as UTF-8.",
                f"无法读取{name_zh}（{error}）。请存为 UTF-8。",
            ) from None
        text = text.replace("\r\n", "\n").replace(Settings().base, settings.base)
        return parse_question(text, path, *services)
    folder = settings.project / "queries"
    questions = read_questions(folder, settings.base)
    if file in questions:
        return questions[file]
    shown = file if len(file) <= LONGEST_NAME else f"{file[:LONGEST_NAME]}…"
    if _QUERY.search(file):
        raise QuestionError(
            f"There is no file '{shown}': that is the query itself. Put it in a file, or in the standard input of: kg query -",
            f"没有文件“{shown}”：这是查询本身。请存为文件，或作为标准输入交给：kg query -",
        )
    known = ", ".join(questions) or "-"
    raise QuestionError(
        f"There is no file and no question '{shown}'. Questions in {folder}: {known}.",
        f"没有文件或问题“{shown}”。{folder} 中的问题：{known}。",
    )


def _is_file(path: Path) -> bool:
    """Whether there is such a file; no name of one is as long as a query may be."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def split_parameters(parameters: list[str]) -> dict[str, list[str]]:
    """``name=value`` pairs, several values of one name together."""
    values: dict[str, list[str]] = {}
    for given in parameters:
        name, sign, value = given.partition("=")
        if not sign or not name:
            raise QuestionError(
                f"--param is '{given}'. Write it as name=value.",
                f"--param 的值为“{given}”。请写作 参数=值。",
            )
        values.setdefault(name, []).append(value)
    return values


def choose_format(form: Form, wanted: str) -> str:
    """The engine's format for what the user wants to see."""
    offered = OFFERS[form]
    if wanted == TABLE:
        return offered[0].key
    chosen = named(wanted, offered)
    if chosen is None:
        listed = ", ".join([TABLE, *(one.names[0] for one in offered)])
        raise QuestionError(
            f"--format is '{wanted}'; an answer to {form} comes as one of: {listed}.",
            f"--format 为“{wanted}”；{form} 的结果可用：{listed}。",
        )
    return chosen.key


def show(
    form: Form, answer: bytes, prefixes: Mapping[str, str], columns: Sequence[str] = ()
) -> None:
    """Prints an answer for people: a table (of the given columns only), yes or no, or Turtle."""
    console = Console(highlight=False)
    if form not in (Form.SELECT, Form.ASK):
        sys.stdout.buffer.write(answer)
        return
    document = json.loads(answer)
    if form is Form.ASK:
        console.print("yes 是" if document["boolean"] else "no 否")
        return
    variables = choose_columns(document["head"]["vars"], columns)
    rows = [
        [escape(shorten(row.get(name), prefixes)) for name in variables]
        for row in document["results"]["bindings"]
    ]
    table = Table(*(escape(name) for name in variables), header_style="bold")
    for row in rows:
        table.add_row(*row)
    # No cell is ever cut off: a file or a pipe gets lines as long as they are, a narrow terminal one block per row.
    unbound = console.options.update(width=100_000)
    needed = Measurement.get(console, unbound, table).maximum
    if not console.is_terminal:
        console.width = max(needed, 1)
    if needed <= console.width:
        console.print(table)
    else:
        _show_records(console, variables, rows)
    console.print(f"{len(rows)} rows · {len(rows)} 行")


def choose_columns(variables: list[str], columns: Sequence[str]) -> list[str]:
    """The columns to show, in the order asked for; all without a wish.

    Raises:
        QuestionError: the answer has no such column.
    """
    for name in columns:
        if name not in variables:
            raise QuestionError(
                f"--columns has '{name}'; the answer has: {', '.join(variables)}.",
                f"--columns 中有“{name}”；结果的列为：{', '.join(variables)}。",
            )
    return list(columns) or variables


def _show_records(console: Console, variables: list[str], rows: list[list[str]]) -> None:
    for number, row in enumerate(rows, 1):
        block = Table(
            "", Column(overflow="fold"), show_header=False, box=None, title=f"— {number} —"
        )
        for name, value in zip(variables, row, strict=True):
            if value:
                block.add_row(f"[bold]{escape(name)}[/]", value)
        console.print(block)


def shorten(term: dict[str, Any] | None, prefixes: Mapping[str, str]) -> str:
    """A term as it is read best: an IRI with its prefix, a literal as its text."""
    if term is None:
        return ""
    value: str = term["value"] if isinstance(term["value"], str) else json.dumps(term["value"])
    if term["type"] == "bnode":
        return f"_:{value}"
    if term["type"] == "uri":
        fitting = [(iri, prefix) for prefix, iri in prefixes.items() if value.startswith(iri)]
        if fitting:
            iri, prefix = max(fitting, key=lambda found: len(found[0]))
            return f"{prefix}:{value.removeprefix(iri)}"
        return f"<{value}>"
    return value
