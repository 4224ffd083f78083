"""The matcher on the real data: new certificates, equal names, letters, ambiguity."""

from __future__ import annotations

import pytest

from kgservice.matching.features import FEATURES
from kgservice.matching.fitting import FIRST_GUESS
from kgservice.matching.matcher import Matcher
from kgservice.matching.model import shipped_model
from kgservice.matching.proposals import Decision
from kgservice.matching.rows import PrintedRow
from kgservice.matching.sources import Sources


def _row(name: str, issuer: str = "", original: str = "", body: str = "") -> PrintedRow:
    return PrintedRow(
        "900001-1/2024/1",
        name,
        original,
        (issuer,) if issuer else (),
        (body,) if body else (),
    )


@pytest.mark.parametrize(
    "row",
    [
        _row("注册海岸工程师", "美国海岸学会", "Registered Coastal Engineer"),
        _row("会士", "加拿大皇家海岸学会", "Fellow", "Royal Coastal Society of Canada"),
        _row("美国注册核能工程师", "美国国家勘察设计考试者理事会", "PE Nuclear"),
        _row("NACE一级涂装检验师", "美国腐蚀工程师学会"),
        _row("英国皇家化学会学生会员", "英国皇家化学会"),
        _row("AWS认证自动驾驶工程师—专业", "亚马逊"),
    ],
)
def test_what_the_register_lacks_is_new(matcher: Matcher, row: PrintedRow) -> None:
    assert matcher.match(row).decision is Decision.NEW


@pytest.mark.parametrize(
    ("row", "certificate"),
    [
        (_row("会士", "国际计算机协会"), "c00037"),
        (_row("资深會員", "英国皇家特许测量师学会", "FRICS"), "c00086"),
        (_row("特许工程师（CEng）", "英国皇家航空学会", "Chartered Engineer"), "c00327"),
        (_row("特许工程师", "英国机械工程师学会", "CEng"), "c00080"),
        (_row("思科认证网络专家（数据中心）", "思科公司"), "c00058"),
        (_row("ＣＩＳＡ 注册信息系统审计师", "国际信息系统审计协会"), "c00259"),
    ],
)
def test_issuers_and_letters_tell_equal_names_apart(
    matcher: Matcher, row: PrintedRow, certificate: str
) -> None:
    best = matcher.match(row).parts[0].choices[0]
    assert best.id == f"certificate:{certificate}"
    assert best.probability > 0.5


def test_a_bare_grade_without_an_issuer_is_for_a_person(matcher: Matcher) -> None:
    for name in ("会士", "会员", "注册会计师", "建筑师"):
        assert matcher.match(_row(name)).decision is not Decision.AUTOMATIC


def test_another_body_is_never_automatic(matcher: Matcher) -> None:
    """Identity is never taken from a name alone: an equal name printed with a known other body."""
    proposal = matcher.match(_row("国际注册机械工程师", "美国土木工程师学会"))
    assert proposal.decision is not Decision.AUTOMATIC


def test_a_bare_grade_of_a_joined_body_is_for_a_person(matcher: Matcher) -> None:
    """会士 rests on the body alone, and the IEEE Computer Society is not IEEE."""
    row = _row("会士", "IEEE 计算机协会", "Fellow", "IEEE Computer Society")
    shared = matcher.compare(row, ["certificate:c00251"])[0][1][0]
    assert shared.fit == "related"
    assert not shared.firm


def test_letters_and_foreign_name_of_something_else_stand_against_an_equal_name(
    matcher: Matcher,
) -> None:
    name, issuer = "加拿大电气工程师", "加拿大工程师协会"
    for original, firm in (
        ("Electrical Engineering", True),
        ("Professional Licensee Engineering (P.L.Eng.)", False),
    ):
        found = matcher.compare(_row(name, issuer, original), ["certificate:c00098"])[0][1][0]
        assert found.firm is firm


def test_one_side_of_a_stroke_is_never_the_whole_name(matcher: Matcher) -> None:
    issuer = "英国皇家特许测量师学会"
    for name, exact in (("专业会员", 1.0), ("荣誉会员/专业会员", 0.0)):
        found = matcher.compare(_row(name, issuer), ["certificate:c00085"])[0][1][0]
        assert found.values["zh_exact"] == exact
        assert found.firm is bool(exact)
        assert found.values["zh_swapped"] == found.values["grade_conflict"] == 0.0


def test_the_first_letters_of_a_body_are_no_part_of_the_name(matcher: Matcher) -> None:
    row = _row("ACM杰出会员", "计算机器协会", "", "Association for Computing Machinery")
    assert matcher.compare(row, ["certificate:c00036"])[0][1][0].values["zh_exact"] == 1.0


def test_a_row_that_prints_two_certificates_lists_both(matcher: Matcher) -> None:
    row = _row("FIA/FFA 英国正精算师", "英国精算师协会", "", "Institute and Faculty of Actuaries")
    assert matcher.match(row).ids == {"certificate:c00267", "certificate:c00268"}


def test_two_levels_without_a_grade_propose_both_grades_to_a_person(matcher: Matcher) -> None:
    row = PrintedRow(
        "900001-1/2024/1", "热流体力学领域的分析技术者", issuers=("日本机械工程师协会",), levels=2
    )
    proposal = matcher.match(row)
    assert proposal.ids == {"certificate:c00160", "certificate:c00161"}
    assert proposal.decision is Decision.AMBIGUOUS


def test_the_order_of_what_is_known_does_not_matter(sources: Sources) -> None:
    certificates = dict(reversed(list(sources.known.certificates.items())))
    bodies = dict(reversed(list(sources.known.bodies.items())))
    turned = type(sources.known)(certificates, bodies, sources.known.look_alikes)
    model = shipped_model()
    one, other = Matcher(sources.known, model), Matcher(turned, model)
    for entry in list(sources.rows)[::25]:
        row = sources.rows[entry]
        left, right = one.match(row), other.match(row)
        assert left.decision is right.decision
        assert [part.confidence for part in left.parts] == [part.confidence for part in right.parts]


def test_every_feature_has_a_weight_of_the_stated_direction() -> None:
    model = shipped_model()
    assert set(model.weights) == set(FEATURES) == set(FIRST_GUESS)
    turned = [name for name in FEATURES if model.weights[name] * FIRST_GUESS[name] < 0]
    assert turned == []
    assert 0.5 <= model.threshold < 1
