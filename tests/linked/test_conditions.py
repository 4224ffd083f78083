"""Conditional requests, negotiation, and what is refused."""

from __future__ import annotations

import email.utils
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from time import time as now
from typing import Any

import httpx
import pytest
from conftest import BASE
from fastapi.testclient import TestClient

from kgservice.api.eligibility_request import CHINA, today
from kgservice.app import create_app
from kgservice.engine.pool import PoolLimits, WorkerPool
from kgservice.engine.store import make_store
from kgservice.linked import keeping
from kgservice.linked.answering import Answering
from kgservice.linked.keeping import Since
from kgservice.opening import Opened
from kgservice.pages.site import Site
from kgservice.release import Release
from kgservice.serving import make_whole, read_project_questions
from kgservice.settings import Settings

from .conftest import FORMATS, HTML

ROOT = Path(__file__).parents[2]
THING = "/doc/certificate/c00009"
TURTLE = {"accept": "text/turtle"}


@pytest.mark.parametrize("accept", [HTML, *(media_type for media_type, _ in FORMATS.values())])
def test_who_has_the_document_gets_304(client: httpx.Client, accept: str) -> None:
    first = client.get(THING, headers={"accept": accept})
    tag = first.headers["etag"]
    assert tag.startswith('"'), "the tag is strong"
    for held in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = client.get(THING, headers={"accept": accept, "if-none-match": held})
        assert (again.status_code, again.content) == (304, b""), held
        for name in ("etag", "content-location", "vary", "cache-control"):
            assert again.headers[name] == first.headers[name], name
    other = client.get(THING, headers={"accept": accept, "if-none-match": '"x"'})
    assert (other.status_code, other.content) == (200, first.content)


def test_each_representation_has_its_own_tag(client: httpx.Client) -> None:
    asked = [{"accept": media_type} for media_type, _ in FORMATS.values()]
    asked += [{"accept": HTML, "accept-language": language} for language in ("zh", "en")]
    asked += [{"accept": "text/turtle", "accept-encoding": "identity"}]
    tags = [client.get(THING, headers=headers).headers["etag"] for headers in asked]
    assert len(set(tags)) == len(tags)
    assert client.get("/doc/certificate/c00010", headers=TURTLE).headers["etag"] not in tags


@pytest.mark.parametrize("accept", [HTML, "text/turtle"])
def test_the_date_counts_where_no_tag_was_sent(client: httpx.Client, accept: str) -> None:
    headers = {"accept": accept}
    first = client.get(THING, headers=headers)
    modified = email.utils.parsedate_to_datetime(first.headers["last-modified"])
    assert modified <= email.utils.parsedate_to_datetime(first.headers["date"])
    earlier = email.utils.formatdate(modified.timestamp() - 60, usegmt=True)
    later = email.utils.formatdate(now(), usegmt=True)
    for since, status in (
        (first.headers["last-modified"], 304),
        (later, 304),
        (earlier, 200),
        ("yesterday", 200),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 200),
        ("Mon, 01 Jan 9999 00:00:00 -2359", 304),
    ):
        answer = client.get(THING, headers=headers | {"if-modified-since": since})
        assert answer.status_code == status, since
    both = headers | {"if-modified-since": later, "if-none-match": '"x"'}
    assert client.get(THING, headers=both).status_code == 200
    # A date says nothing about what was never there.
    never = client.get("/doc/certificate/c99999", headers=headers | {"if-modified-since": later})
    assert never.status_code == 404


def test_a_page_is_of_today_and_data_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page says what is in force; whoever asks by date only must not be left with yesterday's."""
    since = Since()
    data, page = since.moment(), since.moment(daily=True)
    assert page >= data
    held = email.utils.format_datetime(page, usegmt=True)
    assert since.covers([], held) and since.covers([], held, daily=True)
    tomorrow = today() + timedelta(days=1)
    monkeypatch.setattr(keeping, "today", lambda: tomorrow)
    assert since.moment() == data and since.covers([], held)
    assert since.moment(daily=True) == datetime.combine(tomorrow, time(), CHINA)
    assert not since.covers([], held, daily=True)
    assert since.covers([], since.field(daily=True), daily=True)
    assert since.field(daily=True).endswith("16:00:00 GMT")  # midnight in China


