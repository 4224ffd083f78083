"""A question and its parameters, and what is wrong when one cannot be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kgservice.errors import ExplainedError
from kgservice.questions.clauses import Key
from kgservice.questions.topics import EVERYONE, OTHER
from kgservice.sparql.check import Form


class QuestionError(ExplainedError):
    """A question cannot be asked so. ``parameter`` names the parameter that is wrong, if it is one."""

    def __init__(self, en: str, zh: str, parameter: str | None = None) -> None:
        super().__init__(en, zh)
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a question; ``example`` are the values that stand in the file."""

    name: str
    type: str
    many: bool
    optional: bool
    example: tuple[str, ...]
    label: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """A question: what it asks in zh and en, its parameters, and its SPARQL with the example values.

    ``blocks``: the name of each ``VALUES`` block, and where its content starts and ends in the text.
    ``order``: its ORDER BY, which starts at ``body_end``, where it names columns and nothing else; otherwise empty.
    ``topic`` and ``audience``: what it is about and for whom it is made (:mod:`kgservice.questions.topics`).
    """

    name: str
    question: Mapping[str, str]
    form: Form
    parameters: tuple[Parameter, ...]
    answers: Mapping[str, str]
    text: str
    blocks: tuple[tuple[str, int, int], ...]
    order: tuple[Key, ...] = ()
    body_end: int = 0
    topic: str = OTHER
    audience: str = EVERYONE
