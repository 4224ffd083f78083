"""``/api/certificates/{id}`` and ``/api/families/{id}``: whole answers against the documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from kgservice.api.benefits import TierBoard
from kgservice.api.certificate_models import CertificateAnswer
from kgservice.api.context import ApiContext

from .conftest import BASE, Get, Json, Select, row_of, serve, write_release

ListedOn = Callable[[str], str]


def _gives(answer: Json) -> dict[str, tuple[Any, ...]]:
    """By row: basis, titles (or levels), mode, tiers."""
    return {
        row_of(one["recognition"]): (
            one["basis"],
            [thing["label"]["zh"] for thing in one["titles"] or one["levels"]],
            one.get("level_mode"),
            [tier["id"].rpartition("/")[2] for tier in one["tiers"]],
        )
        for one in answer["recognitions"]
    }


def test_1_pe_metallurgical(get: Get) -> None:
    answer = get("certificates/c00009")
    assert _gives(answer) == {
        "ZJ91": ("listed", ["工程师"], "ExactLevel", []),
        "WX44": ("listed", ["工程师"], "ExactLevel", []),
        "CQ9": ("listed", ["工程师"], "CeilingLevel", []),
    }
    assert {
        row_of(one["recognition"]): one["printed_specialty"] for one in answer["recognitions"]
    } == {
        "ZJ91": "材料",
        "WX44": "冶金工程",
        "CQ9": "冶金、材料",
    }
    chongqing = next(
        one for one in answer["recognitions"] if one["region"]["id"] == "region/500000"
    )
    assert chongqing["source"] == {
        "entry": "entry/500000-1/2023/9",
        "row": "9",
        "edition": "edition/500000-1/2023",
        "document": "渝人社发〔2023〕64号",
        "certain": True,
    }
    assert {thing["label"]["zh"] for thing in chongqing["specialties"]} == {"冶金", "材料"}
    assert set(chongqing["effects"]) == {
        "RecognitionOnRecord",
        "NoNewPaper",
        "CountsForNextLevel",
        "OverseasExperienceCounts",
    }
    assert chongqing["titles"] == [
        {
            "id": "title/05-30",
            "iri": f"{BASE}/id/title/05-30",
            "label": {"zh": "工程师", "en": "Engineer"},
        }
    ]
    assert chongqing["levels"][0]["rank"] == 30
    # Nothing that no notice says: no rule for the plain recognition, no holding condition, no benefits.
    assert not {"rule", "holder_condition", "holding_years", "in_force"} & set(chongqing)
    assert (answer["tiers"], answer["exemptions"], answer["ladder"]) == ([], [], [])


def test_the_zhejiang_notice_prints_no_number(get: Get) -> None:
    answer = get("certificates/c00009")
    source = next(
        o["source"] for o in answer["recognitions"] if o["region"]["id"] == "region/330000"
    )
    assert "document" not in source
    edition = next(e for e in answer["editions"] if e["region"]["id"] == "region/330000")
    assert edition["scope"]["zh"] == "仅限数字经济、装备制造、材料三个领域"
    assert "document_number" not in edition and "document_date" not in edition


def test_3_leed_ap_bdc(get: Get, listed_on: ListedOn) -> None:
    answer = get(f"certificates/{listed_on('WX4')}")
    assert _gives(answer) == {
        "WX4": ("listed", ["工程师"], "ExactLevel", []),
        "CQ10": ("listed", ["工程师"], "CeilingLevel", []),
        "SH-A64": ("listed", [], None, ["A"]),
        "SH-C29": ("listed", ["中级"], "ExactLevel", []),
        "BJ2-6": ("covered", ["中级"], "ExactLevel", []),
    }
    by_row = {row_of(one["recognition"]): one for one in answer["recognitions"]}
    assert by_row["BJ2-6"]["covered_by"]["kind"] == "family"
    assert by_row["BJ2-6"]["covered_by"]["via"]["id"] == "family/f0002"
    assert all("covered_by" not in one for row, one in by_row.items() if row != "BJ2-6")
    # The columns of CQ10 are shifted and its specialty is lost: uncertain, and not filled in.
    assert by_row["CQ10"]["source"]["certain"] is False
    assert "printed_specialty" not in by_row["CQ10"] and by_row["CQ10"]["specialties"] == []
    note = by_row["CQ10"]["printed"]["reading_note"]
    assert note["zh"].startswith("各列错位：发证机构格为空")
    assert note["en"].startswith("Columns shifted: issuer cell empty")
    assert [family["id"] for family in answer["families"]] == ["family/f0002"]
    assert {
        one["basis"] for one in answer["recognitions"] if one["region"]["id"] == "region/110000"
    } == {"covered"}
    assert {e["id"]: e["listing"] for e in answer["editions"]} == {
        "edition/110000-1/annex-5": "covered",
        "edition/310000-1/2.0": "unknown",
        "edition/310000-1/3.0": "listed",
        "edition/320200-1/2021": "listed",
        "edition/500000-1/2023": "listed",
    }


def test_a_family_is_answered_too(get: Get) -> None:
    answer = get("families/f0002")
    assert answer["type"] == "CertificateFamily"
    assert [thing["id"] for thing in answer["members"]] == [
        f"certificate/c000{n}" for n in range(10, 15)
    ]
    assert _gives(answer) == {"BJ2-6": ("listed", ["中级"], "ExactLevel", [])}


def test_an_and_above_row_covers_the_higher_grade(get: Get) -> None:
    answer = get("certificates/c00380")
    covered = [one for one in answer["recognitions"] if one["basis"] == "covered"]
    assert [row_of(one["recognition"]) for one in covered] == ["SH-A123"]
    assert covered[0]["covered_by"]["kind"] == "and_above"
    assert covered[0]["covered_by"]["via"]["id"] == "certificate/c00379"
    assert covered[0]["grade_open_upward"] is True


def test_4_the_rics_ladder_from_its_middle(get: Get) -> None:
    answer = get("certificates/c00085")
    assert [
        (rung["direction"], rung["distance"], rung["certificate"]["id"])
        for rung in answer["ladder"]
    ] == [("above", 1, "certificate/c00086"), ("below", 1, "certificate/c00084")]
    assert all(
        match["reviewer"] == "reading/second"
        for rung in answer["ladder"]
        for match in rung["matches"]
    )
    assert answer["grade"]["rank"] == 20 and answer["grade"]["notations"] == ["MRICS"]
    assert answer["grade"]["scheme"]["id"] == "grade-scheme/s11"
    assert answer["notations"] == ["MRICS"]
    assert [(i["abbreviation"], i["country"]) for i in answer["issuers"]] == [("RICS", "GB")]
    assert _gives(answer) == {
        "WX19": ("listed", ["工程师"], "ExactLevel", []),
        "CQ86": ("listed", ["工程师"], "CeilingLevel", []),
        "SH-C24": ("listed", ["副高级"], "ExactLevel", []),
        "SH-A58": ("listed", [], None, ["A"]),
    }
    assert [(row_of(e["exemption"]), e["kinds"]) for e in answer["exemptions"]] == [
        ("SH-D1", ["DirectApplication"])
    ]


def test_the_rule_and_the_procedure_of_shanghai(get: Get) -> None:
    answer = get("certificates/c00085")
    assessed = next(o for o in answer["recognitions"] if row_of(o["recognition"]) == "SH-C24")
    assert assessed["rule"] == "rule/310000-1/3.0/1"
    edition = next(e for e in answer["editions"] if e["id"] == "edition/310000-1/3.0")
    (rule,) = edition["notice"]["rules"]
    assert rule["step"] == "Assessment"
    lines = {(a["level"]["id"], a["degree"]["id"]): a["min_years"] for a in rule["alternatives"]}
    assert len(lines) == 14
    assert lines["title-level/40", "degree/bachelor"] == 10
    assert lines["title-level/30", "degree/doctorate"] == 0
    # One year in the city, a degree in science or engineering for the engineering series, an overseas link: always.
    assert [c.get("min_years") for c in rule["conditions"]].count(1) == 1
    assert sum("discipline" in c for c in rule["conditions"]) == 1
    assert sum("overseas_link" in c for c in rule["conditions"]) == 1
    assert all(not line["conditions"] for line in rule["alternatives"])
    assert len(edition["notice"]["procedure"]) == 5
    assert all(step["zh"] and step["en"] for step in edition["notice"]["procedure"])
    stub = next(e for e in answer["editions"] if e["id"] == "edition/310000-1/2.0")
    assert stub["complete"] is False and "notice" not in stub


def test_the_benefits_of_a_tier(get: Get, select: Select) -> None:
    answer = get("certificates/c00399")  # Fellow of the IEEE Computer Society: SH-B5
    tiers = {tier["id"]: tier for tier in answer["tiers"]}
    assert set(tiers) == {"tier/310000-1/3.0/A", "tier/310000-1/3.0/B"}
    assert tiers["tier/310000-1/3.0/B"]["includes"] == ["tier/310000-1/3.0/A"]
    for iri, tier in tiers.items():
        granted = select(f"SELECT ?b {{ <{BASE}/id/{iri}> zc:grantsBenefit ?b }}")
        assert {b["id"] for b in tier["benefits"]} == {row["b"] for row in granted}
    visa = next(b for b in tiers["tier/310000-1/3.0/A"]["benefits"] if b["kind"] == "Visa")
    assert (visa["force"], visa["max_duration"], visa["for_holder"]) == (
        "May",
        "P5Y",
        ["ForeignNational"],
    )
    assert visa["requires"]["zh"] == ["相关单位邀请函件"]


def test_12_years_of_holding(get: Get, listed_on: ListedOn) -> None:
    answer = get(f"certificates/{listed_on('SH-A89')}")
    assert {
        row_of(o["recognition"]): o.get("holder_condition") for o in answer["recognitions"]
    } == {
        "SH-A89": None,
        "SH-B21": {"min_years": 10, "years_of": "HoldingCertificate"},
        "SH-C38": {"min_years": 10, "years_of": "HoldingCertificate"},
    }
    open_after_three = {
        tier["id"]
        for one in answer["recognitions"]
        if one.get("holding_years", 0) <= 3
        for tier in one["tiers"]
    }
    assert open_after_three == {"tier/310000-1/3.0/A"}


def test_10_a_level_that_depends_on_the_grade(get: Get) -> None:
    by_grade = {
        c: _gives(get(f"certificates/{c}"))["CQ183"][1] for c in ("c00186", "c00187", "c00188")
    }
    assert by_grade == {"c00186": ["助理工程师"], "c00187": ["工程师"], "c00188": ["工程师"]}
    (vdi,) = get("certificates/c00120")["recognitions"]
    assert row_of(vdi["recognition"]) == "CQ121"
    assert [t["label"]["zh"] for t in vdi["titles"]] == ["助理工程师", "工程师"]
    assert vdi["outcome_stated"] is False


def test_14_exemptions_beside_a_recognition(get: Get, listed_on: ListedOn) -> None:
    answer = get(f"certificates/{listed_on('SH-A86')}")
    assert {
        row_of(e["exemption"]): (
            e["count"],
            e["count_mode"],
            [row_of(d) for d in e["differs_from"]],
        )
        for e in answer["exemptions"]
    } == {
        "BJ2-7": (9, "Exactly", ["SH-D2"]),
        "SH-D2": (5, "Exactly", ["BJ2-7"]),
        "SH-D2-2": (9, "Exactly", []),
    }
    remark = next(o for o in answer["recognitions"] if row_of(o["recognition"]) == "BJ2-7")
    assert remark["next_level_requires"]["zh"] == "取得中级会计专业技术资格"
    assert set(remark["work_fields"]["zh"]) == {"金融", "会计", "财务管理"}


def test_14_what_a_chinese_title_or_qualification_buys(get: Get, listed_on: ListedOn) -> None:
    found = get("exemptions", from_="qualification/q0001")["exemptions"]
    assert {
        row_of(e["exemption"]): (
            e["towards"][0]["id"].rpartition("/")[2],
            e["count"],
            e["count_mode"],
            e.get("earned_before"),
            e.get("earned_after"),
            tuple(row_of(d) for d in e["differs_from"]),
        )
        for e in found
    } == {
        "BJ2-7": (listed_on("SH-A86"), 9, "Exactly", None, None, ("SH-D2",)),
        "BJ2-8": (listed_on("SH-A98"), 8, "Exactly", None, None, ("SH-D4",)),
        "SH-D2": (listed_on("SH-A86"), 5, "Exactly", "2009-12-31", None, ("BJ2-7",)),
        "SH-D2-2": (listed_on("SH-A86"), 9, "Exactly", None, "2009-12-31", ()),
        "SH-D3": (listed_on("SH-D3"), 8, "Exactly", None, None, ()),
        "SH-D4": (listed_on("SH-A98"), 9, "AtMost", None, None, ("BJ2-8",)),
        "SH-D5": (listed_on("SH-A99"), 13, "AtMost", None, None, ()),
        "SH-D6": (listed_on("SH-A100"), 13, "AtMost", None, None, ()),
    }
    in_beijing = get("exemptions", from_="qualification/q0001", region="110000")["exemptions"]
    assert [row_of(e["exemption"]) for e in in_beijing] == ["BJ2-7", "BJ2-8"]
    accountant = get("exemptions", from_="title/17-40")["exemptions"]
    assert [row_of(e["exemption"]) for e in accountant] == ["SH-D5", "SH-D7", "SH-D8", "SH-D9"]
    assert [t["id"] for t in accountant[0]["from"]] == [
        "qualification/q0001",
        "title/17-40",
        "title/17-50",
    ]


def test_exemptions_come_by_the_page(client: TestClient, get: Get) -> None:
    whole = client.get("/api/exemptions")
    everything = whole.json()["exemptions"]
    assert whole.headers["x-total-count"] == str(len(everything))
    assert len(everything) > 10 and "link" not in whole.headers
    pages: list[Json] = []
    address = "/api/exemptions?limit=4"
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-total-count"] == str(len(everything))
        pages.append(answer.json()["exemptions"])
        address = answer.links.get("next", {}).get("url", "")
    assert {len(page) for page in pages[:-1]} == {4}
    assert [one for page in pages for one in page] == everything

    of_beijing = client.get("/api/exemptions?region=110000&limit=1")
    expected = [one for one in everything if one["region"]["id"] == "region/110000"]
    assert of_beijing.json()["exemptions"] == expected[:1]
    assert of_beijing.headers["x-total-count"] == str(len(expected))
    assert "region=110000" in of_beijing.links["next"]["url"]


def _in_force(answer: Json) -> dict[str, str]:
    return {e["id"].removeprefix("edition/"): e["in_force"] for e in answer["editions"]}


@pytest.mark.parametrize(
    ("day", "wuxi", "zhejiang", "chongqing"),
    [
        ("2021-12-31", "no", "no", "no"),
        ("2022-01-01", "yes", "no", "no"),
        ("2023-10-15", "yes", "no", "no"),
        ("2023-10-16", "yes", "no", "yes"),
        ("2023-10-31", "yes", "no", "yes"),
        ("2023-11-01", "yes", "yes", "yes"),
    ],
)
def test_as_of_a_day(get: Get, day: str, wuxi: str, zhejiang: str, chongqing: str) -> None:
    answer = get("certificates/c00009", on=day)
    expected = {"320200-1/2021": wuxi, "330000-1/2023": zhejiang, "500000-1/2023": chongqing}
    assert answer["on"] == day
    assert _in_force(answer) == expected
    assert {
        one["edition"].removeprefix("edition/"): one["in_force"] for one in answer["recognitions"]
    } == expected


def test_unknown_dates_are_unknown(get: Get) -> None:
    before = _in_force(get("certificates/c00010", on="2025-10-29"))
    assert (before["310000-1/2.0"], before["310000-1/3.0"]) == ("unknown", "no")
    after = _in_force(get("certificates/c00010", on="2025-10-30"))
    assert (after["310000-1/2.0"], after["310000-1/3.0"]) == ("no", "yes")
    assert before["110000-1/annex-5"] == after["110000-1/annex-5"] == "unknown"


@pytest.mark.parametrize(
    ("path", "status", "parameter"),
    [
        ("certificates/c99999", 404, "id"),
        ("certificates/x y", 404, "id"),
        ("families/c00009", 404, "id"),
        ("certificates/证书", 404, "id"),
        ("certificates/c00009?on=2023-02-30", 400, "on"),
        ("certificates/c00009?on=20231020", 400, "on"),
        ("certificates/c00009?on=1697760000", 400, "on"),
        ("certificates/c00009?day=2023-10-20", 400, "day"),
        ("certificates/c00009?on=2023-10-20&on=2023-10-21", 400, "on"),
        *(
            (f"{route}on={day}", 400, "on")
            for route in ("certificates/c00009?", "families/f0002?", "compare?limit=1&")
            for day in ("86400", "2023-10-20T00:00:00", "2023-10-20T12:00", "0000-01-01", "")
        ),
        (f"certificates/c00009?limit={'9' * 5000}", 400, "limit"),
        (f"compare?offset={'9' * 5000}", 400, "offset"),
        ("exemptions?from=qualification/q9999", 404, "from"),
        ("exemptions?from=q0001", 404, "from"),
        ("exemptions?towards=certificate/c99999", 404, "towards"),
        ("exemptions?region=999999", 404, "region"),
        ("exemptions?limit=0", 400, "limit"),
        ("exemptions?offset=-1", 400, "offset"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_wrong_is_named(
    client: TestClient, path: str, status: int, parameter: str, language: str
) -> None:
    answer = client.get(f"/api/{path}", headers={"accept-language": language})
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["parameter"] == parameter
    assert parameter in problem["detail"]
    assert problem["detail"] == problem["languages"][language]["detail"]
    assert "does not fit" not in problem["languages"]["en"]["detail"], "pydantic's own words"
    assert (
        "：" in problem["detail"] or "，" in problem["detail"] or "。" in problem["detail"]
    ) == (language == "zh")


def test_full_width_signs_name_the_same_id(get: Get) -> None:
    assert get("certificates/ｃ００００９")["id"] == "certificate/c00009"


def test_every_certificate_and_family_is_answered(
    client: TestClient, get: Get, select: Select
) -> None:
    """200 within the schema for each; the rows are those that a direct query counts."""
    certificates = {row["c"] for row in select("SELECT ?c { ?c a zc:Certificate }")}
    families = {row["c"] for row in select("SELECT ?c { ?c a zc:CertificateFamily }")}
    assert len(certificates) > 400 and len(families) == 3
    counted: dict[tuple[str, str], set[str]] = {}
    for basis, term in (("listed", "zc:recognizes"), ("covered", "zc:covers")):
        for row in select(f"SELECT ?r ?c {{ ?r {term} ?c }}"):
            counted.setdefault((basis, row["c"]), set()).add(row["r"])
    for path in sorted(certificates | families):
        kind, _, id = path.partition("/")
        route = "certificates" if kind == "certificate" else "families"
        answer = client.get(f"/api/{route}/{id}")
        assert answer.status_code == 200, (path, answer.text[:300])
        CertificateAnswer.model_validate_json(
            answer.content
        )  # forbids members that are not described
        told = answer.json()
        for basis in ("listed", "covered"):
            rows = [o["recognition"] for o in told["recognitions"] if o["basis"] == basis]
            assert len(rows) == len(set(rows))
            assert set(rows) == counted.get((basis, path), set()), path
        for one in told["recognitions"]:
            assert one["levels"] or one["tiers"], one["recognition"]
            assert bool(one["levels"]) == ("level_mode" in one)
            assert (one["basis"] == "covered") == ("covered_by" in one)


@pytest.fixture(scope="module")
def doctored(graph: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The real data, with a certificate withdrawn in favour of another and one withdrawn without a successor."""
    graph_iri = f"<{BASE}/graph/register/certificates>"
    lines = []
    for id in ("c90001", "c90002"):
        subject = f"<{BASE}/id/certificate/{id}>"
        lines += [
            f"{subject} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{BASE}/ns/Certificate> {graph_iri} .",
            f'{subject} <http://www.w3.org/2004/02/skos/core#prefLabel> "撤销的证书"@zh {graph_iri} .',
            f'{subject} <{BASE}/ns/withdrawn> "true"^^<http://www.w3.org/2001/XMLSchema#boolean> {graph_iri} .',
        ]
    lines.append(
        f"<{BASE}/id/certificate/c90001> <http://purl.org/dc/terms/isReplacedBy> "
        f"<{BASE}/id/certificate/c00009> {graph_iri} ."
    )
    releases = tmp_path_factory.mktemp("doctored")
    with serve(releases, write_release(releases, graph + "\n".join(lines) + "\n")) as running:
        yield running


