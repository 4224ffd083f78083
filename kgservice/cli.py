"""The command ``kg``: the only place that joins the building half and the serving half."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from kgservice import __version__
from kgservice.errors import ExplainedError
from kgservice.settings import SETTINGS, Settings, read_settings

app = typer.Typer(
    name="kg",
    help="Zhicheng Graph: build the graph, serve it, ask it.  职称图谱：构建、服务、查询。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Runs the command line; what a user can do wrong is told in both languages, without a stack trace."""
    try:
        app()
    except ExplainedError as error:
        tell(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if os.environ.get("KG_DEBUG"):
            raise
        tell(
            ExplainedError(
                f"An error of the program, not of your input: {type(error).__name__}: {error}. Please report it; "
                "KG_DEBUG=1 shows where it happened.",
                f"程序内部错误，与输入无关：{type(error).__name__}: {error}。请反馈；设 KG_DEBUG=1 可显示出错位置。",
            )
        )
        sys.exit(70)  # EX_SOFTWARE


def tell(error: ExplainedError) -> None:
    """Writes an error to the standard error stream, in English and Chinese; as JSON where the log is JSON."""
    if any(getattr(one.formatter, "machine", False) for one in logging.getLogger().handlers):
        said = {"event": "failed", "zh": error.zh}
        logging.getLogger(__name__).critical("%s", error.en, extra=said)
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[bold red]✗[/] {escape(error.en)}\n  {escape(error.zh)}")


def _option(name: str) -> Any:
    """The flag of a setting, with its sentences and its variable as help."""
    setting = next(setting for setting in SETTINGS if setting.name == name)
    return typer.Option(
        f"--{name.replace('_', '-')}",
        help=f"{setting.en} {setting.zh} [{setting.variable}]",
        show_default=False,
    )


Flag = str | None
Base = Annotated[Flag, _option("base")]
Project = Annotated[Flag, _option("project")]
Releases = Annotated[Flag, _option("releases")]
ReleaseName = Annotated[Flag, _option("release")]
Deadline = Annotated[Flag, _option("deadline")]
Memory = Annotated[Flag, _option("memory")]
ResultBytes = Annotated[Flag, _option("max_result_bytes")]
QueryBytes = Annotated[Flag, _option("max_query_bytes")]


@app.command()
def version() -> None:
    """The version of the program.  程序版本。"""
    typer.echo(__version__)


@app.command()
def build(
    project: Project = None,
    releases: Releases = None,
    base: Base = None,
    forget_published: Annotated[
        bool,
        typer.Option(
            "--forget-published",
            help="Let IRIs of the current release go that are no longer there.  允许删去当前版本中的 IRI。",
        ),
    ] = False,
) -> None:
    """Check everything and make a release.  检查全部数据并生成版本。"""
    settings = read_settings({"project": project, "releases": releases, "base": base})
    from kgservice.build.commands import run_build

    code = run_build(settings, forget_published=forget_published, console=Console())
    raise typer.Exit(code)


@app.command()
def check(
    edition: Annotated[
        str | None,
        typer.Argument(
            help="PLACE/EDITION as in data/directories; all if not given.  地区/版本；不给则检查全部。"
        ),
    ] = None,
    project: Project = None,
    base: Base = None,
) -> None:
    """Check tables, shapes and queries; write nothing.  检查数据，不写入。"""
    settings = read_settings({"project": project, "base": base})
    from kgservice.build.commands import run_check

    raise typer.Exit(run_check(settings, edition, Console()))


@app.command()
def match(
    table: Annotated[
        Path,
        typer.Argument(
            metavar="DIRECTORY.csv",
            help="A directory's table that nobody has mapped yet.  尚未映射的目录表格。",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="Write the proposals (SSSOM/TSV) to this file, not to the standard output.  写入此文件。",
        ),
    ] = None,
    edition: Annotated[
        str | None,
        typer.Option(
            "--edition",
            help="DIRECTORY/EDITION of the table where no edition.toml lies beside it.  目录编号/版本。",
        ),
    ] = None,
    project: Project = None,
) -> None:
    """Propose what each row of a new directory lists, for review.  为新目录的每一行提出对应证书，供复核。"""
    settings = read_settings({"project": project})
    from kgservice.matching.commands import run_match

    console = Console(stderr=True, soft_wrap=True)
    raise typer.Exit(run_match(settings, table, output, edition, console))


@app.command()
def serve(
    host: Annotated[Flag, _option("host")] = None,
    port: Annotated[Flag, _option("port")] = None,
    release: ReleaseName = None,
    project: Project = None,
    releases: Releases = None,
    base: Base = None,
    workers: Annotated[Flag, _option("workers")] = None,
    spares: Annotated[Flag, _option("spares")] = None,
    deadline: Deadline = None,
    memory: Memory = None,
    max_query_bytes: QueryBytes = None,
    max_result_bytes: ResultBytes = None,
    queue_length: Annotated[Flag, _option("queue_length")] = None,
    queue_wait: Annotated[Flag, _option("queue_wait")] = None,
    grace: Annotated[Flag, _option("grace")] = None,
    watch: Annotated[Flag, _option("watch")] = None,
    metrics: Annotated[Flag, _option("metrics")] = None,
    log: Annotated[Flag, _option("log")] = None,
    log_queries: Annotated[Flag, _option("log_queries")] = None,
    log_clients: Annotated[Flag, _option("log_clients")] = None,
) -> None:
    """Serve a release: the SPARQL endpoint and the start page.  提供 SPARQL 查询服务。"""
    settings = read_settings(dict(locals()))
    from kgservice.app import create_app, operation_routes, serve_release
    from kgservice.operation import logs
    from kgservice.operation.metrics import Metrics
    from kgservice.operation.metrics import listen as listen_for_metrics
    from kgservice.operation.switching import ReleaseWatch
    from kgservice.release import CURRENT
    from kgservice.server import listen
    from kgservice.server import serve as run_server

    logs.configure(settings.log, queries=settings.log_queries, clients=settings.log_clients)
    figures = Metrics()
    console = Console(highlight=False, soft_wrap=True)
    given = settings
    settings, opened, engine = _open_engine(given, console, figures)
    listener = listen(settings.host, settings.port)
    address = listener.getsockname()
    shown = f"[{address[0]}]" if ":" in address[0] else address[0]
    console.print(
        f"Release {opened.id}, {opened.quads:,} quads · 版本 {opened.id}，{opened.quads:,} 个四元组\n"
        f"http://{shown}:{address[1]}/  ·  http://{shown}:{address[1]}/sparql  ·  Ctrl-C: stop / 停止"
    )
    application = create_app(
        settings, opened, engine, _open_api(settings, opened, engine), metrics=figures
    )

    def open_next(name: str) -> Any:
        """Another release, with everything that answers over it."""
        settings, opened, engine = _open_engine(
            replace(given, release=name), Console(quiet=True), figures
        )
        routers = _open_api(settings, opened, engine)
        operation = operation_routes(settings, application, figures)
        return serve_release(settings, opened, engine, [*routers, operation])

    if given.release in (None, CURRENT):  # a release that was named stays
        application.watch = ReleaseWatch(
            application, given.releases, given.watch, open_next, figures
        )
    if ":" in given.metrics:
        listen_for_metrics(figures, given.metrics)
    run_server(application, listener, grace=settings.grace)


@app.command("releases")
def list_all(project: Project = None, releases: Releases = None) -> None:
    """List the releases; the current one is marked.  列出各版本，标出当前版本。"""
    settings = read_settings({"project": project, "releases": releases})
    from kgservice.operation.commands import show_releases

    show_releases(settings.releases, Console(highlight=False))


@app.command()
def switch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of a release.  版本名。")],
    project: Project = None,
    releases: Releases = None,
) -> None:
    """Make a release the current one; a running service follows.  切换当前版本，运行中的服务随之切换。"""
    settings = read_settings({"project": project, "releases": releases})
    from kgservice.operation.commands import switch_release

    switch_release(settings.releases, name, Console(highlight=False, soft_wrap=True))


