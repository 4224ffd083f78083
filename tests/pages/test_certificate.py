"""The page of a certificate: its facts against the API's answer, how it stands in a window, and very many places."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import BASE, write_release
from running import kg_serve

from kgservice.release import Release

from .conftest import PHONE, WIDE, Open

Json = dict[str, Any]
MRICS = "/doc/certificate/c00085"
ZC = f"{BASE}/ns/"
ROW = re.compile(r'<tr[^>]*data-recognition="([^"]+)">(.*?)</tr>', re.S)
BADGE = re.compile(r"badge--level badge--(\w+)")
LINE = re.compile(r'<span class="answer-level">(.*?)</span>\s*<span class="answer-where">(.*?)</li>', re.S)  # fmt: skip
LINK = re.compile(r'<a href="#region-\d+">([^<]+)</a>')
JSONLD = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)


def get_json(web: httpx.Client, path: str, **parameters: str) -> Json:
    answer = web.get(path, params=parameters, headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.text[:300]
    document: Json = answer.json()
    return document


def ids(web: httpx.Client, kind: str) -> list[str]:
    """The paths of all things of a class."""
    query = f"SELECT ?c {{ ?c a <{ZC}{kind}> }} ORDER BY ?c"
    found = web.get("/sparql", params={"query": query}, headers={"accept": "text/csv"})
    return [line.removeprefix(f"{BASE}/id/") for line in found.text.split()[1:]]


def first_cell(row: str) -> str:
    """The cell of the level."""
    return row.partition("<td")[2].partition("</td>")[0]


def rows_of(page: str) -> dict[str, str]:
    return {found[1]: found[2] for found in ROW.finditer(page)}


def lines_of(page: str) -> list[tuple[tuple[str, ...], bool, list[str]]]:
    """The lines of the answer: levels, whether a ceiling, regions."""
    return [
        (
            tuple(BADGE.findall(found[1])),
            "badge--ceiling" in found[1],
            [unescape(region) for region in LINK.findall(found[2])],
        )
        for found in LINE.finditer(page)
    ]


def differences(page: str, told: Json) -> list[str]:
    """In what the page differs from the API's answer."""
    rows = rows_of(page)
    wrong = []
    if set(rows) != {one["recognition"] for one in told["recognitions"]}:
        wrong.append(f"rows {sorted(rows)}")
        return wrong
    expected: dict[tuple[tuple[str, ...], bool], set[str]] = {}
    for one in told["recognitions"]:
        row, cell = rows[one["recognition"]], first_cell(rows[one["recognition"]])
        levels = [level["id"].rpartition("/")[2] for level in one["levels"]]
        ceiling = one.get("level_mode") == "CeilingLevel"
        says = {
            "levels": sorted(BADGE.findall(cell)) == sorted(levels),
            "ceiling": ("badge--ceiling" in cell) == ceiling,
            "doubt": ("badge--doubt" in cell) == (not one["source"]["certain"]),
            "benefits": ("badge--benefit" in cell) == (not levels),
            "titles": all(thing["label"]["zh"] in row for thing in one["titles"]),
            "tiers": all(thing["label"]["zh"] in row for thing in one["tiers"]),
            "specialties": all(thing["label"]["zh"] in row for thing in one["specialties"]),
            "cover": one["basis"] == "listed" or one["covered_by"]["via"]["label"]["zh"] in row,
            "source": f"/doc/{one['source']['entry']}" in row,
            "document": (one["source"].get("document") or "") in row,
            "printed": one["printed"]["name"] in unescape(row),
            "years": f"持证满 {one.get('holding_years')} 年" in row or "holding_years" not in one,
            "unstated": ("未说明如何区分" in row) == (one.get("outcome_stated") is False),
        }
        wrong += [f"{one['recognition']}: {name}" for name, fine in says.items() if not fine]
        kind = tuple(sorted(levels)), ceiling
        expected.setdefault(kind, set()).add(one["region"]["label"]["zh"])
    lines = {
        (tuple(sorted(levels)), ceiling): set(where) for levels, ceiling, where in lines_of(page)
    }
    if lines != expected:
        wrong.append(f"answer {lines}, not {expected}")
    wrong += [
        f"exemption {one['exemption']}"
        for one in told["exemptions"]
        if f"/doc/{one['exemption']}" not in page
    ]
    return wrong


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("kind", "route"), [("Certificate", "certificates"), ("CertificateFamily", "families")])  # fmt: skip
def test_every_page_says_what_the_api_says(web: httpx.Client, kind: str, route: str) -> None:
    """Those that are only covered, only lead somewhere by an exemption, or are doubtful are among them."""
    wrong: dict[str, list[str]] = {}
    seen: set[str] = set()
    for path in ids(web, kind):
        page = web.get(f"/doc/{path}")
        assert page.status_code == 200, path
        told = get_json(web, f"/api/{route}/{path.rpartition('/')[2]}", on=today())
        if found := differences(page.text, told):
            wrong[path] = found
        rows = told["recognitions"]
        seen.add("exempting" if told["exemptions"] and not rows else "listed" if rows else "none")
        if rows and all(row["basis"] == "covered" for row in rows):
            seen.add("covered")
        seen |= {"doubtful" for row in rows if not row["source"]["certain"]}
        seen |= {"several" for row in rows if row.get("outcome_stated") is False}
    assert wrong == {}
    if kind == "Certificate":
        assert seen >= {"listed", "covered", "exempting", "doubtful", "several"}


