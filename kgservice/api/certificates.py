"""``GET /api/certificates/{id}`` and ``GET /api/families/{id}``: what a certificate is and what it is worth where."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from kgservice.api.benefits import TierBoard
from kgservice.api.certificate_models import CertificateAnswer
from kgservice.api.certificate_reading import (
    read_families,
    read_grade,
    read_issuers,
    read_ladder,
    read_names,
    read_recognitions,
)
from kgservice.api.context import ApiContext, Row
from kgservice.api.days import ExactDay
from kgservice.api.editions import Listing, edition_iris, read_editions
from kgservice.api.exemptions import read_exemptions
from kgservice.api.models import InForce, Problem
from kgservice.api.notices import NoticeBoard
from kgservice.api.paging import FARTHEST, Page
from kgservice.api.parameters import refuse_unknown
from kgservice.api.recognitions import (
    find_recognitions,
    read_recognitions_found,
    recognitions_of,
)
from kgservice.api.statements import LABELLED
from kgservice.api.things import (
    check_known,
    iris,
    local,
    name_thing,
    read_labels,
    read_note,
)

MOST_REGIONS = 500
ERRORS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer. `X-Total-Count` is the number of regions; where they are more than `limit`, a `Link` "
        "header with rel=next leads on · `X-Total-Count` 为地区总数；超过 `limit` 时 `Link` 头给出下一页"
    },
    400: {"model": Problem, "description": "A parameter is wrong · 参数有误"},
    404: {"model": Problem, "description": "There is no such id · 没有这一标识"},
    410: {"model": Problem, "description": "Withdrawn; `successor` says for what · 已撤销"},
}
Id = Annotated[
    str, Path(description="The last part of its IRI · 标识的最后一段", examples=["c00009"])
]
FamilyId = Annotated[
    str, Path(description="The last part of its IRI · 标识的最后一段", examples=["f0002"])
]


Day = Annotated[
    ExactDay | None,
    Query(
        description="Tell which editions are in force on this day (YYYY-MM-DD) · 按这一天说明各版本是否有效",
        examples=["2023-10-20"],
    ),
]

Limit = Annotated[
    int,
    Query(
        ge=1,
        le=MOST_REGIONS,
        description="Regions a page, each with all its rows, editions and exemptions · 每页地区数，每一地区的各行、版本与减免均完整",
    ),
]
Offset = Annotated[
    int,
    Query(ge=0, le=FARTHEST, description="Regions left out before, by code · 按代码跳过的地区数"),
]


def make_router(context: ApiContext) -> APIRouter:
    """The routes of certificates and families."""
    router = APIRouter(prefix="/api", tags=["certificates"], dependencies=[Depends(refuse_unknown)])
    board, benefits = NoticeBoard(context), TierBoard(context)

    @router.get(
        "/certificates/{id}",
        summary="A certificate and what it is worth in each region · 证书及其在各地的认可",
        response_model=CertificateAnswer,
        response_model_exclude_none=True,
        responses=ERRORS,
    )
    async def show_certificate(
        request: Request,
        response: Response,
        id: Id,
        on: Day = None,
        limit: Limit = 20,
        offset: Offset = 0,
    ) -> CertificateAnswer:
        """One recognition per row, region and edition, each with the printed row that it rests on.

        A recognition is `listed`, or `covered`: derived because the row lists the certificate's family or says “and
        above”. Not listed is never “not recognised”. With `on`, `in_force` is `yes`, `no`, or `unknown` where the
        source prints no date; every row stays in the answer. A certificate of very many regions comes by the page.
        """
        page = Page(limit, offset)
        answer, total = await tell(board, benefits, "certificate", id, on, page)
        response.headers.update(page.fields(request.url.path, request.query_params, total))
        return answer

    @router.get(
        "/families/{id}",
        summary="A family of certificates and what it is worth in each region · 证书族及其在各地的认可",
        response_model=CertificateAnswer,
        response_model_exclude_none=True,
        responses=ERRORS,
    )
    async def show_family(
        request: Request,
        response: Response,
        id: FamilyId,
        on: Day = None,
        limit: Limit = 20,
        offset: Offset = 0,
    ) -> CertificateAnswer:
        """The same answer for a family that a row lists as one (LEED AP); `members` are the certificates in it."""
        page = Page(limit, offset)
        answer, total = await tell(board, benefits, "family", id, on, page)
        response.headers.update(page.fields(request.url.path, request.query_params, total))
        return answer

    return router


async def tell(
    board: NoticeBoard, benefits: TierBoard, kind: str, id: str, on: date | None, page: Page
) -> tuple[CertificateAnswer, int]:
    """The answer with the regions of a page, in four rounds of questions; and the number of all regions.

    Raises:
        UnknownId: nothing was minted under this id.
        Withdrawn: it was withdrawn.
    """
    context = board.context
    path = name_thing("id", kind, id)
    iri = context.iri(path)
    found, about, names, statements, exempting = await asyncio.gather(
        find_recognitions(context, [path]),
        context.ask("certificate", certificate=path),
        context.ask("certificate-names", certificate=path),
        context.ask("certificate-statements", certificate=path),
        context.ask("exemptions", towards=path),
    )
    check_known(about, context, "id", id)
    everywhere = sorted({*found.get(iri, ()), *iris(exempting, "region")})
    regions = page.part(everywhere)
    found = {iri: {place: told for place, told in found.get(iri, {}).items() if place in regions}}
    exempting = [row for row in exempting if row["region"] in regions]
    recognised, details = await asyncio.gather(
        read_recognitions_found(context, found),
        context.ask_about(
            "recognition-details", certificate=[path], recognition=recognitions_of(found)
        ),
    )
    versions, printed, states, notices, tiers = await asyncio.gather(
        context.ask_about("editions", region=regions),
        context.ask_about("printed-row", entry=iris(recognised, "entry")),
        context.ask_about("editions-in-force", day=[on.isoformat()] if on else []),
        board.notices(iris([*recognised, *exempting], "edition")),
        benefits.tiers(iris(recognised, "tier")),
    )
    labels = await read_labels(
        context,
        [
            iri,
            *iris(about, "issuer", "grade", "scheme"),
            *iris(statements, "subject", "object"),
            *iris(recognised, *LABELLED),
            *(value for value in iris(details, "value") if value.startswith("http")),
            *edition_iris(versions),
            *iris(printed, "issuer"),
        ],
    )
    in_force = _in_force(states) if on else None
    first = about[0]
    answer = CertificateAnswer(
        id=path,
        iri=iri,
        label=labels.label(iri),
        type="Certificate" if kind == "certificate" else "CertificateFamily",
        names=read_names(names),
        notations=[str(row["name"]) for row in names if row["role"] == "notation"],
        issuers=read_issuers(context, about, labels),
        kind=local(context, first, "kind"),
        grade=read_grade(about, labels),
        ladder=read_ladder(context, statements, iri, labels),
        families=read_families(context, statements, iri, labels, up=True),
        members=read_families(context, statements, iri, labels, up=False),
        note=read_note(first, "note"),
        on=on.isoformat() if on else None,
        recognitions=read_recognitions(context, recognised, details, printed, in_force, labels),
        exemptions=await read_exemptions(context, exempting),
        editions=read_editions(
            context,
            versions,
            labels,
            in_force=in_force,
            listing=_listing(recognised, exempting),
            notices=notices,
        ),
        tiers=tiers,
    )
    return answer, len(everywhere)


def _in_force(rows: Sequence[Row]) -> dict[str, InForce]:
    states: dict[str, InForce] = {}
    for row in rows:
        status = row.get("status")
        states[str(row["edition"])] = (
            "yes" if status == "yes" else "no" if status == "no" else "unknown"
        )
    return states


def _listing(recognised: Sequence[Row], exempting: Sequence[Row]) -> dict[str, Listing]:
    """By edition; a listing weighs more than a covering, and that more than an exemption."""
    found: dict[str, Listing] = dict.fromkeys(iris(exempting, "edition"), "exemption")
    for basis in ("covered", "listed"):
        for row in recognised:
            if row["basis"] == basis:
                found[str(row["edition"])] = "listed" if basis == "listed" else "covered"
    return found
