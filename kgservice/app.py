"""The application: a list on one screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kgservice import __version__
from kgservice.api import description as api_description
from kgservice.api.errors import explain_request
from kgservice.api.openapi import describe
from kgservice.engine.errors import EngineUnavailable
from kgservice.engine.interface import Engine, Query
from kgservice.errors import ExplainedError
from kgservice.pages import landing_page, query_page
from kgservice.problems import NotFound, problem_of, render
from kgservice.release import Release
from kgservice.settings import Settings
from kgservice.sparql.cancelling import CancelEndpoint
from kgservice.sparql.description import describe_release
from kgservice.sparql.quota import MeteredEngine, Quota, QuotaGate
from kgservice.sparql.request import MethodNotAllowed
from kgservice.sparql.routes import SparqlEndpoint
from kgservice.sparql.served import Served
from kgservice.sparql.tickets import Tickets


class SparqlFirst:
    """Sends ``/sparql`` straight to its plain ASGI application: the hot path pays for no framework."""

    def __init__(self, app: ASGIApp, endpoint: ASGIApp) -> None:
        self._app = app
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        here = scope["type"] == "http" and scope["path"] == "/sparql"
        await (self._endpoint if here else self._app)(scope, receive, send)


def create_app(
    settings: Settings,
    release: Release,
    engine: Engine,
    routers: Sequence[APIRouter] = (),
    *,
    union_default_graph: bool = True,
) -> FastAPI:
    """The service over one release. The engine is started and stopped with the application.

    ``routers`` are the routes of the API (:func:`kgservice.api.routers.make_routers`). ``union_default_graph`` says
    what the engine takes for the default graph, for who reads the description.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            await engine.start()
        except EngineUnavailable as error:
            app.state.failure = error  # for the command line, which tells it without a stack trace
            raise
        yield
        await engine.stop(settings.grace)

    app = FastAPI(
        title="Zhicheng Graph",
        version=__version__,
        lifespan=lifespan,
        summary="Which overseas certificate counts as which Chinese professional title · 境外职业资格与职称对应",
        openapi_url="/openapi.json",
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def start() -> str:
        return landing_page(release)

    @app.get("/health/live", tags=["operation"], summary="The process is up · 进程存活")
    def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/ready", tags=["operation"], summary="A query is answered · 可以查询")
    async def ready() -> JSONResponse:
        async with engine.answer(Query("ASK {}", "json")) as answer:
            async for _ in answer:
                pass
        return JSONResponse({"status": "ready", "release": release.id})

    description = describe_release(release, union=union_default_graph)
    for router in (*routers, api_description.make_router(release, description)):
        app.include_router(router)
    if routers:
        describe(app)

    tickets = Tickets()
    endpoint = SparqlEndpoint(
        Served(
            release.id,
            MeteredEngine(engine) if settings.quota_seconds else engine,
            description,
            union_default_graph=union_default_graph,
        ),
        base=settings.base,
        max_query_bytes=settings.max_query_bytes,
        form_page=lambda: query_page(release, union=union_default_graph),
        tickets=tickets,
        cache=settings.cache,
        service_allow=settings.service_allow or (),
    )
    sparql: Any = endpoint
    if settings.quota_seconds:
        sparql = QuotaGate(endpoint, Quota(settings.quota_seconds, settings.quota_window))
    app.router.routes.append(Route("/queries/{query_id}", CancelEndpoint(tickets, settings.base)))
    app.state.sparql = endpoint  # for who switches to another release
    app.state.known = endpoint.cache.find_sent  # for the server
    app.add_middleware(SparqlFirst, endpoint=sparql)

    def answer_error(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            error = MethodNotAllowed(request.method) if error.status_code == 405 else NotFound()
        elif isinstance(error, RequestValidationError):
            error = explain_request(error)
        body, headers = render(
            problem_of(error), settings.base, request.headers.getlist("accept-language")
        )
        return Response(body, problem_of(error).kind.status, dict(headers))

    app.add_exception_handler(HTTPException, answer_error)
    app.add_exception_handler(RequestValidationError, answer_error)
    # Foreseen errors have a handler of their own: what falls through to Exception is logged with its message.
    app.add_exception_handler(ExplainedError, answer_error)
    app.add_exception_handler(Exception, answer_error)
    return app
