"""An engine and an endpoint within the process of the test: pyoxigraph evaluates, nothing is sent."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pyoxigraph as ox

from kgservice.engine.errors import QuerySyntaxError
from kgservice.engine.interface import Query


class LocalEngine:
    """The engine's interface over a store in memory; its default graph is the plain one."""

    def __init__(self, store: ox.Store) -> None:
        self.store = store
        self.asked: list[str] = []

    async def start(self) -> None: ...

    async def stop(self, grace: float) -> None: ...

    def cancel(self, query_id: str) -> bool:
        return False

    @contextlib.asynccontextmanager
    async def answer(self, query: Query) -> AsyncIterator[Any]:
        self.asked.append(query.text)
        graphs: dict[str, Any] = {}
        if query.dataset:
            graphs = {
                "default_graph": [ox.NamedNode(iri) for iri in query.dataset.default_graphs],
                "named_graphs": [ox.NamedNode(iri) for iri in query.dataset.named_graphs],
            }
        store = self.store if query.format else ox.Store()
        try:
            result = store.query(query.text, base_iri="http://b/", **graphs)
        except SyntaxError as error:
            raise QuerySyntaxError(f"{error} in {query.text}") from None

        async def chunks() -> AsyncIterator[bytes]:
            if query.format:
                yield result.serialize(format=ox.QueryResultsFormat.JSON)

        yield chunks()


class LocalClient:
    """Another endpoint in place of the client that calls it."""

    def __init__(self, store: ox.Store) -> None:
        self.store = store
        self.asked: list[str] = []

    async def close(self) -> None: ...

    async def select(self, url: str, query: str, most: int) -> bytes:
        self.asked.append(query)
        return bytes(self.store.query(query).serialize(format=ox.QueryResultsFormat.JSON))


def solutions(store: ox.Store, query: str) -> Counter[frozenset[tuple[str, str]]]:
    """The solutions of a SELECT as a multiset."""
    result = store.query(query, base_iri="http://b/")
    names = [variable.value for variable in result.variables]
    return Counter(
        frozenset((name, str(row[name])) for name in names if row[name] is not None)
        for row in result
    )
