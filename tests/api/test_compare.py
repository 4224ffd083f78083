"""``/api/compare``: the matrix by one call each, against the documents; CSV and paging against the same answer."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from kgservice.api import compare, compare_reading, compare_selection, equivalents
from kgservice.api.compare_models import CompareAnswer
from kgservice.api.compare_selection import CompareBoard, Selection, Versions
from kgservice.api.compare_selection import select as select_certificates
from kgservice.api.context import ApiContext
from kgservice.api.deadline import limited
from kgservice.api.models import InForce
from kgservice.engine.errors import QueryTimeout

from .conftest import EDITIONS, REGIONS, Get, Json, Select, row_of

ListedOn = Callable[[str], str]
TITLED = ",".join(REGIONS[place] for place in ("WX", "ZJ", "CQ"))


def _cells(comparison: Json) -> dict[str, list[tuple[str, list[str]]]]:
    """By place: rows with the levels (or the tiers) that they give."""
    places = {code: place for place, code in REGIONS.items()}
    return {
        places[cell["region"].partition("/")[2]]: [
            (
                row_of(one["recognition"]),
                [thing["label"]["zh"] for thing in one["titles"] or one["levels"]]
                or [tier["id"][-1] for tier in one["tiers"]],
            )
            for one in cell["statements"]
        ]
        for cell in comparison["cells"]
    }


def _by_row(answer: Json) -> dict[str, Json]:
    """The lines of the matrix by one of their rows."""
    return {
        row_of(one["recognition"]): comparison
        for comparison in answer["certificates"]
        for cell in comparison["cells"]
        for one in cell["statements"]
    }


def _pairs(found: list[Json]) -> set[frozenset[str]]:
    return {frozenset(row_of(side["id"]) for side in one["between"]) for one in found}


NINETEEN = {
    "助理工程师": {
        *[("WX23", "ZJ74", "CQ80"), ("WX29", "ZJ66", "CQ17"), ("WX57", "ZJ4", "CQ3")],
        *[("WX58", "ZJ3", "CQ39"), ("WX59", "ZJ2", "CQ40")],
    },
    "工程师": {
        *[("WX24", "ZJ75", "CQ81"), ("WX30", "ZJ67", "CQ18"), ("WX35", "ZJ76", "CQ96")],
        *[("WX36", "ZJ77", "CQ97"), ("WX44", "ZJ91", "CQ9"), ("WX45", "ZJ92", "CQ98")],
        *[("WX60", "ZJ1", "CQ41")],
        *[(f"WX{n}", f"ZJ{n + 57}", f"CQ{n - 17}") for n in range(37, 44)],
    },
}


def test_2_common_to_the_three_title_directories(get: Get) -> None:
    answer = get("compare", regions=TITLED, listed="all")
    assert answer["total"] == 19 == len(answer["certificates"])
    assert [column["region"]["label"]["zh"] for column in answer["regions"]] == [
        "无锡市",
        "浙江省",
        "重庆市",
    ]
    found: dict[str, set[tuple[str, ...]]] = {}
    for comparison in answer["certificates"]:
        cells = _cells(comparison)
        # CQ38 lists the programme to which the certificate of CQ40 belongs.
        rows = tuple(
            next(row for row, _ in cells[place] if row != "CQ38") for place in ("WX", "ZJ", "CQ")
        )
        titles = {title for place in cells.values() for _, given in place for title in given}
        assert len(titles) == 1, rows
        found.setdefault(titles.pop(), set()).add(rows)
        assert comparison["gaps"] == comparison["undecided"] == []
        # They agree on the title; on the specialty, or the body as printed, they may differ.
        kinds = {one["kind"] for one in comparison["divergences"]}
        assert kinds <= {"IssuerDivergence", "SpecialtyDivergence"}
        assert {frozenset(pair) for pair in (rows[:2], rows[1:], rows[::2])} <= _pairs(
            comparison["agreements"]
        )
    assert found == NINETEEN


@pytest.mark.parametrize(
    ("one", "other", "rows", "certificates"),
    [("WX", "CQ", 47, 47), ("ZJ", "CQ", 67, 70), ("WX", "ZJ", 26, 26)],
)
def test_2_pairs(get: Get, one: str, other: str, rows: int, certificates: int) -> None:
    both = f"{REGIONS[one]},{REGIONS[other]}"
    answer = get("compare", regions=both, listed="all", limit=1000)
    assert answer["total"] == certificates
    listing = {
        row_of(statement["recognition"])
        for comparison in answer["certificates"]
        for statement in comparison["cells"][0]["statements"]
        if statement["basis"] == "listed"
    }
    assert len(listing) == rows


def test_4_the_rics_grades_everywhere(get: Get) -> None:
    answer = get("compare", issuer="i0028")
    by_row = _by_row(answer)
    assert _cells(by_row["WX18"]) == {
        "BJ": [],
        "SH": [("SH-A59", ["A"]), ("SH-C25", ["初级"])],
        "WX": [("WX18", ["助理工程师"])],
        "ZJ": [],
        "CQ": [("CQ85", ["助理工程师"])],
    }
    assert _cells(by_row["WX19"]) == {
        "BJ": [],
        "SH": [("SH-A58", ["A"]), ("SH-C24", ["副高级"])],
        "WX": [("WX19", ["工程师"])],
        "ZJ": [],
        "CQ": [("CQ86", ["工程师"])],
    }
    assert _cells(by_row["CQ87"]) == {
        "BJ": [],
        "SH": [("SH-A57", ["A"]), ("SH-B12", ["B"]), ("SH-C23", ["副高级"])],
        "WX": [],
        "ZJ": [],
        "CQ": [("CQ87", ["工程师"])],
    }
    # 初级 contains 助理级: consistent. 副高级 against 工程师 is a ceiling: neither list gives anything higher.
    assert _pairs(by_row["WX18"]["agreements"]) == {
        frozenset(pair) for pair in (("SH-C25", "WX18"), ("SH-C25", "CQ85"), ("WX18", "CQ85"))
    }
    assert by_row["WX18"]["divergences"] == []
    assert {one["kind"] for one in by_row["WX19"]["divergences"]} == {"CeilingDivergence"}
    assert _pairs(by_row["WX19"]["divergences"]) == {
        frozenset(("SH-C24", "WX19")),
        frozenset(("SH-C24", "CQ86")),
    }
    assert [c["grade_rank"] for c in answer["certificates"]] == [10, 20, 30]
    # The exemption towards MRICS is no recognition and stands apart.
    shanghai = next(c for c in by_row["WX19"]["cells"] if c["region"] == "region/310000")
    assert shanghai["exemptions"] == ["exemption/310000-1/3.0/D1"]


def test_4_a_gap_has_the_scope_of_the_directory_in_view(get: Get) -> None:
    (mrics,) = get("compare", certificate="c00085")["certificates"]
    gaps = {gap["region"]["label"]["zh"]: gap for gap in mrics["gaps"]}
    assert set(gaps) == {"北京市", "浙江省"}
    assert gaps["浙江省"]["listed_in"] == 3
    assert gaps["浙江省"]["scope"]["zh"] == "仅限数字经济、装备制造、材料三个领域"
    for gap in gaps.values():
        assert "不等于不认可" in gap["reading"]["zh"] and "not recognised" in gap["reading"]["en"]
    assert {cell["listing"] for cell in mrics["cells"] if not cell["statements"]} == {"not_listed"}


def test_a_region_without_a_directory_is_not_a_refusal(get: Get) -> None:
    (mrics,) = get("compare", certificate="c00085", regions="320000,310000")["certificates"]
    assert [cell["listing"] for cell in mrics["cells"]] == ["no_directory", "listed"]
    (gap,) = mrics["gaps"]
    assert "没有该地区的目录" in gap["reading"]["zh"]


def test_a_certificate_that_only_an_exemption_leads_to(get: Get, client: TestClient) -> None:
    """Shanghai prints CGMA on row D3, and no other directory has it: no region lacks what another has."""
    (cgma,) = get("compare", certificate="c00347", regions="310000,500000")["certificates"]
    assert [cell["listing"] for cell in cgma["cells"]] == ["exemption", "not_listed"]
    assert cgma["cells"][0]["exemptions"] == ["exemption/310000-1/3.0/D3"]
    assert (cgma["listed_in"], cgma["gaps"]) == (0, [])
    for comparison in get("compare", limit=1000)["certificates"]:
        assert comparison["listed_in"] or comparison["covered_in"] or not comparison["gaps"]


def test_an_exemption_is_not_said_to_be_missing_from_the_directory() -> None:
    reading = compare_reading._READINGS["exemption"]
    assert "减免" in reading.zh and "不是认可" in reading.zh and "未列入" not in reading.zh
    assert reading.en is not None
    assert "exemption" in reading.en and "Not in this region" not in reading.en


def test_on_a_day_the_editions_of_that_day_are_compared(get: Get) -> None:
    (mrics,) = get("compare", certificate="c00085", on="2023-10-20")["certificates"]
    listing = {cell["region"]: cell["listing"] for cell in mrics["cells"]}
    assert listing == {
        "region/110000": "not_listed",  # whether its table was in force is not known
        "region/310000": "unknown",  # of the edition before 3.0 only the title is known
        "region/320200": "listed",
        "region/330000": "no_directory",  # begins on 2023-11-01
        "region/500000": "listed",
    }
    assert mrics["listed_in"] == 2
    assert mrics["divergences"] == []
    gaps = {gap["region"]["id"]: gap["reading"]["zh"] for gap in mrics["gaps"]}
    assert "内容不详" in gaps["region/310000"]
    answer = get("compare", certificate="c00085", on="2026-01-01")
    states = {
        edition["id"]: edition["in_force"]
        for column in answer["regions"]
        for edition in column["editions"]
    }
    assert states.pop("edition/110000-1/annex-5") == "unknown"
    assert set(states.values()) == {"yes"} and "edition/310000-1/2.0" not in states
    assert get("compare", regions="330000", on="2020-01-01")["total"] == 0


def test_differences_of_a_day_are_between_its_editions(get: Get) -> None:
    now = get("compare", divergence="CeilingDivergence", limit=1000)["total"]
    before = get("compare", divergence="CeilingDivergence", on="2023-12-31", limit=1000)
    assert before["total"] < now
    for one in before["certificates"]:
        assert one["divergences"]
        sides = {side["region"] for found in one["divergences"] for side in found["between"]}
        assert "region/310000" not in sides


def test_any_difference(get: Get) -> None:
    answer = get("compare", divergence="any", limit=1000)
    assert answer["total"] > 0
    assert all(one["divergences"] for one in answer["certificates"])
    kinds = ("LevelDivergence", "CeilingDivergence", "BenefitOnlyDivergence")
    by_kind = [get("compare", divergence=kind, limit=1000)["total"] for kind in kinds]
    assert max(by_kind) <= answer["total"]


def test_5_dihk(get: Get) -> None:
    regions = ",".join(REGIONS[place] for place in ("ZJ", "CQ", "SH"))
    answer = get("compare", regions=regions, issuer="i0032", listed="all")
    assert {
        tuple(row for place in ("ZJ", "CQ", "SH") for row, _ in _cells(one)[place])
        for one in answer["certificates"]
    } == {("ZJ10", "CQ102", "SH-A29"), ("ZJ6", "CQ111", "SH-A30"), ("ZJ9", "CQ115", "SH-A31")}
    for one in answer["certificates"]:
        cells = _cells(one)
        assert cells["ZJ"][0][1] == cells["CQ"][0][1] == ["助理工程师"]
        assert cells["SH"][0][1] == ["A"]
        shanghai = next(c for c in one["cells"] if c["region"] == "region/310000")
        assert shanghai["statements"][0]["titles"] == shanghai["statements"][0]["levels"] == []
        assert {d["kind"] for d in one["divergences"]} >= {"BenefitOnlyDivergence"}
    whole = get("compare", regions=regions, issuer="i0032", limit=1000)
    only_chongqing = {
        row
        for one in whole["certificates"]
        for row, _ in _cells(one)["CQ"]
        if not _cells(one)["ZJ"] and not _cells(one)["SH"]
    }
    assert {"CQ101", "CQ103", "CQ113", "CQ117"} == only_chongqing


def test_6_amazon(get: Get) -> None:
    issuer = get("certificates/" + _amazon(get))["issuers"][0]["id"]
    both = f"{REGIONS['ZJ']},{REGIONS['CQ']}"
    answer = get("compare", regions=both, issuer=issuer, listed="all")
    assert answer["total"] == 10
    agreeing = {
        pair: comparison
        for comparison in answer["certificates"]
        for pair in _pairs(comparison["agreements"])
    }
    assert set(agreeing) == {
        frozenset((f"ZJ{zj}", f"CQ{cq}"))
        for zj, cq in [
            *[(56, 66), (57, 67), (58, 68), (59, 69), (60, 70), (61, 71)],
            *[(63, 63), (64, 64), (65, 65)],
        ]
    }
    engineers = {p for p, c in agreeing.items() if _cells(c)["ZJ"][0][1] == ["工程师"]}
    assert len(engineers) == 6
    differing = [c for c in answer["certificates"] if c["divergences"]]
    levels = [
        _pairs([d for d in c["divergences"] if d["kind"] == "LevelDivergence"]) for c in differing
    ]
    assert [pairs for pairs in levels if pairs] == [{frozenset(("ZJ62", "CQ62"))}]
    (total,) = {get("compare", regions=both, issuer=issuer, divergence="LevelDivergence")["total"]}
    assert total == 1


def _amazon(get: Get) -> str:
    found = get("compare", regions=REGIONS["ZJ"], limit=1000)["certificates"]
    return next(
        one["certificate"]["id"].partition("/")[2]
        for one in found
        if any(row == "ZJ62" for row, _ in _cells(one)["ZJ"])
    )


def test_12_years_of_holding(get: Get) -> None:
    answer = get("compare", holding_condition=True)
    asked = {
        row_of(one["recognition"]): one.get("holding_years")
        for comparison in answer["certificates"]
        for cell in comparison["cells"]
        for one in cell["statements"]
    }
    assert asked == {
        "SH-A89": None,
        "SH-B21": 10,
        "SH-C38": 10,
        "SH-A99": None,
        "SH-B23": 2,
        "SH-C37": 2,
    }


@pytest.mark.parametrize(
    ("places", "in_force", "chosen"),
    [
        (["here", "there"], None, ["asked"]),
        (["there"], None, []),  # listed there without
        (["here", "there"], {"new": "yes", "old": "no"}, []),  # the row that asks is of the old one
        (["here", "there"], {"new": "no", "old": "yes"}, ["asked"]),
    ],
)
async def test_12_years_of_holding_in_the_editions_compared(
    places: list[str], in_force: dict[str, InForce] | None, chosen: list[str]
) -> None:
    class Context:
        async def ask(self, question: str, **values: object) -> list[dict[str, str | int]]:
            if question == "holding-conditions":
                return [{"certificate": "asked", "region": "here", "edition": "old"}]
            assert question == "listed-certificates"
            return [{"certificate": c, "listedIn": 1, "coveredIn": 0} for c in ("asked", "other")]

    counting = [{"edition": e} for e in ("new", "old") if not in_force or in_force[e] != "no"]
    rows = await select_certificates(
        CompareBoard(cast(ApiContext, Context())),
        places,
        Versions(counting, in_force),
        Selection(holding_condition=True),
    )
    assert [row["certificate"] for row in rows] == chosen


async def test_what_comparisons_have_in_common_is_asked_once() -> None:
    asked: list[tuple[str, dict[str, object]]] = []

    class Context:
        async def ask(self, question: str, **values: object) -> list[dict[str, str]]:
            asked.append((question, values))
            return [{"certificate": "c", "name": "n"}, {"certificate": "c", "name": "m"}]

    board = CompareBoard(cast(ApiContext, Context()))
    for _ in range(2):
        assert len(await board.ask("divergences", kind=[], region=["r1", "r2"])) == 2
        assert await board.ask("holding-conditions", ("certificate",)) == [{"certificate": "c"}]
    assert [question for question, _ in asked] == ["divergences", "holding-conditions"]
    assert asked[0][1] == {"kind": [], "region": ["r1", "r2"]}


def test_14_exemptions_that_differ(get: Get, listed_on: ListedOn) -> None:
    answer = get("compare", divergence="ExemptionDivergence")
    found = {
        (c["certificate"]["id"].partition("/")[2], pair)
        for c in answer["certificates"]
        for pair in _pairs([d for d in c["divergences"] if d["kind"] == "ExemptionDivergence"])
    }
    assert found == {
        (listed_on("SH-A86"), frozenset(("BJ2-7", "SH-D2"))),
        (listed_on("SH-A98"), frozenset(("BJ2-8", "SH-D4"))),
    }


def test_15_listed_certificates_that_are_not_overseas(get: Get) -> None:
    answer = get("compare", country="cn", regions=REGIONS["BJ"])
    assert {row for one in answer["certificates"] for row, _ in _cells(one)["BJ"]} == {
        f"BJ3-{n}" for n in range(1, 10)
    }
    assert all(_cells(one)["BJ"][0][1] == ["中级"] for one in answer["certificates"])


def test_a_family_is_a_line_of_its_own(get: Get, listed_on: ListedOn) -> None:
    bdc = listed_on("WX4")
    answer = get("compare", certificate=f"{bdc},f0002", regions=f"{REGIONS['BJ']},{REGIONS['WX']}")
    lines = {one["certificate"]["id"]: one for one in answer["certificates"]}
    assert lines["family/f0002"]["cells"][0]["listing"] == "listed"
    beijing, wuxi = lines[f"certificate/{bdc}"]["cells"]
    assert (beijing["listing"], wuxi["listing"]) == ("covered", "listed")
    assert beijing["statements"][0]["covered_by"]["via"]["id"] == "family/f0002"


def test_a_row_of_several_levels_is_undecided(get: Get, select: Select) -> None:
    """A row that prints two levels and no rule agrees with nothing and differs from nothing."""
    several = {
        row["r"]
        for row in select(
            "SELECT DISTINCT ?r { ?r zc:confersTitleLevel ?l, ?k . FILTER(?l != ?k) "
            "FILTER NOT EXISTS { ?r zc:gradeOutcome ?o } }"
        )
    }
    assert several
    for comparison in get("compare", limit=1000)["certificates"]:
        for agreement in comparison["agreements"]:
            assert not several & {side["id"] for side in agreement["between"]}
        for pair in comparison["undecided"]:
            assert any(len(side["levels"]) > 1 for side in pair["between"])


def test_the_whole_matrix_page_by_page(client: TestClient, get: Get, select: Select) -> None:
    """Following the links gives every row of the graph once, and the same as one large page."""
    pages: list[Json] = []
    url: str | None = "/api/compare?limit=150"
    while url:
        answer = client.get(url)
        assert answer.status_code == 200
        CompareAnswer.model_validate_json(answer.content)
        assert answer.headers["x-total-count"] == str(answer.json()["total"])
        pages += answer.json()["certificates"]
        url = answer.links.get("next", {}).get("url")
    assert pages == get("compare", limit=1000)["certificates"]
    told = [
        (one["certificate"]["id"], statement["recognition"])
        for one in pages
        for cell in one["cells"]
        for statement in cell["statements"]
    ]
    assert len(told) == len(set(told))
    assert set(told) == {
        (row["c"], row["r"]) for row in select("SELECT ?c ?r { ?r zc:recognizes|zc:covers ?c }")
    }
    known = {row["d"] for row in select("SELECT ?d { ?d a zc:Divergence }")}
    assert {d["id"] for one in pages for d in one["divergences"]} == known


def test_csv_is_the_same_answer(client: TestClient, get: Get) -> None:
    parameters: dict[str, Any] = {"issuer": "i0028", "regions": TITLED + ",310000"}
    answer = client.get("/api/compare", params=parameters, headers={"accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "accept" in answer.headers["vary"].lower()
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8"), newline="")))
    told = get("compare", **parameters)
    assert [(line["certificate"], line["region"], line["row"]) for line in lines] == [
        (one["certificate"]["id"], cell["region"], row)
        for one in told["certificates"]
        for cell in one["cells"]
        for row in [statement["source"]["row"] for statement in cell["statements"]] or [""]
    ]
    mrics = next(x for x in lines if x["row"] == "C24")
    assert mrics["levels"] == "副高级" and mrics["level_mode"] == "ExactLevel"
    assert "CeilingDivergence recognition/500000-1/2023/86" in mrics["diverges_from"].split(";")
    by_format = client.get("/api/compare", params={**parameters, "format": "csv"})
    assert by_format.content == answer.content


@pytest.mark.parametrize(
    ("query", "status", "parameter"),
    [
        ("regions=999999", 404, "regions"),
        ("regions=上海", 404, "regions"),
        ("issuer=i9999", 404, "issuer"),
        ("certificate=c99999", 404, "certificate"),
        ("certificate=", 400, "certificate"),
        ("regions=,", 400, "regions"),
        ("country=China", 400, "country"),
        ("grade_scheme=s99", 404, "grade_scheme"),
        ("listed=some", 400, "listed"),
        ("divergence=Level", 400, "divergence"),
        (f"regions={','.join(str(code) for code in range(110000, 110025))}", 400, "regions"),
        ("limit=0", 400, "limit"),
        ("limit=1001", 400, "limit"),
        ("offset=-1", 400, "offset"),
        ("region=310000", 400, "region"),
        ("format=xml", 400, "format"),
    ],
)
def test_what_is_wrong_is_named(
    client: TestClient, query: str, status: int, parameter: str
) -> None:
    for language in ("zh", "en"):
        answer = client.get(f"/api/compare?{query}", headers={"accept-language": language})
        assert answer.status_code == status, answer.text
        assert answer.json()["parameter"] == parameter
        assert parameter in answer.json()["languages"][language]["detail"]


def test_more_regions_than_can_be_compared_have_to_be_named(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a graph with directories of hundreds of places, where every two would be compared."""
    monkeypatch.setattr(compare_selection, "MOST_REGIONS", 4)
    answer = client.get("/api/compare")
    assert (answer.status_code, answer.json()["parameter"]) == (400, "regions")
    assert "5 regions" in answer.json()["languages"]["en"]["detail"]
    assert "regions=320200" in answer.json()["detail"]
    assert client.get(f"/api/compare?regions={TITLED}").status_code == 200


