"""A problem as a page, for who comes with a browser."""

from __future__ import annotations

from fastapi import Request

from kgservice.pages.answering import HTML, PageWriter
from kgservice.pages.site import Page
from kgservice.problems import Problem
from kgservice.sparql.negotiate import choose, parse_accept

_OFFERED = ("application/problem+json", "application/json", "text/html")


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
