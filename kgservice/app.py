"""The application: a list on one screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies import models
from starlette.routing import Route

from kgservice import __version__
from kgservice.api import description as api_description
from kgservice.api import operation
from kgservice.api.openapi import describe
from kgservice.api.queries import QuestionEndpoint
from kgservice.engine.interface import Engine
from kgservice.operation.application import Application
from kgservice.operation.metrics import Metrics
from kgservice.operation.observing import NOBODY
from kgservice.operation.served import Served
from kgservice.pages import assets
from kgservice.pages.answering import PageWriter
from kgservice.pages.finding import home
from kgservice.pages.problem import answer_errors
from kgservice.pages.query import page as query_page
from kgservice.pages.query import vocabulary
from kgservice.pages.query.outcome import Runner
from kgservice.pages.query.vocabulary import Vocabulary
from kgservice.pages.site import EDITOR, EDITOR_PREFIX, Site
from kgservice.questions import Question
from kgservice.release import Release
from kgservice.settings import EMBEDDED, METRICS_EVERYBODY, METRICS_HERE, Settings
from kgservice.sparql.answering import Answering
from kgservice.sparql.cancelling import CancelEndpoint
from kgservice.sparql.description import describe_release
from kgservice.sparql.quota import MeteredEngine, Quota, QuotaGate
from kgservice.sparql.routes import SparqlEndpoint
from kgservice.sparql.source import Source
from kgservice.sparql.tickets import Tickets
from kgservice.terms import Names

SPARQL = "/sparql"


@dataclass(frozen=True, slots=True)
class Lasting:
    """What stays when another release is served: the queries that run, who has used how much, health and figures, and
    what pages are written with.

    ``operation`` makes the routes of the latter anew each time: FastAPI would keep a release alive whose application
    has a router in common with that of the next.
    """

    tickets: Tickets
    quota: Quota | None
    operation: Callable[[], APIRouter]
    site: Site


def create_app(
    settings: Settings,
    release: Release,
    engine: Engine,
    routers: Sequence[APIRouter] = (),
    *,
    questions: Mapping[str, Question] = MappingProxyType({}),
    union_default_graph: bool = True,
    metrics: Metrics | None = None,
) -> Application:
    """The service over one release. The engine is started and stopped with the application.

    ``routers`` are the routes of the API (:func:`kgservice.api.routers.make_routers`), ``questions`` the named questions,
    each of which has an address of its own and is an example on the SPARQL page. ``union_default_graph`` says
    what the engine takes for the default graph, for who reads the description. ``metrics`` observes what is answered;
    where it can be read is up to the settings.
    """
    application, lasting = prepare_app(settings, metrics)
    application.current = serve_release(
        settings,
        release,
        engine,
        routers,
        lasting,
        questions=questions,
        union_default_graph=union_default_graph,
    )
    return application


def prepare_app(settings: Settings, metrics: Metrics | None = None) -> tuple[Application, Lasting]:
    """An application that has no release yet, and what stays the same whichever it gets."""
    application = Application(grace=settings.grace, observer=metrics or NOBODY)
    if metrics is not None:
        metrics.watch(application.open)
    shown = metrics if settings.metrics in (METRICS_HERE, METRICS_EVERYBODY) else None
    everybody = settings.metrics == METRICS_EVERYBODY
    quota = Quota(settings.quota_seconds, settings.quota_window) if settings.quota_seconds else None
    about = partial(operation.make_router, application, shown, everybody=everybody)
    return application, Lasting(Tickets(), quota, about, Site({EDITOR_PREFIX: EDITOR}))


def serve_release(
    settings: Settings,
    release: Release,
    engine: Engine,
    routers: Sequence[APIRouter],
    lasting: Lasting,
    *,
    questions: Mapping[str, Question] = MappingProxyType({}),
    union_default_graph: bool = True,
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

    description = describe_release(
        release, union=union_default_graph, federates=bool(settings.service_allow)
    )
    writer = PageWriter(lasting.site, settings.base, release)
    editor = query_page.EditorPage(writer, questions, union=union_default_graph)
    for router in (
        *routers,
        home.make_plain_router(writer),  # a built release has a first page among its routers
        assets.make_router(lasting.site.assets),
        api_description.make_router(release, description),
        lasting.operation(),
    ):
        app.include_router(router)
    if routers:
        describe(app, questions)

    source = Source(
        release.id,
        engine if lasting.quota is None else MeteredEngine(engine),
        description,
        union_default_graph=union_default_graph,
        repeats=settings.engine == EMBEDDED,
    )
    answering = Answering(source, lasting.tickets, settings.cache)
    endpoint = SparqlEndpoint(
        answering,
        base=settings.base,
        max_query_bytes=settings.max_query_bytes,
        form_page=query_page.make_form(editor),
        service_allow=settings.service_allow or (),
    )
    named = QuestionEndpoint(
        answering,
        questions,
        Names(release.manifest["base"], release.manifest["prefixes"]),
        base=settings.base,
        max_query_bytes=settings.max_query_bytes,
    )
    # Plain ASGI applications, which Served calls directly: the hot path pays for no framework.
    direct: dict[str, Any] = {SPARQL: endpoint, **dict.fromkeys(named.paths, named)}
    if lasting.quota is not None:
        direct = {path: QuotaGate(each, lasting.quota) for path, each in direct.items()}
    app.include_router(query_page.make_router(editor, Runner(direct[SPARQL], SPARQL)))
    terms = Vocabulary(release, engine, union=union_default_graph)
    app.include_router(vocabulary.make_router(terms))
    cancel = CancelEndpoint(lasting.tickets, settings.base)
    app.router.routes.append(Route("/queries/{query_id}", cancel))

    answer_errors(app, writer, settings.base)
    return Served(release, engine, app, settings.base, direct, answering.cache, forget_routes)


def forget_routes() -> None:
    """Has FastAPI forget the routes that it has seen: its caches of functions would keep alive all that those hold."""
    for member in vars(models).values():
        clear = getattr(member, "cache_clear", None)
        if clear is not None:
            clear()
