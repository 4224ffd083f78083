"""The command ``kg``: the only place that joins the building half and the serving half."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from kgservice import __version__
from kgservice.errors import ExplainedError
from kgservice.settings import Settings
from kgservice.settings.flags import EVERY, with_settings

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


# The settings that a command has flags for.
PLACE = ("project", "releases")
ASKING = (
    *PLACE,
    *("base", "release", "engine", "engine_user"),
    *("deadline", "memory", "max_query_bytes", "max_result_bytes", "max_rows"),
    *(name for name in EVERY if name.startswith("service_")),
)


@app.command()
def version() -> None:
    """The version of the program.  程序版本。"""
    typer.echo(__version__)


@app.command()
@with_settings(*PLACE, "base")
def build(
    settings: Settings,
    forget_published: Annotated[
        bool,
        typer.Option(
            "--forget-published",
            help="Let IRIs of the current release go that are no longer there.  允许删去当前版本中的 IRI。",
        ),
    ] = False,
) -> None:
    """Check everything and make a release.  检查全部数据并生成版本。"""
    from kgservice.build.commands import run_build

    code = run_build(settings, forget_published=forget_published, console=Console())
    raise typer.Exit(code)


@app.command()
@with_settings("project", "base")
def check(
    settings: Settings,
    edition: Annotated[
        str | None,
        typer.Argument(
            help="PLACE/EDITION as in data/directories; all if not given.  地区/版本；不给则检查全部。"
        ),
    ] = None,
) -> None:
    """Check tables, shapes and queries; write nothing.  检查数据，不写入。"""
    from kgservice.build.commands import run_check

    raise typer.Exit(run_check(settings, edition, Console()))


@app.command()
@with_settings("project")
def match(
    settings: Settings,
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
) -> None:
    """Propose what each row of a new directory lists, for review.  为新目录的每一行提出对应证书，供复核。"""
    from kgservice.matching.commands import run_match

    console = Console(stderr=True, soft_wrap=True)
    raise typer.Exit(run_match(settings, table, output, edition, console))


@app.command()
@with_settings(*EVERY)
def serve(
    context: typer.Context,
    settings: Settings,
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
) -> None:
    """Serve a release: the SPARQL endpoint and the start page.  提供 SPARQL 查询服务。"""
    if data and any(context.params[name] is not None for name in ("release", "releases")):
        raise ExplainedError(
            "--data serves files in place of a release: leave out --release and --releases, or --data.",
            "--data 以文件代替版本：请去掉 --release 与 --releases，或去掉 --data。",
        )
    from kgservice.serving import run_service

    console = Console(highlight=False, soft_wrap=True)
    run_service(settings, data or [], console, union=union_default_graph)


@app.command("releases")
@with_settings(*PLACE)
def list_all(settings: Settings) -> None:
    """List the releases; the current one is marked.  列出各版本，标出当前版本。"""
    from kgservice.operation.commands import show_releases

    show_releases(settings.releases, Console(highlight=False))


@app.command()
@with_settings(*PLACE)
def switch(
    settings: Settings,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of a release.  版本名。")],
) -> None:
    """Make a release the current one; a running service follows.  切换当前版本，运行中的服务随之切换。"""
    from kgservice.operation.commands import switch_release

    switch_release(settings.releases, name, Console(highlight=False, soft_wrap=True))


@app.command()
@with_settings(*ASKING)
def query(
    settings: Settings,
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
) -> None:
    """Ask a release one query and print the answer.  查询一次并打印结果。"""
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
@with_settings(*PLACE, "release", "engine_user")
def publish(
    settings: Settings,
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
) -> None:
    """Load a release into another SPARQL server.  把版本载入另一 SPARQL 服务器。"""
    from kgservice.publishing.commands import run_publish

    console = Console(highlight=False, soft_wrap=True)
    run_publish(settings, to, query_url, console, replace=replace_other)


if __name__ == "__main__":
    main()
