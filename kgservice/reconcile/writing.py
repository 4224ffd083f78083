"""Candidates, suggestions and errors as JSON, in the words of each version of the protocol."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kgservice.problems import prefer_language
from kgservice.reconcile.certificates import Candidate
from kgservice.reconcile.countries import name_country
from kgservice.reconcile.errors import QueryError
from kgservice.reconcile.properties import FEATURE_NAMES, TYPE_NAMES, Named
from kgservice.reconcile.query import Query
from kgservice.reconcile.register import Register, Thing

Json = dict[str, Any]


def language_of(accept_language: Sequence[str], lang: str | None = None) -> str:
    """``en`` or ``zh``: by ``Accept-Language``, else the language of the query; Chinese when nothing is asked for."""
    english = (lang or "").lower().partition("-")[0] == "en"
    return prefer_language(accept_language, ("en", "zh") if english else ("zh", "en"))


def describe(thing: Thing, register: Register, language: str) -> str:
    """One line that tells namesakes apart: letters, other label, bodies, countries."""
    label, told = thing.label(language)
    other = thing.zh if told == "en" else thing.en
    bodies = [register.things[one].label(language)[0] for one in thing.issuers]
    letters = [one for one in thing.letters if one not in label]
    countries = [name_country(code, language) for code in thing.countries]
    parts = [*letters, *([other] if other else []), *bodies, *countries]
    return " · ".join(dict.fromkeys(parts))


def type_of(thing: Thing, language: str) -> Json:
    """The type of a thing, as a type object."""
    return named(TYPE_NAMES[thing.type], language)


def named(one: Named, language: str) -> Json:
    """Something with id and name."""
    return {"id": one.id, "name": one.name(language)}


def write_old(candidates: Iterable[Candidate], register: Register, language: str) -> Json:
    """A result of version 0.2."""
    return {"result": [_candidate(one, register, language) for one in candidates]}


def write_new(candidates: Iterable[Candidate], register: Register, language: str) -> Json:
    """A result of version 1.0-draft: features have names, texts their language."""
    found = []
    for one in candidates:
        candidate = _candidate(one, register, language)
        candidate["lang"] = register.things[one.id].label(language)[1]
        for feature in candidate["features"]:
            feature["name"] = FEATURE_NAMES[feature["id"]].name(language)
            feature["lang"] = language
        found.append(candidate)
    return {"candidates": found}


def write_error(error: QueryError, member: str, language: str) -> Json:
    """What stands in place of the candidates of a query that cannot be answered; ``member`` is what would hold them."""
    return {member: [], "error": error.en if language == "en" else error.zh}


def _candidate(one: Candidate, register: Register, language: str) -> Json:
    thing = register.things[one.id]
    return {
        "id": one.id,
        "name": thing.label(language)[0],
        "description": describe(thing, register, language),
        "type": [type_of(thing, language)],
        "score": one.score,
        "match": one.match,
        "features": [{"id": name, "value": value} for name, value in one.features.items()],
    }


def language_for(query: Query | QueryError, accept_language: Sequence[str]) -> str:
    """The language of the answer to a query."""
    return language_of(accept_language, query.lang if isinstance(query, Query) else None)
