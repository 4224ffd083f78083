"""Odd paths, Chinese, a base with a path, a prefix: an answer or a 404, never a mistake of ours."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from conftest import BASE, EX
from hypothesis import given
from hypothesis import strategies as st

from kgservice.linked.addresses import document_of, place_of, read_address

from .conftest import small

CHINESE = f"{BASE}/id/证书/甲级（一）"
ENCODED = f"{BASE}/id/" + quote("机构/乙")
QUADS = (
    f'<{CHINESE}> <http://www.w3.org/2000/01/rdf-schema#label> "甲"@zh <{BASE}/graph/a> .\n'
    f'<{ENCODED}> <http://www.w3.org/2000/01/rdf-schema#label> "乙"@zh <{BASE}/graph/a> .\n'
    f'<{CHINESE}> <{EX}p> "面积1²，{"9" * 5000}" <{BASE}/graph/a> .\n'
    f'<{BASE}/id/a.b/c> <{EX}p> "c" <{BASE}/graph/a> .\n'
)
ODD = (
    "/doc/certificate/c00009/",
    "/doc/certificate/c00009.",
    "/doc/certificate//c00009",
    "/doc//certificate/c00009",
    "/doc/certificate/../certificate/c00009",
    "/doc/../doc/certificate/c00009",
    "/doc/certificate%2Fc99999",
    "/doc/certificate/c00009%00",
    "/doc/certificate/c00009%20",
    "/doc/",
    "/doc",
    "/id/",
    "/id/.ttl",
    "/doc/.ttl",
    "/doc/certificate/.ttl",
    "/doc/certificate/c00009.TTL",
    "/doc/certificate/c00009.ttl.ttl",
    "/doc/certificate/c00009.pdf",
    "/graph/",
    "/doc/graph/",
    "/doc/%3Cscript%3E",
    "/doc/%22%20%7D%20ASK%20%7B",
    "/doc/%5C",
    "/doc/%FF%FE",
    "/doc/%ED%A0%80",
    "/doc/%E8%AF",
    "/doc/100%",
    "/doc/" + "a" * 2001,
    "/doc/" + "%E8%AF%81" * 3000,
    "/doc/" + "/" * 500,
    "/ns/NoSuchTerm",
    "/ns/Recognition/",
    "/ns.pdf",
    "/problem/no-such-problem",
    "/zhicheng/doc/",
)


def ask(address: str, target: bytes, *fields: str) -> tuple[int, bytes]:
    """Sends a request line as it is, which no client would; the status and the rest."""
    host = urlsplit(address)
    with socket.create_connection((host.hostname, host.port), timeout=30) as link:
        head = "".join(f"{one}\r\n" for one in ("Host: localhost", "Connection: close", *fields))
        link.sendall(b"GET " + target + b" HTTP/1.1\r\n" + head.encode() + b"\r\n")
        received = b""
        while part := link.recv(65536):
            received += part
    return int(received.split(b" ", 2)[1]), received


@pytest.mark.parametrize("path", ODD, ids=lambda path: path[:40])
def test_an_odd_path_is_not_found(address: str, path: str) -> None:
    status, received = ask(address, path.encode(), "Accept: text/turtle")
    assert status == 404, received[:300]
    assert b"application/problem+json" in received


def test_chinese_encoded_or_not(tmp_path: Path) -> None:
    with small(tmp_path, QUADS) as client:
        address = str(client.base_url).rstrip("/")
        upper = quote("/doc/证书/甲级（一）")
        spellings = [upper, upper.replace("%E", "%e").lower(), "/doc/证书/甲级（一）"]
        for spelling in spellings:
            status, received = ask(address, spelling.encode(), "Accept: application/n-triples")
            assert status == 200, spelling
            assert CHINESE.encode() in received
            assert f"content-location: {upper}.nt".encode() in received
            assert received.isascii() or b"\r\n\r\n" in received
            assert received.partition(b"\r\n\r\n")[0].isascii(), "header fields are ASCII"
        lead = client.get("/id/证书/甲级（一）")
        assert (lead.status_code, lead.headers["location"]) == (303, upper)
        page = client.get("/doc/证书/甲级（一）.html")
        assert page.status_code == 200 and "甲" in page.text and "面积1²" in page.text
        # The graph has this one percent-encoded: the same address leads there.
        found = client.get("/doc/机构/乙.nt")
        assert found.status_code == 200 and f"<{ENCODED}>" in found.text
        assert client.get("/doc/证书/丙").status_code == 404
        assert client.get("/id/a.b/c.nt", follow_redirects=True).status_code == 200


def test_below_the_path_of_the_base_too(client: httpx.Client) -> None:
    prefix = urlsplit(BASE).path
    assert prefix
    lead = client.get(f"{prefix}/id/certificate/c00009.ttl?x=1")
    assert lead.headers["location"] == f"{prefix}/doc/certificate/c00009.ttl?x=1"
    document = client.get(lead.headers["location"])
    assert document.status_code == 200
    assert document.headers["content-location"] == f"{prefix}/doc/certificate/c00009.ttl"
    assert f"{prefix}/doc/certificate/c00009.html>" in document.headers["link"]
    assert client.get(f"{prefix}/ns/Recognition.nt").status_code == 200
    assert client.get(f"{prefix}/graph/ontology").status_code == 303
    # The endpoint and the dumps stand where they stand.
    hub = client.get(f"{prefix}/doc/region/500000.nt").text
    (view, *_) = re.findall(r"hydra/core#view> <([^>]*)>", hub)
    assert client.get(view, headers={"accept": "text/csv"}).status_code == 200
    page = client.get(f"{prefix}/doc/graph/ontology.html")
    (dump,) = re.findall(r'<([^>]*)>; rel="item"', page.headers["link"])
    assert client.head(dump).status_code == 200
    assert client.get(f"{prefix}/ns?lang=en").headers["location"] == f"{prefix}/ns/?lang=en"


def test_the_namespace_without_its_slash(client: httpx.Client) -> None:
    lead = client.get("/ns")
    assert (lead.status_code, lead.headers["location"]) == (308, "/ns/")
    page = client.get("/ns.html?lang=en")
    assert page.status_code == 200
    assert 'href="/ns/?lang=zh"' in page.text
    thing = client.get("/doc/title-level/30.html?lang=en")
    assert 'href="/doc/title-level/30?lang=zh"' in thing.text
    assert thing.headers["content-location"] == "/doc/title-level/30.html?lang=en"


def test_the_prefix_of_a_proxy_stands_in_addresses() -> None:
    def place(path: str, base_path: str) -> str:
        head = {"scheme": "https", "headers": [(b"host", b"example.org")], "root_path": "/kg"}
        return place_of({**head, "path": path}, base_path)

    assert place("/kg/doc/x", "") == "https://example.org/kg"
    assert place("/kg/zhicheng/doc/x", "/zhicheng") == "https://example.org/kg/zhicheng"
    assert place("/kg/zhichengx/doc/x", "/zhicheng") == "https://example.org/kg"


@given(st.text(max_size=60), st.sampled_from(["id", "ns", "graph"]))
def test_whatever_is_read_is_an_iri_and_leads_back(path: str, realm: str) -> None:
    address = read_address(realm, path)
    if address is None:
        return
    for iri in address.iris(BASE):
        assert iri.startswith(f"{BASE}/{realm}/")
        assert not set(iri) & set('<>"{}|\\^`') and all(ord(sign) > 32 for sign in iri)
        back = document_of(iri, BASE)
        assert back is not None and back.isascii()
    assert address.document.isascii()


@pytest.mark.parametrize("slash", ["%2F", "%2f"])
def test_an_escaped_slash_leads_to_the_plain_address(client: httpx.Client, slash: str) -> None:
    """As OpenRefine asks when it fills an id into the address of a page."""
    answer = client.get(f"/doc/certificate{slash}c00009.ttl?lang=en")
    assert answer.status_code == 308
    assert answer.headers["location"] == "/doc/certificate/c00009.ttl?lang=en"
    led = client.get(f"/id/certificate{slash}c00009")
    assert (led.status_code, led.headers["location"]) == (303, "/doc/certificate/c00009")
