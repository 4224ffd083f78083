"""The build as one straight path: assemble → describe → gate → release."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

from rdflib import Graph
from rdflib.namespace import SH

from kgservice import __version__
from kgservice.build.assemble import Assembly, Progress, assemble
from kgservice.build.checks import read_checks
from kgservice.build.continuity import lost_iris
from kgservice.build.counts import count
from kgservice.build.describing.catalog import read_catalog
from kgservice.build.describing.describe import Description, describe, description_files
from kgservice.build.describing.sheets import read_shape_texts, read_sheets
from kgservice.build.describing.source import Source, read_source
from kgservice.build.gate import (
    count_shapes,
    queries,
    query_faults,
    read_prefixes,
    shape_faults,
    validate_shapes,
)
from kgservice.build.names import Names
from kgservice.build.names_index import name_lines
from kgservice.build.project import Project
from kgservice.build.writing import UNNAMED, Content, building, write_release
from kgservice.faults import FaultList, Place
from kgservice.questions import QuestionError, read_questions
from kgservice.release import GRAPH, REPORT, SHAPES


@dataclass(frozen=True, slots=True)
class Checked:
    """A project that was read and put through the gate; ``source`` and ``report`` are there if it got that far."""

    assembly: Assembly
    faults: FaultList
    source: Source | None = None
    report: Graph | None = None

    @property
    def union(self) -> Graph | None:
        """All triples of the data graphs, without the description."""
        return None if self.source is None else self.source.union


def check(project: Project, base: str, progress: Progress) -> Checked:
    """Reads the whole project and runs every check; the faults say what is wrong, nothing is written."""
    names = Names(base)
    faults = FaultList()
    assembly = assemble(project, names, faults, progress)
    if faults.violations:
        return Checked(assembly, faults)
    source = _read_source(assembly, faults, progress)
    if source is None:
        return Checked(assembly, faults)
    everything = describe(source, UNNAMED).union() + source.union
    progress("SHACL 校验", "validating the shapes")
    report = validate_shapes(everything, source.checks.shapes)
    faults.extend(shape_faults(report, assembly.index))
    for query in queries(project):
        progress(f"质检 {query.stem}", f"checking {query.stem}")
        faults.extend(query_faults(query, everything, project, assembly.index))
    return Checked(assembly, faults, source, report)


def _read_source(assembly: Assembly, faults: FaultList, progress: Progress) -> Source | None:
    """What the description is made from; ``None`` with faults when the catalogue or a question cannot be read."""
    project, names = assembly.project, assembly.names
    progress("编写自我描述", "describing the graphs")
    catalog = read_catalog(project, faults)
    try:
        questions = read_questions(project.queries, names.base)
    except QuestionError as error:
        faults.add(Place(project.relative(project.queries)), error.en, error.zh, "question")
        return None
    if catalog is None:
        return None
    prefixes = read_prefixes(project, names)
    return read_source(
        assembly,
        assembly.graphs.union(),
        catalog,
        questions,
        prefixes,
        read_sheets(project, names),
        read_checks(project, names),
    )


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
        source, report = checked.source, checked.report
        if source is not None and not forget_published:
            faults.extend(lost_iris(releases, source.union, checked.assembly.index))
        if faults.violations or source is None or report is None:
            return checked, None
        progress("写入版本", "writing the release")
        content = _content(source, report, faults)
        files = {**content.files, **_described(source, describe(source, content.name))}
        content = replace(content, files=files, given=content.name)
        return checked, write_release(releases, content)


def _described(source: Source, description: Description) -> dict[str, bytes]:
    """The files that the description is part of."""
    lines = sorted((*source.lines, *description.own.nquads()))
    return {GRAPH: "".join(lines).encode(), **description_files(source, description)}


def _content(source: Source, report: Graph, faults: FaultList) -> Content:
    """The content of the release as long as it has no name."""
    assembly, union = source.assembly, source.union
    project = assembly.project
    description = describe(source, UNNAMED)
    report_json = json.dumps(
        {
            "conforms": not faults.violations,
            "results": len(list(report.objects(None, SH.result))),
            "shapes": count_shapes(source.checks.shapes, assembly.names),
            "queries": [project.relative(query) for query in queries(project)],
            "warnings": [fault.as_dict() for fault in faults.sorted()],
        },
        ensure_ascii=False,
        indent=2,
        sort_keys=True,
    )
    return Content(
        files={
            "names.jsonl": "".join(name_lines(assembly)).encode(),
            REPORT: (report_json + "\n").encode(),
            SHAPES: read_shape_texts(project, assembly.names),
            **_described(source, description),
        },
        base=assembly.names.base,
        version=__version__,
        inputs={
            project.relative(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in project.inputs()
        },
        graphs={**assembly.graphs.counts(), **description.own.counts()},
        counts=count(assembly, union),
        prefixes=source.prefixes,
    )
