"""The model and the shapes explained: everything that the graph states of them is on the page."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from .conftest import PHONE, WIDE, Open


def select(web: httpx.Client, query: str) -> list[dict[str, str]]:
    prefixes = """PREFIX owl: <http://www.w3.org/2002/07/owl#> PREFIX sh: <http://www.w3.org/ns/shacl#>
    PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX zc: <https://w3id.org/zhicheng/ns/> """
    answer = web.get("/sparql", params={"query": prefixes + query, "format": "json"})
    assert answer.status_code == 200, answer.text
    rows = answer.json()["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in rows]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_class_and_property_is_explained(web: httpx.Client, language: str) -> None:
    page = web.get("/ns/", params={"lang": language}).text
    rows = select(
        web,
        f"""SELECT ?term ?kind ?label {{ VALUES ?kind {{ owl:Class owl:ObjectProperty owl:DatatypeProperty }}
        ?term a ?kind ; rdfs:isDefinedBy zc: ; rdfs:label ?label . FILTER(LANG(?label) = "{language}") }}""",
    )
    assert len(rows) > 100
    for row in rows:
        name = row["term"].rpartition("/")[2]
        assert f"<code>zc:{name}</code>" in page, name
        assert html.escape(row["label"]) in html.unescape(page).replace("&", "&amp;"), name
        if row["kind"].endswith("Class"):
            assert page.count(f'id="{name}"') == 1, name


def test_the_picture_leads_to_classes(web: httpx.Client) -> None:
    page = web.get("/ns/").text
    picture = page.partition("<svg")[2].partition("</svg>")[0]
    boxes = re.findall(r'<a href="#([A-Za-z]+)">', picture)
    assert len(boxes) >= 12
    for name in boxes:
        assert f'<article class="term" id="{name}">' in page, name


def test_every_shape_is_explained_with_what_breaks_it(web: httpx.Client) -> None:
    page = web.get("/shapes").text
    shapes = select(
        web, "SELECT DISTINCT ?s { VALUES ?t { sh:NodeShape sh:PropertyShape } ?s a ?t }"
    )
    report = web.get("/data").text
    assert f'<p class="figure">{len(shapes)}</p>' in report
    for row in shapes:
        name = row["s"].rpartition("/")[2]
        assert page.count(f'id="{name}"') == 1, name
    assert page.count("违反它的例子") == len(shapes)


def test_the_rules_of_what_is_never_inferred(web: httpx.Client) -> None:
    page = web.get("/shapes", params={"lang": "en"}).text
    assert page.count('id="never-infer/') == 13
    assert "Not listed" in page or "not listed" in page
    queries = re.findall(r'id="never-infer/.*?<pre tabindex="0"><code>(.*?)</code>', page, re.S)
    assert len(queries) == 13
    for query in queries:
        assert select(web, html.unescape(query)) == []


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("path", ["/ns/", "/ns/?lang=en", "/shapes", "/shapes?lang=en"])
def test_it_fits_and_has_no_barrier(browse: Open, path: str, width: int) -> None:
    visit = browse(path, width=width)
    assert visit.overflow() == 0
    for summary in visit.page.locator("summary").all()[:6]:
        summary.click()
    assert visit.overflow() == 0
    assert visit.barriers() == []


@pytest.mark.parametrize("path", ["/ns/", "/shapes"])
def test_in_the_dark(browse: Open, path: str) -> None:
    assert browse(path, dark=True).barriers() == []
