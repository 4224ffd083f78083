"""The fifteen competency questions: whole result sets, over HTTP, against the answers worked out by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from .conftest import Ask, Row, Select
from .rows import row_of, rows

ListedOn = Callable[[str], str]
PREFIX = """
PREFIX zc: <https://w3id.org/zhicheng/ns/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
REGIONS = {
    "WX": "region/320200",
    "ZJ": "region/330000",
    "CQ": "region/500000",
    "BJ": "region/110000",
    "SH": "region/310000",
}


def _values(row: Row, *names: str) -> tuple[str, ...]:
    return tuple(row.get(name, "") for name in names)


def test_1_pe_metallurgical(ask: Ask, listed_on: ListedOn) -> None:
    found = ask("recognition", certificate=listed_on("WX44"))
    assert {
        (row_of(r["recognition"]), *_values(r, "title", "mode", "specialty", "basis"))
        for r in found
    } == {
        ("ZJ91", "工程师", "zc:ExactLevel", "材料", "listed"),
        ("WX44", "工程师", "zc:ExactLevel", "冶金工程", "listed"),
        ("CQ9", "工程师", "zc:CeilingLevel", "冶金、材料", "listed"),
    }
    assert len(found) == 3
    assert (
        next(r for r in found if r["region"] == REGIONS["CQ"])["document"] == "渝人社发〔2023〕64号"
    )


COMMON_ASSISTANT = "WX23/ZJ74/CQ80 WX29/ZJ66/CQ17 WX57/ZJ4/CQ3 WX58/ZJ3/CQ39 WX59/ZJ2/CQ40"
COMMON_ENGINEER = """
    WX24/ZJ75/CQ81 WX30/ZJ67/CQ18 WX35/ZJ76/CQ96 WX36/ZJ77/CQ97
    WX37/ZJ94/CQ20 WX38/ZJ95/CQ21 WX39/ZJ96/CQ22 WX40/ZJ97/CQ23 WX41/ZJ98/CQ24 WX42/ZJ99/CQ25 WX43/ZJ100/CQ26
    WX44/ZJ91/CQ9 WX45/ZJ92/CQ98 WX60/ZJ1/CQ41
"""


def test_2_common_to_the_three_title_directories(ask: Ask) -> None:
    found = ask("common-certificates", region=[REGIONS["WX"], REGIONS["ZJ"], REGIONS["CQ"]])
    by_certificate: dict[str, set[tuple[str, str]]] = {}
    for r in found:
        by_certificate.setdefault(r["certificate"], set()).add(
            (row_of(r["recognition"]), r["title"])
        )
    expected = {
        frozenset((row, title) for row in triple.split("/"))
        for title, triples in (("助理工程师", COMMON_ASSISTANT), ("工程师", COMMON_ENGINEER))
        for triple in triples.split()
    }
    assert {frozenset(pairs) for pairs in by_certificate.values()} == expected
    assert len(by_certificate) == 19


@pytest.mark.parametrize(
    ("one", "other", "count_rows", "count_certificates"),
    [("WX", "CQ", 47, 47), ("ZJ", "CQ", 67, 70), ("WX", "ZJ", 26, 26)],
)
def test_2_pairs(ask: Ask, one: str, other: str, count_rows: int, count_certificates: int) -> None:
    found = ask("common-certificates", region=[REGIONS[one], REGIONS[other]])
    assert len({r["certificate"] for r in found}) == count_certificates
    for region in (one, other):
        assert (
            len({r["recognition"] for r in found if r["region"] == REGIONS[region]}) == count_rows
        )


def test_3_leed_ap_bdc(ask: Ask, listed_on: ListedOn) -> None:
    found = ask("recognition", certificate=listed_on("WX4"))
    assert {(row_of(r["recognition"]), *_values(r, "title", "level", "basis")) for r in found} == {
        ("WX4", "工程师", "中级", "listed"),
        ("CQ10", "工程师", "中级", "listed"),
        ("SH-C29", "", "中级", "listed"),
        ("SH-A64", "", "", "listed"),
        ("BJ2-6", "", "中级", "covered"),
    }
    lost = next(r for r in found if row_of(r["recognition"]) == "CQ10")
    assert "specialty" not in lost
    assert lost["certain"] == "false"


