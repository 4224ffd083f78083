"""The pool's end of one worker process: starts it, sends it a query, reads its frames, kills it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

from kgservice.engine import launch
from kgservice.engine.errors import (
    EngineError,
    EngineStopping,
    EngineUnavailable,
    QueryCancelled,
    QueryMemory,
    QueryTimeout,
    WorkerCrashed,
)
from kgservice.engine.frames import ASK, HEADER, READY, frame

WORKER = "kgservice.engine.worker"
HIGH_WATER = 512 * 1024
START_SECONDS = 60.0
OUT_OF_MEMORY = ("memory allocation of", "MemoryError", "bad_alloc", "failed to allocate")
_PAGE = os.sysconf("SC_PAGE_SIZE")

ENDS: tuple[tuple[type[EngineError], str], ...] = (
    (QueryTimeout, "deadline"),
    (QueryMemory, "memory"),
    (QueryCancelled, "cancelled"),
    (EngineStopping, "stopping"),
)

Received = tuple[bytes, bytes]


class WorkerLink(asyncio.Protocol):
    """One worker process. Its frames are read with :meth:`receive`, in order, until the process ends.

    ``spoken`` says whether a frame has come since the last question.
    """

    def __init__(self, on_end: Callable[[WorkerLink], None]) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.started: dict[str, Any] = {}
        self.ended = False
        self.spoken = False
        self._on_end = on_end
        self._reason: EngineError | None = None
        self._killed = False
        self._complaints: IO[bytes] | None = None
        self._said = ""
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._frames: deque[Received] = deque()
        self._held = 0
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None

    # -- life

    async def start(self, arguments: dict[str, object]) -> None:
        """Starts the process and waits until it has opened the store.

        Raises:
            EngineUnavailable: it did not come up; the text says why.
        """
        ours, theirs = socket.socketpair()
        try:
            self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed by reap()
            self.process = self._spawn(arguments, theirs)
        except OSError as error:
            ours.close()
            raise EngineUnavailable(
                f"A query process could not start: {error}", f"查询进程无法启动：{error}"
            ) from None
        finally:
            theirs.close()
        ours.setblocking(False)
        await asyncio.get_running_loop().connect_accepted_socket(lambda: self, ours)
        try:
            async with asyncio.timeout(START_SECONDS):
                kind, body = await self.receive()
        except (TimeoutError, EngineError) as error:
            said = (self.complaint() or str(error)).splitlines()[-1]
            self.kill()
            raise EngineUnavailable(
                f"A query process could not start ({said}). If the store is damaged, delete the folder .stores "
                "beside the releases: it is made anew at the next start.",
                f"查询进程无法启动（{said}）。若存储已损坏，请删除各版本旁的 .stores 文件夹，下次启动时会重新生成。",
            ) from None
        except BaseException:
            self.kill()
            raise
        assert kind == READY
        self.started = json.loads(body)

    def _spawn(
        self, arguments: dict[str, object], theirs: socket.socket
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            launch.command(WORKER, arguments),
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=self._complaints,
            env=launch.environment(),
            # A group of its own: a Ctrl-C in the terminal is for the service, which then ends its workers, and its
            # priority can be set as a whole. Not a session of its own: Linux weighs sessions, not their processes.
            process_group=0,
        )

    def kill(self, reason: EngineError | None = None) -> None:
        """Ends the process at once; who waits for its frames gets ``reason``."""
        if self._reason is None:
            self._reason = reason
        self._killed = True
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
        if self._transport is not None:
            self._transport.abort()

    async def reap(self) -> None:
        """Waits until the process is gone, so that it leaves no zombie."""
        if self.process is not None:
            await asyncio.to_thread(self.process.wait)
        self.complaint()
        if self._complaints is not None:
            self._complaints.close()

    def complaint(self) -> str:
        """The last thing that the process wrote to its standard error."""
        if self._complaints is not None and not self._complaints.closed:
            size = self._complaints.seek(0, os.SEEK_END)
            self._complaints.seek(max(0, size - 4096))
            self._said = self._complaints.read().decode("utf-8", "replace").strip()
        return self._said

    def private_bytes(self) -> int:
        """Resident memory of the process that it shares with no file; 0 where the system does not say."""
        if self.process is None:
            return 0
        try:
            text = Path(f"/proc/{self.process.pid}/statm").read_text("ascii")
        except OSError:
            return 0
        _, resident, shared, *_ = text.split()
        return (int(resident) - int(shared)) * _PAGE

    # -- talk

    def ask(self, question: bytes) -> None:
        """Sends one query; the worker must be idle."""
        assert self._transport is not None
        self.spoken = False
        self._transport.write(frame(ASK, question))

    async def receive(self) -> Received:
        """The next frame.

        Raises:
            EngineError: the process ended: the reason given to :meth:`kill`, or
                :class:`~kgservice.engine.errors.WorkerCrashed`.
        """
        while not self._frames:
            if self.ended:
                raise self._reason or WorkerCrashed()
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        received = self._frames.popleft()
        self._held -= len(received[1])
        if self._paused and self._held < HIGH_WATER // 2:
            self._paused = False
            assert self._transport is not None
            if not self._transport.is_closing():
                self._transport.resume_reading()
        return received

    def ran_out_of_memory(self) -> bool:
        """Whether the process said, when it ended, that it got no more memory."""
        said = self.complaint()
        return any(words in said for words in OUT_OF_MEMORY)

    @property
    def end(self) -> str:
        """Why the process ended.

        ``deadline``, ``memory``, ``cancelled``, ``stopping``; ``dropped`` when nobody waits for its answer any more, or
        when it is not fit for another query; ``crashed`` when it ended by itself.
        """
        if not self._killed:
            return "memory" if self.ran_out_of_memory() else "crashed"
        return next((end for cls, end in ENDS if isinstance(self._reason, cls)), "dropped")

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        start = 0
        while len(self._buffer) - start >= HEADER.size:
            kind, length = HEADER.unpack_from(self._buffer, start)
            end = start + HEADER.size + length
            if len(self._buffer) < end:
                break
            self._frames.append((kind, bytes(self._buffer[start + HEADER.size : end])))
            self._held += length
            self.spoken = True
            start = end
        del self._buffer[:start]
        if self._held > HIGH_WATER and not self._paused:
            self._paused = True
            assert self._transport is not None
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self._wake()
        self._on_end(self)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
