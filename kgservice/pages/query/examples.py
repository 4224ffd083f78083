"""The named questions as examples of the SPARQL page: in groups, with their parameters as fields of a form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgservice.pages.view import View
from kgservice.questions import EVERYONE, TOPICS, Parameter, Question, QuestionError, bind
from kgservice.terms import Names

EXAMPLE = "example"
# Before the name of a question's parameter, so that none is taken for a parameter of the page.
FIELD = "p."
FOR_PROGRAMS = "api"
_SEPARATORS = re.compile(r"[\s,，、;；]+")
_HEADER = re.compile(r"\A(?:#\+[^\n]*\n)+")


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter as a field: its values (one per line where it takes several)."""

    parameter: Parameter
    value: str

    @property
    def name(self) -> str:
        """The name of the field."""
        return FIELD + self.parameter.name

    @property
    def input(self) -> str:
        """The type of the HTML input."""
        return {"integer": "number", "decimal": "text", "date": "date"}.get(
            self.parameter.type, "text"
        )

    @property
    def hint(self) -> str:
        """An example value."""
        return self.parameter.example[0] if self.parameter.example else ""


@dataclass(frozen=True, slots=True)
class Opened:
    """An example with its parameters filled in. ``text`` is ``None`` where a value does not fit, and ``fault`` says why."""

    question: Question
    fields: Sequence[Field]
    text: str | None
    fault: QuestionError | None = None


def group_questions(
    questions: Mapping[str, Question], view: View
) -> list[tuple[str, list[Question]]]:
    """The questions by topic, each group with its heading; last those that are made for programs."""
    groups: dict[str, list[Question]] = {topic: [] for topic in (*TOPICS, FOR_PROGRAMS)}
    for question in questions.values():
        for_all = question.audience == EVERYONE
        groups[question.topic if for_all else FOR_PROGRAMS].append(question)
    headings = {topic: view.t(texts["zh"], texts["en"]) for topic, texts in TOPICS.items()}
    headings[FOR_PROGRAMS] = view.t("供程序使用的细分问题", "Single facts, for programs")
    return [(headings[topic], group) for topic, group in groups.items() if group]


def open_example(question: Question, view: View, names: Names) -> Opened:
    """The example with the values that the address gives, or with those of its file where it gives none."""
    given = {
        name.removeprefix(FIELD): value for name, value in view.query if name.startswith(FIELD)
    }
    if not given:
        fields = [Field(one, "\n".join(one.example)) for one in question.parameters]
        return Opened(question, fields, _titled(question, question.text, view))
    fields = [Field(one, given.get(one.name, "").strip()) for one in question.parameters]
    values = {field.parameter.name: _values(field) for field in fields}
    unknown = {name: [value] for name, value in given.items() if name not in values}
    try:
        return Opened(
            question, fields, _titled(question, bind(question, values | unknown, names), view)
        )
    except QuestionError as fault:
        return Opened(question, fields, None, fault)


def _values(field: Field) -> list[str]:
    """The values that a field holds. No IRI and no number has a blank or a comma; a text may."""
    if not field.parameter.many:
        return [field.value] if field.value else []
    if field.parameter.type == "string":
        return [line.strip() for line in field.value.splitlines() if line.strip()]
    return [value for value in _SEPARATORS.split(field.value) if value]


def _titled(question: Question, text: str, view: View) -> str:
    """The query without its header, with what it asks as a comment."""
    asked = question.question.get(view.language) or question.name
    return f"# {asked}\n{_HEADER.sub('', text).strip()}\n"
