"""``GET /api/queries/{name}``: the answer to a named question, past the framework and by the same path as ``/sparql``."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kgservice.api.errors import QuestionTimeout
from kgservice.api.paging import (
    FARTHEST,
    MOST_ROWS,
    NAMES,
    TOTAL,
    Page,
    Pairs,
    count_rows,
    order_totally,
    read_total,
)
from kgservice.engine.errors import QueryTimeout
from kgservice.engine.interface import Dataset, Query
from kgservice.questions import Question as NamedQuestion
from kgservice.questions import bind
from kgservice.sparql.answering import Answering, matched
from kgservice.sparql.check import Form
from kgservice.sparql.choice import Question, choose_format, locate_asked
from kgservice.sparql.quota import ACCOUNT
from kgservice.sparql.receiving import field, text_of
from kgservice.sparql.reply import Reply, explained, preflight
from kgservice.sparql.request import (
    MethodNotAllowed,
    ParameterError,
    RawRequest,
    Receive,
    RequestTooLong,
    Scope,
    Send,
    decode_pairs,
)
from kgservice.sparql.stability import Stability, stability_of
from kgservice.sparql.validators import digest
from kgservice.terms import Names

ADDRESS = "/api/queries"
METHODS = ("GET", "HEAD", "OPTIONS")
FORMAT = "format"
_NUMBER = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks of a question: values by parameter, the part of the rows, the format.

    ``pairs``: the same as it stood in the address, without the part.
    """

    values: Mapping[str, list[str]]
    page: Page
    format: str | None
    pairs: Pairs


