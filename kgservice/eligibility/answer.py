"""The whole answer: every region, every edition that is in force on the day or may be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from kgservice.eligibility.benefits import TierLine, read_benefits
from kgservice.eligibility.facts import Edition, Facts, Named, Rows
from kgservice.eligibility.person import Held, Person
from kgservice.eligibility.reasons import Reason
from kgservice.eligibility.steps import LevelLine, read_levels
from kgservice.eligibility.titles import Claim, TitleLine, read_titles


@dataclass(frozen=True, slots=True)
class NotListed:
    """A certificate that stands on no row of the edition: which says nothing on whether it is recognised."""

    certificate: Named
    reason: Reason


@dataclass(frozen=True, slots=True)
class EditionAnswer:
    """What one edition opens, does not open, and leaves undecided."""

    edition: Edition
    in_force: Literal["yes", "unknown"]
    titles: tuple[TitleLine, ...]
    levels: tuple[LevelLine, ...]
    benefits: tuple[TierLine, ...]
    not_listed: tuple[NotListed, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class RegionAnswer:
    """What the editions of one region say; none where none is in force on the day."""

    region: Named
    editions: tuple[EditionAnswer, ...]
    reasons: tuple[Reason, ...]


def answer_person(
    person: Person, facts: Facts, rows: Rows, regions: Iterable[str] | None = None
) -> list[RegionAnswer]:
    """What is open to the person, what is not and why, and what is undecided.

    ``rows``: of every certificate that is held; ``regions``: for these alone, in their order (by their paths), and for
    every region with a directory where none are given.
    """
    answers = []
    for region in facts.regions if regions is None else regions:
        editions = tuple(
            _answer_edition(edition, in_force, person, facts, rows)
            for edition in facts.by_region[region]
            if (in_force := edition.in_force(person.on)) != "no"
        )
        reasons = () if editions else (_none_in_force(person),)
        answers.append(RegionAnswer(facts.name(region), editions, reasons))
    return answers


def regions_with_rows(person: Person, facts: Facts, rows: Rows) -> frozenset[str]:
    """The regions where, on the day, some row may give a title or a tier for something that is held."""
    giving = {
        edition
        for held in person.held
        for edition, found in rows[held.certificate].items()
        if any(row.grants or row.tier in facts.tiers for row in found)
    }
    return frozenset(
        edition.region
        for edition in facts.editions
        if edition.name.id in giving and edition.in_force(person.on) != "no"
    )


def _answer_edition(
    edition: Edition, in_force: Literal["yes", "unknown"], person: Person, facts: Facts, rows: Rows
) -> EditionAnswer:
    claims = [
        Claim(row, held)
        for held in person.held
        for row in rows[held.certificate].get(edition.name.id, ())
    ]
    titled = [claim for claim in claims if claim.row.grants]
    reached = {claim.held.certificate for claim in claims}
    return EditionAnswer(
        edition=edition,
        in_force=in_force,
        titles=tuple(read_titles(titled, person, edition, facts)),
        levels=tuple(read_levels(titled, person, edition, facts)),
        benefits=tuple(read_benefits(claims, person, edition, facts)),
        not_listed=tuple(
            _not_listed(held, edition, facts)
            for held in person.held
            if edition.complete and held.certificate not in reached
        ),
        reasons=() if edition.complete else (_contents_unknown(edition),),
    )


def _not_listed(held: Held, edition: Edition, facts: Facts) -> NotListed:
    certificate = facts.name(held.certificate)
    scope_zh = f"；该目录范围：{edition.scope.zh}" if edition.scope else ""
    scope_en = f"; scope of the directory: {edition.scope.english}" if edition.scope else ""
    return NotListed(
        certificate,
        Reason(
            "not_listed",
            "not_stated",
            f"{certificate.zh}未列入该版本，不等于不被认可{scope_zh}",
            f"{certificate.english} is not listed in this edition, which is not “not recognised”{scope_en}",
        ),
    )


def _contents_unknown(edition: Edition) -> Reason:
    return Reason(
        "contents_unknown",
        "not_stated",
        f"该版本（{edition.version}）的内容不在本数据中",
        f"The contents of this edition ({edition.version}) are not in these data",
    )


def _none_in_force(person: Person) -> Reason:
    return Reason(
        "no_edition_in_force",
        "not_stated",
        f"本数据中没有{person.on}有效的版本",
        f"These data hold no edition that is in force on {person.on}",
    )
