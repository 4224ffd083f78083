"""``POST /api/eligibility`` and ``POST /api/eligibility/batch``: what is open to a person, and why not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, Response

from kgservice.api.context import ApiContext
from kgservice.api.eligibility_answer import AnswerWriter
from kgservice.api.eligibility_batch import STALL_SECONDS, Stalled, Table, TableResponse
from kgservice.api.eligibility_models import EligibilityAnswer
from kgservice.api.eligibility_request import EligibilityRequest, read_person, today
from kgservice.api.eligibility_route import private_route
from kgservice.api.models import Problem
from kgservice.eligibility.answer import answer_person
from kgservice.eligibility.facts import Facts
from kgservice.eligibility.loading import load_facts
from kgservice.eligibility.table import COLUMNS
from kgservice.eligibility.table_out import OUT

EXAMPLE_TABLE = (
    "id,certificates,held_since,degrees,science_or_engineering,years_of_work,years_in_region,overseas_link,on\n"
    "1,c00085,2019-06-01,bachelor,true,6,310000=1;500000=0,true,2025-11-20\n"
    "2,CMA;c00356,2022-11-20;,undergraduate;bachelor,,8,1,unknown,2025-11-20\n"
)
PROBLEMS: dict[int | str, dict[str, object]] = {
    400: {"model": Problem, "description": "A member or column is wrong; `parameter` names it"},
    404: {"model": Problem, "description": "No such certificate; `parameter` names the member"},
}


class Known:
    """The facts of the release, read at the first request and kept: a release never changes."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._reading = asyncio.Lock()
        self._found: tuple[Facts, AnswerWriter] | None = None

    async def get(self) -> tuple[Facts, AnswerWriter]:
        """The facts, and what writes them."""
        if self._found is None:
            async with self._reading:
                if self._found is None:
                    facts = await load_facts(self._context.ask, self._context.path)
                    self._found = facts, AnswerWriter(self._context, facts)
        return self._found


def make_router(context: ApiContext, known: Known | None = None) -> APIRouter:
    """The routes of this part. ``known``: the facts, where others read them too."""
    route_class = private_route(context.settings.base)
    router = APIRouter(prefix="/api", tags=["eligibility"], route_class=route_class)
    known = known or Known(context)

    @router.post(
        "/eligibility",
        summary="What is open to a person · 某人可以申报什么",
        responses={200: {"model": EligibilityAnswer}, **PROBLEMS},
    )
    async def eligibility(person: EligibilityRequest) -> Response:
        """For each region and edition in force on the day: titles by recognition, levels by degree and years, benefits;
        what is not open and which condition fails by how much; what cannot be decided and why. Nothing about the person
        is stored or logged.
        """
        facts, writer = await known.get()
        given = read_person(person, facts, context.path)
        answer = writer.write(given.on, answer_person(given, facts))
        return Response(answer.model_dump_json(exclude_none=True), media_type="application/json")

    @router.post(
        "/eligibility/batch",
        summary="The same for a table of people · 批量",
        description=(
            f"CSV, UTF-8, one person a line. Columns (any order; only `certificates` is a must): "
            f"{', '.join(f'`{en}` ({zh})' for en, zh in COLUMNS.items())}. Several values with `;` between them; "
            f"`years_in_region` and `local_household`: one value, or `310000=1;500000=0`; `degrees`: `none` for none; "
            f"an empty cell is unknown. Answered line by line as the table comes in: {', '.join(f'`{one}`' for one in OUT)}. "
            f"A faulty line gives one line of kind `error` with its number, column (`about`) and reason."
        ),
        responses={
            200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "CSV"},
            400: PROBLEMS[400],
        },
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"text/csv": {"schema": {"type": "string"}, "example": EXAMPLE_TABLE}},
            }
        },
        response_class=Response,
    )
    async def batch(request: Request) -> Response:
        facts, _ = await known.get()
        table = Table(_receive(request), facts, context.path, today())
        await table.start()
        return TableResponse(table.answers())

    return router


async def _receive(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes; a client that sends nothing for too long has gone."""
    parts = request.stream()
    while True:
        try:
            async with asyncio.timeout(STALL_SECONDS):
                part = await anext(parts)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Stalled from None
        yield part
