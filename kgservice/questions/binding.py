"""Binding: the query of a question with terms in place of the examples in its ``VALUES`` blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kgservice.questions.model import Parameter, Question, QuestionError
from kgservice.sparql.lexer import Kind, Token, tokenize
from kgservice.terms import TYPES, Names


def bind(
    question: Question, values: Mapping[str, Sequence[str]], names: Names, *, ordered: bool = True
) -> str:
    """The query with these values in place of the examples.

    Without ``ordered``, an ORDER BY that :func:`kgservice.questions.ordering.sort_rows` can do is left out.

    Raises:
        QuestionError: an unknown or a missing parameter, several values where one is asked for, or a value of the
            wrong type; the error names the parameter.
    """
    known = {parameter.name: parameter for parameter in question.parameters}
    for name in values:
        if name not in known:
            listed = ", ".join(known) or "-"
            raise QuestionError(
                f"'{question.name}' has no parameter '{name}'. It has: {listed}.",
                f"“{question.name}”没有参数“{name}”。可用的参数：{listed}。",
                name,
            )
    end = len(question.text) if ordered or not question.order else question.body_end
    terms = {
        name: _terms(parameter, values.get(name, ()), names) for name, parameter in known.items()
    }
    parts, position = [], 0
    for name, start, stop in question.blocks:
        if name in terms:
            parts += [question.text[position:start], f" {terms[name]} "]
            position = stop
    return "".join([*parts, question.text[position:end]])


def _terms(parameter: Parameter, given: Sequence[str], names: Names) -> str:
    name = parameter.name
    if not given:
        if parameter.optional:
            return "UNDEF"
        example = parameter.example[0] if parameter.example else "…"
        raise QuestionError(
            f"Parameter '{name}' is missing. Give it, for example: {name}={example}",
            f"缺少参数“{name}”。请给出，例如：{name}={example}",
            name,
        )
    if len(given) > 1 and not parameter.many:
        raise QuestionError(
            f"Parameter '{name}' takes one value, {len(given)} were given. Give one.",
            f"参数“{name}”只取一个值，却给了 {len(given)} 个。请只给一个。",
            name,
        )
    write, form_en, form_zh = TYPES[parameter.type]
    terms = []
    for value in given:
        term = write(value, names)
        if term is None:
            example = f" ({parameter.example[0]})" if parameter.example else ""
            raise QuestionError(
                f"Parameter '{name}' must be {form_en}{example}, not '{value[:80]}'.",
                f"参数“{name}”应为{form_zh}{example}，而不是“{value[:80]}”。",
                name,
            )
        terms.append(term)
    return " ".join(terms)


def values_blocks(text: str) -> list[tuple[str, int, int]]:
    """Each ``VALUES ?name { … }``: the name, and where the content starts and ends."""
    blocks = []
    tokens: list[Token] = list(tokenize(text))
    for index in range(len(tokens) - 2):
        word, variable, brace = tokens[index : index + 3]
        if (
            word.kind is Kind.WORD
            and word.text.upper() == "VALUES"
            and variable.kind is Kind.VARIABLE
            and brace.text == "{"
        ):
            closing = next((token for token in tokens[index + 3 :] if token.text == "}"), None)
            if closing is not None:
                blocks.append((variable.text[1:], brace.end, closing.start))
    return blocks
