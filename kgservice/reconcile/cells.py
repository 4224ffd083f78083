"""Data extension: the cells of the answer, made from what was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kgservice.api.context import ApiContext, Row
from kgservice.api.models import InForce
from kgservice.api.statements import group_statements
from kgservice.api.things import Labels, iris
from kgservice.reconcile.countries import name_country
from kgservice.reconcile.extension import Extension, Wanted
from kgservice.reconcile.register import Register, Thing

Json = dict[str, Any]
_YES = {"zh": ("是", "否"), "en": ("yes", "no")}
_IN_FORCE: Mapping[str, Mapping[InForce, str]] = {
    "zh": {"yes": "是", "no": "否", "unknown": "不详"},
    "en": {"yes": "yes", "no": "no", "unknown": "unknown"},
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the graph says of the certificates: rows of questions by path, labels, and which editions are in force."""

    about: Mapping[str, Sequence[Row]]
    families: Mapping[str, Sequence[str]]
    listings: Mapping[str, Sequence[Sequence[Row]]]
    effects: Mapping[tuple[str, str], Sequence[str]]
    labels: Labels
    states: Mapping[str, InForce]
    context: ApiContext


def group_rows(
    about: Sequence[Row],
    families: Sequence[Row],
    recognised: Sequence[Row],
    effects: Sequence[Row],
    labels: Labels,
    states: Mapping[str, InForce],
    context: ApiContext,
) -> Facts:
    """The rows of the questions about some certificates, by certificate."""
    listings: dict[str, list[Sequence[Row]]] = {}
    for rows in group_statements(recognised):
        listings.setdefault(context.path(str(rows[0]["certificate"])), []).append(rows)
    of_listing: dict[tuple[str, str], list[str]] = {}
    for row in effects:
        place = context.path(str(row["certificate"])), str(row["recognition"])
        of_listing.setdefault(place, []).append(str(row["effect"]))
    return Facts(
        _by_certificate(about, context),
        {
            path: [context.path(str(row["family"])) for row in rows]
            for path, rows in _by_certificate(families, context).items()
        },
        listings,
        of_listing,
        labels,
        states,
        context,
    )


def _by_certificate(rows: Sequence[Row], context: ApiContext) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(context.path(str(row["certificate"])), []).append(row)
    return found


def put_together(
    extension: Extension, paths: Mapping[str, str | None], register: Register, facts: Facts
) -> dict[str, list[list[Json]]]:
    """For each id as it was given, the values of each property; ``paths``: what the ids mean."""
    return {
        given: [
            _values(one, register.things[path], register, facts) if path else []
            for one in extension.wanted
        ]
        for given, path in paths.items()
    }


def _values(wanted: Wanted, thing: Thing, register: Register, facts: Facts) -> list[Json]:
    name, language = wanted.property.id, wanted.language
    if thing.type not in wanted.property.types:
        return []
    if wanted.property.of_listing:
        return [
            _of_listing(name, rows, thing, language, facts)
            for rows in facts.listings.get(thing.id, ())
            if wanted.region is None or facts.context.path(str(rows[0]["region"])) == wanted.region
        ]
    if wanted.property.entity:
        ids = _entities(name, thing, register, facts)
        return [{"id": one, "name": register.things[one].label(language)[0]} for one in ids]
    if name in ("grade", "kind"):
        found = iris(facts.about.get(thing.id, ()), name)
        return [_text(_label(one, language, facts)) for one in found]
    if name == "region":
        # An edition that has ended lists nothing any more; the columns ``listing…`` tell it, and that it has ended.
        regions = [
            str(rows[0]["region"])
            for rows in facts.listings.get(thing.id, ())
            if facts.states.get(str(rows[0]["edition"])) != "no"
        ]
        return [_text(_label(one, language, facts)) for one in dict.fromkeys(regions)]
    return [_text(one) for one in _texts(name, thing, language) if one]


def _texts(name: str, thing: Thing, language: str) -> Sequence[str | None]:
    if name == "nameZh":
        return (thing.zh,)
    if name == "nameEn":
        return (thing.en,)
    if name == "originalName":
        return list(dict.fromkeys((thing.en, *thing.foreign)))
    if name == "otherNames":
        others = dict.fromkeys((*thing.names, *thing.printed))
        return [one for one in others if one not in (thing.zh, thing.en)]
    if name == "country":
        return [name_country(code, language) for code in thing.countries]
    return thing.letters  # notation, abbreviation


def _entities(name: str, thing: Thing, register: Register, facts: Facts) -> list[str]:
    if name == "issuer":
        return list(thing.issuers)
    if name == "family":
        found = facts.families.get(thing.id, ())
    elif name == "lookAlikes":
        found = sorted(register.look_alikes.get(thing.id, ()))
    else:
        found = list(register.issued_by(thing.id))
    return [one for one in found if one in register.things]


def _of_listing(name: str, rows: Sequence[Row], thing: Thing, language: str, facts: Facts) -> Json:
    """One cell for one listing, empty where the row says nothing, so that all columns have the same order."""
    first = min(rows, key=lambda row: row["basis"] != "listed")
    path = facts.context.path
    if name in ("listingRegion", "listingEdition"):
        texts = [
            _label(str(first["region" if name == "listingRegion" else "edition"]), language, facts)
        ]
    elif name == "listingRegionCode":
        texts = [path(str(first["region"])).removeprefix("region/")]
    elif name == "listingRow":
        texts = [path(str(first["entry"]))]
    elif name == "listingPrintedName":
        texts = [str(first["printedName"])]
    elif name == "listingBasis":
        texts = [str(first["basis"])]
    elif name == "listingCertain":
        texts = [_YES[language][0 if first["certain"] else 1]]
    elif name == "listingInForce":
        texts = [_IN_FORCE[language][facts.states.get(str(first["edition"]), "unknown")]]
    elif name == "listingCeiling":
        mode = path(str(first.get("mode", "")))
        texts = [_YES[language][0 if mode == "CeilingLevel" else 1]] if mode else []
    elif name == "listingEffect":
        effects = facts.effects.get((thing.id, str(first["recognition"])), ())
        texts = [_label(one, language, facts) for one in effects]
    else:
        column = {"listingLevel": "titleLevel", "listingTitle": "conferredTitle"}.get(name, "mode")
        texts = [_label(one, language, facts) for one in iris(rows, column)]
    return _text("、".join(texts) if language == "zh" else "; ".join(texts)) if texts else {}


def _label(iri: str, language: str, facts: Facts) -> str:
    label = facts.labels.label(iri)
    return label.en if language == "en" and label.en else label.zh


def _text(text: str) -> Json:
    return {"str": text}