@pytest.mark.parametrize(
    "path", ["certificates/{}", "certificates/{}/equivalents", "compare?certificate={}"]
)
def test_withdrawn(doctored: TestClient, path: str) -> None:
    gone = doctored.get("/api/" + path.format("c90001"))
    assert gone.status_code == 410
    assert gone.json()["successor"] == "certificate/c00009"
    assert "certificate/c00009" in gone.json()["detail"]
    alone = doctored.get("/api/" + path.format("c90002"), headers={"accept-language": "zh"})
    assert alone.status_code == 410
    assert "successor" not in alone.json() and "没有替代者" in alone.json()["detail"]


def test_a_certificate_of_many_regions_comes_by_the_page(client: TestClient, get: Get) -> None:
    whole = client.get("/api/certificates/c00085")
    everything = whole.json()
    regions = sorted({one["region"]["id"] for one in everything["editions"]})
    assert len(regions) > 2
    assert whole.headers["x-total-count"] == str(len(regions))
    assert "link" not in whole.headers  # all of them are here

    pages: list[Json] = []
    address = "/api/certificates/c00085?on=2023-10-20&limit=1"
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-total-count"] == str(len(regions))
        pages.append(answer.json())
        address = answer.links.get("next", {}).get("url", "")
        assert not address or "on=2023-10-20" in address
    assert [{one["region"]["id"] for one in page["editions"]} for page in pages] == [
        {region} for region in regions
    ]
    on_the_day = get("certificates/c00085", on="2023-10-20")
    for member in ("recognitions", "exemptions", "editions"):
        assert [one for page in pages for one in page[member]] == on_the_day[member]
    for page in pages:
        assert page["names"] == everything["names"] and page["ladder"] == everything["ladder"]

    beyond = client.get("/api/certificates/c00085?limit=2&offset=100")
    assert beyond.status_code == 200
    assert beyond.json()["recognitions"] == beyond.json()["editions"] == []
    assert "prev" in beyond.links and "next" not in beyond.links


def test_a_family_comes_by_the_page_too(client: TestClient) -> None:
    answer = client.get("/api/families/f0002?limit=1")
    assert answer.status_code == 200
    assert len({one["region"]["id"] for one in answer.json()["recognitions"]}) == 1


@pytest.mark.parametrize("part", ["limit=0", "limit=x", "limit=100000", "offset=-1"])
def test_a_page_that_cannot_be(client: TestClient, part: str) -> None:
    answer = client.get(f"/api/certificates/c00085?{part}")
    assert answer.status_code == 400
    assert answer.json()["parameter"] == part.partition("=")[0]


async def test_all_classes_of_benefits_are_asked_for_at_once() -> None:
    asked: list[tuple[str, object]] = []

    class Context:
        async def ask(self, question: str, tier: object) -> list[dict[str, str]]:
            asked.append((question, tier))
            return []

    board = TierBoard(cast(ApiContext, Context()))
    for _ in range(2):  # and kept
        assert await board.tiers(["a", "b", "a"]) == []
    assert sorted(asked) == [("benefit-demands", ["a", "b"]), ("benefits", ["a", "b"])]
