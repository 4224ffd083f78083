"""Follows ``current``: when it points to another release, that one is made ready beside the old one and takes over.

A release that cannot be served changes nothing: the old one goes on, and the operator is told in the log and in the
readiness. It is tried again when ``current`` or a file of the release changes, or on SIGHUP.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from kgservice.errors import ExplainedError
from kgservice.operation.application import Application
from kgservice.operation.health import probe
from kgservice.operation.observing import NOBODY, Observer
from kgservice.operation.preparing import prepare
from kgservice.operation.served import Served
from kgservice.release import current_name

_log = logging.getLogger(__name__)

Standing = tuple[str | None, int]  # where ``current`` points, and when what is there was changed


class ReleaseWatch:
    """Looks at ``current`` in the folder ``releases`` every ``seconds`` (0: only when asked), and switches.

    ``open_served`` opens a release that is ready, by name, with an engine that is not started; it may block.
    """

    def __init__(
        self,
        application: Application,
        releases: Path,
        seconds: float,
        open_served: Callable[[str], Served],
        observer: Observer = NOBODY,
    ) -> None:
        self._application = application
        self._releases = releases
        self._seconds = seconds
        self._open = open_served
        self._observer = observer
        self._asked = asyncio.Event()
        self._failed: Standing | None = None

    def look(self) -> None:
        """Has a look taken at once, also at a release that failed before."""
        self._failed = None
        self._asked.set()

    async def run(self) -> None:
        """Looks and switches until it is cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._seconds or None):
                    await self._asked.wait()
            asked = self._asked.is_set()
            self._asked.clear()
            name = current_name(self._releases)
            if name == self._application.current.release.id:
                self._settle(asked)
            elif (standing := (name, self._changed(name))) != self._failed:
                await self._follow(standing)

    def _changed(self, name: str | None) -> int:
        """When the folder of a release or a file in it was last changed: later when it was made anew or repaired."""
        folder = self._releases / (name or "")
        try:
            return max(path.stat().st_ctime_ns for path in [folder, *folder.iterdir()])
        except OSError:
            return 0

    def _settle(self, asked: bool) -> None:
        """``current`` is what is served."""
        self._failed = None
        self._application.warning = None
        if asked:
            _log.info(
                "Release %s is current and is served; nothing to switch",
                self._application.current.release.id,
                extra={
                    "event": "switch-idle",
                    "zh": f"当前版本 {self._application.current.release.id} 正在提供服务，无需切换",
                },
            )

    async def _follow(self, standing: Standing) -> None:
        name, old, began = standing[0] or "-", self._application.current.release.id, perf_counter()
        try:
            served = await self._make_ready(standing[0])
        except ExplainedError as error:
            self._fail(standing, name, error)
            return
        except Exception as error:
            _log.error(
                "An error of the program while switching to release %s",
                name,
                exc_info=error,
                extra={"event": "error", "zh": f"切换到版本 {name} 时程序内部出错"},
            )
            self._fail(
                standing,
                name,
                ExplainedError(
                    f"Release {name} could not be opened: an error of the program, see the log.",
                    f"无法打开版本 {name}：程序内部错误，见日志。",
                ),
            )
            return
        self._application.adopt(served)
        self._application.warning = None
        self._failed = None
        self._observer.switched("ok")
        seconds = perf_counter() - began
        _log.info(
            "Release %s is served now, in place of %s; ready after %.1f seconds",
            name,
            old,
            seconds,
            extra={
                "event": "switched",
                "fields": {"release": name, "before": old, "seconds": round(seconds, 3)},
                "zh": f"现在提供版本 {name}，取代 {old}；准备用时 {seconds:.1f} 秒",
            },
        )

    async def _make_ready(self, name: str | None) -> Served:
        """The release with its engine running, after a query over its data was answered."""
        await prepare(self._releases, name)
        assert name is not None
        served = await asyncio.to_thread(self._open, name)
        try:
            await served.engine.start()
            await probe(served.engine, served.release.quads)
        except BaseException:
            await served.engine.stop(0)
            raise
        return served

    def _fail(self, standing: Standing, name: str, error: ExplainedError) -> None:
        self._failed = standing
        self._observer.switched("failed")
        old = self._application.current.release.id
        en = f"Release {name} cannot be served, {old} goes on: {error.en}"
        zh = f"版本 {name} 无法提供服务，继续使用 {old}：{error.zh}"
        _log.error(
            "%s", en, extra={"event": "switch-failed", "zh": zh, "fields": {"release": name}}
        )
        # Readiness is public: where the folder lies is for the log only.
        folder = str(self._releases)
        self._application.warning = {
            "release": name,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "languages": {"en": en.replace(folder, "…"), "zh": zh.replace(folder, "…")},
        }
