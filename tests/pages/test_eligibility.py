"""“What is open to me”: the form, its answer with the failing condition named, and that nothing of it is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from conftest import BASE
from eligibility.large import make_facts, make_rows
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect
from running import kg_serve

from kgservice.api.context import ApiContext
from kgservice.api.eligibility import Known
from kgservice.api.eligibility_answer import AnswerWriter
from kgservice.api.eligibility_models import EditionAnswer, EligibilityAnswer, LevelLine
from kgservice.eligibility.facts import Facts, Rows
from kgservice.eligibility.person import Person
from kgservice.pages.answering import PageWriter
from kgservice.pages.eligibility.answer import gather_levels
from kgservice.pages.eligibility.page import make_router
from kgservice.pages.site import Site
from kgservice.release import Release
from kgservice.search.index import SearchIndex

from .conftest import PHONE, WIDE, Open

MRICS = {"c0": "MRICS", "c0-since": "2019-06-01", "on": "2025-11-20"}
SIX_YEARS = {
    **MRICS,
    **{"degree": "degree/bachelor", "work": "6", "years-310000": "1", "overseas": "yes"},
}


def ask(web: httpx.Client, data: dict[str, object], language: str = "zh") -> httpx.Response:
    return web.post(f"/eligibility?lang={language}", data=data)


def region(page: str, code: str) -> str:
    """The part of the answer on one region, as text."""
    found = page.partition(f'id="region/{code}"')[2].partition("</section>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def test_the_failing_condition_is_named(web: httpx.Client) -> None:
    page = ask(web, SIX_YEARS).text
    shanghai = region(page, "310000")
    assert "未满足 副高级" in shanghai
    assert "相关工作须满10年；现有6年，差4年" in shanghai
    assert "第 C24 行" in shanghai
    english = region(ask(web, SIX_YEARS, "en").text, "310000")
    assert "10 years of relevant work are asked for; 6 years given, 4 years short" in english


def test_open_is_not_granted_and_a_ceiling_is_said(web: httpx.Client) -> None:
    page = ask(web, SIX_YEARS).text
    chongqing = region(page, "500000")
    assert "条件已满足 最高可至 中级" in chongqing
    assert "所印为可对应的最高职称" in chongqing
    assert "是否授予由主管部门决定" in page


def test_not_listed_is_not_a_no(web: httpx.Client) -> None:
    page = ask(web, SIX_YEARS).text
    assert "未列入该版本，不等于不被认可" in region(page, "330000")
    assert "目录未列入（不等于不认可）" in page


def test_benefits_are_told_apart_from_titles(web: httpx.Client) -> None:
    page = ask(web, SIX_YEARS).text
    assert "便利服务（不是职称）" in region(page, "310000")
    foreign = region(ask(web, {**SIX_YEARS, "origin": "foreign"}).text, "310000")
    assert "只面向：外国籍；已满足" not in region(page, "310000")
    assert "条件已满足 外籍人员的多次签证" in foreign
    mainland = region(ask(web, {**SIX_YEARS, "origin": "mainland"}).text, "310000")
    assert "未满足 外籍人员的多次签证" in mainland


def test_what_was_not_said_is_unknown_and_can_be_filled_in(web: httpx.Client) -> None:
    page = ask(web, MRICS).text
    shanghai = region(page, "310000")
    assert "无法确定 副高级" in shanghai
    assert "未给出" in shanghai and "years_of_work" not in shanghai
    assert '<a href="#work">' in page and 'id="work"' in page
    for address in set(re.findall(r'href="#([^"]+)"', page)):
        assert f'id="{address}"' in page, address


@pytest.fixture
def country() -> Iterator[tuple[httpx.Client, list[list[str]]]]:
    """The page over sixty regions, of which two have a row; and for which regions it was worked out, each time."""
    facts, rows = make_facts(60), make_rows(50, 7)
    context = SimpleNamespace(
        release=SimpleNamespace(id="0" * 16, built=True), iri=lambda path: f"{BASE}/id/{path}"
    )
    asked: list[list[str]] = []

    class Watched(AnswerWriter):
        def write(self, on: date, regions: Any, **more: int) -> EligibilityAnswer:
            asked.append([one.region.id for one in regions])
            return super().write(on, regions, **more)

    class Sixty:
        async def get(self) -> tuple[Facts, AnswerWriter]:
            return facts, Watched(cast(ApiContext, context), facts)

        async def rows(self, _: Person) -> Rows:
            return rows

    app = FastAPI()
    writer = PageWriter(Site(), BASE, cast(Release, context.release))
    app.include_router(make_router(cast(Known, Sixty()), cast(SearchIndex, None), writer))
    with TestClient(app) as client:
        yield client, asked


def test_of_many_regions_some_are_shown_those_with_a_row_first(
    country: tuple[httpx.Client, list[list[str]]],
) -> None:
    client, asked = country
    page = ask(client, {"c0": "c00001"})
    assert page.status_code == 200
    shown = re.findall(r'<section class="card place" id="([^"]+)"', page.text)
    assert shown == asked[0] and len(shown) == 40
    assert shown[:4] == ["region/000007", "region/000050", "region/000001", "region/000002"]
    assert "共有 60 个地区，这里只列出 40 个，列有所持证书的在前。" in page.text
    assert '<a href="#regions">' in page.text and 'id="regions"' in page.text
    english = ask(client, {"c0": "c00001"}, "en").text
    assert "Of 60 regions 40 are shown, those first that list something held." in english
    some = ask(client, {"c0": "c00001", "region": ["000003", "000050"]})
    assert asked[2] == ["region/000050", "region/000003"]  # no other is worked out
    assert "这里只列出" not in some.text


def test_only_the_chosen_regions(web: httpx.Client) -> None:
    page = ask(web, {**SIX_YEARS, "region": ["320200", "500000"]}).text
    assert 'id="region/320200"' in page and 'id="region/500000"' in page
    assert 'id="region/310000"' not in page


@pytest.mark.parametrize("text", ["CPA", "Chartered Engineer", "测量师"])
def test_a_name_of_several_is_not_picked(web: httpx.Client, text: str) -> None:
    answer = ask(web, {**SIX_YEARS, "c0": text})
    assert answer.status_code == 200  # a step on the way, not a fault
    assert 'id="answer"' not in answer.text
    choices = re.findall(r'<input type="radio"[^>]+value="([^"]+)"', answer.text)
    assert len(choices) >= 2
    assert 'value="6"' in answer.text  # and what else was written is kept
    chosen = ask(web, {**SIX_YEARS, "c0": text, "c0-id": choices[0]})
    assert chosen.status_code == 200
    assert choices[0].partition(" ")[0] in chosen.text
    # The choice was for this text: another text is looked up anew.
    other = ask(web, {**SIX_YEARS, "c0": "MRICS", "c0-id": choices[0]})
    assert "certificate/c00085" in other.text and choices[0].partition(" ")[0] not in other.text


@pytest.mark.parametrize(
    ("data", "place", "said"),
    [
        ({"work": "3"}, "c0", "请至少填写一个证书"),
        ({"c0": ""}, "c0", "请至少填写一个证书"),
        ({"c0": "qwrtzuiop"}, "c0", "没有找到这一证书"),
        ({"c0": "MRICS", "work": "many"}, "work", "应为 0 至 100 的年数"),
        ({"c0": "MRICS", "work": "101"}, "work", "应为 0 至 100 的年数"),
        ({"c0": "MRICS", "years-310000": "-1"}, "years-310000", "应为 0 至 100 的年数"),
        ({"c0": "MRICS", "c0-since": "2019"}, "c0-since", "应为日期"),
        ({"c0": "MRICS", "on": "3000-01-01"}, "on", "应为日期"),
        ({"c0": "MRICS", "c1": "c00085"}, "c1", "上面已经填过"),
        ({"c0": "MRICS", "degree": ["none", "degree/master"]}, "degrees", "既选了"),
        ({"c0": "MRICS", "degree": ["degree/master", "degree/x"]}, "degrees", "不在选项之内"),
        ({"c0": "MRICS", "origin": "x"}, "origin", "不在选项之内"),
        ({"c0": "MRICS", "household": "440100"}, "household", "不在选项之内"),
        ({"c0": "MRICS", "region": ["310000", "440100"]}, "regions", "不在选项之内"),
    ],
)
def test_a_fault_stands_at_its_field(
    web: httpx.Client, data: dict[str, object], place: str, said: str
) -> None:
    answer = ask(web, data)
    named = {"work": "相关工作年限：", "years-310000": "其中在上海市的年限：", "c0-since": "何时取得：", "on": "按哪一天核对：", "degrees": "学历学位：", "origin": "身份：", "household": "户籍所在地：", "regions": "地区："}.get(place, "")  # fmt: skip
    assert answer.status_code == 400
    found = re.search(rf'id="{place}-fault">([^<]+)<', answer.text)
    assert found is not None and said in found[1]
    assert f'<a href="#{place}">{named}' in answer.text
    assert f'aria-describedby="{place}' in answer.text or f'id="{place}" aria-desc' in answer.text


def test_two_certificates_are_told_apart(web: httpx.Client) -> None:
    page = ask(web, {"c0": "英国特许公认会计师", "c1": "MRICS", "c1-since": "2019-06-01"}).text
    labels = [re.sub(r"<[^>]+>", "", one) for one in re.findall(r'<label for="c[0-9]-since">(.*?)</label>', page)]  # fmt: skip
    assert labels == ["何时取得（证书1）", "何时取得（证书2）"]
    both = ask(web, {"c0": "c00356", "c1": "c00348"}).text
    missed = re.findall(r'<a href="#c[0-9]-since">持证起始日([^<]*)</a>', both)
    assert missed == ["（资深公共会计师（澳大利亚））", "（注册管理会计师资格）"]
    one = ask(web, MRICS).text
    assert '<label for="c0-since">何时取得</label>' in one


def _level(series: str, row: str, rule: str) -> LevelLine:
    thing = {"id": f"series/{series}", "iri": f"{BASE}/id/series/{series}", "label": {"zh": series}}
    level = {"id": "title-level/30", "iri": f"{BASE}/id/title-level/30", "label": {"zh": "中级"}}
    ceiling = {"code": "ceiling", "kind": "subject_to", "zh": f"{row} 上限", "en": f"{row} ceiling"}
    source = {"entry": f"entry/{row}", "row": row, "edition": "edition/1", "certain": True}
    footing = {
        **{"certificate": thing, "level": level, "relation": "same", "status": "open"},
        **{"reasons": [], "source": source},
    }
    return LevelLine.model_validate(
        {
            **{"level": level, "step": "Application", "series": thing, "other_than": []},
            **{"line": {"status": "open", "reasons": []}, "status": "open", "reasons": []},
            **{"printed_degrees": [], "alternatives": [], "rows": [footing]},
            "subject_to": [ceiling],
            "source": {"rule": rule, "label": {"zh": rule}, "step": "Application", "edition": "e"},
        }
    )


def test_series_that_make_one_line_keep_all_their_grounds() -> None:
    lines = [_level("甲", "1", "rule/1"), _level("乙", "2", "rule/2"), _level("丙", "2", "rule/1")]
    (shown,) = gather_levels(cast(EditionAnswer, SimpleNamespace(levels=lines)))
    assert [label.zh for label in shown.series] == ["甲", "乙", "丙"]
    assert [row.source.row for row in shown.rows] == ["1", "2"]
    assert [source.rule for source in shown.sources] == ["rule/1", "rule/2"]
    assert [told.label.zh for told in shown.subject_to] == ["1 上限", "2 上限"]


def test_full_width_and_several_certificates(web: httpx.Client) -> None:
    data = {"c0": "ＭＲＩＣＳ", "c1": "特許金融分析師", "work": "１２", "degree": "degree/bachelor"}
    answer = ask(web, data)
    assert answer.status_code == 200
    assert "/doc/certificate/c00085" in answer.text and "/doc/certificate/c00264" in answer.text


def test_lines_are_added_and_removed_without_a_script(web: httpx.Client) -> None:
    more = ask(web, {"c0": "MRICS", "work": "x", "do": "add"})
    assert more.status_code == 200
    assert 'name="c1"' in more.text and "-fault" not in more.text and 'value="x"' in more.text
    less = ask(web, {"c0": "MRICS", "c1": "CFA", "do": "remove-0"})
    assert 'name="c1"' not in less.text and 'value="CFA"' in less.text


def test_a_link_may_name_the_certificate(web: httpx.Client) -> None:
    page = web.get("/eligibility?certificate=certificate/c00085").text
    assert 'value="英国皇家特许测量师学会专业会员"' in page
    assert "-fault" not in web.get("/eligibility?certificate=nothing").text


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"content-type": "application/json"}, b"{}", 415),
        ({}, b"", 415),
        ({"content-type": "application/x-www-form-urlencoded"}, "c0=证书".encode(), 400),
        ({"content-type": "application/x-www-form-urlencoded"}, b"c0=" + b"x" * 70000, 400),
        ({"content-type": "application/x-www-form-urlencoded"}, b"&".join([b"a=1"] * 500), 400),
        ({"content-type": "application/x-www-form-urlencoded"}, b"c0=%ff%00%ed%a0%80", 400),
    ],
)
def test_a_strange_body_is_answered(
    web: httpx.Client, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = web.post("/eligibility", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"


def test_nothing_is_kept(real_release: Release, tmp_path: Path) -> None:
    """Not in a cache, not in a cookie, not in a log, not in an address."""
    log = tmp_path / "log"
    with (
        log.open("wb") as file,
        kg_serve(
            real_release.path.parent, "--log", "json", "--log-queries", "on", output=file
        ) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        answer = client.post("/eligibility", data={**SIX_YEARS, "work": "37.25"})
        assert answer.status_code == 200 and "37.25" in answer.text
        faulty = client.post("/eligibility", data={"c0": "某人的秘密证书", "work": "37.25"})
        assert faulty.status_code == 400
        for one in (answer, faulty):
            assert one.headers["cache-control"] == "no-store"
            assert "etag" not in one.headers and "set-cookie" not in one.headers
            assert one.headers["referrer-policy"] == "no-referrer"
        wrong = client.post("/eligibility", content=b"{}")
        assert wrong.status_code == 415
        private = {"certificates": [{"id": "c00085"}], "years_of_work": 37.25}
        assert client.post("/api/eligibility", json=private).status_code == 200
        assert client.post("/api/eligibility", json=private | {"foreign": 1}).status_code == 400
        unknown = private | {"certificates": [{"id": "某人的秘密证书"}]}
        assert client.post("/api/eligibility", json=unknown).status_code == 404
        table = client.post("/api/eligibility/batch", content="编号\n秘密\n".encode())
        assert table.status_code == 400
    told = log.read_text("utf-8")
    lines = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    requests = [one for one in lines if "eligibility" in one.get("route", "")]
    assert [(one["status"], one["outcome"]) for one in requests] == [
        *((200, "ok"), (400, "parameter"), (415, "media-type")),
        *((200, "ok"), (400, "parameter"), (404, "unknown-id"), (400, "parameter")),
    ]
    assert "/eligibility" in told  # it does log requests
    for secret in ("37.25", "秘密", "2019-06-01", "MRICS", "degree/bachelor"):
        assert secret not in told


def fill(page: Page, certificate: str) -> None:
    page.locator("#c0").fill(certificate)
    page.locator("#c0-since").fill("2019-06-01")
    page.get_by_label("学士学位", exact=True).check()
    page.locator("#work").fill("6")
    page.locator("#on").fill("2025-11-20")


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_in_a_browser(browse: Open, width: int, javascript: bool) -> None:
    visit = browse("/eligibility", width=width, javascript=javascript)
    page = visit.page
    fill(page, "CPA")
    page.locator("button.big").click()
    expect(page.locator("#c0-fault")).to_be_visible()
    page.locator("#c0").fill("MRICS")
    page.locator("button.big").click()
    expect(page.locator("#answer")).to_contain_text("相关工作须满10年；现有6年，差4年")
    assert page.url.endswith("/eligibility")
    expect(page.locator("#work")).to_have_value("6")
    expect(page.get_by_label("学士学位", exact=True)).to_be_checked()
    if javascript:
        assert visit.overflow() == 0
        assert visit.barriers() == []


def test_a_suggestion_fills_the_field(browse: Open) -> None:
    page = browse("/eligibility").page
    field = page.locator("#c0")
    field.press_sequentially("CPA")
    expect(page.get_by_role("option").first).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    expect(field).not_to_have_value("CPA")
    name = field.input_value()
    page.locator("button.big").click()
    expect(page.locator("#answer")).to_be_visible()
    expect(page.locator("#c0")).to_have_value(name)


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_the_form_fits_and_has_no_barrier(browse: Open, width: int) -> None:
    for path in ("/eligibility", "/eligibility?lang=en"):
        visit = browse(path, width=width)
        assert visit.overflow() == 0
        assert visit.barriers() == []


def test_in_the_dark(browse: Open) -> None:
    visit = browse("/eligibility", dark=True)
    assert visit.barriers() == []
    fill(visit.page, "CPA")
    visit.page.locator("button.big").click()
    expect(visit.page.locator("#c0-fault")).to_be_visible()
    assert visit.barriers() == []
    visit.page.locator("#c0").fill("MRICS")
    visit.page.locator("button.big").click()
    expect(visit.page.locator("#answer")).to_be_visible()
    assert visit.barriers() == []
