"""What certificates are worth, region by region, in one line each: for lists of certificates."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kgservice.api.certificate_reading import read_issuers
from kgservice.api.context import ApiContext
from kgservice.api.models import Issuer, Thing
from kgservice.api.statements import LABELLED, Statement, group_statements, read_statement
from kgservice.api.things import iris, read_labels


@dataclass(frozen=True, slots=True)
class Place:
    """What the rows of one region say of one certificate."""

    region: Thing
    statements: Sequence[Statement]


@dataclass(frozen=True, slots=True)
class Worth:
    """One certificate: who issues it, and what each region that has a row for it says.

    ``exempting``: the regions where a Chinese title shortens the way to it, which recognises nothing.
    ``known``: false where it could not be asked just now.
    """

    issuers: Sequence[Issuer] = ()
    places: Sequence[Place] = ()
    exempting: Sequence[Thing] = field(default=())
    known: bool = True


async def read_worth(context: ApiContext, certificates: Sequence[str]) -> Mapping[str, Worth]:
    """The worth of these certificates by their IRI, in four questions for all.

    Raises:
        EngineError: a question did not end well.
    """
    if not certificates:
        return {}
    about, recognised, exempting = await asyncio.gather(
        context.ask("certificate", certificate=certificates),
        context.ask("recognition", certificate=certificates),
        context.ask("exemptions", towards=certificates),
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
                Place(labels.thing(region), found)
                for region, found in statements.get(iri, {}).items()
            ],
            exempting=labels.things(iris([r for r in exempting if r["towards"] == iri], "region")),
        )
        for iri in certificates
    }
