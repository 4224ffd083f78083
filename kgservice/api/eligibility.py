"""``POST /api/eligibility`` and ``POST /api/eligibility/batch``: what is open to a person, and why not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from fastapi import APIRouter, Request, Response

from kgservice.api.context import ApiContext
from kgservice.api.deadline import limited
from kgservice.api.eligibility_answer import AnswerWriter
from kgservice.api.eligibility_batch import STALL_SECONDS, Table, TableResponse
from kgservice.api.eligibility_models import EligibilityAnswer
from kgservice.api.eligibility_request import (
    EligibilityRequest,
    read_person,
    read_regions,
    today,
)
from kgservice.api.eligibility_route import Stalled, private_route
from kgservice.api.models import Problem
from kgservice.eligibility.answer import answer_person
from kgservice.eligibility.facts import Facts, Rows
from kgservice.eligibility.kept import RowsKept
from kgservice.eligibility.loading import load_facts, load_rows
from kgservice.eligibility.person import Person
from kgservice.eligibility.table import COLUMNS
from kgservice.eligibility.table_out import OUT
from kgservice.engine.errors import QueryTimeout

EXAMPLE_TABLE = (
    "id,certificates,held_since,degrees,science_or_engineering,years_of_work,years_in_region,overseas_link,on\n"
    "1,c00085,2019-06-01,bachelor,true,6,310000=1;500000=0,true,2025-11-20\n"
    "2,CMA;c00356,2022-11-20;,undergraduate;bachelor,,8,1,unknown,2025-11-20\n"
)
PROBLEMS: dict[int | str, dict[str, object]] = {
    400: {"model": Problem, "description": "A member or column is wrong; `parameter` names it"},
    404: {"model": Problem, "description": "No such certificate; `parameter` names the member"},
}


class RowsTimeout(QueryTimeout):
    """The rows of the certificates took longer than one question may; those that came are kept."""

    def __init__(self, seconds: float, count: int) -> None:
        super().__init__(seconds)
        self.en = (
            f"The rows of {count} certificates take more than {seconds:g} seconds on a graph of this size. "
            "Give fewer certificates, or ask again: what was read by now is kept."
        )
        self.zh = (
            f"图谱规模较大，{count} 种证书所列的行在 {seconds:g} 秒内没有读完。"
            "请减少证书，或稍后再试：已读出的部分会保留。"
        )


class Known:
    """What is known of the release: its facts, read at the first request and kept, and the rows of certificates."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._reading = asyncio.Lock()
        self._found: tuple[Facts, AnswerWriter] | None = None
        self._rows = RowsKept(partial(load_rows, context.ask, context.path))

    async def get(self) -> tuple[Facts, AnswerWriter]:
        """The facts, and what writes them."""
        if self._found is None:
            async with self._reading:
                if self._found is None:
                    facts = await load_facts(self._context.ask, self._context.path)
                    self._found = facts, AnswerWriter(self._context, facts)
        return self._found

    async def rows(self, person: Person) -> Rows:
        """The rows of every certificate that the person holds.

        Raises:
            RowsTimeout: all together took longer than one question may.
            EngineError: a question did not end well.
        """
        certificates = [held.certificate for held in person.held]
        async with limited(self._context, partial(RowsTimeout, count=len(certificates))):
            return await self._rows.of(certificates)


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
        regions = read_regions(person.regions, facts)
        rows = await known.rows(given)

        def make() -> str:
            shown = regions[person.offset : person.offset + person.limit]
            found = answer_person(given, facts, rows, shown)
            answer = writer.write(given.on, found, total=len(regions), offset=person.offset)
            return answer.model_dump_json(exclude_none=True)

        # Many regions are some work: the requests of others go on meanwhile.
        return Response(await asyncio.to_thread(make), media_type="application/json")

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
        table = Table(_receive(request), facts, known.rows, context.path, today())
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
