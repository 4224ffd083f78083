"""The page of an issuer: its matrix against the API's answers, the bodies beside it, and how it stands in a window."""

from __future__ import annotations

import json
import re
from html import unescape

import httpx
import pytest
from conftest import BASE

from .conftest import PHONE, WIDE, Open
from .test_certificate import BADGE, JSONLD, get_json, ids, today

RICS = "/doc/issuer/i0028"
RUNG = re.compile(r'<tr><th scope="row"><a href="/doc/([^"]+)">(.*?)</tr>', re.S)
CELL = re.compile(r'<td data-label="([^"]+)">(.*?)</td>', re.S)
Matrix = dict[str, dict[str, set[tuple[tuple[str, ...], bool]]]]


def matrix_of(page: str) -> Matrix:
    """By certificate and region, the levels and whether each is a ceiling."""
    found: Matrix = {}
    for rung in RUNG.finditer(page):
        found[rung[1]] = {
            unescape(cell[1]): {
                (tuple(BADGE.findall(one)), "badge--ceiling" in one)
                for one in cell[2].split('<span class="cell">')[1:]
            }
            for cell in CELL.finditer(rung[2])
        }
    return found


def expected_of(
    web: httpx.Client, certificate: str
) -> dict[str, set[tuple[tuple[str, ...], bool]]]:
    route = "families" if certificate.startswith("family/") else "certificates"
    told = get_json(web, f"/api/{route}/{certificate.rpartition('/')[2]}", on=today())
    expected: dict[str, set[tuple[tuple[str, ...], bool]]] = {}
    for one in told["recognitions"]:
        levels = tuple(level["id"].rpartition("/")[2] for level in one["levels"])
        kind = levels, one.get("level_mode") == "CeilingLevel"
        expected.setdefault(one["region"]["label"]["zh"], set()).add(kind)
    return expected


@pytest.mark.timeout(1200)
def test_every_issuer_has_a_page_with_all_its_certificates(web: httpx.Client) -> None:
    query = f"SELECT ?i ?c {{ ?c a ?t ; <{BASE}/ns/issuedBy> ?i . FILTER(?t IN (<{BASE}/ns/Certificate>, <{BASE}/ns/CertificateFamily>)) }}"
    answer = web.get("/sparql", params={"query": query}, headers={"accept": "text/csv"})
    issued: dict[str, set[str]] = {}
    for line in answer.text.split()[1:]:
        issuer, certificate = (part.removeprefix(f"{BASE}/id/") for part in line.split(","))
        issued.setdefault(issuer, set()).add(certificate)
    wrong = []
    for path in ids(web, "Issuer"):
        page = web.get(f"/doc/{path}")
        assert page.status_code == 200, path
        if set(matrix_of(page.text)) != issued.get(path, set()):
            wrong.append(path)
    assert wrong == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", [RICS, "/doc/issuer/i0033", "/doc/issuer/i0002", "/doc/issuer/i0004"])  # fmt: skip
def test_the_matrix_says_what_the_api_says(web: httpx.Client, path: str) -> None:
    found = matrix_of(web.get(path).text)
    assert found
    for certificate, cells in found.items():
        shown = {region: kinds for region, kinds in cells.items() if kinds}
        assert shown == expected_of(web, certificate), certificate


def test_the_ladder_of_rics(web: httpx.Client) -> None:
    page = web.get(RICS).text
    assert list(matrix_of(page)) == [
        "certificate/c00086",
        "certificate/c00085",
        "certificate/c00084",
    ]
    assert re.findall(r'class="mark">(\w+)<', page) == ["RICS", "FRICS", "MRICS", "AssocRICS"]
    assert matrix_of(page)["certificate/c00085"] == {
        "上海市": {(("40",), False), ((), False)},
        "无锡市": {(("30",), False)},
        "重庆市": {(("30",), True)},
    }
    assert "不等于不认可" in page


def test_the_bodies_beside_it(web: httpx.Client) -> None:
    society, institute = web.get("/doc/issuer/i0014").text, web.get("/doc/issuer/i0013").text
    assert "/doc/issuer/i0013" in society.partition('id="beside"')[2]
    assert "/doc/issuer/i0014" in institute.partition("下设机构")[2]
    assert "/doc/issuer/i0056" in web.get("/doc/issuer/i0057").text.partition("关联机构")[2]


def test_schema_org(web: httpx.Client) -> None:
    found = JSONLD.search(web.get("/doc/issuer/i0014?lang=en").text)
    assert found is not None
    node = json.loads(found[1])
    assert (node["@type"], node["@id"]) == ("Organization", f"{BASE}/id/issuer/i0014")
    assert node["parentOrganization"][0]["@id"] == f"{BASE}/id/issuer/i0013"
    assert node["address"]["addressCountry"] == "US"


def test_unknown(web: httpx.Client) -> None:
    assert web.get("/doc/issuer/i9999").status_code == 404
    assert web.get("/doc/issuer/c00085").status_code == 404


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("path", [RICS, f"{RICS}?lang=en", "/doc/issuer/i0033"])
def test_it_fits_and_has_no_barrier(browse: Open, path: str, width: int) -> None:
    visit = browse(path, width=width)
    assert visit.overflow() == 0
    assert visit.barriers() == []


def test_in_the_dark_and_without_scripts(browse: Open) -> None:
    assert browse(RICS, dark=True).barriers() == []
    page = browse(RICS, javascript=False).page
    assert page.locator("table.matrix tbody tr").count() == 3
