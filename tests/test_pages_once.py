"""What is asked once per release: one question for all who wait, a failure that is not kept, and a first page without."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest
from conftest import BASE
from fastapi import APIRouter, FastAPI

from kgservice.api.benefits import TierBoard
from kgservice.api.compare_models import Agreement, Comparison, Pairs, Side
from kgservice.api.compare_selection import CompareBoard
from kgservice.api.context import ApiContext, Row
from kgservice.api.errors import ComparisonTimeout
from kgservice.api.notices import NoticeBoard
from kgservice.engine.errors import QueryTimeout
from kgservice.pages.about import data
from kgservice.pages.about.downloads import Earlier
from kgservice.pages.about.figures import Figures
from kgservice.pages.answering import PageWriter
from kgservice.pages.certificate.asking import CertificateQuestions
from kgservice.pages.certificate.places import PlaceBoard
from kgservice.pages.comparison import page as comparison
from kgservice.pages.finding import search
from kgservice.pages.finding.home import make_router
from kgservice.pages.once import Once
from kgservice.pages.places.edition_changes import _read_changes
from kgservice.pages.site import Site
from kgservice.pages.view import View
from kgservice.release import Release
from kgservice.search.index import open_index
from kgservice.settings import Settings


def visit(router: APIRouter) -> httpx.AsyncClient:
    """A client of an application with these routes and nothing else."""
    app = FastAPI()
    app.include_router(router)
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


async def test_all_who_wait_get_one_answer() -> None:
    asked: list[int] = []
    go = asyncio.Event()

    async def ask() -> int:
        asked.append(1)
        await go.wait()
        return 7

    once = Once(ask)
    waiting = [asyncio.create_task(once.get()) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()  # who leaves stops nobody
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(*waiting[1:]) == [7] * 4
    assert await once.get() == 7
    assert asked == [1]


async def test_a_failure_is_told_to_all_and_not_kept() -> None:
    asked: list[int] = []

    async def ask() -> str:
        asked.append(1)
        await asyncio.sleep(0)
        if len(asked) == 1:
            raise RuntimeError
        return "found"

    once = Once(ask)
    failed = await asyncio.gather(once.get(), once.get(), return_exceptions=True)
    assert [type(one) for one in failed] == [RuntimeError] * 2
    assert await once.get() == "found"
    assert len(asked) == 2


async def test_who_does_not_wait_leaves_it_asked() -> None:
    go = asyncio.Event()

    async def ask() -> int:
        await go.wait()
        return 7

    once = Once(ask)
    assert await once.soon(0.01) is None
    go.set()
    assert await once.soon(10) == 7


async def test_the_box_does_not_wait_for_figures(real_release: Release) -> None:
    """A graph so large that it cannot be counted in time still has a first page; nobody keeps it."""

    async def count() -> Figures:
        raise QueryTimeout(10)

    router = make_router(PageWriter(Site(), BASE, real_release), Once(count))
    async with visit(router) as client:
        page = await client.get("/")
    assert page.status_code == 200
    assert 'name="q"' in page.text and "/eligibility" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "etag" not in page.headers


async def test_downloads_do_not_wait_for_figures(
    real_release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A graph so large that it cannot be counted in time still has its page of the data, which says so."""

    async def ask(self: ApiContext, name: str, **values: object) -> list[Row]:
        return []

    async def count() -> Figures:
        raise QueryTimeout(10)

    monkeypatch.setattr(ApiContext, "ask", ask)
    context = ApiContext(Settings(), real_release, None, {})  # type: ignore[arg-type]
    writer = PageWriter(Site(), BASE, real_release)
    router = data.make_router(context, writer, Once(count))
    async with visit(router) as client:
        page = await client.get("/data")
        english = await client.get("/data?lang=en")
    assert page.status_code == 200
    assert page.text.count("这些数字暂时没有") == 2
    assert english.text.count("These figures are not there yet") == 2
    assert f"/data/{real_release.id}/report.json" in page.text
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("slow", ["recognized-regions", "recognition-rows", "look-alikes"])
async def test_hits_are_shown_without_their_worth(
    real_release: Release, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    """A certificate with very many rows is found all the same, when they cannot be read in time."""

    async def ask(self: ApiContext, name: str, **values: object) -> list[Row]:
        if name == slow:
            raise QueryTimeout(10)
        if name == "recognized-regions":
            row = {"certificate": f"{BASE}/id/certificate/c00085", "region": "r"}
            return [row | {"recognitions": "one two"}]
        return []

    monkeypatch.setattr(ApiContext, "ask", ask)
    context = ApiContext(Settings(), real_release, None, {})  # type: ignore[arg-type]
    writer = PageWriter(Site(), BASE, real_release)
    index = open_index(real_release.path.parent, real_release)
    router = search.make_router(context, index, writer)
    async with visit(router) as client:
        page = await client.get("/search?q=MRICS")
    assert page.status_code == 200
    assert "/doc/certificate/c00085" in page.text
    if slow != "look-alikes":
        assert "暂时没有查到" in page.text and "均未列入" not in page.text
    assert page.headers["cache-control"] == "no-store"


async def test_what_was_found_is_asked_about_once(
    real_release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same search in the other language asks for nothing; one that could not be answered whole is asked again."""
    asked: list[str] = []
    broken = [True]

    async def ask(self: ApiContext, name: str, **values: object) -> list[Row]:
        asked.append(name)
        if name == "look-alikes" and broken[0]:
            raise QueryTimeout(10)
        return []

    monkeypatch.setattr(ApiContext, "ask", ask)
    context = ApiContext(Settings(), real_release, None, {})  # type: ignore[arg-type]
    writer = PageWriter(Site(), BASE, real_release)
    index = open_index(real_release.path.parent, real_release)
    router = search.make_router(context, index, writer)
    async with visit(router) as client:
        for more in (True, True, False):
            before = len(asked)
            assert (await client.get("/search?q=MRICS&lang=en")).status_code == 200
            assert (len(asked) > before) is more
            broken[0] = False


async def test_a_certificate_is_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its worth, names and statements serve its next page too; of what is not there nothing is kept."""
    asked: list[str] = []

    async def ask(self: ApiContext, name: str, **values: object) -> list[Row]:
        asked.append(name)
        return [{"label": "甲"}] if name == "certificate" and "c1" in str(values) else []

    monkeypatch.setattr(ApiContext, "ask", ask)
    context = ApiContext(Settings(), None, None, {})  # type: ignore[arg-type]
    board = PlaceBoard(context)
    questions = CertificateQuestions(context, board, NoticeBoard(context), TierBoard(context))
    first = await questions.first("certificate/c1")
    count = len(asked)
    assert await questions.first("certificate/c1") is first
    assert len(asked) == count
    for _ in range(2):
        await questions.first("certificate/c2")
    assert asked.count("certificate-worth") == 3


async def test_a_comparison_is_asked_for_once(
    real_release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same page in the other language asks for nothing; another page does."""
    asked: list[str] = []

    async def ask(self: ApiContext, name: str, **values: object) -> list[Row]:
        asked.append(name)
        certificates = {
            f"{BASE}/id/certificate/c{number:05}": {"listedIn": 1, "coveredIn": 0}
            for number in range(30)
        }
        told = {
            "directories": [{"region": f"{BASE}/id/region/500000"}],
            "issuer-countries": [{"country": "GB"}],
            "labels": [
                {"thing": iri, "language": "zh", "label": iri, "role": "label"}
                for iri in (*certificates, f"{BASE}/id/region/500000")
            ],
            "listed-certificates": [
                {"certificate": iri, **counts} for iri, counts in certificates.items()
            ],
        }
        return told.get(name, [])

    monkeypatch.setattr(ApiContext, "ask", ask)
    context = ApiContext(Settings(), real_release, None, {})  # type: ignore[arg-type]
    writer = PageWriter(Site(), BASE, real_release)
    index = open_index(real_release.path.parent, real_release)
    router = comparison.make_router(context, index, writer)
    async with visit(router) as client:
        for address, more in (("", True), ("?lang=en", False), ("?page=2", True), ("", False)):
            before = len(asked)
            answer = await client.get(f"/compare{address}")
            assert answer.status_code == 200, answer.text
            assert (len(asked) > before) is more


async def test_a_table_takes_no_longer_than_a_question_may(
    real_release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is put together from many questions."""

    async def ask(self: ApiContext, name: str, **values: object) -> list[Row]:
        if name == "listed-certificates":
            await asyncio.sleep(5)
        region = f"{BASE}/id/region/500000"
        label = {"thing": region, "language": "zh", "label": "重庆市", "role": "label"}
        return {"directories": [{"region": region}], "labels": [label]}.get(name, [])

    monkeypatch.setattr(ApiContext, "ask", ask)
    settings = replace(Settings(), deadline=0.05)
    context = ApiContext(settings, real_release, None, {})  # type: ignore[arg-type]
    index = open_index(real_release.path.parent, real_release)
    pages = comparison.ComparePages(context, index, CompareBoard(context))
    view = View("zh", False, "http://localhost", "/compare", (("format", "csv"),), BASE)
    with pytest.raises(ComparisonTimeout) as found:
        await pages.write_table(view)
    assert "regions=320200,500000" in found.value.zh


class _Asked:
    """Two editions of one row each: the same level, at most in the one, given in the other."""

    def __init__(self, *modes: str) -> None:
        self.labels: dict[str, object] = {}
        self._rows = [
            {
                **{"edition": name, "certificate": "c", "entry": f"{name}/1", "row": "1"},
                **{"level": "title-level/30", "mode": mode},
            }
            for name, mode in zip("ab", modes, strict=True)
        ]

    async def ask(self, name: str, **values: object) -> list[dict[str, str]]:
        return self._rows if name == "edition-listings" else []

    def path(self, iri: str) -> str:
        return iri


@pytest.mark.parametrize(
    ("modes", "changed"),
    [(("CeilingLevel", "ExactLevel"), 1), (("CeilingLevel", "CeilingLevel"), 0)],
)
async def test_a_ceiling_that_became_a_level_is_a_change(
    modes: tuple[str, str], changed: int
) -> None:
    changes = await _read_changes(_Asked(*modes), "a", "b")  # type: ignore[arg-type]
    assert (len(changes.changed), changes.kept) == (changed, 1 - changed)


async def test_a_release_that_was_removed_changes_the_page_of_the_data(
    real_release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who holds the page with its links is not told that it is still right."""
    there = [Earlier("0123456789abcdef", 1, "0")]

    async def ask(self: ApiContext, name: str, **values: object) -> list[Row]:
        return []

    async def count() -> Figures:
        return Figures([], {}, [], None)

    monkeypatch.setattr(ApiContext, "ask", ask)
    monkeypatch.setattr(data, "list_earlier", lambda context, releases: list(there))
    context = ApiContext(Settings(), real_release, None, {})  # type: ignore[arg-type]
    writer = PageWriter(Site(), BASE, real_release)
    router = data.make_router(context, writer, Once(count))
    async with visit(router) as client:
        page = await client.get("/data")
        held = {"if-none-match": page.headers["etag"]}
        assert "0123456789abcdef" in page.text
        assert (await client.get("/data", headers=held)).status_code == 304
        there.clear()
        again = await client.get("/data", headers=held)
    assert again.status_code == 200 and "0123456789abcdef" not in again.text


def test_how_many_more_pairs_there_are_is_the_whole_number() -> None:
    """Of very many the answer tells the first only, with their number."""
    side = Side.model_construct(id="a", region="region/1", row="1", levels=[])
    pair = Agreement.model_construct(between=[side, side])
    told = Comparison.model_construct(
        divergences=[], agreements=[pair] * 200, undecided=[pair], pairs=None
    )
    assert [one.more for one in comparison.read_between(told)] == [0, 188]
    more = told.model_copy(update={"pairs": Pairs(agreements=276, undecided=1)})
    assert [(one.kind, one.more) for one in comparison.read_between(more)] == [
        ("undecided", 0),
        ("agree", 264),
    ]