def test_3_the_other_leed_certificates(ask: Ask) -> None:
    found = ask("family-coverage", family="family/f0002")
    listed: dict[str, set[str]] = {}
    for r in found:
        if r["basis"] == "listed":
            listed.setdefault(r["member"], set()).add(row_of(r["recognition"]))
        else:
            assert row_of(r["recognition"]) == "BJ2-6"
    assert {frozenset(found_rows) for found_rows in listed.values()} == {
        frozenset(rows("WX4 CQ10 SH-A64 SH-C29")),
        frozenset(rows("WX5 CQ11 SH-A64 SH-C29")),
        frozenset(rows("WX6 CQ12 SH-A65 SH-C30")),
        frozenset(rows("WX7 CQ13 SH-A65 SH-C30")),
        frozenset(rows("WX8 CQ14 SH-A65 SH-C30")),
    }


def test_4_the_rics_ladder(ask: Ask, select: Select, listed_on: ListedOn) -> None:
    issuer = select(
        PREFIX
        + f"SELECT ?i {{ <https://w3id.org/zhicheng/id/{listed_on('WX19')}> zc:issuedBy ?i }}"
    )[0]["i"]
    found = ask("grade-ladder", issuer=issuer)
    assert [r["rank"] for r in found] == sorted((r["rank"] for r in found), key=int)
    ladder: dict[str, set[tuple[str, str]]] = {}
    for r in found:
        what = r.get("title") or r.get("level") or r["tier"].rpartition("/")[2]
        ladder.setdefault(r["rank"], set()).add((row_of(r["recognition"]), what))
    assert list(ladder.values()) == [
        {("WX18", "助理工程师"), ("CQ85", "助理工程师"), ("SH-C25", "初级"), ("SH-A59", "A")},
        {("WX19", "工程师"), ("CQ86", "工程师"), ("SH-C24", "副高级"), ("SH-A58", "A")},
        {("CQ87", "工程师"), ("SH-C23", "副高级"), ("SH-A57", "A"), ("SH-B12", "B")},
    ]
    exemptions = ask("exemptions", from_="qualification/q0002")
    assert [(row_of(r["exemption"]), r["towards"]) for r in exemptions] == [
        ("SH-D1", listed_on("WX19"))
    ]


def test_5_dihk_title_there_benefits_here(ask: Ask, select: Select, listed_on: ListedOn) -> None:
    issuer = select(
        PREFIX
        + f"SELECT ?i {{ <https://w3id.org/zhicheng/id/{listed_on('ZJ10')}> zc:issuedBy ?i }}"
    )[0]["i"]
    found = ask(
        "issuer-across-regions",
        issuer=issuer,
        region=[REGIONS["ZJ"], REGIONS["CQ"], REGIONS["SH"]],
    )
    by_certificate: dict[str, set[tuple[str, str]]] = {}
    for r in found:
        what = r.get("title") or r["tier"].rpartition("/")[2]
        by_certificate.setdefault(r["certificate"], set()).add((row_of(r["entry"]), what))
    in_three = {frozenset(pairs) for pairs in by_certificate.values() if len(pairs) == 3}
    assert in_three == {
        frozenset({("ZJ10", "助理工程师"), ("CQ102", "助理工程师"), ("SH-A29", "A")}),
        frozenset({("ZJ6", "助理工程师"), ("CQ111", "助理工程师"), ("SH-A30", "A")}),
        frozenset({("ZJ9", "助理工程师"), ("CQ115", "助理工程师"), ("SH-A31", "A")}),
    }
    only_there = {row for pairs in by_certificate.values() if len(pairs) == 1 for row, _ in pairs}
    assert only_there == rows("CQ101 CQ103 CQ113 CQ117")
    names = {row_of(r["entry"]): r["printedName"] for r in found}
    assert names["SH-A29"] == "自动化技术员"
    assert names["ZJ10"] == "电子技术员-工业自动化技术方向"


