"""The named questions as routes: every one with its example, with nonsense, page by page, and in every format."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from kgservice.api.paging import Page, count_rows, order_totally
from kgservice.engine.errors import QueryTimeout
from kgservice.questions import (
    OTHER,
    TOPICS,
    Question,
    QuestionError,
    parse_question,
    read_questions,
)
from kgservice.questions.clauses import columns
from kgservice.release import Release
from kgservice.sparql.answering import Answering

from .conftest import BASE, ROOT, Json, make_app

QUESTIONS = read_questions(ROOT / "queries", BASE)
EACH = pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda question: question.name)
# They ask about the release's description of itself, which the small release of these tests has not;
# tests/answers/test_figures.py and the pages ask them of a real one.
OF_DESCRIPTION = {"catalog", "checks", "downloads", "shapes"}
NONSENSE = {
    "iri": "certificate/c99999999",
    "string": "没有这个名称",
    "date": "1001-01-01",
    "integer": "-1",
}
JSON, CSV, TSV, XML = (
    "application/sparql-results+json",
    "text/csv",
    "text/tab-separated-values",
    "application/sparql-results+xml",
)
Rows = list[dict[str, str]]
Values = dict[str, list[str]]


def examples(question: Question) -> Values:
    return {parameter.name: list(parameter.example) for parameter in question.parameters}


def ask(client: TestClient, name: str, values: Values, **further: Any) -> httpx.Response:
    accept = further.pop("accept", JSON)
    return client.get(
        f"/api/queries/{name}", params={**values, **further}, headers={"accept": accept}
    )


def rows_of(answer: httpx.Response) -> Rows:
    assert answer.status_code == 200, answer.text[:500]
    return [
        {name: json.dumps(term, sort_keys=True) for name, term in row.items()}
        for row in answer.json()["results"]["bindings"]
    ]


def links_of(answer: httpx.Response) -> dict[str, str]:
    """The addresses in ``Link`` by relation."""
    found = {}
    for part in answer.headers["link"].split(", "):
        address, _, relation = part.partition("; ")
        found[relation.removeprefix('rel="').removesuffix('"')] = address.strip("<>")
    return found


def offsets(answer: httpx.Response) -> dict[str, int]:
    return {
        rel: int(dict(parse_qsl(urlsplit(address).query))["offset"])
        for rel, address in links_of(answer).items()
    }


# -- every question


@EACH
def test_the_example_gives_rows(question: Question, client: TestClient) -> None:
    answer = ask(client, question.name, examples(question))
    assert bool(rows_of(answer)) is (question.name not in OF_DESCRIPTION)
    assert answer.json()["head"]["vars"] == list(columns(question.text))


@EACH
def test_nonsense_gives_no_row(question: Question, client: TestClient) -> None:
    for parameter in question.parameters:
        values = {**examples(question), parameter.name: [NONSENSE[parameter.type]]}
        found = rows_of(ask(client, question.name, values))
        # A day without any edition in force is a good question: every edition answers "no" or "unknown".
        if question.name == "editions-in-force":
            found = [row for row in found if '"yes"' in row["status"]]
        assert found == [], parameter.name


def widest(question: Question) -> Values:
    """Only what is required: the most rows that the question has."""
    return {p.name: list(p.example) for p in question.parameters if not p.optional}


@EACH
def test_the_pages_are_the_whole(question: Question, client: TestClient) -> None:
    values = widest(question)
    whole = rows_of(ask(client, question.name, values))
    size = max(2, len(whole) // 5 + 1)
    answer = ask(client, question.name, values, limit=size)
    paged: Rows = []
    pages = 0
    while True:
        pages += 1
        assert answer.headers["x-total-count"] == str(len(whole))
        paged += rows_of(answer)
        following = links_of(answer).get("next")
        if following is None:
            break
        assert len(rows_of(answer)) == size
        answer = client.get(following, headers={"accept": JSON})
    assert paged == whole
    assert pages == max(1, -(-len(whole) // size))


@EACH
def test_no_two_rows_are_tied(question: Question, client: TestClient) -> None:
    """Rows in the same place of the order are the same: the columns tell them apart, or they are one row twice."""
    rows = rows_of(ask(client, question.name, widest(question)))
    shown = [tuple(sorted(row.items())) for row in rows]
    texts = [
        tuple(sorted((name, json.loads(term)["value"]) for name, term in row.items()))
        for row in rows
    ]
    # Keys are compared by their text; where that told two rows apart only by language or datatype, their order was open.
    assert len(set(shown)) == len(set(texts))


@EACH
def test_all_formats_tell_the_same(question: Question, client: TestClient) -> None:
    values = examples(question)
    names = list(columns(question.text))
    bindings = ask(client, question.name, values).json()["results"]["bindings"]
    expected = [[row.get(name, {"value": ""})["value"] for name in names] for row in bindings]

    answer = ask(client, question.name, values, accept=CSV)
    header, *lines = csv.reader(io.StringIO(answer.text, newline=""))
    assert (header, lines) == (names, expected)

    answer = ask(client, question.name, values, accept="*/*", format="tsv")
    assert answer.headers["content-type"].startswith(TSV)
    head, *rest = answer.text.splitlines()
    assert head == "\t".join(f"?{name}" for name in names) and len(rest) == len(expected)

    document = ET.fromstring(ask(client, question.name, values, accept=XML).content)
    space = {"s": "http://www.w3.org/2005/sparql-results#"}
    assert [
        {b.get("name"): b[0].text or "" for b in result.findall("s:binding", space)}
        for result in document.findall("s:results/s:result", space)
    ] == [{name: term["value"] for name, term in row.items()} for row in bindings]


@EACH
def test_it_has_a_topic_and_is_told_in_both_languages(question: Question) -> None:
    assert question.topic in TOPICS and question.topic != OTHER
    assert question.question["zh"] and question.question["en"]
    assert "ORDER BY" in question.text
    for parameter in question.parameters:
        assert parameter.label["zh"] and parameter.label["en"] and parameter.example


# -- the list


def test_the_list_has_every_question_with_addresses_that_work(client: TestClient) -> None:
    document: Json = client.get("/api/queries").json()
    assert [query["name"] for query in document["queries"]] == list(QUESTIONS)
    topics = [topic["id"] for topic in document["topics"]]
    assert topics == [t for t in TOPICS if t != OTHER]
    for query in document["queries"]:
        question = QUESTIONS[query["name"]]
        assert query["question"] == question.question
        assert query["topic"] in topics and query["audience"] == question.audience
        text = client.get(query["text"])
        assert text.headers["content-type"] == "application/sparql-query"
        assert text.text == question.text
        # The file as it stands asks what its example address asks.
        plain = client.get("/sparql", params={"query": text.text}, headers={"accept": JSON})
        run = client.get(query["run"], headers={"accept": JSON})
        assert sorted(map(str, rows_of(run))) == sorted(map(str, rows_of(plain)))
        assert [p["name"] for p in query["parameters"]] == list(examples(question))


def test_what_is_no_question_is_404(client: TestClient) -> None:
    for path in ("/api/queries/recognitions", "/api/queries/recognitions.rq"):
        answer = client.get(path, headers={"accept-language": "zh"})
        assert answer.status_code == 404
        problem = answer.json()
        assert problem["type"].endswith("/unknown-question")
        assert "recognition" in problem["languages"]["en"]["detail"]
        assert "是否想问“recognition”" in problem["detail"]


# -- parameters


@pytest.mark.parametrize(
    ("query", "slug", "parameter", "said"),
    [
        ("", "question", "certificate", "certificate=certificate/c00009"),
        ("certificate=", "question", "certificate", "certificate=certificate/c00009"),
        ("certificate=no%20iri", "question", "certificate", "certificate/c00009"),
        ("certificat=certificate/c00009", "parameter", "certificat", "'certificate'"),
        ("certificate=certificate/c00009&limit=0", "parameter", "limit", "from 1 to 10000"),
        ("certificate=certificate/c00009&limit=", "parameter", "limit", "from 1 to 10000"),
        ("certificate=certificate/c00009&limit=ten", "parameter", "limit", "from 1 to 10000"),
        ("certificate=certificate/c00009&limit=1&limit=2", "parameter", "limit", "one value"),
        ("certificate=certificate/c00009&offset=-1", "parameter", "offset", "from 0"),
        ("certificate=certificate/c00009&format=pdf", "parameter", "format", "csv"),
        ("certificate=%ff", "parameter", "certificate", "UTF-8"),
    ],
)
def test_a_parameter_that_does_not_fit_is_explained(
    client: TestClient, query: str, slug: str, parameter: str, said: str
) -> None:
    answer = client.get(f"/api/queries/recognition?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"{BASE}/problem/{slug}"
    assert problem["parameter"] == parameter
    assert said in problem["languages"]["en"]["detail"]
    assert problem["languages"]["zh"]["detail"]


def test_several_values_and_the_three_ways_to_write_an_iri(client: TestClient) -> None:
    one = rows_of(ask(client, "recognition", {"certificate": ["certificate/c00009"]}))
    other = rows_of(ask(client, "recognition", {"certificate": ["certificate/c00085"]}))
    both = ["zcid:certificate/c00085", f"{BASE}/id/certificate/c00009"]
    assert rows_of(ask(client, "recognition", {"certificate": both})) == one + other
    answer = ask(client, "look-alikes", {"certificate": both})
    assert answer.status_code == 400 and answer.json()["parameter"] == "certificate"


def test_an_empty_field_of_a_form_is_left_out(client: TestClient) -> None:
    values = {"certificate": ["certificate/c00009"]}
    assert rows_of(ask(client, "recognition", {**values, "region": [""]})) == rows_of(
        ask(client, "recognition", values)
    )


@pytest.mark.parametrize(
    "value",
    ['" } } UNION { ?thing ?p ?o } #', "\\", "mrics\n", "'; DROP", "{}<>|^`", "名称“引号”"],
)
def test_a_value_stays_a_value(client: TestClient, value: str) -> None:
    assert rows_of(ask(client, "names", {"text": [value]})) == []


def test_too_many_values_are_told(release: Release) -> None:
    application = make_app(release.path.parent, release, max_query_bytes=3000)
    with TestClient(application, raise_server_exceptions=False) as client:
        assert ask(client, "labels", {"thing": ["certificate/c00009"]}).status_code == 200
        answer = ask(client, "labels", {"thing": ["certificate/c00009"] * 50})
        assert answer.status_code == 413 and "3000" in answer.json()["detail"]


# -- the protocol


def test_a_second_request_is_not_evaluated(client: TestClient) -> None:
    address = "/api/queries/recognition?certificate=certificate/c00085&limit=2"
    plain = {"accept-encoding": "identity"}
    first = client.get(address, headers=plain)
    assert first.headers["vary"] == "Accept, Accept-Encoding"
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["content-location"] == f"{address}&format=json"
    tag = first.headers["etag"]
    for held in (tag, f'"other", W/{tag}', "*"):
        again = client.get(address, headers={**plain, "if-none-match": held})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    # What was first asked about with a tag has its links all the same.
    second = client.get(address)
    assert second.headers["link"] == first.headers["link"]
    assert second.headers["x-total-count"] == first.headers["x-total-count"]
    other = client.get(address.replace("c00085", "c00009"))
    assert other.headers["etag"] != tag


def test_a_tag_that_is_held_asks_for_no_count(client: TestClient) -> None:
    """304 first, as after a restart: neither rows nor their number are known yet."""
    address = "/api/queries/grade-ladder?issuer=issuer/i0003&limit=3"
    tag = client.get(address).headers["etag"]
    unseen = address.replace("?", "?format=json&")
    answer = client.get(unseen, headers={"if-none-match": tag})
    assert answer.status_code == 304
    assert "link" in client.get(unseen).headers


def test_head_has_the_header_of_get(client: TestClient) -> None:
    address = "/api/queries/grade-ladder?issuer=issuer/i0028&limit=3"
    got, head = client.get(address), client.head(address)
    assert head.content == b""
    for name in ("content-type", "content-length", "etag", "link", "x-total-count", "vary"):
        assert head.headers[name] == got.headers[name], name


def test_where_there_are_no_parameters_that_is_said(client: TestClient) -> None:
    told = client.get("/api/queries?limit=1").json()["languages"]
    assert told["en"]["detail"] == "There is no parameter 'limit' here. There are none."
    assert told["zh"]["detail"] == "此处没有参数“limit”。此处不用参数。"


def test_methods(client: TestClient) -> None:
    answer = client.options("/api/queries/directories")
    assert answer.status_code == 204 and answer.headers["allow"] == "GET, HEAD, OPTIONS"
    answer = client.post("/api/queries/directories")
    assert answer.status_code == 405 and answer.headers["allow"] == "GET, HEAD, OPTIONS"
    answer = client.get("/api/queries/directories", headers={"accept": "image/png"})
    assert answer.status_code == 406 and CSV in answer.json()["offered"]
    answer = client.get("/api/queries/directories", headers={"origin": "https://example.org"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Link" in answer.headers["access-control-expose-headers"]
    assert answer.headers["query-id"]


def test_two_questions_with_the_same_parameters_are_not_confused(client: TestClient) -> None:
    """Neither with each other nor with ``/sparql``: what is kept of a request knows its address."""
    for _ in range(2):
        first = client.get("/api/queries/directories").json()
        second = client.get("/api/queries/editions").json()
        third = client.get("/sparql", headers={"accept": "text/turtle"})
        assert first["head"]["vars"] != second["head"]["vars"]
        assert "sd:" in third.text or "sparql-service-description" in third.text


def test_the_same_answer_in_gzip(client: TestClient) -> None:
    address = "/api/queries/editions"
    packed = client.get(address, headers={"accept-encoding": "gzip"})
    plain = client.get(address, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert packed.headers["etag"] != plain.headers["etag"]


# -- pages


def test_links_lead_through_all_pages(client: TestClient) -> None:
    values = {"certificate": ["certificate/c00085"]}
    address = "/api/queries/listings"
    total = len(rows_of(ask(client, "listings", values)))
    assert total >= 3
    first = ask(client, "listings", values, limit=2)
    assert links_of(first)["next"].startswith(f"{address}?certificate=certificate/c00085&limit=2")
    steps = offsets(first)
    assert steps == {"first": 0, "next": 2, "last": (total - 1) // 2 * 2}
    last = ask(client, "listings", values, limit=2, offset=steps["last"])
    assert "next" not in links_of(last) and offsets(last)["prev"] == steps["last"] - 2
    beyond = ask(client, "listings", values, limit=2, offset=1000)
    assert rows_of(beyond) == []
    assert offsets(beyond)["prev"] == offsets(beyond)["last"] == steps["last"]


def test_links_keep_chinese_format_and_several_values(client: TestClient) -> None:
    answer = client.get(
        "/api/queries/labels",
        params={"thing": ["certificate/c00009", "region/500000"], "format": "csv", "limit": 1},
    )
    address = links_of(answer)["next"]
    assert dict(parse_qsl(urlsplit(address).query))["format"] == "csv"
    assert address.count("thing=") == 2
    assert client.get(address).text != answer.text
    found = client.get("/api/queries/names?text=特许注册工程师&limit=1")
    assert found.status_code == 200 and found.headers["link"].isascii()


@pytest.mark.parametrize(
    ("page", "total", "expected"),
    [
        (Page(10, 0), 0, {"first": 0, "last": 0}),
        (Page(10, 0), 10, {"first": 0, "last": 0}),
        (Page(10, 0), 11, {"first": 0, "next": 10, "last": 10}),
        (Page(10, 5), 30, {"first": 0, "prev": 0, "next": 15, "last": 25}),
        (Page(10, 20), 30, {"first": 0, "prev": 10, "last": 20}),
        (Page(10, 50), 30, {"first": 0, "prev": 20, "last": 20}),
        (Page(1, 0), 1, {"first": 0, "last": 0}),
    ],
)
def test_which_pages_there_are(page: Page, total: int, expected: dict[str, int]) -> None:
    found = page.links("/x", [], total)
    assert {
        part.partition('rel="')[2].rstrip('"'): int(part.partition("offset=")[2].partition(">")[0])
        for part in found.split(", ")
    } == expected


def test_a_long_address_tells_only_its_neighbours() -> None:
    links = Page(1, 1).links("/x", [("thing", "certificate/c00009")] * 200, 9)
    assert 'rel="prev"' in links and 'rel="next"' in links and 'rel="last"' not in links


# -- the text of a page


def test_the_order_is_made_total_and_nothing_else_is_changed() -> None:
    text = 'SELECT DISTINCT ?a (COUNT(?x) AS ?n) ("ORDER BY" AS ?t) { { SELECT * { ?a ?b ?x } ORDER BY ?x } } GROUP BY ?a\nORDER BY DESC(?n) # end'
    assert columns(text) == ("a", "n", "t")
    assert order_totally(text) == text.removesuffix(" # end") + ' ?t COALESCE(STR(?a), "")'
    counted = count_rows("PREFIX a: <b:>\n# SELECT\n" + text)
    assert counted.startswith("PREFIX a: <b:>\n# SELECT\nSELECT (COUNT(*) AS ?total) WHERE { {\n")
    assert counted.endswith("GROUP BY ?a\n\n} }")
    assert "ORDER BY ?x" in counted and "DESC(?n)" not in counted
    assert order_totally("SELECT ?a ?b { ?a ?b ?c }") == (
        'SELECT ?a ?b { ?a ?b ?c }\nORDER BY CONCAT(COALESCE(STR(?a), ""), " ", COALESCE(STR(?b), ""))'
    )
    assert order_totally("select * where { ?a ?b ?c } # x") == "select * where { ?a ?b ?c }"


# -- the header of a file


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("#+ topic: weather", "its topic is 'weather'"),
        ("#+ audience: nobody", "its audience is 'nobody'"),
        ("#+ parameters: [{name: limit, type: integer, example: 1}]", "'limit'"),
    ],
)
def test_a_header_that_does_not_fit_is_told(line: str, said: str) -> None:
    text = f"{line}\nSELECT ?limit {{ VALUES ?limit {{ 1 }} }}"
    with pytest.raises(QuestionError) as caught:
        parse_question(text, Path("x.rq"))
    assert said in caught.value.en and "x.rq" in caught.value.zh


def test_a_question_that_takes_too_long_says_what_to_give(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a large graph not every question can be asked of everything."""

    async def answer(self: Answering, *of: object) -> None:
        raise QueryTimeout(10)

    monkeypatch.setattr(Answering, "answer", answer)
    # None of these was asked before, so that no answer is known.
    certificate = ["certificate/c00123"]
    widely = ask(client, "same-outcome", {"certificate": certificate})
    assert widely.status_code == 504
    texts = widely.json()["languages"]
    for language in ("en", "zh"):
        assert "region=region/330000" in texts[language]["detail"]
        assert "same-outcome" in texts[language]["detail"]
    assert widely.json()["type"].endswith("/query-timeout")
    # Nothing is left to give.
    narrowly = {"certificate": certificate, "region": ["region/330000"]}
    for answered in (
        ask(client, "same-outcome", narrowly),
        ask(client, "labels", {"thing": certificate}),
    ):
        assert answered.status_code == 504
        assert "LIMIT" in answered.json()["detail"]
