"""The addresses of the service: version 0.2 at ``/reconcile``, 1.0-draft at ``/reconcile/1.0``."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from kgservice.api.context import ApiContext
from kgservice.errors import ExplainedError
from kgservice.operation.observing import exchange_of
from kgservice.pages.answering import PageWriter
from kgservice.problems import problem_of, render
from kgservice.reconcile.answering import Answerer
from kgservice.reconcile.editions import Editions
from kgservice.reconcile.errors import BatchTooLarge, QueryError
from kgservice.reconcile.extending import Extender
from kgservice.reconcile.extension import Extension, read_extension, write_meta
from kgservice.reconcile.manifest import (
    MOST_QUERIES,
    NEW,
    OLD,
    write_manifest_new,
    write_manifest_old,
)
from kgservice.reconcile.page import is_for_person, make_page
from kgservice.reconcile.preview import HEADERS, write_preview
from kgservice.reconcile.query import Query, read_new, read_old
from kgservice.reconcile.receiving import parse_json, read_body, read_members, wrong
from kgservice.reconcile.register import RegisterReader
from kgservice.reconcile.suggesting import (
    propose_properties,
    read_asked,
    read_limit,
    suggest_entities,
    suggest_properties,
    suggest_types,
)
from kgservice.reconcile.writing import (
    language_for,
    language_of,
    write_error,
    write_new,
    write_old,
)
from kgservice.search.index import SearchIndex
from kgservice.sparql.receiving import origin_of

_OPEN = {
    "access-control-allow-origin": "*",
    "x-content-type-options": "nosniff",
    "vary": "Accept, Accept-Language",
    # Names of certificates may come from the files of persons: nobody in between keeps an answer.
    "cache-control": "no-store",
}
_PREFLIGHT = {
    "access-control-allow-methods": "GET, HEAD, POST, OPTIONS",
    "access-control-allow-headers": "Content-Type, Accept, Accept-Language",
    "access-control-max-age": "86400",
}
LANGUAGES = ("zh", "en")
_log = logging.getLogger(__name__)
Values = dict[str, list[list[dict[str, Any]]]]
Handler = Callable[[Request], Awaitable[Response]]


def make_router(context: ApiContext, index: SearchIndex, writer: PageWriter) -> APIRouter:
    """The routes over the release that is served; ``writer`` writes the page for who comes with a browser.

    They stand in no OpenAPI description: a form whose one member is JSON text, and answers with the ids of the queries
    as members, are not described by it. The manifests and the published schemas of the protocol describe them.
    """
    router = APIRouter(include_in_schema=False)
    reader, editions = RegisterReader(context, index), Editions(context)
    answerer, extender = Answerer(context, editions), Extender(context, editions)
    base = context.settings.base

    def add(path: str, methods: tuple[str, ...], handle: Handler) -> None:
        router.add_api_route(
            path, _open_to_all(handle, base), methods=[*methods, "OPTIONS"], name=path
        )

    async def old(request: Request) -> Response:
        given = await read_members(request)
        if not given and is_for_person(request.headers.getlist("accept")):
            return await writer.answer(request, make_page, vary="Accept, Accept-Language")
        if not given:
            language = _language(request)
            return _json(write_manifest_old(origin_of(request.scope), context.names.base, language))
        if "extend" in given:
            return await extend_old(request, parse_json("extend", given["extend"]))
        return await match_old(request, parse_json("queries", given["queries"]))

    async def match_old(request: Request, batch: Any) -> Response:
        if not isinstance(batch, dict):
            raise wrong(
                "queries",
                "must be a JSON object: id of a query → query",
                "应为 JSON 对象（查询编号 → 查询）",
            )
        _check_size(batch)
        results = await answer(request, [_read(read_old, one) for one in batch.values()], write_old)
        return await asyncio.to_thread(_json, dict(zip(batch, results, strict=True)))

    async def match_new(request: Request) -> Response:
        batch = parse_json("body", (await read_body(request)).decode("utf-8", "replace"))
        queries = batch.get("queries") if isinstance(batch, dict) else None
        if not isinstance(queries, list):
            raise wrong("queries", "must be a JSON array of queries", "应为查询的 JSON 数组")
        _check_size(queries)
        results = await answer(request, [_read(read_new, one) for one in queries], write_new)
        return await asyncio.to_thread(_json, {"results": results})

    async def answer(
        request: Request, given: list[Query | QueryError], write: Callable[..., Any]
    ) -> list[Any]:
        register = await reader.get()
        queries = [one for one in given if isinstance(one, Query)]
        found = await answerer.answer(queries, register, request.is_disconnected)
        accept = request.headers.getlist("accept-language")
        member = "result" if write is write_old else "candidates"

        def write_all() -> list[Any]:
            answers = iter(found)
            return [
                write(next(answers), register, language_for(one, accept))
                if isinstance(one, Query)
                else write_error(one, member, language_for(one, accept))
                for one in given
            ]

        return await asyncio.to_thread(write_all)

    async def extend(request: Request, given: Any) -> tuple[Extension, Values]:
        register = await reader.get()
        extension = await asyncio.to_thread(read_extension, given, register, _language(request))
        return extension, await extender.fetch(extension, register, request.is_disconnected)

    async def extend_old(request: Request, given: Any) -> Response:
        extension, values = await extend(request, given)
        columns = [one.property.id for one in extension.wanted]
        rows = {one: dict(zip(columns, cells, strict=True)) for one, cells in values.items()}
        return await asyncio.to_thread(_json, {"meta": write_meta(extension), "rows": rows})

    async def extend_new(request: Request) -> Response:
        body = await read_body(request)
        extension, values = await extend(
            request, parse_json("body", body.decode("utf-8", "replace"))
        )
        columns = [one.property.id for one in extension.wanted]
        rows = [
            {
                "id": one,
                "properties": [
                    {"id": column, "values": found}
                    for column, found in zip(columns, cells, strict=True)
                ],
            }
            for one, cells in values.items()
        ]
        return await asyncio.to_thread(_json, {"meta": write_meta(extension), "rows": rows})

    async def manifest_new(request: Request) -> Response:
        return _json(write_manifest_new(origin_of(request.scope), _language(request)))

    async def entity(request: Request) -> Response:
        asked = read_asked(request.query_params)
        register = await reader.get()
        found = await asyncio.to_thread(
            suggest_entities, asked, register, context, _language(request)
        )
        return _json({"result": found})

    async def type_(request: Request) -> Response:
        asked = read_asked(request.query_params)
        return _json({"result": suggest_types(asked, _language(request))})

    async def property_(request: Request) -> Response:
        asked = read_asked(request.query_params)
        return _json({"result": suggest_properties(asked, _language(request))})

    async def propose(request: Request) -> Response:
        parameters = request.query_params
        return _json(
            propose_properties(parameters.get("type"), read_limit(parameters), _language(request))
        )

    async def preview(request: Request) -> Response:
        register, origin = await reader.get(), origin_of(request.scope)
        given = request.query_params.get("id", "")
        page = await write_preview(given, register, context, editions, origin, _language(request))
        return Response(page, headers=HEADERS)

    read = ("GET", "HEAD")
    for path in (OLD, f"{OLD}/"):
        add(path, (*read, "POST"), old)
    for path in (NEW, f"{NEW}/"):
        add(path, read, manifest_new)
    add(f"{NEW}/match", ("POST",), match_new)
    add(f"{NEW}/extend", ("POST",), extend_new)
    for start in (OLD, NEW):
        add(f"{start}/suggest/entity", read, entity)
        add(f"{start}/suggest/type", read, type_)
        add(f"{start}/suggest/property", read, property_)
        add(f"{start}/extend/propose", read, propose)
        add(f"{start}/preview", read, preview)
    return router


def _open_to_all(handle: Handler, base: str) -> Handler:
    """The handler with CORS on every answer, errors too (both versions, "Cross-Origin Access")."""

    @wraps(handle)
    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_OPEN | _PREFLIGHT)
        try:
            response = await handle(request)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        except Exception as error:
            if not isinstance(error, ExplainedError):
                # Where it happened, and never what was asked.
                _log.error("%s in %s", type(error).__name__, request.url.path)
            problem = problem_of(error)
            exchange_of(request.scope).outcome = problem.kind.slug
            body, headers = render(problem, base, request.headers.getlist("accept-language"))
            response = Response(body, problem.kind.status, dict(headers))
        for name, value in _OPEN.items():
            response.headers.setdefault(name, value)
        return response

    return answer


def _language(request: Request) -> str:
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        return asked
    return language_of(request.headers.getlist("accept-language"))


def _json(document: Any) -> Response:
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Response(body.encode("utf-8", "replace"), media_type="application/json")


def _read(read: Callable[[Any], Query], given: Any) -> Query | QueryError:
    try:
        return read(given)
    except QueryError as error:
        return error


def _check_size(batch: Any) -> None:
    if len(batch) > MOST_QUERIES:
        raise BatchTooLarge(len(batch), MOST_QUERIES)
