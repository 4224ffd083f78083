"""Rows are asked for the certificates that are held, kept for the next, and looked up: on a large graph they are many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from kgservice.api.context import ApiContext
from kgservice.api.eligibility import Known, RowsTimeout
from kgservice.eligibility.answer import answer_person, regions_with_rows
from kgservice.eligibility.facts import Row
from kgservice.eligibility.kept import AT_ONCE, Found, RowsKept
from kgservice.eligibility.loading import load_facts
from kgservice.problems import problem_of

from .conftest import MRICS, person
from .large import HELD, OTHER, edition, make_facts, make_rows, region


def test_the_facts_of_a_release_hold_no_rows(make_context: Callable[[], ApiContext]) -> None:
    asked: list[tuple[str, list[str]]] = []

    async def load() -> None:
        context = make_context()
        await context.engine.start()

        async def ask(question: str, **values: Any) -> Any:
            asked.append((question, sorted(values)))
            return await context.ask(question, **values)

        try:
            known = Known(context)
            await load_facts(ask, context.path)
            rows = await known.rows(person(MRICS))
        finally:
            await context.engine.stop(1)
        assert list(rows) == [MRICS] and "edition/310000-1/3.0" in rows[MRICS]

    asyncio.run(load())
    questions = [question for question, _ in asked]
    assert "eligibility-rows" not in questions
    assert ("rules", ["edition"]) in asked  # so many at once, and never all of a country


def _found(count: int) -> Found:
    (row,) = make_rows(1)[HELD][edition(1)]
    return {"edition/1": (row,) * count}


def test_what_was_asked_is_kept_up_to_a_number_of_rows() -> None:
    asked: list[str] = []

    async def load(certificate: str) -> Found:
        asked.append(certificate)
        return _found(10 if certificate != "huge" else 1000)

    async def run() -> None:
        kept = RowsKept(load, most=25)
        assert list(await kept.of(["a", "b", "a"])) == ["a", "b"]
        assert await kept.of(["a", "b"]) == {"a": _found(10), "b": _found(10)}
        assert asked == ["a", "b"]
        await kept.of(["c"])  # "a" goes
        await kept.of(["b", "c"])
        assert asked == ["a", "b", "c"]
        await kept.of(["a"])
        assert asked == ["a", "b", "c", "a"]
        assert len((await kept.of(["huge"]))["huge"]["edition/1"]) == 1000
        await kept.of(["a", "huge"])  # what is larger than all that may be kept pushes nothing out
        assert asked[4:] == ["huge", "huge"]

    asyncio.run(run())


def test_a_failure_is_not_kept_and_what_is_asked_is_asked_once() -> None:
    asked: list[str] = []
    at_once = 0
    go = asyncio.Event()

    async def load(certificate: str) -> Found:
        nonlocal at_once
        asked.append(certificate)
        at_once = max(at_once, len(asked))
        await go.wait()
        if asked.count("a") == 1:
            raise RuntimeError
        return {}

    async def run() -> None:
        kept = RowsKept(load)
        first, second = (asyncio.create_task(kept.of(["a"])) for _ in range(2))
        await asyncio.sleep(0.01)
        assert asked == ["a"]
        go.set()
        for one in (first, second):
            with pytest.raises(RuntimeError):
                await one
        assert await kept.of(["a"]) == {"a": {}}
        assert asked == ["a", "a"]
        # Somebody with many certificates does not take every process.
        go.clear()
        many = asyncio.create_task(kept.of([str(number) for number in range(20)]))
        await asyncio.sleep(0.01)
        assert len(asked) == 2 + AT_ONCE
        go.set()
        assert len(await many) == 20

    asyncio.run(run())


def test_too_many_rows_for_the_time_are_told_and_what_came_is_kept() -> None:
    asked: list[str] = []

    async def ask(question: str, *, certificate: str) -> list[Any]:
        asked.append(certificate)
        await asyncio.sleep(0.05)
        return []

    async def run() -> None:
        settings = SimpleNamespace(deadline=0.2)
        known = Known(cast(ApiContext, SimpleNamespace(ask=ask, path=str, settings=settings)))
        held = person(*(f"certificate/c{number:05}" for number in range(20)))
        with pytest.raises(RowsTimeout) as caught:
            await known.rows(held)
        problem = problem_of(caught.value)
        assert (problem.kind.status, problem.kind.slug) == (504, "query-timeout")
        assert "20" in problem.en and "fewer" in problem.en and "请减少证书" in problem.zh
        for _ in range(20):
            try:
                assert len(await known.rows(held)) == 20
                break
            except RowsTimeout:
                continue
        assert len(asked) == len(set(asked)) == 20

    asyncio.run(run())


class LookedUp(dict[str, tuple[Row, ...]]):
    """Rows that may be looked up by their edition, and not searched."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError

    def values(self) -> Any:
        raise AssertionError

    def items(self) -> Any:
        raise AssertionError


def test_rows_are_looked_up_by_certificate_and_edition() -> None:
    facts = make_facts(50)
    rows = {one: LookedUp(found) for one, found in make_rows(3, 40).items()}
    answers = answer_person(person(HELD, OTHER), facts, rows)
    assert [one.region.id for one in answers] == [region(number) for number in range(1, 51)]
    assert [one.region.id for one in answers if one.editions[0].titles] == [region(3), region(40)]
    (some,) = answer_person(person(HELD), facts, rows, [region(40)])
    assert some == next(
        one for one in answer_person(person(HELD), facts, rows) if one.region.id == region(40)
    )


def test_the_regions_with_a_row_are_known_beforehand() -> None:
    facts, rows = make_facts(50), make_rows(3, 40)
    assert regions_with_rows(person(HELD, OTHER), facts, rows) == {region(3), region(40)}
    assert regions_with_rows(person(OTHER), facts, rows) == set()
