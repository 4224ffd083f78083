"""The pages of regions and directories."""

from __future__ import annotations

import csv
import json
import re

import httpx
import pytest

from kgservice.api.models import Thing
from kgservice.pages.places.region_places import Only, once_each

from .conftest import PHONE, WIDE, Open
from .printed import FOLDERS, ROOT, text_of

STRUCTURED = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def _regions() -> list[str]:
    with (ROOT / "data" / "register" / "regions.csv").open(encoding="utf-8", newline="") as file:
        return [row["code"] for row in csv.DictReader(file)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_place_has_its_page(web: httpx.Client, language: str) -> None:
    paths = [f"region/{code}" for code in _regions()]
    paths += [f"directory/{edition.partition('/')[0]}" for edition in FOLDERS]
    paths += [f"edition/{edition}" for edition in (*FOLDERS, "310000-1/2.0")]
    assert len(paths) == 6 + 5 + 6
    for path in paths:
        answer = web.get(f"/doc/{path}?lang={language}")
        assert answer.status_code == 200, path
        assert answer.headers["content-language"] == language
        assert "https://w3id.org/zhicheng/ns/" not in text_of(answer.text)


def test_lying_in_another_region_carries_nothing_over(web: httpx.Client) -> None:
    wuxi = text_of(web.get("/doc/region/320200").text)
    assert "无锡市位于江苏省" in wuxi
    assert "不因此适用" in wuxi
    jiangsu = text_of(web.get("/doc/region/320000").text)
    assert "图谱中没有收录江苏省的目录" in jiangsu
    assert "没有收录，不等于没有目录，更不等于不认可" in jiangsu
    assert "无锡市" in jiangsu
    english = text_of(web.get("/doc/region/320000?lang=en").text)
    assert "knows no directory of Jiangsu" in english


def test_what_a_region_gives(web: httpx.Client) -> None:
    page = web.get("/doc/region/500000").text
    (table,) = re.findall(r'<table class="counts">(.*?)</table>', page, re.DOTALL)
    counts = [int(found) for found in re.findall(r'<td class="number">(\d+)</td>', table)]
    assert sum(counts) == 205
    assert text_of(table).count("最高可至") == 3
    shanghai = text_of(web.get("/doc/region/310000").text)
    assert "2 个版本" in shanghai and "216" in shanghai
    assert "只因被后一版废止而知" in shanghai


def test_only_here_is_what_no_other_directory_lists(web: httpx.Client) -> None:
    """Counted from the comparison: listed in this region and in no other, and covered nowhere else."""
    answer = web.get("/api/compare", params={"limit": 1000}, headers={"accept": "application/json"})
    members: dict[str, set[str]] = {}
    path = ROOT / "data" / "mappings" / "certificates.sssom.tsv"
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    for row in csv.DictReader(lines, delimiter="\t"):
        if row["predicate_id"].endswith("broaderCertificate"):
            narrow, broad = (row[one].replace(":", "/") for one in ("subject_id", "object_id"))
            members.setdefault(broad, set()).add(narrow)
    where: dict[str, set[str]] = {}
    lists: dict[str, set[str]] = {}
    for one in answer.json()["certificates"]:
        name = one["certificate"]["id"]
        cells = [cell for cell in one["cells"] if cell["statements"]]
        where[name] = {cell["region"] for cell in cells}
        lists[name] = {cell["region"] for cell in cells if cell["listing"] == "listed"}
    for code in ("500000", "320200", "310000"):
        region = f"region/{code}"
        expected = {
            name
            for name, regions in where.items()
            if regions == {region}
            and lists[name]
            and not any(lists.get(member, set()) - {region} for member in members.get(name, ()))
        }
        page = web.get(f"/doc/{region}").text
        section = page[page.index('id="only"') :]
        section = section[: section.index('id="others"')]
        found = set(re.findall(r'href="/doc/((?:certificate|family)/[^"?]+)"', section))
        assert found == expected, code
        assert f"{len(expected)} 种证书" in text_of(section)


def test_differences_lead_to_the_comparison(web: httpx.Client) -> None:
    page = web.get("/doc/region/500000").text
    links = re.findall(r'<a href="(/compare\?regions=500000&amp;regions=[^"]+)">(\d+)</a>', page)
    assert links
    for address, count in links:
        answer = web.get(address.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert f"<strong>{count}</strong>" in answer.text, address


def test_a_directory_has_its_editions_the_newest_first(web: httpx.Client) -> None:
    page = web.get("/doc/directory/310000-1").text
    order = re.findall(r'<h2><a href="/doc/edition/310000-1/([^"]+)"', page)
    assert order == ["3.0", "2.0"]
    assert "216 行，其中 210 行读法确定" in text_of(page)
    assert "内容" in text_of(page) and "不详" in text_of(page)
    zhejiang = text_of(web.get("/doc/directory/330000-1").text)
    assert "范围有限" in zhejiang


def test_what_there_is_not(web: httpx.Client) -> None:
    for path in (
        "region/999999",
        "region/",
        "directory/999999-1",
        "region/%3Cx%3E",
        "region/a%20b",
        "directory/%22",
        "edition/%3E/x",
        "directory/500000-1/2023",
    ):
        assert web.get(f"/doc/{path}").status_code == 404, path


def test_for_machines(web: httpx.Client) -> None:
    (found,) = STRUCTURED.findall(web.get("/doc/region/320200").text)
    area = json.loads(found)
    assert area["@type"] == "AdministrativeArea"
    assert area["identifier"]["value"] == "320200"
    assert area["containedInPlace"][0]["name"] == "江苏省"
    (found,) = STRUCTURED.findall(web.get("/doc/directory/310000-1").text)
    assert [part["version"] for part in json.loads(found)["hasPart"]] == ["3.0", "2.0"]


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize(
    "path",
    [
        "/doc/region/310000",
        "/doc/region/320200?lang=en",
        "/doc/region/320000",
        "/doc/directory/310000-1",
    ],
)
def test_a_place_fits_its_window_and_has_no_barrier(browse: Open, path: str, width: int) -> None:
    visit = browse(path, width=width)
    assert visit.overflow() == 0
    assert visit.barriers() == []


def test_in_the_dark_and_without_scripts(browse: Open) -> None:
    assert browse("/doc/region/500000", dark=True).barriers() == []
    page = browse("/doc/region/500000", javascript=False).page
    page.get_by_role("link", name="逐行查看目录").click()
    assert page.url.endswith("/doc/edition/500000-1/2023#rows")


def test_what_only_one_place_lists_counts_once() -> None:
    """In however many of its editions."""
    thing = Thing.model_construct(iri="c")
    listed = [Only(thing, f"edition/{name}", f"entry/{name}/1", "1") for name in ("2021", "2023")]
    assert once_each(listed) == listed[:1]
