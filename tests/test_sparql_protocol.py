"""The SPARQL 1.1 Protocol, through the running service: three ways to ask, and nothing silently ignored."""

from __future__ import annotations

import http.client
from urllib.parse import quote, quote_plus, urlsplit

import httpx
import pytest
from conftest import BASE, EX, Service

SRJ = "application/sparql-results+json"
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
A, B, C = (f"{BASE}/graph/{letter}" for letter in "abc")
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
CHINESE = f'SELECT ?n ("百分号 %E4 与 + 号" AS ?t) {{ <{EX}证书/甲> <{EX}名称> ?n FILTER(CONTAINS(?n, "证书")) }}'


def post(
    service: Service, body: bytes | str, kind: str | None, path: str = "/sparql"
) -> httpx.Response:
    headers = {"accept": SRJ} | ({} if kind is None else {"content-type": kind})
    content = body.encode() if isinstance(body, str) else body
    return service.client.post(path, content=content, headers=headers)


def values(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    rows = answer.json()["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in rows]


def test_chinese_by_get_form_and_direct_is_decoded_once(service: Service) -> None:
    expected = [{"n": "证书甲，“引号”与 & <符号>", "t": "百分号 %E4 与 + 号"}]
    answers = [
        service.client.get(f"/sparql?query={quote(CHINESE, safe='')}", headers={"accept": SRJ}),
        service.client.get(f"/sparql?query={quote_plus(CHINESE)}", headers={"accept": SRJ}),
        post(service, f"query={quote_plus(CHINESE)}", FORM),
        post(service, f"query={quote_plus(CHINESE)}", f"{FORM}; charset=UTF-8"),
        post(service, CHINESE, QUERY),
        post(service, CHINESE, f"{QUERY}; charset=utf-8"),
        post(service, CHINESE, "Application/SPARQL-Query"),
    ]
    for answer in answers:
        assert values(answer) == expected


def test_percent_encoded_iris_stay_as_they_are(service: Service) -> None:
    query = "SELECT ?x { BIND(<https://example.org/%E8%AF%81> AS ?x) }"
    for answer in (service.get(query, SRJ), post(service, f"query={quote_plus(query)}", FORM)):
        assert values(answer) == [{"x": "https://example.org/%E8%AF%81"}]


def test_a_chunked_body_is_read(service: Service) -> None:
    parts = (part.encode() for part in (COUNT[:9], COUNT[9:]))
    headers = {"accept": SRJ, "content-type": QUERY}
    answer = service.client.post("/sparql", content=parts, headers=headers)
    assert values(answer) == [{"n": "8"}]


@pytest.mark.parametrize("way", ["get", "form", "direct"])
def test_the_dataset_of_the_protocol(service: Service, way: str) -> None:
    def ask(query: str, *pairs: tuple[str, str]) -> list[dict[str, str]]:
        extra = "".join(f"&{name}={quote(iri, safe='')}" for name, iri in pairs)
        if way == "get":
            return values(service.client.get(f"/sparql?query={quote_plus(query)}{extra}"))
        if way == "form":
            return values(post(service, f"query={quote_plus(query)}{extra}", FORM))
        return values(post(service, query, QUERY, f"/sparql?{extra[1:]}"))

    names = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"
    default, named = "default-graph-uri", "named-graph-uri"
    assert ask(COUNT) == [{"n": "8"}]
    assert ask(names) == [{"g": A}, {"g": B}, {"g": C}]
    assert ask(COUNT, (default, A)) == [{"n": "3"}]
    assert ask(COUNT, (default, A), (default, C)) == [{"n": "4"}]
    assert ask(names, (default, A)) == []
    assert ask(COUNT, (named, A)) == [{"n": "0"}]
    assert ask(names, (named, A), (named, C)) == [{"g": A}, {"g": C}]
    assert ask(COUNT, (default, f"{EX}nowhere")) == [{"n": "0"}]
    from_b = f"SELECT (COUNT(*) AS ?n) FROM <{B}> {{ ?s ?p ?o }}"
    assert ask(from_b) == [{"n": "4"}]
    assert ask(from_b, (default, A)) == [{"n": "3"}]


def test_from_is_not_overridden_by_the_union(service: Service) -> None:
    """pyoxigraph lets the union of all graphs win over FROM: that would be a wrong answer under 200."""
    for query, count in (
        (f"SELECT (COUNT(*) AS ?n) FROM <{A}> FROM <{C}> WHERE {{ ?s ?p ?o }}", "4"),
        (f"prefix g: <{BASE}/graph/> select (count(*) as ?n) from g:c {{ ?s ?p ?o }}", "1"),
        (f"SELECT (COUNT(*) AS ?n) FROM NAMED <{A}> {{ ?s ?p ?o }}", "0"),
        (f"SELECT (COUNT(*) AS ?n) FROM NAMED <{A}> {{ GRAPH ?g {{ ?s ?p ?o }} }}", "3"),
        (f'SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o FILTER(?o != " FROM <{A}>") }} # FROM <{A}>', "8"),
    ):
        assert service.rows(query) == [{"n": count}], query
    triples = service.get(f"CONSTRUCT FROM <{C}> WHERE {{ ?s ?p ?o }}", "application/n-triples")
    assert triples.text.count("\n") == 1
    triples = service.get(
        f"CONSTRUCT {{ ?s ?p ?o }} FROM <{C}> WHERE {{ ?s ?p ?o }}", "application/n-triples"
    )
    assert triples.text.count("\n") == 1


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("?query=ASK%7B%7D&query=ASK%7B%7D", "query"),
        ("?query=", "query"),
        ("?query=%20%0A", "query"),
        ("?default-graph-uri=https%3A%2F%2Fexample.org%2F", "query"),
        ("?query=ASK%7B%7D&default-graph-url=x", "default-graph-url"),
        ("?query=ASK%7B%7D&timeout=5", "timeout"),
        ("?query=ASK%7B%7D&default-graph-uri=not%20an%20iri", "default-graph-uri"),
        ("?query=ASK%7B%7D&named-graph-uri=relative/path", "named-graph-uri"),
        ("?query=ASK%7B%7D&format=json&format=xml", "format"),
        ("?query=ASK%7B%7D&format=json&output=xml", "format"),
        ("?query=ASK%7B%7D&format=json&results=nonsense", "format"),
        ("?query=ASK%20%7B%20%3Fs%20%3Fp%20%22%ff%fe%22%20%7D", "query"),
        ("?query=ASK%7B%7", "query"),
    ],
)
def test_wrong_parameters_are_named(service: Service, path: str, parameter: str) -> None:
    document = service.problem(service.client.get(f"/sparql{path}"), 400, "parameter")
    assert document["parameter"] == parameter


