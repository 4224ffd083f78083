"""What an error becomes over HTTP: one table from exception to status, one rendering (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kgservice.api import errors as api
from kgservice.engine import errors as engine
from kgservice.errors import ExplainedError
from kgservice.federation import client as federation
from kgservice.federation import errors as service
from kgservice.linked.errors import WithdrawnThing
from kgservice.operation import errors as operation
from kgservice.questions import QuestionError
from kgservice.reconcile import errors as reconcile
from kgservice.sparql import check, quota, request, tickets
from kgservice.sparql.negotiate import choose, parse_accept

MEDIA_TYPE = "application/problem+json"
LANGUAGES = ("en", "zh")


class NotAcceptable(ExplainedError):
    """No format that the client accepts. ``offered`` are the media types that there are."""

    def __init__(self, offered: Sequence[str]) -> None:
        listed = ", ".join(offered)
        super().__init__(
            f"None of the accepted formats can be made here. Ask for one of: {listed}.",
            f"无法提供所请求的格式。请改用：{listed}。",
        )
        self.offered = tuple(offered)


class NotFound(ExplainedError):
    """There is nothing at this address."""

    def __init__(self) -> None:
        super().__init__(
            "There is nothing at this address. Start at /, or ask at /sparql.",
            "此地址没有内容。请从 / 开始，或在 /sparql 查询。",
        )


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its status, the last part of its type IRI, and its title."""

    status: int
    slug: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem, ready to be written. ``members`` are further members (RFC 9457, 3.2)."""

    kind: Kind
    en: str
    zh: str
    members: dict[str, Any] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()


WITHDRAWN = Kind(410, "withdrawn", "The id was withdrawn", "该标识已撤销")
UNFORESEEN = Kind(500, "internal", "Something went wrong here", "服务内部出错")

# The first class that fits decides: a subclass stands before its superclass.
KINDS: tuple[tuple[type[Exception], Kind], ...] = (
    (engine.QuerySyntaxError, Kind(400, "query-syntax", "The query cannot be read", "查询语法有误")),
    (engine.QueryUnsupported, Kind(400, "query-unsupported", "Not supported", "不支持的功能")),
    (engine.QueryTimeout, Kind(504, "query-timeout", "The query took too long", "查询超时")),
    (engine.QueryMemory, Kind(503, "query-memory", "The query needs too much memory", "查询占用内存过多")),
    (engine.ResultTooLarge, Kind(400, "result-too-large", "The answer is too large", "结果过大")),
    (engine.QueryCancelled, Kind(503, "query-cancelled", "The query was cancelled", "查询已取消")),
    (engine.ResultUnwritable, Kind(406, "result-unwritable", "Not writable in this format", "此格式无法写出结果")),
    (engine.QueueFull, Kind(503, "busy", "All query processes are busy", "服务繁忙")),
    (engine.EngineUnavailable, Kind(503, "unavailable", "The service is not available", "服务不可用")),
    (engine.RemoteFault, Kind(502, "engine", "The engine gave no usable answer", "引擎没有给出可用的结果")),
    (operation.NotReady, Kind(503, "not-ready", "Queries are not answered", "暂时无法查询")),
    (engine.WorkerCrashed, Kind(500, "query-crashed", "The query process broke down", "查询进程中止")),
    (engine.EvaluationFailed, Kind(500, "evaluation", "The query could not be evaluated", "查询未能执行")),
    (quota.QuotaExceeded, Kind(429, "quota", "The query time is used up", "查询时间已用完")),
    (operation.MetricsRefused, Kind(403, "metrics-refused", "Not for this address", "不对此地址开放")),
    (check.ServiceRefused, Kind(403, "service-refused", "SERVICE is not allowed", "不允许 SERVICE")),
    (federation.AddressRefused, Kind(403, "service-refused", "SERVICE is not allowed", "不允许 SERVICE")),
    (service.ServiceTimeout, Kind(504, "service-timeout", "Another endpoint took too long", "其他服务超时")),
    (service.TooManyCalls, Kind(400, "query-too-complex", "The query is too complex", "查询过于复杂")),
    (service.CorrelatedService, Kind(400, "query-unsupported", "Not supported", "不支持的功能")),
    (service.ServiceError, Kind(502, "service-failed", "Another endpoint failed", "其他服务失败")),
    (check.UpdateRefused, Kind(403, "read-only", "This endpoint is read-only", "本服务只读")),
    (check.QueryTooComplex, Kind(400, "query-too-complex", "The query is too complex", "查询过于复杂")),
    (request.MethodNotAllowed, Kind(405, "method", "Method not allowed", "不支持的方法")),
    (request.MediaTypeNotSupported, Kind(415, "media-type", "Media type not supported", "不支持的请求体类型")),
    (request.RequestTooLong, Kind(413, "too-long", "The query is too long", "查询过长")),
    (request.ParameterError, Kind(400, "parameter", "A parameter is wrong", "参数有误")),
    (QuestionError, Kind(400, "question", "The question cannot be asked so", "无法这样提问")),
    (NotAcceptable, Kind(406, "not-acceptable", "No acceptable format", "没有可接受的格式")),
    (tickets.QueryNotRunning, Kind(404, "query-not-running", "No such query is running", "没有这一查询在执行")),
    (tickets.QueryIdInUse, Kind(409, "query-id-in-use", "The query id is in use", "查询标识已被使用")),
    (NotFound, Kind(404, "not-found", "Not found", "未找到")),
    (reconcile.BatchTooLarge, Kind(413, "batch-too-large", "Too many at once", "一次给出的项数过多")),
    (reconcile.BodyTooLong, Kind(413, "body-too-long", "The body is too long", "请求体过长")),
    (reconcile.TooManyBatches, Kind(503, "too-many-batches", "Too many batches are waiting", "等待处理的批次过多")),
    (reconcile.TooManyCells, Kind(413, "too-many-cells", "Too many cells at once", "一次取的单元格过多")),
    (reconcile.BatchTooSlow, Kind(504, "batch-timeout", "The batch took too long", "批次处理超时")),
    (api.UnknownId, Kind(404, "unknown-id", "There is no such id", "没有这一标识")),
    (api.UnknownQuestion, Kind(404, "unknown-question", "There is no such question", "没有这一问题")),
    (api.Withdrawn, WITHDRAWN),
    (WithdrawnThing, WITHDRAWN),
)  # fmt: skip


def problem_of(error: Exception) -> Problem:
    """The problem that an exception is; one that nobody foresaw tells nothing of its inside."""
    for cls, kind in KINDS:
        if isinstance(error, cls) and isinstance(error, ExplainedError):
            return Problem(kind, error.en, error.zh, _members(error), _headers(error))
    return Problem(
        UNFORESEEN,
        "The service made a mistake. Please report what you asked and when.",
        "服务出现错误。请告知您的请求与时间。",
    )


def _members(error: ExplainedError) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name in (
        "line",
        "column",
        "near",
        "parameter",
        "successor",
        "retry_after",
        "offered",
        "endpoint",
        "allowed",
        "seconds",
        "mebibytes",
        "limit",
        "unit",
    ):
        value = getattr(error, name, None)
        if value is not None:
            members[name] = value
    if isinstance(error, engine.QuerySyntaxError):
        members["message"] = error.message
    return members


def _headers(error: ExplainedError) -> tuple[tuple[str, str], ...]:
    if isinstance(error, (engine.QueueFull, quota.QuotaExceeded, reconcile.TooManyBatches)):
        return (("retry-after", str(error.retry_after)),)
    if isinstance(error, request.MethodNotAllowed):
        return (("allow", error.allowed),)
    if isinstance(error, WithdrawnThing) and error.link is not None:
        return (("link", error.link),)
    if isinstance(error, request.MediaTypeNotSupported):
        return (("accept", request.ACCEPT_QUERY), ("accept-query", request.ACCEPT_QUERY))
    return ()


def render(
    problem: Problem, base: str, accept_language: Sequence[str]
) -> tuple[bytes, list[tuple[str, str]]]:
    """The body and the header fields of a problem.

    ``title`` and ``detail`` stand in the language that the client prefers; ``languages`` has them in both.
    """
    language = prefer_language(accept_language)
    texts = {
        "en": {"title": problem.kind.en, "detail": problem.en},
        "zh": {"title": problem.kind.zh, "detail": problem.zh},
    }
    document = {
        "type": f"{base}/problem/{problem.kind.slug}",
        "title": texts[language]["title"],
        "status": problem.kind.status,
        "detail": texts[language]["detail"],
        **problem.members,
        "languages": texts,
    }
    # What is quoted from a request may hold half a surrogate pair, which no encoding takes.
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    headers = [
        ("content-type", MEDIA_TYPE),
        ("content-language", language),
        ("cache-control", "no-store"),
        *problem.headers,
    ]
    return body, headers


def prefer_language(accept_language: Sequence[str], languages: Sequence[str] = LANGUAGES) -> str:
    """One of the languages, by ``Accept-Language`` (RFC 9110, 12.5.4); the first of them when none is asked for."""
    # A language range becomes a media range, so that one negotiation serves both.
    ranges = ",".join(accept_language).lower().replace("*", "*/*")
    parts = []
    for part in ranges.split(","):
        tag, mark, quality = part.strip().partition(";")
        parts.append(f"{tag if tag == '*/*' else tag.split('-')[0] + '/x'}{mark}{quality}")
    chosen = choose(parse_accept(parts), [f"{language}/x" for language in languages])
    return chosen.removesuffix("/x") if chosen else languages[0]
