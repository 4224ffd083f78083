"""One query, whichever version of the protocol it came in, and the reading of its members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kgservice.reconcile.errors import QueryError
from kgservice.reconcile.properties import PROPERTIES, STATED, TYPE_NAMES

LONGEST = 500  # characters of a name or a value
DEFAULT_LIMIT = 10
MOST_CANDIDATES = 50
MOST_NAMES = 10  # of one query
MOST_VALUES = 20  # of one query, in all that it states beside names
QUANTIFIERS = ("any", "all", "none")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a property: a text, and the id where it is something that was reconciled before."""

    text: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What a query states of a property. ``required``: without it nothing is a candidate."""

    property: str
    values: tuple[Value, ...]
    required: bool = False
    quantifier: str = "any"


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: names, ids, the types, and what is stated of it.

    ``strict`` is false where things of other types may follow behind those of the types.
    """

    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    limit: int = DEFAULT_LIMIT
    conditions: tuple[Condition, ...] = ()
    lang: str | None = None
    strict: bool = True
    unwanted: tuple[str, ...] = ()


def read_old(given: Any) -> Query:
    """A query of version 0.2 (section "Structure of a Reconciliation Query").

    Raises:
        QueryError: a member is not as it must be; the error names it.
    """
    query = _object("query", given)
    _no_others(query, ("query", "type", "limit", "properties", "type_strict"))
    strictness = query.get("type_strict", "any")
    if strictness not in ("any", "all", "should"):
        raise _wrong("type_strict", strictness, "any, all, should")
    text = query.get("query")
    name = None if text is None else _text("query", text)
    conditions = []
    for number, stated in enumerate(_list("properties", query.get("properties") or [])):
        place = f"properties[{number}]"
        stated = _object(place, stated)
        if "pid" not in stated or "v" not in stated:
            raise QueryError(place, "it needs 'pid' and 'v'.", "缺少“pid”或“v”。")
        property, values = _property(place, stated["pid"]), _values(place, stated["v"])
        # An empty cell states nothing: held against a candidate, it would contradict every one.
        if values:
            conditions.append(Condition(property, values))
    _check_number("properties", conditions)
    if not name and not conditions:
        raise QueryError(
            "query", "it is missing or empty; give a name.", "缺失或为空；请给出名称。"
        )
    return Query(
        (name,) if name else (),
        (),
        _types(query.get("type")),
        _limit(query.get("limit")),
        tuple(conditions),
        None,
        strictness != "should",
    )


def read_new(given: Any) -> Query:
    """A query of version 1.0-draft (section "Structure of a Reconciliation Query").

    Raises:
        QueryError: a member is not as it must be; the error names it.
    """
    query = _object("query", given)
    _no_others(query, ("conditions", "type", "limit", "lang", "dir"))
    names: list[str] = []
    ids: list[str] = []
    unwanted: list[str] = []
    conditions = []
    stated = _list("conditions", query.get("conditions"))
    if not stated:
        raise QueryError("conditions", "give at least one.", "请至少给出一个。")
    for number, one in enumerate(stated):
        place = f"conditions[{number}]"
        one = _object(place, one)
        if "propertyValue" not in one:
            raise QueryError(place, "it has no 'propertyValue'.", "缺少“propertyValue”。")
        if one.get("matchQualifier"):
            raise QueryError(
                f"{place}.matchQualifier",
                "there are no qualifiers here; leave it out.",
                "此处没有限定词；请去掉。",
            )
        values = _values(place, one["propertyValue"])
        quantifier = one.get("matchQuantifier", "any")
        if quantifier not in QUANTIFIERS:
            raise _wrong(f"{place}.matchQuantifier", quantifier, ", ".join(QUANTIFIERS))
        required = one.get("required", False)
        if not isinstance(required, bool):
            raise _wrong(f"{place}.required", required, "true, false")
        kind = one.get("matchType")
        if kind == "property":
            property = _property(place, one.get("propertyId"))
            if values:
                conditions.append(Condition(property, values, required, quantifier))
        elif kind == "name" and quantifier == "none":
            unwanted += [value.text for value in values]
        elif kind == "name":
            names += [value.text for value in values]
        elif kind == "id" and quantifier != "none":
            ids += [value.id or value.text for value in values]
        elif kind == "id":
            raise _wrong(f"{place}.matchQuantifier", quantifier, "any, all")
        else:
            raise _wrong(f"{place}.matchType", kind, "name, id, property")
    if len(names) > MOST_NAMES:
        raise QueryError(
            "conditions",
            f"they give {len(names)} names; at most {MOST_NAMES} are compared. Leave some out.",
            f"共给出 {len(names)} 个名称，最多比对 {MOST_NAMES} 个。请减少。",
        )
    _check_number("conditions", conditions, len(ids) + len(unwanted))
    return Query(
        tuple(dict.fromkeys(names)),
        tuple(dict.fromkeys(ids)),
        _types(query.get("type")),
        _limit(query.get("limit")),
        tuple(conditions),
        query["lang"] if isinstance(query.get("lang"), str) else None,
        True,
        tuple(unwanted),
    )


