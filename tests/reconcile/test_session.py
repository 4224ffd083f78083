"""A whole session of OpenRefine, request by request (``session.json``), and what it makes of the answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.reconcile.conftest import Json, ids, matched, post
from tests.reconcile.shapes import check, check_query

STEPS: list[Json] = json.loads(Path(__file__).with_name("session.json").read_text("utf-8"))["steps"]


# Who asks: the page of OpenRefine, which stands elsewhere; OpenRefine itself; the frame of a preview.
HEADERS = {
    "browser": {
        "accept": "application/json, text/javascript, */*; q=0.01",
        "accept-language": "zh-CN,zh;q=0.9,en;q=0.8",
        "origin": "http://127.0.0.1:3333",
    },
    "server": {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "user-agent": "OpenRefine/3.10",
        "accept-encoding": "gzip, x-gzip, deflate",
    },
    "frame": {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "sec-fetch-dest": "iframe"},
}


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
            headers=HEADERS[step["from"]],
        )
    return answers


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step["name"])
def test_every_answer_has_its_shape(step: Json, session: dict[str, httpx.Response]) -> None:
    answer = session[step["name"]]
    assert answer.status_code == 200, answer.text[:500]
    assert answer.headers["access-control-allow-origin"] == "*"
    if "json" in step:
        check_query(step["json"], "0.2", step["member"])
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
    bodies = session["batch of a type that was typed in, with a maximum"].json()
    assert matched(bodies["q0"]["result"]) == ["issuer/i0028"]
    assert matched(bodies["q1"]["result"]) == []  # letters alone
    assert all(len(one["result"]) <= 5 for one in bodies.values())
    untyped = session["batch without a type"].json()
    assert [matched(untyped[name]["result"]) for name in ("q0", "q1")] == [
        ["certificate/c00085"]
    ] * 2


@pytest.mark.parametrize("step", [step for step in STEPS if step.get("member") == "queries"], ids=lambda step: step["name"])  # fmt: skip
def test_a_match_is_the_first_by_score(step: Json, session: dict[str, httpx.Response]) -> None:
    """OpenRefine sorts the candidates by their score, whatever their order, and looks at the first one's ``match``."""
    for name, one in session[step["name"]].json().items():
        by_score = sorted(one["result"], key=lambda candidate: -candidate["score"])
        assert matched(one["result"]) == matched(by_score[:1]), name


def test_the_largest_batch(client: TestClient, session: dict[str, httpx.Response]) -> None:
    most = session["manifest"].json()["batchSize"]
    batch = {f"q{number}": {"query": "MRICS", "type": "certificate"} for number in range(most)}
    answer = post(client, batch)
    assert all(matched(one["result"]) == ["certificate/c00085"] for one in answer.values())


def test_suggestions_ignore_what_the_widget_adds(session: dict[str, httpx.Response]) -> None:
    assert ids(session["property by name"].json()["result"])[:1] == ["issuer"]
    assert ids(session["property by name up to 3.7"].json()["result"])[:1] == ["issuer"]
    assert ids(session["type by name"].json()["result"])
    assert ids(session["search for a match"].json()["result"])
    assert ids(session["search with a filter"].json()["result"])


def test_the_second_try_with_jsonp_is_told(client: TestClient) -> None:
    """Where the manifest cannot be had, OpenRefine tries a script; its address is not taken for something else."""
    script = {"callback": "jQuery3700_1", "_": "2"}
    answer = client.get("/reconcile", params=script, headers={"accept": "*/*"})
    assert answer.status_code == 400
    assert "JSONP" in answer.json()["detail"]


def test_the_flyout_of_the_widget_does_no_harm(client: TestClient) -> None:
    """Resting on a suggestion asks an address of a service that is long gone, at ours; what comes is thrown away."""
    asked = {
        "filter": "(all mid:certificate/c00085)",
        "output": "(notable:/client/summary (description citation provenance) type)",
        "key": "null",
    }
    assert client.get("/search", params=asked, headers=HEADERS["browser"]).status_code < 500


def test_the_columns_stand_side_by_side(session: dict[str, httpx.Response]) -> None:
    assert session["preview of columns for rows that are not matched"].json()["rows"] == {}
    by_hand = session["columns for what was matched by hand"].json()["rows"]
    assert by_hand["Q42"] == {"issuer": []} and by_hand["certificate/c00085"]["issuer"]
    typed = {one["id"] for one in session["columns on offer"].json()["properties"]}
    assert typed <= {
        one["id"] for one in session["columns on offer without a type"].json()["properties"]
    }
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