def today() -> str:
    china = datetime.timezone(datetime.timedelta(hours=8))
    return datetime.datetime.now(china).date().isoformat()


def test_mrics_is_deputy_senior_here_and_at_most_intermediate_there(web: httpx.Client) -> None:
    page = web.get(MRICS).text
    assert lines_of(page) == [
        (("40",), False, ["上海市"]),
        (("30",), False, ["无锡市"]),
        (("30",), True, ["重庆市"]),
        ((), False, ["上海市"]),
    ]
    assert "目录中未列入，不等于不认可" in page
    assert "差别来自上限" in page
    described = re.search(r'<desc id="picture-text">(.*?)</desc>', page, re.S)
    assert described is not None
    for said in ("副高级：上海市", "中级：无锡市", "最高可至中级：重庆市", "北京市、浙江省"):
        assert said in described[1]
    picture = page.partition("<svg viewBox")[2].partition("</svg>")[0]
    assert picture.count('class="solid"') == 3
    assert picture.count('class="hatched"') == 1
    assert picture.count('class="benefit"') == 1
    assert picture.count(">未列入<") == 2
    ladder = page.partition('class="rungs"')[2].partition("</p>")[0]
    assert re.findall(r"[A-Za-z]*RICS", ladder) == ["AssocRICS", "MRICS", "FRICS"]


def test_what_is_known_stands_beside_it(web: httpx.Client) -> None:
    page = web.get(MRICS).text
    told = get_json(web, "/api/certificates/c00085/equivalents")
    for one in told["look_alikes"]:
        assert f"/doc/{one['certificate']['id']}" in page
    same = {one["other"]["id"] for one in told["equivalents"] if one["kind"] == "same_outcome"}
    shown = page.partition("结果相同的证书")[2].partition('id="alike"')[0]
    assert set(re.findall(r"/doc/(certificate/c\d+)", shown)) == same
    assert "这只是结果，不说明证书等同" in page
    register = next(
        path for path in ("certificate/c00080", "certificate/c00081") if "同一注册级别" in web.get(f"/doc/{path}").text
    )  # fmt: skip
    told = get_json(web, f"/api/certificates/{register.rpartition('/')[2]}/equivalents")
    others = {o["other"]["id"] for o in told["equivalents"] if o["kind"] == "same_register_grade"}
    shown = web.get(f"/doc/{register}").text.partition("同一注册级别")[2]
    assert others <= set(re.findall(r"/doc/(certificate/c\d+)", shown))


def test_on_another_day(web: httpx.Client) -> None:
    before = web.get(MRICS, params={"on": "2022-06-01"}).text
    assert lines_of(before) == [(("30",), False, ["无锡市"])]
    rows = rows_of(before)
    assert "所选日期无效" in rows["recognition/310000-1/3.0/C24"]
    assert "有效" in rows["recognition/320200-1/2021/19"]
    beijing = next(
        page
        for path in ("certificate/c00010", "certificate/c00011")
        if "recognition/110000-1" in (page := web.get(f"/doc/{path}").text)
    )
    assert "是否有效不详" in beijing


