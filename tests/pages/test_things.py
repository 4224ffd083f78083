"""The generic page of a thing, and that of a term, in a real browser."""

from __future__ import annotations

import pytest
from conftest import BASE

from .conftest import PHONE, WIDE, Open

PATHS = (
    "/doc/recognition/500000-1/2023/183",
    "/doc/rule/310000-1/3.0/1?lang=en",
    "/doc/entry/310000-1/3.0/C24",
    "/doc/title-level/30",
    "/doc/graph/register/titles",
    "/doc/question/recognition",
    "/ns/Recognition",
    "/ns/confersTitleLevel?lang=en",
    "/problem/not-found",
)


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("path", PATHS)
def test_it_fits_its_window_and_has_no_barrier(browse: Open, path: str, width: int) -> None:
    visit = browse(path, width=width)
    assert visit.overflow() == 0
    assert visit.barriers() == []


def test_in_the_dark_too(browse: Open) -> None:
    assert browse("/doc/recognition/500000-1/2023/183", dark=True).barriers() == []


def test_a_reader_walks_from_an_iri_to_its_row_and_data(browse: Open) -> None:
    page = browse("/id/recognition/310000-1/3.0/C24", language="en", javascript=False).page
    assert page.url.endswith("/doc/recognition/310000-1/3.0/C24")
    assert page.locator("h1").inner_text().startswith("recognition: ")
    assert f"{BASE}/id/recognition/310000-1/3.0/C24" in page.inner_text("main")
    page.get_by_role("link", name="row C24").first.click()
    assert page.locator(".printed", has_text="MRICS").count() == 1
    page.get_by_role("link", name="中文").click()
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    page.get_by_role("link", name="所列证书").or_(
        page.get_by_role("link", name="列出证书")
    ).first.click()
    assert "/ns/listsCertificate" in page.url and "lang=zh" in page.url


def test_a_query_stands_as_it_is_written(browse: Open) -> None:
    shown = browse("/doc/question/recognition").page.locator("main pre").inner_text()
    assert shown.startswith("PREFIX zc: <https://w3id.org/zhicheng/ns/>\nPREFIX skos:")


def test_a_row_names_its_notice_and_not_itself(browse: Open) -> None:
    source = (
        browse("/doc/entry/310000-1/3.0/C24").page.locator("dt", has_text="出处").locator("+ dd")
    )
    assert (
        source.inner_text()
        == "上海市人力资源和社会保障局关于印发上海市境外职业资格证书认可清单（3.0版）的通知"
    )


def test_figures_and_checks_of_a_term_are_folded(browse: Open) -> None:
    page = browse("/ns/Recognition?lang=en").page
    folded = page.locator("main > details")
    folded.locator("summary").click()
    for text in ("shapes that check it", "class counted"):
        assert page.locator("dt", has_text=text).count() == 1
        assert folded.locator("dt", has_text=text).count() == 1


def test_a_problem_in_the_page_of_a_withdrawn_or_unknown_thing(browse: Open) -> None:
    visit = browse("/doc/title-level/30")
    answer = visit.page.request.get(
        f"{visit.site}/id/title-level/99", headers={"accept": "text/html"}
    )
    assert answer.status == 404 and "<h1>" in answer.text()
