"""The comparison: the page against the API, the table against the page, and how it stands in a window."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import httpx
import pytest

from .conftest import PHONE, WIDE, Open
from .printed import text_of

_LINE = re.compile(r'<tr id="((?:c|f)\d+)">(.*?)</tr>', re.DOTALL)
_CELL = re.compile(r'<td data-label="([^"]+)">(.*?)</td>', re.DOTALL)


def _lines(page: str) -> dict[str, str]:
    return dict(_LINE.findall(page))


def _cells(line: str) -> dict[str, str]:
    return {region: " ".join(text_of(cell).split()) for region, cell in _CELL.findall(line)}


def _api(web: httpx.Client, **query: Any) -> dict[str, Any]:
    answer = web.get("/api/compare", params=query, headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def _table(web: httpx.Client, query: str) -> list[dict[str, str]]:
    answer = web.get(f"/compare?{query}&format=csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    # Without this mark Excel takes the file for another encoding, and shows no Chinese.
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_mrics_in_every_region(web: httpx.Client) -> None:
    page = web.get("/compare?certificate=c00085").text
    cells = _cells(_lines(page)["c00085"])
    assert "副高级" in cells["上海市"] and "A类便利保障服务" in cells["上海市"]
    assert cells["无锡市"].startswith("中级")
    assert "中级" in cells["重庆市"] and "最高可至" in cells["重庆市"]
    assert cells["北京市"] == cells["浙江省"] == "未列入"
    between = text_of(_lines(page)["c00085"].partition('class="between"')[2])
    assert "只因上限" in between and "层级不同" not in between
    assert "未列入不等于不认可" in text_of(page)
    assert "仅限数字经济、装备制造、材料三个领域" in text_of(page)


def test_a_level_that_really_differs_is_told_from_a_ceiling(web: httpx.Client) -> None:
    for kind, word, other in (
        ("LevelDivergence", "层级不同", "只因上限"),
        ("CeilingDivergence", "只因上限", "层级不同"),
    ):
        lines = _lines(web.get(f"/compare?divergence={kind}").text)
        assert len(lines) == _api(web, divergence=kind)["total"] > 0
        for line in lines.values():
            between = text_of(line.partition('class="between"')[2])
            assert word in between and other not in between


def test_only_what_diverges(web: httpx.Client) -> None:
    answer = _api(web, divergence="any", limit=1000)
    assert answer["total"] > 0
    assert all(one["divergences"] for one in answer["certificates"])
    assert f"<strong>{answer['total']}</strong>" in web.get("/compare?divergence=any").text


def test_the_pages_hold_every_certificate_once(web: httpx.Client) -> None:
    seen: list[str] = []
    path = "/compare?listed=several"
    while path:
        page = web.get(path).text
        seen += _lines(page)
        following = re.search(r'rel="next" href="([^"]+)', page)
        path = following.group(1).replace("&amp;", "&") if following else ""
    expected = _api(web, listed="several", limit=1000)["certificates"]
    assert seen == [one["certificate"]["id"].partition("/")[2] for one in expected]
    assert len(seen) == len(set(seen)) > 12


@pytest.mark.parametrize(
    "query",
    [
        "issuer=i0028",
        "q=LEED",
        "regions=320200&regions=330000&regions=500000&listed=all",
        "divergence=BenefitOnlyDivergence&country=DE",
        "holding_condition=1",
        "regions=320000,310000&certificate=c00085",
    ],
)
def test_the_table_says_what_the_page_says(web: httpx.Client, query: str) -> None:
    shown: dict[str, dict[str, str]] = {}
    path = f"/compare?{query}"
    while path:
        page = web.get(path).text
        shown |= {name: _cells(line) for name, line in _lines(page).items()}
        following = re.search(r'rel="next" href="([^"]+)', page)
        path = following.group(1).replace("&amp;", "&") if following else ""
    assert shown
    lines = _table(web, query)
    assert {line["certificate"].partition("/")[2] for line in lines} == shown.keys()
    pairs = {(line["certificate"].partition("/")[2], line["region_name"]) for line in lines}
    for name, cells in shown.items():
        assert {region for one, region in pairs if one == name} == set(cells) - {"各地之间"}
    for line in lines:
        cell = shown[line["certificate"].partition("/")[2]][line["region_name"]]
        if line["row"]:
            assert f"第 {line['row']} 行" in cell
            for level in filter(None, line["levels"].split(";")):
                assert level in cell
            assert ("存疑" in cell) or line["certain"] == "yes"
        elif line["listing"] == "no_directory":
            assert cell == "无目录"
        else:
            assert "未列入" in cell


def test_the_whole_table_has_every_line_of_the_api(web: httpx.Client) -> None:
    whole = _table(web, "listed=any")
    answer = web.get("/api/compare", params={"limit": 1000, "format": "csv"})
    assert whole == list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len({line["certificate"] for line in whole}) > 400


def test_by_name_abbreviation_or_issuer(web: httpx.Client) -> None:
    for text in ("MRICS", "mrics", "英国皇家特许测量师学会专业会员"):
        assert "c00085" in _lines(web.get("/compare", params={"q": text}).text), text
    by_issuer = _lines(web.get("/compare", params={"q": "RICS"}).text)
    assert {"c00084", "c00085", "c00086"} <= by_issuer.keys()
    nothing = web.get("/compare", params={"q": "没有这个名称的证书"})
    assert nothing.status_code == 200
    assert _lines(nothing.text) == {}
    assert "没有列出不等于不认可" in text_of(nothing.text)
    assert _table(web, "q=没有这个名称的证书") == []


def test_a_text_that_fits_too_many_says_so(web: httpx.Client) -> None:
    page = web.get("/compare", params={"q": "工程师"}).text
    assert "只比较最相合的 100 种" in page
    (total,) = re.findall(r"<strong>(\d+)</strong>", page)
    assert 50 < int(total) <= 100
    assert "只比较最相合" not in web.get("/compare", params={"q": "LEED"}).text


def test_on_a_day(web: httpx.Client) -> None:
    early = web.get("/compare?certificate=c00085&on=2021-06-30").text
    cells = _cells(_lines(web.get("/compare?certificate=c00252&on=2021-06-30").text)["c00252"])
    # Before all of them but Beijing's, of which no date is known, and an edition of Shanghai's of which nothing is.
    assert {cells[region] for region in ("无锡市", "浙江省", "重庆市")} == {"无目录"}
    assert cells["上海市"] == "不详"
    assert "副高级" in cells["北京市"]
    assert "生效日期不详" in early
    late = _cells(_lines(web.get("/compare?certificate=c00085&on=2023-10-20").text)["c00085"])
    assert late["无锡市"].startswith("中级") and "中级" in late["重庆市"]
    assert late["浙江省"] == "无目录" and late["上海市"] == "不详"


@pytest.mark.parametrize(
    ("query", "status", "name"),
    [
        ("on=2023-13-01", 400, "on"),
        ("divergence=x", 400, "divergence"),
        ("listed=x", 400, "listed"),
        ("country=Britain", 400, "country"),
        ("page=0", 400, "page"),
        ("regions=999999", 404, "regions"),
        ("issuer=i9999", 404, "issuer"),
        ("certificate=c99999", 404, "certificate"),
    ],
)
def test_what_cannot_be_is_explained(web: httpx.Client, query: str, status: int, name: str) -> None:
    for more in ("", "&format=csv"):
        answer = web.get(f"/compare?{query}&lang=en{more}")
        assert answer.status_code == status
        assert name in answer.text


def test_more_regions_than_can_be_read(web: httpx.Client) -> None:
    codes = ["110000", "310000", "320000", "320200", "330000", "500000"]
    page = web.get("/compare", params={"regions": codes, "certificate": "c00085"}).text
    assert "无目录" in _cells(_lines(page)["c00085"])["江苏省"]


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize(
    "path",
    [
        "/compare",
        "/compare?q=RICS&lang=en",
        "/compare?divergence=any&on=2024-01-01",
        "/compare?regions=110000,310000,320000,320200,330000,500000,310000&certificate=c00085",
        "/compare?q=zzzz",
    ],
)
def test_the_comparison_fits_its_window_and_has_no_barrier(
    browse: Open, path: str, width: int
) -> None:
    visit = browse(path, width=width)
    assert visit.overflow() == 0
    assert visit.barriers() == []


def test_in_the_dark(browse: Open) -> None:
    assert browse("/compare?q=RICS", dark=True).barriers() == []


def test_the_head_and_the_first_column_stay_in_sight(browse: Open) -> None:
    page = browse("/compare?listed=several").page
    page.mouse.wheel(0, 2000)
    page.wait_for_function("window.scrollY > 1000")
    head = page.locator("table.compare thead th").first.bounding_box()
    assert head is not None and 0 <= head["y"] < 5


def test_on_a_phone_each_certificate_is_a_block(browse: Open) -> None:
    page = browse("/compare?q=RICS", width=PHONE).page
    line = page.locator("#c00085")
    boxes = [cell.bounding_box() for cell in line.locator("td[data-label]").all()]
    assert len(boxes) == 6
    assert all(box is not None and box["x"] >= 0 and box["width"] < PHONE for box in boxes)
    tops = [box["y"] for box in boxes if box]
    assert tops == sorted(tops) and len(set(tops)) == len(tops)


def test_without_scripts_the_form_filters_and_the_table_downloads(browse: Open) -> None:
    page = browse("/compare", javascript=False).page
    page.get_by_label("北京市").uncheck()
    page.get_by_label("证书或机构").fill("RICS")
    page.locator("details.more summary").click()
    page.get_by_label("各地不同").select_option("CeilingDivergence")
    page.get_by_role("button", name="比较", exact=True).click()
    page.wait_for_url("**divergence=CeilingDivergence**")
    assert page.locator("table.compare thead th").count() == 4 + 2
    assert page.locator("#c00085").is_visible()
    assert page.get_by_label("各地不同").is_visible()  # what narrows is not hidden
    with page.expect_download() as download:
        page.get_by_role("link", name="下载表格（CSV）").click()
    text = download.value.path().read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {row["region"] for row in rows} == {
        "region/310000", "region/320200", "region/330000", "region/500000",
    }  # fmt: skip
