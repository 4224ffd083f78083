"""404 for what was never minted, 410 with its successor for what was withdrawn."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from conftest import BASE

from .conftest import small

ID, NS, GRAPH = f"{BASE}/id/", f"{BASE}/ns/", f"<{BASE}/graph/register/certificates>"
LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
REPLACED = "<http://purl.org/dc/terms/isReplacedBy>"
TRUE = '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'
QUADS = "".join(
    f"{line} {GRAPH} .\n"
    for line in (
        f"<{ID}certificate/c1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{NS}Certificate>",
        f'<{ID}certificate/c1> {LABEL} "旧"@zh',
        f"<{ID}certificate/c1> <{NS}withdrawn> {TRUE}",
        f"<{ID}certificate/c1> {REPLACED} <{ID}certificate/c2>",
        f'<{ID}certificate/c2> {LABEL} "新"@zh',
        f"<{ID}issuer/i1> <{NS}withdrawn> {TRUE}",
        f"<{ID}issuer/i3> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{NS}Issuer>",
        f'<{ID}issuer/i3> {LABEL} "旧机构"@zh',
        f"<{ID}issuer/i3> <{NS}withdrawn> {TRUE}",
        f"<{ID}issuer/i3> {REPLACED} <{ID}certificate/c2>",
        f"<{ID}issuer/i2> <{NS}withdrawn> {TRUE.replace('true', 'false')}",
    )
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with small(tmp_path_factory.mktemp("releases"), QUADS) as found:
        yield found


@pytest.mark.parametrize(
    "path", ["/id/certificate/c1", "/doc/certificate/c1", "/doc/certificate/c1.ttl"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_was_withdrawn_names_its_successor(
    client: httpx.Client, path: str, method: str
) -> None:
    answer = client.request(method, path, headers={"accept": "text/turtle"})
    moved = f"{str(client.base_url).rstrip('/')}/doc/certificate/c2"
    assert answer.status_code == 410
    assert answer.headers["link"] == f'<{moved}>; rel="successor-version"'
    assert client.get(moved).status_code == 200
    if method == "GET":
        problem = answer.json()
        assert problem["type"] == f"{BASE}/problem/withdrawn"
        assert problem["successor"] == "certificate/c2"
        assert moved in problem["languages"]["zh"]["detail"]


def test_a_browser_gets_a_page_that_leads_on(client: httpx.Client) -> None:
    page = client.get("/id/certificate/c1", headers={"accept": "text/html"})
    assert page.status_code == 410
    assert 'href="/doc/certificate/c2"' in page.text


@pytest.mark.parametrize("path", ["certificate/c1", "issuer/i3"])
@pytest.mark.parametrize("suffix", ["", ".html"])
def test_a_page_of_its_own_leads_on_as_well(client: httpx.Client, path: str, suffix: str) -> None:
    answer = client.get(f"/doc/{path}{suffix}?lang=en", headers={"accept": "text/html"})
    assert answer.status_code == 410
    assert answer.headers["link"].endswith('/doc/certificate/c2>; rel="successor-version"')
    assert f"{BASE}/id/{path} was withdrawn" in answer.text
    assert "'id'" not in answer.text and "&#39;id&#39;" not in answer.text


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/doc/certificate/c3", "text/turtle", 404),
        ("/id/certificate/c3", "text/html", 404),
        ("/doc/certificate/c2", "image/png", 406),
        ("/doc/certificate/c1", "text/turtle", 410),
        ("/doc/certificate/c1", "text/html", 410),
    ],
)
def test_any_page_may_read_why_there_is_no_document(
    client: httpx.Client, path: str, accept: str, status: int
) -> None:
    answer = client.get(path, headers={"accept": accept, "origin": "https://example.org"})
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Link" in answer.headers["access-control-expose-headers"]
    assert answer.headers["cache-control"] == "no-store"


def test_without_a_successor(client: httpx.Client) -> None:
    answer = client.get("/doc/issuer/i1", headers={"accept": "text/turtle"})
    assert answer.status_code == 410
    assert "link" not in answer.headers and "successor" not in answer.json()
    assert client.get("/doc/issuer/i2.ttl").status_code == 200


@pytest.mark.parametrize(
    "path", ["/id/certificate/c3", "/doc/certificate/c3", "/ns/Nothing", "/graph/b"]
)
@pytest.mark.parametrize("accept", ["text/turtle", "text/html", "*/*"])
def test_what_was_never_minted(client: httpx.Client, path: str, accept: str) -> None:
    answer = client.get(path, headers={"accept": accept})
    assert answer.status_code == 404
    page = accept == "text/html"
    assert answer.headers["content-type"].startswith(
        "text/html" if page else "application/problem+json"
    )


def test_every_kind_of_problem_has_a_page(client: httpx.Client) -> None:
    told = client.get("/doc/certificate/c3").json()
    page = client.get(told["type"].removeprefix(BASE), headers={"accept": "text/html"})
    assert page.status_code == 200 and "未找到" in page.text
    data = client.get("/problem/withdrawn.ttl")
    assert data.status_code == 200 and '"410"' in data.text
    assert client.get("/problem/internal.nt").status_code == 200
