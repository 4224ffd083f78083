"""The SPARQL page in a real browser: editor, completion, examples, results, errors, downloads; and without scripts."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_plus, urlencode

import httpx
import pytest
from conftest import BASE, ServiceFactory
from playwright.sync_api import Browser, Locator, Page, Route, expect

from kgservice import app
from kgservice.pages.site import CODEMIRROR, EDITOR

from .conftest import PHONE, SECONDS, WIDE, Open, Visit

# A list of completions takes no key and no click in its first moment, as nobody can have meant it.
SETTLED = 400
COUNTED = f"""PREFIX zc: <{BASE}/ns/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?地区 ?place (COUNT(*) AS ?rows) {{
  ?recognition zc:jurisdiction ?地区 . ?地区 skos:prefLabel ?place . FILTER(LANG(?place) = "zh")
}} GROUP BY ?地区 ?place ORDER BY DESC(?rows)"""
BROKEN = "SELECT *\nWHERE {\n  ?证书 a zc:Certificate .\n}"
ENDLESS = "SELECT (COUNT(*) AS ?n) {" + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(14)) + "}"


@pytest.fixture(scope="module", autouse=True)
def package() -> None:
    """The npm package of the editor; and patience, for busy machines."""
    expect.set_options(timeout=SECONDS * 1000)
    if (EDITOR / CODEMIRROR).is_file():
        return
    reason = (
        "the query editor is not installed: npm ci --prefix kgservice/pages/query/editor_package"
    )
    if os.environ.get("KG_TESTS_NEED") == "all":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def ready(visit: Visit) -> Page:
    """The page when its script has done its part."""
    expect(visit.page.locator("html[data-ready=yes]")).to_be_attached()
    return visit.page


def with_query(query: str, **more: str) -> str:
    """The address of the page with a query in it."""
    return f"/query?{urlencode({'query': query, **more})}"


def lines(page: Page) -> str:
    """The text in the editor."""
    text: str = page.locator("#query").input_value()
    return text


def write(page: Page, query: str) -> None:
    """Puts a query in place of the one in the editor, as a person pastes it."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(query)
    assert lines(page) == query


def run(page: Page) -> None:
    """Runs the query and waits for the end."""
    page.locator("#run").click()
    expect(page.locator("#cancel")).to_be_hidden()


def cells(table: Locator) -> list[list[str]]:
    """The texts of the rows of a table."""
    return [row.locator("td").all_inner_texts() for row in table.locator("tbody tr").all()]


def forgive(visit: Visit, status: int) -> None:
    """Chromium writes every answer with an error status to the console; this one was meant."""
    told = f"the server responded with a status of {status} "
    assert any(told in error for error in visit.errors)
    visit.errors[:] = [error for error in visit.errors if told not in error]


def test_an_example_runs_with_another_parameter(browse: Open) -> None:
    page = ready(browse("/query"))
    page.locator(".examples summary", has_text="证书").first.click()
    page.get_by_role("link", name="这一证书在哪些地区、哪一行、对应什么职称与专业？").click()
    field = page.locator("[id='p.certificate']")
    expect(field).to_have_value("certificate/c00009")
    expect(page.locator("[data-parameter=certificate] .known")).to_contain_text(
        "美国注册冶金与材料工程师"
    )
    # Found by its abbreviation, taken with the keyboard.
    field.fill("")
    field.press_sequentially("mrics")
    option = page.get_by_role("option", name="英国皇家特许测量师学会专业会员")
    expect(option).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    expect(field).to_have_value("certificate/c00085")
    page.locator("[id='p.region']").fill("")
    page.locator(".parameters").get_by_role("button", name="运行").click()
    table = page.locator("#answer table")
    expect(table).to_be_visible()
    assert f"<{BASE}/id/certificate/c00085>" in lines(page)
    levels = {(row[0], row[3]) for row in cells(table)}
    assert {("上海市", "副高级"), ("无锡市", "中级"), ("重庆市", "中级")} <= levels
    expect(page.locator("#status")).to_contain_text(re.compile(r"\d+ 行，用时 \d+\.\d\d 秒"))
    # Ours by their labels, with links to their pages.
    link = table.get_by_role("link", name="英国皇家特许测量师学会专业会员").first
    expect(link).to_have_attribute("href", "/doc/certificate/c00085")


