"""A whole session of OpenRefine, request by request (``session.json``)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.reconcile.conftest import Json, ids, matched
from tests.reconcile.shapes import check

STEPS: list[Json] = json.loads(Path(__file__).with_name("session.json").read_text("utf-8"))["steps"]


@pytest.fixture(scope="module")
def session(client: TestClient) -> dict[str, httpx.Response]:
    """The answers by the name of the step, each asked as OpenRefine does."""
    answers = {}
    for step in STEPS:
        form: Any = None
        if "member" in step:
            form = {step["member"]: json.dumps(step["json"], ensure_ascii=False)}
        answers[step["name"]] = client.request(
            step["method"],
            step["path"],
            params=step.get("query"),
            data=form,
            headers=step.get("headers", {}),
        )
    return answers


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step["name"])
def test_every_answer_has_its_shape(step: Json, session: dict[str, httpx.Response]) -> None:
    answer = session[step["name"]]
    assert answer.status_code == 200, answer.text[:500]
    assert answer.headers["access-control-allow-origin"] == "*"
    if "kind" in step:
        assert answer.headers["content-type"] == "application/json"
        check(answer.json(), "0.2", step["kind"])


def test_the_manifest_leads_to_every_service(session: dict[str, httpx.Response]) -> None:
    manifest = session["manifest"].json()
    paths = [one["service_path"] for one in manifest["suggest"].values()]
    assert all(one["service_url"] == "http://testserver" for one in manifest["suggest"].values())
    assert sorted(paths) == [f"/reconcile/suggest/{one}" for one in ("entity", "property", "type")]
    assert manifest["identifierSpace"] == "https://w3id.org/zhicheng/id/"
    assert manifest["batchSize"] == 100


def test_the_type_is_guessed(session: dict[str, httpx.Response]) -> None:
    """OpenRefine counts the types of the candidates, the first ones most."""
    points: dict[str, float] = {}
    for result in session["guess"].json().values():
        for rank, candidate in enumerate(result["result"][:3]):
            for type_ in candidate["type"]:
                points[type_["id"]] = points.get(type_["id"], 0) + 1 / (1 + rank)
    assert max(points, key=lambda one: points[one]) == "certificate"


def test_the_samples_find_their_certificates(session: dict[str, httpx.Response]) -> None:
    guessed = session["guess"].json()
    first = {name: ids(one["result"])[:1] for name, one in guessed.items()}
    assert first["q0"] == ["certificate/c00085"]
    assert first["q1"] == ["certificate/c00086"]
    assert first["q5"] == ["certificate/c00259"]
    assert first["q6"] == ["certificate/c00117"]
    assert first["q8"] == ["certificate/c00005"]
    assert matched(guessed["q9"]["result"]) == []


def test_the_batch_decides_by_the_issuer(session: dict[str, httpx.Response]) -> None:
    results = session["batch"].json()
    told = {name: matched(one["result"]) for name, one in results.items()}
    assert told == {
        "q0": ["certificate/c00085"],
        "q1": ["certificate/c00086"],
        "q2": ["certificate/c00005"],
        "q3": ["certificate/c00001"],
        "q4": [],  # 会士 of whom?
    }
    assert all(len(one["result"]) <= 5 for one in results.values())


def test_the_columns_stand_side_by_side(session: dict[str, httpx.Response]) -> None:
    rows = session["columns"].json()["rows"]
    mrics = rows["certificate/c00085"]
    assert mrics["issuer"] == [{"id": "issuer/i0028", "name": "英国皇家特许测量师学会"}]
    cells = zip(
        *(
            [cell.get("str") for cell in mrics[column]]
            for column in ("listingRow", "listingRegion", "listingLevel", "listingCeiling")
        ),
        strict=True,
    )
    found = {row: rest for row, *rest in cells}
    assert found["entry/310000-1/3.0/C24"] == ["上海市", "Deputy senior level", "否"]
    assert found["entry/310000-1/3.0/A58"] == ["上海市", None, None]  # benefits, no level
    assert found["entry/500000-1/2023/86"][2] == "是"  # Chongqing prints the highest level