def test_a_page_that_nobody_may_keep_is_never_held(
    real_release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Answering._make_page

    async def make_part(*args: Any) -> Any:
        standing, page = await made(*args)
        return standing, replace(page, whole=False)

    settings = replace(Settings(), releases=real_release.path.parent, project=ROOT)
    limits = PoolLimits(workers=2, spares=0, deadline=30.0, memory=512)
    store, prefixes = (
        make_store(settings.releases, real_release),
        real_release.manifest["prefixes"],
    )
    engine = WorkerPool(store, limits, base=f"{settings.base}/", prefixes=prefixes)
    opened = Opened(settings, real_release, engine)
    routers = make_whole(opened, read_project_questions(settings), Site())
    headers = {"accept": HTML, "if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    with TestClient(create_app(settings, real_release, engine, routers)) as client:
        assert client.get(THING, headers=headers).status_code == 304
        monkeypatch.setattr(Answering, "_make_page", make_part)
        answer = client.get(THING, headers=headers)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.content


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, HTML),
        ("*/*", HTML),
        ("text/*;q=0.5, application/ld+json", "application/ld+json"),
        ("text/html;q=0.3, text/turtle;q=0.8, application/rdf+xml;q=0.9", "application/rdf+xml"),
        ("text/html;q=0, */*", "text/turtle"),
        ("application/xhtml+xml", HTML),
        ("application/json", "application/json"),
        (
            'application/ld+json; profile="http://www.w3.org/ns/json-ld#expanded"',
            "application/ld+json",
        ),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
        (
            "application/rdf+xml,text/rdf+n3;q=0.9,application/xhtml+xml;q=0.5, */*;q=0.1",
            "application/rdf+xml",
        ),
        ("application/trig, text/turtle", "text/turtle"),
    ],
)
def test_the_client_chooses(client: httpx.Client, accept: str | None, media_type: str) -> None:
    request = client.build_request("GET", THING)
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    answer = client.send(request)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == media_type


def test_vary_names_what_matters_and_nothing_else(client: httpx.Client) -> None:
    def vary(path: str, accept: str) -> str:
        return client.get(path, headers={"accept": accept}).headers["vary"]

    assert vary(THING, HTML) == "Accept, Accept-Language, Accept-Encoding"
    assert vary(f"{THING}?lang=en", HTML) == "Accept, Accept-Encoding"
    assert vary(f"{THING}.html", HTML) == "Accept-Language, Accept-Encoding"
    assert vary(f"{THING}.html?lang=zh", HTML) == "Accept-Encoding"
    assert vary(THING, "text/turtle") == "Accept, Accept-Encoding"
    assert vary(f"{THING}.ttl", HTML) == "Accept-Encoding"


def test_the_language_is_that_of_the_address_first(client: httpx.Client) -> None:
    german = {"accept": HTML, "accept-language": "en"}
    page = client.get(f"{THING}?lang=zh", headers=german)
    assert page.headers["content-language"] == "zh"
    assert page.headers["content-location"] == f"{THING}.html?lang=zh"
    assert client.get(THING, headers={"accept": HTML}).headers["content-language"] == "zh"
    # In data all labels stay, whatever language is asked for.
    english = client.get(THING, headers=TURTLE | {"accept-language": "en"})
    assert "content-language" not in english.headers
    assert "@zh" in english.text and "@en" in english.text


@pytest.mark.parametrize(
    "path", [THING, "/ns/Recognition", "/doc/graph/ontology", "/problem/quota"]
)
def test_406_says_what_there_is(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"accept": "image/png, text/csv"})
    assert answer.status_code == 406
    offered = [HTML, *(media_type for media_type, _ in FORMATS.values())]
    assert answer.json()["offered"] == offered
    assert client.get(f"{path}.ttl", headers={"accept": "image/png"}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/id/certificate/c00009", THING, "/ns/Recognition", "/graph/ontology"]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"])
def test_405_says_what_may_be_done(client: httpx.Client, path: str, method: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert "GET, HEAD, OPTIONS" in answer.json()["detail"]


def test_405_is_right_for_other_routes_too(client: httpx.Client) -> None:
    answer = client.post("/api/search")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"


def test_options_and_other_origins(client: httpx.Client) -> None:
    answer = client.options(THING)
    assert answer.status_code == 204
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    shown = client.get(THING, headers=TURTLE).headers
    assert shown["access-control-allow-origin"] == "*"
    assert "Link" in shown["access-control-expose-headers"]


@pytest.mark.parametrize("path", ["/id/certificate/c00009", "/graph/edition/310000-1/3.0"])
def test_303_keeps_the_suffix_and_the_query(client: httpx.Client, path: str) -> None:
    document = path.replace("/id/", "/doc/").replace("/graph/", "/doc/graph/")
    for after in ("", ".ttl", ".html?lang=en", "?lang=zh", ".trig?a=%E4%B8%AD"):
        for method in ("GET", "HEAD"):
            answer = client.request(method, path + after)
            assert answer.status_code == 303
            assert answer.headers["location"] == document + after
    assert client.get(path).headers["link"] == f'<{BASE}{path}>; rel="cite-as"'