@app.command()
def query(
    file: Annotated[
        str,
        typer.Argument(
            help="A query file, the name of a question in queries/, or - for the standard input.  查询文件、queries/ 中的问题名，或 -（标准输入）。"
        ),
    ],
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            help="name=value, once for each value; without any, the example values.  参数=值，可重复；不给则用示例值。",
        ),
    ] = None,
    format: Annotated[
        str, typer.Option("--format", help="table, or csv, tsv, json, xml, turtle …")
    ] = "table",
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns", help="Columns of the table, comma between.  表格的列，逗号分隔。"
        ),
    ] = None,
    release: ReleaseName = None,
    project: Project = None,
    releases: Releases = None,
    base: Base = None,
    deadline: Deadline = None,
    memory: Memory = None,
    max_query_bytes: QueryBytes = None,
    max_result_bytes: ResultBytes = None,
) -> None:
    """Ask a release one query and print the answer.  查询一次并打印结果。"""
    flags = {
        name: value
        for name, value in locals().items()
        if name not in ("file", "param", "format", "columns")
    }
    settings = read_settings({**flags, "workers": "1", "spares": "0"})
    from kgservice.asking import ask_file

    settings, opened, engine = _open_engine(settings, Console(stderr=True, highlight=False))
    shown = [name.strip().removeprefix("?") for name in (columns or "").split(",") if name.strip()]
    asyncio.run(ask_file(file, param or [], format, settings, opened, engine, shown))


