"""``GET /api/certificates/{id}/equivalents``: what is equivalent, in which sense, and on what grounds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from kgservice.api.certificates import ERRORS, FamilyId, Id, Limit, Offset
from kgservice.api.context import ApiContext, Row
from kgservice.api.deadline import limited
from kgservice.api.equivalent_models import EquivalentsAnswer, Kind, LookAlike
from kgservice.api.errors import EquivalentsTimeout, UnknownId
from kgservice.api.exemptions import read_exemptions
from kgservice.api.paging import Page
from kgservice.api.parameters import refuse_unknown
from kgservice.api.recognitions import Found, find_recognitions, read_recognitions_found
from kgservice.api.relations import Grounds, relate, related
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
# The kinds that rest on the rows which list the certificate itself.
_FROM_LISTINGS: tuple[Kind, ...] = ("identical", "same_outcome", "exempting", "exempted")


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
        request: Request,
        response: Response,
        id: Id,
        kind: Kinds,
        region: Region = None,
        limit: Limit = 20,
        offset: Offset = 0,
    ) -> EquivalentsAnswer:
        """Every relation is named, with the rows or reviewed statements that it rests on and its confidence.

        `identical` are the rows and names of this very certificate; nothing else is the same, whatever its name or
        level. `same_outcome` is a result (level, mode and a common specialty in one edition), never a premise.
        `look_alikes` are NOT the same, each with the reason. Rows come by regions: what rests on reviewed statements is on
        every page, with the recognitions of its regions.
        """
        page = Page(limit, offset)
        async with limited(context, EquivalentsTimeout):
            answer, total = await tell_equivalents(context, "certificate", id, kind, region, page)
        response.headers.update(page.fields(request.url.path, request.query_params, total))
        return answer

    @router.get(
        "/families/{id}/equivalents",
        summary="What stands in which relation to a family of certificates · 与某证书族的关系",
        response_model=EquivalentsAnswer,
        response_model_exclude_none=True,
        responses=ERRORS,
    )
    async def show_family_equivalents(
        request: Request,
        response: Response,
        id: FamilyId,
        kind: Kinds,
        region: Region = None,
        limit: Limit = 20,
        offset: Offset = 0,
    ) -> EquivalentsAnswer:
        """The same for a family; `covers` are the certificates that its rows cover."""
        page = Page(limit, offset)
        async with limited(context, EquivalentsTimeout):
            answer, total = await tell_equivalents(context, "family", id, kind, region, page)
        response.headers.update(page.fields(request.url.path, request.query_params, total))
        return answer

    return router


async def tell_equivalents(
    context: ApiContext, kind: str, id: str, kinds: list[Kind], region: str | None, page: Page
) -> tuple[EquivalentsAnswer, int]:
    """The answer with the rows of the regions on a page, in four rounds of questions; and the number of all regions.

    Raises:
        UnknownId: of the certificate or the region.
        Withdrawn: the certificate was withdrawn.
    """
    path = name_thing("id", kind, id)
    iri = context.iri(path)
    place = context.iri(name_thing("region", "region", region)) if region is not None else None
    there = [place] if place else []
    about, statements, not_same, towards, from_here, covered = await asyncio.gather(
        context.ask("certificate", certificate=path),
        context.ask("certificate-statements", certificate=path),
        context.ask("look-alikes", certificate=path),
        context.ask("exemptions", towards=path, region=there),
        context.ask("exemptions", from_=path, region=there),
        context.ask_about(
            "covered-certificates", certificate=[path] if _any(kinds, "covers") else []
        ),
    )
    check_known(about, context, "id", id)
    # The rows that carry a recognition over to this certificate list one of these.
    over = related(context, statements, iri, ["covered_by"]) if _any(kinds, "covered_by") else []
    others = related(context, statements, iri, kinds)
    exempting = [*towards, *from_here] if _any(kinds, *_FROM_LISTINGS) else []
    own, beside, listing = await asyncio.gather(
        find_recognitions(
            context, [iri] if _any(kinds, "identical", "same_outcome") or over else []
        ),
        find_recognitions(context, others, there or None),
        find_recognitions(context, over),
    )
    everywhere = sorted(
        {
            *(own.get(iri, {}) if _any(kinds, "identical", "same_outcome") else ()),
            *(one for places in beside.values() for one in places),
            *iris(exempting, "region"),
            *iris(covered, "region"),
        }
    )
    regions = there or list(page.part(everywhere))
    near, worth, listings, outcome = await asyncio.gather(
        read_recognitions_found(context, _covering(iri, own, listing)),
        read_recognitions_found(context, _within(beside, regions)),
        context.ask_about(
            "listings",
            certificate=[path] if _any(kinds, *_FROM_LISTINGS) else [],
            region=regions,
        ),
        _read_outcome(context, path, regions if _any(kinds, "same_outcome") else []),
    )
    towards, from_here = (
        [row for row in rows if row["region"] in regions] for rows in (towards, from_here)
    )
    labels = await read_labels(
        context,
        [
            iri,
            *([place] if place else []),
            *others,
            *iris(statements, "subject", "object"),
            *iris([*worth, *near], *LABELLED),
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
        regions=frozenset(regions),
        statements=statements,
        own=near,
        listings=listings,
        covered=covered,
        outcome=outcome,
        towards=await read_exemptions(context, towards),
        from_here=await read_exemptions(context, from_here),
        not_same=frozenset(iris(not_same, "other")),
        worth=_worth(context, worth, labels),
    )
    answer = EquivalentsAnswer(
        certificate=labels.thing(iri),
        kinds=kinds,
        region=labels.thing(place) if place else None,
        equivalents=[found for found in relate(grounds) if not kinds or found.kind in kinds],
        look_alikes=_look_alikes(context, not_same, labels),
    )
    return answer, 1 if place else len(everywhere)


def _any(kinds: Sequence[Kind], *of: Kind) -> bool:
    """Whether one of these kinds is wanted; with none named, all are."""
    return not kinds or not set(of).isdisjoint(kinds)


def _covering(iri: str, own: Found, listing: Found) -> Found:
    """Of the certificate's recognitions those by rows that list what may cover it: not the hundreds that list itself."""
    listed = {one for places in listing.values() for rows in places.values() for one in rows}
    return _filled(
        {
            iri: {
                region: [one for one in rows if one in listed]
                for region, rows in own.get(iri, {}).items()
            }
        }
    )


def _within(found: Found, regions: Sequence[str]) -> Found:
    return {
        certificate: {region: places[region] for region in regions if region in places}
        for certificate, places in found.items()
    }


def _filled(found: Found) -> Found:
    return {
        certificate: {region: rows for region, rows in places.items() if rows}
        for certificate, places in found.items()
    }


async def _read_outcome(context: ApiContext, path: str, regions: Sequence[str]) -> list[Row]:
    """The rows of ``same-outcome``, region by region: of several, the engine would join whole tables."""
    rows: list[Row] = []
    for region in regions:
        rows += await context.ask("same-outcome", certificate=path, region=region)
    return rows


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
