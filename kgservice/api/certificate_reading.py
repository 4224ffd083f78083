"""From the rows of the named questions to the parts of the answer on one certificate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from kgservice.api.certificate_models import (
    CertificateName,
    Grade,
    HolderCondition,
    PrintedRow,
    Recognition,
    Rung,
)
from kgservice.api.context import ApiContext, Row
from kgservice.api.models import InForce, Issuer, Thing
from kgservice.api.statements import group_statements, statement_members
from kgservice.api.steps import find_ways
from kgservice.api.things import Labels, gather_texts, group_by, iris, read_label, read_note, text

_ROLES: tuple[Literal["preferred", "alternative", "printed"], ...] = (
    "preferred",
    "alternative",
    "printed",
)


def read_names(rows: Sequence[Row]) -> list[CertificateName]:
    """The names, the preferred ones first; a printed one only where no registered name says the same."""
    names: dict[tuple[str, str | None], CertificateName] = {}
    for role in _ROLES:
        for row in rows:
            if row["role"] == role:
                name, language = str(row["name"]), text(row, "language") or None
                names.setdefault(
                    (name, language), CertificateName(text=name, language=language, role=role)
                )
    return list(names.values())


def read_issuers(context: ApiContext, rows: Sequence[Row], labels: Labels) -> list[Issuer]:
    """The bodies that issue it."""
    found = {}
    for row in rows:
        if "issuer" in row:
            iri = str(row["issuer"])
            found[iri] = Issuer(
                id=context.path(iri),
                iri=iri,
                label=labels.label(iri),
                abbreviation=text(row, "abbreviation"),
                country=text(row, "country"),
            )
    return list(found.values())


def read_families(
    context: ApiContext, rows: Sequence[Row], iri: str, labels: Labels, *, up: bool
) -> list[Thing]:
    """The families to which it belongs (``up``), or what belongs to it; through other families too."""
    ways = find_ways(context, rows, "broaderCertificate", iri, up=up)
    return labels.things(sorted(way.target for way in ways))


def read_grade(rows: Sequence[Row], labels: Labels) -> Grade | None:
    """Its grade, where it stands on a ladder."""
    first = rows[0]
    if "grade" not in first:
        return None
    thing = labels.thing(str(first["grade"]))
    return Grade(
        id=thing.id,
        iri=thing.iri,
        label=thing.label,
        scheme=labels.thing(str(first["scheme"])),
        rank=int(first["rank"]),
        notations=iris(rows, "gradeNotation"),
    )


def read_ladder(context: ApiContext, rows: Sequence[Row], iri: str, labels: Labels) -> list[Rung]:
    """The certificates above and below it, with the statements in between."""
    directions: tuple[Literal["above", "below"], ...] = ("above", "below")
    return [
        Rung(
            certificate=labels.thing(way.target),
            direction=direction,
            distance=len(way.matches),
            matches=list(way.matches),
        )
        for direction in directions
        for way in find_ways(context, rows, "gradeAbove", iri, up=direction == "below")
    ]


def read_recognitions(
    context: ApiContext,
    rows: Sequence[Row],
    details: Sequence[Row],
    printed: Sequence[Row],
    in_force: Mapping[str, InForce] | None,
    labels: Labels,
) -> list[Recognition]:
    """One recognition per row of a directory."""
    stated, as_printed = group_by(details, "recognition"), group_by(printed, "entry")
    return [
        _recognition(
            context,
            group,
            stated.get(str(group[0]["recognition"]), ()),
            as_printed[str(group[0]["entry"])],
            in_force,
            labels,
        )
        for group in group_statements(rows)
    ]


def _recognition(
    context: ApiContext,
    rows: Sequence[Row],
    details: Sequence[Row],
    printed: Sequence[Row],
    in_force: Mapping[str, InForce] | None,
    labels: Labels,
) -> Recognition:
    edition = str(rows[0]["edition"])
    stated: dict[str, list[Row]] = {}
    for row in details:
        stated.setdefault(context.path(str(row["property"])), []).append(row)
    years = rows[0].get("holdingYears")
    return Recognition(
        **statement_members(context, rows, labels),
        edition=context.path(edition),
        in_force=in_force.get(edition, "unknown") if in_force is not None else None,
        recognized_by=labels.things(iris(stated.get("recognizedBy", ()), "value")),
        effects=[context.path(value) for value in iris(stated.get("effect", ()), "value")],
        specialties=labels.things(iris(stated.get("specialty", ()), "value")),
        fields=labels.things(iris(stated.get("field", ()), "value")),
        holder_condition=HolderCondition(min_years=years, years_of="HoldingCertificate")
        if isinstance(years, int)
        else None,
        rule=next((context.path(v) for v in iris(stated.get("requiresRule", ()), "value")), None),
        grade_open_upward=True if "gradeOpenUpward" in stated else None,
        open_family=True if "openFamily" in stated else None,
        work_fields=gather_texts(stated.get("workField", ()), "value"),
        next_level_requires=read_label(stated.get("nextLevelRequires", ()), "value"),
        practice_requires=read_label(stated.get("practiceRequires", ()), "value"),
        remark=read_label(stated.get("remark", ()), "value"),
        printed=_printed(printed, labels),
    )


def _printed(rows: Sequence[Row], labels: Labels) -> PrintedRow:
    first = rows[0]
    return PrintedRow(
        name=str(first["printedName"]),
        original_name=text(first, "printedOriginalName"),
        issuer=text(first, "printedIssuer"),
        original_issuer=text(first, "printedOriginalIssuer"),
        issuer_abbreviation=text(first, "printedIssuerAbbreviation"),
        title=text(first, "printedTitle"),
        level=text(first, "printedLevel"),
        grade=text(first, "printedGrade"),
        specialty=text(first, "printedSpecialty"),
        country=text(first, "printedCountry"),
        condition=text(first, "printedCondition"),
        reading_note=read_note(first, "note"),
        issuers=labels.things(iris(rows, "issuer")),
    )
