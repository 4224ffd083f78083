"""The figures of the service in the text format of Prometheus.

With :mod:`kgservice.operation.standing` the one home of prometheus-client.

Labels take values from fixed lists only (routes, methods, statuses, outcomes, endpoints of the allow-list): no text of a
query, no address of a client and no path as it was asked, so that neither secrets nor series pile up.
"""

from __future__ import annotations

from prometheus_client import (
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from kgservice.operation.application import OTHER
from kgservice.operation.errors import MetricsAddressInUse
from kgservice.operation.observing import Exchange
from kgservice.operation.standing import OpenReleases, Standing

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
METHODS = frozenset(("GET", "HEAD", "POST", "OPTIONS", "QUERY", "PUT", "DELETE", "PATCH"))
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
NONE = "none"


class Metrics:
    """An observer (:class:`~kgservice.operation.observing.Observer`) that counts."""

    def __init__(self) -> None:
        # The times at which counters began would double the number of lines.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry(auto_describe=False)
        own = self.registry
        self._requests = Counter(
            "kg_http_requests", "Requests.", ("route", "method", "status"), registry=own
        )
        self._seconds = Histogram(
            "kg_http_request_duration_seconds",
            "From the first byte of a request to the last of its answer.",
            ("route",),
            buckets=SECONDS,
            registry=own,
        )
        self._bytes = Counter(
            "kg_http_response_bytes", "Bytes of bodies sent.", ("route",), registry=own
        )
        self._queries = Counter(
            "kg_queries",
            "Queries asked at the SPARQL endpoint; the outcome is ok, disconnected or the type of the problem.",
            ("form", "outcome"),
            registry=own,
        )
        self._query_seconds = Histogram(
            "kg_query_duration_seconds",
            "How long queries at the SPARQL endpoint took, the queue and the sending included.",
            ("form",),
            buckets=SECONDS,
            registry=own,
        )
        self._cache = Counter(
            "kg_cache_requests",
            "Queries by what the response cache did.",
            ("result",),
            registry=own,
        )
        self._queue_seconds = Histogram(
            "kg_queue_wait_seconds",
            "How long queries waited for a worker, where none was free.",
            buckets=SECONDS,
            registry=own,
        )
        self._starts = Histogram(
            "kg_worker_start_seconds",
            "How long worker processes took to be ready.",
            buckets=SECONDS,
            registry=own,
        )
        self._ends = Counter(
            "kg_worker_ends", "Worker processes that ended.", ("reason",), registry=own
        )
        self._calls = Counter(
            "kg_service_calls", "Calls of other endpoints.", ("endpoint", "outcome"), registry=own
        )
        self._call_seconds = Histogram(
            "kg_service_call_duration_seconds",
            "How long calls of other endpoints took.",
            ("endpoint",),
            buckets=SECONDS,
            registry=own,
        )
        self._call_bytes = Counter(
            "kg_service_call_bytes", "Bytes that other endpoints sent.", ("endpoint",), registry=own
        )
        self._switches = Counter(
            "kg_release_switches", "Switches to another release.", ("outcome",), registry=own
        )
        self._request_series: dict[tuple[str, str, int], tuple[Counter, Histogram, Counter]] = {}
        self._query_series: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        self._cache_series: dict[str, Counter] = {}
        ProcessCollector(registry=own)
        own.register(PLATFORM_COLLECTOR)
        own.register(GC_COLLECTOR)

    def watch(self, releases: OpenReleases) -> None:
        """Adds the figures of the releases that are open, the current one first."""
        self.registry.register(Standing(releases))

    def text(self) -> bytes:
        """All figures, to be sent as :data:`CONTENT_TYPE`."""
        return generate_latest(self.registry)

    # -- Observer

    def answered(self, exchange: Exchange) -> None:
        """Counts a request, and the query that it carried."""
        route, method = exchange.route, exchange.method
        request = (route, method if method in METHODS else OTHER, exchange.status)
        # Looking a series up by its labels costs more than counting.
        series = self._request_series.get(request)
        if series is None:
            series = self._request_series[request] = (
                self._requests.labels(*request),
                self._seconds.labels(route),
                self._bytes.labels(route),
            )
        series[0].inc()
        series[1].observe(exchange.seconds)
        series[2].inc(exchange.bytes)
        if exchange.query is not None:
            query = (exchange.form or NONE, exchange.outcome)
            of_query = self._query_series.get(query)
            if of_query is None:
                of_query = self._query_series[query] = (
                    self._queries.labels(*query),
                    self._query_seconds.labels(query[0]),
                )
            of_query[0].inc()
            of_query[1].observe(exchange.seconds)
        if exchange.cache is not None:
            result = self._cache_series.get(exchange.cache)
            if result is None:
                result = self._cache_series[exchange.cache] = self._cache.labels(exchange.cache)
            result.inc()

    def switched(self, outcome: str) -> None:
        """Counts a switch."""
        self._switches.labels(outcome).inc()

    def worker_started(self, seconds: float) -> None:
        """Counts a start."""
        self._starts.observe(seconds)

    def worker_ended(self, reason: str) -> None:
        """Counts an end."""
        self._ends.labels(reason).inc()

    def waited(self, seconds: float) -> None:
        """Counts a wait."""
        self._queue_seconds.observe(seconds)

    def called(self, endpoint: str, outcome: str, seconds: float, bytes: int) -> None:
        """Counts a call."""
        self._calls.labels(endpoint, outcome).inc()
        self._call_seconds.labels(endpoint).observe(seconds)
        self._call_bytes.labels(endpoint).inc(bytes)


def listen(metrics: Metrics, address: str) -> None:
    """Serves the figures on an address of their own, HOST:PORT, in a thread that ends with the program.

    Raises:
        MetricsAddressInUse: it cannot be listened on.
    """
    host, _, port = address.rpartition(":")
    try:
        start_http_server(int(port), host.strip("[]"), metrics.registry)
    except OSError as error:
        raise MetricsAddressInUse(address, error.strerror or str(error)) from None