def test_a_parameter_that_is_no_search_type_is_found_among_its_like(browse: Open) -> None:
    page = ready(browse("/query?example=issuer-across-regions&lang=en"))
    field = page.locator("[id='p.region']")
    field.fill("region/500000\n")
    field.press("Control+End")
    field.press_sequentially("Wuxi")
    page.get_by_role("option", name="Wuxi").click()
    expect(field).to_have_value("region/500000\nregion/320200")
    expect(page.locator("[data-parameter=region] .known")).to_contain_text("Chongqing, Wuxi")


def test_a_wrong_parameter_is_told_and_nothing_is_run(browse: Open) -> None:
    visit = browse("/query?example=editions-in-force")
    page = ready(visit)
    page.locator("[id='p.day']").fill("")
    page.locator(".parameters").get_by_role("button", name="运行").click()
    expect(page.locator("#question [role=alert]")).to_contain_text("day")
    expect(page.locator("#result")).to_be_hidden()
    forgive(visit, 400)


def test_completion_offers_the_classes_of_this_graph(browse: Open) -> None:
    page = ready(browse(with_query("SELECT * {\n}\nLIMIT 3")))
    page.locator(".cm-line").nth(0).click()
    page.keyboard.press("End")
    page.keyboard.type("\n?认可 a rec")
    options = page.get_by_role("option")
    expect(options.filter(has_text="zc:Recognition").first).to_be_visible()
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.type("认可")
    option = options.filter(has_text="zc:Recognition")
    expect(option).to_be_visible()
    expect(option).to_contain_text("认可")
    page.wait_for_timeout(SETTLED)
    option.click()
    assert lines(page).startswith(f"PREFIX zc: <{BASE}/ns/>\nSELECT * {{\n?认可 a zc:Recognition")
    page.keyboard.type(" ; zc:juris")
    expect(options.filter(has_text="zc:jurisdiction")).to_contain_text("适用地区")
    page.wait_for_timeout(SETTLED)
    page.keyboard.press("Enter")
    page.keyboard.type(" ?地区")
    page.keyboard.press("Control+Enter")
    table = page.locator("#answer table")
    expect(table).to_be_visible()
    assert len(cells(table)) == 3
    assert table.locator("thead th").all_inner_texts() == ["地区", "认可"]


def test_the_keyboard_is_not_held_in_the_editor(browse: Open) -> None:
    page = ready(browse("/query"))
    page.locator(".cm-content").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "run"


@pytest.mark.parametrize(
    ("language", "said"), [("zh-CN", "第 3 行第"), ("en-GB", "line 3, column")]
)
def test_an_error_is_shown_at_its_line(browse: Open, language: str, said: str) -> None:
    visit = browse(with_query(BROKEN), language=language)
    page = ready(visit)
    run(page)
    expect(page.locator("#problem")).to_contain_text(said)
    expect(page.locator(".place")).to_contain_text("3 │   ?证书 a zc:Certificate")
    marker = page.locator(".cm-lint-marker-error")
    expect(marker).to_have_count(1)
    line = page.locator(".cm-line").nth(2).bounding_box()
    mark = marker.bounding_box()
    assert line is not None
    assert mark is not None
    assert line["y"] - 2 <= mark["y"] <= line["y"] + line["height"]
    expect(page.locator(".cm-lintRange-error")).to_be_attached()
    page.locator("#problem").get_by_role("button").click()
    assert page.evaluate("document.activeElement.id") == "editor"
    assert visit.barriers() == []
    # What is right again loses its mark.
    page.locator(".cm-line").nth(0).click()
    page.keyboard.press("Home")
    page.keyboard.type(f"PREFIX zc: <{BASE}/ns/> ")
    run(page)
    expect(page.locator("#answer table")).to_be_visible()
    expect(page.locator("#problem")).to_be_hidden()
    expect(marker).to_have_count(0)
    forgive(visit, 400)


