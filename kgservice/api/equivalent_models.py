"""The answer on what is equivalent to a certificate, as it is described in the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kgservice.api.exemptions import Exemption
from kgservice.api.models import Level, Match, Model, Note, Source, Thing
from kgservice.api.statements import Statement

Kind = Literal[
    "identical",
    "covered_by",
    "covers",
    "above",
    "below",
    "same_register_grade",
    "same_outcome",
    "mutually_recognized",
    "replaces",
    "replaced_by",
    "exempting",
    "exempted",
]


class Equivalent(Model):
    """One relation between the certificate and something else, with what it rests on."""

    kind: Annotated[Kind, Field(description="What the other is to the certificate asked about")]
    relation: Annotated[
        str, Field(description="The term of the model that it comes from", examples=["gradeAbove"])
    ]
    other: Annotated[
        Thing,
        Field(description="For a row that lists the certificate itself: the certificate"),
    ]
    carries_recognition: Annotated[
        bool,
        Field(
            description="Whether what a region gives to the one, the other has as well. True only for the same certificate, "
            "and for a cover by the rows in `sources`"
        ),
    ]
    distance: Annotated[
        int | None, Field(ge=1, description="On a ladder or in families: the steps in between")
    ] = None
    printed_name: Annotated[str | None, Field(description="As this row prints it")] = None
    printed_original_name: str | None = None
    edition: Annotated[str | None, Field(examples=["edition/330000-1/2023"])] = None
    level: Level | None = None
    level_mode: Annotated[str | None, Field(examples=["ExactLevel"])] = None
    specialties: Annotated[
        list[Thing] | None, Field(description="The specialties that both have in that edition")
    ] = None
    exemption: Exemption | None = None
    sources: Annotated[list[Source], Field(description="The printed rows that it rests on")]
    matches: Annotated[
        list[Match], Field(description="The reviewed statements that it rests on, step by step")
    ]
    justification: Annotated[
        str | None,
        Field(
            description="semapv: of the one statement; MappingChaining for several steps; LogicalReasoning where the "
            "relation is computed from rows",
            examples=["ManualMappingCuration"],
        ),
    ] = None
    confidence: Annotated[
        float | None, Field(ge=0, le=1, description="Of the weakest statement that it rests on")
    ] = None
    reviewer: Annotated[str | None, Field(examples=["reading/second"])] = None
    recognitions: Annotated[
        list[Statement] | None,
        Field(
            description="Where the other is listed or covered, and as what: its own recognitions"
        ),
    ] = None


class LookAlike(Model):
    """A certificate that looks like the one asked about and is not the same."""

    certificate: Thing
    issuers: list[Thing]
    reason: Annotated[Note | None, Field(description="What tells them apart")] = None
    match: Match


class EquivalentsAnswer(Model):
    """What stands in which relation to a certificate. Only `identical` is the same certificate."""

    certificate: Thing
    kinds: Annotated[list[Kind], Field(description="Only these were asked for; empty: all")]
    region: Annotated[Thing | None, Field(description="Only what has a row there")] = None
    equivalents: list[Equivalent]
    look_alikes: Annotated[list[LookAlike], Field(description="NOT the same, each with the reason")]
