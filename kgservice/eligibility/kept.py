"""The rows of certificates, asked for when somebody holds them; those asked for last are kept, for the next person."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping

from cachetools import LRUCache

from kgservice.eligibility.facts import Row, Rows

# Some 1 kB each. A certificate has about one row for each region that lists it, and all of the register have fewer now.
MOST_ROWS = 40_000
# Questions at once for one person, so that somebody with many certificates does not take every query process.
AT_ONCE = 2
Found = Mapping[str, tuple[Row, ...]]


class RowsKept:
    """The rows of one release, which never change. ``load`` gives those of a certificate, by edition.

    ``most``: so many rows are kept at most.
    """

    def __init__(self, load: Callable[[str], Awaitable[Found]], most: int = MOST_ROWS) -> None:
        self._load = load
        self._kept: LRUCache[str, Found] = LRUCache(most, getsizeof=_size)
        self._asked: dict[str, asyncio.Task[Found]] = {}

    async def of(self, certificates: Iterable[str]) -> Rows:
        """The rows of each of these certificates.

        Who comes while a certificate is asked for gets the same answer or the same failure; who leaves stops nobody, and
        what was asked for is kept for him who comes again. A failure is not kept.
        """
        turn = asyncio.Semaphore(AT_ONCE)
        wanted = list(dict.fromkeys(certificates))
        found = {one: rows for one in wanted if (rows := self._kept.get(one)) is not None}
        missing = [one for one in wanted if one not in found]
        if missing:
            asked = await asyncio.gather(*(self._ask(one, turn) for one in missing))
            found |= dict(zip(missing, asked, strict=True))
        return found

    async def _ask(self, certificate: str, turn: asyncio.Semaphore) -> Found:
        async with turn:
            task = self._asked.get(certificate)
            if task is None:
                task = asyncio.create_task(self._read(certificate))
                task.add_done_callback(_take_note)
                self._asked[certificate] = task
            return await asyncio.shield(task)

    async def _read(self, certificate: str) -> Found:
        try:
            rows = await self._load(certificate)
            if _size(rows) <= self._kept.maxsize:
                self._kept[certificate] = rows
            return rows
        finally:
            del self._asked[certificate]


def _size(found: Found) -> int:
    return 1 + sum(len(rows) for rows in found.values())


def _take_note(task: asyncio.Task[Found]) -> None:
    """Looks at a failure that nobody waits for any more, so that it is not told as a forgotten one."""
    if not task.cancelled():
        task.exception()
