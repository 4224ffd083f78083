"""Names as people write them, and what may never be taken without a person."""

from __future__ import annotations

from dataclasses import replace

import pytest
from opencc import OpenCC

from kgservice.matching.known import Known
from kgservice.matching.matcher import Matcher
from kgservice.matching.model import shipped_model
from kgservice.reconcile.certificates import find_certificates
from kgservice.reconcile.query import Condition, Query, Value
from kgservice.reconcile.register import Register, as_known
from tests.reconcile.conftest import Ask, ids, matched

MRICS, FRICS = "certificate/c00085", "certificate/c00086"


@pytest.mark.parametrize(
    "name",
    [
        "英国皇家特许测量师学会专业会员",
        "英國皇家特許測量師學會專業會員",
        "MRICS",
        "mrics",
        "ＭＲＩＣＳ",
        "Member of the Royal Institution of Chartered Surveyors",
        "RICS专业会员",
        "英国皇家特许测量师学会 专业会员（MRICS）",
        "特许会员/专业会员 (MRICS) RICS",
        MRICS,
        "c00085",
        f"https://w3id.org/zhicheng/id/{MRICS}",
        "http://example.org/doc/certificate%2Fc00085",
    ],
)
def test_a_name_that_names_its_body_is_a_match(ask: Ask, name: str) -> None:
    found = ask(name, type="certificate")
    assert ids(found)[:1] == [MRICS]
    assert matched(found) == [MRICS]


@pytest.mark.parametrize(
    ("name", "stated", "expected"),
    [
        ("专业会员", {"issuer": "RICS"}, MRICS),
        ("专业会员", {"issuer": "英国皇家特许测量师学会（RICS）"}, MRICS),
        ("专业会员", {"issuer": {"id": "issuer/i0028", "name": "something else"}}, MRICS),
        ("专业会员", {"issuer": ["RICS", "Royal Institution of Chartered Surveyors"]}, MRICS),
        ("資深會員", {"issuer": "英國皇家特許測量師學會"}, FRICS),
        ("会员", {"issuer": "RICS", "notation": "FRICS", "grade": "资深会员"}, FRICS),
        ("测量师", {"issuer": "RICS", "originalName": "Fellow", "notation": "FRICS"}, FRICS),
        (
            "Elektroniker/-in Informations- und Systemtechnik",
            {"issuer": "德国工商大会"},
            "certificate/c00117",
        ),
        (
            "Elektroniker/-in — Informations und Systemtechnik",
            {"issuer": "DIHK"},
            "certificate/c00117",
        ),
        ("CISA", {"issuer": "ISACA"}, "certificate/c00259"),
        ("美国注册岩土工程师", {"issuer": "NCEES", "country": "US"}, "certificate/c00005"),
    ],
)
def test_what_is_stated_decides(
    ask: Ask, name: str, stated: dict[str, object], expected: str
) -> None:
    assert ids(ask(name, type="certificate", **stated))[:1] == [expected]


@pytest.mark.parametrize(
    "name",
    [
        "会士",
        "Fellow",
        "专业会员",
        "注册会计师",
        "建筑师",
        "CPA",
        "PE",
        "工程师",
        "CISA",
        "FIA/FFA 英国正精算师",
    ],
)
def test_a_name_alone_is_never_a_match(ask: Ask, name: str) -> None:
    assert matched(ask(name)) == []


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("专业会员", {"issuer": "RICS", "country": "德国"}),
        ("专业会员", {"issuer": "RICS", "region": "北京"}),
        ("专业会员", {"issuer": "RICS", "notation": "FRICS"}),
        ("资深会员 MRICS", {"issuer": "RICS"}),
        ("专业会员", {"issuer": "美国建造师学会"}),
        ("专业会员", {"issuer": "没有登记的学会"}),
        ("固体力学领域的有限元分析技术者", {"issuer": "日本机械工程师协会"}),  # grade 1 or 2?
    ],
)
def test_what_contradicts_or_leaves_it_open_needs_a_person(
    ask: Ask, name: str, stated: dict[str, str]
) -> None:
    assert matched(ask(name, **stated)) == []


def test_a_grade_decides_between_two(ask: Ask) -> None:
    for grade, expected in (("2级", "certificate/c00158"), ("1级", "certificate/c00159")):
        found = ask("固体力学领域的有限元分析技术者", issuer="日本机械工程师协会", grade=grade)
        assert ids(found)[:1] == [expected]