def test_downloads_are_the_whole_answer(browse: Open, tmp_path: Path) -> None:
    visit = browse(with_query(COUNTED))
    page = ready(visit)
    run(page)
    assert page.locator("#downloads a").all_inner_texts() == ["JSON", "XML", "CSV", "TSV"]
    with page.expect_download() as download:
        page.locator("#downloads a", has_text="CSV").click()
    path = tmp_path / "answer.csv"
    download.value.save_as(path)
    assert download.value.suggested_filename == "zhicheng.csv"
    found = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    expected = httpx.post(f"{visit.site}/sparql", data={"query": COUNTED, "format": "csv"})
    assert found == list(csv.reader(io.StringIO(expected.text)))
    assert found[0] == ["地区", "place", "rows"]
    assert {"上海市", "浙江省"} <= {row[1] for row in found}


def test_a_query_too_long_for_an_address_is_downloaded_too(browse: Open, tmp_path: Path) -> None:
    long = "SELECT (STRLEN(?text) AS ?n) { VALUES ?text { '" + "长" * 9000 + "' } }"
    page = ready(browse("/query"))
    page.evaluate("document.getElementById('query').value = ''")
    write(page, long)
    run(page)
    assert cells(page.locator("#answer table")) == [["9000"]]
    with page.expect_download() as download:
        page.locator("#downloads").get_by_role("button", name="TSV").click()
    path = tmp_path / "answer.tsv"
    download.value.save_as(path)
    assert path.read_text("utf-8") == "?n\n9000\n"
    page.locator("#share").click()
    expect(page.locator("#shared")).to_contain_text("太长")


def test_a_graph_is_shown_as_triples_and_downloaded_in_rdf_formats(browse: Open) -> None:
    page = ready(browse(with_query(f"DESCRIBE <{BASE}/id/certificate/c00085>", lang="en")))
    run(page)
    table = page.locator("#answer table")
    assert table.locator("thead th").all_inner_texts() == ["subject", "predicate", "object"]
    assert "certificate kind" in {row[1] for row in cells(table)}
    names = ["Turtle", "N-Triples", "N-Quads", "TriG", "RDF/XML", "JSON-LD"]
    assert page.locator("#downloads a").all_inner_texts() == names
    link = table.get_by_role("link", name="Member of the Royal Institution").first
    expect(link).to_have_attribute("href", "/doc/certificate/c00085?lang=en")


def test_a_shared_link_opens_the_same_query_and_does_not_run_it(browse: Open) -> None:
    query = "# 分享 & 测试 +1\nSELECT ?x { VALUES ?x { '中文' } }"
    page = ready(browse("/query"))
    write(page, query)
    page.locator("#share").click()
    address = page.locator("#shared input").input_value()
    assert page.url == address
    other = browse(address.removeprefix(browse("/query").site))
    asked: list[str] = []
    other.page.on("request", lambda request: asked.append(request.url))
    assert lines(ready(other)) == query
    expect(other.page.locator("#result")).to_be_hidden()
    assert not [url for url in asked if url.endswith("/sparql")]
    run(other.page)
    assert cells(other.page.locator("#answer table")) == [["中文"]]


def test_a_chart_where_there_are_names_and_numbers(browse: Open) -> None:
    visit = browse(with_query(COUNTED))
    page = ready(visit)
    run(page)
    rows = cells(page.locator("#answer table"))
    page.get_by_role("button", name="图", exact=True).click()
    chart = page.locator(".chart svg")
    expect(chart.locator("rect")).to_have_count(len(rows))
    assert chart.locator("text.figure").all_text_contents() == [row[2] for row in rows]
    widths = [float(bar.get_attribute("width") or 0) for bar in chart.locator("rect").all()]
    longest = widths[0] / int(rows[0][2])
    for width, row in zip(widths, rows, strict=True):
        assert width == pytest.approx(int(row[2]) * longest, abs=1)
    page.locator(".chart-pick select").select_option(label="place")
    expect(chart).to_have_attribute("aria-label", re.compile(r"rows（按 place）: .*上海市 \d+"))
    assert visit.barriers() == []
    # No numbers, no chart.
    write(page, "SELECT ?s ?p { ?s ?p ?o } LIMIT 5")
    run(page)
    expect(page.locator("#answer table")).to_be_visible()
    assert page.locator(".views button").all_inner_texts() == ["表格", "原文"]


