"""Pages of named questions, on every engine: the total order and the count that the route adds are understood by all."""

from __future__ import annotations

import csv
import io
import re

import httpx
import pytest

from kgservice.questions import Question, read_questions

from .conftest import BASE, ROOT

QUESTIONS = read_questions(ROOT / "queries", BASE)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda question: question.name)
def test_the_pages_are_the_whole(question: Question, server: str) -> None:
    values = {p.name: list(p.example) for p in question.parameters}
    address = f"{server}/api/queries/{question.name}"
    with httpx.Client(timeout=60) as client:

        def lines(answer: httpx.Response) -> list[list[str]]:
            assert answer.status_code == 200, answer.text[:500]
            # Values only: Virtuoso gives an IRI of a VALUES block as a string when there is no LIMIT.
            return list(csv.reader(io.StringIO(answer.text, newline="")))[1:]

        whole = lines(client.get(address, params={**values, "format": "csv"}))
        size = len(whole) // 3 + 1
        answer = client.get(address, params={**values, "format": "csv", "limit": size})
        paged = lines(answer)
        while following := re.search(r'<([^>]+)>; rel="next"', answer.headers["link"]):
            assert answer.headers["x-total-count"] == str(len(whole))
            answer = client.get(f"{server}{following[1]}")
            paged += lines(answer)
        assert paged == whole
