"""Opens what is served: a release, or files in its place; the engine over it; the API."""

from __future__ import annotations

import contextlib
import signal
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from fastapi import APIRouter
from rich.console import Console

from kgservice import release as releases
from kgservice.api.context import ApiContext
from kgservice.api.routers import make_routers
from kgservice.engine.data import load_data
from kgservice.engine.endpoint import PLACE_OF_RELEASE, read_endpoint
from kgservice.engine.interface import Engine
from kgservice.engine.pool import PoolLimits, WorkerPool
from kgservice.engine.remote import RemoteEngine
from kgservice.engine.store import find_store, make_store
from kgservice.errors import ExplainedError
from kgservice.federation.engine import federate
from kgservice.operation.observing import NOBODY, Observer
from kgservice.questions import read_questions
from kgservice.release import Release
from kgservice.search.index import open_index
from kgservice.settings import EMBEDDED, Settings


@dataclass(frozen=True, slots=True)
class Opened:
    """A release and an engine over it, which is not started yet.

    The base of the release goes before that of the settings: its IRIs are what they are.
    """

    settings: Settings
    release: Release
    engine: Engine


def open_release(
    settings: Settings, console: Console, *, union: bool = True, observer: Observer = NOBODY
) -> Opened:
    """The release that the settings name, with the engine that they name.

    Raises:
        ReleaseError, StoreError: there is no such release, or it is damaged, or its store cannot be made.
    """
    release = releases.open_release(settings.releases, settings.release)
    settings = replace(settings, base=release.manifest["base"])
    if settings.engine != EMBEDDED:
        return Opened(settings, release, _remote_engine(settings, release, observer))
    store = find_store(settings.releases, release)
    if store is None:
        with console.status("Making the store of this release … 正在生成该版本的存储……"):
            store = make_store(settings.releases, release)
    return Opened(
        settings, release, _embedded_engine(settings, release, store, observer, union=union)
    )


def open_files(
    settings: Settings,
    files: list[Path],
    cleanup: contextlib.ExitStack,
    *,
    union: bool,
    observer: Observer = NOBODY,
) -> Opened:
    """RDF files in place of a release; their store stands in a folder that goes with ``cleanup``.

    Raises:
        DataError: a file cannot be read; the text says where.
    """
    # The server hands a signal on when it has stopped; by default this one would end the process on the spot.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    folder = cleanup.enter_context(tempfile.TemporaryDirectory(prefix="kg-data-"))
    release, store = load_data(files, Path(folder), settings.base)
    settings = replace(settings, base=release.manifest["base"])
    return Opened(
        settings, release, _embedded_engine(settings, release, store, observer, union=union)
    )


def make_api(opened: Opened) -> list[APIRouter]:
    """The routes of the API, over the questions of the project and the search index of the release.

    Raises:
        ExplainedError: the project has no questions.
    """
    folder = opened.settings.project / "queries"
    questions = read_questions(folder, opened.settings.base)
    if not questions:
        raise ExplainedError(
            f"There are no questions in {folder.absolute()}, and the API is made of them. Name the project folder with --project.",
            f"{folder.absolute()} 中没有命名问题，而接口由它们构成。请用 --project 指明项目文件夹。",
        )
    context = ApiContext(opened.settings, opened.release, opened.engine, questions)
    return make_routers(context, open_index(opened.settings.releases, opened.release))


def _remote_engine(settings: Settings, release: Release, observer: Observer) -> Engine:
    endpoint = read_endpoint(
        settings.engine, release.id, settings.engine_user, settings.engine_password
    )
    guarded = PLACE_OF_RELEASE not in settings.engine
    engine = RemoteEngine(endpoint, release, _limits(settings), guarded=guarded)
    return federate(settings, engine, observer)


def _embedded_engine(
    settings: Settings, release: Release, store: Path, observer: Observer, *, union: bool
) -> Engine:
    pool = WorkerPool(
        store,
        _limits(settings),
        base=f"{settings.base}/",
        prefixes=release.manifest["prefixes"],
        union_default_graph=union,
        observer=observer,
    )
    return federate(settings, pool, observer)


def _limits(settings: Settings) -> PoolLimits:
    return PoolLimits(
        workers=settings.workers,
        spares=settings.spares,
        long_workers=settings.long_workers,
        long_after=settings.long_after,
        deadline=settings.deadline,
        memory=settings.memory,
        max_rows=settings.max_rows,
        max_result_bytes=settings.max_result_bytes,
        queue_length=settings.queue_length,
        long_queue_length=settings.long_queue_length,
        queue_wait=settings.queue_wait,
    )