def test_a_page_has_fewer_certificates_where_there_are_many_regions(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = client.get("/api/compare?issuer=i0028").json()["certificates"]
    assert len(whole) > 2
    monkeypatch.setattr(compare, "MOST_COMPARED", 50)
    address, found = "/api/compare?issuer=i0028&limit=1000", []
    while True:
        answer = client.get(address)
        assert answer.json()["limit"] == 2
        found += answer.json()["certificates"]
        if "link" not in answer.headers:
            break
        address = answer.headers["link"].removeprefix("<").partition(">")[0]
    assert found == whole


def test_of_many_pairs_the_first_are_told_with_their_number(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where hundreds of places list a certificate, all pairs of rows would be hundreds of megabytes."""
    certificates = client.get("/api/compare?limit=1000").json()["certificates"]
    whole = max(certificates, key=lambda one: len(one["agreements"]))
    assert len(whole["agreements"]) > 2 and "pairs" not in whole
    monkeypatch.setattr(compare_reading, "MOST_PAIRS", 2)
    address = f"/api/compare?certificate={whole['certificate']['id'].partition('/')[2]}"
    (found,) = client.get(address).json()["certificates"]
    assert found["agreements"] == whole["agreements"][:2]
    assert found["pairs"] == {
        "agreements": len(whole["agreements"]),
        "undecided": len(whole["undecided"]),
    }


def test_the_table_tells_all_pairs(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = client.get("/api/compare?limit=1000").json()["certificates"]
    expected: dict[tuple[str, str], dict[str, set[str]]] = {}
    for comparison in whole:
        for column, member in (("agrees_with", "agreements"), ("undecided_with", "undecided")):
            for pair in comparison[member]:
                for one, other in (pair["between"], pair["between"][::-1]):
                    key = comparison["certificate"]["id"], one["id"]
                    expected.setdefault(key, {}).setdefault(column, set()).add(other["id"])
    assert {column for told in expected.values() for column in told} == {
        "agrees_with",
        "undecided_with",
    }
    monkeypatch.setattr(compare_reading, "MOST_PAIRS", 1)
    answer = client.get("/api/compare?limit=1000&format=csv")
    for line in csv.DictReader(io.StringIO(answer.content.decode("utf-8"), newline="")):
        if not line["row"]:
            continue
        recognition = line["edition"].replace("edition/", "recognition/") + "/" + line["row"]
        told = expected.get((line["certificate"], recognition), {})
        for column in ("agrees_with", "undecided_with"):
            others = line[column].split(";") if line[column] else []
            assert set(others) == told.get(column, set()) and len(others) == len(set(others))


@pytest.mark.parametrize(
    ("address", "advice"),
    [
        ("/api/compare", "regions=320200,500000"),
        ("/api/compare?format=csv", "regions=320200,500000"),
        ("/api/certificates/c00085/equivalents", "kind=identical"),
        ("/api/families/f0002/equivalents", "kind=identical"),
    ],
)
def test_a_comparison_takes_no_longer_than_a_question_may(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, address: str, advice: str
) -> None:
    """However many questions it is put together from."""

    @asynccontextmanager
    async def soon(
        context: ApiContext, error: Callable[[float], QueryTimeout]
    ) -> AsyncIterator[None]:
        hurried = replace(context, settings=replace(context.settings, deadline=0.001))
        async with limited(hurried, error):
            yield

    for module in (compare, equivalents):
        monkeypatch.setattr(module, "limited", soon)
    answer = client.get(address, headers={"accept": "application/json"})
    assert answer.status_code == 504, answer.text
    assert advice in answer.text


def test_neither_json_nor_csv(client: TestClient) -> None:
    answer = client.get("/api/compare", headers={"accept": "application/pdf"})
    assert answer.status_code == 406
    assert answer.json()["offered"] == ["application/json", "text/csv"]


def test_the_places_are_those_of_the_directories(get: Get, select: Select) -> None:
    columns = [column["region"]["id"] for column in get("compare", limit=1)["regions"]]
    assert columns == sorted(f"region/{code}" for code in REGIONS.values())
    assert len(EDITIONS) == len(columns)
