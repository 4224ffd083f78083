"""``GET /api/search``: things by any of their names."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import Field

from kgservice.api.context import ApiContext
from kgservice.api.models import Label, Model, Problem, Thing
from kgservice.search.find import Hit, find
from kgservice.search.index import SearchIndex
from kgservice.search.request import PARAMETERS, read_parameters
from kgservice.search.writing import UNRECORDED

Type = Literal[
    "certificate",
    "family",
    "issuer",
    "title",
    "specialty",
    "region",
    "authority",
    "qualification",
    "title-level",
    "title-series",
    "degree",
]
Kind = Literal[
    "label",
    "notation",
    "abbreviation",
    "code",
    "alt",
    "former",
    "foreign",
    "printed",
    "combined",
    "issuer",
]
How = Literal["exact", "prefix", "words", "substring", "names", "issuer", "fuzzy"]


class MatchedName(Model):
    """The name that matched."""

    name: Annotated[str, Field(examples=["MRICS"])]
    lang: Annotated[
        str | None,
        Field(description="BCP 47; absent for a notation or code, and where none is recorded"),
    ] = None
    kind: Annotated[
        Kind,
        Field(
            description="What name it is: the preferred label, a notation (post-nominals), an abbreviation, a code, another "
            "registered or a former name, the foreign or Chinese name as a row prints it, issuer and printed name combined, "
            "or the issuer's name",
            examples=["notation"],
        ),
    ]


class SearchHit(Thing):
    """A thing that was found, and why."""

    type: Annotated[Type, Field(examples=["certificate"])]
    matched: MatchedName
    how: Annotated[
        How,
        Field(
            description="The whole name; its beginning; all words in one name; a part of it; words in several names of the "
            "thing and its issuer; the issuer only; or nearly (a typing error, signs in another order)",
            examples=["exact"],
        ),
    ]


class SearchAnswer(Model):
    """What was found, the best first, each thing once."""

    q: Annotated[str, Field(description="The text as it was received", examples=["MRICS"])]
    hits: list[SearchHit]


_EXAMPLE = {
    "q": "MRICS",
    "hits": [
        {
            "id": "certificate/c00085",
            "iri": "https://w3id.org/zhicheng/id/certificate/c00085",
            "label": {
                "zh": "英国皇家特许测量师学会专业会员",
                "en": "Member of the Royal Institution of Chartered Surveyors",
            },
            "type": "certificate",
            "matched": {"name": "MRICS", "kind": "notation"},
            "how": "exact",
        }
    ],
}


def make_router(context: ApiContext, index: SearchIndex) -> APIRouter:
    """The route of the search, over the index of the release that is served."""
    router = APIRouter(prefix="/api", tags=["search"])

    @router.get(
        "/search",
        summary="Find things by any of their names · 按任一名称查找",
        response_model=SearchAnswer,
        response_model_exclude_none=True,
        responses={
            200: {"content": {"application/json": {"example": _EXAMPLE}}},
            400: {
                "model": Problem,
                "description": "A parameter is wrong; `parameter` names it · 参数有误，`parameter` 指明是哪一个",
            },
        },
        openapi_extra={"parameters": PARAMETERS},
    )
    def search(request: Request) -> SearchAnswer:
        """Certificates, issuers, titles, specialties, regions and more, by any name: Chinese (simplified or traditional),
        foreign (with or without accents), abbreviation, post-nominals, printed name, alias or code. Whole names come
        first, then beginnings, words, parts; typing errors are forgiven when nothing else fits.
        """
        given = read_parameters(request.scope["query_string"])
        hits = find(index, given.q, types=given.types, lang=given.lang, limit=given.limit)
        return SearchAnswer(q=given.q, hits=[_answer(hit, context) for hit in hits])

    return router


def _answer(hit: Hit, context: ApiContext) -> SearchHit:
    lang = None if hit.lang == UNRECORDED else hit.lang
    return SearchHit.model_validate(
        {
            "id": hit.path,
            "iri": context.iri(hit.path),
            "label": Label(zh=hit.label_zh or hit.name, en=hit.label_en),
            "type": hit.type,
            "matched": {"name": hit.name, "lang": lang, "kind": hit.kind},
            "how": hit.how,
        }
    )
