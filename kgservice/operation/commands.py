"""``kg releases`` and ``kg switch``: which releases there are, and which one is current."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kgservice.release import (
    MANIFEST,
    ReleaseError,
    current_name,
    list_releases,
    open_release,
    read_manifest,
    switch_current,
)


def show_releases(releases: Path, console: Console) -> None:
    """Prints the releases, the newest first."""
    names = list_releases(releases)
    if not names:
        console.print(f"There is no release in {escape(str(releases))}. Make one with: kg build")
        console.print(f"{escape(str(releases))} 中没有版本。请运行：kg build")
        return
    current = current_name(releases)
    table = Table("", "release 版本", "made 生成于", "quads 四元组", "program 程序")
    for name in sorted(names, key=lambda name: _made(releases, name), reverse=True):
        made = datetime.fromtimestamp(_made(releases, name)).astimezone()
        try:
            manifest = read_manifest(releases / name)
            facts = (f"{sum(manifest['graphs'].values()):,}", manifest["version"])
        except ReleaseError:
            facts = ("damaged 已损坏", "–")
        mark = "→" if name == current else ""
        table.add_row(mark, name, made.isoformat(" ", "minutes"), *map(escape, facts))
    console.print(table)


def switch_release(releases: Path, name: str, console: Console) -> None:
    """Makes a release the current one, after every file of it was checked.

    Raises:
        ReleaseError: there is no such release, or it is damaged; nothing has changed then.
    """
    before = current_name(releases)
    open_release(releases, name)
    switch_current(releases, name)
    console.print(f"Current release: {name} (before: {before or '–'})")
    console.print(f"当前版本：{name}（此前：{before or '–'}）")


def _made(releases: Path, name: str) -> float:
    return (releases / name / MANIFEST).stat().st_mtime
