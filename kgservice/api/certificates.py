"""``GET /api/certificates/{id}`` and ``GET /api/families/{id}``: what a certificate is and what it is worth where."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

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
from kgservice.api.editions import Listing, edition_iris, read_editions
from kgservice.api.exemptions import read_exemptions
from kgservice.api.models import InForce, Problem
from kgservice.api.notices import NoticeBoard
from kgservice.api.parameters import refuse_unknown
from kgservice.api.statements import LABELLED
from kgservice.api.things import (
    check_known,
    iris,
    local,
    name_thing,
    read_labels,
    read_note,
)

ERRORS: dict[int | str, dict[str, Any]] = {
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


def _check_day(given: object) -> object:
    """A day as YYYY-MM-DD only: no time stamps, no numbers."""
    if not isinstance(given, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
        raise PydanticCustomError("date_parsing", "not a day")
    return given


Day = Annotated[
    Annotated[date, BeforeValidator(_check_day)] | None,
    Query(
        description="Tell which editions are in force on this day (YYYY-MM-DD) · 按这一天说明各版本是否有效",
        examples=["2023-10-20"],
    ),
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
    async def show_certificate(id: Id, on: Day = None) -> CertificateAnswer:
        """One recognition per row, region and edition, each with the printed row that it rests on.

        A recognition is `listed`, or `covered`: derived because the row lists the certificate's family or says “and
        above”. Not listed is never “not recognised”. With `on`, `in_force` is `yes`, `no`, or `unknown` where the
        source prints no date; every row stays in the answer.
        """
        return await tell(board, benefits, "certificate", id, on)

    @router.get(
        "/families/{id}",
        summary="A family of certificates and what it is worth in each region · 证书族及其在各地的认可",
        response_model=CertificateAnswer,
        response_model_exclude_none=True,
        responses=ERRORS,
    )
    async def show_family(id: FamilyId, on: Day = None) -> CertificateAnswer:
        """The same answer for a family that a row lists as one (LEED AP); `members` are the certificates in it."""
        return await tell(board, benefits, "family", id, on)

    return router


async def tell(
    board: NoticeBoard, benefits: TierBoard, kind: str, id: str, on: date | None
) -> CertificateAnswer:
    """The whole answer, in three rounds of questions.

    Raises:
        UnknownId: nothing was minted under this id.
        Withdrawn: it was withdrawn.
    """
    context = board.context
    path = name_thing("id", kind, id)
    about, names, statements, recognised, details, exempting = await asyncio.gather(
        context.ask("certificate", certificate=path),
        context.ask("certificate-names", certificate=path),
        context.ask("certificate-statements", certificate=path),
        context.ask("recognition", certificate=path),
        context.ask("recognition-details", certificate=path),
        context.ask("exemptions", towards=path),
    )
    check_known(about, context, "id", id)
    regions = iris([*recognised, *exempting], "region")
    versions, printed, states, notices, tiers = await asyncio.gather(
        _ask(context, "editions", region=regions),
        _ask(context, "printed-row", entry=iris(recognised, "entry")),
        _ask(context, "editions-in-force", day=[on.isoformat()] if on else []),
        board.notices(iris([*recognised, *exempting], "edition")),
        benefits.tiers(iris(recognised, "tier")),
    )
    iri = context.iri(path)
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
    return CertificateAnswer(
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


async def _ask(context: ApiContext, question: str, **values: Sequence[str]) -> list[Row]:
    """The rows of a question; none, without asking, where there is nothing to ask about."""
    return await context.ask(question, **values) if all(values.values()) else []


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
