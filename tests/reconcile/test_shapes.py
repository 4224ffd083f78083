"""Our own schemas are at least as strict as the published ones: what those refuse, ours refuse."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.reconcile.conftest import Json
from tests.reconcile.shapes import SHAPES, own_validator, published_validator

QUERY = {"query": "专业会员", "properties": [{"pid": "issuer", "v": "RICS"}]}
CONDITIONS = [
    {"matchType": "name", "propertyValue": "专业会员"},
    {"matchType": "property", "propertyId": "issuer", "propertyValue": "RICS"},
]
WANTED = {
    "ids": ["certificate/c00085", "certificate/c99999"],
    "properties": [{"id": one} for one in ("issuer", "country", "listingRow", "listingLevel")],
}
OTHER_VALUES: list[Any] = [None, True, -1, 0.5, "", "x", [], [None], {}, {"other": 1}]


def _answers(client: TestClient) -> Iterator[tuple[str, str, Json]]:
    """An answer of every kind, in both versions."""
    for version, start in (("0.2", "/reconcile"), ("1.0", "/reconcile/1.0")):
        yield version, "manifest", client.get(start).json()
        for kind, schema in (("entity", "entities"), ("type", "types"), ("property", "properties")):
            asked = {"prefix": "证" if kind == "type" else "", "limit": "3"}
            if kind == "entity":
                asked["prefix"] = "英国皇家"
            answer = client.get(f"{start}/suggest/{kind}", params=asked).json()
            yield version, f"suggest-{schema}-response", answer
        offered = client.get(f"{start}/extend/propose?type=certificate&limit=3").json()
        yield version, "data-extension-property-proposal", offered
    batch, wanted = json.dumps({"q0": QUERY, "q1": {"query": ""}}), json.dumps(WANTED)
    found = client.post("/reconcile", data={"queries": batch}).json()
    yield "0.2", "reconciliation-result-batch", found
    fetched = client.post("/reconcile", data={"extend": wanted}).json()
    yield "0.2", "data-extension-response", fetched
    queries = {"queries": [{"conditions": CONDITIONS}, {"conditions": []}]}
    found = client.post("/reconcile/1.0/match", json=queries).json()
    yield "1.0", "reconciliation-result-batch", found
    yield "1.0", "data-extension-response", client.post("/reconcile/1.0/extend", json=WANTED).json()


def _changed(document: Any) -> Iterator[Any]:
    """The document with one thing wrong: a member left out or added, or a value that is another one."""
    yield from OTHER_VALUES
    for path in _paths(document):
        for change in (*OTHER_VALUES, "leave out", "add"):
            changed = copy.deepcopy(document)
            place = changed
            for step in path[:-1]:
                place = place[step]
            if change == "leave out":
                del place[path[-1]]
            elif change == "add" and isinstance(place, dict):
                place["other"] = 1
            else:
                place[path[-1]] = change
            yield changed


def _paths(document: Any) -> Iterator[list[Any]]:
    """Where there is something, with two of the parts of each array."""
    if isinstance(document, dict):
        parts: list[tuple[Any, Any]] = list(document.items())
    elif isinstance(document, list):
        parts = list(enumerate(document))[:2]
    else:
        return
    for step, part in parts:
        yield [step]
        for rest in _paths(part):
            yield [step, *rest]


@pytest.mark.timeout(600)
def test_what_the_published_schemas_refuse_is_refused(client: TestClient) -> None:
    if published_validator("0.2", "manifest") is None:
        pytest.skip("KG_TESTS_RECONCILIATION names no copy of github.com/reconciliation-api/specs")
    seen: dict[str, set[str]] = {version: set() for version in SHAPES}
    refused = 0
    for version, kind, answer in _answers(client):
        seen[version].add(kind)
        own, published = own_validator(version, kind), published_validator(version, kind)
        assert published is not None
        own.validate(answer)
        published.validate(answer)
        for changed in _changed(answer):
            if not published.is_valid(changed):
                refused += 1
                assert not own.is_valid(changed), (version, kind, changed)
    assert seen == {version: set(kinds) for version, kinds in SHAPES.items()}
    assert refused > 1000


def test_one_thing_more_or_less_is_refused(client: TestClient) -> None:
    """Of ours, without a copy of the published ones: every member of every object counts."""
    for version, kind, answer in _answers(client):
        own = own_validator(version, kind)
        own.validate(answer)
        for path in _paths(answer):
            changed = copy.deepcopy(answer)
            place = changed
            for step in path[:-1]:
                place = place[step]
            if isinstance(place[path[-1]], dict) and place[path[-1]]:
                place[path[-1]]["other"] = None
                assert not own.is_valid(changed), (version, kind, path)
