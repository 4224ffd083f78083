"""Whether the service can answer: a query over the data, in the engine that answers everybody."""

from __future__ import annotations

import asyncio
import json
from time import monotonic
from typing import Any

from kgservice.engine.errors import EngineError, EngineStopping
from kgservice.engine.interface import Engine, Query
from kgservice.operation.application import Application
from kgservice.operation.errors import NotReady
from kgservice.operation.served import Served

PROBE = "ASK { { GRAPH ?g { ?s ?p ?o } } UNION { ?s ?p ?o } }"
PROBE_SECONDS = 2.0
FRESH_SECONDS = 1.0


async def probe(engine: Engine, quads: int) -> None:
    """Runs a query over the data; ``quads`` is how many there should be.

    Raises:
        NotReady: no answer within :data:`PROBE_SECONDS`, a failure, or an engine without data.
    """
    parts = []
    try:
        async with asyncio.timeout(PROBE_SECONDS), engine.answer(Query(PROBE, "json")) as answer:
            async for part in answer:
                parts.append(part)
    except TimeoutError:
        raise NotReady(
            f"A query over the data was not answered within {PROBE_SECONDS:g} seconds. Ask again in a moment.",
            f"对数据的查询未在 {PROBE_SECONDS:g} 秒内得到回答。请稍后重试。",
        ) from None
    except EngineStopping:
        raise
    except EngineError as error:
        raise NotReady(
            f"A query over the data failed: {error.en}", f"对数据的查询失败：{error.zh}"
        ) from None
    if quads and not json.loads(b"".join(parts))["boolean"]:
        raise NotReady(
            "The engine has no data. Restart the service; if it stays so, delete the folder .stores beside the releases.",
            "查询引擎中没有数据。请重启服务；若仍如此，请删除各版本旁的 .stores 文件夹。",
        )


class Readiness:
    """Readiness of an application. Many who ask at once cost one query: its answer holds for a second."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._one = asyncio.Lock()
        self._proved: tuple[Served, float] | None = None

    async def check(self) -> dict[str, Any]:
        """What is served, when a query over it is answered.

        Raises:
            NotReady, EngineStopping: it is not.
        """
        application = self._application
        if application.stopping:
            raise EngineStopping
        served = application.current
        async with self._one:
            if (
                self._proved is None
                or self._proved[0] is not served
                or self._proved[1] < monotonic()
            ):
                await probe(served.engine, served.release.quads)
                self._proved = (served, monotonic() + FRESH_SECONDS)
        standing: dict[str, Any] = {
            "status": "ready",
            "release": served.release.id,
            "since": served.since.isoformat(timespec="seconds"),
        }
        if application.warning is not None:
            standing["warning"] = application.warning
        return standing
