"""What the gate asks of the data, as it is told to readers: the shapes, a graph that breaks each, and the queries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml
from rdflib import Graph

from kgservice.build.gate import queries, read_shapes
from kgservice.build.names import DEFAULT_BASE, Names
from kgservice.build.project import Project

_HEADER = "#+"


@dataclass(frozen=True, slots=True)
class Check:
    """A query that must return nothing. ``name``: its folder and file, ``never-infer/01-same-as``."""

    name: str
    summary: dict[str, str]
    why: dict[str, str]
    warning: bool
    select: str


@dataclass(frozen=True, slots=True)
class Checks:
    """``shapes``: all of them as one graph; ``examples``: a graph that breaks a shape, as Turtle, by the shape's name."""

    shapes: Graph
    examples: dict[str, str]
    queries: tuple[Check, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing is asked: a project without shapes."""
        return not self.examples and not self.queries


def read_checks(project: Project, names: Names) -> Checks:
    """Everything that the gate asks of the data."""
    examples = {
        path.parent.name: _strip(path.read_text("utf-8")).replace(DEFAULT_BASE, names.base)
        for path in sorted((project.shapes / "examples").glob("*/invalid.ttl"))
    }
    found = tuple(_read_query(path, names) for path in queries(project))
    return Checks(read_shapes(project, names), examples, found)


def _strip(text: str) -> str:
    """Without the first lines, which are for the test."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("#")).strip() + "\n"


def _read_query(path: Path, names: Names) -> Check:
    lines = path.read_text("utf-8").replace(DEFAULT_BASE, names.base).splitlines()
    head = "\n".join(line[2:].removeprefix(" ") for line in lines if line.startswith(_HEADER))
    told = yaml.safe_load(head) or {}
    return Check(
        name=f"{path.parent.name}/{path.stem}",
        summary=told.get("summary", {}),
        why=told.get("why", {}),
        warning=told.get("severity") == "warning",
        select="\n".join(line for line in lines if not line.startswith(_HEADER)).strip() + "\n",
    )
