"""What every route of the API has at hand: the release, and a way to ask a named question of the engine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cachetools import LRUCache

from kgservice.engine.interface import Engine, Query
from kgservice.questions import Question, bind, sort_rows
from kgservice.release import Release
from kgservice.settings import Settings
from kgservice.terms import Names

XSD = "http://www.w3.org/2001/XMLSchema#"
Value = str | int | bool
Row = Mapping[str, Value]
# Some MiB; no release has more regions, titles, specialties and certificates.
MOST_LABELS = 20_000


@dataclass(frozen=True, slots=True)
class ApiContext:
    """The release that is served, the engine over it, and the named questions.

    ``labels``: of the things that were named lately, by IRI and language; a release never changes.
    """

    settings: Settings
    release: Release
    engine: Engine
    questions: Mapping[str, Question]
    labels: LRUCache[str, Mapping[str, str]] = field(default_factory=lambda: LRUCache(MOST_LABELS))

    @property
    def names(self) -> Names:
        """How IRIs are shortened and written out."""
        return Names(self.release.manifest["base"], self.release.manifest["prefixes"])

    async def ask(self, name: str, **values: str | Sequence[str]) -> list[Row]:
        """The rows of a named question, in its order.

        An unbound variable is absent from its row; ``xsd:integer`` and ``xsd:boolean`` become Python values, IRIs and all
        other literals their text. A parameter that is a word of Python takes an underscore behind it (``from_``).

        Raises:
            QuestionError: a value does not fit its parameter.
            EngineError: the query did not end well.
        """
        given = {
            key.removesuffix("_"): [value] if isinstance(value, str) else list(value)
            for key, value in values.items()
        }
        question = self.questions[name]
        text = bind(question, given, self.names, ordered=False)
        parts = []
        async with self.engine.answer(Query(text, "json")) as answer:
            async for part in answer:
                parts.append(part)
        document = json.loads(b"".join(parts))
        return [
            {variable: _value(term) for variable, term in row.items()}
            for row in sort_rows(document["results"]["bindings"], question.order)
        ]

    async def ask_about(self, name: str, **values: Sequence[str]) -> list[Row]:
        """The rows of a named question; none, without asking, where there is nothing to ask about: a value without any.

        Raises:
            QuestionError: a value does not fit its parameter.
            EngineError: the query did not end well.
        """
        return await self.ask(name, **values) if all(values.values()) else []

    def iri(self, path: str) -> str:
        """``certificate/c00009`` → the whole IRI."""
        return f"{self.names.base}/id/{path}"

    def path(self, iri: str) -> str:
        """The whole IRI of one of our things → ``certificate/c00009``; of one of our terms → its local name."""
        base = self.names.base
        return iri.removeprefix(f"{base}/id/").removeprefix(f"{base}/ns/")


def _value(term: Mapping[str, str]) -> Value:
    datatype = term.get("datatype")
    if datatype == f"{XSD}integer":
        return int(term["value"])
    if datatype == f"{XSD}boolean":
        return term["value"] in ("true", "1")
    return term["value"]
