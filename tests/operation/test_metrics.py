"""The figures for Prometheus, read by Prometheus's own parser."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from kgservice.operation.metrics import Metrics
from kgservice.operation.observing import Exchange
from kgservice.release import switch_current

from .conftest import ENDLESS, Kg, Serve, Two, wait_until


class Figures:
    """One reading: samples by name and labels."""

    def __init__(self, text: str) -> None:
        self.samples = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]

    def __call__(self, name: str, **labels: str) -> float:
        """The sum of the samples of that name with these labels."""
        return sum(
            sample.value
            for sample in self.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def labels(self, name: str) -> list[Mapping[str, str]]:
        return [sample.labels for sample in self.samples if sample.name == name]


def read(kg: Kg) -> Figures:
    answer = kg.get("metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return Figures(answer.text)


def test_requests_queries_and_workers_are_counted(serve: Serve, two: Two) -> None:
    with serve("--deadline", "1", "--memory", "128") as kg:
        before = read(kg)
        for _ in range(3):
            assert kg.mark() == {"a"}
        assert kg.ask("ASK { ?s ?p ?o }", headers={"x": "y"}).status_code == 400  # no CSV for ASK
        assert kg.get("sparql", params={"query": "ASK {}"}).status_code == 200
        assert kg.ask("SELECT nonsense").status_code == 400
        assert kg.ask("SELECT * { SERVICE <http://localhost/> {} }").status_code == 403
        assert kg.ask(ENDLESS).status_code == 504
        assert kg.get("api/search", params={"q": "工程师"}).status_code == 200
        for path in ("api/search?q=x", "api/queries", "api/nothing"):
            httpx.head(f"{kg.url}{path}", timeout=60)
        assert kg.get("some/secret/path").status_code == 404
        assert kg.get("metrics/").status_code == 404
        after = read(kg)

    def more(name: str, **labels: str) -> float:
        return after(name, **labels) - before(name, **labels)

    sparql = {"route": "/sparql", "method": "GET"}
    assert more("kg_http_requests_total", status="200", **sparql) == 4
    assert more("kg_http_requests_total", status="504", **sparql) == 1
    assert more("kg_http_requests_total", route="/api/search", method="GET", status="200") == 1
    for path, status in (("/api/search", "200"), ("/api/queries", "200"), ("other", "404")):
        head = {"route": path, "method": "HEAD", "status": status}
        assert more("kg_http_requests_total", **head) == 1, path
    assert more("kg_http_requests_total", route="other", method="GET", status="404") == 2
    assert more("kg_http_request_duration_seconds_count", route="/sparql") == 8
    assert more("kg_http_request_duration_seconds_sum", route="/sparql") > 1
    assert more("kg_http_response_bytes_total", route="/sparql") > 300
    assert more("kg_queries_total", form="SELECT", outcome="ok") == 3
    assert more("kg_queries_total", form="ASK", outcome="ok") == 1
    assert more("kg_queries_total", form="ASK", outcome="parameter") == 1
    assert more("kg_queries_total", outcome="query-syntax") == 1
    assert more("kg_queries_total", form="none", outcome="service-refused") == 1
    assert more("kg_queries_total", form="SELECT", outcome="query-timeout") == 1
    assert more("kg_query_duration_seconds_count", form="SELECT") == 5
    assert more("kg_worker_ends_total", reason="deadline") == 1
    assert more("kg_worker_start_seconds_count") >= 1
    assert after("kg_worker_processes") >= 2
    assert after("kg_worker_memory_bytes") > 1024 * 1024
    assert after("kg_queries_waiting") == 0
    assert after.labels("kg_release_info")[0]["release"] == two.a
    assert after("kg_release_quads") == 11
    assert after("kg_http_requests_in_progress") == 1  # the one that asks
    assert after("process_resident_memory_bytes") > 1024 * 1024


def test_requests_that_are_answered_unread_are_counted_as_any_other(serve: Serve, two: Two) -> None:
    """With the log for people: the one for machines has every request read."""
    query = "SELECT ?x { VALUES ?x { '重复' } }"
    with serve("--log", "text") as kg, httpx.Client(base_url=kg.url) as client:

        def ask(times: int) -> Figures:
            for _ in range(times):
                params = {"query": query, "format": "csv"}
                answer = client.get("sparql", params=params, headers=held)
                assert answer.status_code == (304 if held else 200)
                held_next["if-none-match"] = answer.headers["etag"]
            return read(kg)

        held: dict[str, str] = {}
        held_next: dict[str, str] = {}
        before = read(kg)
        whole = ask(10)
        held = dict(held_next)
        unchanged = ask(10)
        held = {}
        switch_current(two.path, two.b)
        wait_until(lambda: read(kg).labels("kg_release_info")[0]["release"] == two.b)
        wait_until(lambda: read(kg)("kg_releases_open") == 1)
        switched = ask(10)

    for now, then, status, result in (
        (whole, before, "200", "hit"),
        (unchanged, whole, "304", "not-modified"),
        (switched, unchanged, "200", "hit"),
    ):

        def more(name: str, then: Figures = then, now: Figures = now, **labels: str) -> float:
            return now(name, **labels) - then(name, **labels)

        sparql = {"route": "/sparql", "method": "GET"}
        assert more("kg_http_requests_total", status=status, **sparql) == 10
        assert more("kg_http_request_duration_seconds_count", route="/sparql") == 10
        body = len("x\r\n重复\r\n".encode()) if status == "200" else 0
        assert more("kg_http_response_bytes_total", route="/sparql") == 10 * body
        assert more("kg_queries_total", form="SELECT", outcome="ok") == 10
        assert more("kg_query_duration_seconds_count", form="SELECT") == 10
        assert more("kg_cache_requests_total") == 10
        assert more("kg_cache_requests_total", result=result) == (9 if result == "hit" else 10)


def test_no_label_tells_what_was_asked_or_by_whom(serve: Serve) -> None:
    with serve() as kg:
        for number in range(30):
            kg.ask(f"SELECT ?secret {{ ?secret ?p {number} }}")
            kg.get(f"secret/{number}")
            kg.get(f"sparql?secret{number}=1")
            httpx.request(f"SECRET{number}", f"{kg.url}sparql")
        text = kg.get("metrics").text
    assert "secret" not in text.lower()
    assert "127.0.0.1" not in text
    methods = {labels["method"] for labels in Figures(text).labels("kg_http_requests_total")}
    assert methods <= {"GET", "other"}
    assert len(Figures(text).labels("kg_http_requests_total")) < 10


def test_a_client_that_goes_away_and_a_full_queue_are_counted(serve: Serve) -> None:
    # The long lane would take the query in, and leave the only place to the next.
    flags = ("--workers", "1", "--queue-length", "0", "--long-after", "60")
    with serve("--deadline", "30", *flags) as kg:
        left = threading.Event()

        def ask_and_leave() -> None:
            with pytest.raises(httpx.ReadTimeout):
                httpx.get(f"{kg.url}sparql", params={"query": ENDLESS}, timeout=5)
            left.set()

        threading.Thread(target=ask_and_leave).start()
        wait_until(lambda: read(kg)("kg_queries_running") == 1)
        busy = kg.ask("SELECT * {}")
        assert busy.status_code == 503
        assert left.wait(60)
        wait_until(lambda: read(kg)("kg_queries_total", outcome="disconnected") == 1)
        figures = read(kg)
        assert figures("kg_queries_total", outcome="busy") == 1
        assert figures("kg_http_requests_total", status="499") == 1
        assert figures("kg_worker_ends_total", reason="dropped") == 1


def test_a_switch_shows(serve: Serve, two: Two) -> None:
    with serve() as kg:
        switch_current(two.path, two.b)
        wait_until(lambda: read(kg).labels("kg_release_info")[0]["release"] == two.b)
        wait_until(lambda: read(kg)("kg_releases_open") == 1)
        assert read(kg)("kg_release_switches_total", outcome="ok") == 1
        switch_current(two.path, two.a)
        (two.path / two.a / "graph.nq").write_text("")
        wait_until(lambda: read(kg)("kg_release_switches_total", outcome="failed") >= 1)


def test_who_may_read(serve: Serve) -> None:
    with serve() as kg:
        for name in ("x-forwarded-for", "forwarded", "x-real-ip", "via"):
            refused = kg.get("metrics", headers={name: "127.0.0.1", "accept-language": "zh"})
            assert refused.status_code == 403
            assert "本机" in refused.json()["detail"]
    with serve("--metrics", "on") as kg:
        assert kg.get("metrics", headers={"x-forwarded-for": "192.0.2.1"}).status_code == 200
    with serve("--metrics", "off") as kg:
        assert kg.get("metrics").status_code == 404


def test_an_address_of_their_own(serve: Serve, unused_port: int) -> None:
    with serve("--metrics", f"127.0.0.1:{unused_port}") as kg:
        assert kg.get("metrics").status_code == 404
        figures = Figures(httpx.get(f"http://127.0.0.1:{unused_port}/metrics").text)
        assert figures("kg_release_quads") == 11
        assert kg.stop() == 0


def test_the_cache_and_other_endpoints_can_report() -> None:
    metrics = Metrics()
    for result in ("hit", "hit", "miss"):
        metrics.answered(Exchange("r", "GET", "ASK {}", form="ASK", cache=result, status=200))
    metrics.called("https://example.org/sparql", "ok", 0.2, 1000)
    figures = Figures(metrics.text().decode())
    assert figures("kg_cache_requests_total", result="hit") == 2
    assert figures("kg_service_calls_total", endpoint="https://example.org/sparql") == 1
    assert figures("kg_service_call_bytes_total") == 1000
