"""Data extension queries: which properties of which things are asked for, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kgservice.reconcile.errors import BatchTooLarge, ParameterError
from kgservice.reconcile.manifest import MOST_QUERIES, SETTINGS
from kgservice.reconcile.meaning import region_of
from kgservice.reconcile.properties import PROPERTIES, TYPE_NAMES, Property
from kgservice.reconcile.query import LONGEST, Value
from kgservice.reconcile.register import Register
from kgservice.reconcile.writing import named

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A property that is to be fetched, in which language, and for listings of which region only."""

    property: Property
    language: str
    region: str | None


@dataclass(frozen=True, slots=True)
class Extension:
    """What a data extension query asks: ids as they were given, and properties."""

    ids: tuple[str, ...]
    wanted: tuple[Wanted, ...]


def read_extension(given: Any, register: Register, language: str) -> Extension:
    """A data extension query (section "Data Extension Query Requests", the same in both versions).

    It may search all names for a region: not for the event loop.

    Raises:
        ParameterError: a member is not as it must be.
        BatchTooLarge: there are too many ids.
    """
    if not isinstance(given, dict):
        raise _wrong("extend", "must be a JSON object", "应为 JSON 对象")
    ids, properties = given.get("ids"), given.get("properties")
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise _wrong("ids", "must be an array of ids", "应为标识的数组")
    if not isinstance(properties, list):
        raise _wrong("properties", "must be an array of properties", "应为属性的数组")
    if len(properties) > len(PROPERTIES):
        number, most = len(properties), len(PROPERTIES)
        raise _wrong("properties", f"has {number} items; at most {most} are fetched at once", f"有 {number} 项，一次最多取 {most} 项")  # fmt: skip
    if len(ids) > MOST_QUERIES:
        raise BatchTooLarge(len(ids), MOST_QUERIES)
    if any(len(one) > LONGEST for one in ids):
        raise _wrong("ids", f"must have at most {LONGEST} characters each", f"每个不得超过 {LONGEST} 个字符")  # fmt: skip
    return Extension(
        tuple(dict.fromkeys(ids)), tuple(_wanted(one, register, language) for one in properties)
    )


def _wanted(given: Any, register: Register, language: str) -> Wanted:
    name = given.get("id") if isinstance(given, dict) else None
    if not isinstance(name, str) or name not in PROPERTIES:
        listed = ", ".join(PROPERTIES)
        shown = str(name)[:80]
        raise ParameterError(
            "properties",
            f"There is no property '{shown}' to fetch. There are: {listed}.",
            f"没有可取的属性“{shown}”。可用的有：{listed}。",
        )
    settings = given.get("settings") or {}
    if not isinstance(settings, dict):
        raise _wrong("settings", "must be a JSON object", "应为 JSON 对象")
    for one in settings:
        if one not in SETTINGS:
            listed = ", ".join(SETTINGS)
            raise _wrong(
                "settings",
                f"has '{one[:80]}', and there are: {listed}",
                f"含“{one[:80]}”，可用的有：{listed}",
            )
    chosen = settings.get("lang") or language
    if chosen not in ("zh", "en"):
        raise _wrong("lang", "must be zh or en", "应为 zh 或 en")
    region = str(settings.get("region") or "").strip()
    place = None
    if region:
        place = region_of(Value(region[:LONGEST]), register)
        if place is None:
            raise _wrong(
                "region",
                "must be the name or code of a region; see /api/search?type=region",
                "应为地区的名称或代码；参见 /api/search?type=region",
            )
    return Wanted(PROPERTIES[name], chosen, place)


def _wrong(parameter: str, en: str, zh: str) -> ParameterError:
    return ParameterError(parameter, f"'{parameter}' {en}.", f"“{parameter}”{zh}。")


def write_meta(extension: Extension) -> list[Json]:
    """The columns of the answer."""
    meta = []
    for one in extension.wanted:
        column = named(one.property, one.language)
        if one.property.entity:
            column["type"] = named(TYPE_NAMES[one.property.entity], one.language)
        meta.append(column)
    return meta
