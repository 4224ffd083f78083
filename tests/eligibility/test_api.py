"""``POST /api/eligibility``: the document, the errors, the description, and that nothing is kept."""

from __future__ import annotations

import json
import logging
import statistics
import sys
import time
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from kgservice.api.eligibility_models import EligibilityAnswer
from kgservice.eligibility.values import ValueFault, read_region

from .large import make_facts

QUESTION_11: dict[str, Any] = {
    "certificates": [{"id": "c00085", "held_since": "2019-06-01"}],
    "degrees": ["bachelor"],
    "discipline": {"science_or_engineering": True},
    "years_of_work": 6,
    "years_in_region": {"310000": 1},
    "overseas_link": True,
    "on": "2025-11-20",
}


def _ask(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    answer = client.post("/api/eligibility", json=QUESTION_11 | changes)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def _edition(document: dict[str, Any], region: str) -> dict[str, Any]:
    (found,) = [one for one in document["regions"] if one["region"]["id"] == f"region/{region}"]
    edition: dict[str, Any] = found["editions"][0]
    return edition


def test_the_whole_document_fits_its_description(client: httpx.Client) -> None:
    document = _ask(client)
    answer = EligibilityAnswer.model_validate(document)
    assert answer.on == "2025-11-20"
    assert [region.region.label.zh for region in answer.regions] == [
        "北京市",
        "上海市",
        "无锡市",
        "浙江省",
        "重庆市",
    ]


def test_a_line_has_its_row_its_rule_and_its_document(client: httpx.Client) -> None:
    document = _ask(client)
    (title,) = _edition(document, "310000")["titles"]
    assert title["source"] == {
        "entry": "entry/310000-1/3.0/C24",
        "row": "C24",
        "edition": "edition/310000-1/3.0",
        "document": "沪人社专[2025]298号",
        "certain": True,
    }
    assert title["governed_by"]["rule"] == "rule/310000-1/3.0/1"
    assert title["governed_by"]["document"] == "沪人社专[2025]298号"
    assert (title["status"], title["single_failing"], title["mode"]) == (
        "not_open",
        "years_of_work",
        "ExactLevel",
    )
    (reason,) = title["reasons"]
    assert reason == {
        "code": "years_of_work",
        "kind": "fails",
        "zh": "相关工作须满10年；现有6年，差4年",
        "en": "10 years of relevant work are asked for; 6 years given, 4 years short",
        "parameter": "years_of_work",
        "required": 10,
        "given": 6,
        "missing": 4,
    }
    (way,) = title["alternatives"]
    assert way["alternative"] == "alternative/310000-1/3.0/1-14"
    assert {c["code"]: c["kind"] for c in way["conditions"]} == {
        "degree": "met",
        "years_of_work": "fails",
        "years_in_region": "met",
        "discipline": "met",
        "overseas_link": "met",
    }
    chongqing = _edition(document, "500000")
    (recognised,) = chongqing["titles"]
    assert recognised["titles"][0]["label"]["zh"] == "工程师"
    assert (recognised["status"], recognised["mode"]) == ("open", "CeilingLevel")
    assert "governed_by" not in recognised
    assert chongqing["edition"]["in_force"] == "yes"
    assert chongqing["levels"][0]["source"]["document"] == "渝人社发〔2023〕64号"
    assert "备案登记" in chongqing["procedure"]["zh"][0]


def test_unknown_days_are_unknown(client: httpx.Client) -> None:
    beijing = _edition(_ask(client), "110000")
    assert beijing["edition"]["in_force"] == "unknown"
    assert "in_force_from" not in beijing["edition"] and "document" not in beijing
    assert [one["code"] for one in beijing["levels"][0]["reasons"]] == [
        "in_force",
        "standard_not_printed",
    ]


def test_a_certificate_by_its_name(client: httpx.Client) -> None:
    by_id = _ask(client)
    for name in ("MRICS", "ｍｒｉｃｓ", "英国皇家特许测量师学会 专业会员"):
        given = [{"name": name, "held_since": "2019-06-01"}]
        assert _ask(client, certificates=given) == by_id
    for path in ("certificate/c00085", "https://w3id.org/zhicheng/id/certificate/c00085"):
        assert _ask(client, certificates=[{"id": path, "held_since": "2019-06-01"}]) == by_id


def test_what_is_left_out_is_unknown(client: httpx.Client) -> None:
    bare = {"certificates": [{"id": "c00085"}], "on": "2025-11-20"}
    first = client.post("/api/eligibility", json=bare).json()
    null = bare | {
        **{"degrees": None, "discipline": "测绘工程", "years_of_work": None, "foreign": "unknown"},
        **{"years_in_region": None, "local_household": {"310000": None}, "overseas_link": None},
    }
    assert client.post("/api/eligibility", json=null).json() == first
    (title,) = _edition(first, "310000")["titles"]
    assert title["status"] == "undecided"
    assert {one["parameter"] for one in title["reasons"]} == {
        "degrees",
        "years_of_work",
        "years_in_region.310000",
        "discipline.science_or_engineering",
        "overseas_link",
    }


@pytest.mark.parametrize(
    ("changes", "en", "zh"),
    [
        (
            {"certificates": [{"id": "c00085"}] * 51},
            "'certificates' has 51 entries, and may have 50 at most",
            "“certificates”有 51 项，最多 50 项",
        ),
        (
            {"certificates": [{"name": "x" * 401}]},
            "is too long: it may have 400 characters at most",
            "过长，最多 400 个字符",
        ),
    ],
)
def test_what_is_too_long_is_told_with_the_number(
    client: httpx.Client, changes: dict[str, object], en: str, zh: str
) -> None:
    said = client.post("/api/eligibility", json=QUESTION_11 | changes).json()["languages"]
    assert en in said["en"]["detail"]
    assert zh in said["zh"]["detail"]
    assert "should have" not in said["zh"]["detail"]


def test_without_a_day_it_is_today(client: httpx.Client) -> None:
    request = {key: value for key, value in QUESTION_11.items() if key != "on"}
    document = client.post("/api/eligibility", json=request).json()
    assert document["on"] >= "2025-11-20"


@pytest.mark.parametrize(
    ("changes", "status", "parameter"),
    [
        ({"certificates": [{"id": "c99999"}]}, 404, "certificates.0.id"),
        ({"certificates": [{"id": "c00085"}, {"name": "无此证书"}]}, 404, "certificates.1.name"),
        ({"certificates": [{"name": "专业会员"}, {}]}, 404, "certificates.0.name"),
        ({"certificates": [{}]}, 400, "certificates.0"),
        ({"certificates": [{"id": "c00085", "name": "MRICS"}]}, 400, "certificates.0"),
        ({"certificates": [{"id": "c00085"}, {"name": "MRICS"}]}, 400, "certificates.1"),
        ({"certificates": [{"id": "c00085", "held": "2020-01-01"}]}, 400, "certificates.0.held"),
        (
            {"certificates": [{"id": "c00085", "held_since": "2020-02-30"}]},
            400,
            "certificates.0.held_since",
        ),
        ({"certificates": None}, 400, "certificates"),
        ({"degrees": ["bachelor", "本科学力"]}, 400, "degrees.1"),
        ({"degrees": "bachelor"}, 400, "degrees"),
        ({"discipline": {"engineering": True}}, 400, "discipline"),
        (
            {"discipline": {"science_or_engineering": "maybe"}},
            400,
            "discipline.science_or_engineering",
        ),
        ({"years_of_work": -1}, 400, "years_of_work"),
        ({"years_of_work": 101}, 400, "years_of_work"),
        ({"years_of_work": "6"}, 400, "years_of_work"),
        ({"years_of_work": True}, 400, "years_of_work"),
        ({"years_in_region": {"310000": -1}}, 400, "years_in_region.310000"),
        ({"years_in_region": {"440100": 1}}, 400, "years_in_region.440100"),
        ({"years_in_region": [1]}, 400, "years_in_region"),
        ({"local_household": {"310000": 1}}, 400, "local_household.310000"),
        ({"foreign": "no"}, 400, "foreign"),
        ({"on": "20251120"}, 400, "on"),
        ({"on": 1763596800}, 400, "on"),
        ({"on": "9999-12-31"}, 400, "on"),
        ({"age": 30}, 400, "age"),
        ({"regions": ["310000", "440100"]}, 400, "regions.1"),
        ({"regions": "310000"}, 400, "regions"),
        ({"regions": [310000]}, 400, "regions"),
        ({"regions": ["310000"] * 1001}, 400, "regions"),
        ({"limit": 0}, 400, "limit"),
        ({"limit": 101}, 400, "limit"),
        ({"limit": True}, 400, "limit"),
        ({"limit": "5"}, 400, "limit"),
        ({"offset": -1}, 400, "offset"),
        ({"certificates": [{"id": "c00085"}] * 51}, 400, "certificates"),
    ],
)
def test_an_error_names_the_parameter(
    changes: dict[str, Any], status: int, parameter: str, client: httpx.Client
) -> None:
    for language, mark in (("zh-CN", "参数"), ("en", "arameter")):
        answer = client.post(
            "/api/eligibility", json=QUESTION_11 | changes, headers={"accept-language": language}
        )
        problem = answer.json()
        assert (answer.status_code, problem.get("parameter")) == (status, parameter), problem
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        if parameter not in ("certificates.0.id", "certificates.1.name", "certificates.0.name"):
            assert mark in problem["detail"]
        assert problem["languages"]["zh"]["detail"] and problem["languages"]["en"]["detail"]


@pytest.mark.parametrize(
    ("body", "zh", "en"),
    [
        (b"{", "参数“body”不是 JSON。", "Parameter 'body' is not JSON."),
        (b"[]", "参数“body”应为 JSON 对象。", "Parameter 'body' must be a JSON object."),
        (b'{"certificates": 5}', "参数“certificates”应为 JSON 数组。", "must be a JSON array."),
    ],
)
def test_what_is_wrong_with_the_body_is_told_in_both_languages(
    body: bytes, zh: str, en: str, client: httpx.Client
) -> None:
    answer = client.post(
        "/api/eligibility", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    told = answer.json()["languages"]
    assert zh in told["zh"]["detail"] and en in told["en"]["detail"]


def _codes(document: dict[str, Any]) -> list[str]:
    return [one["region"]["id"].rpartition("/")[2] for one in document["regions"]]


def test_the_regions_are_chosen_and_come_in_pages(client: httpx.Client) -> None:
    whole = _ask(client)
    every = ["110000", "310000", "320200", "330000", "500000"]
    assert (whole["total"], whole["offset"], _codes(whole)) == (5, 0, every)
    assert _ask(client, regions=None) == _ask(client, regions=[]) == whole
    some = _ask(client, regions=["500000", "region/310000", "500000"])
    assert (some["total"], _codes(some)) == (2, ["310000", "500000"])
    assert some["regions"] == [whole["regions"][1], whole["regions"][4]]
    page = _ask(client, limit=2, offset=2)
    assert (page["total"], page["offset"], page["regions"]) == (5, 2, whole["regions"][2:4])
    last = _ask(client, regions=["110000", "310000", "500000"], limit=2, offset=2)
    assert (last["total"], _codes(last)) == (3, ["500000"])
    assert _ask(client, offset=5)["regions"] == []


@pytest.mark.parametrize(
    ("changes", "en", "zh"),
    [
        (
            {"years_in_region": {f"{code:06}": 1 for code in range(1001)}},
            "names 1001 regions, and 1000 at most can be named. Give one value for every region",
            "列出了 1001 个地区，最多可列 1000 个。请给出一个适用于各地的值",
        ),
        ({"limit": 500}, "from 1 to 100. For more regions ask again with 'offset'", "请用 offset"),
    ],
)
def test_a_bound_is_told_with_its_number_and_what_to_do(
    changes: dict[str, Any], en: str, zh: str, client: httpx.Client
) -> None:
    told = client.post("/api/eligibility", json=QUESTION_11 | changes).json()["languages"]
    assert en in told["en"]["detail"] and zh in told["zh"]["detail"]


def test_more_than_a_hundred_regions_may_be_named(client: httpx.Client) -> None:
    known = ["110000", "310000", "320200", "330000", "500000"]
    spelt = {f"{' ' * (n // 2)}{'region/' * (n % 2)}{code}": 1 for n in range(40) for code in known}
    assert len(spelt) == 200
    assert _ask(client, years_in_region=spelt) == _ask(client, years_in_region=1)


def test_a_region_that_is_not_known_is_told_with_some_that_are() -> None:
    with pytest.raises(ValueFault) as caught:
        read_region("999999", make_facts(60))
    assert "000020 and 40 more; all are listed at /api/queries/directories" in caught.value.en
    assert "000021" not in caught.value.en and "另有 40 个" in caught.value.zh


def test_a_name_of_several_certificates_is_not_guessed(client: httpx.Client) -> None:
    answer = client.post(
        "/api/eligibility", json=QUESTION_11 | {"certificates": [{"name": "CEng"}]}
    )
    assert answer.status_code == 400
    assert "c0" in answer.json()["detail"] and answer.json()["parameter"] == "certificates.0.name"


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"null", b'{"certificates": []', b"\xff\xfe"),
        b'{"certificates": [{"id": "\\ud800"}]}',
        b'{"certificates": [], "years_in_region": {"\\ud800": 1}}',
        b'{"certificates": [], "years_of_work": NaN}',
        b'{"certificates": [], "years_of_work": 1e999}',
        b'{"certificates": [], "years_of_work": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"certificates": [], "discipline": "' + b"x" * 300_000 + b'"}',
    ],
    ids=lambda body: body[:40].decode("utf-8", "replace"),
)
def test_a_body_that_is_no_request(body: bytes, client: httpx.Client) -> None:
    answer = client.post(
        "/api/eligibility", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code in (400, 404), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["parameter"]


def test_the_description_is_complete_and_its_examples_are_true(
    app: FastAPI, client: httpx.Client
) -> None:
    paths = app.openapi()["paths"]
    schemas = app.openapi()["components"]["schemas"]
    single = paths["/api/eligibility"]["post"]
    assert {"200", "400", "404"} <= set(single["responses"])
    for name in ("EligibilityRequest", "HeldCertificate"):
        for member, schema in schemas[name]["properties"].items():
            assert "description" in schema or "examples" in schema, (name, member)
    for example in schemas["EligibilityRequest"]["examples"]:
        answer = client.post("/api/eligibility", json=example)
        assert answer.status_code == 200
        EligibilityAnswer.model_validate(answer.json())
    batch = paths["/api/eligibility/batch"]["post"]
    example = batch["requestBody"]["content"]["text/csv"]["example"]
    answer = client.post("/api/eligibility/batch", content=example.encode())
    assert answer.status_code == 200 and ",error," not in answer.text


# -- nothing is kept


_written: list[str] | None = None


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _written is not None and isinstance(arguments[1], str):
        path, mode = str(arguments[0]), arguments[1]
        if set(mode) & set("wax+"):
            _written.append(path)


sys.addaudithook(_watch)


def test_nothing_about_the_person_is_stored_or_logged(
    client: httpx.Client, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    global _written
    caplog.set_level(logging.DEBUG)
    for name in ("uvicorn", "uvicorn.error", "kgservice", "asyncio", "fastapi"):
        caplog.set_level(logging.DEBUG, name)
    _ask(client)  # the facts are there
    table = b"id,certificates,years_of_work\nP-4711,c00085,17\nP-4711,c99999,17\n"
    caplog.clear()
    _written = []
    try:
        single = client.post("/api/eligibility", json=QUESTION_11 | {"years_of_work": 17.25})
        faulty = client.post("/api/eligibility", json=QUESTION_11 | {"on": "P-4711"})
        unknown = client.post(
            "/api/eligibility", json=QUESTION_11 | {"certificates": [{"id": "P-4711"}]}
        )
        batch = client.post("/api/eligibility/batch", content=table)
        refused = client.post("/api/eligibility/batch", content=b"P-4711\n1\n")
    finally:
        written, _written = _written, None
    answers = (single, faulty, unknown, batch, refused)
    assert [answer.status_code for answer in answers] == [200, 400, 404, 200, 400]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    told = [r.getMessage() for r in caplog.records if not r.name.startswith("httpcore")]
    told = [line for line in told if not line.startswith("HTTP Request:")]  # the test's own client
    assert told == []
    assert written == []
    out, err = capfd.readouterr()
    assert "4711" not in out + err and "17.25" not in out + err


def test_the_watch_sees_a_file(tmp_path: Any) -> None:
    global _written
    _written = []
    (tmp_path / "kept").write_text("x")
    written, _written = _written, None
    assert [path for path in written if path.endswith("kept")]


def test_an_answer_takes_less_than_ten_milliseconds(client: httpx.Client) -> None:
    body = json.dumps(QUESTION_11).encode()
    times = []
    for _ in range(60):
        start = time.perf_counter()
        client.post(
            "/api/eligibility", content=body, headers={"content-type": "application/json"}
        ).raise_for_status()
        times.append(time.perf_counter() - start)
    # The best of many is what it takes; the median is what a busy machine makes of it.
    assert min(times) < 0.010, statistics.median(times)