def test_a_misspelt_parameter_gets_a_hint(service: Service) -> None:
    answer = service.get("ASK {}", **{"default-graph-url": A})
    document = service.problem(answer, 400, "parameter")
    assert "default-graph-uri" in document["languages"]["zh"]["detail"]


def test_the_format_under_the_names_that_clients_give_it(service: Service) -> None:
    xml = "application/sparql-results+xml"
    for pairs in ("output=xml", "results=xml", "format=xml&output=xml&results=xml"):
        answer = service.client.get(f"/sparql?query=ASK%7B%7D&{pairs}", headers={"accept": SRJ})
        assert answer.headers["content-type"] == xml
    answer = service.client.get(f"/sparql?query=ASK%7B%7D&format=xml&format={quote_plus(xml)}")
    assert answer.headers["content-type"] == xml


def test_a_query_in_address_and_body_is_refused(service: Service) -> None:
    service.problem(post(service, "ASK {}", QUERY, "/sparql?query=ASK%7B%7D"), 400, "parameter")
    service.problem(post(service, "query=ASK{}", FORM, "/sparql?query=ASK%7B%7D"), 400, "parameter")
    assert post(service, "query=ASK{}", FORM, "/sparql?format=xml").headers["content-type"] == (
        "application/sparql-results+xml"
    )


def test_the_http_query_method(service: Service) -> None:
    def ask(body: str, kind: str, path: str = "/sparql") -> httpx.Response:
        headers = {"accept": SRJ, "content-type": kind}
        return service.client.request("QUERY", path, content=body.encode(), headers=headers)

    expected = [{"n": "证书甲，“引号”与 & <符号>", "t": "百分号 %E4 与 + 号"}]
    assert values(ask(CHINESE, QUERY)) == expected
    assert values(ask(f"query={quote_plus(CHINESE)}", FORM)) == expected
    graph = f"/sparql?default-graph-uri={quote(A, safe='')}"
    assert values(ask(COUNT, QUERY, graph)) == [{"n": "3"}]
    other = ask("{}", "application/json")
    service.problem(other, 415, "media-type")
    for name in ("accept", "accept-query"):
        assert other.headers[name] == f"{QUERY}, {FORM}"
    service.problem(ask("", QUERY), 400, "parameter")
    service.problem(ask("INSERT DATA { <a:a> <a:b> 1 }", QUERY), 403, "read-only")


