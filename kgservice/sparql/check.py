"""Checks a query before an engine sees it: read-only, no call to another service, not built to break a parser.

It does not parse: what it lets through may still be wrong, and the engine then says where.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from kgservice.errors import ExplainedError
from kgservice.federation.clauses import SERVICE, Reading, mentions_service, read_clauses
from kgservice.federation.urls import normalise
from kgservice.sparql.lexer import Kind, Token, decode_escapes, every_reading, frame_of

MAX_DEPTH = 256
MAX_OPERATIONS = 5000
MAX_WITH_SERVICE = (
    64 * 1024
)  # characters; such a query is taken apart between the requests of others
UPDATES = frozenset(
    ["INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"]
)
WORDS = ("UNION", "OPTIONAL", "MINUS", "BIND", "FILTER", "EXISTS", "GRAPH", "VALUES", "LATERAL")
SIGNS = ("||", "&&", "!", "+", "-", "*", "/", "|", "^", "=", "!=", "<", ">", "<=", ">=")
OPERATIONS = frozenset(WORDS + SIGNS)
OPENING, CLOSING = (
    frozenset(("{", "(", "[", "<<", "<<(", "{|")),
    frozenset(("}", ")", "]", ">>", ")>>", "|}")),
)
_SERVICE_PREFIX = re.compile(r"[^:]*service[^:]*:", re.IGNORECASE)
_OPENS_GROUP = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*(?=[\r\n]|\Z))*\{")


class Form(StrEnum):
    """The four forms of a query (SPARQL 1.1 Query, 16)."""

    SELECT = "SELECT"
    ASK = "ASK"
    CONSTRUCT = "CONSTRUCT"
    DESCRIBE = "DESCRIBE"


class QueryRefused(ExplainedError):
    """A query that this service does not run, whether it is well-formed or not."""


class ServiceRefused(QueryRefused):
    """The query calls another service. ``allowed`` are those that it may call, ``None`` when there are none."""

    def __init__(
        self, en: str | None = None, zh: str | None = None, allowed: Collection[str] = ()
    ) -> None:
        super().__init__(
            en
            or "SERVICE is not allowed here: this endpoint calls no other one. Ask the other endpoint yourself and join, "
            "or call this one from there. (If SERVICE is only part of a name: write that IRI in full, <http…>.)",
            zh
            or "此处不允许 SERVICE：本服务不会调用其他服务。请自行查询对方后合并，或由对方调用本服务。"
            "（若 SERVICE 只是名称的一部分，请写出完整的 IRI：<http…>。）",
        )
        self.allowed = tuple(allowed) or None


class ServiceNotListed(ServiceRefused):
    """An endpoint that is not on the list, or a variable in its place."""

    def __init__(self, endpoint: str, allowed: Collection[str]) -> None:
        listed = ", ".join(f"<{url}>" for url in allowed)
        super().__init__(
            f"SERVICE {endpoint[:200]} is not called from here. Name one of the allowed endpoints exactly, as an IRI: {listed}.",
            f"本服务不会调用 SERVICE {endpoint[:200]}。请以 IRI 准确写出允许的服务之一：{listed}。",
            allowed,
        )


class ServiceUnclear(ServiceRefused):
    """The text has the keyword in a place where it can be read in more than one way."""

    def __init__(self, allowed: Collection[str]) -> None:
        super().__init__(
            "It is not clear where SERVICE stands in this query. Put blanks around SERVICE, SILENT and the operators < and >, "
            "write the endpoint as a full IRI, <http…>, and so any name that has SERVICE in it; nest brackets less.",
            "查询中 SERVICE 的位置不明确。请在 SERVICE、SILENT 和运算符 <、> 两侧加空格，"
            "以完整的 IRI（<http…>）书写服务及任何含有 SERVICE 的名称，并减少括号嵌套。",
            allowed,
        )


class UpdateRefused(QueryRefused):
    """An update where only queries are answered."""

    def __init__(self) -> None:
        super().__init__(
            "This endpoint is read-only: it answers queries (SELECT, ASK, CONSTRUCT, DESCRIBE) and takes no update.",
            "本服务只读：只回答查询（SELECT、ASK、CONSTRUCT、DESCRIBE），不接受更新。",
        )


class QueryTooComplex(QueryRefused):
    """Nested too deeply, or too many operations in one query."""

    def __init__(self, what_en: str, what_zh: str) -> None:
        super().__init__(
            f"The query has {what_en}. Put long lists of values into one VALUES block, or ask in several queries.",
            f"查询中{what_zh}。请把大量的值放进一个 VALUES 块，或拆成几个查询。",
        )


@dataclass(frozen=True, slots=True)
class Inspection:
    """What can be known of a query without parsing it.

    ``form`` is ``None`` when it starts with none of the four words; the engine then says what is wrong.
    ``own_dataset``: it has FROM or FROM NAMED. ``services``: the endpoints that it calls, all of them allowed.
    """

    form: Form | None
    own_dataset: bool
    services: tuple[str, ...] = ()


def inspect(text: str, allow: Collection[str] = (), base: str = "") -> Inspection:
    """Looks a query over. ``allow``: the endpoints that SERVICE may call; ``base`` resolves relative IRIs.

    Raises:
        QueryRefused: a SERVICE call that is not allowed, an update, or a query that is too deep or too long-winded.
        QuerySyntaxError: a SERVICE clause that is none; only where some are allowed.
    """
    services: tuple[str, ...] = ()
    if mentions_service(text):
        reading = find_services(text, allow, base)
        services = tuple(dict.fromkeys(clause.iri or "" for clause in reading.clauses))
    form: Form | None = None
    own_dataset = started = False
    depth = operations = 0
    values_depth: int | None = None
    for is_word, found in frame_of(text):
        if is_word:
            word = found.upper()
            if not started and word not in ("BASE", "PREFIX", "VERSION"):
                started = True
                form = _form(word)
            if word == "FROM" and depth == 0:
                own_dataset = True
            elif word == "VALUES" and values_depth is None:
                values_depth = depth
            operations += word in OPERATIONS
        elif found in OPENING:
            depth += 1
            operations += found == "{"
            if depth > MAX_DEPTH:
                raise QueryTooComplex(
                    f"brackets nested more than {MAX_DEPTH} deep", f"括号嵌套超过 {MAX_DEPTH} 层"
                )
        elif found in CLOSING:
            depth -= 1
            if values_depth is not None and depth <= values_depth and found == "}":
                values_depth = None
        elif values_depth is None:
            operations += found in OPERATIONS
        if operations > MAX_OPERATIONS:
            raise QueryTooComplex(
                f"more than {MAX_OPERATIONS} operations", f"运算超过 {MAX_OPERATIONS} 个"
            )
    return Inspection(form, own_dataset, services)


def _form(word: str) -> Form | None:
    if word in UPDATES:
        raise UpdateRefused
    return Form(word) if word in Form.__members__ else None


def find_services(text: str, allow: Collection[str], base: str = "") -> Reading:
    """The SERVICE clauses of a query, all of them to endpoints in ``allow`` (normalised), those inside others too.

    What is left of the text when they are taken out has the keyword in no reading, also not with escapes decoded (an engine
    may do that first).

    Raises:
        ServiceRefused: there is another call, or what may be one.
        QueryTooComplex: a query with SERVICE is too long.
        QuerySyntaxError: a clause that is none; only where some are allowed.
    """
    if not allow:
        if _may_call(text):
            raise ServiceRefused
        return Reading(text)
    reading = read_clauses(text, base)
    for clause in reading.clauses:
        if clause.iri is None:
            raise ServiceNotListed(f"?{clause.variable}", allow)
        if normalise(clause.iri) not in allow:
            raise ServiceNotListed(f"<{clause.iri}>", allow)
    if reading.clauses and len(text) > MAX_WITH_SERVICE:
        raise QueryTooComplex(
            f"SERVICE and more than {MAX_WITH_SERVICE} characters",
            f"含有 SERVICE，且超过 {MAX_WITH_SERVICE} 个字符",
        )
    if _may_call(reading.plain):
        raise ServiceUnclear(allow)
    return reading


def _may_call(text: str) -> bool:
    return any(
        SERVICE.search(reading)
        and any(_calls_service(token, reading) for token in every_reading(reading))
        for reading in {text, decode_escapes(text)}
    )


def _calls_service(token: Token, text: str) -> bool:
    if token.kind is Kind.WORD:
        return SERVICE.search(token.text) is not None
    # ``SERVICEx:y {`` and ``trueSERVICE:y {``: the keyword glued to a name, as some parsers read it
    return (
        token.kind is Kind.NAME
        and _SERVICE_PREFIX.match(token.text) is not None
        and _OPENS_GROUP.match(text, token.end) is not None
    )
