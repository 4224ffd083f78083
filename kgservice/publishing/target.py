"""A server that a release is loaded into: the Graph Store Protocol to write, the SPARQL Protocol to count."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import httpx

from kgservice.engine.endpoint import (
    CONNECT_SECONDS,
    Endpoint,
    auth_of,
    explain_refusal,
    explain_transport,
)
from kgservice.engine.errors import RemoteAuthRefused
from kgservice.engine.remote_dataset import (
    COUNTS,
    IDENTIFIER,
    Marks,
    ask_marks,
    loading_graph,
    published_graph,
    read_marks,
)
from kgservice.errors import ExplainedError

ANSWER_SECONDS = 600.0
_TAGS = re.compile(r"<[^>]{0,200}>")
N_TRIPLES = "application/n-triples"
# Where the query address lies beside the Graph Store address, by maker.
QUERY_BESIDE = (
    ("/sparql-graph-crud-auth", "/sparql"),  # Virtuoso
    ("/sparql-graph-crud", "/sparql"),
    ("/rdf-graphs/service", ""),  # GraphDB, RDF4J
    ("/sparql/gsp", "/sparql"),  # Neptune
    ("/store", "/query"),  # Oxigraph
    ("/data", "/sparql"),  # Fuseki
)


class PublishError(ExplainedError):
    """A release cannot be loaded there. The text says what to do."""


class BodyTooLarge(PublishError):
    """The server takes no body of this size (413). ``size`` is in bytes."""

    def __init__(self, shown: str, graph: str, size: int) -> None:
        super().__init__(
            f"{shown} takes no body of {size} bytes (413) for <{graph}>. Raise the limit of that server, or of the proxy "
            "before it.",
            f"{shown} 不接受 <{graph}> 的 {size} 字节请求体（413）。请调高该服务器或其代理的上限。",
        )


class ConnectionBroken(PublishError):
    """The connection broke off on the way; what was finished stays finished."""


def query_url_beside(url: str) -> str:
    """The query address that belongs to a Graph Store address.

    Raises:
        PublishError: its form is not known.
    """
    parsed = httpx.URL(url)
    path = parsed.path.rstrip("/")
    for ending, other in QUERY_BESIDE:
        if path.endswith(ending):
            return str(parsed.copy_with(path=path.removesuffix(ending) + other, query=None))
    shown = parsed.copy_with(userinfo=b"")
    raise PublishError(
        f"Where to send queries cannot be told from {shown}. Give it with --query-url.",
        f"无法由 {shown} 得知查询地址。请用 --query-url 给出。",
    )


class Target:
    """Reads and writes the graphs of one dataset; ``base`` is that of the release."""

    def __init__(self, store: Endpoint, query: Endpoint, base: str) -> None:
        self._store, self._query = store, query
        self.base = base
        self.url = store.url
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        self._writing = httpx.Client(auth=auth_of(store), timeout=timeout)
        self._reading = httpx.Client(auth=auth_of(query), timeout=timeout)

    def __enter__(self) -> Target:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writing.close()
        self._reading.close()

    # -- reading

    def counts(self) -> dict[str, int]:
        """How many triples each named graph has."""
        return {row["g"]: int(row["n"]) for row in self._select(COUNTS)}

    def count(self, graph: str) -> int:
        """How many triples one graph has."""
        rows = self._select(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")
        return int(rows[0]["n"])

    def marks(self) -> Marks:
        """What the marks say."""
        return read_marks(self.base, self._select(ask_marks(self.base)))

    def _select(self, text: str) -> list[Mapping[str, str]]:
        headers = {"accept": "application/sparql-results+json"}
        try:
            response = self._reading.post(self._query.url, data={"query": text}, headers=headers)
        except httpx.HTTPError as error:
            raise self._broken(self._query, error) from None
        if response.status_code != 200:
            raise self._refused(self._query, response)
        try:
            bindings = response.json()["results"]["bindings"]
            return [{name: term["value"] for name, term in row.items()} for row in bindings]
        except (ValueError, KeyError, TypeError):
            raise PublishError(
                f"{self._query.url} does not answer queries in SPARQL JSON. Check --query-url.",
                f"{self._query.url} 没有以 SPARQL JSON 回答查询。请检查 --query-url。",
            ) from None

    # -- writing

    def put(self, graph: str, triples: bytes) -> None:
        """Replaces a graph (SPARQL 1.1 Graph Store Protocol, 5.3)."""
        self._write("PUT", graph, triples)

    def post(self, graph: str, triples: bytes) -> None:
        """Adds to a graph (5.5)."""
        self._write("POST", graph, triples)

    def delete(self, graph: str) -> None:
        """Removes a graph (5.4); one that is not there is no error."""
        self._write("DELETE", graph, None)

    def set_published(self, release: str) -> None:
        """Names the release that is complete."""
        self.put(published_graph(self.base), self._mark(published_graph(self.base), release))

    def set_loading(self, release: str) -> None:
        """Says that this release is being loaded."""
        self.put(loading_graph(self.base), self._mark(loading_graph(self.base), release))

    def set_finished(self, graph: str, sha256: str) -> None:
        """Notes that a graph is complete."""
        self.post(loading_graph(self.base), self._mark(graph, sha256))

    @staticmethod
    def _mark(of: str, value: str) -> bytes:
        return f'<{of}> <{IDENTIFIER}> "{value}" .\n'.encode()

    def _write(self, method: str, graph: str, triples: bytes | None) -> None:
        headers = {} if triples is None else {"content-type": f"{N_TRIPLES}; charset=utf-8"}
        try:
            response = self._writing.request(
                method,
                self._store.url,
                params=self._params(graph),
                content=triples,
                headers=headers,
            )
        except httpx.HTTPError as error:
            raise self._broken(self._store, error) from None
        if response.status_code == 413:
            raise BodyTooLarge(self.url, graph, len(triples or b""))
        if response.status_code >= 300 and not (method == "DELETE" and response.status_code == 404):
            raise self._refused_write(response)

    def _params(self, graph: str) -> httpx.QueryParams:
        return httpx.URL(self._store.url).params.set("graph", graph)

    # -- what went wrong

    def _broken(self, endpoint: Endpoint, error: httpx.HTTPError) -> ExplainedError:
        said = explain_transport(endpoint, error)
        return ConnectionBroken(
            f"{said.en} Run the same command again: it goes on where it stopped.",
            f"{said.zh}再次运行同一命令即可从中断处继续。",
        )

    @staticmethod
    def _refused(endpoint: Endpoint, response: httpx.Response) -> ExplainedError:
        body = b""
        with contextlib.suppress(httpx.HTTPError):
            body = response.read()[:4096]
        said: Any = explain_refusal(endpoint, response, body, ANSWER_SECONDS)
        return PublishError(said.en, said.zh)

    def _refused_write(self, response: httpx.Response) -> PublishError:
        """What a status means at the address that is written to: no query was sent there."""
        url, status = self.url, response.status_code
        said = " ".join(_TAGS.sub(" ", response.text[:4096]).split())[:300]
        if status in (401, 403, 407):
            refused = RemoteAuthRefused(url, status)
            return PublishError(refused.en, refused.zh)
        if 300 <= status < 400 or status in (404, 405, 501):
            return PublishError(
                f"No graphs can be written at {url} ({status}). Give the address of that server's Graph Store Protocol with "
                "--to, and check that it allows writing.",
                f"{url} 不能写入图（{status}）。请用 --to 给出该服务器的图存储协议（Graph Store Protocol）地址，并确认它允许写入。",
            )
        if status in (408, 429, 503, 504):
            return PublishError(
                f"{url} is busy or took too long ({status}). Run the same command again later: it goes on where it stopped.",
                f"{url} 繁忙或超时（{status}）。请稍后再次运行同一命令，即可从中断处继续。",
            )
        return PublishError(
            f"{url} did not take the triples ({status}): {said or 'it gave no reason'}. Look into that server's log, then run "
            "the same command again.",
            f"{url} 没有接受三元组（{status}）：{said or '未说明原因'}。请查看该服务器的日志，再运行同一命令。",
        )
