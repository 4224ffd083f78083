"""The figures of a release: what it covers, how fresh it is, and how sure."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kgservice.api.context import ApiContext, Row
from kgservice.api.editions import EditionView, edition_iris, read_editions
from kgservice.api.models import Label
from kgservice.api.things import Labels, read_labels
from kgservice.release import REPORT, Release

COUNTED = ("Certificate", "CertificateFamily", "Issuer", "DirectoryEntry", "Recognition")
PATIENCE = 3.0  # seconds for figures that are counted for the first time
_NEVER_INFER, _QUALITY = "shapes/never-infer/", "shapes/qc/"


@dataclass(frozen=True, slots=True)
class Coverage:
    """An edition, and how many of its rows are transcribed, are certain, and are matched with what they list.

    An edition that is known only because it was replaced has no rows.
    """

    edition: EditionView
    rows: int
    certain: int
    matched: int


@dataclass(frozen=True, slots=True)
class MatchFigures:
    """The matches of one relation, or of its denial: how many, how many reviewed, and the lowest confidence."""

    relation: str
    label: Label
    denied: bool
    matches: int
    reviewed: int
    lowest: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """What the build checked: shapes, rules of what must never be inferred, and further queries of quality."""

    conforms: bool
    results: int
    warnings: int
    shapes: int
    never_infer: int
    quality: int


@dataclass(frozen=True, slots=True)
class Figures:
    """``totals``: how many things there are of some classes, by the class's name."""

    coverage: Sequence[Coverage]
    totals: Mapping[str, int]
    matches: Sequence[MatchFigures]
    report: Report | None

    @property
    def covered(self) -> list[Coverage]:
        """The editions with rows."""
        return [one for one in self.coverage if one.rows]

    @property
    def newest(self) -> list[Coverage]:
        """Of each directory the edition with rows that began last, in the order of the regions."""
        found: dict[str, Coverage] = {}
        for one in self.covered:
            other = found.get(one.edition.directory)
            if other is None or _start(one) >= _start(other):
                found[one.edition.directory] = one
        return list(found.values())

    @property
    def rows(self) -> int:
        """The rows of all editions."""
        return sum(one.rows for one in self.coverage)

    @property
    def certain(self) -> int:
        """Those of them in which two careful readers would not differ."""
        return sum(one.certain for one in self.coverage)

    @property
    def matched(self) -> int:
        """Those of them of which it is known what they list."""
        return sum(one.matched for one in self.coverage)

    @property
    def accepted(self) -> int:
        """The matches that state something."""
        return sum(one.matches for one in self.matches if not one.denied)

    @property
    def denied(self) -> int:
        """The matches that deny something: two that look alike are not the same."""
        return sum(one.matches for one in self.matches if one.denied)

    @property
    def reviewed(self) -> int:
        """The accepted ones that somebody reviewed."""
        return sum(one.reviewed for one in self.matches if not one.denied)


def _start(one: Coverage) -> str:
    return one.edition.in_force_from or ""


async def read_figures(context: ApiContext) -> Figures:
    """The figures of the release that is served.

    Raises:
        EngineError: a question did not end well.
    """
    classes = [f"zc:{name}" for name in COUNTED]
    versions, counts, totals, matches = await asyncio.gather(
        context.ask("editions"),
        context.ask("coverage"),
        context.ask("totals", class_=classes),
        context.ask("match-quality"),
    )
    relations = [str(row["relation"]) for row in matches]
    labels = await read_labels(context, [*edition_iris(versions), *relations])
    rows = {str(row["edition"]): row for row in counts}
    return Figures(
        coverage=[
            _coverage(edition, rows.get(edition.iri))
            for edition in read_editions(context, versions, labels)
        ],
        totals={context.path(str(row["class"])): int(row["things"]) for row in totals},
        matches=[_matches(context, row, labels) for row in matches],
        report=read_report(context.release),
    )


def _coverage(edition: EditionView, row: Row | None) -> Coverage:
    if row is None:
        return Coverage(edition, 0, 0, 0)
    rows = int(row["rows"])
    return Coverage(edition, rows, rows - int(row["uncertain"]), rows - int(row["unmatched"]))


def _matches(context: ApiContext, row: Row, labels: Labels) -> MatchFigures:
    relation = str(row["relation"])
    return MatchFigures(
        relation=context.path(relation),
        label=labels.label(relation),
        denied="modifier" in row,
        matches=int(row["matches"]),
        reviewed=int(row["reviewed"]),
        lowest=float(row["lowest"]) if "lowest" in row else None,
    )


def read_report(release: Release) -> Report | None:
    """The report of the build; ``None`` where a release holds none that can be read."""
    try:
        report: dict[str, Any] = json.loads((release.path / REPORT).read_text("utf-8"))
        queries = [str(query) for query in report["queries"]]
        return Report(
            conforms=bool(report["conforms"]),
            results=int(report["results"]),
            warnings=len(report["warnings"]),
            shapes=int(report["shapes"]),
            never_infer=sum(query.startswith(_NEVER_INFER) for query in queries),
            quality=sum(query.startswith(_QUALITY) for query in queries),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
