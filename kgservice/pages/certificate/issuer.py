"""The page of an issuer: its certificates and ladders across the regions, and the bodies beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kgservice.api.context import ApiContext, Row
from kgservice.api.errors import UnknownId, Withdrawn
from kgservice.api.models import Thing
from kgservice.api.things import Labels, iris, name_thing, read_labels, read_note
from kgservice.pages.certificate.names import Names, first_notations, gather_names
from kgservice.pages.certificate.picture import FEW
from kgservice.pages.certificate.places import PlaceBoard, Region
from kgservice.pages.certificate.selection import read_day
from kgservice.pages.certificate.words import add_marks, name_country
from kgservice.pages.certificate.worth import SPANS, Worth, read_outcomes, weigh
from kgservice.pages.site import Page
from kgservice.pages.view import View, text_of
from kgservice.questions import bind

# A matrix of more rows than these fits on no screen: then each certificate has its count and its own page.
MOST_ROWS = 600


@dataclass(frozen=True, slots=True)
class Rung:
    """A certificate of the issuer. ``mark``: its post-nominal; ``rows``: on how many rows it stands."""

    thing: Thing
    kind: Thing | None
    mark: str | None
    worth: Worth | None
    rows: int


@dataclass(frozen=True, slots=True)
class Ladder:
    """Certificates of one scheme of grades, the highest first; or those without one."""

    scheme: Thing | None
    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class IssuerPages:
    """The pages of issuers over one release."""

    context: ApiContext
    board: PlaceBoard

    async def __call__(self, view: View, path: str) -> Page:
        """The page at ``issuer/i0028``.

        Raises:
            UnknownId, Withdrawn: there is no such issuer, or no longer.
            ParameterError: a parameter is not what it must be.
        """
        context = self.context
        kind, _, id = path.partition("/")
        path = name_thing("id", kind, id)
        day = read_day(view.get("on"))
        places, (about, names, listed) = await asyncio.gather(
            self.board.places(),
            asyncio.gather(
                context.ask("issuer", issuer=path),
                context.ask("registered-names", thing=path),
                context.ask("issuer-certificates", issuer=path),
            ),
        )
        _check_known(about, context, id)
        certificates = iris(listed, "certificate")
        counts, marks, labels = await asyncio.gather(
            context.ask_about("row-counts", certificate=certificates),
            context.ask_about("registered-names", thing=certificates),
            read_labels(
                context,
                [
                    context.iri(path),
                    *certificates,
                    *iris(listed, "kind", "scheme"),
                    *(iri for iri in iris(about, "other") if iri.startswith("http")),
                    *(context.iri(f"title-level/{level}") for level in SPANS),
                ],
            ),
        )
        rows = {str(row["certificate"]): int(row["count"]) for row in counts}
        whole = sum(rows.values()) <= MOST_ROWS
        worths, apart = await asyncio.gather(
            *(
                context.ask_about(question, certificate=certificates if whole else [])
                for question in ("certificate-worth", "certificate-outcomes")
            )
        )
        outcomes = read_outcomes(worths, apart, places.doubtful)
        weighed = {
            iri: weigh(outcomes.get(iri, []), (), places, day) for iri in certificates if whole
        }
        ladders = _ladders(listed, labels, first_notations(marks), weighed, rows)
        regions = _columns(weighed)
        return self._page(view, path, about, labels, gather_names(names), ladders, regions)

    def _page(
        self,
        view: View,
        path: str,
        about: Sequence[Row],
        labels: Labels,
        names: Names,
        ladders: Sequence[Ladder],
        regions: Sequence[Region],
    ) -> Page:
        context = self.context
        thing = labels.thing(context.iri(path))
        country = next((str(row["other"]) for row in about if row["relation"] == "country"), None)
        beside = {
            relation: labels.things(
                iris((row for row in about if row["relation"] == relation), "other")
            )
            for relation in ("parent", "part", "linked", "became", "made_from")
        }
        title = text_of(thing.label, view)
        marks = [mark for mark in names.notations if mark not in title]
        number = sum(len(ladder.rungs) for ladder in ladders)
        known = [region.code for region in regions]
        values = {"issuer": [path], "region": [f"region/{code}" for code in known]}
        question = context.questions["issuer-across-regions"]
        return Page(
            "issuer.html",
            add_marks(title, marks, view),
            {
                "thing": thing,
                "marks": marks,
                "names": names,
                "country": country and name_country(country, view),
                "note": next((note for row in about if (note := read_note(row, "note"))), None),
                "beside": beside,
                "ladders": ladders,
                "columns": regions if len(regions) <= FEW else (),
                "number": number,
                "few": False,
                "level_of": labels.level,
                "sparql": bind(question, values, context.names) if known else None,
            },
            description=view.t(
                f"{title}颁发的 {number} 种证书在各地目录中对应的职称层级。",
                f"What the {number} certificates of {title} are worth in each region.",
            ),
            jsonld=_describe(view, thing, names, country, beside),
        )


def _check_known(about: Sequence[Row], context: ApiContext, id: str) -> None:
    first = next((row for row in about if row["relation"] == "is"), None)
    if first is None:
        raise UnknownId("id", id)
    if first.get("withdrawn"):
        successor = first.get("successor")
        raise Withdrawn("id", id, context.path(str(successor)) if successor else None)


def _ladders(
    listed: Sequence[Row],
    labels: Labels,
    marks: Mapping[str, str],
    weighed: Mapping[str, Worth],
    rows: Mapping[str, int],
) -> list[Ladder]:
    """The schemes first, each from its highest grade; a certificate without one stands under no ladder."""
    schemes: dict[str | None, dict[str, Rung]] = {}
    for row in listed:
        iri, scheme = str(row["certificate"]), str(row["scheme"]) if "scheme" in row else None
        schemes.setdefault(scheme, {})[iri] = Rung(
            thing=labels.thing(iri),
            kind=labels.thing(str(row["kind"])) if "kind" in row else None,
            mark=marks.get(iri),
            worth=weighed.get(iri),
            rows=rows.get(iri, 0),
        )
    ladders = [
        Ladder(labels.thing(scheme) if scheme else None, tuple(rungs.values()))
        for scheme, rungs in schemes.items()
    ]
    return sorted(ladders, key=lambda ladder: ladder.scheme is None)


def _columns(weighed: Mapping[str, Worth]) -> list[Region]:
    """The regions in which any of them is worth something."""
    found = {
        region.code: region
        for worth in weighed.values()
        for group in worth.groups
        for region in group.regions
    }
    return [region for _, region in sorted(found.items())]


def _describe(
    view: View,
    thing: Thing,
    names: Names,
    country: str | None,
    beside: Mapping[str, Sequence[Thing]],
) -> dict[str, Any]:
    """schema.org: the body and what it is a part of."""

    def body(other: Thing) -> dict[str, str]:
        return {"@type": "Organization", "@id": other.iri, "name": text_of(other.label, view)}

    node = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "@id": thing.iri,
        "url": view.absolute(view.path),
        "name": text_of(thing.label, view),
        "alternateName": [*dict.fromkeys([*names.notations, *names.all])],
        "address": {"@type": "PostalAddress", "addressCountry": country} if country else None,
        "parentOrganization": [body(other) for other in beside["parent"]],
        "subOrganization": [body(other) for other in beside["part"]],
    }
    return {name: value for name, value in node.items() if value}
