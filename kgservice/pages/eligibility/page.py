"""``/eligibility``: what is open to somebody, region by region, and which condition fails.

The form is sent by POST, so that no fact about a person gets into an address or a log; its answer is kept nowhere.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from kgservice.api.eligibility import Known
from kgservice.api.eligibility_route import Gone
from kgservice.eligibility.answer import answer_person
from kgservice.eligibility.facts import Facts
from kgservice.eligibility.values import NO_DEGREE
from kgservice.errors import ExplainedError
from kgservice.operation.observing import exchange_of
from kgservice.pages.answering import PageWriter
from kgservice.pages.eligibility import answer as views
from kgservice.pages.eligibility import form as forms
from kgservice.pages.eligibility.form import Form, Line, read_form
from kgservice.pages.problem import render_problem
from kgservice.pages.site import Page
from kgservice.pages.view import View
from kgservice.problems import KINDS, problem_of
from kgservice.search.index import SearchIndex
from kgservice.sparql.request import MediaTypeNotSupported, ParameterError

FORM = "application/x-www-form-urlencoded"
MOST_BYTES = 64 * 1024
MOST_FIELDS = 200  # besides those that there are for each region
# The outcome where a field of the form is wrong, which the page tells itself.
_FAULTY = dict(KINDS)[ParameterError].slug
_log = logging.getLogger(__name__)


def make_router(known: Known, index: SearchIndex, writer: PageWriter) -> APIRouter:
    """The form, and its answer."""
    router = APIRouter(include_in_schema=False)

    async def empty(view: View) -> Page:
        facts, _ = await known.get()
        pairs = [
            (f"c{place}", given)
            for place, given in enumerate(view.get_all("certificate")[: forms.MOST_CERTIFICATES])
        ]
        form = await run_in_threadpool(read_form, pairs, facts, index) if pairs else Form()
        form.faults.clear()
        form.in_region = dict.fromkeys(forms.asked_regions(facts), "")
        for line in form.lines:  # an id that a link gave is shown as a name
            if line.label and line.text.rpartition("/")[2] == str(line.id).rpartition("/")[2]:
                line.text = view.t(line.label.zh, line.label.en or line.label.zh)
        return _page(view, form, facts)

    async def answer(request: Request) -> Response:
        view = writer.view(request)
        facts, answers = await known.get()
        most = MOST_FIELDS + len(facts.regions) + len(forms.asked_regions(facts))
        pairs = await _read_body(request, most)
        form = await run_in_threadpool(read_form, pairs, facts, index)
        asked = dict(pairs).get("do", "")
        if asked == "add" or asked.startswith("remove-"):
            _change_lines(form, asked)
            return await writer.answer_private(request, _page(view, form, facts))
        if form.person is None:
            status = 200 if form.only_choices else 400
            if status == 400:
                exchange_of(request.scope).outcome = _FAULTY
            return await writer.answer_private(request, _page(view, form, facts, status=status))
        person, rows = form.person, await known.rows(form.person)

        def compute() -> dict[str, object]:
            wanted = views.order_regions(form.regions, person, facts, rows)
            shown = wanted[: views.MOST_REGIONS]
            found = answer_person(person, facts, rows, shown)
            told = answers.write(person.on, found, total=len(wanted))
            return {"answer": told, "chosen": told.regions, "missing": views.missing(told.regions)}

        shown = await asyncio.to_thread(compute)
        return await writer.answer_private(request, _page(view, form, facts, shown=shown))

    @router.api_route("/eligibility", methods=["GET", "HEAD"])
    async def show(request: Request) -> Response:
        return await writer.answer(request, empty)

    @router.post("/eligibility")
    async def ask(request: Request) -> Response:
        try:
            return await answer(request)
        except ClientDisconnect:
            return Gone()
        except Exception as error:
            # An exception that leaves a route is logged with its message, which may quote the form.
            if not isinstance(error, ExplainedError):
                _log.error("%s in /eligibility", type(error).__name__)
            problem = problem_of(error)
            exchange_of(request.scope).outcome = problem.kind.slug
            body, headers = render_problem(writer, request, problem)
            return Response(body, problem.kind.status, headers)

    return router


def _page(
    view: View,
    form: Form,
    facts: Facts,
    *,
    status: int = 200,
    shown: Mapping[str, object] | None = None,
) -> Page:
    context = {
        "form": form,
        "regions": [facts.name(region) for region in facts.regions],
        "degrees": [facts.name(degree) for degree in forms.order_degrees(facts)],
        "no_degree": NO_DEGREE,
        "most": forms.MOST_CERTIFICATES,
        "names": facts.name,
        "answer": None,
        "gather_levels": views.gather_levels,
        "has_row": views.has_row,
        "tell": views.tell,
        **(shown or {}),
    }
    return Page(
        "eligibility.html",
        view.t("我能走哪条路", "What is open to me"),
        context,
        description=view.t(
            "填入境外证书、学历与年限，看各地可以申报什么职称、还差哪一条。不保存任何信息。",
            "Overseas certificates, degrees and years: what you may apply for where, and which condition fails. Nothing is stored.",
        ),
        status=status,
    )


def _change_lines(form: Form, asked: str) -> None:
    """One certificate more, or one less; what is wrong so far is not yet said, but for texts that leave a choice."""
    if asked == "add" and len(form.lines) < forms.MOST_CERTIFICATES:
        form.lines.append(Line())
    place = asked.removeprefix("remove-")
    places = [str(number) for number in range(len(form.lines))]
    if place in places:
        del form.lines[places.index(place)]
        form.lines = form.lines or [Line()]
    form.faults = {}


async def _read_body(request: Request, most: int) -> list[tuple[str, str]]:
    """The fields of the form, ``most`` of them at most.

    Raises:
        MediaTypeNotSupported: it is not sent as a form is.
        ParameterError: it is too long, or is no form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise MediaTypeNotSupported(kind)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise ParameterError(
                "body",
                f"The form is longer than {MOST_BYTES} bytes. Shorten what is written in it.",
                f"表单超过 {MOST_BYTES} 字节。请缩短所填内容。",
            )
    try:
        text = body.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=most)
    except ValueError:
        raise ParameterError(
            "body",
            "This is not what the form sends. Fill in the form at /eligibility.",
            "所收到的不是表单内容。请在 /eligibility 填写表单。",
        ) from None
