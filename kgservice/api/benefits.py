"""Classes of benefits: what being listed opens beside titles."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from kgservice.api.context import ApiContext, Row
from kgservice.api.models import Label, Model, Texts, Thing
from kgservice.api.things import Labels, gather_texts, group_by, iris, read_labels, text


class Benefit(Model):
    """One benefit."""

    id: Annotated[str, Field(examples=["benefit/310000-1/3.0/A-1"])]
    label: Label
    kind: Annotated[str, Field(examples=["Visa"])]
    force: Annotated[str, Field(description="Right, May or Encouraged", examples=["May"])]
    max_duration: Annotated[str | None, Field(description="xsd:duration", examples=["P5Y"])] = None
    max_age: Annotated[int | None, Field(examples=[70])] = None
    waives: Annotated[list[str], Field(examples=[["EducationLimit"]])]
    for_holder: Annotated[
        list[str],
        Field(
            description="Only for these; empty: the notice names none",
            examples=[["ForeignNational"]],
        ),
    ]
    requires: Annotated[Texts | None, Field(description="What is asked for")] = None


class Tier(Thing):
    """A class of benefits."""

    includes: Annotated[list[str], Field(description="Classes whose benefits come with it")]
    requires: Annotated[Texts | None, Field(description="What is asked for, for all of it")] = None
    benefits: Annotated[
        list[Benefit], Field(description="Its own; those of included classes there")
    ]


@dataclass(frozen=True, slots=True)
class TierBoard:
    """The classes of benefits of one release, each read once: a release never changes."""

    context: ApiContext
    _read: dict[str, list[Tier]] = field(default_factory=dict)

    async def tiers(self, iris: Iterable[str]) -> list[Tier]:
        """These classes (IRIs) and those that they include."""
        wanted = list(dict.fromkeys(iris))
        missing = [iri for iri in wanted if iri not in self._read]
        if missing:
            rows, demands = await asyncio.gather(
                self.context.ask("benefits", tier=missing),
                self.context.ask("benefit-demands", tier=missing),
            )
            labels = await read_labels(self.context, _tier_iris(rows))
            asked, own = group_by(demands, "subject"), group_by(rows, "tier")
            for tier in missing:
                self._read[tier] = _read_tiers(self.context, own.get(tier, []), asked, labels)
        found = {tier.id: tier for iri in wanted for tier in self._read[iri]}
        return [tier for _, tier in sorted(found.items())]


def _tier_iris(rows: Iterable[Row]) -> list[str]:
    """The things in the rows of the question ``benefits`` that need a label."""
    return iris(rows, "grantingTier", "benefit")


def _read_tiers(
    context: ApiContext, rows: Sequence[Row], asked: Mapping[str, Sequence[Row]], labels: Labels
) -> list[Tier]:
    """Every class in the rows of the question ``benefits`` about one, included ones as well; ``asked``: what each class or
    benefit demands."""
    tiers = []
    for tier, own in sorted(group_by(rows, "grantingTier").items()):
        thing = labels.thing(tier)
        includes = [context.path(other) for other in iris(own, "includes")]
        tiers.append(
            Tier(
                id=thing.id,
                iri=thing.iri,
                label=thing.label,
                includes=includes,
                requires=gather_texts(asked.get(tier, [])),
                benefits=[
                    _benefit(context, told, asked, labels)
                    for told in group_by(own, "benefit").values()
                ],
            )
        )
    return tiers


def _benefit(
    context: ApiContext, rows: Sequence[Row], asked: Mapping[str, Sequence[Row]], labels: Labels
) -> Benefit:
    first = rows[0]
    iri, age = str(first["benefit"]), first.get("maxAge")
    return Benefit(
        id=context.path(iri),
        label=labels.label(iri),
        kind=context.path(str(first["kind"])),
        force=context.path(str(first["force"])),
        max_duration=text(first, "maxDuration"),
        max_age=age if isinstance(age, int) else None,
        waives=[context.path(value) for value in iris(rows, "waived")],
        for_holder=[context.path(value) for value in iris(rows, "holder")],
        requires=gather_texts(asked.get(iri, [])),
    )
