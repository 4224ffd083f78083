"""What answers are made of: things with their labels, levels, and the printed row that a statement rests on.

Members that nothing is known about are left out: every route answers with ``response_model_exclude_none=True``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """A part of an answer: immutable, and with no member that is not described."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(Model):
    """A text in Chinese and, where one is stated, in English."""

    zh: Annotated[str, Field(description="中文 / Chinese", examples=["重庆市"])]
    en: Annotated[
        str | None,
        Field(description="English; absent where none is stated", examples=["Chongqing"]),
    ] = None


class Note(Model):
    """A note of ours, in the languages in which it is written; the printed words that it quotes stay as they are."""

    zh: Annotated[
        str | None, Field(description="中文 / Chinese", examples=["原文印作 Fcca；大小写照录"])
    ] = None
    en: Annotated[
        str | None, Field(description="English", examples=["source prints Fcca; case kept"])
    ] = None


class Texts(Model):
    """What a source states, point by point. The languages are two tellings of one list, not paired line by line."""

    zh: list[str]
    en: list[str]


class Name(Model):
    """One of the names of a thing, in its language."""

    text: Annotated[str, Field(examples=["Chartered Engineer"])]
    language: Annotated[
        str | None,
        Field(description="BCP 47; absent where the source states none", examples=["en"]),
    ] = None


class Thing(Model):
    """Something with an IRI of its own."""

    id: Annotated[str, Field(description="The path of the IRI", examples=["region/500000"])]
    iri: Annotated[
        str,
        Field(description="The whole IRI", examples=["https://w3id.org/zhicheng/id/region/500000"]),
    ]
    label: Label


class Issuer(Thing):
    """A body that issues certificates."""

    abbreviation: Annotated[str | None, Field(examples=["RICS"])] = None
    country: Annotated[
        str | None,
        Field(description="ISO 3166-1 alpha-2; absent where not known", examples=["GB"]),
    ] = None


class Level(Thing):
    """A level of titles."""

    rank: Annotated[
        int | None,
        Field(
            description="Rises upward; the broad levels junior and senior have none", examples=[30]
        ),
    ] = None


InForce = Annotated[
    Literal["yes", "no", "unknown"],
    Field(
        description="Whether the edition is in force on the day asked for. “unknown” where the source prints no date"
    ),
]


class Edition(Thing):
    """An edition of a directory."""

    directory: Annotated[str, Field(examples=["directory/500000-1"])]
    version: Annotated[str, Field(examples=["2023"])]
    region: Thing
    in_force_from: Annotated[str | None, Field(examples=["2023-10-16"])] = None
    in_force_until: Annotated[str | None, Field(description="This day excluded")] = None
    start_printed: Annotated[
        bool | None,
        Field(description="False where the start is only the notice's own date"),
    ] = None
    in_force: InForce | None = None
    scope: Annotated[
        Label | None, Field(description="What the directory is limited to, where it is limited")
    ] = None


class Source(Model):
    """The printed row that a statement rests on."""

    entry: Annotated[str, Field(examples=["entry/500000-1/2023/9"])]
    row: Annotated[str, Field(description="The row as the document numbers it", examples=["9"])]
    edition: Annotated[str, Field(examples=["edition/500000-1/2023"])]
    document: Annotated[
        str | None,
        Field(
            description="The document's number; absent where it prints none",
            examples=["渝人社发〔2023〕64号"],
        ),
    ] = None
    certain: Annotated[
        bool, Field(description="False where two careful readers of the row could differ")
    ]


class Match(Model):
    """A curated statement (SSSOM) that a relation rests on."""

    id: Annotated[str, Field(examples=["match/0123456789abcdef"])]
    justification: Annotated[
        str | None, Field(description="semapv", examples=["ManualMappingCuration"])
    ] = None
    confidence: Annotated[float | None, Field(ge=0, le=1, examples=[0.98])] = None
    author: Annotated[str | None, Field(examples=["reading/first"])] = None
    reviewer: Annotated[str | None, Field(examples=["reading/second"])] = None
    comment: Annotated[Note | None, Field(description="What the statement rests on")] = None


class Problem(Model):
    """An error (RFC 9457): what happened and what to do, in both languages."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(examples=["https://w3id.org/zhicheng/problem/unknown-id"])]
    title: str
    status: Annotated[int, Field(examples=[404])]
    detail: str
    parameter: Annotated[
        str | None, Field(description="The parameter that is wrong", examples=["id"])
    ] = None
    languages: Annotated[
        dict[str, dict[str, str]], Field(description="title and detail, by language (en, zh)")
    ]
