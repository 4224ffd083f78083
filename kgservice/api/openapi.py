"""The OpenAPI document: what FastAPI makes of the routes, with errors as they are answered here (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

from kgservice.api.queries_openapi import describe_questions
from kgservice.problems import MEDIA_TYPE
from kgservice.questions import Question

Document = dict[str, Any]
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
# Every route that asks the engine may be answered so.
_ALWAYS = {
    "503": "Busy, or stopping; `Retry-After` where it says when · 服务繁忙或正在停止",
    "504": "The question took too long · 查询超时",
}


def describe(app: FastAPI, questions: Mapping[str, Question]) -> None:
    """Has ``app`` describe the named questions, which are answered past it, and its errors as
    ``application/problem+json``, with the statuses that it really answers.
    """
    make = app.openapi

    def openapi() -> Document:
        if app.openapi_schema is None:
            document = make()
            document["paths"] |= describe_questions(questions)
            app.openapi_schema = _mend(document)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _mend(document: Document) -> Document:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            responses: Document = operation["responses"]
            # FastAPI's own status for what does not fit; here it is 400.
            responses.pop("422", None)
            if path.startswith("/api/"):
                for status, description in _ALWAYS.items():
                    responses.setdefault(status, {"description": description})
            for status, response in responses.items():
                if status >= "400":
                    response["content"] = {MEDIA_TYPE: {"schema": _PROBLEM}}
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document
