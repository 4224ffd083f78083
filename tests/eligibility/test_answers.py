"""Whole answers for a few people, line by line, as the competency questions 11 and 12 give them."""

from __future__ import annotations

from datetime import date

import pytest

from kgservice.eligibility.reasons import single_failing
from kgservice.eligibility.status import Status

from .conftest import CMA, FIPA, MRICS, WholeFacts, person
from .lines import Lines, answer, lines_of

# What holds in every answer below for somebody whose certificate is not listed there.
SILENT = {
    "BJ application none line": "undecided standard_not_printed",
    "BJ application none": "undecided in_force standard_not_printed",
    "WX application none line": "undecided none_stated",
    "WX application none": "undecided none_stated",
    "ZJ application none line": "undecided none_stated",
    "ZJ application none": "undecided none_stated",
}
BACHELOR = {"degrees": "bachelor", "science_or_engineering": True, "years_of_work": 6}


def _some(lines: Lines, start: str) -> Lines:
    return {key: value for key, value in lines.items() if key.startswith(start)}


def _titles(lines: Lines) -> Lines:
    return {key: value for key, value in lines.items() if " title " in key}


def _both_series(level: str, line: str, whole: str) -> Lines:
    return {
        key: value
        for series in ("05", "other")
        for key, value in (
            (f"SH assessment {level} {series} line", line),
            (f"SH assessment {level} {series}", whole),
        )
    }


def test_question_11_bachelor_six_years_one_in_the_city_mrics(facts: WholeFacts) -> None:
    one = person(MRICS, **BACHELOR, years_in_region=1, overseas_link=True, foreign=False)
    assert lines_of(one, facts) == SILENT | {
        "BJ without c00085": "undecided not_listed",
        "ZJ without c00085": "undecided not_listed",
        # Shanghai: 初级 and 中级 by degree and years, but the row is 副高级.
        "SH title C24 40": "not_open years_of_work:10-6=4",
        **_both_series("junior", "open", "undecided lower_level_not_stated"),
        **_both_series("30", "open", "undecided lower_level_not_stated"),
        **_both_series("40", "not_open years_of_work:10-6=4", "not_open years_of_work:10-6=4"),
        "SH tier A": "open",
        **{f"SH benefit A-{n}": "not_open holder_kind" for n in ("1", "1-2", "2", "2-2")},
        "SH benefit A-3": "undecided holder_kind?",
        "SH benefit A-4": "undecided holder_kind?",
        "SH benefit A-5": "open",
        "SH benefit A-6": "open",
        # Chongqing: recognition asks for nothing; applying for 中级 is possible.
        "CQ title 86 ≤30": "open",
        "CQ application junior line": "open",
        "CQ application junior": "undecided lower_level_not_stated",
        "CQ application 30 line": "open",
        "CQ application 30": "open",
        "CQ application 40 line": "not_open years_of_work:10-6=4",
        "CQ application 40": "not_open years_of_work:10-6=4 ceiling",
        # Wuxi: no degree and no years are printed.
        "WX title 19 30": "open",
    }


def test_question_11_shanghai_also_wants_an_overseas_link(facts: WholeFacts) -> None:
    unsaid = lines_of(person(MRICS, **BACHELOR, years_in_region=1), facts)
    assert unsaid["SH title C24 40"] == "not_open years_of_work:10-6=4 overseas_link?"
    assert unsaid["SH assessment 30 05 line"] == "undecided overseas_link?"
    none = lines_of(person(MRICS, **BACHELOR, years_in_region=1, overseas_link=False), facts)
    assert none["SH assessment 30 05 line"] == "not_open overseas_link"
    assert none["SH title C24 40"] == "not_open years_of_work:10-6=4 overseas_link"
    assert none["CQ title 86 ≤30"] == unsaid["CQ title 86 ≤30"] == "open"


