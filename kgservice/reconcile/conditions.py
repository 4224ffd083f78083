"""Whether what a query states holds for a candidate: yes, no, or not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgservice.matching.text import fold, key
from kgservice.reconcile.meaning import Meanings
from kgservice.reconcile.query import Condition, Value
from kgservice.reconcile.register import Register, Thing

Listed = Mapping[str, frozenset[str]]  # region → certificates that its directories list or cover
# Whoever states one of these and it is not so means something else. Issuer and grade are weighed with the name.
DECIDING = ("country", "region", "notation")


@dataclass(frozen=True, slots=True)
class Facts:
    """What conditions are held against: the register, and what the regions list that a batch asks about.

    ``meanings`` are those of the batch.
    """

    meanings: Meanings
    listed: Listed

    @property
    def register(self) -> Register:
        """The register."""
        return self.meanings.register


def holds(condition: Condition, thing: Thing, facts: Facts) -> bool | None:
    """Whether a condition holds for a thing; ``None`` where it is not known."""
    told = [_holds(condition.property, value, thing, facts) for value in condition.values]
    if condition.quantifier == "none":
        return False if True in told else None if None in told else True
    if condition.quantifier == "all":
        return False if False in told else None if None in told else True
    return True if True in told else None if None in told else False


def _holds(property: str, value: Value, thing: Thing, facts: Facts) -> bool | None:
    text = facts.register.simplify(value.text)
    if property == "issuer":
        issuing = facts.meanings.issuing([value])
        if issuing is None or not issuing.ids or not thing.issuers:
            return None
        return bool(issuing.ids & set(thing.issuers))
    if property == "country":
        code = facts.meanings.country(value.text)
        return None if code is None or not thing.countries else code in thing.countries
    if property == "region":
        region = facts.meanings.region(value)
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
