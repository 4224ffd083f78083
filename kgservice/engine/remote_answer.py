"""One answer of a remote server, while it comes in: fetched, checked, written anew, and ended when it must end."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from typing import Any

import httpx

from kgservice.engine.endpoint import (
    MOST_OF_A_REFUSAL,
    Endpoint,
    explain_refusal,
    explain_transport,
)
from kgservice.engine.errors import (
    EngineError,
    QueryTimeout,
    RemoteFault,
    ResultTooLarge,
    ResultUnwritable,
)
from kgservice.engine.pool import PoolLimits
from kgservice.engine.rows import TooManyRows
from kgservice.engine.transcribing import ACCEPTED, JSON, Source, transcribe, wanted_type
from kgservice.engine.writing import Unwritable

PIECE = 64 * 1024
LAST_STEP = 0.02
# Virtuoso says so in the header when it cut an answer short under 200.
CUT_SHORT = ("x-sparql-maxrows", "x-sql-state")


class RemoteAnswer:
    """The answer to one request. ``afterwards`` is awaited when it is whole, and may still refuse it."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        endpoint: Endpoint,
        request: httpx.Request,
        form: str,
        prefixes: Mapping[str, str],
        limits: PoolLimits,
        threads: concurrent.futures.Executor,
        afterwards: Callable[[], Awaitable[None]] | None,
    ) -> None:
        self._client, self._endpoint, self._request = client, endpoint, request
        self._form, self._prefixes, self._limits = form, prefixes, limits
        self._threads, self._afterwards = threads, afterwards
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(4)
        self._ended: EngineError | None = None
        self._pending: concurrent.futures.Future[Any] | None = None
        self._closed = False
        self._work = self._loop.create_task(self._fetch())
        self._timer = self._loop.call_later(
            limits.deadline, self.end, QueryTimeout(limits.deadline)
        )

    async def __aiter__(self) -> AsyncIterator[bytes]:
        sent, most = 0, self._limits.max_result_bytes
        while True:
            taking = self._loop.create_task(self._pieces.get())
            try:
                await asyncio.wait((taking, self._work), return_when=asyncio.FIRST_COMPLETED)
                if self._ended is None and self._work.done() and not self._work.cancelled():
                    self._work.result()  # raises what went wrong
                if self._ended is not None:
                    raise self._ended
                piece = await taking
            finally:
                taking.cancel()
            if piece is None:
                return
            sent += len(piece)
            if most is not None and sent > most:
                raise ResultTooLarge(most, "bytes", "字节")
            yield piece

    def end(self, reason: EngineError) -> None:
        """Ends the answer wherever it is: the connection is closed, and its reader is told why."""
        if self._ended is None and not self._work.done():
            self._ended = reason
            self._work.cancel()

    async def close(self) -> None:
        """Ends the answer when it is not over, and waits until the connection is closed."""
        self._timer.cancel()
        if self._ended is None:
            self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)

    # -- fetching

    async def _fetch(self) -> None:
        try:
            response = await self._client.send(self._request, stream=True)
            try:
                await self._check(response)
                await self._transcribe(response)
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise explain_transport(self._endpoint, error) from None
        if self._afterwards is not None:
            await self._afterwards()
        await self._pieces.put(None)

    async def _check(self, response: httpx.Response) -> None:
        """Status, media type and framing: what cannot be a whole answer is refused before it is read."""
        if response.status_code != 200:
            body = b""
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > MOST_OF_A_REFUSAL:
                    break
            raise explain_refusal(
                self._endpoint, response, body[:MOST_OF_A_REFUSAL], self._limits.deadline
            )
        wanted = wanted_type(self._form)
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in ACCEPTED[wanted]:
            said = media_type or "-"
            raise self._fault(f"it sent {said}, not {wanted}", f"返回 {said}，而不是 {wanted}")
        for name in CUT_SHORT:
            if name in response.headers:
                said = f"{name}: {response.headers[name]}"
                raise self._fault(
                    f"it says that the answer is cut short ({said}); raise that server's limit",
                    f"服务器表明结果不完整（{said}）；请调高该服务器的上限",
                )
        # N-Triples has no end of its own: without framing, half an answer looks like a whole one.
        framed = "content-length" in response.headers or "transfer-encoding" in response.headers
        if wanted != JSON and not framed:
            raise self._fault("its length is not told", "未说明长度，无法确认是否完整")

    async def _transcribe(self, response: httpx.Response) -> None:
        chunks = response.aiter_bytes(PIECE)

        async def pull() -> bytes:
            return await anext(chunks, b"")

        broken: list[BaseException] = []

        def pull_from_thread() -> bytes:
            try:
                piece: bytes = self._wait_for(pull())
                return piece
            except BaseException as error:
                broken.append(error)  # pyoxigraph may wrap it
                raise

        source = Source(pull_from_thread, repair=wanted_type(self._form) == JSON)
        output = _Output(lambda piece: self._wait_for(self._pieces.put(piece)))
        most = self._limits.max_rows

        def work() -> BaseException | None:
            # No traceback leaves this thread: its frames hold the parser, which must not die in another thread.
            try:
                transcribe(source, self._form, self._prefixes, output, most)
                output.send()
                return None
            except TooManyRows:
                assert most is not None
                return ResultTooLarge(most, "rows", "行")
            except Unwritable as error:
                return ResultUnwritable(str(error))
            except BaseException as error:
                cause = broken[0] if broken else error
                if isinstance(cause, httpx.HTTPError | EngineError):
                    return _bare(cause)
                said = str(error)[:200]
            finally:
                for one in broken:
                    _bare(one)
            return self._fault(
                f"its answer is not well-formed ({said})", f"返回的内容格式有误（{said}）"
            )

        working = self._loop.run_in_executor(self._threads, work)
        try:
            failure = await asyncio.shield(working)
        except asyncio.CancelledError:
            # Whatever the thread waits for is refused, so that it ends before the connection is given back.
            self._closed = True
            while not working.done():
                if self._pending is not None:
                    self._pending.cancel()
                await asyncio.wait((working,), timeout=LAST_STEP)
            raise
        if failure is not None:
            raise failure

    def _wait_for(self, step: Coroutine[Any, Any, Any]) -> Any:
        """Runs one step in the event loop, from the thread that writes the answer."""

        async def unless_closed() -> Any:
            if self._closed:
                step.close()
                raise ConnectionAbortedError
            return await step

        pending = self._pending = asyncio.run_coroutine_threadsafe(unless_closed(), self._loop)
        try:
            return pending.result()
        finally:
            self._pending = None

    def _fault(self, en: str, zh: str) -> RemoteFault:
        return RemoteFault(self._endpoint.url, en, zh)


def _bare(error: BaseException) -> BaseException:
    """An exception without the frames that it came through."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


class _Output:
    """What the serialiser writes, handed on in pieces of some size."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        if len(self._held) >= PIECE:
            self.send()
        return len(data)

    def flush(self) -> None:
        """Nothing: pieces go out when they are full."""

    def send(self) -> None:
        if self._held:
            self._send(bytes(self._held))
            self._held.clear()
