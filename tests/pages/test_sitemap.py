"""For crawlers: every address of the sitemap is one of a page or of a thing, and robots.txt leads to it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from urllib.robotparser import RobotFileParser

import httpx
import pytest
from conftest import BASE

from kgservice.pages.about import sitemap
from kgservice.pages.view import read_view

SPACE = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "x": "http://www.w3.org/1999/xhtml",
}


def read(text: str) -> list[tuple[str, dict[str, str]]]:
    """The addresses, each with its languages."""
    return [
        (
            str(url.findtext("s:loc", namespaces=SPACE)),
            {str(x.get("hreflang")): str(x.get("href")) for x in url.findall("x:link", SPACE)},
        )
        for url in ET.fromstring(text).findall("s:url", SPACE)
    ]


def test_the_sitemap_lists_every_certificate_and_nothing_twice(web: httpx.Client) -> None:
    answer = web.get("/sitemap.xml")
    assert answer.headers["content-type"] == "application/xml"
    found = read(answer.text)
    addresses = [address for address, _ in found]
    assert len(addresses) == len(set(addresses))
    query = f"SELECT (COUNT(DISTINCT ?c) AS ?n) {{ ?c a <{BASE}/ns/Certificate> }}"
    rows = web.get("/sparql", params={"query": query, "format": "json"}).json()
    count = int(rows["results"]["bindings"][0]["n"]["value"])
    site = str(web.base_url).rstrip("/")
    assert sum(x.startswith(f"{site}/doc/certificate/") for x in addresses) == count
    for kind in ("region/500000", "edition/310000-1/3.0", "family/f0001", "issuer/i0001"):
        assert f"{site}/doc/{kind}" in addresses
    for address, languages in found:
        assert languages == {
            "zh-Hans": f"{address}?lang=zh",
            "en": f"{address}?lang=en",
            "x-default": address,
        }


def test_the_fixed_pages_of_the_sitemap_that_are_served_here_answer(web: httpx.Client) -> None:
    for path in ("/", "/search", "/eligibility", "/data", "/ns/", "/shapes", "/query"):
        assert path in sitemap.FIXED
    for path in sitemap.FIXED:
        for address in (path, f"{path}?lang=zh", f"{path}?lang=en"):
            assert web.get(address).status_code == 200, address


def test_a_large_graph_is_split() -> None:
    paths = [f"/doc/certificate/c{number:05}" for number in range(2 * sitemap.MOST + 1)]
    parts = sitemap.split(paths)
    assert [len(part) for part in parts] == [sitemap.MOST, sitemap.MOST, 1]
    assert [path for part in parts for path in part] == paths
    scope = {
        **{"type": "http", "scheme": "https", "root_path": "/kg", "path": "/kg/sitemap.xml"},
        **{"query_string": b"", "headers": [(b"host", b"example.org")]},
    }
    view = read_view(scope, BASE)
    text = "".join(sitemap.write_urls(view, parts[0], "2026-01-01T00:00:00Z"))
    assert len(text.encode()) < 50 * 1024 * 1024
    index = ET.fromstring("".join(sitemap.write_index(view, range(1, 4), "2026-01-01T00:00:00Z")))
    assert [one.text for one in index.findall("s:sitemap/s:loc", SPACE)] == [
        f"https://example.org/kg/sitemap-{number}.xml" for number in (1, 2, 3)
    ]
    assert "Disallow: /kg/api/" in sitemap.write_robots(view)


@pytest.mark.parametrize("name", ["0", "1", "2", "x", "-1", "٣", "9" * 5000])
def test_there_are_no_other_parts(web: httpx.Client, name: str) -> None:
    assert web.get(f"/sitemap-{name}.xml").status_code == 404


def test_robots(web: httpx.Client) -> None:
    text = web.get("/robots.txt").text
    rules = [x.removeprefix("Disallow: ") for x in text.splitlines() if x.startswith("Disallow")]
    patterns = [re.compile(".*".join(map(re.escape, rule.split("*")))) for rule in rules]
    robots = RobotFileParser()  # knows no wildcards
    robots.parse(text.splitlines())
    site = str(web.base_url).rstrip("/")
    for path in ("/", "/doc/certificate/c00085", "/data", "/sparql", "/search", "/ns/Recognition"):
        assert not any(pattern.match(path) for pattern in patterns), path
        assert robots.can_fetch("any", site + path), path
    for path in ("/sparql?query=ASK%20%7B%7D", "/api/search?q=x", "/search?q=x", "/compare?a=b"):
        assert any(pattern.match(path) for pattern in patterns), path
    allowed = [x.removeprefix("Allow: ") for x in text.splitlines() if x.startswith("Allow")]
    for path in ("/search", "/compare"):  # the same in a language, as the sitemap has them
        for language in ("zh", "en"):
            assert f"{path}?lang={language}$" in allowed
    assert robots.site_maps() == [f"{site}/sitemap.xml"]
