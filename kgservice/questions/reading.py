"""Reads questions from files: the header, which is YAML in comment lines, and the query below it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from kgservice.questions.binding import values_blocks
from kgservice.questions.clauses import find_parts
from kgservice.questions.model import Parameter, Question, QuestionError
from kgservice.questions.topics import AUDIENCES, EVERYONE, OTHER, TOPICS
from kgservice.settings import Settings
from kgservice.sparql.check import Form, inspect
from kgservice.terms import TYPES

MEMBERS = {"name", "topic", "audience", "question", "form", "parameters", "answers"}
PARAMETER_MEMBERS = {"name", "type", "many", "optional", "example", "label"}
# What an address says beside them: how to write the answer, and which part of it.
RESERVED = {"format", "limit", "offset"}
_HEADER = re.compile(r"#\+ ?(.*)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def read_questions(folder: Path, base: str) -> dict[str, Question]:
    """Every question of a folder by name, sorted.

    Raises:
        QuestionError: a file is not as it must be, or two have one name.
    """
    questions: dict[str, Question] = {}
    for path in sorted(folder.glob("*.rq")):
        question = read_question(path, base)
        if question.name in questions:
            raise _bad_file(
                path, f"the name '{question.name}' is taken", f"名称“{question.name}”重复"
            )
        questions[question.name] = question
    return dict(sorted(questions.items()))


def read_question(path: Path, base: str) -> Question:
    """The question in a file. IRIs are written with the default base; another one replaces it.

    Raises:
        QuestionError: the file cannot be read, its header does not fit, or a parameter has no VALUES block.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _bad_file(path, f"it cannot be read ({error})", f"无法读取（{error}）") from None
    text = text.replace(Settings().base, base)
    return parse_question(text, path)


def parse_question(
    text: str, path: Path, service_allow: Collection[str] = (), base: str = ""
) -> Question:
    """The question that a text holds; ``path`` is for messages, and gives the name where the header has none.

    ``service_allow`` and ``base``: as in :func:`kgservice.sparql.check.inspect`.
    """
    header = _read_header(text, path)
    _no_others(path, header, MEMBERS)
    inspection = inspect(text, service_allow, base)
    form = inspection.form
    if form is None or ("form" in header and header["form"] != form):
        raise _bad_file(
            path,
            f"the header says form {header.get('form')}, the query is {form}",
            f"头部的 form 为 {header.get('form')}，而查询是 {form}",
        )
    listed = header.get("parameters") or ()
    if not isinstance(listed, (list, tuple)):
        raise _bad_file(path, "its parameters are no list", "parameters 不是列表")
    parameters = tuple(_read_parameter(path, given) for given in listed)
    blocks = tuple(values_blocks(text))
    for parameter in parameters:
        if parameter.name not in {name for name, _, _ in blocks}:
            raise _bad_file(
                path,
                f"parameter '{parameter.name}' has no block VALUES ?{parameter.name} {{ … }}",
                f"参数“{parameter.name}”没有 VALUES ?{parameter.name} {{ … }} 块",
            )
    parts = find_parts(text) if form is Form.SELECT else None
    ordered = parts is not None and all(name in parts.projected for name, _ in parts.keys)
    return Question(
        name=str(header.get("name") or path.stem),
        question=_texts(path, header.get("question"), "question"),
        form=form,
        parameters=parameters,
        answers=_texts(path, header.get("answers"), "answers"),
        text=text,
        blocks=blocks,
        order=parts.keys if parts and ordered else (),
        body_end=parts.body_end if parts else 0,
        topic=_one_of(path, header, "topic", TOPICS, OTHER),
        audience=_one_of(path, header, "audience", AUDIENCES, EVERYONE),
    )


def _read_header(text: str, path: Path) -> dict[str, Any]:
    lines = []
    for line in text.splitlines():
        match = _HEADER.fullmatch(line)
        if match is None:
            break
        lines.append(match.group(1))
    try:
        header = yaml.safe_load("\n".join(lines)) if lines else {}
    except (
        yaml.YAMLError,
        ValueError,
        OverflowError,
    ) as error:  # a day that there is not (2023-02-30) too
        reason = " ".join(str(error).split())
        raise _bad_file(
            path, f"its header is no YAML ({reason})", f"头部不是合法的 YAML（{reason}）"
        ) from None
    if not isinstance(header, dict):
        raise _bad_file(path, "its header is no YAML mapping", "头部不是 YAML 映射")
    return header


def _read_parameter(path: Path, given: Any) -> Parameter:
    if not isinstance(given, dict):
        raise _bad_file(path, "a parameter is no mapping", "某个参数不是映射")
    _no_others(path, given, PARAMETER_MEMBERS)
    name = str(given.get("name"))
    if not _NAME.fullmatch(name):
        raise _bad_file(path, f"'{name}' is no name of a parameter", f"“{name}”不是合法的参数名")
    if name in RESERVED:
        raise _bad_file(
            path,
            f"a parameter is called '{name}', which says how every answer is given; call it otherwise",
            f"参数名“{name}”已用于指定结果的形式，请改名",
        )
    if not isinstance(given.get("type"), str) or given["type"] not in TYPES:
        listed = ", ".join(TYPES)
        raise _bad_file(
            path,
            f"the type of '{name}' is {given.get('type')}, not one of: {listed}",
            f"参数“{name}”的类型为 {given.get('type')}，应为：{listed}",
        )
    example = given.get("example")
    examples = example if isinstance(example, list) else [] if example is None else [example]
    return Parameter(
        name=name,
        type=given["type"],
        many=bool(given.get("many", False)),
        optional=bool(given.get("optional", False)),
        example=tuple(_plain(value) for value in examples),
        label=_texts(path, given.get("label"), f"label of {name}"),
    )


def _one_of(
    path: Path, header: Mapping[str, Any], member: str, allowed: Collection[str], absent: str
) -> str:
    value = header.get(member, absent)
    if not isinstance(value, str) or value not in allowed:
        listed = ", ".join(allowed)
        raise _bad_file(
            path,
            f"its {member} is '{value}', which is none of: {listed}",
            f"{member} 为“{value}”，不在以下之列：{listed}",
        )
    return str(value)


def _plain(value: Any) -> str:
    """A YAML scalar as a user would type it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _texts(path: Path, given: Any, what: str) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict) or set(given) != {"zh", "en"}:
        raise _bad_file(path, f"{what} must have zh and en", f"{what} 必须有 zh 和 en")
    return {language: str(text) for language, text in given.items()}


def _no_others(path: Path, given: Mapping[str, Any], allowed: set[str]) -> None:
    for member in given:
        if member not in allowed:
            listed = ", ".join(sorted(allowed))
            raise _bad_file(
                path,
                f"its header has '{member}', which is none of: {listed}",
                f"头部有“{member}”，不在以下之列：{listed}",
            )


def _bad_file(path: Path, en: str, zh: str) -> QuestionError:
    return QuestionError(
        f"{path.name} is no named question: {en}. Correct the file (docs/questions.md).",
        f"{path.name} 不是合格的命名问题：{zh}。请更正该文件（docs/questions.md）。",
    )