def _open_api(settings: Settings, release: Any, engine: Any) -> list[Any]:
    """The routes of the API, over the questions of the project and the search index of the release."""
    from kgservice.api.context import ApiContext
    from kgservice.api.routers import make_routers
    from kgservice.questions import read_questions
    from kgservice.search.index import open_index

    folder = settings.project / "queries"
    questions = read_questions(folder, settings.base)
    if not questions:
        raise ExplainedError(
            f"There are no questions in {folder.absolute()}, and the API is made of them. Name the project folder with --project.",
            f"{folder.absolute()} 中没有命名问题，而接口由它们构成。请用 --project 指明项目文件夹。",
        )
    context = ApiContext(settings, release, engine, questions)
    return make_routers(context, open_index(settings.releases, release))


def _open_engine(
    settings: Settings, console: Console, observer: Any = None
) -> tuple[Settings, Any, Any]:
    """The release and an engine over its store, which is made first when it is not there yet.

    The base of the release goes before that of the settings: its IRIs are what they are.
    """
    from kgservice.engine.pool import PoolLimits, WorkerPool
    from kgservice.engine.store import find_store, make_store
    from kgservice.operation.observing import NOBODY
    from kgservice.release import open_release

    release = open_release(settings.releases, settings.release)
    store: Path | None = find_store(settings.releases, release)
    if store is None:
        with console.status("Making the store of this release … 正在生成该版本的存储……"):
            store = make_store(settings.releases, release)
    limits = PoolLimits(
        workers=settings.workers,
        spares=settings.spares,
        deadline=settings.deadline,
        memory=settings.memory,
        max_result_bytes=settings.max_result_bytes,
        queue_length=settings.queue_length,
        queue_wait=settings.queue_wait,
    )
    settings = replace(settings, base=release.manifest["base"])
    return (
        settings,
        release,
        WorkerPool(
            store,
            limits,
            base=f"{settings.base}/",
            prefixes=release.manifest["prefixes"],
            observer=observer or NOBODY,
        ),
    )


if __name__ == "__main__":
    main()