class QuestionEndpoint:
    """The addresses of all named questions over one source.

    ``names``: how IRIs are shortened in values; ``base`` is for the types of problems.
    """

    def __init__(
        self,
        answering: Answering,
        questions: Mapping[str, NamedQuestion],
        names: Names,
        *,
        base: str,
        max_query_bytes: int,
    ) -> None:
        self._answering = answering
        self._questions = questions
        self._names = names
        self._base = base
        self._limit = max_query_bytes

    @property
    def paths(self) -> list[str]:
        """The addresses that are answered here."""
        return [f"{ADDRESS}/{name}" for name in self._questions]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; every error becomes a problem document."""
        reply = Reply(scope, send)
        await explained(self._answer_request(scope, receive, reply), scope, reply, self._base)

    async def _answer_request(self, scope: Scope, receive: Receive, reply: Reply) -> None:
        if scope["method"] == "OPTIONS":
            await reply.whole(204, preflight(METHODS), b"")
            return
        if scope["method"] not in METHODS:
            raise MethodNotAllowed(scope["method"], METHODS)
        raw = RawRequest(
            "GET",
            scope.get("query_string", b""),
            field(scope, b"accept"),
            field(scope, b"accept-encoding"),
            path=scope["path"],
        )
        held = text_of(field(scope, b"if-none-match"))
        if await self._answering.answer_known(scope, raw, held, reply):
            return
        named = self._questions[raw.path.rpartition("/")[2]]
        asked = read_asked(raw.query_string, named)
        question = self._read_question(named, asked, scope, raw)
        reply.exchange.query, reply.exchange.form = question.query.text, question.form
        try:
            if asked.page.limit is not None:
                tag = matched(question, held, raw, answered=False)
                if tag is not None:  # the rows need not be counted for that
                    reply.exchange.cache = "not-modified"
                    await reply.whole(304, question.validity(tag), b"")
                    return
                question = await self._count(named, asked, question, raw, receive, reply)
            await self._answering.answer(question, raw, held, receive, reply)
        except QueryTimeout as error:
            left = _left_empty(named, asked)
            if not left:
                raise
            raise QuestionTimeout(error.seconds, named.name, left) from error

    def _read_question(
        self, named: NamedQuestion, asked: Asked, scope: Scope, raw: RawRequest
    ) -> Question:
        """The query with its values and its format."""
        text = self._bind(named, asked)
        if named.form is Form.SELECT:
            text = order_totally(text) + asked.page.slice()
        choice = choose_format(named.form, asked.format, text_of(raw.accept))
        query = Query(text, choice.format.key, account=scope.get(ACCOUNT))
        location = locate_asked(raw.path, raw, choice)
        key, weak = self._key(text, named.form, choice.media_type)
        return Question(query, choice, key, weak, location, form=named.form)

    def _bind(self, named: NamedQuestion, asked: Asked) -> str:
        text = bind(named, asked.values, self._names)
        if len(text.encode("utf-8")) > self._limit:
            raise RequestTooLong(self._limit)
        return text

    def _key(self, text: str, form: Form, media_type: str) -> tuple[bytes | None, bool]:
        """The digest of an answer, as that of the same query at ``/sparql``, and whether only its meaning stays."""
        stability = stability_of(text, form)
        if stability is Stability.NOTHING:
            return None, False
        key = digest(self._answering.source.stamp, text, Dataset(), media_type)
        return key, stability is Stability.MEANING or not self._answering.source.repeats

    async def _count(
        self,
        named: NamedQuestion,
        asked: Asked,
        question: Question,
        raw: RawRequest,
        receive: Receive,
        reply: Reply,
    ) -> Question:
        """The question of a page with the links from it, for which its rows are counted (once, then it is known)."""
        text = count_rows(self._bind(named, asked))
        key, _ = self._key(text, Form.SELECT, "count")
        query = Query(text, "json", account=question.query.account)
        total = read_total(await self._answering.read(query, key, receive, reply))
        links = asked.page.links(raw.path, asked.pairs, total)
        return replace(question, further=(("link", links), (TOTAL, str(total))))


def read_asked(query_string: bytes, named: NamedQuestion) -> Asked:
    """Reads the parameters of a request. An empty value of the question's own is none, as forms send what is left out.

    Raises:
        ParameterError: a parameter that the question does not have, or one that says wrongly which rows are wanted.
    """
    pairs = decode_pairs(query_string)
    of_question = [parameter.name for parameter in named.parameters]
    known = [*of_question, *(NAMES if named.form is Form.SELECT else ()), FORMAT]
    values: dict[str, list[str]] = {}
    further: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            raise _unknown(name, named, known)
        if name in of_question:
            if value:
                values.setdefault(name, []).append(value)
        elif name in further:
            raise ParameterError(
                name,
                f"Parameter '{name}' takes one value. Give one.",
                f"参数“{name}”只取一个值。请只给一个。",
            )
        else:
            further[name] = value
    page = Page(
        _number("limit", further.get("limit"), 1, MOST_ROWS),
        _number("offset", further.get("offset"), 0, FARTHEST) or 0,
    )
    kept = [(name, value) for name, value in pairs if name not in NAMES and value]
    return Asked(values, page, further.get(FORMAT), kept)


def _number(name: str, given: str | None, least: int, most: int) -> int | None:
    if given is None:
        return None
    if _NUMBER.fullmatch(given) and least <= int(given) <= most:
        return int(given)
    raise ParameterError(
        name,
        f"'{name}' is '{given[:80]}'. Give a whole number from {least} to {most}.",
        f"参数“{name}”为“{given[:80]}”。请给出 {least} 至 {most} 的整数。",
    )


def _left_empty(named: NamedQuestion, asked: Asked) -> list[str]:
    """The parameters that would narrow the question, each with a value that it may have."""
    return [
        f"{parameter.name}={parameter.example[0]}"
        for parameter in named.parameters
        if parameter.optional and parameter.example and parameter.name not in asked.values
    ]


def _unknown(name: str, named: NamedQuestion, known: list[str]) -> ParameterError:
    name, listed = name[:80], ", ".join(known)
    near = difflib.get_close_matches(name, known, 1)
    hint_en = f" Did you mean '{near[0]}'?" if near else ""
    hint_zh = f"是否想写“{near[0]}”？" if near else ""
    return ParameterError(
        name,
        f"'{named.name}' has no parameter '{name}'.{hint_en} There are: {listed}.",
        f"“{named.name}”没有参数“{name}”。{hint_zh}可用的参数：{listed}。",
    )
