"""``kg serve --data``: files of one's own in place of a release, told where they are broken, and gone at the end."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
import pytest
from test_cli_serve import kg, serving, told

GRAPHS = """\
<http://e/s> <http://e/p> "默认" .
<http://e/s> <http://e/p> "甲" <http://e/g1> .
<http://e/s> <http://e/p> "乙" <http://e/g2> .
"""
FILES = {
    "a.ttl": "@prefix e: <http://e/> . e:ttl e:p <#here> , 1 .",
    "b.nt": '<http://e/nt> <http://e/p> "中" .\n',
    "c.nq": '<http://e/nq> <http://e/p> "c" <http://e/g> .\n',
    "d.trig": "@prefix f: <http://f/> . <http://e/g> { f:trig <http://e/p> 1 }",
    "e.rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
    '<rdf:Description rdf:about="http://e/rdf"><e:p>x</e:p></rdf:Description></rdf:RDF>',
    "f.JSONLD": '{"@id": "http://e/jsonld", "http://e/p": "y"}',
}
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def ask(url: str, query: str) -> list[str]:
    answer = httpx.get(f"{url}sparql", params={"query": query, "format": "csv"})
    assert answer.status_code == 200, answer.text
    return answer.text.splitlines()[1:]


def test_files_of_every_format_are_served(tmp_path: Path) -> None:
    flags = []
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
        flags += ["--data", str(tmp_path / name)]
    # No project and no releases: neither is needed.
    with serving(*flags, "--project", str(tmp_path / "nowhere")) as (process, url):
        assert ask(url, COUNT) == ["5"]
        assert ask(url, "SELECT (COUNT(*) AS ?n) { GRAPH <http://e/g> { ?s ?p ?o } }") == ["2"]
        assert ask(url, "SELECT ?o { <http://e/nt> ?p ?o }") == ["中"]
        here = ask(url, "SELECT ?o { <http://e/ttl> ?p ?o FILTER(isIRI(?o)) }")
        assert here == [(tmp_path / "a.ttl").as_uri() + "#here"]
        turtle = httpx.get(f"{url}sparql", params={"query": "CONSTRUCT WHERE { ?s ?p ?o }"})
        assert "@prefix e: <http://e/>" in turtle.text
        assert httpx.get(f"{url}api/search", params={"q": "x"}).status_code == 404
        page = httpx.get(url, headers={"accept-language": "en"})
        assert page.status_code == 200
        assert "RDF files" in page.text
        form = httpx.get(f"{url}sparql", headers={"accept": "text/html"})
        assert "默认图不含命名图" in form.text
        terms = httpx.get(f"{url}query/terms.json").json()
        assert terms["prefixes"]["e"] == "http://e/"
        used = {term["name"]: term["count"] for term in terms["properties"]}
        assert used["e:p"] == 7, "in every graph, also the named ones"
        asked = {"query": "SELECT ?o { <http://e/nt> ?p ?o }", "show": "table"}
        shown = httpx.get(f"{url}query", params=asked)
        assert "<span>中</span>" in shown.text
        assert 'class="examples"' not in shown.text
        description = httpx.get(f"{url}sparql", headers={"accept": "text/turtle"}).text
        assert "UnionDefaultGraph" not in description
        assert "e:g" in description
        assert httpx.get(f"{url}health/ready").status_code == 200
        process.send_signal(signal.SIGINT)
        process.wait(20)


@pytest.mark.parametrize(("flag", "count"), [([], "1"), (["--union-default-graph"], "3")])
def test_the_default_graph_is_plain_unless_asked_for(
    tmp_path: Path, flag: list[str], count: str
) -> None:
    (tmp_path / "a.nq").write_text(GRAPHS, "utf-8")
    with serving("--data", str(tmp_path / "a.nq"), *flag) as (_, url):
        assert ask(url, COUNT) == [count]
        assert ask(url, "SELECT (COUNT(*) AS ?n) FROM <http://e/g1> { ?s ?p ?o }") == ["1"]


def test_the_plain_default_graph_of_a_release_is_empty(releases: Path) -> None:
    with serving("--releases", str(releases), "--plain-default-graph", "--project", ".") as (
        _,
        url,
    ):
        assert ask(url, COUNT) == ["0"]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_temporary_store_goes_with_the_service(tmp_path: Path, stop: signal.Signals) -> None:
    (tmp_path / "a.nq").write_text(GRAPHS, "utf-8")
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    with serving("--data", str(tmp_path / "a.nq"), TMPDIR=str(scratch)) as (process, _):
        assert list(scratch.glob("kg-data-*"))
        process.send_signal(stop)
        _, err = process.communicate(timeout=20)
        assert "Traceback" not in err
    assert list(scratch.iterdir()) == []


def test_the_tag_follows_the_content(tmp_path: Path) -> None:
    def tag(text: str) -> str:
        (tmp_path / "a.nq").write_text(text, "utf-8")
        with serving("--data", str(tmp_path / "a.nq")) as (_, url):
            return httpx.get(f"{url}sparql", params={"query": COUNT}).headers["etag"]

    blank = GRAPHS + "_:b <http://e/p> _:c .\n"
    assert tag(GRAPHS) == tag(GRAPHS)
    assert tag(GRAPHS) != tag(GRAPHS.replace("甲", "丙"))
    assert tag(blank) != tag(blank), "the labels of blank nodes are new at each reading"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.ttl", "@prefix e: <http://e/> .\ne:x e:p .\n", ("line 2, column", "第 2 行")),
        ("a.nt", '<http://e/a> <http://e/b> "x" .\n<http://e/a> nonsense\n', ("line 2",)),
        ("a.nq", "中文\n", ("line 1",)),
        ("a.jsonld", '{"@id": "http://e/a",\n "http://e/b": }', ("line 2",)),
        (
            "a.jsonld",
            '{"@context": "http://127.0.0.1:9/c", "@id": "http://e/a"}',
            ("never fetched",),
        ),
        ("a.rdf", "<not-rdf>", ("a.rdf",)),
        ("a.csv", "a,b", ("extension", ".ttl", ".jsonld")),
        ("a", "", ("extension",)),
    ],
)
def test_a_broken_file_is_told_before_anything_is_served(
    tmp_path: Path, name: str, text: str, words: tuple[str, ...]
) -> None:
    good = tmp_path / "good.nq"
    good.write_text(GRAPHS, "utf-8")
    (tmp_path / name).write_text(text, "utf-8")
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    done = kg(
        "serve",
        "--data",
        str(good),
        "--data",
        str(tmp_path / name),
        "--port",
        "0",
        TMPDIR=str(scratch),
    )
    told(done, name, *words)
    assert "http://127.0.0.1" not in done.stdout
    assert list(scratch.iterdir()) == []


def test_a_missing_file_and_a_release_beside_files_are_told(tmp_path: Path) -> None:
    told(kg("serve", "--data", str(tmp_path / "none.ttl")), "none.ttl", "No such file")
    told(kg("serve", "--data", "a.ttl", "--release", "x"), "--release", "--data")
