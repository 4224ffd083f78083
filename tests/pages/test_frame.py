"""The frame of every page: language, validators, header fields, static files, problems, and how it stands in a window."""

from __future__ import annotations

import re

import httpx
import pytest
from conftest import BASE

from kgservice.pages.view import read_view

from .conftest import PHONE, WIDE, Open

ASSET = re.compile(r'"(/static/[^"]+)"')


@pytest.mark.parametrize(
    ("address", "accepted", "language"),
    [
        ("/", None, "zh"),
        ("/", "*", "zh"),
        ("/", "en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("/", "zh-Hant-TW,en;q=0.5", "zh"),
        ("/", "de,fr;q=0.5", "zh"),
        ("/?lang=en", "zh-CN", "en"),
        ("/?lang=zh", "en", "zh"),
        ("/?lang=xx", "en", "en"),
    ],
)
def test_the_language(web: httpx.Client, address: str, accepted: str | None, language: str) -> None:
    page = web.get(address, headers={"accept-language": accepted} if accepted else {})
    assert page.status_code == 200
    assert page.headers["content-language"] == language
    assert f'<html lang="{"zh-Hans" if language == "zh" else "en"}">' in page.text
    assert "Accept-Language" in page.headers["vary"]


def test_a_chosen_language_stays_in_the_links(web: httpx.Client) -> None:
    assert 'href="/?lang=en"' in web.get("/?lang=en").text
    page = web.get("/?q=%E4%B8%AD&q=b&lang=en")
    assert "/?q=%E4%B8%AD&amp;q=b&amp;lang=zh" in page.text


def test_the_page_names_its_own_address_and_the_other_languages(web: httpx.Client) -> None:
    page = web.get("/?lang=en", headers={"host": "kg.example.org"}).text
    assert '<link rel="canonical" href="http://kg.example.org/?lang=en">' in page
    assert 'hreflang="zh-Hans" href="http://kg.example.org/?lang=zh">' in page
    assert 'hreflang="x-default" href="http://kg.example.org/">' in page


def test_who_has_the_page_gets_304(web: httpx.Client) -> None:
    first = web.get("/")
    held = {"if-none-match": first.headers["etag"]}
    again = web.get("/", headers=held)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert web.get("/", headers={"if-none-match": "*"}).status_code == 304
    assert web.get("/?lang=en", headers=held).status_code == 200
    plain = web.get("/", headers={"accept-encoding": "identity"})
    assert plain.headers["etag"] != first.headers["etag"]
    assert plain.text == first.text


def test_head_has_the_fields_without_the_body(web: httpx.Client) -> None:
    page, head = web.get("/"), web.head("/")
    assert head.content == b""
    for name in ("etag", "content-type", "content-language", "content-security-policy"):
        assert head.headers[name] == page.headers[name]


def test_the_api_answers_head_like_get(web: httpx.Client) -> None:
    """Who checks the links of a page asks HEAD."""
    for path in ("/api/certificates/c00085", "/api/search?q=MRICS", "/api/compare?issuer=i0028"):
        anything = {"accept": "*/*"}
        found, head = web.get(path, headers=anything), web.head(path, headers=anything)
        assert (head.status_code, head.content) == (200, b""), path
        assert head.headers["content-length"] == found.headers["content-length"]
    assert web.head("/api/certificates/c99999").status_code == 404
    assert web.head("/api/eligibility").status_code == 405


def test_below_a_prefix_links_have_it() -> None:
    scope = {
        **{"type": "http", "scheme": "https", "root_path": "/kg", "path": "/kg/doc/证书"},
        **{"query_string": "q=证 书&lang=en".encode(), "headers": [(b"host", b"example.org")]},
    }
    view = read_view(scope, BASE)
    assert (view.prefix, view.path, view.get("q")) == ("/kg", "/doc/证书", "证 书")
    assert view.host == "https://example.org"
    assert view.link("/compare", region=["500000", "310000"], from_="x") == (
        "/kg/compare?region=500000&region=310000&from=x&lang=en"
    )
    assert view.here(language="zh", q=None) == "/kg/doc/%E8%AF%81%E4%B9%A6?lang=zh"
    assert view.address(f"{BASE}/id/entry/310000-1/3.0/C24") == (
        "/kg/doc/entry/310000-1/3.0/C24?lang=en"
    )
    assert view.address(f"{BASE}/ns/Recognition") == "/kg/ns/Recognition?lang=en"
    assert view.address("https://w3id.org/zhichengx/id/a") == "https://w3id.org/zhichengx/id/a"
    assert view.absolute("/doc/证书") == "https://example.org/kg/doc/%E8%AF%81%E4%B9%A6"


def test_static_files_are_kept_for_ever(web: httpx.Client) -> None:
    names = ASSET.findall(web.get("/").text)
    assert {name.rpartition("/")[2] for name in names} >= {"site.css", "mark.svg"}
    for name in names:
        answer = web.get(name)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    stale = re.sub(r"/static/[0-9a-f]+/", "/static/0000000000000000/", names[0])
    assert web.get(stale).status_code == 404
    assert web.get("/static/0000000000000000/../site.py").status_code == 404


def test_a_problem_is_a_page_for_a_browser_only(web: httpx.Client) -> None:
    page = web.get("/nowhere", headers={"accept-language": "en"})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "There is nothing at this address" in page.text
    assert re.search(r'href="/search[^"]*">Find a certificate<', page.text)
    document = web.get("/nowhere", headers={"accept": "*/*"})
    assert document.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("path", ["/", "/sparql", "/?lang=en"])
def test_a_page_fits_its_window_and_has_no_barrier(browse: Open, path: str, width: int) -> None:
    visit = browse(path, width=width)
    assert visit.overflow() == 0
    assert visit.barriers() == []


@pytest.mark.parametrize(
    ("path", "width", "lines"),
    [("/data?lang=en", WIDE, 1), ("/data?lang=zh", WIDE, 1), ("/data?lang=zh", PHONE, 3)],
)
def test_the_head_takes_no_more_lines_than_it_needs(
    browse: Open, path: str, width: int, lines: int
) -> None:
    """One in a wide window; on a phone brand, search and the list of pages have one each."""
    parts = browse(path, width=width).page.locator(
        ".brand, .site-nav a, .site-find button, .language a"
    )
    middles: list[float] = []
    for box in (part.bounding_box() for part in parts.all()):
        assert box is not None
        middle = box["y"] + box["height"] / 2
        if all(abs(middle - other) > 12 for other in middles):
            middles.append(middle)
    assert len(middles) == lines


def test_in_the_dark_too(browse: Open) -> None:
    assert browse("/", dark=True).barriers() == []


def test_the_keyboard_reaches_the_content_first(browse: Open) -> None:
    page = browse("/").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"
