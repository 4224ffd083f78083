"""The service sorts the rows that it asks for itself: in the order in which the engine would have sorted them."""

from __future__ import annotations

import json
import random

import pytest
from pyoxigraph import QueryResultsFormat, Store

from kgservice.pages.certificate.worth import edition_of
from kgservice.questions import Question, bind, read_questions, sort_rows
from kgservice.terms import Names

from .conftest import BASE, ROOT

QUESTIONS = read_questions(ROOT / "queries", BASE)
NAMES = Names(BASE, {"zc": f"{BASE}/ns/"})
ORDERED = [question for question in QUESTIONS.values() if question.order]


def rows(store: Store, text: str) -> list[dict[str, dict[str, str]]]:
    answer = store.query(text, use_default_graph_as_union=True)
    found = answer.serialize(format=QueryResultsFormat.JSON)  # type: ignore[union-attr]
    return list(json.loads(found or b"")["results"]["bindings"])


@pytest.mark.parametrize("question", ORDERED, ids=lambda question: question.name)
def test_the_order_is_that_of_the_engine(question: Question, store: Store) -> None:
    values = {one.name: list(one.example) for one in question.parameters}
    whole, bare = (bind(question, values, NAMES, ordered=ordered) for ordered in (True, False))
    clause, _, rest = whole[len(bare) :].partition(" BY ")
    assert whole.startswith(bare) and clause == "ORDER" and rest
    sorted_there = rows(store, whole)
    shuffled = rows(store, bare)
    random.Random(7).shuffle(shuffled)

    def keys(found: object) -> list[list[object]]:
        return [[row.get(name) for name, _ in question.order] for row in found]  # type: ignore[attr-defined]

    assert keys(sort_rows(shuffled, question.order)) == keys(sorted_there)


def test_most_questions_are_sorted_here() -> None:
    """Otherwise the tests above would say nothing."""
    assert len(ORDERED) > 50


def test_a_recognition_names_its_edition(store: Store) -> None:
    text = f"SELECT * {{ ?recognition a <{BASE}/ns/Recognition> ; <{BASE}/ns/inEdition> ?edition }}"
    found = rows(store, text)
    assert len(found) > 500
    for row in found:
        assert edition_of(row["recognition"]["value"]) == row["edition"]["value"]


def test_the_doubtful_rows_of_all_certificates(store: Store) -> None:
    """Without a certificate: every recognition of a row that is not certain."""
    asked = bind(QUESTIONS["doubtful-recognitions"], {}, NAMES)
    text = (
        f"SELECT * {{ ?entry <{BASE}/ns/certain> false . ?recognition <{BASE}/ns/statedIn> ?entry"
        f" ; a <{BASE}/ns/Recognition> }}"
    )
    found = {row["recognition"]["value"] for row in rows(store, text)}
    assert {row["recognition"]["value"] for row in rows(store, asked)} == found != set()