def test_6_amazon(ask: Ask, select: Select, listed_on: ListedOn) -> None:
    issuer = select(
        PREFIX
        + f"SELECT ?i {{ <https://w3id.org/zhicheng/id/{listed_on('ZJ56')}> zc:issuedBy ?i }}"
    )[0]["i"]
    found = ask("issuer-across-regions", issuer=issuer, region=[REGIONS["ZJ"], REGIONS["CQ"]])
    pairs: dict[str, dict[str, str]] = {}
    for r in found:
        pairs.setdefault(r["certificate"], {})[row_of(r["entry"])] = r["title"]
    engineer = {
        ("ZJ56", "CQ66"),
        ("ZJ57", "CQ67"),
        ("ZJ58", "CQ68"),
        ("ZJ59", "CQ69"),
        ("ZJ60", "CQ70"),
        ("ZJ61", "CQ71"),
    }
    assistant = {("ZJ63", "CQ63"), ("ZJ64", "CQ64"), ("ZJ65", "CQ65")}
    agree = {
        (*sorted(titles, reverse=True), titles[min(titles)])
        for titles in pairs.values()
        if len(set(titles.values())) == 1
    }
    assert agree == {(*pair, "工程师") for pair in engineer} | {
        (*pair, "助理工程师") for pair in assistant
    }
    disagree = [titles for titles in pairs.values() if len(set(titles.values())) == 2]
    assert disagree == [{"ZJ62": "工程师", "CQ62": "助理工程师"}]
    level = ask("divergences", kind="zc:LevelDivergence")
    assert listed_on("ZJ62") in {r["certificate"] for r in level}


def test_7_chartered_and_incorporated_engineers(ask: Ask, select: Select) -> None:
    def worth(grade: str) -> set[tuple[str, str]]:
        return {
            (row_of(r["entry"]), r.get("title") or r["level"])
            for r in ask("register-grade", grade=grade)
            if "level" in r
        }

    ladder = {
        r["notation"]: r["grade"]
        for r in select(
            PREFIX
            + """SELECT ?grade ?notation { ?grade a zc:Grade ; skos:notation ?notation ; skos:inScheme ?s .
                 FILTER(?notation IN ("CEng", "IEng", "EngTech")) }"""
        )
    }
    assert worth(ladder["CEng"]) == {
        ("ZJ75", "工程师"),
        ("WX24", "工程师"),
        ("CQ81", "工程师"),
        ("SH-C10", "副高级"),
        ("SH-C12", "副高级"),
        ("SH-C20", "副高级"),
    }
    assert worth(ladder["IEng"]) == {
        ("ZJ74", "助理工程师"),
        ("WX23", "助理工程师"),
        ("CQ80", "助理工程师"),
        ("SH-C11", "中级"),
        ("SH-C14", "中级"),
        ("SH-C21", "中级"),
    }
    assert worth(ladder["EngTech"]) == {("SH-C22", "初级")}


def test_7_same_register_grade_is_not_the_same_certificate(
    select: Select, listed_on: ListedOn
) -> None:
    certificates = [listed_on(row) for row in ("CQ81", "SH-C10", "SH-C12", "SH-C20")]
    assert len(set(certificates)) == 4
    start = f"<https://w3id.org/zhicheng/id/{certificates[0]}>"
    same_grade = select(PREFIX + f"SELECT ?o {{ {start} zc:sameRegisterGrade ?o }}")
    assert {r["o"] for r in same_grade} == set(certificates[1:])
    assert select(PREFIX + f"SELECT ?o {{ {start} zc:sameCertificate ?o }}") == []


def test_7_one_grade_three_names(select: Select) -> None:
    found = select(
        PREFIX
        + """SELECT ?entry ?name { ?entry zc:printedName ?name ; skos:notation ?n ; zc:inEdition ?e .
        FILTER(STR(?e) IN ("https://w3id.org/zhicheng/id/edition/330000-1/2023", "https://w3id.org/zhicheng/id/edition/310000-1/3.0"))
        FILTER(?n IN ("74", "C11", "C21")) }"""
    )
    assert {(row_of(r["entry"]), r["name"]) for r in found} == {
        ("ZJ74", "注册机械工程师"),
        ("SH-C11", "主任工程师"),
        ("SH-C21", "注册工程师"),
    }


