"""The one client that calls other endpoints: only where it may, never further, and never for more than it may get.

It follows no redirect, knows no proxy and keeps no cookie. A name is resolved once for a connection, the address
is looked at, and that very address is connected to; host name and certificate are checked as ever.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

import httpcore

from kgservice import __version__
from kgservice.federation.addresses import Resolver, public_addresses, resolver
from kgservice.federation.errors import (
    AnswerTooLarge,
    ServiceFailed,
    ServiceTimeout,
    ServiceUnusable,
)
from kgservice.federation.urls import host_and_port
from kgservice.operation.observing import NOBODY, Observer

JSON_RESULTS = "application/sparql-results+json"
ACCEPTED = (JSON_RESULTS, "application/json")
CONNECTIONS = 16
KEPT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """What may be called, and what one query may take from others.

    ``allow``: normalised addresses; ``private``: ``host:port`` that may lie in a private network; ``timeout``: seconds of
    one call; ``max_bytes``: of all answers for one query, unpacked; ``max_rows``: of one clause; ``batch``: bindings sent with one call;
    ``max_calls``: of one query.
    """

    allow: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    timeout: float = 8.0
    max_bytes: int = 16 * 1024 * 1024
    max_rows: int = 20_000
    batch: int = 100
    max_calls: int = 50


class AddressRefused(ServiceUnusable):
    """An allowed endpoint whose name leads to no public address."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(
            endpoint,
            f"SERVICE <{endpoint}> is not called: its name leads to an address that is not public. "
            "The operator can name it in service_allow_private.",
            f"不会调用 SERVICE <{endpoint}>：其域名指向非公网地址。运营者可在 service_allow_private 中列出它。",
        )


class _NotPublic(Exception):
    """Told by the network to the client, which knows the endpoint."""


class PinnedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to addresses that it has looked at, and to no other."""

    def __init__(self, private: tuple[str, ...], resolve: Resolver) -> None:
        self._private = private
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the interface of httpcore)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address that answers.

        Raises:
            _NotPublic: the name has no address that may be called.
        """
        shown = f"[{host}]" if ":" in host else host
        found = await self._resolve(host, port)
        if f"{shown}:{port}" not in self._private:
            found = [str(address) for address in public_addresses(found)]
        if not found:
            raise _NotPublic
        for number, address in enumerate(found):
            try:
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(found) - 1:
                    raise
        raise AssertionError

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise _NotPublic

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)


class ServiceClient:
    """Asks other endpoints. ``contact`` is an address for their operators.

    ``resolve`` and ``tls`` are there for tests and for networks with a root of their own.
    """

    def __init__(
        self,
        limits: ServiceLimits,
        *,
        contact: str = "",
        resolve: Resolver | None = None,
        tls: ssl.SSLContext | None = None,
        observer: Observer = NOBODY,
    ) -> None:
        self._limits = limits
        self._observer = observer
        self._threads = ThreadPoolExecutor(4, "resolve")
        network = PinnedNetwork(limits.private, resolve or resolver(self._threads))
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or ssl.create_default_context(),
            max_connections=CONNECTIONS,
            keepalive_expiry=KEPT_SECONDS,
            http1=True,
            http2=False,
            network_backend=network,
        )
        self._headers = [
            ("accept", JSON_RESULTS),
            ("accept-encoding", "gzip"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("user-agent", f"zhicheng-graph/{__version__} ({contact})".removesuffix(" ()")),
        ]

    async def close(self) -> None:
        """Closes all connections."""
        await self._pool.aclose()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def select(self, url: str, query: str, most: int) -> bytes:
        """The answer of the endpoint at ``url``, in SPARQL JSON, unpacked, of at most ``most`` bytes.

        ``url`` is one of the allowed ones.

        Raises:
            ServiceFailed: it is not to be reached, or does not answer as it must.
            ServiceTimeout: not in time.
            AddressRefused: it lies in a private network.
        """
        assert url in self._limits.allow
        began, outcome, answer = perf_counter(), "failed", b""
        try:
            answer = await self._select(url, query, most)
            outcome = "ok"
            return answer
        except ServiceTimeout:
            outcome = "timeout"
            raise
        except AddressRefused:
            outcome = "refused"
            raise
        finally:
            self._observer.called(url, outcome, perf_counter() - began, len(answer))

    async def _select(self, url: str, query: str, most: int) -> bytes:
        body = urlencode({"query": query}).encode("ascii")
        try:
            async with (
                asyncio.timeout(self._limits.timeout),
                self._pool.stream("POST", url, headers=self._headers, content=body) as answer,
            ):
                encoding = self._look_at(url, answer, most)
                return await self._read(url, answer.aiter_stream(), encoding, most)
        except TimeoutError:
            raise ServiceTimeout(url, self._limits.timeout) from None
        except _NotPublic:
            raise AddressRefused(url) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError):
            # What exactly went wrong in the network is for nobody outside.
            raise ServiceFailed(
                url,
                f"{host_and_port(url)} cannot be reached or broke off",
                f"无法连接 {host_and_port(url)} 或连接中断",
            ) from None

    def _look_at(self, url: str, answer: httpcore.Response, most: int) -> str:
        """Status and header fields; returns the content coding."""
        fields = {key.lower(): value.decode("latin-1") for key, value in answer.headers}
        if 300 <= answer.status < 400:
            raise ServiceFailed(
                url,
                f"it redirects ({answer.status}), which is not followed",
                f"对方要求重定向（{answer.status}），本服务不予跟随",
            )
        if answer.status != 200:
            raise ServiceFailed(
                url, f"it answered {answer.status}", f"对方返回状态 {answer.status}"
            )
        kind = fields.get(b"content-type", "").partition(";")[0].strip().lower()
        if kind not in ACCEPTED:
            raise ServiceFailed(
                url,
                f"it answered '{kind[:80]}' and not {JSON_RESULTS}",
                f"对方返回的类型为“{kind[:80]}”，而非 {JSON_RESULTS}",
            )
        encoding = fields.get(b"content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip", ""):
            raise ServiceFailed(
                url,
                f"it packed its answer as '{encoding[:80]}', unasked",
                f"对方擅自以“{encoding[:80]}”压缩结果",
            )
        length = fields.get(b"content-length", "0")
        if length.isdigit() and int(length[:20]) > most:
            raise AnswerTooLarge(url, self._limits.max_bytes)
        return encoding

    async def _read(
        self, url: str, chunks: AsyncIterable[bytes], encoding: str, most: int
    ) -> bytes:
        unpack = zlib.decompressobj(31) if "gzip" in encoding else None
        body = bytearray()
        async for chunk in chunks:
            if unpack is not None:
                try:
                    # Never more than one byte too many, however tightly it was packed.
                    chunk = unpack.decompress(chunk, most + 1 - len(body))
                except zlib.error:
                    raise self._broken(url) from None
            body += chunk
            if len(body) > most:
                raise AnswerTooLarge(url, self._limits.max_bytes)
        if unpack is not None and not unpack.eof:
            raise self._broken(url)
        return bytes(body)

    def _broken(self, url: str) -> ServiceFailed:
        return ServiceFailed(url, "its packed answer is broken", "其压缩的结果已损坏")