def _wrong(member: str, given: object, expected: str) -> QueryError:
    shown = str(given)[:80]
    return QueryError(
        member,
        f"it is '{shown}'; it must be one of: {expected}.",
        f"值为“{shown}”，应为以下之一：{expected}。",
    )


def _check_number(member: str, conditions: Sequence[Condition], others: int = 0) -> None:
    """Bounds what one query costs: each value is looked up and held against each candidate."""
    number = sum(len(one.values) for one in conditions) + others
    if number > MOST_VALUES:
        raise QueryError(
            member,
            f"they give {number} values in all; at most {MOST_VALUES} are compared. Leave some out.",
            f"共给出 {number} 个值，最多比对 {MOST_VALUES} 个。请减少。",
        )


def _no_others(given: Mapping[str, Any], known: Sequence[str]) -> None:
    for member in given:
        if member not in known:
            listed = ", ".join(known)
            raise QueryError(
                member[:80],
                f"a query has no such member. It has: {listed}.",
                f"查询没有这一成员。可用的有：{listed}。",
            )


def _object(member: str, given: Any) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise QueryError(member, "it must be a JSON object.", "应为 JSON 对象。")
    return given


def _list(member: str, given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise QueryError(member, "it must be a JSON array.", "应为 JSON 数组。")
    if len(given) > MOST_VALUES:
        raise QueryError(
            member,
            f"it has {len(given)} items; at most {MOST_VALUES} are read.",
            f"有 {len(given)} 项，最多 {MOST_VALUES} 项。",
        )
    return given


def _text(member: str, given: Any) -> str:
    """A text without blanks around it; half a surrogate pair becomes a question mark, which UTF-8 can hold."""
    if not isinstance(given, str):
        raise QueryError(member, "it must be a text.", "应为文字。")
    if len(given) > LONGEST:
        raise QueryError(
            member,
            f"it has {len(given)} characters; at most {LONGEST} are read. Shorten it.",
            f"有 {len(given)} 个字符，最多 {LONGEST} 个。请缩短。",
        )
    return given.encode("utf-8", "replace").decode("utf-8").strip()


def _types(given: Any) -> tuple[str, ...]:
    """The wanted types; none where a client sends an empty one for 'any'."""
    found = given if isinstance(given, list) else [] if given in (None, "") else [given]
    for one in found:
        if not isinstance(one, str) or one not in TYPE_NAMES:
            raise _wrong("type", one, ", ".join(TYPE_NAMES))
    return tuple(dict.fromkeys(found))


def _limit(given: Any) -> int:
    if given is None:
        return DEFAULT_LIMIT
    whole = isinstance(given, (int, float)) and not isinstance(given, bool) and given == given // 1
    if not whole or given < 1:
        raise QueryError("limit", "it must be a whole number from 1 on.", "应为不小于 1 的整数。")
    return min(int(given), MOST_CANDIDATES)


def _property(place: str, given: Any) -> str:
    if not isinstance(given, str) or given not in PROPERTIES or not PROPERTIES[given].stated:
        shown = str(given)[:80]
        listed = ", ".join(STATED)
        raise QueryError(
            place,
            f"there is no property '{shown}' to compare with. There are: {listed}.",
            f"没有可供比对的属性“{shown}”。可用的有：{listed}。",
        )
    return given


def _values(place: str, given: Any) -> tuple[Value, ...]:
    found = []
    for one in _list(place, given if isinstance(given, list) else [given]):
        if isinstance(one, dict):
            if not isinstance(one.get("id"), str):
                raise QueryError(
                    place, "a value that is an object needs an 'id'.", "对象值须有“id”。"
                )
            value = Value(_text(place, one.get("name") or ""), _text(place, one["id"]))
        elif isinstance(one, bool) or not isinstance(one, (str, int, float)):
            raise QueryError(
                place, "a value must be a text, a number or an id.", "值应为文字、数字或标识。"
            )
        else:
            value = Value(_text(place, str(one)))
        if value.text or value.id:
            found.append(value)
    return tuple(found)
