"""What the service writes to its standard error: lines for people, or one JSON object a line for machines.

The modules log with the standard library; here it is decided what becomes of it. A record may carry ``event`` (a word
for machines), ``zh`` (the message in Chinese), ``fields`` and the ``exchange`` that it belongs to.

No text of a query and no address of a client is written unless the settings say so, not even in a stack trace.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from kgservice.operation.application import JOURNAL
from kgservice.operation.observing import Exchange

TEXT, JSON = "text", "json"
LONGEST_QUERY = 10_000  # characters of a query that are logged
HIDDEN = "[query]"


def configure(
    form: str, *, queries: bool = False, clients: bool = False, stream: TextIO | None = None
) -> None:
    """Sends everything that is logged in this process to ``stream`` (default: the standard error).

    ``form``: :data:`TEXT` (what happens, without a line for each request) or :data:`JSON` (with them).
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter((JsonLines if form == JSON else Lines)(queries=queries, clients=clients))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries tell too much (httpx the addresses that it asks, queries included): their warnings are enough.
    root.setLevel(logging.WARNING)
    logging.getLogger("kgservice").setLevel(logging.INFO)
    logging.getLogger(JOURNAL).setLevel(logging.INFO if form == JSON else logging.WARNING)
    logging.captureWarnings(True)


class Lines(logging.Formatter):
    """For people: time, level, message in English and Chinese; a stack trace below."""

    def __init__(self, *, queries: bool = False, clients: bool = False) -> None:
        super().__init__()
        self._queries = queries
        self._clients = clients

    def format(self, record: logging.LogRecord) -> str:
        """One line, and those of the stack trace."""
        zh = getattr(record, "zh", None)
        exchange = _exchange(record)
        parts = [f"{_time(record)} {record.levelname} {record.getMessage().rstrip()}"]
        if zh:
            parts.append(f" · {zh}")
        if exchange is not None:
            facts = describe(exchange, queries=self._queries, clients=self._clients)
            parts += [
                f" {name}={json.dumps(fact, ensure_ascii=False)}" for name, fact in facts.items()
            ]
        if record.exc_info:
            parts.append("\n" + self._trace(record, exchange))
        return "".join(parts)

    def _trace(self, record: logging.LogRecord, exchange: Exchange | None) -> str:
        """The stack trace; where a message in it repeats the query, that is left out."""
        assert record.exc_info
        trace = self.formatException(record.exc_info)
        if exchange is None or not exchange.query or self._queries:
            return trace
        for written in (exchange.query, repr(exchange.query)[1:-1]):
            trace = trace.replace(written, HIDDEN)
        return trace


class JsonLines(Lines):
    """For machines: one JSON object a line, a stack trace within it."""

    machine = True

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        document: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", "message"),
        }
        exchange = _exchange(record)
        if record.name != JOURNAL:
            document["message"] = record.getMessage().rstrip()
            document["logger"] = record.name
            zh = getattr(record, "zh", None)
            if zh:
                document["message_zh"] = zh
        document.update(getattr(record, "fields", {}))
        if exchange is not None:
            document.update(describe(exchange, queries=self._queries, clients=self._clients))
        if record.exc_info:
            document["trace"] = self._trace(record, exchange)
        return json.dumps(document, ensure_ascii=False, default=str)


def describe(exchange: Exchange, *, queries: bool, clients: bool) -> dict[str, Any]:
    """What is told of a request; the text of the query and the client's address only when asked for."""
    facts: dict[str, Any] = {
        "method": exchange.method,
        "route": exchange.route,
        "status": exchange.status,
        "seconds": round(exchange.seconds, 6),
        "bytes": exchange.bytes,
        "outcome": exchange.outcome,
        "release": exchange.release,
    }
    if exchange.query is not None:
        facts["query_hash"] = exchange.query_hash
        facts["form"] = exchange.form
    for name in ("query_id", "cache"):
        if (fact := getattr(exchange, name)) is not None:
            facts[name] = fact
    if queries and exchange.query is not None:
        facts["query"] = exchange.query[:LONGEST_QUERY]
    if clients:
        facts["client"] = exchange.client
    return facts


def _exchange(record: logging.LogRecord) -> Exchange | None:
    return getattr(record, "exchange", None)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
