"""The bound on rows: counted exactly in the bytes of every format, and never an answer with fewer rows in its place."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import BASE, ServiceFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from kgservice.engine.errors import ResultTooLarge
from kgservice.engine.interface import Query
from kgservice.engine.limits import PoolLimits
from kgservice.engine.pool import WorkerPool
from kgservice.engine.rows import counter_of

# What could be taken for the sign of a row, in values and in names of variables, with rows that bind nothing.
TRICKY = (
    '"a,{b}"',
    '"],[{"',
    '"quote \\" and , { "',
    '"back\\\\"',
    '"\\\\\\",{"',
    '"line\\nend\\r\\n"',
    '"<result>"',
    '"证书，{"@zh',
    '"},{}"',
    "<https://example.org/a>",
    "UNDEF",
    "42",
)
ROWS = len(TRICKY) ** 2
SELECT = f"SELECT * {{ VALUES ?a {{ {' '.join(TRICKY)} }} VALUES ?证 {{ {' '.join(TRICKY)} }} }}"
NOTHING = f"SELECT ?none {{ VALUES ?a {{ {' '.join(TRICKY)} }} }}"
CONSTRUCT = f"CONSTRUCT {{ <https://example.org/s> <https://example.org/p> ?a }} {{ VALUES ?a {{ {' '.join(TRICKY)} }} }}"
TRIPLES = len(TRICKY) - 1  # UNDEF makes none
TABLES, GRAPHS = (
    ("json", "xml", "csv", "tsv"),
    ("turtle", "ntriples", "nquads", "trig", "rdfxml", "jsonld"),
)
CASES = [
    *((SELECT, ROWS, form) for form in TABLES),
    *((NOTHING, len(TRICKY), form) for form in TABLES),
    *((CONSTRUCT, TRIPLES, form) for form in GRAPHS),
]
MakePool = Callable[[int | None], AbstractAsyncContextManager[WorkerPool]]


@pytest.fixture
def bounded(store: Path) -> MakePool:
    @contextlib.asynccontextmanager
    async def make(most: int | None) -> AsyncIterator[WorkerPool]:
        limits = replace(PoolLimits(workers=1, spares=0, long_after=60), max_rows=most)
        pool = WorkerPool(store, limits, base=f"{BASE}/", prefixes={"ex": "https://example.org/"})
        await pool.start()
        try:
            yield pool
        finally:
            await pool.stop(0)

    return make


async def ask(pool: WorkerPool, query: str, form: str) -> bytes:
    async with pool.answer(Query(query, form)) as answer:
        return b"".join([part async for part in answer])


async def test_exactly_the_bound_is_answered_and_one_more_is_not(bounded: MakePool) -> None:
    whole = {}
    async with bounded(None) as pool:
        for query, _, form in CASES:
            whole[query, form] = await ask(pool, query, form)
    for wanted in sorted({rows for _, rows, _ in CASES}):
        cases = [(query, form) for query, rows, form in CASES if rows == wanted]
        async with bounded(wanted) as pool:
            for query, form in cases:
                assert await ask(pool, query, form) == whole[query, form], form
        async with bounded(wanted - 1) as pool:
            before = pool.process_ids
            for query, form in cases:
                with pytest.raises(ResultTooLarge) as caught:
                    await ask(pool, query, form)
                assert (caught.value.limit, caught.value.unit) == (wanted - 1, "rows"), form
            assert await ask(pool, "ASK {}", "json")
            assert pool.process_ids == before, "the worker did nothing wrong"


async def test_a_yes_or_no_has_no_rows(bounded: MakePool) -> None:
    async with bounded(1) as pool:
        assert await ask(pool, "ASK { ?s ?p ?o }", "json") == b'{"head":{},"boolean":true}'


@settings(deadline=None, max_examples=60)
@given(cuts=st.lists(st.integers(0, 10_000), max_size=40))
@pytest.mark.parametrize("form", [*TABLES, "ntriples", "nquads"])
def test_it_does_not_matter_where_the_parts_are_cut(form: str, cuts: list[int]) -> None:
    import io

    import pyoxigraph as ox

    from kgservice.engine.writing import GRAPHS as SYNTAXES
    from kgservice.engine.writing import RESULTS

    graph = form in SYNTAXES
    result = ox.Store().query(CONSTRUCT if graph else SELECT)
    output = io.BytesIO()
    result.serialize(output, SYNTAXES[form] if graph else RESULTS[form])  # type: ignore[call-overload]
    text = output.getvalue()
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    counter = counter_of(form)
    assert counter is not None
    parts = [text[start:end] for start, end in pairwise(places)]
    assert sum(counter.count(part) for part in parts) == (TRIPLES if graph else ROWS)


def test_over_http_too_many_rows_are_an_error_and_no_short_answer(
    run_service: ServiceFactory,
) -> None:
    with run_service(max_rows=100) as service:
        for form in TABLES:
            answer = service.get(SELECT, format=form)
            document = service.problem(answer, 400, "result-too-large")
            assert (document["limit"], document["unit"]) == (100, "rows")
            assert "100 行" in document["languages"]["zh"]["detail"]
        assert len(service.rows(SELECT + " LIMIT 100")) == 100
