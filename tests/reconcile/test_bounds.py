"""What one batch may cost: each value is looked up once, in a thread, and no batch runs for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.requests import ClientDisconnect

from kgservice.api.context import ApiContext
from kgservice.problems import KINDS, UNFORESEEN
from kgservice.questions import read_questions
from kgservice.reconcile import answering, extending, meaning, suggesting
from kgservice.reconcile.answering import Answerer
from kgservice.reconcile.editions import Editions
from kgservice.reconcile.errors import BatchTooSlow, TooManyCells
from kgservice.reconcile.extending import Extender
from kgservice.reconcile.extension import Extension, Wanted
from kgservice.reconcile.properties import PROPERTIES
from kgservice.reconcile.query import Condition, Query, Value
from kgservice.reconcile.register import Register
from kgservice.release import Release
from tests.reconcile.conftest import ROOT, open_engine, post


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """What is looked up while a test runs, and by which thread."""
    seen: list[tuple[str, str]] = []

    def watch(module: Any, name: str) -> None:
        given = getattr(module, name)

        def call(*args: Any, **more: Any) -> Any:
            seen.append((name, threading.current_thread().name))
            return given(*args, **more)

        monkeypatch.setattr(module, name, call)

    watch(meaning, "region_of")
    watch(meaning, "body_texts")
    watch(answering, "_settle")
    watch(suggesting, "find")
    yield seen


def test_each_value_is_looked_up_once_for_a_batch(
    client: TestClient, searched: list[tuple[str, str]]
) -> None:
    stated = [{"pid": "issuer", "v": "某某测量师协会"}, {"pid": "region", "v": "重庆"}]
    post(client, {f"q{one}": {"query": f"会员{one}", "properties": stated} for one in range(10)})
    names = [name for name, _ in searched]
    assert names.count("region_of") == 1
    assert names.count("body_texts") == 1
    assert names.count("_settle") == 10


def test_nothing_is_searched_on_the_event_loop(
    client: TestClient, searched: list[tuple[str, str]]
) -> None:
    stated = [{"pid": "issuer", "v": "RICS"}, {"pid": "region", "v": "重庆"}]
    post(client, {"q": {"query": "MRICS", "properties": stated}})
    assert client.get("/reconcile/suggest/entity?prefix=MRI").status_code == 200
    columns = [{"id": "listingRow", "settings": {"region": "重庆"}}]
    asked = {"ids": ["certificate/c00085"], "properties": columns}
    assert client.post("/reconcile/1.0/extend", json=asked).status_code == 200
    assert {name for name, _ in searched} == {"region_of", "body_texts", "_settle", "find"}
    assert all(thread.startswith("asyncio_") for _, thread in searched), searched


def test_a_batch_ends_in_time_and_when_nobody_waits(
    real_release: Release, register: Register
) -> None:
    async def run() -> None:
        opened = open_engine(real_release)
        questions = read_questions(ROOT / "queries", opened.settings.base)
        context = ApiContext(opened.settings, real_release, opened.engine, questions)
        queries = [Query((f"会员{one}",)) for one in range(100)]
        slow = Answerer(context, Editions(context), seconds=0.001)
        with pytest.raises(BatchTooSlow) as error:
            await slow.answer(queries, register)
        assert error.value.seconds == 0.001
        left = Answerer(context, Editions(context))
        asked = 0

        async def gone() -> bool:
            nonlocal asked
            asked += 1
            return asked > 2

        with pytest.raises(ClientDisconnect):
            await left.answer(queries, register, gone)
        assert asked == 3
        assert len(await left.answer(queries[:2], register)) == 2  # the next one has its turn

    asyncio.run(run())


def test_extensions_share_what_may_be_asked_at_a_time_and_are_bounded(
    real_release: Release, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = most = 0

    async def run() -> None:
        nonlocal running, most
        opened = open_engine(real_release)
        questions = read_questions(ROOT / "queries", opened.settings.base)
        await opened.engine.start()
        try:
            context = ApiContext(opened.settings, real_release, opened.engine, questions)
            ask = context.ask

            async def counted(question: str, **given: Any) -> Any:
                nonlocal running, most
                running += 1
                most = max(most, running)
                try:
                    return await ask(question, **given)
                finally:
                    running -= 1

            editions = Editions(context)
            await editions.states()
            certificates = [one for one in register.things if one.startswith("certificate/")]
            columns = ("kind", "family", "listingRow", "listingEffect", "listingLevel")
            wanted = tuple(Wanted(PROPERTIES[one], "zh", None) for one in columns)
            extension = Extension(tuple(certificates[:12]), wanted)
            extender = Extender(context, editions)
            await extender.fetch(extension, register)  # labels are read
            monkeypatch.setattr(ApiContext, "ask", lambda _, name, **given: counted(name, **given))
            found = await asyncio.gather(*(extender.fetch(extension, register) for _ in range(6)))
            assert all(one == found[0] for one in found)
            monkeypatch.setattr(extending, "MOST_CELLS", 20)
            with pytest.raises(TooManyCells) as error:
                await extender.fetch(extension, register)
            assert error.value.limit == 20
            few = replace(extension, wanted=(wanted[0],))
            assert len(await extender.fetch(few, register)) == 12
        finally:
            await opened.engine.stop(0)

    asyncio.run(run())
    assert 0 < most <= 2


def test_more_cells_than_are_made_at_once_are_refused(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extending, "MOST_CELLS", 3)
    asked = {"ids": ["certificate/c00085"], "properties": [{"id": "listingRow"}]}
    answer = client.post(
        "/reconcile/1.0/extend", json=asked | {"properties": [{"id": "listingRow"}] * 4}
    )
    assert answer.status_code == 413 and answer.json()["type"].endswith("/too-many-cells")
    assert answer.json()["limit"] == 3
    chongqing = {"id": "listingRow", "settings": {"region": "重庆"}}
    assert client.post("/reconcile/1.0/extend", json=asked | {"properties": [chongqing]}).is_success


def test_each_type_of_problem_has_one_status_and_title() -> None:
    """RFC 9457, 3.1.3: the title does not change from occurrence to occurrence."""
    told: dict[str, set[Any]] = {}
    for kind in (*(kind for _, kind in KINDS), UNFORESEEN):
        told.setdefault(kind.slug, set()).add((kind.status, kind.en, kind.zh))
    assert not {slug: kinds for slug, kinds in told.items() if len(kinds) > 1}


def test_what_is_stated_is_resolved_by_id_too(register: Register) -> None:
    meanings = meaning.Meanings(register, "https://example.org/id/")
    for text in ("issuer/i0028", "i0028", "https://example.org/id/issuer/i0028", "RICS"):
        found = meanings.issuing([Value(text)])
        assert found is not None and found.ids == {"issuer/i0028"}, text
    condition = Condition("issuer", (Value("issuer/i0028"),))
    facts = answering.Facts(meanings, {})
    assert answering.holds(condition, register.things["certificate/c00085"], facts) is True
