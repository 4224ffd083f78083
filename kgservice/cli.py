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
from kgservice.settings import SETTINGS, read_settings

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
EngineAddress = Annotated[Flag, _option("engine")]
EngineUser = Annotated[Flag, _option("engine_user")]
ReleaseName = Annotated[Flag, _option("release")]
Deadline = Annotated[Flag, _option("deadline")]
Memory = Annotated[Flag, _option("memory")]
ResultBytes = Annotated[Flag, _option("max_result_bytes")]
ResultRows = Annotated[Flag, _option("max_rows")]
QueryBytes = Annotated[Flag, _option("max_query_bytes")]
ServiceAllow = Annotated[Flag, _option("service_allow")]
ServiceAllowPrivate = Annotated[Flag, _option("service_allow_private")]
ServiceTimeout = Annotated[Flag, _option("service_timeout")]
ServiceMaxBytes = Annotated[Flag, _option("service_max_bytes")]
ServiceMaxRows = Annotated[Flag, _option("service_max_rows")]
ServiceBatch = Annotated[Flag, _option("service_batch")]
ServiceMaxCalls = Annotated[Flag, _option("service_max_calls")]


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
    engine: EngineAddress = None,
    engine_user: EngineUser = None,
    project: Project = None,
    releases: Releases = None,
    base: Base = None,
    workers: Annotated[Flag, _option("workers")] = None,
    spares: Annotated[Flag, _option("spares")] = None,
    long_workers: Annotated[Flag, _option("long_workers")] = None,
    long_after: Annotated[Flag, _option("long_after")] = None,
    deadline: Deadline = None,
    memory: Memory = None,
    max_query_bytes: QueryBytes = None,
    max_result_bytes: ResultBytes = None,
    max_rows: ResultRows = None,
    cache: Annotated[Flag, _option("cache")] = None,
    queue_length: Annotated[Flag, _option("queue_length")] = None,
    long_queue_length: Annotated[Flag, _option("long_queue_length")] = None,
    queue_wait: Annotated[Flag, _option("queue_wait")] = None,
    grace: Annotated[Flag, _option("grace")] = None,
    quota_seconds: Annotated[Flag, _option("quota_seconds")] = None,
    quota_window: Annotated[Flag, _option("quota_window")] = None,
    trusted_proxies: Annotated[Flag, _option("trusted_proxies")] = None,
    proxy_header: Annotated[Flag, _option("proxy_header")] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            "--data",
            metavar="FILE",
            help="Serve these RDF files in place of a release: .ttl .nt .nq .trig .rdf .jsonld; repeatable.  以这些 RDF 文件代替版本；可重复。",
        ),
    ] = None,
    union_default_graph: Annotated[
        bool | None,
        typer.Option(
            "--union-default-graph/--plain-default-graph",
            help="The default graph holds all named graphs (the default for a release), or only what stands in none (for --data).  默认图为全部命名图的并集（版本的默认），或只含不属于命名图的部分（--data 的默认）。",
            show_default=False,
        ),
    ] = None,
    service_allow: ServiceAllow = None,
    service_allow_private: ServiceAllowPrivate = None,
    service_timeout: ServiceTimeout = None,
    service_max_bytes: ServiceMaxBytes = None,
    service_max_rows: ServiceMaxRows = None,
    service_batch: ServiceBatch = None,
    service_max_calls: ServiceMaxCalls = None,
    watch: Annotated[Flag, _option("watch")] = None,
    metrics: Annotated[Flag, _option("metrics")] = None,
    log: Annotated[Flag, _option("log")] = None,
    log_queries: Annotated[Flag, _option("log_queries")] = None,
    log_clients: Annotated[Flag, _option("log_clients")] = None,
) -> None:
    """Serve a release: the SPARQL endpoint and the start page.  提供 SPARQL 查询服务。"""
    settings = read_settings(dict(locals()))
    if data and (release is not None or releases is not None):
        raise ExplainedError(
            "--data serves files in place of a release: leave out --release and --releases, or --data.",
            "--data 以文件代替版本：请去掉 --release 与 --releases，或去掉 --data。",
        )
    from kgservice.serving import run_service

    console = Console(highlight=False, soft_wrap=True)
    run_service(settings, data or [], console, union=union_default_graph)


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
    engine: EngineAddress = None,
    engine_user: EngineUser = None,
    project: Project = None,
    releases: Releases = None,
    base: Base = None,
    deadline: Deadline = None,
    memory: Memory = None,
    max_query_bytes: QueryBytes = None,
    max_result_bytes: ResultBytes = None,
    max_rows: ResultRows = None,
    service_allow: ServiceAllow = None,
    service_allow_private: ServiceAllowPrivate = None,
    service_timeout: ServiceTimeout = None,
    service_max_bytes: ServiceMaxBytes = None,
    service_max_rows: ServiceMaxRows = None,
    service_batch: ServiceBatch = None,
    service_max_calls: ServiceMaxCalls = None,
) -> None:
    """Ask a release one query and print the answer.  查询一次并打印结果。"""
    flags = {
        name: value
        for name, value in locals().items()
        if name not in ("file", "param", "format", "columns")
    }
    settings = read_settings(flags)
    # One query, with nobody beside it: it is never a long one that others come before.
    settings = replace(settings, workers=1, spares=0, long_after=settings.deadline)
    from kgservice.asking import ask_file
    from kgservice.opening import open_release

    opened = open_release(settings, Console(stderr=True, highlight=False))
    shown = [name.strip().removeprefix("?") for name in (columns or "").split(",") if name.strip()]
    asyncio.run(
        ask_file(file, param or [], format, opened.settings, opened.release, opened.engine, shown)
    )


@app.command()
def publish(
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help="The Graph Store of a server, where the release is loaded; {release} in it becomes its name.  目标服务器图存储的 URL，其中的 {release} 会换成版本名。",
        ),
    ],
    query_url: Annotated[
        str | None,
        typer.Option(
            "--query-url",
            help="Where that server answers queries, when it cannot be told from --to.  该服务器的查询地址（无法由 --to 得知时）。",
        ),
    ] = None,
    replace_other: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Replace another release in the same place; services on it answer 503 meanwhile.  替换同处的另一版本，其间服务返回 503。",
        ),
    ] = False,
    release: ReleaseName = None,
    engine_user: EngineUser = None,
    project: Project = None,
    releases: Releases = None,
) -> None:
    """Load a release into another SPARQL server.  把版本载入另一 SPARQL 服务器。"""
    flags = {
        "release": release,
        "engine_user": engine_user,
        "project": project,
        "releases": releases,
    }
    settings = read_settings(flags)
    from kgservice.publishing.commands import run_publish

    console = Console(highlight=False, soft_wrap=True)
    run_publish(settings, to, query_url, console, replace=replace_other)


if __name__ == "__main__":
    main()
