"""The page of the data: every file that it names is there, with the size and the checksum that it says."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from typing import Any

import httpx
import pytest

from kgservice.release import Release

from .conftest import PHONE, ROOT, WIDE, Open


def schema(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found is not None
    read: dict[str, Any] = json.loads(found[1])
    return read


def test_every_file_is_what_the_page_says(web: httpx.Client, real_release: Release) -> None:
    page = web.get("/data").text
    files = re.findall(
        r'<a[^>]+href="(/data/[0-9a-f]{16}/(?:dumps|mappings)/[^"]+)" download>.*?<code class="sum">([0-9a-f]{64})<',
        page,
        re.S,
    )
    kept = [name for name in real_release.manifest["files"] if name.startswith(("dumps/", "mapp"))]
    assert len(files) == len(kept) > 20
    for address, sha256 in files:
        answer = web.get(address)
        assert answer.status_code == 200, address
        assert hashlib.sha256(answer.content).hexdigest() == sha256
    assert re.search(r"sssom\.tsv", page)


def test_the_mapping_sets_are_sssom(web: httpx.Client) -> None:
    addresses = set(re.findall(r'href="(/data/[^"]+\.sssom\.tsv)"', web.get("/data").text))
    curated = sorted(path.name for path in (ROOT / "data" / "mappings").glob("*.sssom.tsv"))
    assert sorted(address.rpartition("/")[2] for address in addresses) == curated
    for address in addresses:
        answer = web.get(address)
        assert answer.headers["content-type"] == "text/tab-separated-values; charset=utf-8"
        lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
        rows = list(csv.DictReader(lines, delimiter="\t"))
        assert rows
        for row in rows:
            assert row["subject_id"] and row["predicate_id"] and row["mapping_justification"]


def test_other_links_lead_somewhere(web: httpx.Client) -> None:
    page = web.get("/data").text
    own = re.findall(r'href="(/(?:data/[^"]+|\.well-known/void|sparql\?[^"]+|openapi.json))"', page)
    assert len(own) >= 20
    for address in own:
        assert web.get(address, headers={"accept": "*/*"}).status_code == 200, address


def test_only_files_of_the_release_are_given(web: httpx.Client) -> None:
    release = re.search(r"/data/([0-9a-f]{16})/", web.get("/data").text)
    assert release is not None
    for file in (
        "graph.nq",
        "names.jsonl",
        "manifest.json",
        "mappings/../manifest.json",
        "mappings/",
    ):
        assert web.get(f"/data/{release[1]}/{file}").status_code == 404


def test_machines_read_the_same(web: httpx.Client) -> None:
    catalog = schema(web.get("/data").text)
    assert catalog["@type"] == "DataCatalog"
    whole, *editions = catalog["dataset"]
    assert len(editions) == 5
    for dataset in (whole, *editions):
        assert dataset["license"] == "https://creativecommons.org/licenses/by/4.0/"
        (download, *_) = dataset["distribution"]
        content = web.get(download["contentUrl"]).content
        assert hashlib.sha256(content).hexdigest() == download["sha256"]


def test_the_quality_report_counts_what_the_graph_holds(web: httpx.Client) -> None:
    page = web.get("/data", params={"lang": "en"}).text
    quality = page.partition('id="quality"')[2]
    query = """PREFIX zc: <https://w3id.org/zhicheng/ns/>
    SELECT ?edition (COUNT(?row) AS ?n) WHERE { ?row zc:inEdition ?edition ; zc:certain false } GROUP BY ?edition"""
    answer = web.get("/sparql", params={"query": query, "format": "json"}).json()
    doubtful = sorted(int(row["n"]["value"]) for row in answer["results"]["bindings"])
    shown = sorted(int(n) for n in re.findall(r'<span class="doubt">(\d+)</span>', quality))
    assert shown == doubtful != []
    assert "rules of what must never be inferred, none broken" in quality


def test_the_replaced_edition_is_listed_as_unknown(web: httpx.Client) -> None:
    page = web.get("/data", params={"lang": "en"}).text
    assert "contents unknown" in page and "that day excluded" in page


def test_how_to_cite_names_the_release(web: httpx.Client) -> None:
    page = web.get("/data").text
    release = web.get("/health/ready").json()["release"]
    assert f"@misc{{zhicheng-{release}," in page
    assert f"版本 {release}。https://w3id.org/zhicheng/id/dataset" in page


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("path", ["/data", "/data?lang=en"])
def test_it_fits_and_has_no_barrier(browse: Open, path: str, width: int) -> None:
    visit = browse(path, width=width, javascript=True)
    assert visit.overflow() == 0
    visit.page.locator("summary").first.click()
    assert visit.overflow() == 0
    assert visit.barriers() == []


def test_in_the_dark(browse: Open) -> None:
    assert browse("/data", dark=True).barriers() == []
