"""Names side by side: what tells neighbours apart, and what is only another way to print one thing."""

from __future__ import annotations

import pytest

from kgservice.matching.grades import compare_grades, compare_numbers, read_grading
from kgservice.matching.issuers import NEAR, similarity
from kgservice.matching.rows import PrintedRow, split_row
from kgservice.matching.text import codes, core, key


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("会员", "会士"),
        ("高级会员", "会士"),
        ("高级会员", "准会员"),
        ("特许会员", "专业会员"),
        ("Senior Member", "Fellow"),
        ("Member", "Associate Member"),
        ("注册机械工程师", "特许机械工程师"),
        ("AWS 认证解决方案架构师-初级", "AWS 认证解决方案架构师-专业"),
        ("ITIL Foundation", "ITIL Practitioner"),
        ("Solutions Architect Associate", "Solutions Architect Professional"),
    ],
)
def test_neighbouring_grades_conflict(left: str, right: str) -> None:
    gap = compare_grades(read_grading(left).grades, read_grading(right).grades)
    assert gap.conflict == 1.0


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("资深会员", "高级会员"),
        ("资深会员", "会士"),
        ("Senior Members", "Senior Member"),
        ("Fellowship", "Fellow"),
        ("会士", "Fellow"),
        ("准会员", "Associateship"),
        ("专业会员", "Professional Members"),
    ],
)
def test_words_for_one_grade_agree(left: str, right: str) -> None:
    gap = compare_grades(read_grading(left).grades, read_grading(right).grades)
    assert gap.conflict == gap.rank_extra == gap.other_extra == 0.0


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("NACE 二级涂装检验师", "2"),
        ("注册供应链管理师三级", "3"),
        ("SCPro™ Level Two", "2"),
        ("技术者1级", "1"),
        ("技術者2級", "2"),
        ("CIPS 证书(4 级及以上)", "4"),
        ("AFC B级教练员", "b"),
    ],
)
def test_level_numbers_are_read(text: str, number: str) -> None:
    assert read_grading(text).numbers == {number}


def test_numbers_of_versions_are_no_levels() -> None:
    assert read_grading("SQL Server 2012/2014").numbers == frozenset()


def test_levels_conflict_only_if_both_sides_print_one() -> None:
    two, three, none = (frozenset(one) for one in ("2", "3", ""))
    assert compare_numbers(two, three) == (1.0, 0.0)
    assert compare_numbers(two, none) == (0.0, 1.0)
    assert compare_numbers(two, two) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("思科认证网络专家—数据中心", "思科认证网络专家 - 数据中心"),
        ("ＩＢＭ ＡＩ 工程专业证书", "IBM AI工程专业证书"),
        ("美国绿色建筑认证专家(LEED 绿色家园)", "美国绿色建筑认证专家（LEED绿色家园）"),
        ("Elektroniker/-in -Betriebstechnik", "Elektroniker/-in – Betriebstechnik"),
        ("Mechatroniker/-in für Kältetechnik", "mechatroniker/-in fur kaltetechnik"),
    ],
)
def test_layout_does_not_count(left: str, right: str) -> None:
    assert key(left) == key(right)


def test_the_core_of_a_name_leaves_out_who_issues_it() -> None:
    issuers = ["英国皇家化学会", "Royal Society of Chemistry"]
    assert core("英国皇家化学会会士", issuers, frozenset()).zh == "会士"
    assert core("加拿大机械工程师", ["加拿大工程师协会"], frozenset()).zh == "机械工程师"


def test_letters_are_told_from_words() -> None:
    assert codes("Chartered Chemist, CChem") == {"cchem"}
    assert codes("LEED Accredited Professional (BD+C)") == {"leed", "bd+c"}
    assert codes("Fellow") == frozenset()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("美国计算机协会", "美国计算机学会"),
        ("数据管理国际协会", "国际数据管理协会"),
        ("加拿大职业工程师委员会", "加拿大工程师协会"),
        ("德国工商总会", "德国工商大会"),
        ("The Institution of Mechanical Engineers", "Institution of Mechanical Engineers"),
    ],
)
def test_one_body_under_two_names(left: str, right: str) -> None:
    assert similarity(left, right) >= NEAR


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("美国计算机学会", "英国计算机学会"),
        ("英国化学工程师学会", "英国机械工程师学会"),
        ("香港测量师学会", "香港建筑师学会"),
        ("Institution of Chemical Engineers", "Institution of Mechanical Engineers"),
        ("美国焊接协会", "亚马逊"),
    ],
)
def test_two_bodies_with_like_names(left: str, right: str) -> None:
    assert similarity(left, right) < NEAR


def _parts(name: str, original: str = "", grades: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    row = PrintedRow("900001-1/2024/1", name, original, grades=grades)
    return [(part.name, part.original) for part in split_row(row)]


def test_a_row_with_several_grades_is_split() -> None:
    assert _parts("振动领域的技术者2级、1级", "技術者2级、1级", ("2级", "1级")) == [
        ("振动领域的技术者 2级", "技術者 2级"),
        ("振动领域的技术者 1级", "技術者 1级"),
    ]
    grades = ("注册会计师", "资深注册会计师")
    assert _parts("澳洲资格（注册及资深注册会计师）", "", grades) == [
        ("澳洲资格 注册会计师", ""),
        ("澳洲资格 资深注册会计师", ""),
    ]


def test_a_row_with_several_letters_is_split() -> None:
    assert _parts("FIA/FFA 英国正精算师") == [("FIA 英国正精算师", ""), ("FFA 英国正精算师", "")]
    originals = [original for _, original in _parts("LEED 专业级证书", "LEED (0+M/ND/Homes)")]
    assert originals == ["LEED (0+M)", "LEED (ND)", "LEED (Homes)"]


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("特许会员/专业会员", "MRICS"),
        ("会士", "Fellow/FIMechE"),
        ("数理技术软件开发员", "Mathematisch-technische/-r Softwareentwickler/-in"),
        ("SQL Server数据管理认证SQL Server 2012/2014", ""),
        ("VDI 工程师卡（电子信息工程—结构，连接与电路技术）", ""),
    ],
)
def test_other_strokes_split_nothing(name: str, original: str) -> None:
    assert _parts(name, original) == [(name, original)]


def test_and_upward_is_no_part_of_the_grade() -> None:
    assert _parts("资深专业会员及以上", "", ("资深专业会员及以上",)) == [("资深专业会员", "")]
