"""What names are compared with: the certificates, families and bodies of the release that is served."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kgservice.api.context import ApiContext, Row
from kgservice.matching.issuers import Body
from kgservice.matching.known import Certificate, Known, KnownName
from kgservice.matching.matcher import Matcher
from kgservice.matching.model import shipped_model
from kgservice.search.index import SearchIndex
from kgservice.search.writing import KINDS

TYPES = ("certificate", "family", "issuer")
# A code is no name; issuer and name combined, and the issuer's own names, are put together when a row is compared.
_NAMES = ("label", "alt", "former", "printed", "foreign")
_LETTERS = ("notation", "abbreviation")


@dataclass(frozen=True, slots=True)
class Thing:
    """A certificate, family or body: its labels, its other names, its letters, its bodies and their countries.

    ``names`` are the names of the register, ``printed`` what rows print, ``foreign`` those of both that are not Chinese.
    ``issuers`` is empty for a body.
    """

    id: str
    type: str
    zh: str | None
    en: str | None
    names: tuple[str, ...] = ()
    printed: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    def label(self, language: str) -> tuple[str, str]:
        """The label and its language: ``language`` where there is one in it."""
        if language == "en" and self.en:
            return self.en, "en"
        return (self.zh, "zh") if self.zh else (self.en or self.id, "en")


@dataclass(frozen=True, slots=True)
class Register:
    """The things by id, the matcher over the certificates and families, and what was told apart."""

    things: Mapping[str, Thing]
    matcher: Matcher
    look_alikes: Mapping[str, frozenset[str]]
    index: SearchIndex

    def simplify(self, text: str) -> str:
        """A text as names are compared: compatibility forms joined, traditional signs simplified."""
        return self.index.normalizer.simplify(text)

    def issued_by(self, body: str) -> list[str]:
        """The certificates of a body; a family is a group of these, and none of its own."""
        return [
            one.id
            for one in self.things.values()
            if one.type == "certificate" and body in one.issuers
        ]


class RegisterReader:
    """The register of the release, read at the first request and kept: a release never changes."""

    def __init__(self, context: ApiContext, index: SearchIndex) -> None:
        self._context = context
        self._index = index
        self._reading = asyncio.Lock()
        self._found: Register | None = None

    async def get(self) -> Register:
        """The register.

        Raises:
            EngineError: a question did not end well.
        """
        if self._found is None:
            async with self._reading:
                if self._found is None:
                    self._found = await read_register(self._context, self._index)
        return self._found


@dataclass(frozen=True, slots=True)
class Relations:
    """What the graph says beside names: certificate → bodies, body → country codes and joined bodies, and look-alikes."""

    issuers: Mapping[str, tuple[str, ...]]
    countries: Mapping[str, tuple[str, ...]]
    joined: Mapping[str, frozenset[str]]
    look_alikes: Mapping[str, frozenset[str]]


async def read_register(context: ApiContext, index: SearchIndex) -> Register:
    """Reads names from the search index, and who issues what from named questions.

    Raises:
        EngineError: a question did not end well.
    """
    things = await asyncio.to_thread(_named_things, index)
    certificates = [one for one in things if not one.startswith("issuer/")]
    relations = await read_relations(context, certificates)
    return await asyncio.to_thread(_put_together, things, relations, index)


async def read_relations(context: ApiContext, certificates: Sequence[str]) -> Relations:
    """Asks who issues these certificates and families, and what is known of bodies and look-alikes.

    Raises:
        EngineError: a question did not end well.
    """
    issuing, bodies, pairs = await asyncio.gather(
        context.ask("certificate", certificate=list(certificates)) if certificates else _nothing(),
        context.ask("registered-issuers"),
        context.ask("look-alike-pairs"),
    )
    by_body = _group(context, bodies, "issuer")
    look_alikes: dict[str, set[str]] = {}
    for row in pairs:
        one, other = context.path(str(row["certificate"])), context.path(str(row["other"]))
        look_alikes.setdefault(one, set()).add(other)
        look_alikes.setdefault(other, set()).add(one)
    return Relations(
        {
            path: tuple({context.path(str(row["issuer"])): None for row in rows if "issuer" in row})
            for path, rows in _group(context, issuing, "certificate").items()
        },
        {
            path: tuple({str(row["country"]): None for row in rows if "country" in row})
            for path, rows in by_body.items()
        },
        {
            path: frozenset(context.path(str(row["joined"])) for row in rows if "joined" in row)
            for path, rows in by_body.items()
        },
        {one: frozenset(others) for one, others in look_alikes.items()},
    )


def make_register(relations: Relations, index: SearchIndex) -> Register:
    """The register of the things that an index names."""
    return _put_together(_named_things(index), relations, index)


def _put_together(named: Mapping[str, Thing], relations: Relations, index: SearchIndex) -> Register:
    things = dict(named)
    for path, countries in relations.countries.items():
        if path in things:
            things[path] = replace(things[path], countries=countries)
    for path, by in relations.issuers.items():
        if path in things:
            issuers = tuple(one for one in by if one in things)
            found = {country: None for one in issuers for country in things[one].countries}
            things[path] = replace(things[path], issuers=issuers, countries=tuple(found))
    matcher = Matcher(_known(things, relations.joined, index), shipped_model())
    return Register(things, matcher, relations.look_alikes, index)


async def _nothing() -> list[Row]:
    return []


def _group(context: ApiContext, rows: Sequence[Row], column: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(context.path(str(row[column])), []).append(row)
    return found


def _named_things(index: SearchIndex) -> dict[str, Thing]:
    marks = ", ".join("?" * len(TYPES))
    rows = index.rows(
        "SELECT t.path, t.type, t.zh, t.en, n.name, n.kind, n.lang FROM name n JOIN thing t ON t.id = n.thing "
        f"WHERE t.type IN ({marks}) ORDER BY t.path, n.kind, n.name",
        TYPES,
    )
    things: dict[str, Thing] = {}
    for path, type_, zh, en, name, number, language in rows:
        thing = things.get(str(path))
        if thing is None:
            thing = Thing(str(path), str(type_), str(zh) if zh else None, str(en) if en else None)
        kind, text = KINDS[int(str(number))], str(name)
        if kind in _LETTERS:
            thing = replace(thing, letters=(*thing.letters, text))
        elif kind in ("printed", "foreign"):
            thing = replace(thing, printed=(*thing.printed, text))
        elif kind in _NAMES:
            thing = replace(thing, names=(*thing.names, text))
        if kind == "foreign" or (
            kind in _NAMES and language and not str(language).startswith("zh")
        ):
            thing = replace(thing, foreign=(*thing.foreign, text))
        things[thing.id] = thing
    return things


def _known(
    things: Mapping[str, Thing], joined: Mapping[str, frozenset[str]], index: SearchIndex
) -> Known:
    """The same things as the matcher takes them: a family is told by ``family:`` before its number."""
    simplify = index.normalizer.simplify
    certificates, bodies = {}, {}
    joint = _joint_names(things)
    for thing in things.values():
        names = [KnownName(simplify(text)) for text in thing.names]
        names += [
            KnownName(simplify(text), "printed")
            for text in thing.printed
            if not joint.get(text, frozenset()) & set(thing.issuers)
        ]
        if thing.type == "issuer":
            first, *others = thing.letters or ("",)
            texts = tuple(dict.fromkeys([*(name.text for name in names), *others]))
            related = frozenset(one for one in joined.get(thing.id, ()) if one in things)
            bodies[thing.id] = Body(thing.id, texts, first, related)
            continue
        one = as_known(thing.id)
        certificates[one] = Certificate(
            one,
            thing.zh or "",
            tuple(dict.fromkeys(names)),
            " ".join(thing.letters),
            thing.issuers,
        )
    return Known(certificates, bodies)


def _joint_names(things: Mapping[str, Thing]) -> dict[str, frozenset[str]]:
    """Printed text → the bodies that give several certificates for which it is printed.

    A row that lists several at once (FIA/FFA 英国正精算师) names none of them.
    """
    holders: dict[tuple[str, str], int] = {}
    for thing in things.values():
        for text in thing.printed:
            for issuer in thing.issuers:
                holders[text, issuer] = holders.get((text, issuer), 0) + 1
    found: dict[str, set[str]] = {}
    for (text, issuer), number in holders.items():
        if number > 1:
            found.setdefault(text, set()).add(issuer)
    return {text: frozenset(issuers) for text, issuers in found.items()}


def as_known(path: str) -> str:
    """``certificate/c00085`` → ``certificate:c00085``."""
    return path.replace("/", ":", 1)


def as_path(one: str) -> str:
    """``certificate:c00085`` → ``certificate/c00085``."""
    return one.replace(":", "/", 1)
