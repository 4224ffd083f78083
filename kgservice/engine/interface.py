"""What an engine is: it takes one query, answers in chunks of bytes, and never lets a query outlive its request.

The embedded pool (:mod:`kgservice.engine.pool`) is the first home; anything that can stream an answer and stop it may
be another. An engine gets queries that :mod:`kgservice.sparql.check` let through.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Dataset:
    """The RDF dataset given by the protocol (SPARQL 1.1 Protocol, 2.1.4); it wins over FROM in the query."""

    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.default_graphs or self.named_graphs)


class Account(Protocol):
    """Who pays for the time of a query (:mod:`kgservice.sparql.quota`)."""

    def check(self) -> None:
        """Raises an error when there is nothing left to pay with."""
        ...

    def begin(self) -> None:
        """The query starts."""
        ...

    def end(self) -> None:
        """The query has ended."""
        ...


@dataclass(frozen=True, slots=True)
class Query:
    """One question to an engine.

    ``format`` is a key of :data:`kgservice.sparql.results.FORMATS` that fits the query's form, or ``None`` to learn
    only whether the text parses. ``own_dataset`` says that the text has FROM or FROM NAMED.
    ``account`` is charged with its time, if it is named.
    """

    text: str
    format: str | None
    dataset: Dataset = Dataset()
    own_dataset: bool = False
    id: str | None = None
    account: Account | None = None


class Answer(Protocol):
    """The answer to one query, while it is being made."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The serialised answer, chunk by chunk.

        Raises:
            EngineError: the query failed, at the start or on the way; what came before is then no answer.
        """
        ...


class Engine(Protocol):
    """Something that answers queries."""

    async def start(self) -> None:
        """Makes the engine ready. Raises :class:`~kgservice.engine.errors.EngineUnavailable` when it cannot be."""
        ...

    async def stop(self, grace: float) -> None:
        """Takes no more queries, gives running ones ``grace`` seconds, then ends them."""
        ...

    def answer(self, query: Query) -> AbstractAsyncContextManager[Answer]:
        """Runs a query; leaving the context ends it at once, wherever it is.

        Raises:
            EngineError: the query was not taken.
        """
        ...

    def cancel(self, query_id: str) -> bool:
        """Ends the running query with that id; false when there is none."""
        ...
