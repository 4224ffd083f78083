"""A table in, a table out, at the same time and in little memory (for ``POST /api/eligibility/batch``)."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kgservice.api.eligibility_route import Stalled
from kgservice.eligibility.facts import Facts, Rows
from kgservice.eligibility.person import Person
from kgservice.eligibility.table import (
    LONGEST_LINE,
    Asked,
    LineFault,
    read_header,
    read_line,
)
from kgservice.eligibility.table_out import OUT, write_fault, write_line, write_person
from kgservice.errors import ExplainedError
from kgservice.sparql.reply import RESET
from kgservice.sparql.request import ParameterError

# A client that reads only after it has sent all can be answered up to this size; one that reads meanwhile, any size.
MOST_WAITING = 8 * 1024 * 1024
STALL_SECONDS = 120.0
SHORT = 1024  # bytes
_UNFORESEEN = LineFault("", "the service made a mistake on this line", "服务处理该行时出错")
_log = logging.getLogger(__name__)
_BOM = b"\xef\xbb\xbf"


async def split_lines(parts: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, bytes | None]]:
    """Each line with its number, without its end; ``None`` for one that is longer than any line may be."""
    number, rest, skipping = 1, bytearray(), False
    async for part in parts:
        rest += part
        while (end := rest.find(b"\n")) >= 0:
            line = bytes(rest[:end]).removesuffix(b"\r")
            del rest[: end + 1]
            yield number, None if skipping or len(line) > LONGEST_LINE else line
            number, skipping = number + 1, False
        if len(rest) > LONGEST_LINE:
            rest.clear()
            skipping = True
    if rest or skipping:
        yield number, None if skipping else bytes(rest).removesuffix(b"\r")


class Table:
    """The table of one request: its header is read before anything is answered, its lines as they come.

    ``rows`` gives the rows of all that a person holds.
    """

    def __init__(
        self,
        parts: AsyncIterator[bytes],
        facts: Facts,
        rows: Callable[[Person], Awaitable[Rows]],
        shorten: Callable[[str], str],
        day: date,
    ) -> None:
        self._lines = split_lines(parts)
        self._facts, self._rows, self._shorten, self._day = facts, rows, shorten, day
        self._columns: list[str] = []
        self._first: tuple[int, bytes | None] | None = None

    async def start(self) -> None:
        """Reads the header and the first line, so that a wrong file is refused as a whole.

        Raises:
            ParameterError: no UTF-8, no such columns, or nothing at all.
        """
        header = await anext(self._lines, None)
        if header is None or header[1] is None:
            raise _refuse("body", "holds no line of CSV", "没有 CSV 内容")
        text = _decode(header[1].removeprefix(_BOM), 1)
        try:
            self._columns = read_header(text)
        except LineFault as fault:
            raise _refuse(fault.column or "header", fault.en, fault.zh) from None
        self._first = await anext(self._lines, None)
        if self._first is not None and self._first[1] is not None:
            _decode(self._first[1], self._first[0])

    async def answers(self) -> AsyncIterator[bytes]:
        """The answer: its header, then for each line what is open, or why the line is faulty."""
        yield write_line(OUT).encode()
        if self._first is not None:
            yield await self._answer(*self._first)
        async for number, line in self._lines:
            yield await self._answer(number, line)
            await asyncio.sleep(0)  # a long table leaves room for others

    async def _answer(self, number: int, line: bytes | None) -> bytes:
        """The answer to a line. It is worked out in a thread; to read a short line is less than to change to one."""
        if line is not None and not line.strip():
            return b""
        try:
            if line is None or len(line) <= SHORT:
                asked = self._read(line)
            else:
                asked = await asyncio.to_thread(self._read, line)
            rows = await self._rows(asked.person)
            return await asyncio.to_thread(self._write, number, asked, rows)
        except LineFault as fault:
            return write_fault(number, "", fault).encode()
        except ExplainedError as error:  # the engine's: the next line may be luckier
            return write_fault(number, "", LineFault("", error.en, error.zh)).encode()
        except Exception as error:  # our mistake: this line is not answered, the others are
            _log.error("%s in a line of a table", type(error).__name__)
            return write_fault(number, "", _UNFORESEEN).encode()

    def _write(self, number: int, asked: Asked, rows: Rows) -> bytes:
        return "".join(write_person(number, asked, self._facts, rows)).encode()

    def _read(self, line: bytes | None) -> Asked:
        if line is None:
            raise LineFault(
                "", f"the line is longer than {LONGEST_LINE} bytes", f"该行超过 {LONGEST_LINE} 字节"
            )
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise LineFault("", "the line is not UTF-8", "该行不是 UTF-8 编码") from None
        return read_line(text, self._columns, self._facts, self._shorten, self._day)


def _decode(line: bytes, number: int) -> str:
    try:
        text = line.decode("utf-8")
        if "\x00" in text:
            raise ValueError
    except ValueError:
        raise _refuse(
            "body",
            f"is not UTF-8 (line {number}). Save the table as CSV UTF-8",
            f"不是 UTF-8 编码（第 {number} 行）。请另存为 UTF-8 编码的 CSV",
        ) from None
    return text


def _refuse(parameter: str, en: str, zh: str) -> ParameterError:
    return ParameterError(
        parameter, f"Parameter '{parameter}': {en}.", f"参数“{parameter}”：{zh}。"
    )


class _Waiting:
    """Parts that are made and not sent yet, up to a number of bytes."""

    def __init__(self, most: int) -> None:
        self._parts: deque[bytes] = deque()
        self._bytes, self._most, self._ended = 0, most, False
        self._changed = asyncio.Condition()

    async def put(self, part: bytes) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._bytes < self._most)
            self._parts.append(part)
            self._bytes += len(part)
            self._changed.notify_all()

    async def end(self) -> None:
        async with self._changed:
            self._ended = True
            self._changed.notify_all()

    async def take(self) -> bytes:
        """What is there; nothing at the end."""
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self._parts) or self._ended)
            found = b"".join(self._parts)
            self._parts.clear()
            self._bytes = 0
            self._changed.notify_all()
        return found


class TableResponse(Response):
    """Sends while it still receives. (Starlette's own streaming response would eat the request's body meanwhile.)"""

    media_type = "text/csv; charset=utf-8"

    def __init__(
        self,
        parts: AsyncIterator[bytes],
        most_waiting: int = MOST_WAITING,
        stall: float = STALL_SECONDS,
    ) -> None:
        self._parts, self._most, self._stall = parts, most_waiting, stall
        self.status_code, self.background = 200, None
        self.body = b""
        self.init_headers({"content-disposition": 'attachment; filename="eligibility.csv"'})
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers; a client that stalls or goes away gets a connection that is cut, never a table that looks whole."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        waiting = _Waiting(self._most)
        making = asyncio.create_task(self._make(waiting))
        whole = False
        try:
            while part := await waiting.take():
                async with asyncio.timeout(self._stall):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
            await making
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            whole = True
        except (TimeoutError, Stalled, ClientDisconnect):
            pass  # nobody is there to be told
        finally:
            making.cancel()
            await asyncio.wait([making])
            reset = scope.get("extensions", {}).get(RESET)
            if not whole and reset is not None:
                reset()
                await asyncio.sleep(0)  # the server notices it before it looks for the rest

    async def _make(self, waiting: _Waiting) -> None:
        try:
            async for part in self._parts:
                if part:
                    await waiting.put(part)
        finally:
            await waiting.end()
