"""A route whose requests hold data of a person: nothing of them gets into a cache, a log, or an error that is logged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from kgservice.api.eligibility_fields import NOT_UNDERSTOOD
from kgservice.api.errors import explain_request
from kgservice.errors import ExplainedError
from kgservice.operation.observing import DISCONNECTED, exchange_of
from kgservice.problems import Problem, problem_of, render
from kgservice.settings import Settings
from kgservice.sparql.reply import RESET
from kgservice.sparql.request import ParameterError

MOST_BYTES = 256 * 1024
_log = logging.getLogger(__name__)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Stalled(Exception):
    """The client neither sends nor reads any more."""


class Gone(Response):
    """No answer: the client is not there to read one, and its connection is reset."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Resets; where the server has no way to, it says that the request was never whole."""
        exchange_of(scope).outcome = DISCONNECTED
        reset = scope.get("extensions", {}).get(RESET)
        if reset is not None:
            reset()
            await asyncio.sleep(0)  # the server notices it before it looks for an answer
        else:
            await Response(status_code=400)(scope, receive, send)


class PrivateRoute(APIRoute):
    """Answers with ``Cache-Control: no-store``, and tells its errors itself.

    An exception that leaves a route is logged by the server with its message, which may quote the request.
    """

    base = Settings().base

    def get_route_handler(self) -> Handler:
        """The route's handler, with its errors answered here."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                if self.body_field is not None:
                    request = await _read_body(request)
                response = await handle(request)
            except RequestValidationError as error:
                return self._tell(request, explain_body(error))
            except ExplainedError as error:
                return self._tell(request, error)
            except HTTPException:  # FastAPI's word for a body that is no JSON
                return self._tell(request, _bad_body("is not JSON", "不是 JSON"))
            except (ClientDisconnect, Stalled):
                return Gone()
            except Exception as error:
                # Where it happened, and never what was asked.
                _log.error("%s in %s", type(error).__name__, self.path)
                return self._tell(request, error)
            response.headers["cache-control"] = "no-store"
            return response

        return answer

    def _tell(self, request: Request, error: Exception) -> Response:
        problem = _writable(problem_of(error))
        exchange_of(request.scope).outcome = problem.kind.slug
        languages = request.headers.getlist("accept-language")
        body, headers = render(problem, self.base, languages)
        return Response(body, problem.kind.status, dict(headers))


def private_route(base: str) -> type[PrivateRoute]:
    """The route class for a service whose IRIs begin with ``base``."""
    return type("PrivateRoute", (PrivateRoute,), {"base": base})


async def _read_body(request: Request) -> Request:
    """The request with its body read, up to a limit."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise _bad_body(f"is longer than {MOST_BYTES} bytes", f"超过 {MOST_BYTES} 字节")
    parts = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def receive() -> Message:
        return parts.pop() if parts else await request.receive()

    return Request(request.scope, receive)


def _bad_body(en: str, zh: str) -> ParameterError:
    return ParameterError("body", f"Parameter 'body' {en}.", f"参数“body”{zh}。")


def _writable(problem: Problem) -> Problem:
    """Half a surrogate pair, which JSON may hold and UTF-8 may not, becomes a question mark."""

    def mend(text: str) -> str:
        return text.encode("utf-8", "replace").decode("utf-8")

    members = {k: mend(v) if isinstance(v, str) else v for k, v in problem.members.items()}
    return replace(problem, en=mend(problem.en), zh=mend(problem.zh), members=members)


def explain_body(error: RequestValidationError) -> ParameterError:
    """A body that does not fit, as an error that names the member."""
    first = error.errors()[0]
    told = first.get("ctx") or {}
    if first["type"] != NOT_UNDERSTOOD:
        return explain_request(error)
    name = ".".join(str(part) for part in (*first["loc"][1:], told["part"]) if part != "")
    return ParameterError(name, f"Parameter '{name}' {told['en']}.", f"参数“{name}”{told['zh']}。")