def test_8_associate_software_developer(ask: Ask, listed_on: ListedOn) -> None:
    one = listed_on("ZJ2")
    assert listed_on("WX59") == listed_on("CQ40") == one
    found = ask("certificates-by-printed-name", text="中级软件开发人员认证")
    assert {(row_of(r["entry"]), r["certificate"], r["title"]) for r in found} == {
        ("WX59", one, "助理工程师"),
        ("CQ40", one, "助理工程师"),
    }
    by_foreign_name = ask(
        "certificates-by-printed-name", text="Associate Software Developer Certification"
    )
    assert {(row_of(r["entry"]), r["certificate"]) for r in by_foreign_name} == {
        ("ZJ2", one),
        ("WX59", one),
    }
    recognised = ask("recognition", certificate=one)
    assert {(row_of(r["recognition"]), r["basis"]) for r in recognised} == {
        ("ZJ2", "listed"),
        ("WX59", "listed"),
        ("CQ40", "listed"),
        ("CQ38", "covered"),
    }


@pytest.mark.parametrize(
    ("row", "issuer"),
    [("150", "日本混凝土工学会"), ("156", "日本科学技术厅"), ("158", "日本机械工程师协会")],
)
def test_9_who_issues(ask: Ask, row: str, issuer: str) -> None:
    found = ask("printed-row", entry=f"entry/500000-1/2023/{row}")
    assert {r["printedIssuer"] for r in found} == {issuer}
    assert len({r["issuer"] for r in found}) == 1
    assert all(r["certain"] == "true" for r in found)


def test_9_what_is_not_safe_is_marked(select: Select) -> None:
    found = select(
        PREFIX
        + """SELECT ?entry { ?entry zc:certain false ; zc:readingNote ?note ;
             zc:inEdition <https://w3id.org/zhicheng/id/edition/500000-1/2023> }"""
    )
    assert {row_of(r["entry"]) for r in found} == rows("CQ10 CQ27 CQ167 CQ190-198 CQ202")


def test_10_titles_that_depend_on_the_grade(ask: Ask) -> None:
    found = ask("grade-dependent-rows")
    several = {row_of(r["entry"]) for r in found if r["severalLevels"] == "true"}
    assert several == rows("CQ120-148 CQ158-160 CQ183 ZJ88-90")
    assert sum(row.startswith("CQ") for row in several) == 33
    readable = {
        row_of(r["entry"]) for r in found if r["stated"] == "true" and r["severalLevels"] == "true"
    }
    assert readable == rows("CQ183 ZJ88-90")
    outcomes: Counter[tuple[str, str]] = Counter(
        (row_of(r["entry"]), r["level"]) for r in found if "level" in r
    )
    assert outcomes == {
        ("CQ183", "助理级"): 1,
        ("CQ183", "中级"): 2,
        **{(row, level): 1 for row in rows("ZJ88-90") for level in ("助理级", "中级")},
    }
    open_rows = {row_of(r["entry"]) for r in found if r["openUpward"] == "true"}
    # A68 prints 及以上 as well, with the surveyors' letters under the architects' institute.
    assert open_rows == rows("CQ35 CQ149 SH-A66 SH-A68 SH-B13 SH-C26 SH-A123")


def test_11_bachelor_six_years_one_here(ask: Ask) -> None:
    found = ask("eligibility", degree="degree/bachelor", years="6", yearsInRegion="1")
    lines = {
        (r["edition"].partition("/")[2], r["level"].rpartition("/")[2]): (
            r["open"],
            r["missingYears"],
        )
        for r in found
        if "level" in r
    }
    assert lines == {
        ("310000-1/3.0", "junior"): ("true", "0"),
        ("310000-1/3.0", "30"): ("true", "0"),
        ("310000-1/3.0", "40"): ("false", "4"),
        ("500000-1/2023", "junior"): ("true", "0"),
        ("500000-1/2023", "30"): ("true", "0"),
        ("500000-1/2023", "40"): ("false", "4"),
    }
    shanghai = [r for r in found if r["edition"] == "edition/310000-1/3.0"]
    assert all(
        r["overseasLink"] and r["discipline"] and r["series"] == "title-series/05" for r in shanghai
    )
    steps = {r["edition"]: r["step"] for r in found if "level" in r}
    assert steps == {
        "edition/310000-1/3.0": "zc:Assessment",
        "edition/500000-1/2023": "zc:Application",
    }
    silent = {r["edition"] for r in found if "open" not in r}
    assert silent == {"edition/320200-1/2021", "edition/330000-1/2023", "edition/110000-1/annex-5"}


