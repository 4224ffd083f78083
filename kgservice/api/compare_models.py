"""The comparison of regions, as it is described in the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kgservice.api.editions import EditionView
from kgservice.api.models import Issuer, Label, Level, Model, Thing
from kgservice.api.statements import Statement

Listing = Literal["listed", "covered", "exemption", "not_listed", "no_directory", "unknown"]
DivergenceKind = Literal[
    "LevelDivergence",
    "CeilingDivergence",
    "BenefitOnlyDivergence",
    "SpecialtyDivergence",
    "ExemptionDivergence",
    "IssuerDivergence",
]


class Column(Model):
    """A region with its directory in view: what it cannot list, it does not refuse."""

    region: Thing
    editions: Annotated[
        list[EditionView],
        Field(
            description="With their scope; empty: this graph has no directory of the region. With `on`: those that were, or "
            "may have been, in force on that day"
        ),
    ]


class Cell(Model):
    """What one region's directory has on one certificate."""

    region: Annotated[str, Field(examples=["region/500000"])]
    listing: Annotated[
        Listing,
        Field(
            description="covered: only by a family row or an “and above” row. exemption: only an exemption towards it. "
            "not_listed: no row; never “not recognised”. no_directory: none is known here. unknown: of the edition, only the "
            "title is known"
        ),
    ]
    statements: list[Statement]
    exemptions: Annotated[list[str], Field(examples=[["exemption/310000-1/3.0/D2"]])]


class Side(Model):
    """One of the two rows that are compared."""

    id: Annotated[
        str,
        Field(description="The recognition or exemption", examples=["recognition/500000-1/2023/9"]),
    ]
    region: Annotated[str, Field(examples=["region/500000"])]
    row: Annotated[str, Field(examples=["9"])]
    levels: list[Level]


class Agreement(Model):
    """Two rows of different regions that give the same level, or levels of which one contains the other."""

    between: Annotated[list[Side], Field(min_length=2, max_length=2)]


class Pairs(Model):
    """The number of pairs of rows of which only the first are told."""

    agreements: int
    undecided: int


class Divergence(Model):
    """Two rows of different regions that differ."""

    id: Annotated[str, Field(examples=["divergence/28fc53c7943b7305"])]
    kind: Annotated[
        DivergenceKind,
        Field(
            description="CeilingDivergence: the lower side stands at the highest level that its edition gives any row, so it "
            "is no real difference in worth"
        ),
    ]
    between: Annotated[list[Side], Field(min_length=2, max_length=2)]


class Gap(Model):
    """A region whose directory does not recognise a certificate that others list or cover: no row, or an exemption only."""

    region: Thing
    listed_in: Annotated[int, Field(description="In so many of the regions compared it is listed")]
    scope: Annotated[
        Label | None, Field(description="What the directory is limited to, where it is limited")
    ] = None
    reading: Annotated[Label, Field(description="How to read it")]


class Comparison(Model):
    """One certificate across the regions."""

    certificate: Thing
    issuers: list[Issuer]
    grade: Annotated[Thing | None, Field(description="Its grade on a ladder")] = None
    grade_rank: int | None = None
    listed_in: Annotated[int, Field(description="In how many of the regions it is listed")]
    covered_in: Annotated[int, Field(description="In how many regions a row covers it")]
    cells: Annotated[list[Cell], Field(description="One for each region, in the order asked for")]
    agreements: Annotated[list[Agreement], Field(description="The first 200, by row")]
    divergences: list[Divergence]
    undecided: Annotated[
        list[Agreement],
        Field(
            description="Pairs that cannot be compared: a row prints several levels and no rule. The first 200"
        ),
    ]
    pairs: Annotated[
        Pairs | None,
        Field(description="How many there are in all, where more than 200 agree or are undecided"),
    ] = None
    gaps: list[Gap]


class CompareAnswer(Model):
    """The matrix of certificates by region."""

    total: Annotated[int, Field(description="Certificates that fit, before paging", examples=[19])]
    limit: Annotated[
        int,
        Field(
            description="Certificates a page: fewer than asked for where many regions are compared"
        ),
    ]
    offset: int
    regions: list[Column]
    certificates: list[Comparison]
