"""``GET /api/compare``: certificates by region, with agreements, divergences and gaps."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from kgservice.api.compare_csv import CSV, write_csv
from kgservice.api.compare_models import Column, CompareAnswer, DivergenceKind
from kgservice.api.compare_reading import compare_certificate
from kgservice.api.compare_selection import (
    CompareBoard,
    Listed,
    Selection,
    Versions,
    read_regions,
    read_versions,
    select,
)
from kgservice.api.context import ApiContext, Row
from kgservice.api.days import ExactDay
from kgservice.api.deadline import limited
from kgservice.api.editions import edition_iris, read_editions
from kgservice.api.errors import ComparisonTimeout
from kgservice.api.models import Problem
from kgservice.api.parameters import refuse_unknown
from kgservice.api.recognitions import find_recognitions, read_recognitions_found
from kgservice.api.statements import LABELLED
from kgservice.api.things import Labels, group_by, iris, read_labels
from kgservice.problems import NotAcceptable
from kgservice.sparql.negotiate import choose, parse_accept
from kgservice.sparql.request import ParameterError

JSON = "application/json"
# Certificates times pairs of regions on a page: five regions and a thousand certificates, or twenty-four and forty-three.
MOST_COMPARED = 25_000
MANY_ROWS = 200
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The matrix. A `Link` header with rel=next leads on; `X-Total-Count` is the total",
        "content": {CSV: {"schema": {"type": "string"}}},
    },
    400: {"model": Problem, "description": "A parameter is wrong · 参数有误"},
    404: {
        "model": Problem,
        "description": "A parameter names an id that there is not · 没有这一标识",
    },
    410: {"model": Problem, "description": "A certificate was withdrawn · 证书标识已撤销"},
    406: {"model": Problem, "description": "Neither JSON nor CSV is accepted · 不接受 JSON 或 CSV"},
}
Codes = Annotated[
    list[str],
    Query(
        default_factory=list,
        description="Regions by code (GB/T 2260), repeated or with commas, 24 at most; none: all that have a directory · "
        "地区代码，可重复或以逗号分隔，最多 24 个；不给则为全部有目录的地区",
        examples=[["320200,330000,500000"]],
    ),
]
Certificates = Annotated[
    list[str],
    Query(
        default_factory=list,
        description="These certificates or families, repeated or with commas · 证书或证书族，可重复或以逗号分隔",
        examples=[["c00085,f0002"]],
    ),
]


def make_router(context: ApiContext) -> APIRouter:
    """The route of the comparison."""
    router = APIRouter(prefix="/api", tags=["compare"], dependencies=[Depends(refuse_unknown)])
    board = CompareBoard(context)

    @router.get(
        "/compare",
        summary="Compare regions, certificate by certificate · 逐证比较各地区",
        response_model=CompareAnswer,
        response_model_exclude_none=True,
        responses=_RESPONSES,
    )
    async def compare(
        request: Request,
        response: Response,
        regions: Codes,
        certificate: Certificates,
        issuer: Annotated[
            str | None, Query(description="Of this issuer · 发证机构", examples=["i0028"])
        ] = None,
        country: Annotated[
            str | None,
            Query(
                description="Of issuers there, ISO 3166, two letters · 发证机构所在国家（地区），两位字母代码",
                pattern="^[A-Za-z]{2}$",
                examples=["CN"],
            ),
        ] = None,
        grade_scheme: Annotated[
            str | None, Query(description="On this ladder · 等级阶梯", examples=["s01"])
        ] = None,
        listed: Annotated[
            Listed,
            Query(
                description="Listed or mentioned in any, listed in several, or in all of the regions · "
                "在任一地区列入或提及、在多个地区列入、在全部地区列入"
            ),
        ] = "any",
        divergence: Annotated[
            DivergenceKind | Literal["any"] | None,
            Query(
                description="Only where the regions diverge so, or at all · 只要有此种（或任何）不一致者"
            ),
        ] = None,
        holding_condition: Annotated[
            bool,
            Query(description="Only where a row asks for years of holding · 只要有持证年限要求者"),
        ] = False,
        on: Annotated[
            ExactDay | None,
            Query(
                description="By the editions of this day; those whose dates are not printed stay · "
                "以这一天有效的版本为准；日期未印明的版本保留",
                examples=["2023-10-20"],
            ),
        ] = None,
        limit: Annotated[
            int,
            Query(
                ge=1,
                le=1000,
                description="Certificates a page; fewer where many regions are compared · 每页证书数；地区多时相应减少",
            ),
        ] = 50,
        offset: Annotated[
            int, Query(ge=0, description="Certificates left out before · 跳过的证书数")
        ] = 0,
        format: Annotated[
            Literal["json", "csv"] | None, Query(description="Instead of Accept · 代替 Accept")
        ] = None,
    ) -> CompareAnswer | Response:
        """The matrix: what each region's directory has on each certificate, and how each pair of regions compares.

        Agreement is on the level. A `CeilingDivergence` is no real difference: the lower side stands at the highest
        level that its directory gives at all. A gap says that the directory has no row, within its scope: never that
        the certificate is not recognised there.
        """
        media_type = _choose(format, request.headers.getlist("accept"))
        selection = Selection(
            issuer=issuer,
            certificates=_split("certificate", certificate),
            country=country,
            scheme=grade_scheme,
            listed=listed,
            divergence=divergence,
            holding_condition=holding_condition,
            on=on,
        )
        codes = _split("regions", regions)
        async with limited(context, ComparisonTimeout):
            answer = await tell_comparison(board, codes, selection, limit, offset)
        headers = {"X-Total-Count": str(answer.total), "Vary": "Accept, Accept-Language"}
        if offset + answer.limit < answer.total:
            pairs = [(k, v) for k, v in request.query_params.multi_items() if k != "offset"]
            pairs.append(("offset", str(offset + answer.limit)))
            headers["Link"] = f'<{request.url.path}?{urlencode(pairs)}>; rel="next"'
        if media_type == CSV:
            headers["Content-Disposition"] = 'inline; filename="comparison.csv"'
            table = await asyncio.to_thread(write_csv, answer)
            return Response(table, media_type=f"{CSV}; charset=utf-8", headers=headers)
        response.headers.update(headers)
        return answer

    return router


async def tell_comparison(
    board: CompareBoard, regions: Sequence[str], selection: Selection, limit: int, offset: int
) -> CompareAnswer:
    """One page of the matrix, with fewer certificates than asked for where many regions are compared.

    Raises:
        UnknownId: a parameter names something that there is not.
        ParameterError: there are more regions than can be compared.
    """
    context = board.context
    places = await read_regions(board, regions)
    limit = min(limit, max(1, MOST_COMPARED // max(1, len(places)) ** 2))
    versions = await read_versions(board, places, selection.on)
    chosen = await select(board, places, versions, selection)
    page = chosen[offset : offset + limit]
    subjects = [str(row["certificate"]) for row in page]
    about, recognised, exempting, diverging = await asyncio.gather(
        context.ask_about("certificate", certificate=subjects),
        _read_rows(context, subjects, places),
        context.ask_about("exemptions", towards=subjects, region=places),
        context.ask_about("divergences", certificate=subjects, region=places),
    )
    recognised = [row for row in recognised if versions.holds(row["edition"])]
    exempting = [row for row in exempting if versions.holds(row["edition"])]
    labels = await read_labels(
        context,
        [
            *places,
            *subjects,
            *iris(about, "issuer", "grade"),
            *iris(recognised, *LABELLED),
            *edition_iris(versions.rows),
        ],
    )
    columns = _columns(context, places, versions, labels)
    own_about, own_rows = group_by(about, "certificate"), group_by(recognised, "certificate")
    own_exempting, own_diverging = (
        group_by(exempting, "towards"),
        group_by(diverging, "certificate"),
    )
    compared = []
    for subject, counts in zip(subjects, page, strict=True):
        if len(recognised) > MANY_ROWS:
            await asyncio.sleep(0)  # others are answered in between, and the deadline is looked at
        compared.append(
            compare_certificate(
                context,
                counts,
                own_about.get(subject, []),
                own_rows.get(subject, []),
                own_exempting.get(subject, []),
                own_diverging.get(subject, []),
                columns,
                labels,
            )
        )
    return CompareAnswer(
        total=len(chosen), limit=limit, offset=offset, regions=columns, certificates=compared
    )


def _columns(
    context: ApiContext, places: Sequence[str], versions: Versions, labels: Labels
) -> list[Column]:
    editions = read_editions(context, versions.rows, labels, in_force=versions.in_force)
    return [
        Column(
            region=labels.thing(place),
            editions=[edition for edition in editions if edition.region.iri == place],
        )
        for place in places
    ]


async def _read_rows(
    context: ApiContext, subjects: Sequence[str], places: Sequence[str]
) -> list[Row]:
    """What the regions give to the certificates."""
    return await read_recognitions_found(
        context, await find_recognitions(context, subjects, places)
    )


def _split(parameter: str, values: Sequence[str]) -> list[str]:
    """The values between commas.

    Raises:
        ParameterError: the parameter is given and names nothing, which would otherwise mean “all”.
    """
    found = [part.strip() for value in values for part in value.split(",") if part.strip()]
    if values and not found:
        raise ParameterError(
            parameter,
            f"Parameter '{parameter}' is empty. Give at least one value, or leave it out for all.",
            f"参数“{parameter}”为空。请至少给出一个值；如要全部，请省略该参数。",
        )
    return found


def _choose(format: str | None, accept: Sequence[str]) -> str:
    if format is not None:
        return CSV if format == "csv" else JSON
    chosen = choose(parse_accept(accept), [JSON, CSV])
    if chosen is None:
        raise NotAcceptable([JSON, CSV])
    return chosen
