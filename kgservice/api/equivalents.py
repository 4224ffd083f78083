"""``GET /api/certificates/{id}/equivalents``: what is equivalent, in which sense, and on what grounds."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from kgservice.api.certificates import ERRORS, FamilyId, Id
from kgservice.api.context import ApiContext, Row
from kgservice.api.equivalent_models import EquivalentsAnswer, Kind, LookAlike
from kgservice.api.errors import UnknownId
from kgservice.api.exemptions import read_exemptions
from kgservice.api.parameters import refuse_unknown
from kgservice.api.relations import Grounds, relate
from kgservice.api.statements import LABELLED, Statement, group_statements, read_statement
from kgservice.api.things import (
    Labels,
    check_known,
    iris,
    name_thing,
    read_labels,
    read_match,
)

Kinds = Annotated[
    list[Kind],
    Query(
        default_factory=list,
        description="Only these kinds; may be repeated · 只要这些种类，可重复给出",
        examples=[["above"]],
    ),
]
Region = Annotated[
    str | None,
    Query(
        description="Only what has a row there (GB/T 2260) · 只要在该地区有据可查者",
        examples=["310000"],
    ),
]
# Relations that a step of `certificate-statements` belongs to, for which the other's own rows are told.
_CURATED = (
    "gradeAbove",
    "broaderCertificate",
    "sameRegisterGrade",
    "mutuallyRecognized",
    "succeeds",
)


def make_router(context: ApiContext) -> APIRouter:
    """The routes of what is equivalent to a certificate or a family."""
    router = APIRouter(prefix="/api", tags=["equivalents"], dependencies=[Depends(refuse_unknown)])

    @router.get(
        "/certificates/{id}/equivalents",
        summary="What is equivalent to a certificate, in which sense · 与某证书在何种意义上等同",
        response_model=EquivalentsAnswer,
        response_model_exclude_none=True,
        responses=ERRORS,
    )
    async def show_equivalents(
        id: Id,
        kind: Kinds,
        region: Region = None,
    ) -> EquivalentsAnswer:
        """Every relation is named, with the rows or reviewed statements that it rests on and its confidence.

        `identical` are the rows and names of this very certificate; nothing else is the same, whatever its name or
        level. `same_outcome` is a result (level, mode and a common specialty in one edition), never a premise.
        `look_alikes` are NOT the same, each with the reason.
        """
        return await tell_equivalents(context, "certificate", id, kind, region)

    @router.get(
        "/families/{id}/equivalents",
        summary="What stands in which relation to a family of certificates · 与某证书族的关系",
        response_model=EquivalentsAnswer,
        response_model_exclude_none=True,
        responses=ERRORS,
    )
    async def show_family_equivalents(
        id: FamilyId,
        kind: Kinds,
        region: Region = None,
    ) -> EquivalentsAnswer:
        """The same for a family; `covers` are the certificates that its rows cover."""
        return await tell_equivalents(context, "family", id, kind, region)

    return router


async def tell_equivalents(
    context: ApiContext, kind: str, id: str, kinds: list[Kind], region: str | None
) -> EquivalentsAnswer:
    """The whole answer, in three rounds of questions.

    Raises:
        UnknownId: of the certificate or the region.
        Withdrawn: the certificate was withdrawn.
    """
    path = name_thing("id", kind, id)
    iri = context.iri(path)
    place = context.iri(name_thing("region", "region", region)) if region is not None else None
    there = {"region": place} if place else {}
    (
        about,
        statements,
        own,
        listings,
        covered,
        outcome,
        towards,
        from_here,
        not_same,
    ) = await asyncio.gather(
        context.ask("certificate", certificate=path),
        context.ask("certificate-statements", certificate=path),
        context.ask("recognition", certificate=path),
        context.ask("listings", certificate=path),
        context.ask("covered-certificates", certificate=path),
        _ask_if(not kinds or "same_outcome" in kinds, context, path, there),
        context.ask("exemptions", towards=path),
        context.ask("exemptions", from_=path),
        context.ask("look-alikes", certificate=path),
    )
    check_known(about, context, "id", id)
    others = [
        other
        for other in iris(
            (row for row in statements if context.path(str(row["relation"])) in _CURATED),
            "subject",
            "object",
        )
        if other != iri
    ]
    worth = await context.ask("recognition", certificate=others, **there) if others else []
    labels = await read_labels(
        context,
        [
            iri,
            *([place] if place else []),
            *others,
            *iris(statements, "subject", "object"),
            *iris([*worth, *own], *LABELLED),
            *iris(covered, "covered", "region"),
            *iris(outcome, "other", "level", "specialty"),
            *iris(not_same, "other", "issuer"),
        ],
    )
    if place and place not in labels.texts:
        raise UnknownId("region", str(region))
    grounds = Grounds(
        context=context,
        labels=labels,
        iri=iri,
        place=place,
        statements=statements,
        own=own,
        listings=listings,
        covered=covered,
        outcome=outcome,
        towards=await read_exemptions(context, towards),
        from_here=await read_exemptions(context, from_here),
        not_same=frozenset(iris(not_same, "other")),
        worth=_worth(context, worth, labels),
    )
    return EquivalentsAnswer(
        certificate=labels.thing(iri),
        kinds=kinds,
        region=labels.thing(place) if place else None,
        equivalents=[found for found in relate(grounds) if not kinds or found.kind in kinds],
        look_alikes=_look_alikes(context, not_same, labels),
    )


async def _ask_if(wanted: bool, context: ApiContext, path: str, there: dict[str, str]) -> list[Row]:
    """The rows of ``same-outcome``, which are many, only where they are wanted."""
    return await context.ask("same-outcome", certificate=path, **there) if wanted else []


def _worth(context: ApiContext, rows: list[Row], labels: Labels) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = {}
    for group in group_statements(rows):
        statement = read_statement(context, group, labels)
        found.setdefault(str(group[0]["certificate"]), []).append(statement)
    return found


def _look_alikes(context: ApiContext, rows: list[Row], labels: Labels) -> list[LookAlike]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(str(row["match"]), []).append(row)
    found = []
    for group in groups.values():
        match = read_match(context, group[0])
        found.append(
            LookAlike(
                certificate=labels.thing(str(group[0]["other"])),
                issuers=labels.things(iris(group, "issuer")),
                reason=match.comment,
                match=match,
            )
        )
    return found
