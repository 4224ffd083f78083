"""The second home of the engine: any server that answers the SPARQL 1.1 Protocol (docs/bigger.md).

The checks, the negotiation and the limits stay in front of it. Each query is parsed here first, in a worker with an
empty store, so that what is SPARQL, and what is told about a mistake, does not depend on the server; extensions of a
server (such as Virtuoso's ``DEFINE``) never reach it. Leaving an answer closes the connection, at the deadline too:
whether the server then stops is up to its own time limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import re
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx

from kgservice.engine.endpoint import (
    CONNECT_SECONDS,
    Endpoint,
    auth_of,
    explain_refusal,
    explain_transport,
)
from kgservice.engine.errors import (
    EngineStopping,
    QueryCancelled,
    QueueFull,
    ReleaseNotThere,
    RemoteFault,
)
from kgservice.engine.interface import Answer, Query
from kgservice.engine.pool import PoolLimits, WorkerPool
from kgservice.engine.remote_answer import RemoteAnswer
from kgservice.engine.remote_dataset import (
    COUNT_DEFAULT,
    COUNTS,
    ask_marks,
    compare_counts,
    has_own_union,
    read_marks,
    spell_out,
)
from kgservice.engine.transcribing import JSON, wanted_type
from kgservice.release import Release
from kgservice.sparql.from_clauses import take_from_clauses

CHECK_SECONDS = 300.0
_RELATIVE = re.compile(r"<(?![A-Za-z][A-Za-z0-9+.-]*:)[^<>\"{}|^`\\\x00-\x20]*>")
_BASE = re.compile(r"\bBASE\b", re.IGNORECASE)


class RemoteEngine:
    """Answers queries over the release that a server holds (see :mod:`kgservice.engine.interface`).

    ``limits``: ``workers`` is how many requests run at the same time, ``memory`` bounds only the parsing.
    ``guarded``: after each answer it is checked that nobody has begun to load another release into the same place;
    needless where the address has the name of the release in it.
    """

    def __init__(
        self, endpoint: Endpoint, release: Release, limits: PoolLimits, *, guarded: bool
    ) -> None:
        self.limits = limits
        self._endpoint = endpoint
        self._release = release
        self._base = release.manifest["base"]
        self._graphs = sorted(release.manifest["graphs"])
        self._guarded = guarded
        self._own_union = False
        self._parser = WorkerPool(
            None, replace(limits, workers=min(2, limits.workers)), base=f"{self._base}/"
        )
        self._free = asyncio.Semaphore(limits.workers)
        self._waiting = 0
        self._running: dict[RemoteAnswer, str | None] = {}
        self._stopping = False
        self._quiet = asyncio.Event()
        self._quiet.set()

    # -- the engine

    async def start(self) -> None:
        """Starts the parser and sees that the server holds the release, whole.

        Raises:
            EngineError: the server cannot be reached, or holds something else.
        """
        self._client = httpx.AsyncClient(
            auth=auth_of(self._endpoint),
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            limits=httpx.Limits(
                max_connections=None, max_keepalive_connections=self.limits.workers
            ),
        )
        self._threads = ThreadPoolExecutor(self.limits.workers, "remote-answer")
        await self._parser.start()
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._examine()
        except BaseException as error:
            await self.stop(0)
            if isinstance(error, TimeoutError):
                seconds = f"{CHECK_SECONDS:g}"
                raise RemoteFault(
                    self._endpoint.url,
                    f"counting the graphs took longer than {seconds} seconds",
                    f"统计各图用时超过 {seconds} 秒",
                ) from None
            raise

    async def stop(self, grace: float) -> None:
        """Takes no more queries, lets running ones end for ``grace`` seconds, then closes every connection."""
        self._stopping = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._quiet.wait()
        for running in list(self._running):
            running.end(EngineStopping())
        await self._parser.stop(0)
        await self._client.aclose()
        self._threads.shutdown(wait=False)

    @contextlib.asynccontextmanager
    async def answer(self, query: Query) -> AsyncIterator[Answer]:
        """Runs a query; leaving the context closes the connection to the server."""
        if self._stopping:
            raise EngineStopping
        async with self._parser.answer(replace(query, format=None)) as parsed:
            if query.format is None:
                yield parsed
                return
            async for _ in parsed:
                pass
        await self._take()
        running = None
        try:
            running = RemoteAnswer(
                self._client,
                self._endpoint,
                self._request(query, query.format),
                query.format,
                self._release.manifest["prefixes"],
                self.limits,
                self._threads,
                self._still_there if self._guarded else None,
            )
            self._running[running] = query.id
            self._quiet.clear()
            yield running
        finally:
            if running is not None:
                await running.close()
                del self._running[running]
            self._free.release()
            if not self._running:
                self._quiet.set()

    def cancel(self, query_id: str) -> bool:
        """Ends the running query with that id."""
        for running, one in self._running.items():
            if one == query_id:
                running.end(QueryCancelled())
                return True
        return False

    # -- the request

    async def _take(self) -> None:
        """Waits for a free place, as the embedded pool does."""
        if self._free.locked() and self._waiting >= self.limits.queue_length:
            raise QueueFull(max(1, math.ceil(self.limits.deadline / 2)))
        self._waiting += 1
        try:
            async with asyncio.timeout(self.limits.queue_wait):
                await self._free.acquire()
        except TimeoutError:
            raise QueueFull(max(1, math.ceil(self.limits.deadline))) from None
        finally:
            self._waiting -= 1

    def _request(self, query: Query, form: str) -> httpx.Request:
        """A form POST: the only way that every server knows and that bounds no length."""
        if query.own_dataset:
            # Servers disagree on who wins: Virtuoso adds FROM to the protocol's dataset, Oxigraph its union to FROM.
            dataset, text = take_from_clauses(query.text, f"{self._base}/")
            query = replace(query, text=text, dataset=query.dataset or dataset)
        text = query.text
        if _RELATIVE.search(text) and not _BASE.search(text):
            text = f"BASE <{self._base}/> {text}"  # on the same line, so that line numbers stay
        graphs = spell_out(query, self._graphs, own_union=self._own_union, base=self._base)
        return self._post(text, graphs, wanted_type(form))

    def _post(self, text: str, graphs: list[tuple[str, str]], accept: str) -> httpx.Request:
        form: dict[str, list[str]] = {"query": [text]}
        for name, iri in graphs:
            form.setdefault(name, []).append(iri)
        headers = {"accept": accept, "accept-encoding": "identity"}
        return self._client.build_request("POST", self._endpoint.url, data=form, headers=headers)

    # -- the release

    async def _examine(self) -> None:
        """Sees that the release is there, and whether the server's own default graph is its union."""
        await self._still_there()
        found = {row["g"]: int(row["n"]) for row in await self._select(COUNTS)}
        expected = self._release.manifest["graphs"]
        wrong = compare_counts(expected, found)
        if wrong:
            listed = "; ".join(wrong[:3])
            raise self._not_there(
                f"{len(wrong)} graphs have another number of triples ({listed})",
                f"有 {len(wrong)} 个图的三元组数不符（{listed}）",
            )
        rows = await self._select(COUNT_DEFAULT)
        distinct = self._release.manifest["counts"].get("triples")
        self._own_union = has_own_union(expected, distinct, found, int(rows[0]["n"]), self._base)

    async def _still_there(self) -> None:
        """Sees by its mark that the release is there and complete.

        Raises:
            ReleaseNotThere: it is not, or another one is being loaded in its place.
        """
        marks = read_marks(self._base, await self._select(ask_marks(self._base)))
        if marks.loading is not None:
            raise self._not_there(
                f"release {marks.loading} is being loaded there, and not complete yet",
                f"正在载入版本 {marks.loading}，尚未完成",
            )
        if marks.published != self._release.id:
            there = marks.published or "-"
            raise self._not_there(
                f"what it holds is another one ({there})", f"其中是另一个版本（{there}）"
            )

    def _not_there(self, en: str, zh: str) -> ReleaseNotThere:
        return ReleaseNotThere(self._endpoint.url, self._release.id, en, zh)

    async def _select(self, text: str) -> list[Mapping[str, str]]:
        """The rows of a query of our own, name → value."""
        try:
            response = await self._client.send(self._post(text, [], JSON))
        except httpx.HTTPError as error:
            raise explain_transport(self._endpoint, error) from None
        if response.status_code != 200:
            raise explain_refusal(self._endpoint, response, response.content, self.limits.deadline)
        try:
            bindings = json.loads(response.content)["results"]["bindings"]
            return [{name: term["value"] for name, term in row.items()} for row in bindings]
        except (ValueError, KeyError, TypeError):
            raise RemoteFault(
                self._endpoint.url, "it does not answer in SPARQL JSON", "返回的不是 SPARQL JSON"
            ) from None
