"""What certificates are worth, region by region, in one line each: for lists of certificates."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kgservice.api.certificate_reading import read_issuers
from kgservice.api.context import ApiContext
from kgservice.api.models import Issuer, Thing
from kgservice.api.recognitions import find_recognitions, first_regions, read_recognitions_found
from kgservice.api.statements import LABELLED, Statement, group_statements, read_statement
from kgservice.api.things import iris, read_labels

# So many regions are shown of a certificate: in a line, and in the table of the one that leads.
IN_LINE = 12
IN_TABLE = 40


@dataclass(frozen=True, slots=True)
class Place:
    """What the rows of one region say of one certificate."""

    region: Thing
    statements: Sequence[Statement]


@dataclass(frozen=True, slots=True)
class Worth:
    """One certificate: who issues it, and what regions that have a row for it say: the first, of ``total``.

    ``exempting``: the regions where a Chinese title shortens the way to it, which recognises nothing.
    ``known``: false where it could not be asked just now.
    """

    issuers: Sequence[Issuer] = ()
    places: Sequence[Place] = ()
    total: int = 0
    exempting: Sequence[Thing] = field(default=())
    known: bool = True


async def read_worth(
    context: ApiContext, certificates: Sequence[str], lead: str | None = None
) -> Mapping[str, Worth]:
    """The worth of these certificates by their IRI, in five questions for all. ``lead``: the one shown with a table.

    Raises:
        EngineError: a question did not end well.
    """
    if not certificates:
        return {}
    found, about, exempting = await asyncio.gather(
        find_recognitions(context, certificates),
        context.ask("certificate", certificate=certificates),
        context.ask("exemptions", towards=certificates),
    )
    recognised = await read_recognitions_found(
        context,
        {
            iri: first_regions(places, IN_TABLE if iri == lead else IN_LINE)
            for iri, places in found.items()
        },
    )
    labels = await read_labels(
        context,
        [*iris(about, "issuer"), *iris(recognised, *LABELLED), *iris(exempting, "region")],
    )
    statements: dict[str, dict[str, list[Statement]]] = {}
    for group in group_statements(recognised):
        statement = read_statement(context, group, labels)
        places = statements.setdefault(str(group[0]["certificate"]), {})
        places.setdefault(statement.region.iri, []).append(statement)
    return {
        iri: Worth(
            issuers=read_issuers(context, [r for r in about if r["certificate"] == iri], labels),
            places=[
                Place(labels.thing(region), told)
                for region, told in statements.get(iri, {}).items()
            ],
            total=len(found.get(iri, ())),
            exempting=labels.things(iris([r for r in exempting if r["towards"] == iri], "region")),
        )
        for iri in certificates
    }
