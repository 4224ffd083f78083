"""Benefit lines: which tiers are open by the rows held, with the tiers that they include, and for whom each benefit is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kgservice.eligibility.conditions import check_holder
from kgservice.eligibility.facts import Benefit, Edition, Facts, Tier
from kgservice.eligibility.person import Person
from kgservice.eligibility.reasons import Reason, decisive
from kgservice.eligibility.status import Status, all_of, any_of
from kgservice.eligibility.titles import Claim, check_claim


@dataclass(frozen=True, slots=True)
class BenefitLine:
    """One benefit of a tier, for this person."""

    benefit: Benefit
    status: Status
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class TierFooting:
    """A row that gives the tier, or a tier that includes it."""

    claim: Claim
    tier: str
    status: Status
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class TierLine:
    """One tier, by the rows that give it."""

    tier: Tier
    status: Status
    reasons: tuple[Reason, ...]
    footings: tuple[TierFooting, ...]
    benefits: tuple[BenefitLine, ...]


def read_benefits(
    claims: Sequence[Claim], person: Person, edition: Edition, facts: Facts
) -> list[TierLine]:
    """The tiers that some row held gives or might give. A title gives no tier, and a tier no title."""
    lines = []
    for tier in facts.tiers_of.get(edition.name.id, ()):
        footings = [
            _stand(claim, claim.row.tier, person, edition, facts)
            for claim in claims
            if claim.row.tier is not None
            and claim.row.tier in facts.tiers
            and tier.name.id in facts.tiers[claim.row.tier].includes
        ]
        if footings:
            lines.append(_tier_line(tier, footings, person, edition, facts))
    return lines


def _stand(claim: Claim, tier: str, person: Person, edition: Edition, facts: Facts) -> TierFooting:
    reasons = check_claim(claim, person, edition, facts)
    status = all_of(one.status for one in reasons)
    return TierFooting(claim, tier, status, decisive(status, reasons))


def _tier_line(
    tier: Tier,
    footings: Sequence[TierFooting],
    person: Person,
    edition: Edition,
    facts: Facts,
) -> TierLine:
    status = any_of(one.status for one in footings)
    reasons = [reason for one in footings if one.status is status for reason in one.reasons]
    chosen = decisive(status, reasons)
    lines = []
    for benefit in tier.benefits:
        holder = check_holder(benefit.holders, person, edition, facts)
        of_benefit = all_of([status, *(one.status for one in holder)])
        lines.append(BenefitLine(benefit, of_benefit, decisive(of_benefit, [*chosen, *holder])))
    return TierLine(tier, status, chosen, tuple(footings), tuple(lines))
