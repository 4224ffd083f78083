"""Whether what a query states holds for a candidate: yes, no, or not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgservice.matching.text import fold, key
from kgservice.reconcile.clues import issuing_of
from kgservice.reconcile.countries import find_country
from kgservice.reconcile.query import Condition, Value
from kgservice.reconcile.register import Register, Thing
from kgservice.search.find import find

Listed = Mapping[str, frozenset[str]]  # region → certificates that its directories list or cover
# Whoever states one of these and it is not so means something else. Issuer and grade are weighed with the name.
DECIDING = ("country", "region", "notation")


@dataclass(frozen=True, slots=True)
class Facts:
    """What conditions are held against: the register, and what the regions list that a batch asks about."""

    register: Register
    listed: Listed


def holds(condition: Condition, thing: Thing, facts: Facts) -> bool | None:
    """Whether a condition holds for a thing; ``None`` where it is not known."""
    told = [_holds(condition.property, value, thing, facts) for value in condition.values]
    if condition.quantifier == "none":
        return False if True in told else None if None in told else True
    if condition.quantifier == "all":
        return False if False in told else None if None in told else True
    return True if True in told else None if None in told else False


def region_of(value: Value, register: Register) -> str | None:
    """The region that a value means: an id, a code, or a name that one region alone has."""
    text = (value.id or value.text).removeprefix("region/")
    hits = find(register.index, text, types=("region",), limit=2)
    exact = [hit.path for hit in hits if hit.how == "exact"]
    if not exact and len(hits) == 1 and hits[0].how == "prefix":
        return hits[0].path  # 上海 for 上海市
    return exact[0] if len(exact) == 1 else None


def _holds(property: str, value: Value, thing: Thing, facts: Facts) -> bool | None:
    text = facts.register.simplify(value.text)
    if property == "issuer":
        issuing = issuing_of([value], facts.register)
        if issuing is None or not issuing.ids or not thing.issuers:
            return None
        return bool(issuing.ids & set(thing.issuers))
    if property == "country":
        code = find_country(text)
        return None if code is None or not thing.countries else code in thing.countries
    if property == "region":
        region = region_of(value, facts.register)
        if region is None or region not in facts.listed:
            return None
        return thing.id in facts.listed[region]
    if property == "notation":
        return key(text) in map(key, thing.letters) if thing.letters else None
    names = (*thing.names, *thing.printed)
    if property == "grade":
        return _somewhere(text, (*names, *thing.letters), facts) or None
    return key(text) in {key(facts.register.simplify(name)) for name in names} or None


def _somewhere(text: str, names: Sequence[str], facts: Facts) -> bool:
    wanted = fold(text)
    return any(wanted in fold(facts.register.simplify(name)) for name in names)
