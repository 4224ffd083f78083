"""Another release becomes current while the service runs."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from conftest import BASE, write_release

from kgservice.release import switch_current

from .conftest import MARKED, MILLION, Kg, Serve, Two, marked, serving, wait_until


class Clients:
    """Clients that ask in a loop, each on a connection that it keeps; every answer is checked and kept in order."""

    def __init__(self, ask: Callable[[httpx.Client], str], url: str, number: int = 4) -> None:
        self.answers: list[list[str]] = [[] for _ in range(number)]
        self.failures: list[str] = []
        self._ask, self._url = ask, url
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(answers,)) for answers in self.answers
        ]

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, answers: list[str]) -> None:
        with httpx.Client(base_url=self._url, timeout=60) as client:
            while not self._over.is_set():
                try:
                    answers.append(self._ask(client))
                except Exception as error:
                    self.failures.append(repr(error))

    def all_say(self, answer: str) -> bool:
        """Whether the last answer of every client was this one."""
        assert not self.failures, self.failures[:3]
        return all(answers and answers[-1] == answer for answers in self.answers)


def ask_marks(client: httpx.Client) -> str:
    answer = client.get("sparql", params={"query": MARKED, "format": "csv"})
    assert answer.status_code == 200, answer.text
    marks = [row.split(",")[1] for row in answer.text.split()[1:]]
    assert len(marks) == 3 and len(set(marks)) == 1, marks
    return marks[0]


def one_step(answers: list[str], before: str, after: str) -> bool:
    """Whether the answers are all ``before``, then all ``after``."""
    change = answers.index(after)
    return set(answers[:change]) <= {before} and set(answers[change:]) == {after}


def test_a_switch_under_load_drops_no_request(serve: Serve, two: Two) -> None:
    with serve() as kg, Clients(ask_marks, kg.url) as clients:
        wait_until(lambda: clients.all_say("a"))
        switch_current(two.path, two.b)
        wait_until(lambda: clients.all_say("b"))
        before = kg.children()
        switch_current(two.path, two.a)  # going back is switching again
        wait_until(lambda: clients.all_say("a"))
        wait_until(lambda: not set(before) & set(kg.children()))  # the engine of b has ended
    assert clients.failures == []
    for answers in clients.answers:
        back = len(answers) - answers[::-1].index("b")
        assert one_step(answers[:back], "a", "b")
        assert set(answers[back:]) == {"a"}
    assert [event["release"] for event in kg.events("switched")] == [two.b, two.a]
    requests = [line for line in kg.events("request") if line["route"] == "/sparql"]
    assert {line["status"] for line in requests} == {200}
    assert {line["release"] for line in requests} == {two.a, two.b}


def test_an_answer_that_streams_ends_on_the_release_on_which_it_began(
    serve: Serve, two: Two
) -> None:
    with serve("--deadline", "60", "--grace", "60") as kg:
        query = MILLION.replace("* {", f"* {{ <{BASE}/id/mark> <{BASE}/ns/mark> ?mark .", 1)
        parameters = {"query": query, "format": "csv"}
        with httpx.stream("GET", f"{kg.url}sparql", params=parameters, timeout=60) as answer:
            chunks = answer.iter_lines()
            columns = next(chunks).split(",")
            place = columns.index("mark")
            marks = {next(chunks).split(",")[place]}
            switch_current(two.path, two.b)
            wait_until(lambda: kg.mark() == {"b"})
            rows = 1
            for row in chunks:
                marks.add(row.split(",")[place])
                rows += 1
        assert marks == {"a"}
        assert rows == 3_000_000  # the mark stands in three graphs


def test_a_damaged_release_changes_nothing_and_is_told(serve: Serve, two: Two) -> None:
    whole = two.path.parent / "whole"
    shutil.copytree(two.path / two.b, whole)
    with (two.path / two.b / "graph.nq").open("a") as graph:
        graph.write("# one byte more\n")
    with serve() as kg:
        switch_current(two.path, two.b)
        wait_until(lambda: kg.events("switch-failed"))
        (told,) = kg.events("switch-failed")
        assert told["level"] == "error"
        assert "graph.nq" in told["message"] and "已损坏" in told["message_zh"]
        ready = kg.get("health/ready")
        assert ready.status_code == 200
        standing = ready.json()
        assert standing["release"] == two.a
        assert standing["warning"]["release"] == two.b
        assert "graph.nq" in standing["warning"]["languages"]["en"]
        assert "已损坏" in standing["warning"]["languages"]["zh"]
        assert str(two.path) not in ready.text
        assert kg.mark() == {"a"}
        time.sleep(0.5)
        assert len(kg.events("switch-failed")) == 1  # told once, not at every look

        shutil.rmtree(two.path / two.b)  # made anew, it is taken without further ado
        shutil.copytree(whole, two.path / two.b)
        wait_until(lambda: kg.mark() == {"b"})
        assert "warning" not in kg.get("health/ready").json()


def test_a_release_that_is_not_there_and_one_without_names(serve: Serve, two: Two) -> None:
    old = write_release(two.path, marked("old"), current=False)
    (two.path / old / "names.jsonl").unlink()
    with serve() as kg:
        (two.path / "current").unlink()
        wait_until(lambda: "warning" in kg.get("health/ready").json())
        assert kg.mark() == {"a"}
        switch_current(two.path, old)
        wait_until(lambda: kg.get("health/ready").json()["warning"]["release"] == old)
        assert kg.mark() == {"a"}
        switch_current(two.path, two.a)
        wait_until(lambda: "warning" not in kg.get("health/ready").json())


def test_nothing_of_the_old_release_stays_open(serve: Serve, two: Two) -> None:
    def index_is_open(kg: Kg, name: str) -> bool:
        files = [os.readlink(file) for file in Path(f"/proc/{kg.process.pid}/fd").iterdir()]
        return any(file.endswith(f"{name}.sqlite") for file in files)

    with serve() as kg:
        for old, new in ((two.a, two.b), (two.b, two.a)):
            assert kg.get("api/search", params={"q": "工程师"}).status_code == 200
            assert index_is_open(kg, old)
            switch_current(two.path, new)
            wait_until(lambda new=new: kg.get("health/ready").json()["release"] == new)  # type: ignore[misc]
            wait_until(lambda old=old: not index_is_open(kg, old))  # type: ignore[misc]


def test_sighup_looks_at_once(serve: Serve, two: Two) -> None:
    with serve("--watch", "0") as kg:
        switch_current(two.path, two.b)
        time.sleep(0.5)
        assert kg.mark() == {"a"}
        kg.process.send_signal(signal.SIGHUP)
        wait_until(lambda: kg.mark() == {"b"})
        kg.process.send_signal(signal.SIGHUP)
        wait_until(lambda: kg.events("switch-idle"))


def test_a_release_that_was_named_stays(serve: Serve, two: Two) -> None:
    with serve("--release", two.a) as kg:
        switch_current(two.path, two.b)
        kg.process.send_signal(signal.SIGHUP)
        wait_until(lambda: kg.events("switch-pinned"))
        time.sleep(0.5)
        assert kg.mark() == {"a"}
        assert kg.get("health/ready").json()["release"] == two.a


def test_stopping_during_a_switch_leaves_no_process(serve: Serve, two: Two) -> None:
    with serve() as kg:
        switch_current(two.path, two.b)
        wait_until(lambda: len(kg.children()) > 3)  # two workers, one spare, and what makes b ready
        children = kg.children()
        assert kg.stop() == 0
        wait_until(lambda: not any(_alive(child) for child in children))
    assert not [line for line in kg.lines() if line["level"] == "error"]


def _alive(process: int) -> bool:
    try:
        return "zombie" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


@pytest.mark.timeout(900)
def test_the_real_graph_is_switched_under_load(real_release, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """Search index, questions and SPARQL change together: an issuer has another name in the second release."""
    releases = tmp_path / "releases"
    name, other = "Royal Institution of Chartered Surveyors", "Royal Society of Changed Names"
    folder = releases / real_release.id
    shutil.copytree(real_release.path, folder)
    switch_current(releases, real_release.id)
    changed = change_release(folder, name, other)
    label = f'SELECT ?l {{ <{BASE}/id/issuer/i0028> <http://www.w3.org/2004/02/skos/core#prefLabel> ?l FILTER(LANG(?l) = "en") }}'

    def ask(client: httpx.Client) -> str:
        found = client.get("api/search", params={"q": "RICS", "type": "issuer"})
        assert found.status_code == 200, found.text
        answer = client.get("sparql", params={"query": label, "format": "csv"})
        assert answer.status_code == 200, answer.text
        page = client.get("")
        assert page.status_code == 200
        eligible = client.post("api/eligibility", json={"certificates": [{"id": "c00085"}]})
        assert eligible.status_code == 200, eligible.text
        said = [found.json()["hits"][0]["label"]["en"], answer.text.split("\r\n")[1]]
        said.append(name if real_release.id in page.text else other)
        return "" if len(set(said)) > 1 else said[0]  # the switch fell between two of the requests

    with serving(tmp_path, releases, "--workers", "2") as kg, Clients(ask, kg.url, 3) as clients:
        wait_until(lambda: clients.all_say(name), 120)
        switch_current(releases, changed)
        wait_until(lambda: clients.all_say(other), 240)
    assert clients.failures == []
    for answers in clients.answers:
        said = [answer for answer in answers if answer]
        assert one_step(said, name, other)
        assert len(answers) - len(said) <= 1


def change_release(folder: Path, old: str, new: str) -> str:
    """A release beside that in ``folder``, with another text in graph and names; returns its name."""
    import hashlib
    import json

    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    target = folder.parent / "changed"
    shutil.copytree(folder, target)
    for file in ("graph.nq", "names.jsonl"):
        data = (folder / file).read_text("utf-8")
        assert old in data
        changed = data.replace(old, new).encode()
        (target / file).write_bytes(changed)
        manifest["files"][file] = {
            "sha256": hashlib.sha256(changed).hexdigest(),
            "bytes": len(changed),
        }
    manifest["release"] = "changed"
    (target / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return "changed"


def test_a_mixed_answer_would_be_seen(serve: Serve, two: Two) -> None:
    mixed = write_release(two.path, marked("a").replace('"a" <', '"z" <', 1))
    with serve() as kg:
        assert kg.get("health/ready").json()["release"] == mixed
        assert kg.mark() == {"a", "z"}
