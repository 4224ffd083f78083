"""One query in a worker: how it is put to the worker, its answer while it is made, and what may go wrong with it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
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
from kgservice.engine.link import WorkerLink


class Running:
    """The answer that a worker is making. ``idle`` once the worker is done with it and fit for the next query.

    ``memory`` (MiB) and ``text`` are for what is said when it fails; ``max_result_bytes`` bounds it.
    """

    def __init__(
        self, worker: WorkerLink, memory: int, max_result_bytes: int | None, text: str
    ) -> None:
        self.idle = False
        self._worker = worker
        self._memory = memory
        self._most = max_result_bytes
        self._text = text

    async def __aiter__(self) -> AsyncIterator[bytes]:
        sent = 0
        most = self._most
        while True:
            try:
                kind, body = await self._worker.receive()
            except WorkerCrashed:
                if self._worker.ran_out_of_memory():
                    raise QueryMemory(self._memory) from None
                raise
            if kind == DATA:
                sent += len(body)
                if most is not None and sent > most:
                    raise ResultTooLarge(most)
                yield body
                continue
            said = json.loads(body)
            self.idle = not said.get("retire") and said.get("kind") != "memory"
            if kind == END:
                return
            raise _fault(said, self._memory, self._text)


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


def _fault(said: dict[str, Any], memory: int, text: str) -> EngineError:
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
            return QueryMemory(memory)
        case _:
            return EvaluationFailed(message)
