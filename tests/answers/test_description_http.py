"""The real release describes itself over HTTP: the same in every format, at the address that was asked."""

from __future__ import annotations

import gzip
import hashlib

import httpx
import pytest
from rdflib import Dataset, Graph, Namespace, URIRef
from rdflib.namespace import RDF, VOID

from kgservice.release import Release

from .conftest import BASE, ROOT

DCAT = Namespace("http://www.w3.org/ns/dcat#")
SD = "http://www.w3.org/ns/sparql-service-description#"
FORMATS = {
    "text/turtle": "turtle",
    "application/n-triples": "nt",
    "application/n-quads": "nquads",
    "application/trig": "trig",
    "application/rdf+xml": "xml",
    "application/ld+json": "json-ld",
}
PLACES = ("/sparql", "/.well-known/void")

TSV = "text/tab-separated-values; charset=utf-8"


def fetch(address: str, accept: str) -> Graph:
    """The description at an address, parsed."""
    answer = httpx.get(address, headers={"accept": accept}, timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == accept
    parsed = Dataset(default_union=True)
    parsed.parse(data=answer.content, format=FORMATS[accept])
    graph = Graph()
    for subject, predicate, value, _ in parsed.quads():
        graph.add((subject, predicate, value))
    return graph


@pytest.fixture(scope="module")
def turtle(server: str) -> Graph:
    return fetch(f"{server}/sparql", "text/turtle")


@pytest.mark.parametrize("accept", FORMATS)
def test_every_format_says_the_same(server: str, turtle: Graph, accept: str) -> None:
    # By text: a parser may write a number in another way.
    def said(graph: Graph) -> set[tuple[str, ...]]:
        return {tuple(map(str, triple)) for triple in graph}

    assert said(fetch(f"{server}/.well-known/void", accept)) == said(turtle)
    assert len(turtle) > 5000


def test_addresses_are_those_of_the_request(server: str, turtle: Graph) -> None:
    endpoint = URIRef(f"{server}/sparql")
    service = turtle.value(None, RDF.type, URIRef(f"{SD}Service"))
    assert service == endpoint
    assert list(turtle.objects(service, URIRef(f"{SD}endpoint"))) == [endpoint]
    assert set(turtle.objects(None, VOID.sparqlEndpoint)) == {endpoint}
    assert set(turtle.objects(None, URIRef("https://schema.org/target"))) == {endpoint}
    addresses = {str(url) for url in turtle.objects(None, DCAT.downloadURL)}
    assert all(address.startswith(f"{server}/data/") for address in addresses)
    texts = {str(term) for triple in turtle for term in triple}
    assert not any("origin.invalid" in text for text in texts)
    assert f"{BASE}/sparql" not in texts
    # The same release at another address: nothing of the first is kept.
    other = httpx.get(
        f"{server}/sparql", headers={"accept": "text/turtle", "host": "data.example.org:8443"}
    ).text
    assert "<http://data.example.org:8443/sparql>" in other
    assert server not in other


def test_a_host_that_is_none_is_not_repeated(server: str) -> None:
    strange = {"accept": "text/turtle", "host": "a/><x>"}
    for place in PLACES:
        answer = httpx.get(server + place, headers=strange)
        assert answer.status_code == 400 or "><x>" not in answer.text


def test_it_says_what_the_program_can_do(turtle: Graph) -> None:
    service = turtle.value(None, RDF.type, URIRef(f"{SD}Service"))
    formats = set(turtle.objects(service, URIRef(f"{SD}resultFormat")))
    assert URIRef("http://www.w3.org/ns/formats/SPARQL_Results_JSON") in formats
    assert URIRef("http://www.w3.org/ns/formats/Turtle") in formats
    features = set(turtle.objects(service, URIRef(f"{SD}feature")))
    assert URIRef(f"{SD}UnionDefaultGraph") in features


@pytest.mark.parametrize("place", PLACES)
def test_an_etag_spares_the_body(server: str, place: str) -> None:
    first = httpx.get(server + place, headers={"accept": "text/turtle"})
    tag = first.headers["etag"]
    again = httpx.get(server + place, headers={"accept": "text/turtle"})
    assert again.headers["etag"] == tag and again.content == first.content
    other = httpx.get(server + place, headers={"accept": "application/n-triples"})
    assert other.headers["etag"] != tag
    if place == "/.well-known/void":
        held = {"accept": "text/turtle", "if-none-match": f'"x", W/{tag}'}
        assert httpx.get(server + place, headers=held).status_code == 304


def test_the_description_is_held_to_what_is_accepted(server: str) -> None:
    refused = httpx.get(f"{server}/.well-known/void", headers={"accept": "text/csv"})
    assert refused.status_code == 406
    assert "text/turtle" in refused.json()["offered"]
    head = httpx.head(f"{server}/.well-known/void", headers={"accept": "text/turtle"})
    assert head.status_code == 200 and head.content == b""
    assert int(head.headers["content-length"]) > 100_000


def test_every_dump_is_downloaded_whole(server: str, turtle: Graph, real_release: Release) -> None:
    seen = 0
    for distribution in turtle.subjects(RDF.type, DCAT.Distribution):
        url = str(turtle.value(distribution, DCAT.downloadURL))
        answer = httpx.get(url)
        assert answer.status_code == 200, url
        table = url.endswith(".tsv")
        assert answer.headers["content-type"] == (TSV if table else "application/gzip")
        assert "content-encoding" not in answer.headers
        assert "immutable" in answer.headers["cache-control"]
        checksum = turtle.value(distribution, URIRef("http://spdx.org/rdf/terms#checksum"))
        value = turtle.value(checksum, URIRef("http://spdx.org/rdf/terms#checksumValue"))
        digest = hashlib.sha256(answer.content).hexdigest()
        assert answer.headers["etag"] == f'"{digest}"'
        # rdflib reads xsd:hexBinary as bytes and writes it in capitals
        assert str(value).lower() == digest
        dataset = turtle.value(None, DCAT.distribution, distribution)
        if not table:
            lines = gzip.decompress(answer.content).count(b"\n")
        if url.endswith(".nt.gz"):
            assert int(str(turtle.value(dataset, VOID.triples))) == lines
        seen += 1
    assert seen == 21 + 7  # the graphs and all of them, and the mapping sets as tables


def test_downloads_can_be_resumed_and_held(server: str, real_release: Release) -> None:
    url = f"{server}/data/{real_release.id}/dumps/all.nq.gz"
    whole = httpx.get(url)
    size = len(whole.content)
    part = httpx.get(url, headers={"range": "bytes=100-", "if-range": whole.headers["etag"]})
    assert part.status_code == 206
    assert part.content == whole.content[100:]
    assert httpx.get(url, headers={"range": f"bytes={size}-"}).status_code == 416
    # Python reads no number of thousands of digits.
    many = "9" * 5000
    long = (f"bytes=1-{many}", f"bytes={many}-", f"bytes=-{many}", f"bytes={many}-{many}")
    for strange in ("bytes=5-2", "lines=1-2", "bytes=0-1,4-5", *long):
        assert httpx.get(url, headers={"range": strange}).content == whole.content
    held = httpx.get(url, headers={"if-none-match": whole.headers["etag"]})
    assert (held.status_code, held.content) == (304, b"")
    head = httpx.head(url)
    assert (head.headers["content-length"], head.content) == (str(size), b"")


@pytest.mark.parametrize(
    "path",
    [
        "{id}/manifest.json",
        "{id}/graph.nq",
        "{id}/dumps/nothing.nt.gz",
        "{id}/dumps/../manifest.json",
        "{id}/dumps/%2e%2e/manifest.json",
        "{id}/dumps",
        "0000000000000000/description.nq",
        "..%2f{id}/description.nq",
        ".stores/description.nq",
    ],
)
def test_nothing_else_is_downloaded(server: str, real_release: Release, path: str) -> None:
    answer = httpx.get(f"{server}/data/{path.format(id=real_release.id)}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_description_of_the_release_is_downloaded(server: str, real_release: Release) -> None:
    for file, media_type in (("nq", "application/n-quads"), ("ttl", "text/turtle; charset=utf-8")):
        answer = httpx.get(f"{server}/data/{real_release.id}/description.{file}")
        assert answer.headers["content-type"] == media_type
        assert answer.content == (real_release.path / f"description.{file}").read_bytes()


def test_the_store_holds_the_description_too(server: str) -> None:
    ask = f"""ASK {{ GRAPH <{BASE}/graph/description/catalog> {{ ?c a <{DCAT}Catalog> }}
                    GRAPH <{BASE}/graph/description/void> {{ ?d a <{VOID.Dataset}> }}
                    GRAPH <{BASE}/graph/description/service> {{ ?s a <{SD}Service> }}
                    GRAPH <{BASE}/graph/description/questions> {{
                      ?q a <http://www.w3.org/ns/shacl#SPARQLExecutable> }} }}"""
    answer = httpx.get(f"{server}/sparql", params={"query": ask}, headers={"accept": "*/*"})
    assert answer.json()["boolean"] is True
    assert len(list((ROOT / "queries").glob("*.rq"))) > 0
