"""The SPARQL page as it is sent: examples and their parameters, answers for who has no script, and what it says of itself."""

from __future__ import annotations

import html
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from conftest import BASE, ROOT, ServiceFactory
from rich.console import Console

from kgservice.pages.query.rdf_text import Term, read_row, read_triple
from kgservice.questions import Question, read_questions
from kgservice.serving import name_left_out

QUESTIONS = read_questions(ROOT / "queries", BASE)
TEXT = re.compile(r'<textarea id="query"[^>]*>(.*?)</textarea>', re.DOTALL)
ROWS = re.compile(r"<tr>(<td.*?)</tr>", re.DOTALL)
HREF = re.compile(r'href="(/[^"]*)"')
FIELD = re.compile(
    r'<input id="(?P<input>p\.\w+)"[^>]* value="(?P<value>[^"]*)"'
    r'|<textarea id="(?P<area>p\.\w+)"[^>]*>(?P<text>[^<]*)</textarea>'
)
ENDLESS = "SELECT (COUNT(*) AS ?n) {" + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(14)) + "}"


def query_of(page: httpx.Response) -> str:
    """The query in the form of a page."""
    found = TEXT.search(page.text)
    assert found is not None
    return html.unescape(found[1])


def result_of(page: httpx.Response) -> str:
    """The part of a page that shows an answer."""
    found = re.search(r'<section id="result".*?</section>', page.text, re.DOTALL)
    assert found is not None
    return found[0]


def table_of(page: httpx.Response) -> list[list[str]]:
    """The texts of the cells of the answer on a page."""
    return [
        [
            html.unescape(re.sub(r"<[^>]*>", "", cell)).strip()
            for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)
        ]
        for row in ROWS.findall(page.text)
        if 'class="quiet insert"' not in row
    ]


def run(web: httpx.Client, query: str, **more: str) -> httpx.Response:
    """The page with the answer to a query, as a form without a script asks for it."""
    return web.get("/query", params={"query": query, "show": "table", **more})


# -- examples


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=list(QUESTIONS))
def test_every_question_is_an_example_that_answers(web: httpx.Client, question: Question) -> None:
    for language in ("zh", "en"):
        listed = web.get("/query", params={"lang": language}).text
        assert html.escape(question.question[language], quote=False) in html.unescape(listed)
    page = web.get("/query", params={"example": question.name})
    assert page.status_code == 200
    fields = {
        found["input"] or found["area"]: html.unescape(found["value"] or found["text"] or "")
        for found in FIELD.finditer(page.text)
    }
    assert set(fields) == {f"p.{parameter.name}" for parameter in question.parameters}
    for parameter in question.parameters:
        assert fields[f"p.{parameter.name}"].split("\n") == list(parameter.example)
    # As the form sends it.
    sent = web.get("/query", params={"example": question.name, **fields, "show": "table"})
    assert sent.status_code == 200
    assert len(table_of(sent)) > 0


def test_parameters_are_bound_in_the_query(web: httpx.Client) -> None:
    page = web.get(
        "/query",
        params={
            **{"example": "recognition", "p.region": ""},
            "p.certificate": "certificate/c00085，certificate/c00086\r\nzcid:certificate/c00087",
        },
    )
    text = query_of(page)
    for number in ("c00085", "c00086", "c00087"):
        assert f"<{BASE}/id/certificate/{number}>" in text
    assert "VALUES ?region { UNDEF }" in text
    assert "#+" not in text
    assert text.startswith("# 这一证书在哪些地区")


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"p.certificate": ""}, 400, "certificate"),
        ({"p.certificate": "no iri at all <"}, 400, "certificate"),
        ({"p.certificate": "certificate/c00085", "p.nonsense": "1"}, 400, "nonsense"),
    ],
)
def test_a_parameter_that_does_not_fit_is_told_in_place(
    web: httpx.Client, fields: dict[str, str], status: int, said: str
) -> None:
    for language in ("zh", "en"):
        page = web.get("/query", params={"example": "recognition", **fields, "lang": language})
        assert page.status_code == status
        alert = re.search(r'role="alert"><p>(.*?)</p>', page.text, re.DOTALL)
        assert alert is not None
        assert said in alert[1]
    if said == "certificate":
        assert 'aria-invalid="true"' in page.text


