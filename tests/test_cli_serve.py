"""The command line, as a user calls it: ``kg serve`` and ``kg query``, and every mistake told without a stack trace."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from conftest import BASE, write_release

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("KG_")},
    "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    "COLUMNS": "160",
    "NO_COLOR": "1",
}
KG = [sys.executable, "-m", "kgservice.cli"]
ENDLESS = "SELECT (COUNT(*) AS ?n) {" + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(14)) + "}"


def kg(
    *arguments: str, stdin: str | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*KG, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env={**ENVIRONMENT, **variables},
        timeout=60,
        check=False,
    )


@contextlib.contextmanager
def serving(*arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running ``kg serve`` and its address, as it prints it."""
    process = subprocess.Popen(
        [*KG, "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**ENVIRONMENT, "PYTHONUNBUFFERED": "1", **variables},
    )
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while not any("http://" in line for line in lines):
            line = process.stdout.readline()
            assert line, process.communicate()
            lines.append(line)
        url = next(word for line in lines for word in line.split() if word.startswith("http://"))
        for _ in range(200):
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{url}health/ready").status_code == 200:
                    break
            time.sleep(0.05)
        yield process, url
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def told(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr, done.stderr
    assert any("\u4e00" <= sign <= "\u9fff" for sign in done.stderr), "no Chinese text"


def test_serve_answers_and_stops_when_asked(releases: Path) -> None:
    with serving("--releases", str(releases)) as (process, url):
        answer = httpx.get(
            f"{url}sparql",
            params={"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "format": "csv"},
        )
        assert answer.text == "n\r\n8\r\n"
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=20)
        assert process.returncode in (0, 130)
        assert err == ""


def test_stopping_lets_a_running_query_end(releases: Path) -> None:
    rows = (
        "SELECT * {"
        + " ".join(f"VALUES ?{name} {{0 1 2 3 4 5 6 7 8 9}}" for name in "abcdef")
        + "}"
    )
    got: list[httpx.Response] = []
    begun = threading.Event()
    with serving("--releases", str(releases), "--grace", "20") as (process, url):

        def read() -> None:
            parameters = {"query": rows, "format": "csv"}
            with httpx.stream("GET", f"{url}sparql", params=parameters, timeout=30) as answer:
                begun.set()
                answer.read()
                got.append(answer)

        ask = threading.Thread(target=read)
        ask.start()
        assert begun.wait(20)
        process.send_signal(signal.SIGTERM)
        ask.join()
        process.wait(timeout=20)
    assert got[0].text.count("\n") == 1_000_001


def test_serve_makes_the_store_of_a_release_given_by_name(tmp_path: Path) -> None:
    name = write_release(tmp_path, current=False)
    with serving("--release", name, KG_RELEASES=str(tmp_path)) as (_, url):
        assert name in httpx.get(url).text
        assert (tmp_path / ".stores" / name / "db").is_dir()


def test_without_a_release_serve_says_what_to_do(tmp_path: Path) -> None:
    told(kg("serve", "--releases", str(tmp_path)), "kg build", "没有当前版本")
    told(kg("query", "-", stdin="ASK {}", KG_RELEASES=str(tmp_path)), "kg build")


def test_a_damaged_release_is_told(tmp_path: Path) -> None:
    name = write_release(tmp_path)
    (tmp_path / name / "graph.nq").write_text("", "utf-8")
    told(kg("serve", "--releases", str(tmp_path)), name, "kg build")


def test_a_damaged_store_is_told(tmp_path: Path) -> None:
    write_release(tmp_path)
    assert kg("query", "-", "--releases", str(tmp_path), stdin="ASK {}").returncode == 0
    for path in tmp_path.glob(".stores/*/db/*"):
        path.write_bytes(b"broken")
    told(kg("serve", "--releases", str(tmp_path), "--port", "0"), ".stores")
    told(kg("query", "-", "--releases", str(tmp_path), stdin="ASK {}"), ".stores")


def test_a_port_in_use_is_told(releases: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told(kg("serve", "--releases", str(releases), "--port", port), port, "--port")
    told(kg("serve", "--releases", str(releases), "--host", "no.such.host.invalid"), "no.such.host")


@pytest.mark.parametrize(
    ("flag", "value"), [("--port", "http"), ("--workers", "0"), ("--base", "x")]
)
def test_a_wrong_setting_is_told(flag: str, value: str) -> None:
    told(kg("serve", flag, value), flag, value)


def test_query_prints_a_table(releases: Path, tmp_path: Path) -> None:
    file = tmp_path / "q.rq"
    file.write_text(
        "SELECT ?s ?l { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?l } ORDER BY ?l", "utf-8"
    )
    done = kg("query", str(file), "--releases", str(releases))
    assert done.returncode == 0, done.stderr
    assert "注册会计师" in done.stdout
    assert "zcid:certificate/c00002" in done.stdout
    assert "3 rows" in done.stdout


def test_a_table_is_never_cut_off(releases: Path) -> None:
    names = [f"column{number}" for number in range(12)]
    wide = " ".join(f'("{name} 很长的文字 end" AS ?{name})' for name in names)
    where = ("--releases", str(releases))
    piped = kg("query", "-", *where, stdin=f"SELECT {wide} {{}}", COLUMNS="80").stdout
    assert all(f"{name} 很长的文字 end" in piped for name in names)
    terminal = kg(
        "query",
        "-",
        *where,
        stdin=f"SELECT {wide} {{}}",
        COLUMNS="80",
        FORCE_COLOR="1",
        NO_COLOR="",
    ).stdout
    assert all(f"{name} 很长的文字 end" in terminal for name in names)
    assert max(len(line) for line in terminal.splitlines()) < 120


def test_a_query_in_place_of_a_file_and_input_in_another_encoding_are_told(releases: Path) -> None:
    long = "SELECT * { " + "?s ?p ?o . " * 400 + "}"
    for text in (long, "ASK { ?s ?p ?o }"):
        told(kg("query", text, "--releases", str(releases)), "the query itself", "kg query -")
    told(kg("query", "a" * 5000, "--releases", str(releases)), "no file and no question 'aaa")
    done = subprocess.run(
        [*KG, "query", "-", "--releases", str(releases)],
        input="SELECT ('百' AS ?x) {}".encode("gb18030"),
        capture_output=True,
        env=ENVIRONMENT,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    said = done.stderr.decode()
    assert "The standard input cannot be read" in said and "无法读取标准输入" in said
    assert "UTF-8" in said and "Traceback" not in said


@pytest.mark.parametrize("format", ["csv", "json", "table"])
def test_who_reads_only_the_beginning_is_told_nothing(releases: Path, format: str) -> None:
    rows = " ".join(f"VALUES ?{name} {{ 0 1 2 3 4 5 6 7 8 9 }}" for name in "abcd")
    with subprocess.Popen(
        [*KG, "query", "-", "--format", format, "--releases", str(releases)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(f"SELECT * {{ {rows} }}".encode())
        process.stdin.close()
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == b""


def test_query_gives_other_formats_as_they_are(releases: Path) -> None:
    text = f"SELECT ?l {{ <{BASE}/id/certificate/c00002> <http://www.w3.org/2000/01/rdf-schema#label> ?l }}"
    done = kg("query", "-", "--format", "csv", "--releases", str(releases), stdin=text)
    assert list(csv.reader(done.stdout.splitlines())) == [["l"], ["注册会计师"]]
    done = kg("query", "-", "--format", "json", "--releases", str(releases), stdin="ASK {}")
    assert json.loads(done.stdout)["boolean"] is True
    assert "是" in kg("query", "-", "--releases", str(releases), stdin="ASK {}").stdout
    text = "SELECT (<https://w3id.org/zhicheng/id/x> AS ?x) {}"
    done = kg("query", "-", "--format", "csv", "--releases", str(releases), stdin=text)
    assert done.stdout.split() == ["x", f"{BASE}/id/x"], "the default base, as in a file"
    text = f"CONSTRUCT {{ <{BASE}/id/x> a <{BASE}/ns/Y> }} WHERE {{}}"
    assert "a zc:Y" in kg("query", "-", "--releases", str(releases), stdin=text).stdout


def test_query_asks_a_named_question_with_values(releases: Path, tmp_path: Path) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "labels.rq").write_text(
        "#+ name: labels\n#+ parameters:\n#+   - {name: certificate, type: iri, many: true, example: certificate/c00001}\n"
        "SELECT ?certificate ?l { VALUES ?certificate { <https://w3id.org/zhicheng/id/certificate/c00001> }\n"
        '  ?certificate <http://www.w3.org/2000/01/rdf-schema#label> ?l FILTER(LANG(?l) = "zh") }',
        "utf-8",
    )
    where = ("--project", str(tmp_path), "--releases", str(releases), "--format", "csv")
    assert "专业工程师" in kg("query", "labels", *where).stdout
    one = kg("query", "labels", "--param", "certificate=certificate/c00002", *where).stdout
    assert "注册会计师" in one
    assert "专业工程师" not in one
    both = (
        "--param",
        "certificate=certificate/c00002",
        "--param",
        "certificate=zcid:certificate/c00001",
    )
    assert kg("query", "labels", *both, *where).stdout.count("\n") == 3
    told(kg("query", "labels", "--param", "certificate", *where), "name=value")
    told(kg("query", "labels", "--param", "colour=red", *where), "colour", "certificate")
    told(kg("query", "labels", "--param", "certificate=not an iri", *where), "certificate")
    told(kg("query", "unknown", *where), "unknown", "labels")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT * { ?s foaf:name ?o }", ["line 1, column 24", "Prefix not found"]),
        ("SELECT * { SERVICE <http://x/> {} }", ["SERVICE"]),
        ("INSERT DATA {}", ["read-only"]),
        ("", ["form"]),
    ],
)
def test_query_tells_what_is_wrong(releases: Path, text: str, words: list[str]) -> None:
    told(kg("query", "-", "--releases", str(releases), stdin=text), *words)


def test_query_has_the_limits_of_the_service(releases: Path) -> None:
    began = time.monotonic()
    told(
        kg("query", "-", "--releases", str(releases), "--deadline", "1", stdin=ENDLESS), "1 seconds"
    )
    assert time.monotonic() - began < 10
    told(
        kg("query", "-", "--releases", str(releases), "--format", "turtle", stdin="ASK {}"),
        "turtle",
    )
    long = "ASK {} #" + "x" * 2000
    told(
        kg("query", "-", "--releases", str(releases), "--max-query-bytes", "1024", stdin=long),
        "1024",
    )


def test_serve_and_query_do_not_load_the_building_half(releases: Path) -> None:
    code = (
        f"import sys; sys.argv = ['kg', 'query', '-', '--releases', {str(releases)!r}]\n"
        "from kgservice.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([name for name in ('rdflib', 'pyshacl', 'sssom', 'fastapi') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input="ASK {}",
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_version() -> None:
    from kgservice import __version__

    assert kg("version").stdout.strip() == __version__
