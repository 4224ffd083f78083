"""What no honest client sends, and what a careless one does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.reconcile.conftest import Json, post
from tests.reconcile.shapes import check


def _problem(answer: Any, status: int, slug: str) -> Json:
    assert answer.status_code == status, answer.text[:300]
    document: Json = answer.json()
    assert document["type"].endswith(f"/problem/{slug}")
    assert document["languages"]["zh"]["detail"] and document["languages"]["en"]["detail"]
    assert answer.headers["access-control-allow-origin"] == "*"
    return document


@pytest.mark.parametrize(
    ("query", "member"),
    [
        ("MRICS", "query"),
        (None, "query"),
        ([], "query"),
        ({}, "query"),
        ({"query": ""}, "query"),
        ({"query": 7}, "query"),
        ({"query": "x" * 501}, "query"),
        ({"query": "名" * 100_000}, "query"),
        ({"query": "x", "type": "Q5"}, "type"),
        ({"query": "x", "type": [["certificate"]]}, "type"),
        ({"query": "x", "type": {"id": "certificate"}}, "type"),
        ({"query": "x", "limit": 0}, "limit"),
        ({"query": "x", "limit": "5"}, "limit"),
        ({"query": "x", "limit": True}, "limit"),
        ({"query": "x", "limit": 2.5}, "limit"),
        ({"query": "x", "type_strict": "maybe"}, "type_strict"),
        ({"query": "x", "properties": {}}, None),
        ({"query": "x", "properties": "issuer"}, "properties"),
        ({"query": "x", "properties": [{"pid": "issuer"}]}, "properties[0]"),
        ({"query": "x", "properties": [{"pid": "colour", "v": "red"}]}, "properties[0]"),
        ({"query": "x", "properties": [{"pid": "nameZh", "v": "red"}]}, "properties[0]"),
        ({"query": "x", "properties": [{"pid": "issuer", "v": None}]}, "properties[0]"),
        ({"query": "x", "properties": [{"pid": "issuer", "v": {"name": "a"}}]}, "properties[0]"),
        ({"query": "x", "properties": [{"pid": "issuer", "v": ["a"] * 21}]}, "properties[0]"),
        (
            {"query": "x", "properties": [{"pid": "grade", "v": ["a", "b", "c"]}] * 7},
            "properties",
        ),
        ({"query": "", "properties": [{"pid": "country", "v": "  "}]}, "query"),
        ({"query": "x", "nonsense": 1}, "nonsense"),
    ],
)
def test_a_bad_query_is_told_and_the_others_are_answered(
    client: TestClient, query: Any, member: str | None
) -> None:
    answers = post(client, {"good": {"query": "MRICS"}, "bad": query}, {"accept-language": "en"})
    check(answers, "0.2", "reconciliation-result-batch")
    assert answers["good"]["result"][0]["id"] == "certificate/c00085"
    if member is None:
        assert "error" not in answers["bad"]
    else:
        assert answers["bad"]["result"] == []
        assert answers["bad"]["error"].startswith(f"'{member}")


@pytest.mark.parametrize(
    "query",
    [
        {"conditions": []},
        {"conditions": [{"matchType": "name"}]},
        {"conditions": [{"matchType": "sound", "propertyValue": "x"}]},
        {"conditions": [{"matchType": "property", "propertyValue": "x"}]},
        {"conditions": [{"matchType": "name", "propertyValue": "x", "required": "yes"}]},
        {"conditions": [{"matchType": "name", "propertyValue": "x", "matchQuantifier": "few"}]},
        {"conditions": [{"matchType": "name", "propertyValue": "x", "matchQualifier": "fuzzy"}]},
        {"conditions": [{"matchType": "id", "propertyValue": "x", "matchQuantifier": "none"}]},
        {"query": "MRICS"},
        {
            "conditions": [{"matchType": "name", "propertyValue": ["a", "b", "c", "d", "e", "f"]}]
            * 2
        },
        {"conditions": [{"matchType": "id", "propertyValue": ["a", "b", "c"]}] * 7},
        {
            "conditions": [
                {"matchType": "property", "propertyId": "grade", "propertyValue": ["a", "b", "c"]}
            ]
            * 7
        },
    ],
)
def test_a_bad_query_of_the_draft_is_told(client: TestClient, query: Json) -> None:
    answer = client.post("/reconcile/1.0/match", json={"queries": [query]})
    assert answer.status_code == 200
    check(answer.json(), "1.0", "reconciliation-result-batch")
    assert answer.json()["results"][0]["candidates"] == []
    assert answer.json()["results"][0]["error"]


@pytest.mark.parametrize(
    ("queries", "word"),
    [
        ("", "JSON"),
        ("{", "JSON"),
        ("[]", "object"),
        ('"MRICS"', "object"),
        ("[" * 100_000, "JSON"),
        ('{"q0": ' + "1" * 5000 + "}", "JSON"),
        ("null", "object"),
    ],
)
def test_what_is_no_batch_is_refused(client: TestClient, queries: str, word: str) -> None:
    answer = client.post("/reconcile", data={"queries": queries}, headers={"accept-language": "en"})
    assert word in _problem(answer, 400, "parameter")["detail"]


def test_too_much_at_once_is_refused(client: TestClient) -> None:
    batch = {f"q{number}": {"query": "MRICS"} for number in range(101)}
    answer = client.post("/reconcile", data={"queries": json.dumps(batch)})
    assert _problem(answer, 413, "batch-too-large")["limit"] == 100
    answer = client.post("/reconcile/1.0/match", json={"queries": [{}] * 101})
    _problem(answer, 413, "batch-too-large")
    extend = {"ids": [f"certificate/c{number:05}" for number in range(101)], "properties": []}
    answer = client.post("/reconcile", data={"extend": json.dumps(extend)})
    _problem(answer, 413, "batch-too-large")
    answer = client.post("/reconcile", data={"queries": "x" * (2 * 1024 * 1024)})
    assert _problem(answer, 413, "body-too-long")["limit"] == 2 * 1024 * 1024


@pytest.mark.parametrize(
    ("address", "fields", "parameter"),
    [
        ("/reconcile?" + "&" * 16, None, "query string"),
        ("/reconcile?queries=%ff", None, "query string"),
        ("/reconcile", "&" * 16, "body"),
        ("/reconcile", "queries=%ff", "body"),
    ],
)
def test_what_is_wrong_with_a_form_is_said_of_where_it_stands(
    client: TestClient, address: str, fields: str | None, parameter: str
) -> None:
    if fields is None:
        answer = client.get(address)
    else:
        form = {"content-type": "application/x-www-form-urlencoded"}
        answer = client.post(address, content=fields, headers=form)
    document = _problem(answer, 400, "parameter")
    assert document["parameter"] == parameter
    english = document["languages"]["en"]["detail"]
    assert ("16 fields" if "&&" in address + (fields or "") else "UTF-8") in english


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("POST", "/reconcile", {"json": {"q0": {"query": "MRICS"}}}),
        ("POST", "/reconcile", {"data": {}}),
        ("POST", "/reconcile", {"data": {"query": "MRICS"}}),
        ("GET", "/reconcile?callback=f", {}),
        ("GET", "/reconcile/suggest/entity?prefix=a&callback=f", {}),
        ("GET", "/reconcile?queries=%ff", {}),
        ("GET", "/reconcile?queries={}&queries={}", {}),
        ("GET", "/reconcile?nonsense=1", {}),
        ("GET", "/reconcile/suggest/entity?prefix=a&limit=ten", {}),
        ("GET", "/reconcile/suggest/entity?prefix=" + "a" * 501, {}),
        ("GET", "/reconcile/extend/propose?type=colour", {}),
        ("POST", "/reconcile/1.0/match", {"content": b"\xff\xfe"}),
        ("POST", "/reconcile/1.0/match", {"json": []}),
        ("POST", "/reconcile/1.0/extend", {"json": []}),
        ("POST", "/reconcile/1.0/extend", {"json": {"ids": "c00085", "properties": []}}),
        ("POST", "/reconcile/1.0/extend", {"json": {"ids": [], "properties": [{"id": "colour"}]}}),
        ("POST", "/reconcile/1.0/extend", {"json": {"ids": ["x" * 501], "properties": []}}),
        (
            "POST",
            "/reconcile/1.0/extend",
            {"json": {"ids": [], "properties": [{"id": "kind", "settings": {"lang": "fr"}}]}},
        ),
        (
            "POST",
            "/reconcile/1.0/extend",
            {"json": {"ids": [], "properties": [{"id": "kind", "settings": {"region": "某地"}}]}},
        ),
    ],
)
def test_what_cannot_be_answered_is_told(
    client: TestClient, method: str, path: str, options: dict[str, Any]
) -> None:
    document = _problem(client.request(method, path, **options), 400, "parameter")
    assert document["parameter"]


@pytest.mark.parametrize(
    "text",
    [
        "\ud800",
        "\x00",
        "' OR 1=1 --",
        '") FILTER(true) } #',
        "(" * 500,
        "* * *",
        "🙂",
        "％％",
        "a/b/c/d" * 40,
    ],
)
def test_strange_names_do_no_harm(client: TestClient, text: str) -> None:
    batch = {
        "q0": {
            "query": text,
            "properties": [{"pid": "issuer", "v": text}, {"pid": "region", "v": text}],
        }
    }
    answers = client.post("/reconcile", data={"queries": json.dumps(batch)})
    assert answers.status_code == 200
    check(answers.json(), "0.2", "reconciliation-result-batch")
    assert not [one for one in answers.json()["q0"]["result"] if one["match"]]
    assert (
        client.get(
            "/reconcile/suggest/entity", params={"prefix": text.replace("\ud800", "?")}
        ).status_code
        == 200
    )
    assert (
        client.get("/reconcile/preview", params={"id": text.replace("\ud800", "?")}).status_code
        == 404
    )