def test_options_says_what_may_be_sent(service: Service) -> None:
    answer = service.client.options("/sparql")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, POST, QUERY, OPTIONS"
    assert answer.headers["accept-query"] == f"{QUERY}, {FORM}"
    assert "content-length" not in answer.headers
    for name in ("query-id", "if-none-match", "content-type"):
        assert name in answer.headers["access-control-allow-headers"].lower()
    for name in ("query-id", "etag", "content-location", "retry-after"):
        assert name in answer.headers["access-control-expose-headers"].lower()


def test_the_format_by_the_names_that_clients_give_it(service: Service) -> None:
    for path in (
        "output=csv",
        "results=csv",
        "format=csv&output=csv&results=csv",
        "output=text/csv",
    ):
        answer = service.client.get(f"/sparql?query={quote_plus(COUNT)}&{path}")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8", path
    for path in ("format=csv&output=json", "output=json&results=xml", "format=csv&format=xml"):
        answer = service.client.get(f"/sparql?query={quote_plus(COUNT)}&{path}")
        service.problem(answer, 400, "parameter")
    answer = service.client.get(f"/sparql?query={quote_plus(COUNT)}&output=nonsense")
    assert service.problem(answer, 400, "parameter")["parameter"] == "format"


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data", None])
def test_other_bodies_are_415(service: Service, kind: str | None) -> None:
    service.problem(post(service, "query=ASK{}", kind), 415, "media-type")


@pytest.mark.parametrize("kind", [QUERY, FORM])
def test_a_body_of_another_charset_is_415(service: Service, kind: str) -> None:
    for charset in ("GBK", '"latin1"', "utf-16"):
        answer = post(service, b"query=ASK{}", f"{kind}; charset={charset}")
        service.problem(answer, 415, "media-type")


def test_a_compressed_body_is_415(service: Service) -> None:
    headers = {"content-type": QUERY, "content-encoding": "gzip"}
    answer = service.client.post("/sparql", content=b"x", headers=headers)
    service.problem(answer, 415, "media-type")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_405(service: Service, method: str) -> None:
    answer = service.client.request(method, "/sparql", params={"query": "ASK {}"})
    service.problem(answer, 405, "method")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize("body", [b"", b"other=1", b"\xff\xfe"])
def test_empty_and_broken_bodies_are_400(service: Service, body: bytes) -> None:
    service.problem(post(service, body, FORM), 400, "parameter")


def test_a_direct_body_that_is_not_utf8_is_400(service: Service) -> None:
    service.problem(post(service, b'ASK { ?s ?p "\xff\xfe" }', QUERY), 400, "parameter")


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <a:a> <a:b> 1 }",
        "prefix x: <http://x/> delete where { ?s ?p ?o }",
        "LOAD <http://127.0.0.1:9/>",
        "WITH <a:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "CLEAR ALL",
    ],
)
def test_updates_are_refused(service: Service, update: str) -> None:
    for answer in (
        service.get(update),
        post(service, f"query={quote_plus(update)}", FORM),
        post(service, update, QUERY),
        post(service, f"update={quote_plus(update)}", FORM),
        post(service, f"query=ASK{{}}&update={quote_plus(update)}", FORM),
        post(service, update, "application/sparql-update"),
        service.client.get("/sparql", params={"update": update}),
    ):
        service.problem(answer, 403, "read-only")
    assert service.rows(COUNT) == [{"n": "8"}]


