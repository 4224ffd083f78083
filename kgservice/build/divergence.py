"""Where regions disagree about one certificate (section 8), with a ceiling told apart from a real difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from rdflib import Graph
from rdflib.namespace import SKOS
from rdflib.term import Node

from kgservice.build.graphs import Graphs, Writer
from kgservice.build.names import DCAT, DCTERMS, ORG, RDF


@dataclass(frozen=True, slots=True)
class Stance:
    """What one recognition gives to one certificate. ``levels`` is empty where it gives benefits only."""

    recognition: Node
    region: Node
    edition: Node
    levels: frozenset[Node]
    specialties: frozenset[Node]
    issuers: frozenset[Node]


@dataclass
class DivergenceFinder:
    """Compares, certificate by certificate, the recognitions and exemptions of different regions."""

    union: Graph
    graphs: Graphs
    _highest: dict[Node, int] = field(default_factory=dict)

    def derive(self) -> None:
        """Writes every divergence into ``/graph/derived``."""
        zc = self.graphs.names.zc
        certificates = sorted(
            {
                certificate
                for predicate in (zc.recognizes, zc.covers)
                for certificate in self.union.objects(None, predicate)
                if (certificate, RDF.type, zc.Certificate) in self.union
            },
            key=str,
        )
        for certificate in certificates:
            stances = list(self._stances(certificate))
            for kind, one, other in self._compare(stances):
                self._write(kind, certificate, one, other)
        for certificate in sorted(set(self.union.objects(None, zc.towards)), key=str):
            for one, other in self._exemptions_that_differ(certificate):
                self._write("ExemptionDivergence", certificate, one, other)

    def _write(self, kind: str, certificate: Node, one: Node, other: Node) -> None:
        names = self.graphs.names
        zc = names.zc
        pair = sorted((str(one), str(other)))
        node = Writer(
            self.graphs.graph("derived"), names.hashed("divergence", kind, str(certificate), *pair)
        )
        node.type(zc.Divergence)
        node.add(zc.between, one, other)
        node.add(zc.divergenceKind, zc[kind])
        node.add(zc.aboutCertificate, certificate)

    def _stances(self, certificate: Node) -> Iterator[Stance]:
        zc = self.graphs.names.zc
        found = {
            recognition
            for predicate in (zc.recognizes, zc.covers)
            for recognition in self.union.subjects(predicate, certificate)
        }
        for recognition in sorted(found, key=str):
            levels = self._levels_for(recognition, certificate)
            if levels is None:
                continue
            yield Stance(
                recognition=recognition,
                region=self._one(recognition, "jurisdiction"),
                edition=self._one(recognition, "inEdition"),
                levels=levels,
                specialties=self._common_specialties(recognition),
                issuers=frozenset(
                    self.union.objects(self._one(recognition, "statedIn"), zc.listsIssuer)
                ),
            )

    def _common_specialties(self, recognition: Node) -> frozenset[Node]:
        """Its specialties in the common scheme; none if one of them is not mapped, since that one might be the same."""
        found: set[Node] = set()
        for specialty in self.union.objects(recognition, self.graphs.names.zc.specialty):
            common = set(self.union.objects(specialty, SKOS.broadMatch))
            if not common:
                return frozenset()
            found |= common
        return frozenset(found)

    def _levels_for(self, recognition: Node, certificate: Node) -> frozenset[Node] | None:
        """The levels that this certificate gets; ``None`` where several are printed and no rule can be read."""
        zc = self.graphs.names.zc
        for outcome in self.union.objects(recognition, zc.gradeOutcome):
            if (outcome, zc.ofCertificate, certificate) in self.union:
                return frozenset(self.union.objects(outcome, zc.confersTitleLevel))
        levels = frozenset(self.union.objects(recognition, zc.confersTitleLevel))
        return levels if len(levels) <= 1 else None

    def _one(self, subject: Node, term: str) -> Node:
        value = self.union.value(subject, self.graphs.names.zc[term])
        if value is None:
            raise ValueError(f"{subject} has no {term}")
        return value

    def _compare(self, stances: list[Stance]) -> Iterator[tuple[str, Node, Node]]:
        with_title = {stance.region for stance in stances if stance.levels}
        for one, other in combinations(stances, 2):
            if one.region == other.region:
                continue
            pair = (one.recognition, other.recognition)
            if one.levels and other.levels:
                kind = self._level_kind(one, other)
                if kind:
                    yield kind, *pair
                if self._specialties_differ(one, other):
                    yield "SpecialtyDivergence", *pair
            elif one.levels or other.levels:
                without = other if one.levels else one
                # A region that gives benefits in one list and a title in another gives a title.
                if without.region not in with_title:
                    yield "BenefitOnlyDivergence", *pair
            if one.issuers and other.issuers and not self._joined(one.issuers, other.issuers):
                yield "IssuerDivergence", *pair

    @staticmethod
    def _specialties_differ(one: Stance, other: Stance) -> bool:
        """Both reach the common scheme, and meet nowhere in it; printed words alone decide nothing."""
        both = bool(one.specialties and other.specialties)
        return both and one.specialties.isdisjoint(other.specialties)

    def _level_kind(self, one: Stance, other: Stance) -> str | None:
        """Levels diverge when neither is reached from the other by ``skos:broader*``."""
        (first,), (second,) = one.levels, other.levels
        if self._reaches(first, second) or self._reaches(second, first):
            return None
        ranked = sorted(
            ((self._rank(first), one), (self._rank(second), other)), key=lambda pair: pair[0]
        )
        rank, lower = ranked[0]
        return "CeilingDivergence" if rank >= self._highest_of(lower.edition) else "LevelDivergence"

    def _reaches(self, narrow: Node, broad: Node) -> bool:
        return broad in set(self.union.transitive_objects(narrow, SKOS.broader))

    def _rank(self, level: Node) -> int:
        """A level's rank; a broad level has the highest rank of those below it."""
        zc = self.graphs.names.zc
        ranks = [
            int(str(rank))
            for below in self.union.transitive_subjects(SKOS.broader, level)
            for rank in self.union.objects(below, zc.levelRank)
        ]
        return max(ranks)

    def _highest_of(self, edition: Node) -> int:
        """The highest level that an edition gives any row: its printed mandate, else the maximum over its rows."""
        if edition not in self._highest:
            zc = self.graphs.names.zc
            levels: Iterable[Node] = list(self.union.objects(edition, zc.mandateLevel)) or [
                level
                for recognition in self.union.subjects(zc.inEdition, edition)
                for level in self.union.objects(recognition, zc.confersTitleLevel)
            ]
            self._highest[edition] = max(self._rank(level) for level in levels)
        return self._highest[edition]

    def _joined(self, some: frozenset[Node], others: frozenset[Node]) -> bool:
        return any(other in self._linked.get(one, {one}) for one in some for other in others)

    @cached_property
    def _linked(self) -> dict[Node, set[Node]]:
        """Issuers joined by an ORG link, in either direction, over any number of steps."""
        neighbours: dict[Node, set[Node]] = {}
        for predicate in (ORG.subOrganizationOf, ORG.linkedTo):
            for one, other in self.union.subject_objects(predicate):
                neighbours.setdefault(one, set()).add(other)
                neighbours.setdefault(other, set()).add(one)
        linked: dict[Node, set[Node]] = {}
        for start in neighbours:
            reached, waiting = {start}, [start]
            while waiting:
                for step in neighbours[waiting.pop()] - reached:
                    reached.add(step)
                    waiting.append(step)
            linked[start] = reached
        return linked

    def _exemptions_that_differ(self, certificate: Node) -> Iterator[tuple[Node, Node]]:
        """Exemptions of different regions from one origin towards one certificate, with another count."""
        zc = self.graphs.names.zc
        exemptions = sorted(self.union.subjects(zc.towards, certificate), key=str)
        for one, other in combinations(exemptions, 2):
            if self._region_of(one) == self._region_of(other):
                continue
            origins = set(self.union.objects(one, zc["from"]))
            if origins.isdisjoint(self.union.objects(other, zc["from"])):
                continue
            if self._count(one) != self._count(other):
                yield one, other

    def _region_of(self, exemption: Node) -> Node | None:
        edition = self.union.value(exemption, self.graphs.names.zc.inEdition)
        directory = self.union.value(edition, DCAT.inSeries)
        region: Node | None = self.union.value(directory, DCTERMS.spatial)
        return region

    def _count(self, exemption: Node) -> tuple[Node | None, Node | None]:
        zc = self.graphs.names.zc
        return self.union.value(exemption, zc["count"]), self.union.value(exemption, zc.countMode)
