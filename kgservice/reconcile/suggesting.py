"""Auto-completion of entities, types and properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from kgservice.api.context import ApiContext
from kgservice.matching.text import key
from kgservice.reconcile.errors import NoJsonp, ParameterError
from kgservice.reconcile.ids import find_id
from kgservice.reconcile.properties import PROPERTIES, TYPE_NAMES, Named, Property
from kgservice.reconcile.query import LONGEST
from kgservice.reconcile.register import TYPES, Register
from kgservice.reconcile.writing import describe, named, type_of
from kgservice.search.find import find

Json = dict[str, Any]
_DEFAULT = 10
_MOST = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What a suggest request asks: the beginning, how many, from where on, and of which types, of all where none is named."""

    prefix: str
    limit: int
    offset: int
    types: tuple[str, ...]


def read_asked(parameters: QueryParams) -> Asked:
    """The parameters of a suggest request. Clients add others of their own, which mean nothing here.

    Raises:
        ParameterError: one is not what it must be.
    """
    if "callback" in parameters:
        raise NoJsonp
    prefix = parameters.get("prefix", "")
    if len(prefix) > LONGEST:
        raise ParameterError(
            "prefix",
            f"'prefix' has {len(prefix)} characters; at most {LONGEST} are read.",
            f"参数“prefix”有 {len(prefix)} 个字符，最多 {LONGEST} 个。",
        )
    types = tuple(one for one in parameters.getlist("type") if one)
    return Asked(
        prefix.strip(),
        max(1, min(_MOST, _number(parameters, "limit", _DEFAULT))),
        _number(parameters, "offset", _number(parameters, "cursor", 0)),
        types,
    )


def suggest_entities(
    asked: Asked, register: Register, context: ApiContext, language: str
) -> list[Json]:
    """Things whose names begin with or hold the text, or whose id it is; none of a type that there is not.

    It searches all names: not for the event loop.
    """
    one = find_id(asked.prefix, register, context.iri(""))
    wanted = [type_ for type_ in TYPES if not asked.types or type_ in asked.types]
    if not wanted:
        return []
    most = min(asked.offset + asked.limit, 1000)
    hits = find(register.index, asked.prefix, types=wanted, limit=most) if not one else []
    ids = [one] if one else [hit.path for hit in hits]
    found = []
    for path in ids[asked.offset : asked.offset + asked.limit]:
        thing = register.things.get(path)
        if thing is not None:
            found.append(
                {
                    "id": path,
                    "name": thing.label(language)[0],
                    "description": describe(thing, register, language),
                    "notable": [type_of(thing, language)],
                }
            )
    return found


def suggest_types(asked: Asked, language: str) -> list[Json]:
    """Types by a part of their name or id; all for an empty text."""
    return [named(one, language) for one in _cut(_fitting(asked, TYPE_NAMES), asked)]


def suggest_properties(asked: Asked, language: str) -> list[Json]:
    """Properties that a query may state, then those that can be fetched only, by a part of their name or id."""
    fitting = [one for one in _fitting(asked, PROPERTIES) if isinstance(one, Property)]
    fitting = [one for one in fitting if not asked.types or set(asked.types) & set(one.types)]
    fitting.sort(key=lambda one: not one.stated)
    return [describe_property(one, language) for one in fitting[asked.offset :][: asked.limit]]


def describe_property(one: Property, language: str) -> Json:
    """A property with what it holds, where its name does not say all."""
    about = one.about(language)
    return named(one, language) | ({"description": about} if about else {})


def propose_properties(type_: str | None, limit: int | None, language: str) -> Json:
    """What can be fetched for things of a type.

    Raises:
        ParameterError: there is no such type.
    """
    if type_ and type_ not in TYPES:
        listed = ", ".join(TYPES)
        raise ParameterError(
            "type",
            f"'type' is '{type_[:80]}'. It is one of: {listed}.",
            f"参数“type”为“{type_[:80]}”。应为以下之一：{listed}。",
        )
    fitting = [one for one in PROPERTIES.values() if not type_ or type_ in one.types]
    answer: Json = {"properties": [describe_property(one, language) for one in fitting[:limit]]}
    if type_:
        answer["type"] = type_
    if limit is not None:
        answer["limit"] = limit
    return answer


def read_limit(parameters: QueryParams) -> int | None:
    """The parameter ``limit``; ``None`` where it is not given.

    Raises:
        ParameterError: it is no whole number from 1 on.
    """
    limit = _number(parameters, "limit", 0)
    return limit or None


def _fitting(asked: Asked, named: Mapping[str, Named]) -> list[Named]:
    wanted = key(asked.prefix)
    return [
        one
        for one in named.values()
        if any(wanted in key(text) for text in (one.id, one.zh, one.en))
    ]


def _cut(found: Sequence[Named], asked: Asked) -> Iterable[Named]:
    return found[asked.offset : asked.offset + asked.limit]


def _number(parameters: QueryParams, name: str, default: int) -> int:
    text = parameters.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise ParameterError(
            name,
            f"'{name}' is '{text[:80]}'; it must be a whole number.",
            f"参数“{name}”为“{text[:80]}”，应为整数。",
        )
    return int(text)
