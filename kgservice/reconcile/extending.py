"""Data extension: values of properties of things that were reconciled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect

from kgservice.api.context import ApiContext, Row
from kgservice.api.models import InForce
from kgservice.api.statements import group_statements
from kgservice.api.things import Labels, iris, read_labels
from kgservice.reconcile.answering import MOST_WAITING, RETRY_AFTER
from kgservice.reconcile.countries import name_country
from kgservice.reconcile.editions import Editions
from kgservice.reconcile.errors import TooManyBatches, TooManyCells
from kgservice.reconcile.extension import Extension, Wanted
from kgservice.reconcile.ids import find_id
from kgservice.reconcile.register import Register, Thing

Json = dict[str, Any]
Gone = Callable[[], Awaitable[bool]]
# Of one answer: ten columns for ten certificates, as many as OpenRefine asks for at a time, in a thousand rows each.
MOST_CELLS = 100_000
_AT_ONCE = 25  # certificates
# A certificate may stand in hundreds of directories: one at a time keeps each query far from its deadline.
_LISTED_AT_ONCE = 1
_QUERIES = 2  # at a time, of all requests together
_REQUESTS = 4  # of which rows are held at a time
_YES = {"zh": ("是", "否"), "en": ("yes", "no")}
_IN_FORCE: Mapping[str, Mapping[InForce, str]] = {
    "zh": {"yes": "是", "no": "否", "unknown": "不详"},
    "en": {"yes": "yes", "no": "no", "unknown": "unknown"},
}


class Extender:
    """Fetches values over one release. All requests share the few questions that are asked at a time."""

    def __init__(self, context: ApiContext, editions: Editions) -> None:
        self._context = context
        self._editions = editions
        self._turn = asyncio.Semaphore(_QUERIES)
        self._requests = asyncio.Semaphore(_REQUESTS)
        self._waiting = 0

    async def fetch(
        self, extension: Extension, register: Register, gone: Gone | None = None
    ) -> dict[str, list[list[Json]]]:
        """For each id as it was given, the values of each property in order; none for what is unknown.

        ``gone``: whether nobody waits for the answer any more.

        Raises:
            TooManyBatches: too many others are being answered.
            TooManyCells: there would be more than :data:`MOST_CELLS`.
            ClientDisconnect: nobody waits any more.
            EngineError: a question did not end well.
        """
        if self._waiting >= MOST_WAITING:
            raise TooManyBatches(RETRY_AFTER)
        self._waiting += 1
        try:
            async with self._requests:
                return await self._fetch(extension, register, gone)
        finally:
            self._waiting -= 1

    async def _fetch(
        self, extension: Extension, register: Register, gone: Gone | None
    ) -> dict[str, list[list[Json]]]:
        start = self._context.iri("")
        paths = {given: find_id(given, register, start) for given in extension.ids}
        about = sorted(set(filter(None, paths.values())))
        facts = await self._read_facts(about, extension, gone)
        return await asyncio.to_thread(_put_together, extension, paths, register, facts)

    async def _read_facts(
        self, about: Sequence[str], extension: Extension, gone: Gone | None
    ) -> _Facts:
        context, wanted = self._context, extension.wanted
        certificates = [path for path in about if not path.startswith("issuer/")]
        cells = _Cells(wanted, context)
        kept: set[Any] = set()

        async def ask_part(question: str, part: Sequence[str], **more: Sequence[str]) -> list[Row]:
            async with self._turn:
                if gone is not None and await gone():
                    raise ClientDisconnect
                rows = await context.ask(question, certificate=part, **more)
            if question == "recognition":
                await asyncio.to_thread(cells.count, rows)
            if question == "listing-effects":
                return [row for row in rows if row["recognition"] in kept]
            return rows

        async def ask(
            question: str, needed: bool, size: int = _AT_ONCE, **more: Sequence[str]
        ) -> list[Row]:
            given = certificates if needed else []
            parts = (given[at : at + size] for at in range(0, len(given), size))
            found = await _together(ask_part(question, part, **more) for part in parts)
            return [row for rows in found for row in rows]

        asked = {one.property.id for one in wanted}
        regions = {one.region for one in wanted if one.property.of_listing}
        regions |= {None} if "region" in asked else set()
        only = [] if None in regions else sorted(one for one in regions if one)
        about_rows, families, recognised = await _together(
            (
                ask("certificate", bool(asked & {"kind", "grade"})),
                ask("certificate-families", "family" in asked),
                ask("recognition", bool(regions), _LISTED_AT_ONCE, region=only),
            )
        )
        # After the rows, which may be those of one region: of the effects only theirs are kept.
        kept = {row["recognition"] for row in recognised}
        effects = await ask("listing-effects", "listingEffect" in asked, _LISTED_AT_ONCE)

        def find_named() -> list[str]:
            return [
                *iris(about_rows, "grade", "kind"),
                *iris(recognised, "region", "edition", "titleLevel", "conferredTitle", "mode"),
                *iris(effects, "effect"),
            ]

        labels = await read_labels(context, await asyncio.to_thread(find_named))
        states = await self._editions.states() if regions else {}
        return await asyncio.to_thread(
            _group_rows, about_rows, families, recognised, effects, labels, states, context
        )


class _Cells:
    """Counts the cells that listings will give, while they are read: what is too much is read no further."""

    def __init__(self, wanted: Sequence[Wanted], context: ApiContext) -> None:
        self._regions = [
            one.region for one in wanted if one.property.of_listing or one.property.id == "region"
        ]
        self._context = context
        self._number = 0

    def count(self, rows: Sequence[Row]) -> None:
        """Counts those of some rows of the question ``recognition``.

        Raises:
            TooManyCells: there are too many by now.
        """
        for listing in group_statements(rows):
            region = self._context.path(str(listing[0]["region"]))
            self._number += sum(one in (None, region) for one in self._regions)
        if self._number > MOST_CELLS:
            raise TooManyCells(MOST_CELLS)


async def _together(asked: Iterable[Coroutine[Any, Any, list[Row]]]) -> list[list[Row]]:
    """What all of them give; where one fails, the others are not waited for, and its error is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in asked]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the graph says of the certificates: rows of questions by path, labels, and which editions are in force."""

    about: Mapping[str, Sequence[Row]]
    families: Mapping[str, Sequence[str]]
    listings: Mapping[str, Sequence[Sequence[Row]]]
    effects: Mapping[tuple[str, str], Sequence[str]]
    labels: Labels
    states: Mapping[str, InForce]
    context: ApiContext


def _group_rows(
    about: Sequence[Row],
    families: Sequence[Row],
    recognised: Sequence[Row],
    effects: Sequence[Row],
    labels: Labels,
    states: Mapping[str, InForce],
    context: ApiContext,
) -> _Facts:
    listings: dict[str, list[Sequence[Row]]] = {}
    for rows in group_statements(recognised):
        listings.setdefault(context.path(str(rows[0]["certificate"])), []).append(rows)
    of_listing: dict[tuple[str, str], list[str]] = {}
    for row in effects:
        place = context.path(str(row["certificate"])), str(row["recognition"])
        of_listing.setdefault(place, []).append(str(row["effect"]))
    return _Facts(
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


def _put_together(
    extension: Extension, paths: Mapping[str, str | None], register: Register, facts: _Facts
) -> dict[str, list[list[Json]]]:
    return {
        given: [
            _values(one, register.things[path], register, facts) if path else []
            for one in extension.wanted
        ]
        for given, path in paths.items()
    }


def _values(wanted: Wanted, thing: Thing, register: Register, facts: _Facts) -> list[Json]:
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


def _entities(name: str, thing: Thing, register: Register, facts: _Facts) -> list[str]:
    if name == "issuer":
        return list(thing.issuers)
    if name == "family":
        found = facts.families.get(thing.id, ())
    elif name == "lookAlikes":
        found = sorted(register.look_alikes.get(thing.id, ()))
    else:
        found = list(register.issued_by(thing.id))
    return [one for one in found if one in register.things]


def _of_listing(name: str, rows: Sequence[Row], thing: Thing, language: str, facts: _Facts) -> Json:
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


def _label(iri: str, language: str, facts: _Facts) -> str:
    label = facts.labels.label(iri)
    return label.en if language == "en" and label.en else label.zh


def _text(text: str) -> Json:
    return {"str": text}