def test_11_doctor_with_two_years(ask: Ask) -> None:
    found = ask("eligibility", degree="degree/doctorate", years="2", yearsInRegion="1")
    senior = {r["edition"]: r["open"] for r in found if r.get("level") == "title-level/40"}
    assert senior == {"edition/310000-1/3.0": "true", "edition/500000-1/2023": "true"}
    # Rule 9: a doctorate does not meet a line that prints only a master's degree (初级).
    assert not [r for r in found if r.get("level") == "title-level/junior"]


def test_11_one_year_in_the_city_is_missing(ask: Ask) -> None:
    found = ask("eligibility", degree="degree/bachelor", years="6", yearsInRegion="0")
    shanghai = [r for r in found if r["edition"] == "edition/310000-1/3.0"]
    assert {(r["missingYearsInRegion"], r["open"]) for r in shanghai} == {("1", "false")}


def test_12_years_of_holding(ask: Ask) -> None:
    found = ask("holding-conditions")
    assert {(row_of(r["entry"]), r["minYears"], row_of(r["withoutCondition"])) for r in found} == {
        ("SH-B21", "10", "SH-A89"),
        ("SH-C38", "10", "SH-A89"),
        ("SH-B23", "2", "SH-A99"),
        ("SH-C37", "2", "SH-A99"),
    }
    assert {(r["region"], r["edition"]) for r in found} == {(REGIONS["SH"], "edition/310000-1/3.0")}


def test_12_a_cma_of_three_years(ask: Ask, listed_on: ListedOn) -> None:
    found = ask("certificate-tiers", certificate=listed_on("SH-A89"))
    open_now = {r["tier"] for r in found if int(r.get("minYears", "0")) <= 3 and "tier" in r}
    assert open_now == {"tier/310000-1/3.0/A"}


def test_13_what_being_listed_does(ask: Ask) -> None:
    found = ask("what-listing-does")
    summary = {
        (
            r["edition"].partition("/")[2],
            r.get("section", ""),
            r.get("mode", ""),
            r.get("levels", ""),
        ): (
            int(r["rows"]),
            frozenset(r["effects"].split()),
        )
        for r in found
    }
    record = frozenset(
        {"RecognitionOnRecord", "NoNewPaper", "CountsForNextLevel", "OverseasExperienceCounts"}
    )
    compared = frozenset(
        {"RecognitionByComparison", "NoNewPaper", "CountsForNextLevel", "OverseasExperienceCounts"}
    )
    paper = frozenset({"RecognitionByComparison", "ElectronicCertificate"})
    assessed = frozenset({"DirectAssessment", "ElectronicCertificate"})
    benefit, corresponds = frozenset({"BenefitOnly"}), frozenset({"Correspondence"})
    exact, ceiling = "zc:ExactLevel", "zc:CeilingLevel"
    assert summary == {
        ("500000-1/2023", "", ceiling, "助理级"): (57, record),
        ("500000-1/2023", "", ceiling, "中级"): (115, record),
        ("500000-1/2023", "", ceiling, "助理级、中级"): (33, record),
        ("330000-1/2023", "", exact, "助理级"): (47, compared),
        ("330000-1/2023", "", exact, "中级"): (50, compared),
        ("330000-1/2023", "", exact, "助理级、中级"): (3, compared),
        ("320200-1/2021", "", exact, "助理级"): (13, paper),
        ("320200-1/2021", "", exact, "中级"): (48, paper),
        ("110000-1/annex-5", "1", exact, "副高级"): (8, corresponds),
        ("110000-1/annex-5", "2", exact, "中级"): (16, corresponds),
        ("110000-1/annex-5", "3", exact, "中级"): (9, corresponds),
        ("310000-1/3.0", "A", "", ""): (139, benefit),
        ("310000-1/3.0", "B", "", ""): (24, benefit),
        ("310000-1/3.0", "C", exact, "初级"): (2, assessed),
        ("310000-1/3.0", "C", exact, "中级"): (12, assessed),
        ("310000-1/3.0", "C", exact, "副高级"): (27, assessed),
    }


