"""Search results: what is found under which name, what it is worth where, and what is said where nothing is found."""

from __future__ import annotations

import re
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import expect

from .conftest import PHONE, WIDE, Open

MRICS, CFA, MECHATRONICS = (f"/doc/certificate/{c}" for c in ("c00085", "c00264", "c00108"))


def look(web: httpx.Client, text: str, language: str = "zh") -> str:
    answer = web.get("/search", params={"q": text, "lang": language})
    assert answer.status_code == 200
    return answer.text


def first_link(page: str) -> str:
    """The first thing that is shown."""
    found = re.search(r'<h[23]><a href="([^"?]+)', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("MRICS", MRICS),
        ("ＭＲＩＣＳ", MRICS),
        ("英国皇家特许测量师学会专业会员", MRICS),
        ("特許金融分析師", CFA),
        ("Mechatroniker/-in für Kältetechnik", MECHATRONICS),
        ("mechatroniker fuer kaeltetechnik", MECHATRONICS),
    ],
)
def test_a_name_in_any_script(web: httpx.Client, text: str, address: str) -> None:
    assert first_link(look(web, text)) == address


def test_one_exact_name_comes_first_and_large(web: httpx.Client) -> None:
    page = look(web, "MRICS")
    lead = page.partition('<article class="card lead">')[2].partition("</article>")[0]
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', lead, re.S)
    told = [re.sub(r"<[^>]+>|\s+", " ", row) for row in rows]
    shanghai = next(row for row in told if "上海市" in row and "C24" in row)
    assert "副高级" in shanghai and "沪人社专[2025]298号" in shanghai
    assert "A58" in told[told.index(shanghai) + 1], "what is no title stands behind the title"
    assert any("无锡市" in row and "中级" in row and "最高可至" not in row for row in told)
    assert any("重庆市" in row and "中级" in row and "最高可至" in row for row in told)
    assert "名称相近但不是同一证书" in lead
    assert web.get("/search", params={"q": "MRICS"}).status_code == 200  # and nobody is sent on


def test_namesakes_are_all_shown_and_none_is_picked(web: httpx.Client) -> None:
    page = look(web, "Chartered Engineer", "en")
    assert "card lead" not in page
    assert "certificates are called “Chartered Engineer”" in page
    assert len(set(re.findall(r'<h3><a href="(/doc/certificate/c\d+)', page))) >= 3


def test_names_inside_a_pasted_text(web: httpx.Client) -> None:
    page = look(web, "张三持有MRICS证书，2019年取得；另有（项目经理）与特許金融分析師资格。")
    assert MRICS in page and CFA in page
    long = look(web, "本人自述，" * 80 + "持有 MRICS。")
    assert MRICS in long


def test_of_a_very_long_text_the_rest_is_named(web: httpx.Client) -> None:
    """That its end was not looked at, and that more names stand in it than are shown."""
    said = "只查了开头的一部分"
    assert said not in look(web, "张三持有MRICS证书与特许金融分析师资格。")
    assert said in look(web, "本人自述，" * 190 + "持有 MRICS。")
    assert said in look(web, "没有" * 300)
    names = (
        "MRICS",
        "FRICS",
        "特许金融分析师",
        "ACCA",
        "LEED AP BD+C",
        "CISA",
        "CISSP",
        "PMP",
        "FRM",
        "CFA",
    )
    assert said in look(web, "；".join(names))


def test_nothing_found_is_not_a_no(web: httpx.Client) -> None:
    page = look(web, "qwrtzuiop")
    assert "没有找到" in page and "这不等于“不认可”" in page
    assert "That is not “not recognised”" in look(web, "qwrtzuiop", "en")


@pytest.mark.parametrize("text", ["", "   ", "——", "%00", "<script>alert(1)</script>", "\ud800"])
def test_strange_texts(web: httpx.Client, text: str) -> None:
    answer = web.get("/search?q=" + quote(text, errors="surrogatepass"))
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_doubt_is_shown(web: httpx.Client) -> None:
    """A certificate on a row that two careful readers could read in two ways."""
    query = """PREFIX zc: <https://w3id.org/zhicheng/ns/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    SELECT ?name WHERE { ?row zc:certain false ; zc:listsCertificate ?c . ?r zc:statedIn ?row ; zc:recognizes ?c .
    ?c skos:prefLabel ?name . FILTER(LANG(?name) = "zh") } ORDER BY ?c LIMIT 1"""
    answer = web.get("/sparql", params={"query": query, "format": "json"}).json()
    name = answer["results"]["bindings"][0]["name"]["value"]
    assert "存疑" in look(web, name)


@pytest.mark.parametrize("javascript", [True, False])
def test_from_the_first_page_to_a_certificate(browse: Open, javascript: bool) -> None:
    for text, address in (
        ("特许金融分析师", CFA),
        ("MRICS", MRICS),
        ("Kältetechnik", MECHATRONICS),
    ):
        page = browse("/", javascript=javascript).page
        page.locator("input[name=q]").fill(text)
        page.get_by_role("button", name="查").click()
        page.wait_for_url("**/search?*")
        link = page.locator(f"main a[href='{address}']").first
        expect(link).to_be_visible()


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize(
    "path",
    [
        "/search",
        "/search?q=MRICS",
        "/search?q=engineer&lang=en",
        "/search?q=qwrtz",
        "/search?q=会计",
    ],
)
def test_it_fits_and_has_no_barrier(browse: Open, path: str, width: int) -> None:
    visit = browse(path, width=width)
    assert visit.overflow() == 0
    assert visit.barriers() == []


@pytest.mark.parametrize("path", ["/search?q=MRICS", "/search?q=engineer"])
def test_in_the_dark(browse: Open, path: str) -> None:
    assert browse(path, dark=True).barriers() == []