@pytest.mark.parametrize("query", ["on=2022-13-01", "on=x", "level=31", "page=0", "page=two"])
def test_a_wrong_parameter_is_told(web: httpx.Client, query: str) -> None:
    answer = web.get(f"{MRICS}?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.text


def test_unknown(web: httpx.Client) -> None:
    for path in ("certificate/c99999", "family/f9999", "certificate/%E8%AF%81"):
        answer = web.get(f"/doc/{path}")
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")


def test_schema_org(web: httpx.Client) -> None:
    found = JSONLD.search(web.get(MRICS).text)
    assert found is not None
    first, *regions = json.loads(found[1])["@graph"]
    assert first["@type"] == "EducationalOccupationalCredential"
    assert first["@id"] == f"{BASE}/id/certificate/c00085"
    assert "MRICS" in first["alternateName"]
    worth = {
        node["validIn"]["identifier"]: [level["name"] for level in node.get("educationalLevel", [])]
        for node in regions
    }
    assert worth == {"310000": ["副高级"], "320200": ["中级"], "500000": ["最高可至中级"]}
    assert all(
        node["recognizedBy"] and node["isBasedOn"]["@id"] == first["@id"] for node in regions
    )


def test_its_query_runs(web: httpx.Client) -> None:
    page = web.get(MRICS).text
    query = unescape(re.search(r"<pre[^>]*><code>(.*?)</code>", page, re.S)[1])  # type: ignore[index]
    answer = web.get("/sparql", params={"query": query}, headers={"accept": "text/csv"})
    assert answer.status_code == 200
    assert "recognition/310000-1/3.0/C24" in answer.text


@pytest.mark.parametrize("language", ["", "?lang=en"])
def test_its_query_is_run_on_a_page(web: httpx.Client, language: str) -> None:
    page = web.get(MRICS + language).text
    (address,) = re.findall(r'href="(/query\?query=[^"]+)"', page)
    answer = web.get(unescape(address))
    assert answer.status_code == 200
    assert "/doc/recognition/310000-1/3.0/C24" in answer.text


def test_who_has_it_gets_304(web: httpx.Client) -> None:
    tag = web.get(MRICS).headers["etag"]
    assert web.get(MRICS, headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize(
    "path",
    [
        MRICS,
        f"{MRICS}?lang=en",
        "/doc/certificate/c00010",  # covered, and doubtful
        "/doc/certificate/c00187?lang=en",  # a row with several levels
        "/doc/family/f0002",
    ],
)
def test_it_fits_and_has_no_barrier(browse: Open, path: str, width: int) -> None:
    visit = browse(path, width=width)
    assert visit.overflow() == 0
    assert visit.barriers() == []


def test_a_long_level_leaves_room_for_the_places(browse: Open) -> None:
    page = browse("/doc/certificate/c00162?lang=en").page
    for place in page.locator(".answer-where").all():
        box = place.bounding_box()
        assert box is not None and box["width"] > 150
    title = page.locator("h1").inner_text()
    assert page.locator(".other-name", has_text=title).count() == 0, "a name is not told twice"


def test_in_the_dark(browse: Open) -> None:
    assert browse(MRICS, dark=True).barriers() == []
    assert browse("/doc/certificate/c00010", width=PHONE, dark=True).barriers() == []


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_without_scripts(browse: Open, width: int) -> None:
    page = browse(MRICS, width=width, javascript=False).page
    answer = page.locator(".answer-lines li")
    assert answer.nth(0).inner_text().split() == ["副高级", "上海市"]
    assert answer.nth(2).inner_text().split()[:2] == ["最高可至中级", "重庆市"]
    assert page.locator(".picture svg").first.is_visible()
    page.locator("summary", has_text="原文").first.click()
    assert page.locator(".facts.print").first.is_visible()
    page.locator(".answer-where a").first.click()
    assert page.url.endswith("#region-310000")


# -- withdrawn, and very many places


SAMPLE = 60
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
SKOS = "http://www.w3.org/2004/02/skos/core#"
XSD = "http://www.w3.org/2001/XMLSchema#"


def _withdrawn() -> Iterator[str]:
    graph = f"<{BASE}/graph/register/certificates>"
    for id in ("c90001", "c90002"):
        subject = f"<{BASE}/id/certificate/{id}>"
        yield f"{subject} <{TYPE}> <{ZC}Certificate> {graph} ."
        yield f'{subject} <{SKOS}prefLabel> "撤销的证书"@zh {graph} .'
        yield f'{subject} <{ZC}withdrawn> "true"^^<{XSD}boolean> {graph} .'
    yield (
        f"<{BASE}/id/certificate/c90001> <http://purl.org/dc/terms/isReplacedBy> "
        f"<{BASE}/id/certificate/c00009> {graph} ."
    )


def _places() -> Iterator[str]:
    """Many regions, each with a directory of one row: every third at most intermediate, every tenth not certain."""
    graph = f"<{BASE}/graph/edition/sample>"
    for number in range(SAMPLE):
        code = 900000 + number
        region, directory = f"<{BASE}/id/region/{code}>", f"<{BASE}/id/directory/{code}-1>"
        edition, entry = f"<{BASE}/id/edition/{code}-1/1>", f"<{BASE}/id/entry/{code}-1/1/1>"
        recognition = f"<{BASE}/id/recognition/{code}-1/1/1>"
        ceiling = number % 3 == 0
        level = 30 if ceiling else 40
        for subject, predicate, target in (
            (region, TYPE, f"<{ZC}Region>"),
            (region, f"{SKOS}notation", f'"{code}"'),
            (region, f"{SKOS}prefLabel", f'"样本地区{number}"@zh'),
            (directory, TYPE, f"<{ZC}Directory>"),
            (directory, "http://purl.org/dc/terms/spatial", region),
            (edition, TYPE, f"<{ZC}Edition>"),
            (edition, "http://www.w3.org/2000/01/rdf-schema#label", f'"样本目录{number}"@zh'),
            (edition, "http://www.w3.org/ns/dcat#inSeries", directory),
            (edition, "http://www.w3.org/ns/dcat#version", '"1"'),
            (edition, f"{ZC}inForceFrom", f'"2020-01-01"^^<{XSD}date>'),
            (edition, f"{ZC}complete", f'"true"^^<{XSD}boolean>'),
            (entry, f"{SKOS}notation", '"1"'),
            (entry, f"{ZC}seq", f'"1"^^<{XSD}integer>'),
            (entry, f"{ZC}printedName", '"专业会员"@zh'),
            (entry, f"{ZC}certain", f'"{str(number % 10 != 0).lower()}"^^<{XSD}boolean>'),
            (entry, f"{ZC}listsCertificate", f"<{BASE}/id/certificate/c00085>"),
            (entry, f"{ZC}inEdition", edition),
            (recognition, TYPE, f"<{ZC}Recognition>"),
            (recognition, f"{ZC}recognizes", f"<{BASE}/id/certificate/c00085>"),
            (recognition, f"{ZC}inEdition", edition),
            (recognition, f"{ZC}jurisdiction", region),
            (recognition, f"{ZC}statedIn", entry),
            (recognition, f"{ZC}levelMode", f"<{ZC}{'CeilingLevel' if ceiling else 'ExactLevel'}>"),
            (recognition, f"{ZC}confersTitleLevel", f"<{BASE}/id/title-level/{level}>"),
        ):
            yield f"{subject} <{predicate}> {target} {graph} ."


@pytest.fixture(scope="module")
def doctored(
    real_release: Release, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """The real data with two certificates withdrawn, and MRICS listed in many more places."""
    releases: Path = tmp_path_factory.mktemp("doctored")
    lines = [*_withdrawn(), *_places()]
    write_release(releases, real_release.graph.read_text("utf-8") + "\n".join(lines) + "\n")
    with (
        kg_serve(releases) as address,
        httpx.Client(base_url=address, timeout=60, headers={"accept": "text/html"}) as client,
    ):
        yield client


def test_withdrawn(doctored: httpx.Client) -> None:
    gone = doctored.get("/doc/certificate/c90001")
    assert gone.status_code == 410
    assert "certificate/c00009" in gone.text
    alone = doctored.get("/doc/certificate/c90002")
    assert alone.status_code == 410
    assert "没有替代者" in alone.text


def test_many_places_are_counted_and_shown_by_the_page(doctored: httpx.Client) -> None:
    page = doctored.get(MRICS).text
    exact, ceiling = SAMPLE - SAMPLE // 3 + 1, SAMPLE // 3 + 1  # Shanghai; Chongqing
    told = {(levels, most): where for levels, most, where in _many(page)}
    assert f"等 {exact} 个地区" in told[("40",), False]
    assert f"等 {ceiling} 个地区" in told[("30",), True]
    assert page.count("data-recognition=") <= 24
    picture = page.partition("<svg viewBox")[2].partition("</svg>")[0]
    assert f">{exact}<" in picture.replace("\n", "")
    second = doctored.get(MRICS, params={"page": "2"}).text
    assert rows_of(second) and not set(rows_of(second)) & set(rows_of(page))
    every: set[str] = set()
    for number in range(1, 12):
        every |= set(rows_of(doctored.get(MRICS, params={"page": str(number)}).text))
    assert len(every) == SAMPLE + 4
    some = doctored.get(MRICS, params={"level": "40"}).text
    assert {tuple(BADGE.findall(first_cell(row))) for row in rows_of(some).values()} <= {
        ("40",),
        (),
    }
    one = rows_of(doctored.get(MRICS, params={"region": "900010"}).text)
    assert list(one) == ["recognition/900010-1/1/1"]
    assert "badge--doubt" in one["recognition/900010-1/1/1"]
    assert "没有符合所选条件的行" in doctored.get(MRICS, params={"region": "123456"}).text


def _many(page: str) -> list[tuple[tuple[str, ...], bool, str]]:
    return [
        (tuple(BADGE.findall(found[1])), "badge--ceiling" in found[1], found[2])
        for found in LINE.finditer(page)
    ]
