"""The notes on pages: a reader of Chinese gets the Chinese one and no English, and the other way round."""

from __future__ import annotations

import csv
import io
from html import unescape
from urllib.parse import urlencode

import httpx
import pytest
from conftest import BASE

from kgservice.api.models import Note
from kgservice.pages.site import write_label
from kgservice.pages.view import View

from .conftest import PHONE, Open

PREFIX = f"""PREFIX zc: <{BASE}/ns/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX sssom: <https://w3id.org/sssom/>
"""
LOOK_ALIKES = f"""{PREFIX}SELECT ?zh ?en WHERE {{
  VALUES ?one {{ <{BASE}/id/certificate/c00085> }}
  {{ ?match owl:annotatedSource ?one }} UNION {{ ?match owl:annotatedTarget ?one }}
  ?match sssom:predicate_modifier "Not" ; rdfs:comment ?zh , ?en . FILTER(LANG(?zh) = "zh" && LANG(?en) = "en") }}"""
READING = f"""{PREFIX}SELECT ?zh ?en WHERE {{
  ?entry zc:inEdition <{BASE}/id/edition/320200-1/2021> ; zc:readingNote ?zh , ?en ; zc:seq ?seq .
  FILTER(?seq <= 50 && LANG(?zh) = "zh" && LANG(?en) = "en") }}"""
BESIDE = f"""{PREFIX}SELECT ?zh ?en WHERE {{
  ?recognition zc:recognizes <{BASE}/id/certificate/c00010> ; zc:statedIn ?entry . ?entry zc:readingNote ?zh , ?en .
  FILTER(LANG(?zh) = "zh" && LANG(?en) = "en") }}"""


def _about(thing: str, name: str) -> str:
    return f"""{PREFIX}SELECT ?zh ?en WHERE {{ <{BASE}/id/{thing}> {name} ?zh , ?en .
      FILTER(LANG(?zh) = "zh" && LANG(?en) = "en") }}"""


def _notes(web: httpx.Client, query: str) -> list[tuple[str, str]]:
    found = web.get(f"/sparql?{urlencode({'query': query})}", headers={"accept": "text/csv"})
    assert found.status_code == 200, found.text
    return [(row["zh"], row["en"]) for row in csv.DictReader(io.StringIO(found.text))]


PAGES = {
    "why certificates that look alike are not one": ("/doc/certificate/c00085", LOOK_ALIKES),
    "how the rows of an edition were read": ("/doc/edition/320200-1/2021", READING),
    "how the rows of a certificate were read": ("/doc/certificate/c00010", BESIDE),
    "what a certificate is": (
        "/doc/certificate/c00305",
        _about("certificate/c00305", "skos:editorialNote"),
    ),
    "what a body is": ("/doc/issuer/i0004", _about("issuer/i0004", "skos:editorialNote")),
    "a row by itself": (
        "/doc/entry/500000-1/2023/167",
        _about("entry/500000-1/2023/167", "zc:readingNote"),
    ),
    "what a row gives": (
        "/doc/recognition/500000-1/2023/167",
        _about("entry/500000-1/2023/167", "zc:readingNote"),
    ),
    "a ladder of grades": (
        "/doc/grade-scheme/s01",
        _about("grade-scheme/s01", "skos:editorialNote"),
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_the_note_is_in_the_language_of_the_page_and_only_in_it(
    web: httpx.Client, name: str
) -> None:
    path, query = PAGES[name]
    notes = _notes(web, query)
    assert notes
    chinese, english = (unescape(web.get(path, params={"lang": one}).text) for one in ("zh", "en"))
    for zh, en in notes:
        assert zh in chinese and en not in chinese, zh
        assert en in english and zh not in english, en


def test_the_page_of_a_match(web: httpx.Client) -> None:
    query = f"""{PREFIX}SELECT ?match ?zh ?en WHERE {{
      ?match a zc:Match ; sssom:predicate_modifier "Not" ; rdfs:comment ?zh , ?en .
      FILTER(LANG(?zh) = "zh" && LANG(?en) = "en") }} ORDER BY ?match LIMIT 3"""
    found = web.get(f"/sparql?{urlencode({'query': query})}", headers={"accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(found.text)))
    assert len(rows) == 3
    for row in rows:
        path = row["match"].removeprefix(f"{BASE}/id")
        chinese, english = (
            unescape(web.get(f"/doc{path}", params={"lang": one}).text) for one in ("zh", "en")
        )
        assert row["zh"] in chinese and row["en"] not in chinese
        assert row["en"] in english and row["zh"] not in english


def test_a_note_that_is_there_in_one_language_says_which(web: httpx.Client) -> None:
    """A release of before, or somebody else's."""
    view = View("zh", chosen=False, origin="http://h", path="/", query=(), base=BASE)
    assert write_label(Note(en="not <proven>"), view) == '<span lang="en">not &lt;proven&gt;</span>'
    assert write_label(Note(zh="未证实", en="not proven"), view) == "未证实"


def test_an_officer_reads_why_two_are_not_one_on_a_phone(browse: Open, web: httpx.Client) -> None:
    visit = browse("/doc/certificate/c00085", width=PHONE, javascript=False)
    text = visit.page.inner_text("main")
    told = [zh for zh, _ in _notes(web, LOOK_ALIKES) if zh in text]
    assert told and visit.overflow() == 0
    row = browse("/doc/edition/320200-1/2021", javascript=False).page
    details = row.locator("details", has_text="读法说明").first
    details.locator("summary").click()
    assert any(zh in details.inner_text() for zh, _ in _notes(web, READING))
