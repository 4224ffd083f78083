"""Invented editions drawn from the real ones, and their graphs made by the emitters of the build."""

from __future__ import annotations

import datetime
import random
import sys
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from rdflib import Graph
from rdflib.namespace import DCTERMS, SKOS

from benchmarks.variations import Variants, read_variants
from kgservice.build.assemble import Assembly, assemble
from kgservice.build.derive import derive_covers, derive_projections
from kgservice.build.directory import Row
from kgservice.build.emit_edition import emit_edition
from kgservice.build.emit_entries import emit_entries
from kgservice.build.emit_matches import ReadEdition, emit_matches
from kgservice.build.facts import Document, EditionFacts, Text
from kgservice.build.graphs import Graphs, Writer, en, zh
from kgservice.build.mapping import Match
from kgservice.build.names import DCAT, DEFAULT_BASE, Names
from kgservice.build.project import Project
from kgservice.build.tables import Line
from kgservice.faults import FaultList

ROOT = Path(__file__).resolve().parents[1]
FIRST_REGION = 900001
CHINESE_ONLY = 0.3  # one of the five lists prints no foreign names at all
FIRST_YEAR = 2022


@dataclass(frozen=True, slots=True)
class Sample:
    """One invented edition: its facts, its rows, and what each row lists."""

    facts: EditionFacts
    rows: list[Row]
    matches: list[Match]


@dataclass(slots=True)
class Maker:
    """Draws invented editions from the real ones."""

    assembly: Assembly
    seed: int
    rows: int
    editions: int
    variants: Variants = field(init=False)
    # Rows that confer a level: what lists benefits or exemptions only makes no directory of titles.
    pool: list[tuple[str, Row, tuple[Match, ...]]] = field(init=False)

    def __post_init__(self) -> None:
        self.variants = read_variants(self.assembly)
        by_entry: dict[str, list[Match]] = {}
        for match in self.assembly.matches:
            if match.subject[0] == "entry":
                by_entry.setdefault(match.subject[1], []).append(match)
        self.pool = [
            (tail, row, tuple(by_entry[tail]))
            for _, edition in self.assembly.editions
            for tail, row in edition.tails().items()
            if edition.facts.is_recognition(row.section) and row.levels
        ]

    def place(self, number: int) -> list[Sample]:
        """The editions of one place, the oldest first; later ones keep most rows of the one before."""
        code = str(FIRST_REGION + number)
        chance = random.Random(f"{self.seed}/{code}")
        templates = [edition.facts for _, edition in self.assembly.editions]
        template = templates[number % len(templates)]
        chinese_only = chance.random() < CHINESE_ONLY
        order = chance.sample(range(len(self.pool)), len(self.pool))
        return [
            self._edition(code, at, template, order, chance, chinese_only=chinese_only)
            for at in range(self.editions)
        ]

    def _edition(
        self,
        code: str,
        at: int,
        template: EditionFacts,
        order: list[int],
        chance: random.Random,
        *,
        chinese_only: bool,
    ) -> Sample:
        facts = _facts(code, at, self.editions, template)
        # A tenth of the rows is new in each edition; more rows than the pool has are drawn a second time.
        skipped = at * self.rows // 10
        rows, matches = [], []
        for seq in range(1, self.rows + 1):
            tail, row, found = self.pool[order[(skipped + seq - 1) % len(order)]]
            cells = self.variants.vary(row, tail, chance, chinese_only=chinese_only)
            cells |= {"list": "", "seq": str(seq), "certain": "yes", "reading_note": ""}
            line = Line(f"sample/{facts.key}/directory.csv", seq + 1, cells)
            rows.append(replace(row, line=line, section="", seq=seq))
            entry = ("entry", f"{facts.key}/{seq}")
            matches += [replace(match, subject=entry) for match in found]
        return Sample(facts, rows, matches)


def _facts(code: str, at: int, editions: int, template: EditionFacts) -> EditionFacts:
    """The facts of an invented edition: rules and requirements of a real one, everything else its own."""
    number = int(code) - FIRST_REGION + 1
    year = FIRST_YEAR + 2 * at
    label = Text(
        zh=f"样本地区{number:03}境外职业资格目录（{year}年版，虚构）",
        en=f"Sample place {number:03}, directory of overseas qualifications ({year}, invented)",
    )
    last = at == editions - 1
    return template.model_copy(
        update={
            "directory": f"{code}-1",
            "edition": str(year),
            "region": code,
            "label": label,
            "directory_label": Text(zh=f"样本目录{number:03}", en=f"Sample directory {number:03}"),
            "scope": None,
            "in_force_from": datetime.date(year, 1, 1),
            "in_force_until": None if last else datetime.date(year + 2, 1, 1),
            "start_printed": True,
            "complete": True,
            "recognized_by": (),
            "effects": template.effects or ("RecognitionByComparison",),
            "mandate_levels": (),
            "printed_total": None,
            "document": Document(
                code=f"{code}-{year}-1", label=label, date=datetime.date(year, 1, 1)
            ),
            "section": (),
            "tier": (),
            "exemption": (),
            "remark": (),
        }
    )


def emit_place(samples: list[Sample], maker: Maker, base: Graph) -> Graphs:
    """The graphs of one place, derived facts with them."""
    names = maker.assembly.names
    graphs = Graphs(names)
    faults = FaultList()
    first = samples[0].facts
    region = Writer(graphs.graph("register", "regions"), names.id("region", first.region))
    region.type(names.zc.Region)
    number = int(first.region) - FIRST_REGION + 1
    region.add(SKOS.prefLabel, zh(f"样本地区{number:03}"), en(f"Sample place {number:03}"))
    region.add(SKOS.notation, *_notation(first.region, maker.assembly))
    for sample in samples:
        emit_edition(sample.facts, graphs)
        emit_entries(sample.rows, sample.facts, maker.assembly.notes, graphs)
        edition = ReadEdition(sample.facts, sample.rows)
        assembly = maker.assembly
        emit_matches(sample.matches, [edition], assembly.registers, assembly.notes, graphs, faults)
    for older, newer in pairwise(samples):
        graph = graphs.graph("edition", newer.facts.directory, newer.facts.edition)
        old, new = (names.id("edition", one.facts.key) for one in (older, newer))
        graph.add((new, DCTERMS.replaces, old))
        graph.add((new, DCAT.previousVersion, old))
    if faults.violations:
        raise RuntimeError(faults.violations[0].en)
    union = Graph()
    for source in (base, *list(graphs.graphs.values())):
        for triple in source:
            union.add(triple)
    derive_covers(union, graphs)
    derive_projections(union, graphs)
    return graphs


def _notation(code: str, assembly: Assembly) -> list[Any]:
    """The code as the real regions write theirs (datatype and all)."""
    regions = assembly.graphs.graph("register", "regions")
    literal = next(iter(regions.objects(None, SKOS.notation)))
    return [type(literal)(code, datatype=getattr(literal, "datatype", None))]


def read_assembly(root: Path = ROOT) -> Assembly:
    """The real data. Raises ``SystemExit`` if they have faults."""
    faults = FaultList()
    assembly = assemble(Project(root), Names(DEFAULT_BASE), faults, lambda zh, en: None)
    if faults.violations:
        sys.exit("The data have faults: run kg check.")
    return assembly
