"""Serves a release, or files in its place, until a signal asks to stop."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from fastapi import APIRouter
from rich.console import Console

from kgservice.api.context import ApiContext
from kgservice.api.eligibility import Known
from kgservice.api.routers import make_routers
from kgservice.app import prepare_app, serve_release
from kgservice.errors import ExplainedError
from kgservice.opening import Opened, open_files, open_release
from kgservice.operation import logs
from kgservice.operation.metrics import Metrics
from kgservice.operation.metrics import listen as listen_for_metrics
from kgservice.operation.served import Served
from kgservice.operation.switching import ReleaseWatch
from kgservice.pages.answering import PageWriter
from kgservice.pages.routers import make_pages
from kgservice.pages.site import CODEMIRROR, EDITOR, EDITOR_PACKAGE, Site
from kgservice.questions import Question, read_questions
from kgservice.reconcile.routes import make_router as make_reconciliation
from kgservice.release import CURRENT
from kgservice.search.index import open_index
from kgservice.server import listen, serve
from kgservice.settings import Settings


def run_service(
    settings: Settings, data: list[Path], console: Console, *, union: bool | None = None
) -> None:
    """Serves what the settings name, or the files in ``data``.

    ``union``: whether the default graph is the union of the named graphs; by default so for a release.

    Raises:
        ExplainedError: it cannot be served; the text says why.
    """
    logs.configure(settings.log, queries=settings.log_queries, clients=settings.log_clients)
    figures = Metrics()
    union = not data if union is None else union
    with contextlib.ExitStack() as cleanup:
        opened = (
            open_files(settings, data, cleanup, union=union, observer=figures)
            if data
            else open_release(settings, console, union=union, observer=figures)
        )
        release = opened.release
        listener = listen(settings.host, settings.port)
        address = listener.getsockname()
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        console.print(
            f"Release {release.id}, {release.quads:,} quads · 版本 {release.id}，{release.quads:,} 个四元组\n"
            f"http://{shown}:{address[1]}/  ·  http://{shown}:{address[1]}/sparql  ·  Ctrl-C: stop / 停止"
        )
        name_left_out(console, EDITOR_PACKAGE)
        application, lasting = prepare_app(settings, figures)

        def complete(opened: Opened) -> Served:
            """What was opened, with everything that answers over it."""
            questions = {} if data else read_project_questions(opened.settings)
            return serve_release(
                opened.settings,
                opened.release,
                opened.engine,
                [] if data else make_whole(opened, questions, lasting.site),
                lasting,
                questions=questions,
                union_default_graph=union,
            )

        def open_next(name: str) -> Served:
            named = replace(settings, release=name)
            return complete(open_release(named, Console(quiet=True), union=union, observer=figures))

        application.current = complete(opened)

        if not data and settings.release in (None, CURRENT):  # a release that was named stays
            application.watch = ReleaseWatch(
                application, settings.releases, settings.watch, open_next, figures
            )
        if ":" in settings.metrics:
            listen_for_metrics(figures, settings.metrics)
        serve(
            application,
            listener,
            grace=settings.grace,
            trusted_proxies=settings.trusted_proxies,
            proxy_header=settings.proxy_header,
        )


def name_left_out(console: Console, package: Path) -> None:
    """Names the editor of the SPARQL page and the command that brings it, where it is not in ``package``."""
    if (package / EDITOR.name / CODEMIRROR).is_file():
        return
    command = f"npm ci --prefix {os.path.relpath(package)}"
    console.print(
        f"Left out: the query editor; the SPARQL page has a plain one. With Node.js 18: {command}\n"
        f"未安装查询编辑器，SPARQL 页面使用纯文本框。装有 Node.js 18 时可运行：{command}",
        soft_wrap=True,
    )


def make_whole(opened: Opened, questions: Mapping[str, Question], site: Site) -> list[APIRouter]:
    """The routes of the API, of the reconciliation service and of the pages, over the questions of the project and the search index of the release."""
    context = ApiContext(opened.settings, opened.release, opened.engine, questions)
    index = open_index(opened.settings.releases, opened.release)
    writer = PageWriter(site, opened.settings.base, opened.release)
    known = Known(context)
    return [
        *make_routers(context, index, known),
        make_reconciliation(context, index, writer),
        *make_pages(context, index, known, writer),
    ]


def read_project_questions(settings: Settings) -> dict[str, Question]:
    """The named questions of the project.

    Raises:
        ExplainedError: it has none.
    """
    folder = settings.project / "queries"
    questions = read_questions(folder, settings.base)
    if not questions:
        raise ExplainedError(
            f"There are no questions in {folder.absolute()}, and the API is made of them. Name the project folder with --project.",
            f"{folder.absolute()} 中没有命名问题，而接口由它们构成。请用 --project 指明项目文件夹。",
        )
    return questions
