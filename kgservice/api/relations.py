"""The kinds of "equivalent" (section 7 of the model), each computed from rows and reviewed statements.

Nothing is concluded across kinds: a common level is no common certificate, and a relation reaches further than its
statements say only where the table of section 7 calls it transitive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kgservice.api.context import ApiContext, Row
from kgservice.api.equivalent_models import Equivalent, Kind
from kgservice.api.exemptions import Exemption
from kgservice.api.models import Match, Source
from kgservice.api.statements import Statement
from kgservice.api.steps import STATED, Way, find_ways
from kgservice.api.things import Labels, iris, local, read_match, read_source, text


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the questions told about one certificate; ``worth``, ``place`` (the region asked for) and ``regions`` (of the page) go by IRI."""

    context: ApiContext
    labels: Labels
    iri: str
    place: str | None
    regions: frozenset[str]
    statements: Sequence[Row]
    own: Sequence[Row]
    listings: Sequence[Row]
    covered: Sequence[Row]
    outcome: Sequence[Row]
    towards: Sequence[Exemption]
    from_here: Sequence[Exemption]
    not_same: frozenset[str]
    worth: Mapping[str, list[Statement]]

    def here(self, rows: Sequence[Row]) -> list[Row]:
        """The rows of the regions on the page."""
        return [row for row in rows if row["region"] in self.regions]

    def ways(self, relation: str, *, up: bool, both: bool = False) -> Iterator[Way]:
        """Ways from the certificate: ``up`` from subject to object."""
        return find_ways(self.context, self.statements, relation, self.iri, up=up, both=both)


# By kind, the relations along which it goes: up from subject to object, both ways.
_WAYS: tuple[tuple[Kind, str, bool, bool], ...] = (
    ("identical", "sameCertificate", True, True),
    ("covered_by", "broaderCertificate", True, False),
    ("covered_by", "gradeAbove", True, False),
    ("covers", "broaderCertificate", False, False),
    ("covers", "gradeAbove", False, False),
    *((kind, relation, up, both) for relation, up, both, kind in STATED),
)


def related(
    context: ApiContext, statements: Sequence[Row], iri: str, kinds: Sequence[Kind]
) -> list[str]:
    """The certificates (IRIs) that reviewed statements relate to this one, in one of these kinds; none named: in any."""
    return list(
        dict.fromkeys(
            way.target
            for kind, relation, up, both in _WAYS
            if not kinds or kind in kinds
            for way in find_ways(context, statements, relation, iri, up=up, both=both)
        )
    )


def relate(grounds: Grounds) -> Iterator[Equivalent]:
    """Every relation, kind by kind."""
    yield from _identical(grounds)
    yield from _covers(grounds)
    for relation, up, both, kind in STATED:
        for way in grounds.ways(relation, up=up, both=both):
            found = _curated(grounds, way, relation, kind)
            if grounds.place is None or found.recognitions:
                yield found
    yield from _same_outcome(grounds)
    yield from _exempting(grounds)


def _identical(grounds: Grounds) -> Iterator[Equivalent]:
    """The rows that list this very certificate, and other IRIs of it before a merge."""
    context, labels = grounds.context, grounds.labels
    for row in grounds.here(grounds.listings):
        yield Equivalent(
            kind="identical",
            relation="listsCertificate",
            other=labels.thing(grounds.iri),
            carries_recognition=True,
            printed_name=text(row, "printedName"),
            printed_original_name=text(row, "printedOriginalName"),
            edition=context.path(str(row["edition"])),
            sources=[read_source(context, row)],
            **_resting_on([read_match(context, row)]),
        )
    for way in grounds.ways("sameCertificate", up=True, both=True):
        if way.target not in grounds.not_same:
            found = _curated(grounds, way, "sameCertificate", "identical")
            if grounds.place is None or found.recognitions:
                yield found


