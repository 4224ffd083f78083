"""The build as one straight path: assemble → gate → release."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from rdflib import Graph
from rdflib.namespace import SH

from kgservice import __version__
from kgservice.build.assemble import Assembly, Progress, assemble
from kgservice.build.continuity import lost_iris
from kgservice.build.counts import count
from kgservice.build.gate import (
    count_shapes,
    queries,
    query_faults,
    read_prefixes,
    read_shapes,
    shape_faults,
    validate_shapes,
)
from kgservice.build.names import Names
from kgservice.build.names_index import name_lines
from kgservice.build.project import Project
from kgservice.build.writing import Content, building, write_release
from kgservice.faults import FaultList


@dataclass(frozen=True, slots=True)
class Checked:
    """A project that was read and put through the gate; ``union`` and ``report`` are there if it got that far."""

    assembly: Assembly
    faults: FaultList
    union: Graph | None = None
    report: Graph | None = None


def check(project: Project, base: str, progress: Progress) -> Checked:
    """Reads the whole project and runs every check; the faults say what is wrong, nothing is written."""
    names = Names(base)
    faults = FaultList()
    assembly = assemble(project, names, faults, progress)
    if faults.violations:
        return Checked(assembly, faults)
    union = assembly.graphs.union()
    progress("SHACL 校验", "validating the shapes")
    report = validate_shapes(union, read_shapes(project, names))
    faults.extend(shape_faults(report, assembly.index))
    for query in queries(project):
        progress(f"质检 {query.stem}", f"checking {query.stem}")
        faults.extend(query_faults(query, union, project, assembly.index))
    return Checked(assembly, faults, union, report)


def build(
    project: Project, base: str, releases: Path, progress: Progress, *, forget_published: bool
) -> tuple[Checked, str | None]:
    """Checks the project and, if nothing is violated, writes a release and makes it current.

    Returns what was found and the name of the release, or ``None`` when a violation stopped it; then the last
    release stays untouched.
    """
    with building(releases):
        checked = check(project, base, progress)
        faults = checked.faults
        if checked.union is not None and not forget_published:
            faults.extend(lost_iris(releases, checked.union, checked.assembly.index))
        if faults.violations or checked.union is None or checked.report is None:
            return checked, None
        progress("写入版本", "writing the release")
        content = _content(checked.assembly, checked.union, checked.report, faults)
        return checked, write_release(releases, content)


def _content(assembly: Assembly, union: Graph, report: Graph, faults: FaultList) -> Content:
    project = assembly.project
    report_json = json.dumps(
        {
            "conforms": not faults.violations,
            "results": len(list(report.objects(None, SH.result))),
            "shapes": count_shapes(read_shapes(project, assembly.names), assembly.names),
            "queries": [project.relative(query) for query in queries(project)],
            "warnings": [fault.as_dict() for fault in faults.sorted()],
        },
        ensure_ascii=False,
        indent=2,
        sort_keys=True,
    )
    return Content(
        files={
            "graph.nq": "".join(assembly.graphs.nquads()).encode(),
            "names.jsonl": "".join(name_lines(assembly)).encode(),
            "report.json": (report_json + "\n").encode(),
        },
        base=assembly.names.base,
        version=__version__,
        inputs={
            project.relative(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in project.inputs()
        },
        graphs=assembly.graphs.counts(),
        counts=count(assembly, union),
        prefixes=read_prefixes(project, assembly.names),
    )
