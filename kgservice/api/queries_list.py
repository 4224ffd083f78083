"""``GET /api/queries``: which named questions there are; ``/api/queries/{name}.rq``: the text of one."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response
from pydantic import Field

from kgservice.api.context import ApiContext
from kgservice.api.errors import UnknownQuestion
from kgservice.api.models import Label, Model, Problem
from kgservice.api.parameters import refuse_unknown
from kgservice.api.queries import ADDRESS
from kgservice.questions import TOPICS, Parameter, Question
from kgservice.questions.clauses import columns
from kgservice.sparql.check import Form

SPARQL_QUERY = "application/sparql-query"
ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "A parameter is wrong · 参数有误"},
    404: {"model": Problem, "description": "There is no such question · 没有这一问题"},
}


class ParameterView(Model):
    """One parameter of a question."""

    name: Annotated[str, Field(examples=["certificate"])]
    type: Annotated[
        str,
        Field(
            description="iri, string, integer, decimal, boolean or date. An iri is given whole, with a prefix or as a path",
            examples=["iri"],
        ),
    ]
    many: Annotated[bool, Field(description="It may be given several times")]
    optional: Annotated[bool, Field(description="Without it, all are meant")]
    example: Annotated[list[str], Field(examples=[["certificate/c00009"]])]
    label: Label | None = None


class TopicView(Model):
    """A group of questions."""

    id: Annotated[str, Field(examples=["certificate"])]
    label: Label


class QuestionView(Model):
    """One named question."""

    name: Annotated[str, Field(examples=["recognition"])]
    question: Label | None = None
    answers: Label | None = None
    topic: Annotated[str, Field(examples=["certificate"])]
    audience: Annotated[
        str,
        Field(description="everyone, or api: a part of the API's answers, of use to programs"),
    ]
    form: Annotated[str, Field(examples=["SELECT"])]
    columns: Annotated[list[str], Field(description="The columns of its rows, where it has rows")]
    parameters: list[ParameterView]
    text: Annotated[
        str, Field(description="Where its SPARQL is", examples=["/api/queries/recognition.rq"])
    ]
    run: Annotated[
        str,
        Field(
            description="The address that asks it with the example values",
            examples=["/api/queries/recognition?certificate=certificate/c00009"],
        ),
    ]


class QuestionsAnswer(Model):
    """All named questions, and the topics that they stand under, in the order in which these are shown."""

    topics: list[TopicView]
    queries: list[QuestionView]


def make_router(context: ApiContext) -> APIRouter:
    """The list and the texts; the answers are given by :class:`kgservice.api.queries.QuestionEndpoint`."""
    router = APIRouter(prefix="/api", tags=["queries"], dependencies=[Depends(refuse_unknown)])
    questions = context.questions
    answer = list_questions(questions)

    @router.get(
        "/queries",
        summary="The named questions · 命名问题",
        response_model=QuestionsAnswer,
        response_model_exclude_none=True,
        responses={400: ERRORS[400]},
    )
    async def show_questions() -> QuestionsAnswer:
        """Every question with its parameters, an example, and the address that asks it."""
        return answer

    @router.get(
        "/queries/{name}.rq",
        summary="The SPARQL of a named question · 命名问题的 SPARQL 文本",
        response_class=Response,
        responses={**ERRORS, 200: {"content": {SPARQL_QUERY: {"schema": {"type": "string"}}}}},
    )
    async def show_text(
        name: Annotated[
            str, Path(description="The name of a question · 问题名称", examples=["recognition"])
        ],
    ) -> Response:
        """The file as it stands, with its header and the example values: ready to be asked at `/sparql`."""
        question = questions.get(name)
        if question is None:
            raise _unknown(name, questions)
        return Response(question.text, headers={"content-type": SPARQL_QUERY})

    # The addresses of those that there are come first, past the framework.
    @router.get("/queries/{name}", include_in_schema=False)
    @router.head("/queries/{name}", include_in_schema=False)
    async def refuse(name: str) -> None:
        raise _unknown(name, questions)

    return router


def list_questions(questions: Mapping[str, Question]) -> QuestionsAnswer:
    """All questions as they are shown."""
    used = {question.topic for question in questions.values()}
    return QuestionsAnswer(
        topics=[
            TopicView(id=topic, label=Label(zh=label["zh"], en=label["en"]))
            for topic, label in TOPICS.items()
            if topic in used
        ],
        queries=[_view(question) for question in questions.values()],
    )


def example_address(question: Question) -> str:
    """The address that asks a question with its example values."""
    pairs = [
        f"{parameter.name}={quote(value, safe='/:')}"
        for parameter in question.parameters
        for value in parameter.example
    ]
    return f"{ADDRESS}/{question.name}" + (f"?{'&'.join(pairs)}" if pairs else "")


def _view(question: Question) -> QuestionView:
    return QuestionView(
        name=question.name,
        question=_label(question.question),
        answers=_label(question.answers),
        topic=question.topic,
        audience=question.audience,
        form=question.form,
        columns=list(columns(question.text)) if question.form is Form.SELECT else [],
        parameters=[_parameter(parameter) for parameter in question.parameters],
        text=f"{ADDRESS}/{question.name}.rq",
        run=example_address(question),
    )


def _parameter(parameter: Parameter) -> ParameterView:
    return ParameterView(
        name=parameter.name,
        type=parameter.type,
        many=parameter.many,
        optional=parameter.optional,
        example=list(parameter.example),
        label=_label(parameter.label),
    )


def _label(texts: Mapping[str, str]) -> Label | None:
    return Label(zh=texts["zh"], en=texts["en"]) if texts else None


def _unknown(name: str, questions: Mapping[str, Question]) -> UnknownQuestion:
    return UnknownQuestion(name, difflib.get_close_matches(name, questions, 1))
