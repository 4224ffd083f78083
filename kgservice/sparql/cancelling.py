"""``/queries/{id}``: DELETE ends the query that runs under an id."""

from __future__ import annotations

from kgservice.sparql.reply import Reply, explained, preflight
from kgservice.sparql.request import MethodNotAllowed, Receive, Scope, Send
from kgservice.sparql.tickets import Tickets

METHODS = ("DELETE", "OPTIONS")


class CancelEndpoint:
    """A plain ASGI application over the queries that run. Its route has the parameter ``query_id``."""

    def __init__(self, tickets: Tickets, base: str) -> None:
        self._tickets = tickets
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request: 204 when the query was ended, 404 when none runs under the id."""
        reply = Reply(scope, send)
        await explained(self._answer_request(scope, reply), scope, reply, self._base)

    async def _answer_request(self, scope: Scope, reply: Reply) -> None:
        method = scope["method"]
        if method == "OPTIONS":
            await reply.whole(204, preflight(METHODS), b"")
            return
        if method != "DELETE":
            raise MethodNotAllowed(method, METHODS)
        self._tickets.cancel(scope["path_params"]["query_id"])
        await reply.whole(204, [("cache-control", "no-store")], b"")
