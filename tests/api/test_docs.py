"""What the pages on recognition and on named questions show works as it stands, and the questions named are there."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from kgservice.questions import read_questions

from .conftest import BASE, ROOT

PAGE = (ROOT / "docs" / "api-recognition.md").read_text("utf-8")
QUESTIONS = (ROOT / "docs" / "questions.md").read_text("utf-8")
CALLS = re.findall(r"^    curl 'http://127\.0\.0\.1:8000(/[^']+)'$", PAGE + QUESTIONS, re.MULTILINE)


def test_there_are_calls() -> None:
    assert len(CALLS) >= 10


@pytest.mark.parametrize("path", CALLS)
def test_the_calls_are_answered(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200 and len(answer.content) > 200


def test_the_commands_name_parameters_that_there_are() -> None:
    questions = read_questions(ROOT / "queries", BASE)
    pages = [*ROOT.glob("README*.md"), *(ROOT / "docs").glob("*.md")]
    asked = [
        (name, set(re.findall(r"--param ([A-Za-z]+)=", parameters)))
        for page in pages
        for name, parameters in re.findall(
            r"^(?:\$|   ) kg query ([a-z-]+)(.*)$", page.read_text("utf-8"), re.MULTILINE
        )
    ]
    assert len(asked) > 10
    for name, given in asked:
        assert given <= {parameter.name for parameter in questions[name].parameters}, name


def test_the_questions_are_there() -> None:
    (table,) = re.findall(r"\| address \|.*?\n\n", PAGE, re.DOTALL)
    named = set(re.findall(r"`([a-z-]+)`", table))
    assert named == {n for n in named if (ROOT / "queries" / f"{n}.rq").is_file()}
    assert len(named) > 10