def test_question_11_the_reasons_in_words(facts: WholeFacts) -> None:
    one = person(MRICS, **BACHELOR, years_in_region=1, overseas_link=True)
    regions = {region.region.id: region for region in answer(one, facts)}
    shanghai = regions["region/310000"].editions[0]
    (title,) = shanghai.titles
    assert single_failing(title.status, title.reasons) == "years_of_work"
    assert [(r.zh, r.en) for r in title.reasons] == [
        (
            "相关工作须满10年；现有6年，差4年",
            "10 years of relevant work are asked for; 6 years given, 4 years short",
        )
    ]
    assert title.rule is not None and title.rule.name.id == "rule/310000-1/3.0/1"
    assert title.line is not None
    assert [(w.alternative.degree, w.alternative.min_years) for w in title.line.ways] == [
        ("degree/bachelor", 10)
    ]
    (chongqing,) = regions["region/500000"].editions[0].titles
    assert chongqing.rule is None
    assert [note.code for note in chongqing.subject_to] == [
        "procedure",
        "ceiling",
        "no_degree_or_years_asked",
    ]
    assert "备案" in chongqing.subject_to[0].zh
    (wuxi,) = regions["region/320200"].editions[0].titles
    assert [note.code for note in wuxi.subject_to] == ["procedure", "none_stated"]
    levels = regions["region/500000"].editions[0].levels
    assert {note.code for line in levels for note in line.subject_to} == {
        "external_standard",
        "ceiling",
    }


def test_question_11_one_year_in_the_city(facts: WholeFacts) -> None:
    given = BACHELOR | {"years_of_work": 10, "overseas_link": True}
    elsewhere = lines_of(person(MRICS, **given, years_in_region={"500000": "9"}), facts)
    assert elsewhere["SH title C24 40"] == "undecided years_in_region?"
    short = lines_of(person(MRICS, **given, years_in_region={"310000": "0.5"}), facts)
    assert short["SH title C24 40"] == "not_open years_in_region:1-0.5=0.5"
    enough = lines_of(person(MRICS, **given, years_in_region={"310000": "1"}), facts)
    assert enough["SH title C24 40"] == "open"


def test_question_11_a_doctor_with_two_years(facts: WholeFacts) -> None:
    given = {"degrees": "doctorate", "science_or_engineering": True, "years_of_work": 2}
    lines = lines_of(person(**given, years_in_region=1, overseas_link=True), facts)
    for level, line in (("junior", "not_open degree_not_printed"), ("30", "open"), ("40", "open")):
        assert lines[f"SH assessment {level} 05 line"] == line
        assert lines[f"CQ application {level} line"] == line
    # Without a listed certificate the way is not open, which the line itself does not say.
    assert lines["SH assessment 40 05"] == "not_open no_listed_certificate"
    assert lines["CQ application 40"] == "not_open no_listed_certificate"
    holder = lines_of(person(MRICS, **given, years_in_region=1, overseas_link=True), facts)
    assert holder["SH title C24 40"] == "open"
    # A ceiling is not a title that is granted: whether 副高级 is the next one is not known.
    assert holder["CQ application 40"] == "undecided ceiling"
    one_year = lines_of(person(MRICS, **given | {"years_of_work": 1}, years_in_region=1), facts)
    assert one_year["SH title C24 40"] == "not_open years_of_work:2-1=1 overseas_link?"


def test_a_doctorate_is_not_a_masters_degree(facts: WholeFacts) -> None:
    lines = lines_of(person(MRICS, degrees="doctorate", years_of_work=30), facts)
    assert lines["CQ application junior line"] == "not_open degree_not_printed"
    both = lines_of(person(MRICS, degrees="doctorate master", years_of_work=30), facts)
    assert both["CQ application junior line"] == "open"


@pytest.mark.parametrize("degree", ["master", "second-bachelor"])
def test_a_master_and_a_second_bachelor_need_no_year_for_a_junior_title(
    degree: str, facts: WholeFacts
) -> None:
    lines = lines_of(person(degrees=degree, years_of_work=0), facts)
    assert lines["CQ application junior line"] == "open"
    assert lines["CQ application 30 line"] == "not_open years_of_work:2-0=2"
    assert lines["CQ application 40 line"] == "not_open years_of_work:7-0=7"
    # Zero years are asked for, so none need be given.
    unsaid = lines_of(person(degrees=degree), facts)
    assert unsaid["CQ application junior line"] == "open"
    assert unsaid["CQ application 30 line"] == "undecided years_of_work?"


