"""Runs a query for a page, for who has no script: through the endpoint itself, as any client would.

So it passes the same checks, lanes, limits, quota and cache, ends when the client goes away, and is written down as
the others are. Only the beginning of the answer is read; the rest is never made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Literal
from urllib.parse import urlencode

from kgservice.engine.errors import QueryCancelled
from kgservice.operation.observing import EXCHANGE, exchange_of
from kgservice.pages.query.rdf_text import Term, read_row, read_triple
from kgservice.problems import KINDS, UNFORESEEN, problem_of, render
from kgservice.sparql.reply import AnswerBroken
from kgservice.sparql.request import Asgi, Message, Receive, Scope

MOST_ROWS = 200
MOST_BYTES = 2 * 1024 * 1024
# What can be read line by line; an ASK has no such format.
_ACCEPT = b"text/tab-separated-values, application/n-triples, application/sparql-results+json;q=0.5"
_TOLD = ("retry-after", "ratelimit", "ratelimit-policy")
_TRIPLE = ("subject", "predicate", "object")
_LABELS = """\
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?thing ?label {
  VALUES ?thing { THINGS }
  { ?thing skos:prefLabel ?label } UNION { ?thing rdfs:label ?label }
}"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a query.

    ``kind``: ``table``, ``graph`` (a table of triples), ``truth``, or ``problem`` with its document in ``problem``.
    ``cut``: there is more than ``rows``, which is all that a page shows. ``broken``: the answer failed behind them, and
    ``status`` says why. ``headers``: those of the answer that a client wants to see.
    """

    kind: Literal["table", "graph", "truth", "problem"]
    status: int
    seconds: float
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Term | None]] = ()
    cut: bool = False
    broken: bool = False
    truth: bool = False
    problem: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def iris(self) -> set[str]:
        """The IRIs in it."""
        terms = (term for row in self.rows for term in row if term is not None)
        return {term.value for term in terms if term.kind == "iri"}


class Runner:
    """Asks the endpoint. ``endpoint``: the ASGI application that answers at ``path``."""

    def __init__(self, endpoint: Asgi, path: str) -> None:
        self._endpoint = endpoint
        self._path = path

    async def run(self, text: str, scope: Scope, receive: Receive) -> Outcome:
        """The first rows of the answer to a query, on account of who asked for the page."""
        began = perf_counter()
        taken = await self._ask(text, scope, receive, exchange_of(scope))
        seconds = perf_counter() - began
        if not taken.status:  # the client went away, and reads this no more
            body, _ = render(problem_of(QueryCancelled()), "", ())
            return Outcome("problem", 503, seconds, problem=json.loads(body))
        told = {name: taken.headers[name] for name in _TOLD if name in taken.headers}
        if taken.status != 200:
            problem = json.loads(taken.body)
            return Outcome("problem", taken.status, seconds, problem=problem, headers=told)
        media_type = taken.headers["content-type"].partition(";")[0]
        if media_type == "application/sparql-results+json":
            truth = bool(json.loads(taken.body)["boolean"])
            return Outcome("truth", 200, seconds, truth=truth, headers=told)
        lines = taken.body.decode("utf-8", "replace").split("\n")
        lines.pop()  # what stands after the last line end: nothing, or a part of a line
        lines = lines[: MOST_ROWS + 2]
        if media_type == "application/n-triples":
            rows: list[Sequence[Term | None]] = [read_triple(line) for line in lines]
            columns: Sequence[str] = _TRIPLE
        else:
            named = lines[0].split("\t") if lines and lines[0] else []
            columns = [name.removeprefix("?") for name in named]
            rows = [read_row(line) for line in lines[1:]]
        cut = taken.cut or len(rows) > MOST_ROWS
        kind: Literal["table", "graph"] = "graph" if columns is _TRIPLE else "table"
        return Outcome(
            kind,
            _status(exchange_of(scope).outcome) if taken.broken else 200,
            seconds,
            columns,
            rows[:MOST_ROWS],
            cut,
            taken.broken,
            headers=told,
        )

    async def labels(
        self, iris: set[str], scope: Scope, receive: Receive
    ) -> Mapping[str, Mapping[str, str]]:
        """The labels of things: IRI → language → text. Those that there are none for are left out."""
        if not iris:
            return {}
        things = " ".join(f"<{iri}>" for iri in sorted(iris))
        taken = await self._ask(_LABELS.replace("THINGS", things), scope, receive, None)
        found: dict[str, dict[str, str]] = {}
        if taken.status == 200:
            for line in taken.body.decode("utf-8", "replace").split("\n")[1:-1]:
                thing, label = read_row(line)
                if thing is not None and label is not None:
                    language = "en" if label.language == "en" else "zh"
                    found.setdefault(thing.value, {}).setdefault(language, label.value)
        return found

    async def _ask(self, text: str, scope: Scope, receive: Receive, exchange: object) -> _Taken:
        taken = _Taken()
        kept = (b"host", b"accept-language")
        inner = {
            **scope,
            "method": "POST",
            "path": self._path,
            "raw_path": self._path.encode(),
            "query_string": b"",
            "headers": [
                *((name, value) for name, value in scope["headers"] if name in kept),
                (b"accept", _ACCEPT),
                (b"accept-encoding", b"identity"),
                (b"content-type", b"application/x-www-form-urlencoded"),
            ],
            "extensions": {},
            EXCHANGE: exchange,
        }
        body: bytes | None = urlencode({"query": text}).encode()

        async def send_body() -> Message:
            nonlocal body
            if body is not None:
                message: Message = {"type": "http.request", "body": body, "more_body": False}
                body = None
                return message
            return await receive()

        try:
            await self._endpoint(inner, send_body, taken.take)
        except AnswerBroken:
            taken.broken = True
        if taken.cut:
            exchange_of(inner).outcome = "ok"  # nobody left: the page had enough
        return taken


class _Taken:
    """The response of the endpoint, as much of it as a page needs.

    ``cut``: the page had enough. ``broken``: the endpoint could not go on.
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.cut = False
        self.broken = False

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {
                name.decode("latin-1"): value.decode("latin-1")
                for name, value in message["headers"]
            }
            return
        self.body += message.get("body", b"")
        enough = self._enough()
        if len(self.body) > MOST_BYTES:  # a single part may be larger than all that a page shows
            self.body = self.body[:MOST_BYTES]
            self.cut = True
        if message.get("more_body") and enough:
            self.cut = True
            # As a client that hangs up: the endpoint ends the query.
            raise ConnectionResetError

    def _enough(self) -> bool:
        return self.body.count(b"\n") > MOST_ROWS + 1 or len(self.body) > MOST_BYTES


def _status(outcome: str) -> int:
    """The status of a kind of problem, by its slug."""
    return next((kind.status for _, kind in KINDS if kind.slug == outcome), UNFORESEEN.status)
