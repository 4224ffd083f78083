"""The first page: the box with its suggestions, and figures that are those of the graph."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import expect

from kgservice.api.editions import EditionView
from kgservice.pages.about.figures import Coverage, Figures

from .conftest import PHONE, WIDE, Open

FIELD = "input[name=q]"


def test_the_figures_are_those_of_the_graph(web: httpx.Client) -> None:
    query = """PREFIX zc: <https://w3id.org/zhicheng/ns/>
    SELECT (COUNT(?row) AS ?rows) (SUM(IF(?sure, 1, 0)) AS ?certain)
    WHERE { ?row a zc:DirectoryEntry ; zc:certain ?sure }"""
    answer = web.get("/sparql", params={"query": query, "format": "json"}).json()
    row = answer["results"]["bindings"][0]
    rows, certain = int(row["rows"]["value"]), int(row["certain"]["value"])
    page = web.get("/", params={"lang": "en"}).text
    assert f"{certain} of {rows} rows are read with certainty" in page
    assert certain < rows
    assert page.count('<li class="card place">') == 5
    assert "start not printed" in page  # Beijing's edition prints no day
    assert "2022-01-01" in page


def test_every_way_on_keeps_the_language(web: httpx.Client) -> None:
    ways = web.get("/?lang=en").text.partition('id="ways"')[2].partition("</section>")[0]
    links = re.findall(r'href="([^"]+)"', ways)
    assert len(links) == 4 and all(link.endswith("?lang=en") for link in links)


def test_it_tells_machines_how_to_search(web: httpx.Client) -> None:
    page = web.get("/").text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found is not None
    site = json.loads(found[1])
    assert site["@type"] == "WebSite"
    template = site["potentialAction"]["target"]["urlTemplate"]
    address = template.replace("{search_term_string}", "MRICS")
    assert "c00085" in web.get(address).text


def test_examples_find_something(web: httpx.Client) -> None:
    addresses = re.findall(r'<a href="(/search\?q=[^"]+)"', web.get("/").text)
    assert len(addresses) >= 3
    for address in addresses:
        assert "/doc/certificate/" in web.get(address).text, address


def test_suggestions_by_keyboard(browse: Open) -> None:
    page = browse("/").page
    page.route("**/doc/**", lambda route: route.fulfill(body="a certificate"))
    field = page.locator(FIELD)
    field.press_sequentially("mrics")
    option = page.get_by_role("option")
    expect(option.first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status")).not_to_be_empty()
    field.press("ArrowDown")
    expect(option.first).to_have_attribute("aria-selected", "true")
    active = field.get_attribute("aria-activedescendant")
    assert active == option.first.get_attribute("id")
    field.press("ArrowUp")  # back to the field itself
    assert field.get_attribute("aria-activedescendant") is None
    field.press("Escape")
    expect(option).to_have_count(0)
    expect(field).to_have_value("mrics")
    field.press("ArrowDown")  # asks again
    expect(option.first).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url("**/doc/certificate/c00085")


def test_enter_without_a_choice_searches(browse: Open) -> None:
    page = browse("/").page
    page.locator(FIELD).press_sequentially("MRICS")
    expect(page.get_by_role("option").first).to_be_visible()
    page.locator(FIELD).press("Enter")
    page.wait_for_url("**/search?q=MRICS")


def test_letters_of_an_input_method_are_not_looked_for(browse: Open) -> None:
    visit = browse("/")
    page, asked = visit.page, []
    page.on("request", lambda one: asked.append(one.url) if "/api/" in one.url else None)
    field = page.locator(FIELD)
    field.focus()
    session = page.context.new_cdp_session(page)
    for letters in ("t", "te", "te x"):
        session.send(
            "Input.imeSetComposition",
            {"text": letters, "selectionStart": len(letters), "selectionEnd": len(letters)},
        )
        page.wait_for_timeout(250)
    assert asked == []
    session.send("Input.insertText", {"text": "特许金融分析师"})
    expect(page.get_by_role("option").first).to_be_visible()
    assert {address.rpartition("q=")[2] for address in asked} == {quote("特许金融分析师")}
    expect(field).to_have_value("特许金融分析师")


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_fits_and_has_no_barrier(browse: Open, width: int, language: str) -> None:
    visit = browse(f"/?lang={language}", width=width)
    assert visit.overflow() == 0
    visit.page.locator(FIELD).press_sequentially("rics")
    expect(visit.page.get_by_role("option").first).to_be_visible()
    assert visit.overflow() == 0
    assert visit.barriers() == []


def test_in_the_dark_with_suggestions(browse: Open) -> None:
    visit = browse("/", dark=True)
    visit.page.locator(FIELD).press_sequentially("rics")
    expect(visit.page.get_by_role("option").first).to_be_visible()
    assert visit.barriers() == []


def test_of_each_directory_the_newest_edition_is_shown() -> None:
    """An edition that only its title is known of has no rows, and counts for nothing."""
    editions = [
        ("500000-1", "2019", "2019-01-01", 10),
        ("500000-1", "2023", "2023-10-16", 20),
        ("500000-1", "2025", "2025-01-01", 0),
        ("110000-1", "annex-5", None, 5),
    ]
    coverage = [
        Coverage(
            EditionView.model_construct(
                directory=f"directory/{directory}", version=version, in_force_from=start
            ),
            *(rows, rows, rows),
        )
        for directory, version, start, rows in editions
    ]
    figures = Figures(coverage, {}, [], None)
    assert [one.edition.version for one in figures.newest] == ["2023", "annex-5"]