def test_degree_and_education_are_two(facts: WholeFacts) -> None:
    for degrees in ("bachelor", "undergraduate", "bachelor undergraduate"):
        lines = lines_of(person(degrees=degrees, years_of_work=4), facts)
        assert lines["CQ application 30 line"] == "not_open years_of_work:5-4=1"
    college = lines_of(person(degrees="college", years_of_work=7), facts)
    assert college["CQ application 30 line"] == "open"
    assert college["CQ application 40 line"] == "not_open degree_not_printed"
    # Shanghai prints no line for 大专 at all.
    assert college["SH assessment 30 other line"].startswith("not_open degree_not_printed")


def test_question_12_a_cma_of_three_years_has_tier_a_only(facts: WholeFacts) -> None:
    given = {"degrees": "bachelor", "science_or_engineering": True, "years_of_work": 12}
    given |= {"foreign": True, "local_household": False}
    holder = person((CMA, "2022-11-20"), **given, years_in_region=2, overseas_link=True)
    lines = lines_of(holder, facts)
    assert _some(lines, "SH tier") == {
        "SH tier A": "open",
        "SH tier B": "not_open years_holding:10-3=7",
    }
    assert _titles(lines) == {"SH title C38 40": "not_open years_holding:10-3=7"}
    assert {value for key, value in lines.items() if key.startswith("SH benefit B")} == {
        "not_open years_holding:10-3=7"
    }
    (tier,) = [
        tier
        for region in answer(holder, facts)
        for edition in region.editions
        for tier in edition.benefits
        if tier.tier.name.id.endswith("/B")
    ]
    assert [reason.met_from for reason in tier.reasons] == [date(2032, 11, 20)]
    assert {footing.claim.row.row for footing in tier.footings} == {"B21"}
    ten = lines_of(person((CMA, "2015-11-20"), **given, years_in_region=2), facts)
    assert ten["SH tier B"] == "open"
    unsaid = lines_of(person(CMA, **given), facts)
    assert _some(unsaid, "SH tier") == {
        "SH tier A": "open",
        "SH tier B": "undecided years_holding?",
    }


@pytest.mark.parametrize(
    ("since", "tier", "title"),
    [
        ("2024-11-20", "not_open years_holding:2-1=1", "not_open years_holding:2-1=1"),
        ("2023-11-21", "not_open years_holding:2-1.99=0.01", "not_open years_holding:2-1.99=0.01"),
        ("2023-11-20", "open", "open"),
    ],
)
def test_question_12_fipa(since: str, tier: str, title: str, facts: WholeFacts) -> None:
    lines = lines_of(
        person(
            (FIPA, since),
            degrees="master",
            science_or_engineering=True,
            years_of_work=7,
            years_in_region=1,
            overseas_link=True,
        ),
        facts,
    )
    assert (lines["SH tier B"], lines["SH title C37 40"]) == (tier, title)
    assert lines["SH tier A"] == "open"


def test_a_degree_that_is_not_in_engineering(facts: WholeFacts) -> None:
    given = {"degrees": "bachelor", "years_of_work": 12, "years_in_region": 2}
    lines = lines_of(
        person(MRICS, **given, overseas_link=True, science_or_engineering=False), facts
    )
    # The demand is for titles of the engineering series only, and row C24 prints no series.
    assert lines["SH assessment 40 05 line"] == "not_open discipline"
    assert lines["SH assessment 40 other line"] == "open"
    assert lines["SH title C24 40"] == "undecided series_not_printed"
    # Chongqing asks for no discipline.
    assert lines["CQ application 40 line"] == "open"
    unsaid = lines_of(person(MRICS, **given, overseas_link=True), facts)
    assert unsaid["SH title C24 40"] == "undecided discipline? series_not_printed"