def test_columns_are_sorted_and_more_rows_come_on_demand(browse: Open) -> None:
    page = ready(browse(with_query("SELECT ?n { ?s ?p ?n FILTER(isNumeric(?n)) } LIMIT 450")))
    run(page)
    table = page.locator("#answer table")
    expect(table.locator("tbody tr")).to_have_count(200)
    more = page.get_by_role("button", name="再显示 250 行")
    expect(page.locator("#answer")).to_contain_text("显示前 200 行，共 450 行")
    table.get_by_role("button", name="n", exact=True).click()
    expect(table.locator("th")).to_have_attribute("aria-sort", "ascending")
    more.click()
    expect(table.locator("tbody tr")).to_have_count(450)
    numbers = [float(row[0]) for row in cells(table)]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) > 1


# Labels come late, as on a slow line.
SLOW = """
const real = window.fetch;
window.fetch = async (address, options) => {
  if (String(options?.body).includes("VALUES+%3Fthing")) await new Promise((go) => setTimeout(go, 800));
  return real(address, options);
};
"""
THINGS = f'SELECT DISTINCT ?s {{ ?s ?p ?o FILTER(STRSTARTS(STR(?s), "{BASE}/id/")) }} LIMIT 1500'


def test_rows_come_once_and_in_one_order_however_often_one_clicks(browse: Open) -> None:
    visit = browse("/query")
    visit.page.add_init_script(SLOW)
    visit.go(with_query(THINGS))
    page = ready(visit)
    page.locator("#run").click()
    rows = page.locator("#answer tbody tr")
    expect(rows).to_have_count(200)
    page.get_by_role("button", name="再显示 500 行").dblclick()
    expect(rows).to_have_count(700)
    page.wait_for_timeout(1500)
    titles = "links => links.map((link) => link.title)"
    assert len(set(page.eval_on_selector_all("#answer tbody a", titles))) == 700
    expect(rows).to_have_count(700)
    # By what is read, of all rows: also of those whose labels nobody has seen yet.
    heading = page.locator("#answer th")
    heading.get_by_role("button").dblclick()
    expect(heading).to_have_attribute("aria-sort", "descending")
    page.wait_for_timeout(1500)
    sorted_links = """links => {
      const order = new Intl.Collator("zh", { numeric: true });
      return links.every((link, at) => !at || order.compare(links[at - 1].textContent, link.textContent) >= 0);
    }"""
    assert page.eval_on_selector_all("#answer tbody a", sorted_links) is True
    assert len(set(page.eval_on_selector_all("#answer tbody a", titles))) == 700
    expect(page.get_by_role("button", name="再显示 500 行")).to_be_enabled()


def test_an_answer_that_waits_for_labels_gives_way_to_a_newer_one(browse: Open) -> None:
    visit = browse("/query")
    visit.page.add_init_script(SLOW)
    visit.go(with_query(THINGS))
    page = ready(visit)
    page.locator("#run").click()
    expect(page.locator("#downloads a").first).to_be_visible()
    write(page, BROKEN)
    page.locator("#run").click()
    expect(page.locator("#problem")).to_contain_text("第 3 行")
    page.wait_for_timeout(1500)
    expect(page.locator("#answer")).to_be_empty()
    expect(page.locator("#downloads")).to_be_empty()
    forgive(visit, 400)