def _covers(grounds: Grounds) -> Iterator[Equivalent]:
    """Families and lower grades whose rows cover the certificate; certificates that its own rows cover."""
    covering = [row for row in grounds.own if row["basis"] == "covered"]
    for kind, rows, column, up in (
        ("covered_by", covering, "via", True),
        ("covers", grounds.covered, "covered", False),
    ):
        for relation, via in (("broaderCertificate", "family"), ("gradeAbove", "and_above")):
            for way in grounds.ways(relation, up=up):
                through = [
                    row for row in rows if row[column] == way.target and row["viaKind"] == via
                ]
                if via == "and_above" and not through:
                    continue  # a lower or higher grade, and no row says "and above"
                found = _curated(
                    grounds, way, relation, "covers" if kind == "covers" else "covered_by", through
                )
                if grounds.place is None or found.sources or found.recognitions:
                    yield found


def _curated(
    grounds: Grounds, way: Way, relation: str, kind: Kind, through: Sequence[Row] = ()
) -> Equivalent:
    """A relation that reviewed statements make; ``through`` are the rows that carry a recognition over."""
    sources: dict[str, Source] = {}
    for row in grounds.here(through):
        source = read_source(grounds.context, row)
        sources[source.entry] = source
    return Equivalent(
        kind=kind,
        relation=relation,
        other=grounds.labels.thing(way.target),
        carries_recognition=kind == "identical" or bool(through),
        distance=len(way.matches) if relation in ("gradeAbove", "broaderCertificate") else None,
        sources=list(sources.values()),
        recognitions=grounds.worth.get(way.target, []),
        **_resting_on(way.matches),
    )


def _same_outcome(grounds: Grounds) -> Iterator[Equivalent]:
    """Same level, level mode and a common specialty in one edition: computed, symmetric, carried no further."""
    context, labels = grounds.context, grounds.labels
    own = {str(row["entry"]): row for row in grounds.listings}
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in grounds.outcome:
        key = str(row["entry"]), str(row["otherEntry"]), str(row["other"])
        groups.setdefault(key, []).append(row)
    for (entry, _, other), rows in groups.items():
        first = rows[0]
        listing = own.get(entry)
        sources = [read_source(context, listing)] if listing else []
        other_row = {**first, "entry": first["otherEntry"], "certain": first["otherCertain"]}
        sources.append(read_source(context, other_row, number="otherRow"))
        sure = [float(first["otherConfidence"])]
        if listing and "confidence" in listing:
            sure.append(float(listing["confidence"]))
        yield Equivalent(
            kind="same_outcome",
            relation="sameOutcome",
            other=labels.thing(other),
            carries_recognition=False,
            edition=context.path(str(first["edition"])),
            level=labels.level(str(first["level"])),
            level_mode=local(context, first, "mode"),
            specialties=labels.things(iris(rows, "specialty")),
            sources=sources,
            matches=[],
            justification="LogicalReasoning",
            confidence=min(sure),
            reviewer=local(context, listing, "reviewer") if listing else None,
        )


def _exempting(grounds: Grounds) -> Iterator[Equivalent]:
    """Exemptions in either direction. They are no recognition."""
    matches = {str(row["entry"]): read_match(grounds.context, row) for row in grounds.listings}
    for kind, exemptions in (("exempting", grounds.towards), ("exempted", grounds.from_here)):
        for exemption in exemptions:
            match = matches.get(grounds.context.iri(exemption.source.entry))
            for other in exemption.from_ if kind == "exempting" else exemption.towards:
                yield Equivalent(
                    kind="exempting" if kind == "exempting" else "exempted",
                    relation="from" if kind == "exempting" else "towards",
                    other=other,
                    carries_recognition=False,
                    edition=exemption.source.edition,
                    exemption=exemption,
                    sources=[exemption.source],
                    **_resting_on([match] if match else []),
                )


def _resting_on(matches: Sequence[Match]) -> dict[str, Any]:
    """The members that tell what a relation rests on; a chain is as sure as its weakest statement."""
    sure = [match.confidence for match in matches if match.confidence is not None]
    reviewers = {match.reviewer for match in matches}
    return {
        "matches": list(matches),
        "justification": matches[0].justification
        if len(matches) == 1
        else "MappingChaining"
        if matches
        else None,
        "confidence": min(sure) if sure else None,
        "reviewer": reviewers.pop() if len(reviewers) == 1 else None,
    }
