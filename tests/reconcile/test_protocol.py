"""Both versions of the protocol, piece by piece."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kgservice.reconcile import editions
from kgservice.reconcile.register import Register
from tests.reconcile.conftest import Ask, Json, ids, matched, post
from tests.reconcile.shapes import check

MRICS, FRICS = "certificate/c00085", "certificate/c00086"


def _match(client: TestClient, *queries: Json, **headers: str) -> list[Json]:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.post("/reconcile/1.0/match", json={"queries": list(queries)}, headers=fields)
    assert answer.status_code == 200, answer.text[:500]
    check(answer.json(), "1.0", "reconciliation-result-batch")
    results: list[Json] = answer.json()["results"]
    assert len(results) == len(queries)
    return results


def _name(text: Any, **more: Any) -> Json:
    return {"matchType": "name", "propertyValue": text, **more}


def _property(id: str, value: Any, **more: Any) -> Json:
    return {"matchType": "property", "propertyId": id, "propertyValue": value, **more}


@pytest.mark.parametrize("path", ["/reconcile", "/reconcile/", "/reconcile/1.0", "/reconcile/1.0/"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_manifests(client: TestClient, path: str, language: str) -> None:
    answer = client.get(path, headers={"accept-language": language})
    version = "1.0" if "1.0" in path else "0.2"
    check(answer.json(), version, "manifest")
    assert ("图谱" in answer.json()["name"]) == (language == "zh")
    assert answer.headers["vary"] == "Accept, Accept-Language"
    assert client.head(path).status_code == 200


def test_a_browser_gets_a_page(client: TestClient) -> None:
    answer = client.get("/reconcile?lang=en", headers={"accept": "text/html,*/*;q=0.8"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "http://testserver/reconcile</code>" in answer.text
    for one in ("issuer", "listingCeiling"):
        assert f"<code>{one}</code>" in answer.text


def test_queries_by_get(client: TestClient) -> None:
    queries = json.dumps({"q": {"query": "MRICS"}})
    answer = client.get("/reconcile", params={"queries": queries})
    check(answer.json(), "0.2", "reconciliation-result-batch")
    assert matched(answer.json()["q"]["result"]) == [MRICS]


def test_each_query_is_answered_by_itself(client: TestClient) -> None:
    one = {"query": "专业会员", "properties": [{"pid": "issuer", "v": "RICS"}]}
    other = {"query": "会士"}
    alone = post(client, {"a": one})["a"], post(client, {"b": other})["b"]
    together = post(client, {"b": other, "a": one, "ü 键": one})
    assert (together["a"], together["b"]) == alone
    assert together["ü 键"] == alone[0]


def test_the_draft(client: TestClient) -> None:
    first, second = _match(
        client,
        {
            "type": "certificate",
            "limit": 2,
            "conditions": [_name("专业会员"), _property("issuer", "RICS")],
        },
        {"conditions": [_name("IEEE")]},
        accept_language="en",
    )
    assert ids(first["candidates"])[:1] == [MRICS]
    assert matched(first["candidates"]) == [MRICS]
    assert first["candidates"][0]["lang"] == "en"
    assert len(first["candidates"]) <= 2
    scores = [one["score"] for one in second["candidates"]]
    assert scores == sorted(scores, reverse=True)


def test_the_language_of_a_query_decides_where_the_client_names_none(client: TestClient) -> None:
    conditions = {"conditions": [_name("MRICS")]}
    zh, en = _match(client, conditions, conditions | {"lang": "en"})
    assert zh["candidates"][0]["lang"] == "zh" and en["candidates"][0]["lang"] == "en"
    (asked,) = _match(client, conditions | {"lang": "en"}, accept_language="zh")
    assert asked["candidates"][0]["lang"] == "zh"


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([_name(["MRICS", "英国皇家特许测量师学会专业会员"])], [MRICS]),
        ([_name(["MRICS", "FRICS"])], []),  # two names of two certificates
        ([{"matchType": "id", "propertyValue": MRICS}], [MRICS]),
        ([{"matchType": "id", "propertyValue": ["c00085", "c00086"]}], []),
        ([{"matchType": "id", "propertyValue": "certificate/c99999"}], []),
        ([_name("专业会员"), _property("issuer", "RICS", required=True)], [MRICS]),
        ([_name("MRICS"), _property("country", "GB", required=True)], [MRICS]),
        ([_name("MRICS"), _property("region", ["上海", "重庆"], matchQuantifier="all")], [MRICS]),
        ([_name("MRICS"), _property("region", ["上海", "北京"], matchQuantifier="all")], []),
        ([_name("MRICS"), _property("region", "北京", matchQuantifier="none")], [MRICS]),
        ([_name("MRICS"), _property("country", ["DE", "英国"])], [MRICS]),
        ([_property("notation", "MRICS")], [MRICS]),
    ],
)
def test_conditions(client: TestClient, conditions: list[Json], expected: list[str]) -> None:
    (result,) = _match(client, {"conditions": conditions})
    assert matched(result["candidates"]) == expected


def test_what_is_required_or_unwanted_is_no_candidate(client: TestClient) -> None:
    required, excluded, unwanted = _match(
        client,
        {"conditions": [_name("MRICS"), _property("country", "DE", required=True)]},
        {"conditions": [_name("MRICS"), _property("region", "上海", matchQuantifier="none")]},
        {
            "conditions": [
                _name("专业会员"),
                _property("issuer", "RICS"),
                _name("MRICS", matchQuantifier="none"),
            ]
        },
    )
    assert required["candidates"] == []
    assert MRICS not in ids(excluded["candidates"])
    assert MRICS not in ids(unwanted["candidates"])


def test_properties_without_a_name(client: TestClient, ask: Ask) -> None:
    found = ask(type="certificate", issuer="RICS")
    assert set(ids(found)) == {"certificate/c00084", MRICS, FRICS}
    assert matched(found) == []


def test_features_tell_why(ask: Ask) -> None:
    best = ask("会士", issuer="电气电子工程师学会")[0]
    told = {one["id"]: one["value"] for one in best["features"]}
    assert told["same_name"] is True and told["same_issuer"] is True
    assert told["rivals"] >= 1 and best["match"] is False  # another body of IEEE has fellows too


@pytest.mark.parametrize("start", ["/reconcile", "/reconcile/1.0"])
def test_suggest(client: TestClient, start: str) -> None:
    version = "1.0" if "1.0" in start else "0.2"

    def suggest(kind: str, **parameters: str) -> list[Json]:
        answer = client.get(f"{start}/suggest/{kind}", params=parameters)
        schema = {"entity": "entities", "type": "types", "property": "properties"}[kind]
        check(answer.json(), version, f"suggest-{schema}-response")
        found: list[Json] = answer.json()["result"]
        return found

    assert ids(suggest("entity", prefix="MRI"))[:1] == [MRICS]
    assert ids(suggest("entity", prefix=MRICS)) == [MRICS]
    assert ids(suggest("entity", prefix="c00085")) == [MRICS]
    assert suggest("entity", prefix="") == []
    issuers = suggest("entity", prefix="英国皇家", type="issuer", limit="4")
    assert len(issuers) == 4 and {one["notable"][0]["id"] for one in issuers} == {"issuer"}
    rest = suggest("entity", prefix="英国皇家", type="issuer", limit="2", offset="2")
    assert ids(rest) == ids(issuers)[2:]
    assert ids(suggest("type", prefix="")) == ["certificate", "family", "issuer"]
    assert ids(suggest("type", prefix="issuing")) == ["issuer"]
    assert "issuer" in ids(suggest("property", prefix=""))
    assert ids(suggest("property", prefix="post-nom")) == ["notation"]
    assert "listingLevel" not in ids(suggest("property", prefix="", type="issuer"))


def test_previews_load_nothing(client: TestClient) -> None:
    for path in (MRICS, "issuer/i0028", "family/f0002"):
        answer = client.get("/reconcile/preview", params={"id": path, "lang": "en"})
        assert answer.status_code == 200
        assert "x-frame-options" not in answer.headers
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'") and "frame-ancestors *" in policy
        assert not re.search(r"<script|<img|<link|src=|@import|url\(", answer.text)
        assert f'href="http://testserver/doc/{path}"' in answer.text
    page = client.get("/reconcile/preview", params={"id": MRICS}).text
    assert "副高级" in page and "最高可至 中级" in page
    assert "Member of the Royal Institution of Chartered Surveyors" in page  # both languages
    assert client.get("/reconcile/preview", params={"id": "certificate/c99999"}).status_code == 404


def test_a_preview_of_what_no_row_lists_says_no_more_than_that(client: TestClient) -> None:
    listed = "SELECT ?c { ?c a <https://w3id.org/zhicheng/ns/Certificate> FILTER NOT EXISTS { ?r <https://w3id.org/zhicheng/ns/recognizes> ?c } FILTER NOT EXISTS { ?r <https://w3id.org/zhicheng/ns/covers> ?c } }"
    answer = client.get("/sparql", params={"query": listed}, headers={"accept": "text/csv"})
    unlisted = [line.rpartition("/id/")[2].strip() for line in answer.text.splitlines()[1:]]
    assert unlisted
    page = client.get("/reconcile/preview", params={"id": unlisted[0]}).text
    assert "未列入不等于不认可" in page


@pytest.mark.parametrize("type_", ["certificate", "family", "issuer"])
@pytest.mark.parametrize("version", ["0.2", "1.0"])
def test_every_property_can_be_fetched(client: TestClient, type_: str, version: str) -> None:
    start = "/reconcile" if version == "0.2" else "/reconcile/1.0"
    offered = client.get(f"{start}/extend/propose", params={"type": type_}).json()
    check(offered, version, "data-extension-property-proposal")
    assert offered["type"] == type_
    one = {"certificate": "certificate/c00010", "family": "family/f0002", "issuer": "issuer/i0004"}[
        type_
    ]
    asked = {
        "ids": [one, "certificate/c99999"],
        "properties": [
            {"id": each["id"], "settings": {"lang": "en"}} for each in offered["properties"]
        ],
    }
    if version == "0.2":
        answer = client.post("/reconcile", data={"extend": json.dumps(asked)}).json()
        rows = answer["rows"]
    else:
        answer = client.post("/reconcile/1.0/extend", json=asked).json()
        rows = {
            row["id"]: {cell["id"]: cell["values"] for cell in row["properties"]}
            for row in answer["rows"]
        }
    check(answer, version, "data-extension-response")
    assert [one["id"] for one in answer["meta"]] == [one["id"] for one in asked["properties"]]
    empty = {name for name, values in rows[one].items() if not any(values)}
    assert empty <= {"notation", "grade", "listingTitle", "lookAlikes", "otherNames"}, empty
    assert not any(rows["certificate/c99999"].values())
    lengths = {len(values) for name, values in rows[one].items() if name.startswith("listing")}
    assert len(lengths) <= 1  # side by side


@pytest.mark.parametrize("type_", ["certificate", "family", "issuer"])
def test_what_is_suggested_can_be_fetched(client: TestClient, type_: str) -> None:
    """OpenRefine offers the one for the other."""
    suggested = client.get("/reconcile/suggest/property", params={"type": type_, "limit": 100})
    names = {one["id"] for one in suggested.json()["result"]}
    offered = client.get("/reconcile/extend/propose", params={"type": type_}).json()
    assert names == {one["id"] for one in offered["properties"]} != set()


def test_foreign_names(client: TestClient) -> None:
    """The English label, other registered names that are not Chinese, and what rows print; each once."""
    asked = {"ids": ["certificate/c00010"], "properties": [{"id": "originalName"}]}
    answer = client.post("/reconcile", data={"extend": json.dumps(asked)}).json()
    names = [cell["str"] for cell in answer["rows"]["certificate/c00010"]["originalName"]]
    assert "LEED Accredited Professional (BD+C/ID+C)" in names
    assert len(names) == len(set(names)) > 1
    assert not any(sign in name for name in names for sign in "证书专业人士")


def test_listings_of_one_region(client: TestClient) -> None:
    settings = {"region": "重庆", "lang": "zh"}
    asked = {
        "ids": [MRICS],
        "properties": [{"id": "listingRow", "settings": settings}, {"id": "listingRow"}],
    }
    rows = client.post("/reconcile/1.0/extend", json=asked).json()["rows"]
    one, all_ = (cell["values"] for cell in rows[0]["properties"])
    assert one == [{"str": "entry/500000-1/2023/86"}]
    assert len(all_) > 1


def test_what_has_ended_is_told_as_such(
    client: TestClient, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("listingRow", "listingInForce", "region")
    asked = {"ids": [MRICS], "properties": [{"id": name} for name in names]}

    def fetch() -> list[list[Json]]:
        rows = client.post("/reconcile/1.0/extend", json=asked, headers={"accept-language": "en"})
        return [cell["values"] for cell in rows.json()["rows"][0]["properties"]]

    rows, states, regions = fetch()
    assert len(rows) == len(states) and {"str": "yes"} in states and {"str": "no"} not in states
    assert {"str": "Chongqing"} in regions
    preview = {"id": MRICS, "lang": "zh"}
    assert "不在有效期内" not in client.get("/reconcile/preview", params=preview).text
    best = ask("MRICS", issuer="RICS", region="重庆")[0]
    assert {"id": "contradicted", "value": 0} in best["features"] and best["match"]
    # The directories of today had not begun then, which is no more in force than one that has ended.
    monkeypatch.setattr(editions, "today", lambda: date(1990, 1, 1))
    then_rows, then_states, then_regions = fetch()
    assert then_rows == rows and {"str": "no"} in then_states and {"str": "yes"} not in then_states
    assert {"str": "Chongqing"} not in then_regions
    assert "不在有效期内" in client.get("/reconcile/preview", params=preview).text
    best = ask("MRICS", issuer="RICS", region="重庆")[0]
    assert {"id": "contradicted", "value": 1} in best["features"] and not best["match"]


def test_a_family_is_no_certificate_of_its_body(client: TestClient, register: Register) -> None:
    """i0004 gives certificates, and the family f0002 groups them."""
    assert "issuer/i0004" in register.things["family/f0002"].issuers
    asked = {"ids": ["issuer/i0004"], "properties": [{"id": "certificates"}]}
    rows = client.post("/reconcile/1.0/extend", json=asked).json()["rows"]
    found = ids(rows[0]["properties"][0]["values"])
    assert found and all(one.startswith("certificate/") for one in found)
    preview = {"id": "issuer/i0004", "lang": "en"}
    page = client.get("/reconcile/preview", params=preview).text
    assert f"{len(found)} certificate" in page


@pytest.mark.parametrize("nothing", ["", "  ", [], [""]])
def test_an_empty_cell_states_nothing(client: TestClient, ask: Ask, nothing: Any) -> None:
    plain = ask("MRICS", issuer="RICS")
    assert ask("MRICS", issuer="RICS", country=nothing, region=nothing, notation=nothing) == plain
    empty = {"matchType": "property", "propertyId": "country", "propertyValue": nothing}
    name = {"matchType": "name", "propertyValue": "MRICS"}
    batch = {"queries": [{"conditions": [name]}, {"conditions": [name, empty]}]}
    results = client.post("/reconcile/1.0/match", json=batch).json()["results"]
    assert results[0] == results[1] and results[0]["candidates"]


@pytest.mark.parametrize(
    "body", ["issuer/i0028", "i0028", "https://w3id.org/zhicheng/id/issuer/i0028"]
)
def test_a_body_may_be_given_by_its_id_as_text(ask: Ask, body: str) -> None:
    assert matched(ask("MRICS", issuer=body)) == matched(ask("MRICS", issuer="RICS")) == [MRICS]


def test_nothing_is_suggested_of_a_type_that_there_is_not(client: TestClient) -> None:
    for kind in ("entity", "property"):
        asked = f"/reconcile/suggest/{kind}?prefix=a&type="
        assert client.get(f"{asked}certificate").json()["result"]
        assert client.get(f"{asked}colour").json()["result"] == []
        both = client.get(f"{asked}colour&type=certificate").json()["result"]
        assert both == client.get(f"{asked}certificate").json()["result"]


def test_limits_of_proposals(client: TestClient) -> None:
    answer = client.get("/reconcile/extend/propose", params={"type": "certificate", "limit": "3"})
    assert len(answer.json()["properties"]) == 3 and answer.json()["limit"] == 3


@pytest.mark.parametrize(
    "path",
    ["/reconcile", "/reconcile/1.0/match", "/reconcile/suggest/entity", "/reconcile/preview"],
)
def test_any_page_may_ask(client: TestClient, path: str) -> None:
    headers = {"origin": "https://example.org", "access-control-request-method": "POST"}
    answer = client.options(path, headers=headers)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Content-Type" in answer.headers["access-control-allow-headers"]


def test_answers_are_kept_by_nobody(client: TestClient) -> None:
    answer = client.post("/reconcile", data={"queries": '{"q": {"query": "MRICS"}}'})
    assert answer.headers["cache-control"] == "no-store"


def test_it_is_in_no_openapi_description(client: TestClient) -> None:
    assert not [path for path in client.get("/openapi.json").json()["paths"] if "reconcile" in path]


def test_the_serving_half_stays_apart() -> None:
    code = (
        "import sys; import kgservice.serving; "
        "print([name for name in ('pandas', 'sssom', 'rdflib', 'pyshacl', 'pyoxigraph', 'kgservice.build') "
        "if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == "[]"