def test_a_download_that_fails_is_told_and_not_saved(browse: Open) -> None:
    long = "SELECT (STRLEN(?text) AS ?n) { VALUES ?text { '" + "长" * 9000 + "' } }"
    visit = browse("/query")
    page = ready(visit)
    write(page, long)
    run(page)
    told = {"title": "查询超时", "detail": "请缩小范围后重试。"}
    problem = told | {"type": "x", "status": 504, "languages": {"zh": told, "en": told}}

    def fail(route: Route) -> None:
        if route.request.headers["accept"] == "text/tab-separated-values":
            route.fulfill(status=504, json=problem)
        else:
            route.fallback()

    page.route("**/sparql", fail)
    saved: list[object] = []
    page.on("download", lambda download: saved.append(download))
    button = page.locator("#downloads").get_by_role("button", name="TSV")
    button.click()
    expect(page.locator("#problem")).to_contain_text("查询超时")
    expect(page.locator("#answer table")).to_be_visible()
    expect(button).to_be_enabled()
    assert saved == []
    forgive(visit, 504)
    # What succeeds takes the error away.
    with page.expect_download():
        page.locator("#downloads").get_by_role("button", name="CSV").click()
    expect(page.locator("#problem")).to_be_hidden()


def test_suggestions_leave_alone_who_composes_or_has_gone(browse: Open) -> None:
    page = ready(browse("/query"))
    page.locator(".examples summary", has_text="证书").first.click()
    page.get_by_role("link", name="这一证书在哪些地区、哪一行、对应什么职称与专业？").click()
    field = page.locator("[id='p.certificate']")
    options = page.get_by_role("option")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    field.fill("mrics")
    field.blur()
    page.wait_for_timeout(1000)
    expect(options).to_have_count(0)
    field.fill("")
    page.wait_for_timeout(500)
    asked.clear()
    field.focus()
    field.dispatch_event("compositionstart")
    page.keyboard.insert_text("mrics")
    page.wait_for_timeout(1000)
    assert not [url for url in asked if "/api/search" in url]
    field.dispatch_event("compositionend")
    expect(options.first).to_be_visible()
    # The Enter that ends a composition takes nothing.
    page.keyboard.press("ArrowDown")
    field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "keyCode": 229})
    expect(field).to_have_value("mrics")
    page.keyboard.press("Enter")
    expect(field).to_have_value("certificate/c00085")


def test_suggestions_that_failed_once_are_asked_for_again(browse: Open) -> None:
    visit = browse("/query?example=edition-counts")
    page = ready(visit)
    failed: list[str] = []

    def fail(route: Route) -> None:
        if "SELECT DISTINCT ?class" in unquote_plus(route.request.post_data or "") and not failed:
            failed.append(route.request.url)
            route.fulfill(status=503, body="busy")
        else:
            route.fallback()

    page.route("**/sparql", fail)
    field = page.locator("[id='p.edition']")
    field.fill("")
    field.press_sequentially("重")
    page.wait_for_timeout(1500)
    assert failed
    field.press_sequentially("庆")
    page.get_by_role("option", name="重庆").first.click()
    expect(field).to_have_value(re.compile("^edition/500000-1/"))
    forgive(visit, 503)


def test_of_a_very_long_answer_the_beginning_is_shown_and_said_to_be_one(browse: Open) -> None:
    # Few rows and long ones: also a busy machine has them before the deadline.
    query = f"SELECT ?s ?long {{ ?s ?p ?o BIND('{'长' * 800}' AS ?long) }} LIMIT 15000"
    page = ready(browse(with_query(query)))
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("结果超过 24 MB")
    expect(page.locator("#answer tbody tr")).to_have_count(200)
    said = page.locator("#status").inner_text().replace(",", "")
    found = re.search(r"(\d+) 行", said)
    assert found is not None
    assert 5_000 < int(found[1]) < 15_000


def test_a_running_query_is_cancelled(browse: Open) -> None:
    visit = browse(with_query(ENDLESS))
    page = ready(visit)
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("运行中")
    # Until the endpoint knows the query, there is nothing that it could end.
    page.wait_for_timeout(1500)
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as ended:
        page.locator("#cancel").click()
    assert ended.value.status == 204
    expect(page.locator("#problem")).to_contain_text("取消")
    expect(page.locator("#cancel")).to_be_hidden()
    forgive(visit, 503)
    write(page, "ASK {}")
    run(page)
    expect(page.locator("#answer")).to_have_text("是（true）")


