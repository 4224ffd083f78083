"""One query in a worker: how it is put to the worker, its answer while it is made, and what may go wrong with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from kgservice.engine.errors import (
    EngineError,
    EvaluationFailed,
    QueryMemory,
    QuerySyntaxError,
    QueryUnsupported,
    ResultTooLarge,
    ResultUnwritable,
    WorkerCrashed,
)
from kgservice.engine.frames import DATA, END
from kgservice.engine.interface import Query
from kgservice.engine.lanes import Lane
from kgservice.engine.limits import PoolLimits
from kgservice.engine.link import WorkerLink


class Displaced(EngineError):
    """The query has to make room for a short one, and is begun again."""

    def __init__(self) -> None:
        super().__init__("The query waits for a place.", "查询正在等候。")


class Running:
    """A query on its way, and the answer while it is made. ``idle`` once the worker is fit for the next query.

    ``lane`` and ``waiting`` say where it is, ``began`` and ``timer`` belong to its time; they are the pool's.
    ``begin_again`` is called when it was displaced: it finds another worker.
    """

    def __init__(
        self, query: Query, limits: PoolLimits, begin_again: Callable[[Running], Awaitable[None]]
    ) -> None:
        self.query = query
        self.idle = False
        self.lane: Lane | None = None
        self.waiting: asyncio.Future[None] | None = None
        self.worker: WorkerLink | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.began = 0.0
        self.lowered = False
        self._limits = limits
        self._begin_again = begin_again

    @property
    def begun(self) -> bool:
        """Whether a part of the answer has come, so that the query cannot be begun again."""
        return self.worker is not None and self.worker.spoken

    @property
    def seconds(self) -> float:
        """How long the query has been in its worker."""
        return asyncio.get_running_loop().time() - self.began

    async def __aiter__(self) -> AsyncIterator[bytes]:
        sent = 0
        limits = self._limits
        most = limits.max_result_bytes
        while True:
            assert self.worker is not None
            try:
                kind, body = await self.worker.receive()
            except Displaced:
                await self._begin_again(self)
                continue
            except WorkerCrashed:
                if self.worker.ran_out_of_memory():
                    raise QueryMemory(limits.memory) from None
                raise
            if kind == DATA:
                sent += len(body)
                if most is not None and sent > most:
                    raise ResultTooLarge(most, "bytes", "字节")
                yield body
                continue
            said = json.loads(body)
            self.idle = not said.get("retire") and said.get("kind") != "memory"
            if kind == END:
                return
            raise _fault(said, limits, self.query.text)


def _before(text: str, line: int | None, column: int | None) -> str:
    """The end of what stands in the line before a column (the parser's lines end at line feeds)."""
    lines = text.split("\n")
    if line is None or column is None or line > len(lines):
        return ""
    return lines[line - 1][: column - 1][-40:].strip()


def write_question(query: Query, deadline: float) -> bytes:
    """A query as a worker reads it; ``deadline`` in seconds."""
    return json.dumps(
        {
            "text": query.text,
            "format": query.format,
            "default_graphs": query.dataset.default_graphs,
            "named_graphs": query.dataset.named_graphs,
            "own_dataset": query.own_dataset,
            "deadline": deadline,
        },
        ensure_ascii=False,
    ).encode("utf-8")


def _fault(said: dict[str, Any], limits: PoolLimits, text: str) -> EngineError:
    """The exception for a fault that a worker reports."""
    message = said["message"]
    match said["kind"]:
        case "syntax":
            line, column = said.get("line"), said.get("column")
            return QuerySyntaxError(message, line, column, _before(text, line, column))
        case "value":
            return QuerySyntaxError(message)
        case "unsupported":
            return QueryUnsupported(message)
        case "unwritable":
            return ResultUnwritable(message)
        case "memory":
            return QueryMemory(limits.memory)
        case "rows" if limits.max_rows is not None:
            return ResultTooLarge(limits.max_rows, "rows", "行")
        case _:
            return EvaluationFailed(message)