@pytest.mark.parametrize(
    ("query", "zh", "en"),
    [
        ("SELECT ?x { ?x a zc:A }", "前缀没有用 PREFIX 声明", "Prefix not found"),
        ("SELECT (1 AS ?x) (2 AS ?x) {}", "有重名的变量", "Duplicated variable name in SELECT"),
        ("SELECT", "应为 ", 'expected "$"'),
        ("SELECT * { ?x ?p _:a . } ORDER", "没有写完", "unexpected text or end"),
        ("hello", "不合语法", "unexpected text or end"),
    ],
)
def test_what_the_parser_says_is_told_in_both_languages(
    service: Service, query: str, zh: str, en: str
) -> None:
    told = service.problem(service.get(query), 400, "query-syntax")["languages"]
    assert zh in told["zh"]["detail"] and en in told["en"]["detail"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_syntax_error_says_where_in_the_language_asked_for(
    service: Service, language: str
) -> None:
    query = "SELECT ?x WHERE {\n  ?x a foaf:Person .\n  FILTER(?x >\n}"
    answers = [
        service.client.get(
            "/sparql", params={"query": query}, headers={"accept-language": f"fr, {language};q=0.8"}
        ),
        service.client.post(
            "/sparql", data={"query": query}, headers={"accept-language": f"{language}-CN"}
        ),
    ]
    for answer in answers:
        document = service.problem(answer, 400, "query-syntax")
        assert (document["line"], document["column"]) == (2, 19)
        assert document["message"] == "Prefix not found"
        assert document["near"].endswith("foaf:Person")
        assert answer.headers["content-language"] == language
        assert document["detail"] == document["languages"][language]["detail"]
        assert "Traceback" not in answer.text
        assert ".py" not in answer.text


def test_an_unknown_function_is_the_askers_error(service: Service) -> None:
    answer = service.get("SELECT (<http://example.org/f>(1) AS ?x) {}")
    service.problem(answer, 400, "query-unsupported")
    assert service.rows("SELECT ?x { BIND(1/0 AS ?x) }") == [{}]


def test_a_query_that_is_too_long_is_413(service: Service) -> None:
    long = "ASK { } #" + "长" * 400_000
    service.problem(post(service, long, QUERY), 413, "too-long")
    service.problem(post(service, f"query={quote_plus(long)}", FORM), 413, "too-long")
    service.problem(post(service, b"query=" + b"x" * 5_000_000, FORM), 413, "too-long")
    just = "ASK { } #" + "长" * 340_000
    assert post(service, just, QUERY).status_code == 200
    assert post(service, f"query={quote_plus(just)}", FORM).status_code == 200


def test_control_characters_are_no_server_error(service: Service) -> None:
    for text in ("ASK {}\x00", 'SELECT ("a\x00b" AS ?x) {}', "\x01\x02\x03", "\ufeffASK {}", "𝒳"):
        assert post(service, text, QUERY).status_code in (200, 400)


def test_head_answers_as_get_does(service: Service) -> None:
    for parameters in ({"query": COUNT}, {"query": "SELECT"}, {}):
        got = service.client.get("/sparql", params=parameters, headers={"accept": "*/*"})
        head = service.client.head("/sparql", params=parameters, headers={"accept": "*/*"})
        assert head.status_code == got.status_code
        assert head.headers["content-type"] == got.headers["content-type"]
        assert head.content == b""
        if parameters:
            assert head.headers["content-length"] == str(len(got.content))


def test_cors_for_everybody_and_without_credentials(service: Service) -> None:
    origin = {"origin": "https://app.example"}
    answers = [
        service.client.get("/sparql", params={"query": COUNT}, headers=origin),
        service.client.get("/sparql", params={"query": "SELECT"}, headers=origin),
        service.client.get("/sparql", params={"query": COUNT}, headers=origin | {"accept": "a/b"}),
        service.client.get("/sparql", headers=origin | {"accept": "text/turtle"}),
    ]
    asked = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "accept,content-type",
    }
    preflight = service.client.options("/sparql", headers=origin | asked)
    assert preflight.status_code == 204
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "content-type" in preflight.headers["access-control-allow-headers"].lower()
    for answer in [*answers, preflight]:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_relative_iri_starts_at_the_base(service: Service) -> None:
    assert service.rows("SELECT (STR(<id/x>) AS ?x) {}") == [{"x": f"{BASE}/id/x"}]


def test_a_strange_host_is_not_repeated(service: Service) -> None:
    parts = urlsplit(service.url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port)
    connection.putrequest("GET", "/sparql", skip_host=True)
    connection.putheader("Host", "a> <b:c> <d:e> . <f")
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status in (200, 400)
    assert "d:e" not in text


def test_start_page_health_and_unknown_addresses(service: Service) -> None:
    page = service.client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for text in (service.release.id, "/sparql", "职称图谱", "viewport"):
        assert text in page.text
    assert service.client.get("/health/live").json() == {"status": "live"}
    assert service.client.get("/health/ready").json()["status"] == "ready"
    assert service.client.get("/openapi.json").json()["info"]["title"] == "Zhicheng Graph"
    for path in ("/nowhere", "/sparql/x", "/docs", "/redoc"):
        document = service.problem(service.client.get(path), 404, "not-found")
        assert "/sparql" in document["languages"]["zh"]["detail"]
    refused = service.client.post("/health/live")
    service.problem(refused, 405, "method")
    assert "GET" in refused.headers["allow"]
    assert "QUERY" not in refused.headers["allow"]