def test_an_example_that_there_is_not(web: httpx.Client) -> None:
    page = web.get("/query?example=nowhere&lang=en")
    assert page.status_code == 404
    assert "no example question “nowhere”" in page.text


# -- answers without a script


def test_an_answer_has_labels_links_and_downloads(web: httpx.Client) -> None:
    query = f"SELECT ?证书 ?n {{ VALUES ?证书 {{ <{BASE}/id/certificate/c00085> }} BIND(2 AS ?n) }}"
    page = run(web, query)
    assert table_of(page) == [["英国皇家特许测量师学会专业会员", "2"]]
    assert 'href="/doc/certificate/c00085"' in page.text
    assert '<th scope="col">证书</th>' in page.text
    assert query_of(page) == query
    english = run(web, query, lang="en")
    assert table_of(english)[0][0] == "Member of the Royal Institution of Chartered Surveyors"
    assert 'href="/doc/certificate/c00085?lang=en"' in english.text
    offered = [
        html.unescape(href) for href in HREF.findall(page.text) if href.startswith("/sparql?query")
    ]
    formats = {parse_qs(urlsplit(href).query)["format"][0]: href for href in offered}
    assert set(formats) == {"json", "xml", "csv", "tsv"}
    csv = web.get(formats["csv"])
    assert csv.headers["content-type"].startswith("text/csv")
    assert csv.text.splitlines() == ["证书,n", f"{BASE}/id/certificate/c00085,2"]


def test_a_long_answer_is_cut_and_says_so(web: httpx.Client) -> None:
    page = run(web, "SELECT ?s ?p ?o { ?s ?p ?o }", lang="en")
    assert page.status_code == 200
    assert len(table_of(page)) == 200
    assert "Only the first 200 rows are shown" in result_of(page)
    short = run(web, "SELECT ?s { ?s ?p ?o } LIMIT 200", lang="en")
    assert "Only the first" not in result_of(short)
    assert len(table_of(short)) == 200


def test_the_other_forms_of_query(web: httpx.Client) -> None:
    assert "是（true）" in result_of(run(web, "ASK { ?s ?p ?o }"))
    assert "No (false)" in result_of(run(web, "ASK { ?s <urn:nothing> ?o }", lang="en"))
    about = run(web, f"DESCRIBE <{BASE}/id/certificate/c00085>")
    assert ["英国皇家特许测量师学会专业会员", "rdf:type", "证书"] in table_of(about)
    formats = {parse_qs(urlsplit(html.unescape(h)).query).get("format", [""])[0] for h in HREF.findall(about.text)}  # fmt: skip
    assert {"turtle", "ntriples", "nquads", "trig", "rdfxml", "jsonld"} <= formats
    assert "没有结果" in result_of(run(web, "SELECT ?s { ?s <urn:nothing> ?o }"))


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "第 3 行第 11 个字符"), ("en", "line 3, column 11")]
)
def test_an_error_stands_at_its_line(web: httpx.Client, language: str, said: str) -> None:
    page = run(web, "SELECT *\nWHERE {\n  ?证书 ?p . \n}", lang=language)
    assert page.status_code == 400
    assert said in result_of(page)
    place = re.search(r'<pre class="place"><code>(.*?)</code>', page.text, re.DOTALL)
    assert place is not None
    line, mark = place[1].split("\n")
    assert line.rstrip() == "3 │   ?证书 ?p ."
    assert mark.index("▲") == len("3 │ ") + 10