def test_13_no_list_gives_the_highest_level(select: Select) -> None:
    highest = "<https://w3id.org/zhicheng/id/title-level/50>"
    assert select(PREFIX + f"SELECT ?r {{ ?r zc:confersTitleLevel {highest} }}") == []


def _exemptions(found: list[Row]) -> set[tuple[str, ...]]:
    return {
        (
            row_of(r["exemption"]),
            *_values(
                r, "from", "kind", "count", "countMode", "remaining", "earnedBefore", "earnedAfter"
            ),
        )
        for r in found
    }


def test_14_what_a_chinese_cpa_buys(ask: Ask, listed_on: ListedOn) -> None:
    found = ask("exemptions", from_="qualification/q0001")
    cpa, exam, direct = "qualification/q0001", "zc:ExaminationExemption", "zc:DirectApplication"
    assert _exemptions(found) == {
        ("BJ2-7", cpa, exam, "9", "zc:Exactly", "", "", ""),
        ("BJ2-8", cpa, exam, "8", "zc:Exactly", "", "", ""),
        ("SH-D2", cpa, exam, "5", "zc:Exactly", "", "2009-12-31", ""),
        ("SH-D2-2", cpa, exam, "9", "zc:Exactly", "", "", "2009-12-31"),
        ("SH-D3", cpa, exam, "8", "zc:Exactly", "", "", ""),
        ("SH-D4", cpa, exam, "9", "zc:AtMost", "1", "", ""),
        ("SH-D5", cpa, exam, "13", "zc:AtMost", "", "", ""),
        ("SH-D5", cpa, direct, "13", "zc:AtMost", "", "", ""),
        ("SH-D6", cpa, exam, "13", "zc:AtMost", "", "", ""),
        ("SH-D6", cpa, direct, "13", "zc:AtMost", "", "", ""),
    }
    towards = {row_of(r["exemption"]): r["towards"] for r in found}
    assert towards["BJ2-7"] == towards["SH-D2"] == towards["SH-D2-2"] == listed_on("SH-A86")
    assert towards["BJ2-8"] == towards["SH-D4"] == listed_on("SH-A98")
    assert towards["SH-D5"] == listed_on("SH-A99")
    assert towards["SH-D6"] == listed_on("SH-A100")
    differing = {
        frozenset((row_of(r["exemption"]), row_of(r["differsFrom"])))
        for r in found
        if "differsFrom" in r
    }
    assert differing == {frozenset({"BJ2-8", "SH-D4"}), frozenset({"BJ2-7", "SH-D2"})}


def test_14_what_chinese_titles_buy(ask: Ask, listed_on: ListedOn) -> None:
    found = [r for r in ask("exemptions") if r["from"].startswith("title/")]
    by_row: dict[str, tuple[set[str], set[str], set[str]]] = {}
    for r in found:
        origins, kinds, targets = by_row.setdefault(row_of(r["exemption"]), (set(), set(), set()))
        origins.add(r["from"].removeprefix("title/"))
        kinds.add(r["kind"].removeprefix("zc:"))
        targets.add(r["towards"])
    entry, exam, direct = (
        {"EntryRequirementMet", "CourseExemption"},
        {"ExaminationExemption"},
        {"DirectApplication"},
    )
    juniors_and_up = {"19-20", "19-30", "19-40", "19-50"}
    economists_and_accountants = {"19-30", "19-40", "17-30", "17-40"}
    assert by_row == {
        "SH-D5": ({"17-40", "17-50"}, exam | direct, {listed_on("SH-A99")}),
        "SH-D7": (economists_and_accountants, entry, {listed_on("SH-A112")}),
        "SH-D8": (economists_and_accountants, entry, {listed_on("SH-A113")}),
        "SH-D9": (economists_and_accountants, entry, {listed_on("SH-A114")}),
        "SH-D10": ({"19-40", "19-50"}, exam, {listed_on("SH-A116")}),
        "SH-D11": ({"19-30", "19-40", "19-50"}, exam, {listed_on("SH-A117")}),
        "SH-D12": (juniors_and_up, exam | direct, {listed_on("SH-D12")}),
    }


