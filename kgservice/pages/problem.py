"""What an error becomes: a problem document, or a page for who comes with a browser."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from kgservice.api.errors import explain_request
from kgservice.errors import ExplainedError
from kgservice.operation.observing import exchange_of
from kgservice.pages.answering import HTML, PageWriter
from kgservice.pages.site import Page
from kgservice.problems import NotFound, Problem, problem_of, render
from kgservice.sparql.negotiate import choose, parse_accept
from kgservice.sparql.request import MethodNotAllowed

# In the scope of a request: header fields that an error gets as well, where every answer of an address has them.
FIELDS = "kgservice.fields"
_OFFERED = ("application/problem+json", "application/json", "text/html")


def answer_errors(app: FastAPI, writer: PageWriter, base: str) -> None:
    """Has the application answer every error with its problem. ``base``: the start of the types of problems."""

    def answer(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            error = explain_status(error, request.method)
        elif isinstance(error, RequestValidationError):
            error = explain_request(error)
        problem, shared = problem_of(error), dict(request.scope.get(FIELDS, {}))
        exchange_of(request.scope).outcome = problem.kind.slug
        if wants_page(request.headers.getlist("accept")):
            body, shown = render_problem(writer, request, problem)
            return Response(body, problem.kind.status, shared | shown)
        body, headers = render(problem, base, request.headers.getlist("accept-language"))
        return Response(body, problem.kind.status, shared | dict(headers))

    # Foreseen errors have a handler of their own: what falls through to Exception is logged with its message.
    for kind in (HTTPException, RequestValidationError, ExplainedError, Exception):
        app.add_exception_handler(kind, answer)


def explain_status(error: HTTPException, method: str) -> ExplainedError:
    """What the framework says with a status only: no route has this path, or none of those has this method."""
    if error.status_code != 405:
        return NotFound()
    allowed = (error.headers or {}).get("Allow", "").split(", ")
    return MethodNotAllowed(method, tuple(sorted(name for name in allowed if name)))


def wants_page(accept: list[str]) -> bool:
    """Whether the client names HTML, and likes nothing better than it that a problem can be written in."""
    named = [one for one in parse_accept(accept) if one.type == "text" and one.subtype == "html"]
    return bool(named) and choose(parse_accept(accept), _OFFERED) == "text/html"


def render_problem(
    writer: PageWriter, request: Request, problem: Problem
) -> tuple[bytes, dict[str, str]]:
    """The page of a problem, and its header fields."""
    kind, view = problem.kind, writer.view(request)
    title = view.t(kind.zh, kind.en)
    detail = {"zh": problem.zh, "en": problem.en}
    successor = problem.members.get("successor")
    context = {"problem": problem, "detail": detail, "successor": successor}
    page = Page("problem.html", title, context, status=kind.status)
    headers = {
        "content-type": HTML,
        "content-language": view.language,
        "content-security-policy": page.policy,
        "cache-control": "no-store",
        "vary": "Accept, Accept-Language",
        "x-content-type-options": "nosniff",
        **dict(problem.headers),
    }
    return writer.site.render(page, view, writer.release), headers