def test_an_answer_that_may_differ_is_asked_for_each_time(web: httpx.Client) -> None:
    query = "SELECT (RAND() AS ?n) {}"
    first = run(web, query)
    again = web.get(
        "/query", params={"query": query, "show": "table"}, headers={"if-none-match": "*"}
    )
    assert "etag" not in first.headers
    assert first.headers["cache-control"] == "no-store"
    assert table_of(first) != table_of(again)


def test_a_query_in_the_address_does_not_run_by_itself(web: httpx.Client) -> None:
    page = web.get("/query", params={"query": "SELECT (RAND() AS ?n) {}"})
    assert query_of(page) == "SELECT (RAND() AS ?n) {}"
    assert table_of(page) == []
    assert "etag" in page.headers
    assert page.headers["x-robots-tag"] == "noindex"
    assert "x-robots-tag" not in web.get("/query").headers


def test_what_stands_in_the_address_is_only_text(web: httpx.Client) -> None:
    evil = "</textarea><script>alert(1)</script>"
    for page in (
        web.get("/query", params={"query": evil}),
        web.get("/query", params={"example": evil}),
        web.get("/query", params={"example": "recognition", "p.certificate": evil}),
        run(web, f"SELECT ('{evil}' AS ?x) {{}}"),
    ):
        assert "<script>alert" not in page.text


# -- its place


def test_it_stands_at_sparql_for_a_browser_and_links_to_its_own_address(web: httpx.Client) -> None:
    page = web.get("/sparql")
    assert page.status_code == 200
    assert 'href="/query?lang=en"' in page.text
    chosen = web.get("/query?lang=en").text
    assert "/sparql?lang" not in chosen
    for href in {html.unescape(href) for href in HREF.findall(chosen) if "/query" in href}:
        assert web.get(href).status_code == 200, href


def test_no_script_stands_in_the_page_and_no_style(web: httpx.Client) -> None:
    page = web.get("/query?example=recognition")
    policy = [part.strip() for part in page.headers["content-security-policy"].split(";")]
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= set(policy)
    # While one types over what is selected, Chromium writes the colour of it into a style attribute.
    assert [part for part in policy if "unsafe" in part] == ["style-src-attr 'unsafe-inline'"]
    assert "unsafe" not in web.get("/").headers["content-security-policy"]
    scripts = re.findall(r"<script([^>]*)>", page.text)
    assert all('type="application/' in one or 'src="/static/' in one for one in scripts)
    assert len([one for one in scripts if "src=" in one]) == 1
    assert not re.search(r"<[^>]+\s(?:style|on[a-z]+)=", page.text)


def test_terms_for_completion(web: httpx.Client) -> None:
    answer = web.get("/query/terms.json", headers={"accept-encoding": "gzip"})
    terms = answer.json()
    assert terms["prefixes"]["zc"] == f"{BASE}/ns/"
    classes = {term["name"]: term for term in terms["classes"]}
    assert classes["zc:Recognition"]["zh"] == "认可"
    assert classes["zc:Recognition"]["en"] == "recognition"
    assert classes["zc:Recognition"]["count"] > 500
    properties = [term["name"] for term in terms["properties"]]
    assert properties.index("rdf:type") < properties.index("zc:gradeAbove")
    assert "zc:CeilingLevel" in {term["name"] for term in terms["values"]}
    held = {"if-none-match": answer.headers["etag"], "accept-encoding": "gzip"}
    assert web.get("/query/terms.json", headers=held).status_code == 304


# -- as any client of the endpoint


@pytest.fixture
def metered(run_service: ServiceFactory) -> Iterator[httpx.Client]:
    """A service where each client has a second of query time."""
    with run_service(quota_seconds=1.0, quota_window=3600.0, deadline=3.0) as service:
        yield service.client


def test_queries_of_the_page_are_paid_for_and_bounded(metered: httpx.Client) -> None:
    page = run(metered, "SELECT * { ?s ?p ?o }", lang="en")
    assert page.status_code == 200
    assert "ratelimit" in page.headers
    late = run(metered, ENDLESS, lang="en")
    assert late.status_code == 504
    assert "took too long" in result_of(late)
    refused = run(metered, "SELECT * { ?s ?p ?o } LIMIT 3", lang="en")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert metered.get("/query").status_code == 200


