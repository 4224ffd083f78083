"""What the pages on recognition and on named questions show works as it stands, and the questions named are there."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from .conftest import ROOT

PAGE = (ROOT / "docs" / "api-recognition.md").read_text("utf-8")
QUESTIONS = (ROOT / "docs" / "questions.md").read_text("utf-8")
CALLS = re.findall(r"^    curl 'http://127\.0\.0\.1:8000(/[^']+)'$", PAGE + QUESTIONS, re.MULTILINE)


def test_there_are_calls() -> None:
    assert len(CALLS) >= 10


@pytest.mark.parametrize("path", CALLS)
def test_the_calls_are_answered(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200 and len(answer.content) > 200


def test_the_questions_are_there() -> None:
    (table,) = re.findall(r"\| address \|.*?\n\n", PAGE, re.DOTALL)
    named = set(re.findall(r"`([a-z-]+)`", table))
    assert named == {n for n in named if (ROOT / "queries" / f"{n}.rq").is_file()}
    assert len(named) > 10