def test_several_certificates(facts: WholeFacts) -> None:
    """Any row will do; each certificate has its own lines."""
    assoc = next(
        row.certificate
        for editions in facts.rows.values()
        for rows in editions.values()
        for row in rows
        if row.entry == "entry/310000-1/3.0/C25"
    )
    lines = lines_of(person(MRICS, assoc, **BACHELOR, years_in_region=1, overseas_link=True), facts)
    assert _titles(_some(lines, "SH")) == {
        "SH title C24 40 c00085": "not_open years_of_work:10-6=4",
        "SH title C25 junior c00084": "open",
    }
    # 初级 by the row of AssocRICS; no row gives 中级: one is above it, one below.
    assert lines["SH assessment junior 05"] == "open"
    assert lines["SH assessment 30 05"] == "undecided lower_level_not_stated"
    alone = lines_of(person(assoc, **BACHELOR, years_in_region=1, overseas_link=True), facts)
    assert alone["SH assessment 30 05"] == "not_open row_level"


def test_a_row_with_several_levels_and_no_readable_rule(facts: WholeFacts) -> None:
    vdi = _listed_on(facts, "entry/500000-1/2023/120")
    lines = lines_of(person(vdi, degrees="bachelor", years_of_work=12), facts)
    assert lines["CQ title 120 ≤20/30"] == "undecided outcome_not_stated"
    assert lines["CQ application junior"] == "undecided lower_level_not_stated"
    assert lines["CQ application 30"] == "undecided ceiling"
    for row in ("158", "159", "160"):
        jsme = _listed_on(facts, f"entry/500000-1/2023/{row}")
        lines = lines_of(person(jsme), facts)
        assert lines[f"CQ title {row} ≤20/30"] == "undecided outcome_not_stated"


def test_the_outcome_of_the_grade_that_is_held(facts: WholeFacts) -> None:
    foundation, practitioner, manager = "c00186", "c00187", "c00188"
    held = [f"certificate/{one}" for one in (foundation, practitioner, manager)]
    assert _titles(lines_of(person(*held), facts)) == {
        f"CQ title 183 ≤20 {foundation}": "open",
        f"CQ title 183 ≤30 {practitioner}": "open",
        f"CQ title 183 ≤30 {manager}": "open",
    }
    grades = {
        title.grants[0].grade
        for region in answer(person(held[0]), facts)
        for edition in region.editions
        for title in edition.titles
    }
    assert grades == {"grade/s18-10"}
    zhejiang = {
        (row.certificate, grant.level, row.readable)
        for editions in facts.rows.values()
        for rows in editions.values()
        for row in rows
        for grant in row.grants
        if row.entry == "entry/330000-1/2023/88"
    }
    assert sorted((level, readable) for _, level, readable in zhejiang) == [
        ("title-level/20", True),
        ("title-level/30", True),
    ]


def test_a_covered_certificate_is_shown_as_derived(facts: WholeFacts) -> None:
    leed = "certificate/c00010"
    lines = lines_of(person(leed), facts)
    assert lines["BJ title 2-6 30"] == "undecided in_force standard_not_printed"
    assert lines["WX title 4 30"] == lines["CQ title 10 ≤30"] == "open"
    titles = [
        title
        for region in answer(person(leed), facts)
        for edition in region.editions
        for title in edition.titles
    ]
    derived = {t.claim.row.row for t in titles if "derived" in {n.code for n in t.subject_to}}
    assert derived == {"2-6"} == {t.claim.row.row for t in titles if t.claim.row.basis == "covered"}


def test_a_family_says_not_which_member_is_held(facts: WholeFacts) -> None:
    lines = lines_of(person("family/f0002"), facts)
    assert lines["BJ title 2-6 30"] == "undecided in_force standard_not_printed"
    assert {lines[f"WX title {row} 30"] for row in (4, 5, 6, 7, 8)} == {"undecided family_member?"}
    assert lines["SH tier A"] == "undecided family_member?"