@pytest.mark.parametrize(
    ("language", "said", "not_said"),
    [
        ("zh", ("结果不完整", "结果在途中断", "中断前收到 "), ("下载的文件含全部", "没有结果")),
        ("en", ("not whole", "broke off on its way", "rows came"), ("downloads have", "No rows")),
    ],
)
def test_an_answer_that_breaks_off_is_not_told_as_a_long_one(
    run_service: ServiceFactory, language: str, said: tuple[str, ...], not_said: tuple[str, ...]
) -> None:
    numbers = " ".join(str(number) for number in range(30))
    text = "long" * 5000
    two = f"VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }}"
    with run_service(max_result_bytes=1_500_000) as service:
        page = run(service.client, f"SELECT ('{text}' AS ?long) {{ {two} }}", lang=language)
        assert page.status_code == 400
        assert 10 < len(table_of(page)) < 200
        for words in said:
            assert words in result_of(page)
        for words in not_said:
            assert words not in result_of(page)
        assert "format=csv" not in page.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", "第一行就超过 2 MB，页面无法显示；下载的文件含全部"),
        ("en", "first row alone is over 2 MB"),
    ],
)
def test_a_row_too_large_for_a_page_is_not_taken_for_none(
    web: httpx.Client, language: str, said: str
) -> None:
    grow = "".join(f" BIND(CONCAT(?t{n}, ?t{n}) AS ?t{n + 1})" for n in range(18))
    page = run(web, f"SELECT ?t18 {{ BIND('0123456789' AS ?t0){grow} }}", lang=language)
    assert page.status_code == 200
    assert said in result_of(page)
    assert "没有结果" not in result_of(page)
    assert "No rows" not in result_of(page)
    assert "format=csv" in page.text


# -- what is left out


def test_a_missing_editor_is_named_with_the_command_that_brings_it(tmp_path: Path) -> None:
    said = io.StringIO()
    name_left_out(Console(file=said), tmp_path / "package")
    assert f"npm ci --prefix {os.path.relpath(tmp_path / 'package')}" in said.getvalue()
    assert "未安装查询编辑器" in said.getvalue()
    (tmp_path / "package" / "dist").mkdir(parents=True)
    (tmp_path / "package" / "dist" / "codemirror.js").write_text("")
    said = io.StringIO()
    name_left_out(Console(file=said), tmp_path / "package")
    assert said.getvalue() == ""


# -- the terms of an answer


def test_terms_are_read_as_they_are_written() -> None:
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    line = '<http://e/证书>\t"甲\\t\\"乙\\"\\\\"@zh\t7\t\t_:b0\t"x"^^<urn:t>\t1.5\ttrue\t1e3'
    terms = read_row(line)
    assert terms[:6] == [
        Term("iri", "http://e/证书"),
        Term("literal", '甲\t"乙"\\', "zh"),
        Term("literal", "7", datatype=integer),
        None,
        Term("blank", "_:b0"),
        Term("literal", "x", datatype="urn:t"),
    ]
    assert [term.number for term in terms if term is not None][-3:] == [True, False, True]
    triple = read_triple('<http://e/a> <http://e/b> "\\u4E2D <x> . _:y"@zh .')
    assert [term.value for term in triple] == ["http://e/a", "http://e/b", "中 <x> . _:y"]


def test_the_package_names_no_address_of_elsewhere() -> None:
    folder = Path(ROOT / "kgservice" / "pages")
    scripts = [*folder.glob("static/*.js"), *folder.glob("query/editor_package/*.js")]
    assert len(scripts) >= 7
    for path in scripts:
        calls = re.findall(r"(?:fetch|import)\(\s*[\"'`]https?:", path.read_text("utf-8"))
        assert calls == [], path
