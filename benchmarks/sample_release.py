"""Writes the national sample as a release folder: graph.nq sorted in little memory, names.jsonl, manifest.json."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rdflib import Graph
from rdflib.namespace import RDFS

from benchmarks.sample import FIRST_REGION, Maker, Sample, emit_place
from kgservice import __version__, release
from kgservice.build.assemble import Assembly
from kgservice.build.directory import COLUMNS
from kgservice.build.gate import read_prefixes
from kgservice.build.names_index import NameList, name_lines


def _base(assembly: Assembly) -> Graph:
    """What deriving needs beside a place's own triples: classes, families, ladders."""
    zc = assembly.names.zc
    keep = {RDFS.subClassOf, zc.broaderCertificate, zc.gradeAbove}
    base = Graph()
    for graph in assembly.graphs.graphs.values():
        for triple in graph:
            if triple[1] in keep:
                base.add(triple)
    return base


@dataclass(slots=True)
class Buckets:
    """Lines in files by their first characters, so that any number of them can be sorted in little memory."""

    folder: Path
    base: str
    waiting: dict[str, list[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, lines: Iterator[str]) -> None:
        """Takes lines in; what stands in several places is written once in the end."""
        things = f"<{self.base}/id/"
        for line in lines:
            # Keys of one kind are equally long and none begins another of its kind: sorted keys, then sorted lines
            # within each, are all lines sorted.
            end = line.find("/", len(things if line.startswith(things) else self.base) + 2) + 1
            if line.startswith(things):
                end += 3 if line.startswith("match/", len(things)) else 6
            key = line[:end]
            self.waiting.setdefault(key, []).append(line)

    def flush(self) -> None:
        """Writes what waits to the files."""
        for key, lines in self.waiting.items():
            with self._file(key).open("a", encoding="utf-8") as file:
                file.writelines(lines)
            self.counts[key] += len(lines)
        self.waiting.clear()

    def sorted_lines(self) -> Iterator[str]:
        """All lines, sorted, each once."""
        for key in sorted(self.counts):
            with self._file(key).open(encoding="utf-8", newline="\n") as file:
                yield from sorted(set(file))

    def _file(self, key: str) -> Path:
        return self.folder / hashlib.sha256(key.encode()).hexdigest()


def make_release(
    releases: Path, assembly: Assembly, maker: Maker, places: int, tables: Path | None
) -> tuple[str, int]:
    """Writes the release and makes it current; returns its name and the number of quads."""
    releases.mkdir(parents=True, exist_ok=True)
    base = _base(assembly)
    names = _names(assembly)
    work = Path(tempfile.mkdtemp(prefix=".work-", dir=releases))
    try:
        with tempfile.TemporaryDirectory(prefix=".lines-", dir=releases) as lines:
            buckets = Buckets(Path(lines), assembly.names.base)
            buckets.add(assembly.graphs.nquads())
            for number in range(places):
                samples = maker.place(number)
                buckets.add(emit_place(samples, maker, base).nquads())
                buckets.flush()
                for sample in samples:
                    _add_names(sample, names, maker)
                    if tables is not None:
                        write_tables(tables, sample)
            buckets.flush()
            graphs = _write_graph(work / release.GRAPH, buckets)
        (work / "names.jsonl").write_text("".join(names.lines()), "utf-8")
        (work / "report.json").write_text('{"sample": true}\n', "utf-8")
        manifest = _manifest(work, graphs, assembly, places, maker)
        (work / release.MANIFEST).write_text(_json(manifest), "utf-8")
        os.chmod(work, 0o755)  # a temporary folder is its maker's alone
        shutil.rmtree(releases / manifest["release"], ignore_errors=True)
        os.rename(work, releases / manifest["release"])
    finally:
        shutil.rmtree(work, ignore_errors=True)
    release.switch_current(releases, manifest["release"])
    return manifest["release"], sum(graphs.values())


def _write_graph(path: Path, buckets: Buckets) -> dict[str, int]:
    counts: Counter[str] = Counter()
    with path.open("w", encoding="utf-8") as file:
        for line in buckets.sorted_lines():
            file.write(line)
            counts[line[line.rindex("<") + 1 : line.rindex(">")]] += 1
    return dict(sorted(counts.items()))


def _names(assembly: Assembly) -> NameList:
    """The names of the real data, to which those of the sample are added."""
    names = NameList()
    for text in name_lines(assembly):
        line = json.loads(text)
        kind, _, local = line["thing"].partition("/")
        rows = line.get("weight", 0)
        names.add((kind, local), line["name"], line["lang"], line["kind"], rows=rows)
    return names


def _add_names(sample: Sample, names: NameList, maker: Maker) -> None:
    region = ("region", sample.facts.region)
    number = int(sample.facts.region) - FIRST_REGION + 1
    names.add(region, f"样本地区{number:03}", "zh", "label")
    names.add(region, f"Sample place {number:03}", "en", "label")
    by_entry = {
        match.subject[1]: match for match in sample.matches if match.mapping_set == "entries"
    }
    for row in sample.rows:
        match = by_entry[f"{sample.facts.key}/{row.seq}"]
        names.add(match.object, row["name"], "zh", "printed", rows=1)
        names.add(match.object, row["name_original"], "und", "foreign", rows=1)


def write_tables(folder: Path, sample: Sample) -> None:
    """``directory.csv`` and ``listed.csv`` (entry, thing) of an invented edition."""
    target = folder / sample.facts.key
    target.mkdir(parents=True, exist_ok=True)
    with (target / "directory.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows([[row[column] for column in COLUMNS] for row in sample.rows])
    with (target / "listed.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("entry", "thing"))
        for match in sample.matches:
            if match.mapping_set == "entries":
                table.writerow((match.subject[1], ":".join(match.object)))


def _manifest(
    work: Path, graphs: Mapping[str, int], assembly: Assembly, places: int, maker: Maker
) -> dict[str, Any]:
    files = {}
    for path in sorted(work.iterdir()):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        files[path.name] = {"sha256": digest, "bytes": path.stat().st_size}
    manifest: dict[str, Any] = {
        "format": release.FORMAT,
        "release": "",
        "base": assembly.names.base,
        "version": __version__,
        "inputs": {},
        "files": files,
        "graphs": dict(graphs),
        "counts": {
            "sample": {
                "places": places,
                "editions": maker.editions,
                "rows": maker.rows,
                "seed": maker.seed,
            }
        },
        "prefixes": dict(read_prefixes(assembly.project, assembly.names)),
    }
    manifest["release"] = hashlib.sha256(_json(manifest).encode()).hexdigest()[:16]
    return manifest


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
