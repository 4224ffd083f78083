"""The facts of one release that eligibility rests on, as they stand in the graph. All ids are paths of IRIs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from kgservice.eligibility.levels import Levels

Basis = Literal["listed", "covered", "member"]


@dataclass(frozen=True, slots=True)
class Named:
    """A thing with its labels; ``en`` is absent where none is stated."""

    id: str
    zh: str
    en: str | None = None

    @property
    def english(self) -> str:
        """What an English sentence calls it."""
        return self.en or self.zh


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence of a notice."""

    zh: str
    en: str | None = None

    @property
    def english(self) -> str:
        """What an English sentence quotes."""
        return self.en or self.zh


@dataclass(frozen=True, slots=True)
class Texts:
    """Sentences of a notice; the languages are kept apart, since the graph does not pair them."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of a directory; a day that the source does not print is ``None``."""

    name: Named
    region: str
    directory: str
    version: str
    document: str | None
    starts: date | None
    start_printed: bool | None
    ends: date | None
    complete: bool
    scope: Text | None
    procedure: Texts = Texts()
    requirements: Texts = Texts()
    provisions: Texts = Texts()

    def in_force(self, day: date) -> Literal["yes", "no", "unknown"]:
        """From ≤ day, and no end or day < end; a missing start is unknown unless the end has passed."""
        if self.ends is not None and day >= self.ends:
            return "no"
        if self.starts is None:
            return "unknown"
        return "yes" if self.starts <= day else "no"


@dataclass(frozen=True, slots=True)
class Demand:
    """What an alternative asks beside its degree and years: years of something, a discipline, or an overseas link."""

    min_years: int | None = None
    years_of: str | None = None
    discipline: Text | None = None
    series: str | None = None
    overseas_link: Text | None = None


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to meet a rule: this degree, exactly, with so many years, and every demand."""

    id: str
    level: str
    degree: str
    min_years: int
    years_of: str
    demands: tuple[Demand, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """The conditions that an edition prints for a step, or that it prints none."""

    name: Named
    edition: str
    step: str
    none_stated: bool
    standard: Text | None
    alternatives: tuple[Alternative, ...]

    @property
    def series(self) -> tuple[str, ...]:
        """The series for which some demand is made that others are spared."""
        named = {one.series for way in self.alternatives for one in way.demands if one.series}
        return tuple(sorted(named))


@dataclass(frozen=True, slots=True)
class Grant:
    """A level that a row gives, with the title and the grade where they are printed."""

    level: str
    title: str | None = None
    series: str | None = None
    grade: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What one printed row does for one certificate. ``grants`` are those of this certificate's own grade.

    ``readable`` is false where the row gives several levels and does not say which grade gets which: then ``grants``
    are all of them.
    """

    certificate: str
    basis: Basis
    recognition: str
    edition: str
    entry: str
    row: str
    certain: bool
    mode: str | None
    effects: tuple[str, ...]
    rule: str | None
    tier: str | None
    grants: tuple[Grant, ...]
    readable: bool
    holding_years: int | None


@dataclass(frozen=True, slots=True)
class Benefit:
    """Something that a tier grants."""

    name: Named
    kind: str
    force: str
    max_duration: str | None
    max_age: int | None
    waives: tuple[str, ...]
    holders: tuple[str, ...]
    requires: Texts


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier of benefits; ``includes`` are all tiers whose benefits it brings, itself among them."""

    name: Named
    edition: str
    includes: tuple[str, ...]
    benefits: tuple[Benefit, ...]


# What the rows of some certificates do, by certificate and edition.
Rows = Mapping[str, Mapping[str, tuple[Row, ...]]]


@dataclass(frozen=True)
class Facts:
    """What an answer needs beside the rows of the certificates held; made once for a release, which never changes."""

    editions: tuple[Edition, ...]
    rules: Mapping[str, tuple[Rule, ...]]
    tiers: Mapping[str, Tier]
    levels: Levels
    names: Mapping[str, Named]
    degrees: tuple[str, ...]
    certificates: frozenset[str]
    by_name: Mapping[str, tuple[str, ...]]
    governing: frozenset[str] = field(default_factory=frozenset)

    def name(self, thing: str) -> Named:
        """A thing with its labels; its id stands in for a label that is not stated."""
        return self.names.get(thing) or Named(thing, thing)

    @cached_property
    def by_region(self) -> Mapping[str, tuple[Edition, ...]]:
        """The editions of each region that has a directory; the regions in the order of their codes."""
        found: dict[str, list[Edition]] = defaultdict(list)
        for edition in self.editions:
            found[edition.region].append(edition)
        return {region: tuple(found[region]) for region in sorted(found)}

    @cached_property
    def tiers_of(self) -> Mapping[str, tuple[Tier, ...]]:
        """The tiers of each edition that has some."""
        found: dict[str, list[Tier]] = defaultdict(list)
        for tier in self.tiers.values():
            found[tier.edition].append(tier)
        return {edition: tuple(tiers) for edition, tiers in found.items()}

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """The regions that have a directory, in the order of their codes."""
        return tuple(self.by_region)

    @cached_property
    def codes(self) -> Mapping[str, str]:
        """The regions that have a directory by their codes, in the order of these."""
        return {region.rpartition("/")[2]: region for region in self.regions}