def test_a_region_that_lists_it_counts_for_it(ask: Ask) -> None:
    listed = ask("专业会员", issuer="RICS", region="上海")
    other = ask("专业会员", issuer="RICS", region="110000")
    assert matched(listed) == [MRICS]
    assert next(one for one in other if one["id"] == MRICS)["score"] < listed[0]["score"]
    unknown = ask("专业会员", issuer="RICS", region="某地")  # no region here: says nothing
    assert matched(unknown) == [MRICS]


@pytest.mark.parametrize(
    ("name", "expected", "sure"),
    [
        ("英国皇家特许测量师学会", "issuer/i0028", True),
        ("英國皇家特許測量師學會", "issuer/i0028", True),
        ("Royal Institution of Chartered Surveyors", "issuer/i0028", True),
        ("The Royal Institution of Chartered Surveyors (RICS)", "issuer/i0028", True),
        ("RICS", "issuer/i0028", False),  # letters stand for several bodies in the world
        ("皇家特许测量师协会", "issuer/i0028", False),
        ("issuer/i0028", "issuer/i0028", True),
    ],
)
def test_issuers(ask: Ask, name: str, expected: str, sure: bool) -> None:
    found = ask(name, type="issuer")
    assert ids(found)[:1] == [expected]
    assert matched(found) == ([expected] if sure else [])
    assert {one["type"][0]["id"] for one in found} == {"issuer"}


def test_types_are_kept_apart(ask: Ask) -> None:
    assert {one["type"][0]["id"] for one in ask("LEED AP", type="family")} == {"family"}
    both = ask("LEED AP", type=["certificate", "family"])
    assert {one["type"][0]["id"] for one in both} == {"certificate", "family"}
    loose = ask("LEED AP", type="family", type_strict="should")
    assert loose[0]["type"][0]["id"] == "family"
    assert any(one["type"][0]["id"] == "certificate" for one in loose)


def test_the_language_follows_the_client(ask: Ask) -> None:
    zh, en = (ask("MRICS", accept_language=one)[0] for one in ("zh-CN", "en-GB,en;q=0.8"))
    assert zh["name"] == "英国皇家特许测量师学会专业会员"
    assert en["name"] == "Member of the Royal Institution of Chartered Surveyors"
    assert en["type"] == [{"id": "certificate", "name": "certificate"}]
    assert "英国" in zh["description"] and "United Kingdom" in en["description"]


def _stated(issuers: tuple[str, ...]) -> tuple[Condition, ...]:
    return (Condition("issuer", tuple(Value("", one) for one in issuers)),) if issuers else ()


@pytest.mark.timeout(900)  # thousands of names, on a machine that may be busy
def test_every_registered_name_is_matched_with_its_own_or_with_nothing(register: Register) -> None:
    """With its body; letters, and labels in traditional characters, without it."""
    traditional = OpenCC("s2t").convert
    sure = 0
    for thing in register.things.values():
        if thing.type == "issuer":
            continue
        asked = [(name, _stated(thing.issuers)) for name in (*thing.names, *thing.letters)]
        asked += [(name, ()) for name in (*thing.letters, traditional(thing.zh or ""))]
        for name, stated in asked:
            found = find_certificates(Query((name,), conditions=stated), register)
            taken = [one.id for one in found if one.match]
            assert taken in ([], [thing.id]), (name, thing.id, taken)
            sure += bool(taken)
    assert sure > 1000


@pytest.mark.timeout(900)
def test_a_look_alike_is_not_taken_for_what_is_unknown(register: Register) -> None:
    """Every third certificate in turn is unknown, and its look-alikes are known."""
    known = register.matcher.known
    merged = set()
    for one in sorted(register.look_alikes)[::3]:
        thing = register.things[one]
        rest = {key: value for key, value in known.certificates.items() if key != as_known(one)}
        without = replace(register, matcher=Matcher(Known(rest, known.bodies), shipped_model()))
        for name in dict.fromkeys((thing.zh or "", *thing.letters)):
            query = Query((name,), conditions=_stated(thing.issuers))
            found = find_certificates(query, without)
            merged |= {(one, other.id) for other in found if other.match}
    assert not {(one, other) for one, other in merged if other in register.look_alikes[one]}