def test_15_certificates_that_are_not_overseas(
    ask: Ask, select: Select, listed_on: ListedOn
) -> None:
    found = ask("certificates-by-issuer-country", country="CN")
    assert {(row_of(r["entry"]), r["issuerName"], r["level"]) for r in found} == {
        ("BJ3-1", "北京北辰实业集团有限责任公司", "中级"),
        ("BJ3-2", "瓴羊智能科技有限公司", "中级"),
        ("BJ3-3", "瓴羊智能科技有限公司", "中级"),
        *((f"BJ3-{n}", "华为技术有限公司", "中级") for n in range(4, 10)),
    }
    cibep = f"<https://w3id.org/zhicheng/id/{listed_on('BJ3-1')}>"
    mutual = select(
        PREFIX
        + f"SELECT DISTINCT ?n {{ {cibep} zc:mutuallyRecognized|^zc:mutuallyRecognized ?c . ?c skos:notation ?n }}"
    )
    assert {r["n"] for r in mutual} == {"CICE", "CICS"}


def test_editions_in_force(ask: Ask) -> None:
    def on(day: str) -> dict[str, str]:
        return {
            r["edition"].removeprefix("edition/"): r["status"]
            for r in ask("editions-in-force", day=day)
        }

    assert on("2023-10-20") == {
        "500000-1/2023": "yes",
        "330000-1/2023": "no",
        "320200-1/2021": "yes",
        "110000-1/annex-5": "unknown",
        "310000-1/3.0": "no",
        "310000-1/2.0": "unknown",
    }
    assert on("2025-10-30")["310000-1/3.0"] == "yes"
    assert on("2025-10-30")["310000-1/2.0"] == "no"
    assert on("2021-12-31")["320200-1/2021"] == "no"
    assert on("2022-01-01")["320200-1/2021"] == "yes"


def test_look_alikes(ask: Ask, listed_on: ListedOn) -> None:
    accountants = listed_on("SH-A93")
    found = ask("look-alikes", certificate=accountants)
    assert found
    assert all(r["reasonZh"] and r["reasonEn"] and r["other"] != accountants for r in found)


def test_ceilings_are_told_apart_from_real_differences(ask: Ask, listed_on: ListedOn) -> None:
    ceiling = {
        (r["certificate"], frozenset({r["regionA"], r["regionB"]}))
        for r in ask("divergences", kind="zc:CeilingDivergence")
    }
    mrics, fellow = listed_on("WX19"), listed_on("CQ87")
    assert (mrics, frozenset({REGIONS["SH"], REGIONS["WX"]})) in ceiling
    assert (mrics, frozenset({REGIONS["SH"], REGIONS["CQ"]})) in ceiling
    assert (fellow, frozenset({REGIONS["SH"], REGIONS["CQ"]})) in ceiling
    real = {r["certificate"] for r in ask("divergences", kind="zc:LevelDivergence")}
    assert real == {listed_on("WX1"), listed_on("ZJ62"), listed_on("SH-C36")}


def test_divergences_between_some_regions(ask: Ask) -> None:
    """Both sides are in the regions asked for; with none, the question is about all."""
    everywhere = ask("divergences")
    for places in (["SH", "CQ"], ["SH", "BJ", "WX"], ["SH"]):
        regions = [REGIONS[place] for place in places]
        found = ask("divergences", region=regions)
        inside = [r for r in everywhere if {r["regionA"], r["regionB"]} <= set(regions)]
        assert bool(inside) == (len(places) > 1)
        assert sorted(r["divergence"] for r in found) == sorted(r["divergence"] for r in inside)
        assert {r["regionA"] for r in found} | {r["regionB"] for r in found} <= set(regions)


def test_exemptions_of_some_regions(ask: Ask) -> None:
    everywhere = ask("exemptions")
    assert {r["region"] for r in everywhere} == {REGIONS["SH"], REGIONS["BJ"]}
    for regions in ([REGIONS["BJ"]], [REGIONS["BJ"], REGIONS["SH"]], [REGIONS["CQ"]]):
        assert ask("exemptions", region=regions) == [
            r for r in everywhere if r["region"] in regions
        ]
