"""Checks a query before an engine sees it: read-only, no call to another service, not built to break a parser.

It does not parse: what it lets through may still be wrong, and the engine then says where.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from kgservice.errors import ExplainedError
from kgservice.sparql.lexer import Kind, Token, decode_escapes, every_reading, frame_of

MAX_DEPTH = 256
MAX_OPERATIONS = 5000
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
_SERVICE = re.compile("service", re.IGNORECASE)
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
    """The query calls another service."""

    def __init__(self) -> None:
        super().__init__(
            "SERVICE is not allowed here: this endpoint calls no other one. Ask the other endpoint yourself and join, "
            "or call this one from there. (If SERVICE is only part of a name: write that IRI in full, <http…>.)",
            "此处不允许 SERVICE：本服务不会调用其他服务。请自行查询对方后合并，或由对方调用本服务。"
            "（若 SERVICE 只是名称的一部分，请写出完整的 IRI：<http…>。）",
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
    ``own_dataset``: it has FROM or FROM NAMED.
    """

    form: Form | None
    own_dataset: bool


def inspect(text: str) -> Inspection:
    """Looks a query over.

    Raises:
        QueryRefused: a SERVICE call, an update, or a query that is too deep or too long-winded.
    """
    _refuse_service(text)
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
    return Inspection(form, own_dataset)


def _form(word: str) -> Form | None:
    if word in UPDATES:
        raise UpdateRefused
    return Form(word) if word in Form.__members__ else None


def _refuse_service(text: str) -> None:
    """Refuses the keyword in every reading, also with escapes decoded (an engine may do that first)."""
    for reading in {text, decode_escapes(text)}:
        if _SERVICE.search(reading) and any(
            _calls_service(token, reading) for token in every_reading(reading)
        ):
            raise ServiceRefused


def _calls_service(token: Token, text: str) -> bool:
    if token.kind is Kind.WORD:
        return _SERVICE.search(token.text) is not None
    # ``SERVICEx:y {`` and ``trueSERVICE:y {``: the keyword glued to a name, as some parsers read it
    return (
        token.kind is Kind.NAME
        and _SERVICE_PREFIX.match(token.text) is not None
        and _OPENS_GROUP.match(text, token.end) is not None
    )
