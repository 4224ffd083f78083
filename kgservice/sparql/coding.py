"""Content codings (RFC 9110, 8.4): gzip, never at the cost of the event loop, and never whole when the answer is not."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator, AsyncIterator

from kgservice.sparql.negotiate import GZIP

LEVEL = 4
SMALLEST = 1024  # bytes; compressing less gains nothing
BESIDE = 32 * 1024  # bytes; more is compressed in a thread
_GZIP_WINDOW = 31  # zlib: the largest window, with the head and the checksum of gzip


class Body:
    """A complete answer; compressed at most once, however many ask for it so."""

    __slots__ = ("_packed", "_packing", "plain")

    def __init__(self, plain: bytes) -> None:
        self.plain = plain
        self._packed: bytes | None = None
        self._packing: asyncio.Task[bytes] | None = None

    @property
    def size(self) -> int:
        """The bytes that it holds in memory, in all its codings."""
        return len(self.plain) + len(self._packed or b"")

    async def coded(self, coding: str) -> bytes:
        """The bytes to send in a coding."""
        if coding != GZIP:
            return self.plain
        if self._packed is None:
            if len(self.plain) <= BESIDE:
                self._packed = pack(self.plain)
            else:
                if self._packing is None:
                    self._packing = asyncio.create_task(asyncio.to_thread(pack, self.plain))
                self._packed = await asyncio.shield(self._packing)
                self._packing = None
        return self._packed


def pack(plain: bytes) -> bytes:
    """The bytes as one gzip member, the same for the same input (RFC 1952, without a time)."""
    coder = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return coder.compress(plain) + coder.flush()


async def pack_stream(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The chunks as one gzip member; each leaves at once, none waits for the next.

    When ``chunks`` fails, what was yielded lacks the end and the checksum of the member.
    """
    coder = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP_WINDOW)

    def squeeze(chunk: bytes) -> bytes:
        return coder.compress(chunk) + coder.flush(zlib.Z_SYNC_FLUSH)

    async for chunk in chunks:
        yield await asyncio.to_thread(squeeze, chunk)
    yield coder.flush()
