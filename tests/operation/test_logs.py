"""What is logged, and what never is."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from kgservice.app import create_app
from kgservice.engine.pool import PoolLimits, WorkerPool
from kgservice.engine.store import make_store
from kgservice.operation import logs
from kgservice.release import open_release
from kgservice.settings import Settings

from .conftest import ENVIRONMENT, KG, ROOT, Serve, Two, wait_until

SECRET = 'SELECT ("王小明 9f3" AS ?secret) {}'


def test_one_line_for_each_request_without_the_query_or_the_client(serve: Serve, two: Two) -> None:
    with serve() as kg:
        answer = kg.ask(SECRET)
        assert "王小明" in answer.text
        kg.ask(SECRET + " nonsense")
        kg.get("no/such/王小明")
        assert kg.stop() == 0
        text = kg.log.read_text("utf-8")
        lines = kg.lines()
    assert "王小明" not in text and "9f3" not in text and "127.0.0.1" not in text
    good, bad = (line for line in lines if line.get("route") == "/sparql")
    assert good["query_hash"] == hashlib.sha256(SECRET.encode()).hexdigest()[:16]
    assert good["bytes"] == len(answer.content)
    assert 0 < good["seconds"] < 60
    assert abs(datetime.fromisoformat(good["time"]) - datetime.now(UTC)).total_seconds() < 300
    expected = {"level": "info", "event": "request", "method": "GET", "status": 200}
    expected |= {"form": "SELECT", "outcome": "ok", "release": two.a}
    assert expected.items() <= good.items()
    assert (bad["status"], bad["outcome"]) == (400, "query-syntax")
    (lost,) = (line for line in lines if line.get("route") == "other")
    assert (lost["status"], lost["outcome"]) == (404, "not-found")
    assert [line["event"] for line in lines if line["event"] in ("started", "stopped")] == [
        "started",
        "stopped",
    ]


def test_query_and_client_are_logged_when_asked_for(serve: Serve) -> None:
    with serve("--log-queries", "on", "--log-clients", "on") as kg:
        kg.ask(SECRET)
        wait_until(lambda: any(line.get("query") == SECRET for line in kg.lines()))
        line = next(line for line in kg.lines() if line.get("query"))
        assert line["client"] == "127.0.0.1"


def test_text_for_people_has_no_line_for_a_request(serve: Serve, two: Two) -> None:
    with serve("--log", "text") as kg:
        kg.ask(SECRET)
        assert kg.log.read_text("utf-8") == ""
        (two.path / "current").unlink()
        wait_until(lambda: kg.log.read_text("utf-8"))
        told = kg.log.read_text("utf-8")
        assert "ERROR" in told and "kg build" in told and "请先运行" in told


def test_a_start_that_fails_is_told_in_the_same_form(two: Two) -> None:
    done = subprocess.run(
        [
            *(*KG, "serve", "--project", str(ROOT), "--releases", str(two.path / "none")),
            *("--log", "json"),
        ],
        capture_output=True,
        env=ENVIRONMENT,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"]) == ("failed", "critical")
    assert "kg build" in told["message"] and "没有当前版本" in told["message_zh"]


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What is logged in this process as JSON, its configuration put back afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    try:
        logs.configure(logs.JSON, stream=stream)
        yield stream
    finally:
        root.handlers[:], level = before
        root.setLevel(level)
        logging.captureWarnings(False)
        for name in ("kgservice", "kgservice.journal"):
            logging.getLogger(name).setLevel(logging.NOTSET)


async def test_an_error_of_the_program_has_its_stack_trace_and_the_hash_of_the_query(
    two: Two, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = open_release(two.path)
    engine = WorkerPool(make_store(two.path, release), PoolLimits(workers=1), base="https://x/")
    application = create_app(replace(Settings(), releases=two.path), release, engine)

    def break_down(query: object) -> None:
        raise RuntimeError(f"a breakdown in {query}")

    monkeypatch.setattr(engine, "answer", break_down)
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/sparql", params={"query": SECRET})
        broken = await client.get("/health/ready")
    for one in (answer, broken):
        assert one.status_code == 500
        assert one.json()["type"].endswith("/problem/internal")
        assert "breakdown" not in one.text
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    error, request, other, _ = lines
    assert (error["event"], error["level"]) == ("error", "error")
    assert "break_down" in error["trace"] and "a breakdown in" in error["trace"]
    assert error["query_hash"] == hashlib.sha256(SECRET.encode()).hexdigest()[:16]
    assert "王小明" not in logged.getvalue()
    assert (request["outcome"], request["status"]) == ("internal", 500)
    assert "break_down" in other["trace"]
    assert other["route"] == "/health/ready"


def test_messages_of_libraries_go_the_same_way(logged: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logging.getLogger("httpx").info("HTTP Request: GET http://x/?query=secret")
    (line,) = (json.loads(line) for line in logged.getvalue().splitlines())
    assert line["message"] == "Invalid HTTP request received."
    assert line["logger"] == "uvicorn.error"