def test_prefixes_are_put_in_once(browse: Open) -> None:
    page = ready(browse(with_query("SELECT * {}")))
    page.locator(".prefixes summary").click()
    for _ in range(2):
        page.get_by_role("button", name="skos:", exact=True).click()
    assert lines(page) == "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\nSELECT * {}"


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("dark", [False, True])
def test_every_state_fits_its_window_and_has_no_barrier(
    browse: Open, width: int, dark: bool
) -> None:
    visit = browse("/query?example=recognition", width=width, dark=dark)
    page = ready(visit)
    assert (visit.overflow(), visit.barriers()) == (0, [])
    run(page)
    expect(page.locator("#answer table")).to_be_visible()
    assert (visit.overflow(), visit.barriers()) == (0, [])
    write(page, COUNTED)
    run(page)
    page.get_by_role("button", name="图", exact=True).click()
    expect(page.locator(".chart rect").first).to_be_visible()
    assert (visit.overflow(), visit.barriers()) == (0, [])
    page.locator(".cm-content").press("Control+End")
    page.keyboard.type("\n?x a zc:")
    expect(page.locator(".cm-tooltip-autocomplete li").first).to_be_visible()
    assert (visit.overflow(), visit.barriers()) == (0, [])


# -- less than a script, or than the package


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_without_scripts_a_form_asks_and_a_table_answers(browse: Open, width: int) -> None:
    visit = browse("/query", width=width, javascript=False)
    page = visit.page
    assert visit.overflow() == 0
    page.locator("#query").fill(COUNTED)
    page.locator("#run").click()
    table = page.locator("#answer table")
    assert "上海市" in {row[1] for row in cells(table)}
    assert visit.overflow() == 0
    page.locator(".examples summary", has_text="目录、版本与所印各行").click()
    page.get_by_role("link", name="在某一天，哪些目录版本有效？").click()
    page.locator("[id='p.day']").fill("2024-01-01")
    page.locator(".parameters").get_by_role("button", name="运行").click()
    assert '"2024-01-01"' in page.locator("#query").input_value()
    assert len(cells(table)) > 0
    for hidden in ("#cancel", "#share", "#keys", "#editor"):
        expect(page.locator(hidden)).to_be_hidden()


@pytest.fixture
def bare(
    run_service: ServiceFactory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[str]:
    """The address of a service that was installed without Node.js."""
    monkeypatch.setattr(app, "EDITOR", tmp_path / "dist")
    with run_service() as service:
        yield service.url


def test_without_the_package_the_text_area_is_the_editor(chromium: Browser, bare: str) -> None:
    page = chromium.new_page(locale="en-GB")
    page.goto(f"{bare}/query")
    expect(page.locator("html[data-ready=yes]")).to_be_attached()
    expect(page.locator("#editor")).to_be_hidden()
    area = page.locator("#query")
    area.fill("SELECT ?名 {\n  ?s <http://www.w3.org/2000/01/rdf-schema#label> ?名 . ?x\n}")
    area.press("Control+Enter")
    expect(page.locator("#problem")).to_contain_text("line 3, column 2")
    start = page.evaluate("document.getElementById('query').selectionStart")
    assert area.input_value()[:start].count("\n") == 2
    area.fill("SELECT ?名 { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?名 } ORDER BY ?名")
    run(page)
    assert ["注册会计师"] in [
        [row[0].removesuffix(" zh")] for row in cells(page.locator("#answer table"))
    ]
    page.close()


def test_an_answer_that_breaks_off_is_not_shown(
    chromium: Browser, run_service: ServiceFactory
) -> None:
    numbers = " ".join(str(number) for number in range(60))
    query = f"SELECT ('{'长' * 800}' AS ?long) {{ VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }} }}"
    with run_service(max_result_bytes=4 * 1024 * 1024) as service:
        page = chromium.new_page(locale="en-GB")
        page.goto(f"{service.url}{with_query(query)}")
        expect(page.locator("html[data-ready=yes]")).to_be_attached()
        run(page)
        expect(page.locator("#problem")).to_contain_text("broke off")
        expect(page.locator("#answer")).to_be_empty()
        page.close()
