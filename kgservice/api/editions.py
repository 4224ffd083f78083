"""Editions of directories: their dates and scope, and whether they list a certificate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from kgservice.api.context import ApiContext, Row
from kgservice.api.models import Edition, InForce, Thing
from kgservice.api.notices import Notice
from kgservice.api.things import Labels, iris, read_pair, text

Listing = Annotated[
    Literal["listed", "covered", "exemption", "not_listed", "unknown"],
    Field(
        description="not_listed says only that the directory, within its scope, has no row for it: never that it is not "
        "recognised. unknown: the edition is known only by its title"
    ),
]


class EditionView(Edition):
    """An edition, whether it lists the certificate, and what its notice states if it does."""

    complete: Annotated[
        bool | None,
        Field(description="False: known only because it was repealed; contents unknown"),
    ] = None
    document: Thing | None = None
    document_number: Annotated[str | None, Field(examples=["渝人社发〔2023〕64号"])] = None
    document_date: str | None = None
    listing: Listing | None = None
    notice: Notice | None = None


def edition_iris(rows: Iterable[Row]) -> list[str]:
    """The things in the rows of the question ``editions`` that need a label."""
    return iris(rows, "edition", "notice", "region")


def read_editions(
    context: ApiContext,
    rows: Sequence[Row],
    labels: Labels,
    *,
    in_force: Mapping[str, InForce] | None = None,
    listing: Mapping[str, Listing] | None = None,
    notices: Mapping[str, Notice] | None = None,
) -> list[EditionView]:
    """The editions in the rows of the question ``editions``; the mappings go by the edition's IRI."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(str(row["edition"]), []).append(row)
    found = []
    for iri, group in groups.items():
        first = group[0]
        stub = first.get("complete") is False
        status: Listing = "unknown" if stub else "not_listed"
        start = first.get("startPrinted")
        complete = first.get("complete")
        found.append(
            EditionView(
                id=context.path(iri),
                iri=iri,
                label=labels.label(iri),
                directory=context.path(str(first["directory"])),
                version=str(first["version"]),
                region=labels.thing(str(first["region"])),
                in_force_from=text(first, "from"),
                in_force_until=text(first, "until"),
                start_printed=start if isinstance(start, bool) else None,
                in_force=in_force.get(iri, "unknown") if in_force is not None else None,
                scope=read_pair(first, "scope"),
                complete=complete if isinstance(complete, bool) else None,
                document=labels.thing(str(first["notice"])) if "notice" in first else None,
                document_number=text(first, "document"),
                document_date=text(first, "documentDate"),
                listing=listing.get(iri, status) if listing is not None else None,
                notice=(notices or {}).get(iri),
            )
        )
    return found
