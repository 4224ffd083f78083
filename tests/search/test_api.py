"""``GET /api/search``: the answer, the errors, and a description that keeps its word."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from kgservice.api import search
from kgservice.search import writing
from kgservice.search.find import HOW

from .conftest import BASE, Client


def _get(client: Client, **parameters: Any) -> dict[str, Any]:
    answer = client.get("/api/search", params=parameters)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def test_a_hit_says_which_name_matched_and_how(client: Client) -> None:
    document = _get(client, q="ＣＩＳＡ")
    assert document["q"] == "ＣＩＳＡ"
    assert document["hits"][0] == {
        "id": "certificate/c00259",
        "iri": f"{BASE}/id/certificate/c00259",
        "label": {"zh": "注册信息系统审计师认证", "en": "Certified Information Systems Auditor"},
        "type": "certificate",
        "matched": {"name": "CISA", "kind": "notation"},
        "how": "exact",
    }
    umlaut = _get(client, q="kaeltetechnik")["hits"][0]
    assert umlaut["matched"] == {
        "name": "Mechatroniker/-in für Kältetechnik",
        "lang": "de",
        "kind": "alt",
    }


def test_a_label_that_is_not_stated_and_a_language_that_is_not_recorded_are_absent(
    client: Client,
) -> None:
    hit = _get(client, q="c00100")["hits"][0]
    assert hit["label"] == {"zh": "化工生产技师"}
    rsc = _get(client, q="RSC", type="issuer")["hits"]
    assert rsc[1]["matched"] == {"name": "RSC", "kind": "foreign"}


def test_parameters_narrow(client: Client) -> None:
    assert len(_get(client, q="会士", limit=3)["hits"]) == 3
    assert len(_get(client, q="工程师")["hits"]) == 10
    both = _get(client, q="RICS", type=["region", "issuer"])["hits"]
    assert {hit["type"] for hit in both} == {"issuer"}
    assert _get(client, q="Kältetechnik", lang="ZH")["hits"] == []
    assert _get(client, q="没有这个名称的东西啊")["hits"] == []
    assert _get(client, q="😀")["hits"] == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "q"),
        ("q=", "q"),
        ("q=%20%09%0A", "q"),
        ("q=%00", "q"),
        ("q=%E3%80%80", "q"),
        ("q=" + "x" * 201, "q"),
        ("q=" + "x" * 10_000, "q"),
        ("q=a&q=b", "q"),
        ("q=%FF", "q"),
        ("q=CEng&type=cat", "type"),
        ("q=CEng&type=", "type"),
        ("q=CEng&type=region&type=cat", "type"),
        ("q=CEng&lang=english", "lang"),
        ("q=CEng&lang=", "lang"),
        ("q=CEng&lang=zh&lang=en", "lang"),
        ("q=CEng&limit=0", "limit"),
        ("q=CEng&limit=101", "limit"),
        ("q=CEng&limit=-1", "limit"),
        ("q=CEng&limit=1e1", "limit"),
        ("q=CEng&limit=%EF%BC%91", "limit"),
        ("q=CEng&limit=" + "9" * 5000, "limit"),
        ("q=CEng&limit=1&limit=2", "limit"),
        ("q=CEng&page=2", "page"),
    ],
)
def test_an_error_names_the_parameter_in_both_languages(
    client: Client, query: str, parameter: str
) -> None:
    for language, tag in (("en", "en"), ("zh-CN", "zh")):
        answer = client.get(f"/api/search?{query}", headers={"accept-language": language})
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        document = answer.json()
        assert document["parameter"] == parameter
        assert document["detail"] == document["languages"][tag]["detail"]
        assert len(answer.content) < 4000


def test_the_longest_text_is_answered(client: Client) -> None:
    assert _get(client, q="会" * 200)["hits"] == []
    assert _get(client, q="ﷺ" * 200)["hits"] == []


def test_the_description_is_complete_and_its_examples_are_true(
    app: FastAPI, client: Client
) -> None:
    description = app.openapi()
    operation = description["paths"]["/api/search"]["get"]
    parameters = {parameter["name"]: parameter for parameter in operation["parameters"]}
    assert set(parameters) == {"q", "type", "lang", "limit"}
    assert all(parameter["description"] for parameter in parameters.values())
    example = operation["responses"]["200"]["content"]["application/json"]["example"]
    assert _get(client, q=example["q"]) == example
    given = {name: parameter["example"] for name, parameter in parameters.items()}
    assert _get(client, **given)["hits"] == example["hits"]
    assert "422" not in operation["responses"]
    assert set(operation["responses"]) == {"200", "400"}
    for wanted, literal in (
        (writing.TYPES, search.Type),
        (writing.KINDS, search.Kind),
        (HOW, search.How),
    ):
        assert literal.__args__ == wanted
