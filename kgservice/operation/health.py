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


class _Check:
    """One query over a release, for all who ask while it runs or within :data:`FRESH_SECONDS` after."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self._ended: float | None = None
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> NotReady | EngineStopping | None:
        try:
            await probe(self.served.engine, self.served.release.quads)
        except (NotReady, EngineStopping) as error:
            return error
        finally:
            self._ended = monotonic()
        return None

    @property
    def is_fresh(self) -> bool:
        return self._ended is None or monotonic() < self._ended + FRESH_SECONDS

    async def result(self) -> NotReady | EngineStopping | None:
        """Why it is not ready. Who leaves ends the check for nobody."""
        return await asyncio.shield(self._task)


class Readiness:
    """Readiness of an application. Many who ask cost one query: its answer holds for a second, a failure as well."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._check: _Check | None = None

    async def check(self) -> dict[str, Any]:
        """What is served, when a query over it is answered.

        Raises:
            NotReady, EngineStopping: it is not.
        """
        application = self._application
        if application.stopping:
            raise EngineStopping
        served = application.current
        check = self._check
        if check is None or check.served is not served or not check.is_fresh:
            check = self._check = _Check(served)
        error = await check.result()
        if error is not None:
            raise error.with_traceback(None)
        standing: dict[str, Any] = {
            "status": "ready",
            "release": served.release.id,
            "since": served.since.isoformat(timespec="seconds"),
        }
        if application.warning is not None:
            standing["warning"] = application.warning
        return standing
