"""The pages of editions: every printed row, read from the files, stands there with what it lists."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from kgservice.release import Release

from .conftest import PHONE, WIDE, Open
from .printed import FOLDERS, lines_of, linked_in, listed_by, rows_on, text_of

STRUCTURED = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def _pages(web: httpx.Client, address: str) -> list[str]:
    """The pages of an edition, by following “next”."""
    pages, path = [], address
    while path:
        answer = web.get(path)
        assert answer.status_code == 200, path
        pages.append(answer.text)
        following = re.search(r'rel="next" href="([^"#]+)', answer.text)
        path = following.group(1).replace("&amp;", "&") if following else ""
    return pages


@pytest.mark.parametrize("edition", FOLDERS)
def test_every_printed_row_stands_there_with_what_it_lists(web: httpx.Client, edition: str) -> None:
    pages = _pages(web, f"/doc/edition/{edition}")
    shown = {number: row for page in pages for number, row in rows_on(page).items()}
    lines, listed = lines_of(edition), listed_by(edition)
    assert list(shown) == [line.number for line in lines]
    assert len(pages) == -(-len(lines) // 50)
    for line in lines:
        row = shown[line.number]
        assert line.name in text_of(row)
        assert linked_in(row) == listed[line.number], line.number
        assert ("存疑" in text_of(row)) is not line.certain, line.number
    assert listed.keys() == shown.keys()


def test_the_figures_are_those_of_the_manifest(web: httpx.Client, real_release: Release) -> None:
    editions = real_release.manifest["counts"]["editions"]
    assert sum(edition["rows"] for edition in editions) == 615
    for edition in editions:
        page = text_of(web.get(f"/doc/edition/{edition['edition']}").text)
        assert f"收录 {edition['rows']} 行" in page
        assert f"{edition['certain']} 行确定" in page
        if edition["rows"] > edition["certain"]:
            assert f"{edition['rows'] - edition['certain']} 行存疑" in page
        doubtful = web.get(f"/doc/edition/{edition['edition']}?doubtful=1")
        assert len(rows_on(doubtful.text)) == edition["rows"] - edition["certain"]


def test_counts_by_level_add_up(web: httpx.Client) -> None:
    page = web.get("/doc/edition/310000-1/3.0").text
    (table,) = re.findall(r'<table class="counts">(.*?)</table>', page, re.DOTALL)
    counts = [int(found) for found in re.findall(r'<td class="number">(\d+)</td>', table)]
    assert sum(counts) == 216
    assert counts[:2] == [139, 24]  # A and B, as the document has them
    assert "只有便利，不是职称" in text_of(table)


def test_the_rows_can_be_filtered(web: httpx.Client) -> None:
    def numbers(query: str) -> list[str]:
        answer = web.get(f"/doc/edition/500000-1/2023?{query}")
        assert answer.status_code == 200
        return list(rows_on(answer.text))

    leed = [line.number for line in lines_of("500000-1/2023") if "LEED" in line.name]
    assert leed
    assert numbers("q=LEED") == numbers("q=ＬＥＥＤ") == numbers("q=leed") == leed
    both = numbers("level=title-level/30&q=日本")
    assert both and set(both) <= set(numbers("q=日本"))
    assert numbers("q=没有这个名称") == []
    assert "没有列出不等于不认可" in web.get("/doc/edition/500000-1/2023?q=没有这个名称").text
    shanghai = web.get("/doc/edition/310000-1/3.0?section=D").text
    assert list(rows_on(shanghai)) == [f"D{n}" for n in range(1, 13)]
    only = web.get("/doc/edition/310000-1/3.0?level=none&section=C").text
    assert rows_on(only) == {}


def test_a_row_has_an_address_of_its_own(web: httpx.Client) -> None:
    page = web.get("/doc/edition/500000-1/2023?row=158").text
    assert "158" in rows_on(page)
    assert "1" not in rows_on(page)
    assert "没有第“999”行" in web.get("/doc/edition/500000-1/2023?row=999").text


@pytest.mark.parametrize(
    "query", ["level=x", "section=Z", "page=0", "page=-1", "page=x", "page=" + "9" * 5000, "row=x"]
)
def test_what_cannot_be_is_explained(web: httpx.Client, query: str) -> None:
    answer = web.get(f"/doc/edition/310000-1/3.0?{query}&lang=en")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.text


def test_a_page_past_the_end_is_the_last(web: httpx.Client) -> None:
    """Not "nothing fits", which would be false: a link may be older than the release."""
    answer = web.get("/doc/edition/310000-1/3.0?page=99")
    assert answer.status_code == 200
    last = answer.text
    assert rows_on(last) != {} and "没有符合条件的行" not in last
    assert 'rel="next"' not in last and 'rel="prev"' in last


def test_a_text_of_thousands_of_words_is_cut(web: httpx.Client) -> None:
    answer = web.get("/doc/edition/310000-1/3.0", params={"q": "e " * 20_000})
    assert answer.status_code == 200
    assert rows_on(answer.text) == rows_on(web.get("/doc/edition/310000-1/3.0?q=e").text) != {}


def test_what_is_typed_is_no_markup(web: httpx.Client) -> None:
    page = web.get("/doc/edition/500000-1/2023", params={"q": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in page


def test_several_levels_and_a_ceiling_are_told_as_such(web: httpx.Client) -> None:
    rows = rows_on(web.get("/doc/edition/500000-1/2023?page=4").text)
    unread = text_of(rows["158"])
    assert "助理级" in unread and "中级" in unread and "最高可至" in unread
    assert "未写明哪一等级对应哪一级" in unread
    assert "转存文本中发证机构格为空" in rows["158"] and "Issuer cell" not in rows["158"]


def test_the_facts_of_a_notice(web: httpx.Client) -> None:
    chongqing = text_of(web.get("/doc/edition/500000-1/2023").text)
    assert "渝人社发〔2023〕64号" in chongqing
    assert "未印生效日，此为发文日期" in chongqing
    assert "未见终止日期" in chongqing
    assert "博士学位" in chongqing and "相关工作满 10 年" in chongqing
    beijing = web.get("/doc/edition/110000-1/annex-5").text
    assert "生效日期：不详" in text_of(beijing)
    assert "通知印明 33 行，收录 33 行" in text_of(beijing)
    assert "通知没有印明学历与年限条件" in beijing
    zhejiang = text_of(web.get("/doc/edition/330000-1/2023").text)
    assert "仅限数字经济、装备制造、材料三个领域" in zhejiang
    shanghai = text_of(web.get("/doc/edition/310000-1/3.0").text)
    assert "A类便利保障服务" in shanghai and "便利不是职称" in shanghai
    assert "沪人社专[2024]365号" in shanghai  # what it repeals


def test_an_edition_known_by_its_title_only(web: httpx.Client) -> None:
    stub = text_of(web.get("/doc/edition/310000-1/2.0").text)
    assert "内容不详" in stub
    assert "2025-10-30 起失效" in stub
    newer = text_of(web.get("/doc/edition/310000-1/3.0").text)
    assert "因此无法说明增减" in newer
    assert "unknown" in text_of(web.get("/doc/edition/310000-1/2.0?lang=en").text)


def test_what_there_is_not(web: httpx.Client) -> None:
    for path in ("edition/500000-1/1999", "edition/500000-1", "edition/x/y/z", "edition/"):
        assert web.get(f"/doc/{path}").status_code == 404, path


def test_for_machines(web: httpx.Client, real_release: Release) -> None:
    page = web.get("/doc/edition/500000-1/2023?lang=en").text
    (found,) = STRUCTURED.findall(page)
    dataset = json.loads(found)
    assert dataset["@type"] == "Dataset"
    assert dataset["@id"] == "https://w3id.org/zhicheng/id/edition/500000-1/2023"
    assert len(dataset["description"]) >= 50
    assert dataset["temporalCoverage"] == "2023-10-16/.."
    assert dataset["spatialCoverage"]["@type"] == "AdministrativeArea"
    assert dataset["includedInDataCatalog"]["@type"] == "DataCatalog"
    download = dataset["distribution"]["contentUrl"]
    assert download.endswith(f"/data/{real_release.id}/dumps/edition/500000-1/2023.nt.gz")
    head = web.head(download)
    assert (head.status_code, int(head.headers["content-length"])) == (
        200,
        int(dataset["distribution"]["contentSize"].split()[0]),
    )


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize(
    "path",
    [
        "/doc/edition/310000-1/3.0",
        "/doc/edition/310000-1/3.0?lang=en",
        "/doc/edition/110000-1/annex-5?lang=en",
        "/doc/edition/500000-1/2023?page=4&lang=en",
        "/doc/edition/310000-1/2.0",
        "/doc/edition/110000-1/annex-5",
    ],
)
def test_an_edition_fits_its_window_and_has_no_barrier(browse: Open, path: str, width: int) -> None:
    visit = browse(path, width=width)
    assert visit.overflow() == 0
    assert visit.barriers() == []


def test_in_the_dark(browse: Open) -> None:
    assert browse("/doc/edition/500000-1/2023?doubtful=1", dark=True).barriers() == []


def test_without_scripts_the_filter_works(browse: Open) -> None:
    page = browse("/doc/edition/500000-1/2023", javascript=False).page
    page.get_by_label("文字").fill("LEED")
    page.get_by_role("button", name="筛选").click()
    page.wait_for_url("**q=LEED**")
    assert page.locator("tr[id^=row-]").count() == len(
        [line for line in lines_of("500000-1/2023") if "LEED" in line.name]
    )
    page.get_by_role("link", name="全部显示").click()
    assert page.locator("tr[id^=row-]").count() == 50
    page.get_by_role("link", name="下一页").first.click()
    assert page.locator("#row-51").is_visible()
