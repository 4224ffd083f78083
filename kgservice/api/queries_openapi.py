"""The named questions in the OpenAPI document: each one an operation of its own, with typed parameters and examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kgservice.api.paging import FARTHEST, MOST_ROWS, TOTAL
from kgservice.api.queries import ADDRESS
from kgservice.questions import Parameter, Question
from kgservice.sparql.check import Form
from kgservice.sparql.results import OFFERS, media_types

Document = dict[str, Any]
_SCHEMAS: Mapping[str, Document] = {
    "iri": {"type": "string"},
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
}
_IRI = "An IRI, whole, with a prefix or as a path · 完整的 IRI、带前缀的名称或路径"
_PAGING: list[Document] = [
    {
        "name": "limit",
        "in": "query",
        "description": f"So many rows at most; `Link` and `{TOTAL}` tell the other pages · 最多返回的行数",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST_ROWS},
        "example": 10,
    },
    {
        "name": "offset",
        "in": "query",
        "description": "After so many rows · 跳过的行数",
        "schema": {"type": "integer", "minimum": 0, "maximum": FARTHEST},
        "example": 0,
    },
]
_HEADERS: Document = {
    "Link": {
        "description": "With `limit`: first, prev, next, last (RFC 8288) · 各页地址",
        "schema": {"type": "string"},
    },
    TOTAL: {
        "description": "With `limit`: the number of rows in all · 总行数",
        "schema": {"type": "integer"},
    },
    "ETag": {"description": "For `If-None-Match`", "schema": {"type": "string"}},
}
_PROBLEMS = {
    "400": "A parameter is missing, unknown or wrong · 参数缺失、未知或有误",
    "406": "No acceptable format · 没有可接受的格式",
    "413": "Too many values · 值过多",
}


def describe_questions(questions: Mapping[str, Question]) -> Document:
    """The paths of all questions."""
    return {f"{ADDRESS}/{name}": {"get": _operation(each)} for name, each in questions.items()}


def _operation(question: Question) -> Document:
    texts = question.question or {"en": question.name, "zh": question.name}
    formats = OFFERS[question.form]
    parameters = [_parameter(parameter) for parameter in question.parameters]
    if question.form is Form.SELECT:
        parameters += _PAGING
    parameters.append(
        {
            "name": "format",
            "in": "query",
            "description": "In place of `Accept` · 代替 `Accept` 请求头",
            "schema": {"type": "string", "enum": [one.names[0] for one in formats]},
            "example": formats[0].names[0],
        }
    )
    described = [
        text
        for text in (
            question.answers.get("en"),
            question.answers.get("zh"),
            f"SPARQL: [{question.name}.rq]({ADDRESS}/{question.name}.rq)",
        )
        if text
    ]
    return {
        "tags": ["queries"],
        "operationId": f"ask_{question.name.replace('-', '_')}",
        "summary": f"{texts['en']} · {texts['zh']}",
        "description": "\n\n".join(described),
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "The rows · 各行" if question.form is Form.SELECT else "The answer",
                "headers": _HEADERS,
                "content": {name: {"schema": _body(name)} for name in media_types(formats)},
            },
            **{status: {"description": said} for status, said in _PROBLEMS.items()},
        },
    }


def _parameter(parameter: Parameter) -> Document:
    said = [" · ".join(text for text in map(parameter.label.get, ("en", "zh")) if text)]
    if parameter.type == "iri":
        said.append(_IRI)
    schema = _SCHEMAS[parameter.type]
    described: Document = {
        "name": parameter.name,
        "in": "query",
        "required": not parameter.optional,
        "description": ". ".join(text for text in said if text) or parameter.name,
        "schema": {"type": "array", "items": schema, "minItems": 1} if parameter.many else schema,
    }
    if parameter.example:
        example = [_value(parameter, value) for value in parameter.example]
        described["example"] = example if parameter.many else example[0]
    return described


def _value(parameter: Parameter, value: str) -> Any:
    """The example as JSON has it."""
    if parameter.type == "integer":
        return int(value)
    if parameter.type == "decimal":
        return float(value)
    return value == "true" if parameter.type == "boolean" else value


def _body(media_type: str) -> Document:
    return {"type": "object"} if media_type.endswith("json") else {"type": "string"}
