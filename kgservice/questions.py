"""Named questions: ``queries/*.rq`` with a header that a machine reads, and the binding of their parameters.

A file begins with lines ``#+ ``; together they are YAML::

    #+ name: recognition-by-certificate
    #+ topic: certificate
    #+ question: {zh: 某证书在各地区获得哪些认可？, en: "Where is a certificate recognised, and as what?"}
    #+ form: SELECT
    #+ parameters:
    #+   - {name: certificate, type: iri, example: certificate/c00001, label: {zh: 证书, en: certificate}}

The body is a valid query as it stands, with the example values in a ``VALUES ?certificate { … }`` block for each
parameter. Binding puts other terms into every such block and touches nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kgservice.errors import ExplainedError
from kgservice.settings import Settings
from kgservice.sparql.check import Form, inspect
from kgservice.sparql.lexer import Kind, Token, tokenize
from kgservice.terms import TYPES, Names
from kgservice.topics import AUDIENCES, EVERYONE, OTHER, TOPICS

MEMBERS = {"name", "topic", "audience", "question", "form", "parameters", "answers"}
PARAMETER_MEMBERS = {"name", "type", "many", "optional", "example", "label"}
# What an address says beside them: how to write the answer, and which part of it.
RESERVED = {"format", "limit", "offset"}
_HEADER = re.compile(r"#\+ ?(.*)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class QuestionError(ExplainedError):
    """A question cannot be asked so. ``parameter`` names the parameter that is wrong, if it is one."""

    def __init__(self, en: str, zh: str, parameter: str | None = None) -> None:
        super().__init__(en, zh)
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a question; ``example`` are the values that stand in the file."""

    name: str
    type: str
    many: bool
    optional: bool
    example: tuple[str, ...]
    label: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """A question: what it asks in zh and en, its parameters, and its SPARQL with the example values.

    ``blocks``: the name of each ``VALUES`` block, and where its content starts and ends in the text.
    ``topic`` and ``audience``: what it is about and for whom it is made (:mod:`kgservice.topics`).
    """

    name: str
    question: Mapping[str, str]
    form: Form
    parameters: tuple[Parameter, ...]
    answers: Mapping[str, str]
    text: str
    blocks: tuple[tuple[str, int, int], ...]
    topic: str = OTHER
    audience: str = EVERYONE


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
    parameters = tuple(_read_parameter(path, given) for given in header.get("parameters") or ())
    blocks = tuple(_values_blocks(text))
    for parameter in parameters:
        if parameter.name not in {name for name, _, _ in blocks}:
            raise _bad_file(
                path,
                f"parameter '{parameter.name}' has no block VALUES ?{parameter.name} {{ … }}",
                f"参数“{parameter.name}”没有 VALUES ?{parameter.name} {{ … }} 块",
            )
    return Question(
        name=str(header.get("name") or path.stem),
        question=_texts(path, header.get("question"), "question"),
        form=form,
        parameters=parameters,
        answers=_texts(path, header.get("answers"), "answers"),
        text=text,
        blocks=blocks,
        topic=_one_of(path, header, "topic", TOPICS, OTHER),
        audience=_one_of(path, header, "audience", AUDIENCES, EVERYONE),
    )


def bind(question: Question, values: Mapping[str, Sequence[str]], names: Names) -> str:
    """The query with these values in place of the examples.

    Raises:
        QuestionError: an unknown or a missing parameter, several values where one is asked for, or a value of the
            wrong type; the error names the parameter.
    """
    known = {parameter.name: parameter for parameter in question.parameters}
    for name in values:
        if name not in known:
            listed = ", ".join(known) or "-"
            raise QuestionError(
                f"'{question.name}' has no parameter '{name}'. It has: {listed}.",
                f"“{question.name}”没有参数“{name}”。可用的参数：{listed}。",
                name,
            )
    terms = {
        name: _terms(parameter, values.get(name, ()), names) for name, parameter in known.items()
    }
    parts, position = [], 0
    for name, start, end in question.blocks:
        if name in terms:
            parts += [question.text[position:start], f" {terms[name]} "]
            position = end
    return "".join([*parts, question.text[position:]])


def _terms(parameter: Parameter, given: Sequence[str], names: Names) -> str:
    name = parameter.name
    if not given:
        if parameter.optional:
            return "UNDEF"
        example = parameter.example[0] if parameter.example else "…"
        raise QuestionError(
            f"Parameter '{name}' is missing. Give it, for example: {name}={example}",
            f"缺少参数“{name}”。请给出，例如：{name}={example}",
            name,
        )
    if len(given) > 1 and not parameter.many:
        raise QuestionError(
            f"Parameter '{name}' takes one value, {len(given)} were given. Give one.",
            f"参数“{name}”只取一个值，却给了 {len(given)} 个。请只给一个。",
            name,
        )
    write, form_en, form_zh = TYPES[parameter.type]
    terms = []
    for value in given:
        term = write(value, names)
        if term is None:
            example = f" ({parameter.example[0]})" if parameter.example else ""
            raise QuestionError(
                f"Parameter '{name}' must be {form_en}{example}, not '{value[:80]}'.",
                f"参数“{name}”应为{form_zh}{example}，而不是“{value[:80]}”。",
                name,
            )
        terms.append(term)
    return " ".join(terms)


# -- the file


def _values_blocks(text: str) -> list[tuple[str, int, int]]:
    """Each ``VALUES ?name { … }``: the name, and where the content starts and ends."""
    blocks = []
    tokens: list[Token] = list(tokenize(text))
    for index in range(len(tokens) - 2):
        word, variable, brace = tokens[index : index + 3]
        if (
            word.kind is Kind.WORD
            and word.text.upper() == "VALUES"
            and variable.kind is Kind.VARIABLE
            and brace.text == "{"
        ):
            closing = next((token for token in tokens[index + 3 :] if token.text == "}"), None)
            if closing is not None:
                blocks.append((variable.text[1:], brace.end, closing.start))
    return blocks


def _read_header(text: str, path: Path) -> dict[str, Any]:
    lines = []
    for line in text.splitlines():
        match = _HEADER.fullmatch(line)
        if match is None:
            break
        lines.append(match.group(1))
    try:
        header = yaml.safe_load("\n".join(lines)) if lines else {}
    except yaml.YAMLError as error:
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
    if given.get("type") not in TYPES:
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
    if value not in allowed:
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
