"""``kg build`` and ``kg check``."""

from __future__ import annotations

import time

from rich.console import Console
from rich.markup import escape

from kgservice.build.building import build, check
from kgservice.build.project import Project
from kgservice.errors import ExplainedError
from kgservice.faults import Fault, Severity
from kgservice.release import open_release
from kgservice.settings import Settings


def run_build(settings: Settings, *, forget_published: bool, console: Console) -> int:
    """``kg build``: returns the exit code, 0 only if the release is made and current."""
    started = time.monotonic()
    project = Project(settings.project)
    with console.status("…") as status:

        def progress(zh: str, en: str) -> None:
            status.update(f"{escape(zh)} · {escape(en)}")
            if not console.is_terminal:
                console.print(f"{zh} · {en}", markup=False, highlight=False)

        checked, name = build(
            project,
            settings.base,
            settings.releases,
            progress,
            forget_published=forget_published,
        )
    print_faults(checked.faults.sorted(), console)
    if name is None:
        console.print(
            f"[red]未生成版本：{len(checked.faults.violations)} 处错误；当前版本未变。\n"
            f"No release was made: {len(checked.faults.violations)} violations; "
            "the current release is unchanged.[/red]"
        )
        return 1
    rows = sum(len(edition.rows) for _, edition in checked.assembly.editions)
    triples = open_release(settings.releases, name).quads
    seconds = time.monotonic() - started
    console.print(
        f"[green]版本 {name} 已生成并启用：{rows} 行，{triples} 个四元组，{seconds:.1f} 秒。\n"
        f"Release {name} is made and current: {rows} rows, {triples} quads, {seconds:.1f} s.[/green]",
        highlight=False,
    )
    return 0


def run_check(settings: Settings, edition: str | None, console: Console) -> int:
    """``kg check [PLACE/EDITION]``: prints every fault; returns 1 if one is a violation.

    The whole project is read in any case, since identities cross editions; with an edition only its own faults are
    shown and counted.
    """
    project = Project(settings.project)
    known = [folder.name for folder in project.edition_folders()]
    if edition is not None and edition not in known:
        raise ExplainedError(
            f"There is no edition '{edition}'. Known: {', '.join(known) or 'none'}.",
            f"没有“{edition}”这一目录版本。现有：{'、'.join(known) or '无'}。",
        )
    with console.status("…") as status:
        checked = check(
            project,
            settings.base,
            lambda zh, en: status.update(f"{escape(zh)} · {escape(en)}"),
        )
    faults = checked.faults.sorted()
    if edition is not None:
        faults = [
            fault for fault in faults if fault.place.file.startswith(f"data/directories/{edition}/")
        ]
    print_faults(faults, console)
    violations = sum(fault.severity is Severity.VIOLATION for fault in faults)
    if checked.union is None and edition is not None and not violations:
        console.print(
            "[yellow]本目录的表格无误，但项目其他文件有错误，未能运行 SHACL（用 kg check 查看全部）。\n"
            "The tables of this edition are sound, but other files are not, so SHACL did not run "
            "(kg check shows all).[/yellow]"
        )
        return 1
    colour = "red" if violations else "green"
    console.print(
        f"[{colour}]{violations} 处错误，{len(faults) - violations} 处警告 · "
        f"{violations} violations, {len(faults) - violations} warnings[/{colour}]",
        highlight=False,
    )
    return 1 if violations else 0


def print_faults(faults: list[Fault], console: Console) -> None:
    """One fault after the other: place, printed text, then what is wrong in both languages."""
    for fault in faults:
        mark = "ERROR" if fault.severity is Severity.VIOLATION else "WARNING"
        printed = f" «{fault.place.printed}»" if fault.place.printed else ""
        # One line per text and no wrapping, so that the output can be searched and clicked.
        for line in (
            f"{fault.place}{printed} {mark} {fault.rule}",
            f"    {fault.zh}",
            f"    {fault.en}",
        ):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
