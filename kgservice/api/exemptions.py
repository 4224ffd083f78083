"""Exemptions: what a Chinese title or qualification shortens on the way to an overseas certificate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AliasChoices, Field

from kgservice.api.context import ApiContext, Row
from kgservice.api.errors import UnknownId
from kgservice.api.models import Label, Model, Problem, Source, Texts, Thing
from kgservice.api.paging import FARTHEST, Page
from kgservice.api.parameters import refuse_unknown
from kgservice.api.things import (
    Labels,
    check_certificates,
    gather_texts,
    iris,
    local,
    name_any,
    name_thing,
    read_labels,
    read_source,
    text,
)

ORIGINS = ("title", "title-level", "qualification")
TARGETS = ("certificate", "family")
MOST = 1000  # a page


class Exemption(Model):
    """One exemption. The overseas body acts; it is no recognition by the region, in neither direction."""

    exemption: Annotated[str, Field(examples=["exemption/310000-1/3.0/D3"])]
    label: Label
    region: Thing
    from_: Annotated[
        list[Thing],
        Field(
            validation_alias=AliasChoices("from_", "from"),
            serialization_alias="from",
            description="Any one of these suffices",
        ),
    ]
    towards: Annotated[list[Thing], Field(description="The overseas certificates")]
    kinds: Annotated[
        list[str], Field(description="All of these", examples=[["ExaminationExemption"]])
    ]
    count: Annotated[int | None, Field(description="How many courses or papers")] = None
    count_mode: Annotated[str | None, Field(description="Exactly, or AtMost")] = None
    remaining: Annotated[int | None, Field(description="How many remain, where printed")] = None
    remaining_subjects: Texts | None = None
    requires: Annotated[Texts | None, Field(description="What is asked for besides")] = None
    earned_before: Annotated[
        str | None, Field(description="Earned by this day, which is included")
    ] = None
    earned_after: Annotated[
        str | None, Field(description="Earned after this day, which is excluded")
    ] = None
    differs_from: Annotated[
        list[str],
        Field(description="Exemptions of other regions from the same origin with another count"),
    ]
    source: Source


class ExemptionAnswer(Model):
    """Exemptions, by region and row; a part of them where they are more than `limit`."""

    exemptions: list[Exemption]


async def read_exemptions(context: ApiContext, rows: Sequence[Row]) -> list[Exemption]:
    """The exemptions that the rows of the question ``exemptions`` tell of, in its order."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(str(row["exemption"]), []).append(row)
    if not groups:
        return []
    details: dict[str, dict[str, list[Row]]] = {}
    for row in await context.ask("exemption-details", exemption=list(groups)):
        stated = details.setdefault(str(row["exemption"]), {})
        stated.setdefault(context.path(str(row["property"])), []).append(row)
    things = [
        iri
        for stated in details.values()
        for iri in iris([*stated["from"], *stated["towards"]], "value")
    ]
    labels = await read_labels(context, [*iris(rows, "region", "exemption"), *things])
    return [_exemption(context, group, details[iri], labels) for iri, group in groups.items()]


def _exemption(
    context: ApiContext, rows: Sequence[Row], stated: Mapping[str, list[Row]], labels: Labels
) -> Exemption:
    first = rows[0]
    count, remaining = first.get("count"), first.get("remaining")
    return Exemption(
        exemption=context.path(str(first["exemption"])),
        label=labels.label(str(first["exemption"])),
        region=labels.thing(str(first["region"])),
        from_=labels.things(iris(stated["from"], "value")),
        towards=labels.things(iris(stated["towards"], "value")),
        kinds=[context.path(kind) for kind in iris(rows, "kind")],
        count=count if isinstance(count, int) else None,
        count_mode=local(context, first, "countMode"),
        remaining=remaining if isinstance(remaining, int) else None,
        remaining_subjects=gather_texts(stated.get("remainingSubject", ()), "value"),
        requires=gather_texts(stated.get("requires", ()), "value"),
        earned_before=text(first, "earnedBefore"),
        earned_after=text(first, "earnedAfter"),
        differs_from=[context.path(other) for other in iris(rows, "differsFrom")],
        source=read_source(context, first),
    )


def make_router(context: ApiContext) -> APIRouter:
    """``GET /api/exemptions``."""
    router = APIRouter(prefix="/api", tags=["exemptions"], dependencies=[Depends(refuse_unknown)])

    @router.get(
        "/exemptions",
        summary="What a Chinese title or qualification buys overseas · 中国职称或资格可换来的减免",
        response_model=ExemptionAnswer,
        response_model_exclude_none=True,
        responses={
            200: {
                "description": "The exemptions. `X-Total-Count` is their number; where they are more than `limit`, a `Link` "
                "header with rel=next leads on · `X-Total-Count` 为减免总数；超过 `limit` 时 `Link` 头给出下一页"
            },
            **{status: {"model": Problem} for status in (400, 404, 410)},
        },
    )
    async def list_exemptions(
        request: Request,
        response: Response,
        from_: Annotated[
            str | None,
            Query(
                alias="from",
                description="A Chinese title or qualification: title/17-40, qualification/q0001 · 中国职称或资格",
                examples=["qualification/q0001"],
            ),
        ] = None,
        towards: Annotated[
            str | None,
            Query(
                description="An overseas certificate: certificate/c00261 · 境外证书",
                examples=["certificate/c00261"],
            ),
        ] = None,
        region: Annotated[
            str | None,
            Query(description="GB/T 2260 · 行政区划代码", examples=["310000"]),
        ] = None,
        limit: Annotated[
            int, Query(ge=1, le=MOST, description="Exemptions a page · 每页减免数")
        ] = 200,
        offset: Annotated[
            int, Query(ge=0, le=FARTHEST, description="Exemptions left out before · 跳过的减免数")
        ] = 0,
    ) -> ExemptionAnswer:
        """Every printed exemption, with where the regions disagree (`differs_from`).

        By `from` alone: what that title or qualification buys anywhere. No exemption printed is no statement that
        there is none.
        """
        named: dict[str, tuple[str, str]] = {}
        for parameter, kinds, value in (
            ("from", ORIGINS, from_),
            ("towards", TARGETS, towards),
        ):
            if value is not None:
                named[parameter] = (context.iri(name_any(parameter, kinds, value)), value)
        if region is not None:
            named["region"] = (context.iri(name_thing("region", "region", region)), region)
        known = await read_labels(context, [iri for iri, _ in named.values()])
        for parameter, (iri, value) in named.items():
            if iri not in known.texts:
                raise UnknownId(parameter, value)
        if towards is not None:
            await check_certificates(context, {named["towards"][0]: ("towards", towards)})
        given = {name: [iri] for name, (iri, _) in named.items()}
        rows = await context.ask(
            "exemptions",
            from_=given.get("from", []),
            towards=given.get("towards", []),
            region=given.get("region", []),
        )
        page, everything = Page(limit, offset), iris(rows, "exemption")
        shown = frozenset(page.part(everything))
        response.headers.update(
            page.fields(request.url.path, request.query_params, len(everything))
        )
        rows = [row for row in rows if row["exemption"] in shown]
        return ExemptionAnswer(exemptions=await read_exemptions(context, rows))

    return router
