"""Which regions are compared, and which certificates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kgservice.api.context import ApiContext, Row
from kgservice.api.errors import UnknownId
from kgservice.api.things import check_certificates, iris, name_thing, read_labels

Listed = Literal["any", "several", "all"]


@dataclass(frozen=True, slots=True)
class Selection:
    """What is compared; an empty value does not narrow it."""

    issuer: str | None = None
    certificates: Sequence[str] = ()
    country: str | None = None
    scheme: str | None = None
    listed: Listed = "any"
    divergence: str | None = None
    holding_condition: bool = False


async def read_regions(context: ApiContext, codes: Sequence[str]) -> list[str]:
    """The regions (IRIs) in the order given; all that have a directory where none is given.

    Raises:
        UnknownId: a code that the register of regions does not have.
    """
    if not codes:
        return sorted(iris(await context.ask("directories"), "region"))
    places = {context.iri(name_thing("regions", "region", code)): code for code in codes}
    return await _known(context, {iri: ("regions", code) for iri, code in places.items()})


async def select(context: ApiContext, places: Sequence[str], selection: Selection) -> list[Row]:
    """The certificates that fit, with the number of regions in which each is listed and covered; most regions first.

    Raises:
        UnknownId: a parameter names something that there is not.
        Withdrawn: a certificate was withdrawn.
    """
    named: dict[str, tuple[str, str]] = {}
    certificates: dict[str, tuple[str, str]] = {}
    for given in selection.certificates:
        kind = "family" if given.removeprefix("family/").startswith("f") else "certificate"
        path = name_thing("certificate", kind, given)
        certificates[context.iri(path)] = ("certificate", given)
    values: dict[str, str | Sequence[str]] = {"region": list(places)}
    if certificates:
        values["certificate"] = list(certificates)
    for question, parameter, kind, value in (
        ("issuer", "issuer", "issuer", selection.issuer),
        ("scheme", "grade_scheme", "grade-scheme", selection.scheme),
    ):
        if value is not None:
            values[question] = context.iri(name_thing(parameter, kind, value))
            named[str(values[question])] = (parameter, value)
    if selection.country is not None:
        values["country"] = selection.country.upper()
    await _known(context, named)
    await check_certificates(context, certificates)
    rows = await context.ask("listed-certificates", **values)
    least = {"any": 0, "several": 2, "all": len(places)}[selection.listed]
    rows = [row for row in rows if int(row["listedIn"]) >= least]
    if selection.divergence:
        found = await context.ask("divergences", kind=f"zc:{selection.divergence}")
        near = {
            row["certificate"] for row in found if {row["regionA"], row["regionB"]} <= set(places)
        }
        rows = [row for row in rows if row["certificate"] in near]
    if selection.holding_condition:
        asked = {row["certificate"] for row in await context.ask("holding-conditions")}
        rows = [row for row in rows if row["certificate"] in asked]
    return rows


async def _known(context: ApiContext, named: dict[str, tuple[str, str]]) -> list[str]:
    """That every one of these IRIs is known; ``named`` says by which parameter and value it came."""
    labels = await read_labels(context, named)
    for iri, (parameter, given) in named.items():
        if iri not in labels.texts:
            raise UnknownId(parameter, given)
    return list(named)
