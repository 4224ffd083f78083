"""The answer on one certificate, as it is described in the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kgservice.api.benefits import Tier
from kgservice.api.editions import EditionView
from kgservice.api.exemptions import Exemption
from kgservice.api.models import InForce, Issuer, Label, Match, Model, Name, Note, Texts, Thing
from kgservice.api.statements import Statement


class CertificateName(Name):
    """A name of the certificate."""

    role: Annotated[
        Literal["preferred", "alternative", "printed"],
        Field(
            description="printed: as a directory prints it; other certificates may print the same"
        ),
    ]


class Grade(Thing):
    """A grade of a ladder."""

    scheme: Thing
    rank: Annotated[
        int, Field(description="Rises upward; compares within one scheme only", examples=[20])
    ]
    notations: Annotated[list[str], Field(examples=[["MRICS"]])]


class Rung(Model):
    """Another certificate on the same ladder."""

    certificate: Thing
    direction: Literal["above", "below"]
    distance: Annotated[int, Field(ge=1, description="In steps; 1 is the neighbour")]
    matches: Annotated[
        list[Match], Field(description="The statements that it rests on, step by step")
    ]


class PrintedRow(Model):
    """What the row prints, mistakes included; and how it was read."""

    name: str
    original_name: str | None = None
    issuer: str | None = None
    original_issuer: str | None = None
    issuer_abbreviation: str | None = None
    title: str | None = None
    level: Annotated[str | None, Field(description="Where it prints a level and no title")] = None
    grade: str | None = None
    specialty: str | None = None
    country: str | None = None
    condition: str | None = None
    reading_note: Annotated[
        Note | None, Field(description="What was ambiguous or damaged, and how it was read")
    ] = None
    issuers: Annotated[list[Thing], Field(description="The issuers that the row prints")]


class HolderCondition(Model):
    """What the row asks of the holder."""

    min_years: int | None = None
    years_of: Annotated[str, Field(examples=["HoldingCertificate"])]


class Recognition(Statement):
    """What one row gives to the certificate, with all that the row states."""

    edition: Annotated[str, Field(description="See `editions`", examples=["edition/500000-1/2023"])]
    in_force: InForce | None = None
    recognized_by: Annotated[list[Thing], Field(description="Empty where the source names nobody")]
    effects: Annotated[list[str], Field(examples=[["RecognitionOnRecord"]])]
    specialties: list[Thing]
    fields: Annotated[list[Thing], Field(description="Shanghai's fields of industry")]
    holder_condition: HolderCondition | None = None
    rule: Annotated[
        str | None,
        Field(description="The rule that the recognition itself depends on: see `editions`"),
    ] = None
    grade_open_upward: Annotated[
        bool | None, Field(description="The row says 及以上 (and above)")
    ] = None
    open_family: Annotated[
        bool | None, Field(description="The row names a class without listing its members")
    ] = None
    work_fields: Texts | None = None
    next_level_requires: Label | None = None
    practice_requires: Label | None = None
    remark: Label | None = None
    printed: PrintedRow


class CertificateAnswer(Thing):
    """A certificate or a family of certificates, and what it is worth where. What no notice says is absent."""

    type: Annotated[Literal["Certificate", "CertificateFamily"], Field(examples=["Certificate"])]
    names: list[CertificateName]
    notations: Annotated[list[str], Field(description="Post-nominals", examples=[["MRICS"]])]
    issuers: Annotated[list[Issuer], Field(description="Empty where the body is not known")]
    kind: Annotated[str | None, Field(examples=["MembershipGrade"])] = None
    grade: Grade | None = None
    ladder: Annotated[list[Rung], Field(description="The nearest first")]
    families: Annotated[list[Thing], Field(description="Families to which it belongs")]
    members: Annotated[list[Thing], Field(description="Of a family: the certificates in it")]
    note: Annotated[Note | None, Field(description="On its identity")] = None
    on: Annotated[str | None, Field(description="The day asked for")] = None
    recognitions: Annotated[
        list[Recognition],
        Field(
            description="Every row of every edition, by region; `in_force` tells which hold on the day"
        ),
    ]
    exemptions: Annotated[
        list[Exemption], Field(description="Exemptions towards it, which are no recognition")
    ]
    editions: Annotated[
        list[EditionView],
        Field(
            description="All editions of the directories that list it, with what their notices state"
        ),
    ]
    tiers: Annotated[list[Tier], Field(description="The classes of benefits that rows give")]
