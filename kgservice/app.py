"""The application: a list on one screen."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies import models
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Route

from kgservice import __version__
from kgservice.api import operation
from kgservice.api.errors import explain_request
from kgservice.engine.interface import Engine
from kgservice.errors import ExplainedError
from kgservice.operation.application import Application
from kgservice.operation.metrics import Metrics
from kgservice.operation.observing import NOBODY, exchange_of
from kgservice.operation.served import Served
from kgservice.pages import landing_page, query_page
from kgservice.problems import NotFound, problem_of, render
from kgservice.release import Release
from kgservice.settings import METRICS_EVERYBODY, METRICS_HERE, Settings
from kgservice.sparql.request import MethodNotAllowed
from kgservice.sparql.routes import SparqlEndpoint


def create_app(
    settings: Settings,
    release: Release,
    engine: Engine,
    routers: Sequence[APIRouter] = (),
    *,
    metrics: Metrics | None = None,
) -> Application:
    """The service over one release. The engine is started and stopped with the application.

    ``routers`` are the routes of the API (:func:`kgservice.api.routers.make_routers`). ``metrics`` observes what is
    answered; where it can be read is up to the settings.
    """
    application = Application(grace=settings.grace, observer=metrics or NOBODY)
    application.current = serve_release(
        settings, release, engine, [*routers, operation_routes(settings, application, metrics)]
    )
    if metrics is not None:
        metrics.watch(application.open)
    return application


def operation_routes(
    settings: Settings, application: Application, metrics: Metrics | None
) -> APIRouter:
    """Health, and the figures where the settings have them at the address of the service."""
    shown = metrics if settings.metrics in (METRICS_HERE, METRICS_EVERYBODY) else None
    return operation.make_router(
        application, shown, everybody=settings.metrics == METRICS_EVERYBODY
    )


def serve_release(
    settings: Settings, release: Release, engine: Engine, routers: Sequence[APIRouter]
) -> Served:
    """One release with everything that answers over it. Nothing is started."""
    app = FastAPI(
        title="Zhicheng Graph",
        version=__version__,
        summary="Which overseas certificate counts as which Chinese professional title · 境外职业资格与职称对应",
        openapi_url="/openapi.json",
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def start() -> str:
        return landing_page(release)

    for router in routers:
        app.include_router(router)

    # A plain ASGI application, which Served calls directly: the hot path pays for no framework.
    endpoint = SparqlEndpoint(
        engine,
        base=settings.base,
        graphs=release.manifest["graphs"],
        max_query_bytes=settings.max_query_bytes,
        form_page=lambda: query_page(release),
    )
    app.router.routes.append(Route("/sparql", endpoint=endpoint))

    def answer_error(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            error = MethodNotAllowed(request.method) if error.status_code == 405 else NotFound()
        elif isinstance(error, RequestValidationError):
            error = explain_request(error)
        problem = problem_of(error)
        exchange_of(request.scope).outcome = problem.kind.slug
        languages = request.headers.getlist("accept-language")
        body, headers = render(problem, settings.base, languages)
        return Response(body, problem.kind.status, dict(headers))

    app.add_exception_handler(HTTPException, answer_error)
    app.add_exception_handler(RequestValidationError, answer_error)
    # Foreseen errors have a handler of their own: what falls through to Exception is logged with its message.
    app.add_exception_handler(ExplainedError, answer_error)
    app.add_exception_handler(Exception, answer_error)
    return Served(release, engine, app, settings.base, {"/sparql": endpoint}, forget_routes)


def forget_routes() -> None:
    """Has FastAPI forget the routes that it has seen: its caches of functions would keep alive all that those hold."""
    for member in vars(models).values():
        clear = getattr(member, "cache_clear", None)
        if clear is not None:
            clear()
