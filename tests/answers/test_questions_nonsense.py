"""A nonsense parameter gives no row, in every question: none of them ignores what it is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgservice.questions import Question, read_questions

from .conftest import BASE, ROOT, Ask

QUESTIONS = read_questions(Path(ROOT) / "queries", BASE)
NONSENSE = {
    "iri": "certificate/c99999999",
    "string": "没有这个名称",
    "date": "1001-01-01",
    "integer": "-1",
}


def _cases() -> list[tuple[Question, str]]:
    return [(q, p.name) for q in QUESTIONS.values() for p in q.parameters]


@pytest.mark.parametrize(("question", "parameter"), _cases(), ids=lambda x: getattr(x, "name", x))
def test_nonsense_gives_no_row(question: Question, parameter: str, ask: Ask) -> None:
    values = {p.name: list(p.example) for p in question.parameters}
    kind = next(p.type for p in question.parameters if p.name == parameter)
    values[parameter] = [NONSENSE[kind]]
    found = ask(question.name, **values)
    # A day without any edition in force is a good question: every edition answers "no" or "unknown".
    if question.name == "editions-in-force":
        found = [row for row in found if row["status"] == "yes"]
    assert found == []


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda q: q.name)
def test_the_example_gives_rows(question: Question, ask: Ask) -> None:
    assert ask(question.name, **{p.name: list(p.example) for p in question.parameters})


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda q: q.name)
def test_every_question_is_told_in_both_languages(question: Question) -> None:
    assert question.question["zh"] and question.question["en"]
    assert question.name == next(
        p.stem for p in (ROOT / "queries").glob("*.rq") if p.stem == question.name
    )
    for parameter in question.parameters:
        assert parameter.label["zh"] and parameter.label["en"] and parameter.example
