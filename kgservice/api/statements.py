"""What one row gives to one certificate: the part that the certificate, its equivalents and the comparison share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from kgservice.api.context import ApiContext, Row
from kgservice.api.models import Level, Model, Source, Thing
from kgservice.api.things import Labels, iris, local, read_source, text

LABELLED = ("region", "titleLevel", "conferredTitle", "tier", "via", "certificate")

Basis = Annotated[
    Literal["listed", "covered"],
    Field(
        description="“covered” is derived: the row lists a family to which the certificate belongs, or says “and above”"
    ),
]


class Cover(Model):
    """Why a row covers a certificate that it does not list."""

    kind: Annotated[
        Literal["family", "and_above"],
        Field(description="The row lists the family, or a lower grade with 及以上 (and above)"),
    ]
    via: Annotated[Thing, Field(description="What the row lists: the family, or the lower grade")]


class Statement(Model):
    """What one row of one edition gives to one certificate."""

    recognition: Annotated[str, Field(examples=["recognition/500000-1/2023/9"])]
    region: Thing
    basis: Basis
    covered_by: Cover | None = None
    levels: Annotated[
        list[Level],
        Field(
            description="Empty where the row gives no title. Several where it prints several and does not say which grade "
            "gets which: see outcome_stated"
        ),
    ]
    titles: Annotated[list[Thing], Field(description="Empty where the row prints no title")]
    level_mode: Annotated[
        str | None,
        Field(
            description="ExactLevel, or CeilingLevel: the highest that may be given, which grants nothing",
            examples=["CeilingLevel"],
        ),
    ] = None
    outcome_stated: Annotated[
        bool | None,
        Field(
            description="False where the row prints several levels and no rule that tells them apart"
        ),
    ] = None
    tiers: Annotated[list[Thing], Field(description="Classes of benefits, which are no title")]
    holding_years: Annotated[
        int | None,
        Field(description="The years for which the certificate must have been held, where printed"),
    ] = None
    printed_name: Annotated[str, Field(examples=["美国注册冶金与材料工程师"])]
    printed_specialty: Annotated[str | None, Field(examples=["冶金、材料"])] = None
    source: Source


def group_statements(rows: Iterable[Row]) -> list[list[Row]]:
    """The rows of the question ``recognition``, a list per certificate and recognition, in its order."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        key = str(row["certificate"]), str(row["recognition"])
        groups.setdefault(key, []).append(row)
    return list(groups.values())


def read_statement(context: ApiContext, rows: Sequence[Row], labels: Labels) -> Statement:
    """The statement that some rows of the question ``recognition`` make together."""
    return Statement(**statement_members(context, rows, labels))


def statement_members(context: ApiContext, rows: Sequence[Row], labels: Labels) -> dict[str, Any]:
    """The members of a statement, for it and for what extends it."""
    first = min(rows, key=lambda row: row["basis"] != "listed")
    cover = None
    if first["basis"] == "covered":
        kind: Literal["family", "and_above"] = (
            "family" if first["viaKind"] == "family" else "and_above"
        )
        cover = Cover(kind=kind, via=labels.thing(str(first["via"])))
    return {
        "recognition": context.path(str(first["recognition"])),
        "region": labels.thing(str(first["region"])),
        "basis": first["basis"],
        "covered_by": cover,
        "levels": sorted(
            (labels.level(iri) for iri in iris(rows, "titleLevel")), key=lambda level: level.id
        ),
        "titles": sorted(labels.things(iris(rows, "conferredTitle")), key=lambda title: title.id),
        "level_mode": local(context, first, "mode"),
        "outcome_stated": first.get("outcomeStated"),
        "tiers": labels.things(iris(rows, "tier")),
        "holding_years": first.get("holdingYears"),
        "printed_name": str(first["printedName"]),
        "printed_specialty": text(first, "specialty"),
        "source": read_source(context, first),
    }
