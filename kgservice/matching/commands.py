"""``kg match``."""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections import Counter
from pathlib import Path

from rich.console import Console

from kgservice.build.commands import print_faults
from kgservice.build.mapping import COLUMNS
from kgservice.build.project import Project
from kgservice.build.tables import read_table
from kgservice.errors import ExplainedError
from kgservice.faults import FaultList
from kgservice.matching.matcher import Matcher
from kgservice.matching.model import shipped_model
from kgservice.matching.proposals import Decision
from kgservice.matching.sources import edition_name, read_rows, read_sources
from kgservice.matching.sssom import write_proposals
from kgservice.settings import Settings

_EDITION = re.compile(r"[\w.-]+/[\w.-]+")


def run_match(
    settings: Settings, table: Path, output: Path | None, edition: str | None, console: Console
) -> int:
    """Proposes what each row of ``table`` lists; returns 1, with every fault shown, if a file is broken.

    Raises:
        ExplainedError: the edition is not of the form directory/edition, or the output holds a person's review.
    """
    if edition is not None and not _EDITION.fullmatch(edition):
        raise ExplainedError(
            f"--edition '{edition}' must be DIRECTORY/EDITION, e.g. 440000-1/2024.",
            f"--edition “{edition}”应写作 目录编号/版本，如 440000-1/2024。",
        )
    edition = edition or edition_name(table.parent)
    name = (
        edition
        or f"unregistered/{re.sub(r'[^A-Za-z0-9.-]+', '-', table.stem).strip('-') or 'table'}"
    )
    if output is not None:
        _refuse_reviewed(output)
    faults = FaultList()
    rows = read_rows(table, name, faults)
    sources = read_sources(Project(settings.project), faults, skip=name)
    if faults.violations:
        print_faults(faults.sorted(), console)
        console.print(
            f"[red]{len(faults.violations)} 处错误，未作匹配 · {len(faults.violations)} violations, nothing was matched[/red]",
            highlight=False,
        )
        return 1
    matcher = Matcher(sources.known, shipped_model())
    proposals = [matcher.match(row) for row in rows]
    text = write_proposals(proposals, name, matcher.model.threshold)
    if output is None:
        sys.stdout.write(text)
    else:
        _write(output, text)
    counts = Counter(proposal.decision for proposal in proposals)
    person = len(proposals) - counts[Decision.AUTOMATIC]
    console.print(
        f"{len(proposals)} 行：{counts[Decision.AUTOMATIC]} 行可自动采纳；{person} 行须人工判断"
        f"（把握不足 {counts[Decision.UNSURE]}，有歧义 {counts[Decision.AMBIGUOUS]}，"
        f"登记册中没有 {counts[Decision.NEW]}）。均须复核后才进入图谱。\n"
        f"{len(proposals)} rows: {counts[Decision.AUTOMATIC]} automatic; {person} for a person "
        f"(unsure {counts[Decision.UNSURE]}, ambiguous {counts[Decision.AMBIGUOUS]}, "
        f"new {counts[Decision.NEW]}). None enters the graph before a review.",
        highlight=False,
    )
    if edition is None:
        console.print(
            f"没有 edition.toml，条目暂记为 entry:{name}/…；可用 --edition 指定。\n"
            f"There is no edition.toml beside the table, so the entries are called entry:{name}/…; "
            "--edition names them.",
            highlight=False,
        )
    return 0


def _refuse_reviewed(output: Path) -> None:
    """A file in which a person has reviewed a line is never written over."""
    if not output.exists():
        return
    lines = read_table(output, str(output), COLUMNS, FaultList(), delimiter="\t", comment="#")
    if any(line["reviewer_id"] for line in lines):
        raise ExplainedError(
            f"{output} holds lines that a person has reviewed: name another --output.",
            f"{output} 中已有人工复核的行：请用 --output 另指定文件。",
        )


def _write(output: Path, text: str) -> None:
    """Writes the whole file or none of it."""
    partial = output.with_name(f".{output.name}-{secrets.token_hex(4)}")
    try:
        partial.write_text(text, "utf-8")
        os.replace(partial, output)
    except OSError as error:
        partial.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise ExplainedError(
            f"{output} cannot be written: {reason}.", f"无法写入 {output}：{reason}。"
        ) from None