def test_what_is_missing_is_named(facts: WholeFacts) -> None:
    lines = lines_of(person(MRICS), facts)
    assert lines["SH title C24 40"] == (
        "undecided degree? years_of_work? years_in_region? discipline? overseas_link?"
    )
    assert lines["CQ application 30"] == "undecided degree?"  # a doctor needs no year
    assert lines["CQ title 86 ≤30"] == lines["WX title 19 30"] == "open"
    bachelor = lines_of(person(MRICS, degrees="bachelor"), facts)
    assert bachelor["CQ application 30"] == "undecided years_of_work?"
    parameters = {
        reason.parameter
        for region in answer(person(CMA), facts)
        for edition in region.editions
        for title in edition.titles
        for reason in title.reasons
    }
    assert parameters == {
        "certificates.0.held_since",
        "degrees",
        "years_of_work",
        "years_in_region.310000",
        "overseas_link",
        "discipline.science_or_engineering",
    }


def test_holders_of_the_three_kinds(facts: WholeFacts) -> None:
    def opened(**data: object) -> set[str]:
        lines = _some(lines_of(person(MRICS, **data), facts), "SH benefit A")
        return {
            key.removeprefix("SH benefit A-") for key, value in lines.items() if value == "open"
        }

    everyone = {"5", "6"}
    nobody = {"foreign": False, "hong_kong_macao_taiwan": False, "local_household": True}
    assert opened(**nobody) == everyone
    assert opened(**nobody | {"foreign": True}) == everyone | {"1", "1-2", "2", "2-2", "4"}
    assert opened(**nobody | {"hong_kong_macao_taiwan": True}) == everyone | {"4"}
    assert opened(**nobody | {"local_household": {"310000": False}}) == everyone | {"3"}
    # A household in another region says nothing of this one.
    assert opened(**nobody | {"local_household": {"500000": False}}) == everyone


def test_editions_by_the_day(facts: WholeFacts) -> None:
    early = lines_of(person(MRICS, on=date(2023, 10, 20)), facts)
    assert early["CQ title 86 ≤30"] == early["WX title 19 30"] == "open"
    assert early["ZJ"] == "undecided no_edition_in_force"  # from 1 November
    assert early["SH edition"] == "undecided contents_unknown"  # 2.0, whose rows are not known
    assert "SH without c00085" not in early
    assert early["BJ application none"] == "undecided in_force standard_not_printed"
    last = lines_of(person(MRICS, on=date(2025, 10, 29)), facts)
    first = lines_of(person(MRICS, on=date(2025, 10, 30)), facts)
    assert "SH title C24 40" not in last and "SH edition" in last
    assert "SH title C24 40" in first and "SH edition" not in first


def test_a_certificate_that_comes_later(facts: WholeFacts) -> None:
    lines = lines_of(person((MRICS, "2026-01-01")), facts)
    assert lines["WX title 19 30"] == "not_open certificate_not_yet_held"
    assert lines["SH tier A"] == "not_open certificate_not_yet_held"


def test_not_listed_is_never_not_recognised(facts: WholeFacts) -> None:
    for region in answer(person(MRICS), facts):
        for edition in region.editions:
            for one in edition.not_listed:
                assert one.reason.kind == "not_stated"
                assert "不等于不被认可" in one.reason.zh
                assert "not “not recognised”" in one.reason.en
                scope = edition.edition.scope
                assert scope is None or (
                    scope.zh in one.reason.zh and scope.english in one.reason.en
                )


def test_each_status_has_the_reasons_that_fit_it(facts: WholeFacts) -> None:
    held = [path for path in sorted(facts.rows) if path.startswith("certificate/")]
    for path in held[::7]:
        one = person(path, degrees="bachelor", years_of_work=6, years_in_region=1)
        for value in lines_of(one, facts).values():
            assert (value == "open") or len(value.split()) > 1
        for region in answer(one, facts):
            for edition in region.editions:
                lines = [*edition.titles, *edition.levels, *edition.benefits]
                for line in lines:
                    kinds = {reason.kind for reason in line.reasons}
                    assert ("fails" in kinds) == (line.status is Status.NOT_OPEN)
                    assert all(reason.zh and reason.en for reason in line.reasons)


def _listed_on(facts: WholeFacts, entry: str) -> str:
    return next(
        row.certificate
        for editions in facts.rows.values()
        for rows in editions.values()
        for row in rows
        if row.entry == entry and row.certificate.startswith("certificate/")
    )
