"""Stopping a service that is at work."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

from .conftest import ENDLESS, KG, MILLION, Serve, Two, wait_until


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_streaming_answer_ends_whole(serve: Serve, two: Two, number: signal.Signals) -> None:
    with serve("--deadline", "60", "--grace", "60") as kg:
        parameters = {"query": MILLION, "format": "csv"}
        with httpx.stream("GET", f"{kg.url}sparql", params=parameters, timeout=60) as answer:
            assert "content-length" not in answer.headers  # it streams
            lines = answer.iter_lines()
            next(lines)
            kg.process.send_signal(number)
            wait_until(lambda: kg.events("stopping"))
            wait_until(lambda: refused(kg.url))
            assert sum(1 for _ in lines) == 1_000_000
        assert kg.process.wait(60) == 0
        assert kg.events("stopping")[0]["requests"] == 1
        (request,) = [line for line in kg.events("request") if line["route"] == "/sparql"]
        assert request["outcome"] == "ok"


def refused(url: str) -> bool:
    """Whether no new connection is taken; until then the service says that it is not ready."""
    try:
        answer = httpx.get(f"{url}health/ready", timeout=10)
    except httpx.ConnectError:
        return True
    except httpx.TransportError:
        return False  # it was in the backlog of the listener when that was closed
    assert answer.status_code in (200, 503)
    return False


def test_what_takes_longer_than_the_grace_is_ended(serve: Serve, two: Two) -> None:
    with serve("--deadline", "60", "--grace", "1") as kg:
        got: list[httpx.Response] = []
        asking = threading.Thread(target=lambda: got.append(kg.ask(ENDLESS)))
        asking.start()
        parameters = {"query": MILLION.replace("0 1", "0 1 10 11"), "format": "csv"}
        with httpx.stream("GET", f"{kg.url}sparql", params=parameters, timeout=60) as answer:
            lines = answer.iter_lines()
            next(lines)
            children = kg.children()
            kg.process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            wait_until(lambda: kg.events("stopping"))
            time.sleep(1.5)  # this client does not read for longer than the grace
            with pytest.raises(httpx.TransportError):  # and is told that the answer is not whole
                for _ in lines:
                    pass
        asking.join()
        assert got[0].status_code == 503
        assert got[0].json()["type"].endswith("/problem/unavailable")
        assert kg.process.wait(60) == 0
        assert time.monotonic() - began < 30
        wait_until(lambda: not any(os.path.exists(f"/proc/{child}") for child in children))
        assert not [line for line in kg.lines() if line["level"] == "error"]


def test_a_second_signal_ends_at_once(serve: Serve, two: Two) -> None:
    with serve("--deadline", "100", "--grace", "100") as kg:

        def ask() -> None:
            with contextlib.suppress(httpx.TransportError):
                kg.ask(ENDLESS)

        asking = threading.Thread(target=ask)
        asking.start()
        wait_until(lambda: re.search(r"kg_queries_running.* 1\.0", kg.get("metrics").text))
        children = kg.children()
        kg.process.send_signal(signal.SIGTERM)
        wait_until(lambda: kg.events("stopping"))
        assert kg.process.poll() is None
        assert kg.stop(signal.SIGTERM) == -signal.SIGTERM
        asking.join()
        wait_until(lambda: not any(os.path.exists(f"/proc/{child}") for child in children))


def test_an_idle_service_stops_at_once_in_spite_of_open_connections(serve: Serve, two: Two) -> None:
    with serve("--grace", "50") as kg, httpx.Client(base_url=kg.url) as client:
        assert client.get("health/live").status_code == 200
        address = (httpx.URL(kg.url).host, httpx.URL(kg.url).port)
        with socket.create_connection(address) as silent:
            silent.sendall(b"GET /health/live HTT")
            began = time.monotonic()
            assert kg.stop() == 0
            assert time.monotonic() - began < 25


def test_closing_the_terminal_stops_the_service_that_was_started_in_it(two: Two) -> None:
    process, terminal = pty.fork()
    if process == 0:  # the child, in a session of its own on the new terminal
        # Who started the tests may have told them to outlive his terminal (nohup), which is inherited.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        where = ["--releases", str(two.path), "--project", str(Path(__file__).parents[2])]
        os.execv(KG[0], [*KG, "serve", "--port", "0", *where])
    said = b""
    while b"http://" not in said:
        said += os.read(terminal, 1000)
    time.sleep(1)  # until it listens to signals
    os.close(terminal)
    end = time.monotonic() + 60
    while (ended := os.waitpid(process, os.WNOHANG))[0] == 0 and time.monotonic() < end:
        time.sleep(0.05)
    if ended[0] == 0:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    assert ended[0] == process
