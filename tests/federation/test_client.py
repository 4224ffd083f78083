"""The client that calls other endpoints, against endpoints that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

import httpcore
import httpx
import pytest
import trustme
from conftest import Service

from kgservice.engine.errors import QueryCancelled
from kgservice.engine.interface import Query
from kgservice.federation.addresses import public_addresses
from kgservice.federation.client import AddressRefused, PinnedNetwork, ServiceClient, ServiceLimits
from kgservice.federation.engine import FederatingEngine
from kgservice.federation.errors import ServiceFailed, ServiceTimeout
from kgservice.federation.urls import normalise, read_allow_list, read_private_list, resolve

from .conftest import JSON, NOTHING, FederatedFactory, Scripted, response
from .local import LocalEngine

Say = Callable[[socket.socket, bytes], None]


def rows(*terms: Any) -> bytes:
    """An answer with these values of ?o."""
    bindings = [{"o": term} for term in terms]
    return json.dumps({"head": {"vars": ["o"]}, "results": {"bindings": bindings}}).encode()


def literal(value: str) -> dict[str, str]:
    return {"type": "literal", "value": value}


def ask(service: Service, endpoint: Scripted, silent: str = "") -> httpx.Response:
    return service.get(f"SELECT ?o {{ SERVICE {silent} <{endpoint.url}> {{ ?s ?p ?o }} }}")


def sends(data: bytes) -> Say:
    return lambda link, _: link.sendall(data)


def drips(link: socket.socket, _: bytes) -> None:
    """One byte at a time, each in good time."""
    for byte in response(b" " * 1000):
        link.sendall(bytes([byte]))
        time.sleep(0.05)


def breaks_off(link: socket.socket, _: bytes) -> None:
    link.sendall(response(NOTHING + b" " * 1000)[:-500])
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link.close()


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
BOMB = gzip.compress(b" " * 30_000_000)
FAILURES: dict[str, Say] = {
    "error": sends(response(status="500 Internal Server Error")),
    "not-found": sends(response(status="404 Not Found")),
    "no-content": sends(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "html": sends(response(b"<html></html>", "text/html")),
    "xml": sends(response(b"<sparql/>", "application/sparql-results+xml")),
    "no-type": sends(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
    "no-json": sends(response(b"{")),
    "no-utf8": sends(response(b'{"results":{"bindings":[{"o":{"type":"literal","value":"\xff"}}]}}')),
    "other-json": sends(response(b'{"boolean":true}')),
    "a-list": sends(response(b"[]")),
    "odd-rows": sends(response(b'{"results":{"bindings":[1]}}')),
    "odd-term": sends(response(rows({"type": "uri"}))),
    "unknown-term": sends(response(rows({"type": "other", "value": "x"}))),
    "bad-iri": sends(response(rows({"type": "uri", "value": "http://x/> } SERVICE <y> {"}))),
    "relative-iri": sends(response(rows({"type": "uri", "value": "x/y"}))),
    "iri-the-engine-refuses": sends(response(rows({"type": "uri", "value": "http://[x/"}))),
    "bad-language": sends(response(rows(literal("x") | {"xml:lang": "e n"}))),
    "half-a-pair": sends(response(rows(literal("\ud800")))),
    "deep-json": sends(response(b"[" * 90_000)),
    "long-number": sends(response(b'{"results":{"bindings":[' + b"1" * 90_000 + b"]}}")),
    "too-many-rows": sends(response(rows(*[literal("x")] * 501))),
    "too-long": sends(response(b" " * 100_001)),
    "too-long-later": sends(CHUNKED + b"186A1\r\n" + b" " * 100_001 + b"\r\n0\r\n\r\n"),
    "length-that-lies": sends(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{}"),
    "gzip-bomb": sends(response(BOMB, JSON, "200 OK", "Content-Encoding: gzip")),
    "broken-gzip": sends(response(b"not gzip", JSON, "200 OK", "Content-Encoding: gzip")),
    "cut-gzip": sends(response(gzip.compress(NOTHING)[:-9], JSON, "200 OK", "Content-Encoding: gzip")),
    "other-coding": sends(response(NOTHING, JSON, "200 OK", "Content-Encoding: br")),
    "no-http": sends(b"hello\r\n\r\n"),
    "endless-header": sends(b"HTTP/1.1 200 OK\r\n" + b"X-Y: " + b"z" * 300_000),
    "breaks-off": breaks_off,
    "nothing": lambda link, _: None,
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_a_failing_endpoint_is_told_and_silent_excuses_it(
    federated: Service, scripted: Scripted, name: str
) -> None:
    scripted.say = FAILURES[name]
    document = federated.problem(ask(federated, scripted), 502, "service-failed")
    assert document["endpoint"] == scripted.url
    for language in ("en", "zh"):
        assert scripted.url in document["languages"][language]["detail"]
    calls = scripted.connections
    assert calls == 1
    if name == "iri-the-engine-refuses":
        return  # found when the clause was answered already
    answer = ask(federated, scripted, "SILENT")
    assert answer.json() == {"head": {"vars": ["o"]}, "results": {"bindings": [{}]}}


def test_a_slow_endpoint_is_given_up_in_time(federated: Service, scripted: Scripted) -> None:
    scripted.say = drips
    began = time.monotonic()
    document = federated.problem(ask(federated, scripted), 504, "service-timeout")
    assert time.monotonic() - began < 12
    assert (document["endpoint"], document["seconds"]) == (scripted.url, 3.0)
    assert scripted.gone.wait(10), "the connection must be closed"
    assert ask(federated, scripted, "SILENT").json()["results"]["bindings"] == [{}]


def test_an_endpoint_that_is_down_is_502(run_federated: FederatedFactory) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        authority = f"127.0.0.1:{taken.getsockname()[1]}"
    url = f"http://{authority}/"
    with run_federated(url, private=(authority,)) as service:
        answer = service.get(f"ASK {{ SERVICE <{url}> {{ ?s ?p ?o }} }}")
        service.problem(answer, 502, "service-failed")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 T", "308 P"])
def test_no_redirect_is_followed(federated: Service, scripted: Scripted, status: str) -> None:
    elsewhere = Scripted()
    scripted.say = sends(response(b"", JSON, status, f"Location: {elsewhere.url}"))
    document = federated.problem(ask(federated, scripted), 502, "service-failed")
    assert "redirect" in document["languages"]["en"]["detail"]
    assert elsewhere.connections == 0


def test_no_proxy_is_taken_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, run_federated: FederatedFactory, scripted: Scripted
) -> None:
    proxy = Scripted()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.setenv("NO_PROXY", "")
    limits = ServiceLimits(allow=(scripted.url,), private=(scripted.authority,))

    async def call() -> bytes:
        client = ServiceClient(limits)
        try:
            return await client.select(scripted.url, "SELECT * {}", 1000)
        finally:
            await client.close()

    assert asyncio.run(call()) == NOTHING
    assert (scripted.connections, proxy.connections) == (1, 0)


def test_a_packed_answer_is_unpacked(federated: Service, scripted: Scripted) -> None:
    body = gzip.compress(rows(literal("打包")))
    scripted.say = sends(
        response(body, f"{JSON}; charset=utf-8", "200 OK", "Content-Encoding: gzip")
    )
    assert ask(federated, scripted).json()["results"]["bindings"] == [{"o": literal("打包")}]


def test_terms_arrive_as_they_were_sent(federated: Service, scripted: Scripted) -> None:
    terms: list[Any] = [
        {"type": "uri", "value": "https://例子.example/服务/SERVICE?x='y'#z"},
        literal('a "quoted" \\ text\nwith lines\r\tand \x01 } SERVICE <http://x/> { # service'),
        literal("服务") | {"xml:lang": "zh"},
        literal("abc") | {"xml:lang": "ar", "its:dir": "rtl"},
        literal("12") | {"datatype": "http://www.w3.org/2001/XMLSchema#integer"},
        literal("x") | {"datatype": "https://example.org/Service"},
        literal("plain") | {"datatype": "http://www.w3.org/2001/XMLSchema#string"},
        {
            "type": "triple",
            "value": {
                "subject": {"type": "uri", "value": "urn:s"},
                "predicate": {"type": "uri", "value": "urn:p"},
                "object": literal("o"),
            },
        },
    ]
    scripted.say = sends(response(rows(*terms)))
    got = [row["o"] for row in ask(federated, scripted).json()["results"]["bindings"]]
    terms[6] = literal("plain")
    assert got == terms


def test_a_blank_node_is_refused_only_where_it_is_used(
    federated: Service, scripted: Scripted
) -> None:
    scripted.say = sends(
        response(
            b'{"results":{"bindings":[{"s":{"type":"bnode","value":"b"},"o":{"type":"uri","value":"urn:o"}}]}}'
        )
    )
    url = scripted.url
    for silent in ("", "SILENT"):
        answer = federated.get(f"SELECT ?s {{ SERVICE {silent} <{url}> {{ ?s ?p ?o }} }}")
        document = federated.problem(answer, 502, "service-failed")
        assert "?s" in document["languages"]["zh"]["detail"]
    assert federated.rows(f"SELECT ?o {{ SERVICE <{url}> {{ ?s ?p ?o }} }}") == [{"o": "urn:o"}]


def test_too_many_calls_are_refused(run_federated: FederatedFactory, scripted: Scripted) -> None:
    clause = f"SERVICE SILENT <{scripted.url}> {{ ?s ?p ?o }} "
    with run_federated(scripted.url, private=(scripted.authority,), max_calls=2) as service:
        answer = service.get(f"SELECT * {{ {clause * 3} }}")
        service.problem(answer, 400, "query-too-complex")
        assert scripted.connections == 0
        assert service.get(f"SELECT * {{ {clause * 2} }}").status_code == 200


def test_the_bytes_of_all_calls_count_together(federated: Service, scripted: Scripted) -> None:
    scripted.say = sends(response(rows(literal("x" * 60_000))))
    assert ask(federated, scripted).status_code == 200
    clause = f"SERVICE <{scripted.url}> {{ ?s ?p ?o }} "
    answer = federated.get(f"SELECT ?o {{ {{ {clause} }} UNION {{ {clause} }} }}")
    federated.problem(answer, 502, "service-failed")


def test_when_the_client_goes_the_call_ends(federated: Service, scripted: Scripted) -> None:
    scripted.say = lambda link, _: link.recv(1)  # type: ignore[assignment, return-value]
    query = f"SELECT * {{ SERVICE <{scripted.url}> {{ ?s ?p ?o }} }}"
    with contextlib.suppress(httpx.TimeoutException):
        httpx.get(f"{federated.url}/sparql", params={"query": query}, timeout=0.3)
    assert scripted.requests
    assert scripted.gone.wait(0.6), "long before the time of the call is over"


def local_engine(endpoint: Scripted, **more: Any) -> FederatingEngine:
    import pyoxigraph as ox

    limits = ServiceLimits(allow=(endpoint.url,), private=(endpoint.authority,), timeout=30)
    return FederatingEngine(LocalEngine(ox.Store()), limits, **{"base": "", "deadline": 30, **more})


async def run(engine: FederatingEngine, query: str, name: str | None = None) -> bytes:
    async with engine.answer(Query(query, "json", id=name)) as answer:
        return b"".join([chunk async for chunk in answer])


async def test_a_query_is_cancelled_while_another_endpoint_is_asked(scripted: Scripted) -> None:
    scripted.say = lambda link, _: link.recv(1)  # type: ignore[assignment, return-value]
    engine = local_engine(scripted)
    query = f"SELECT * {{ SERVICE SILENT <{scripted.url}> {{ ?s ?p ?o }} }}"
    asking = asyncio.ensure_future(run(engine, query, "q1"))
    while not scripted.requests:
        await asyncio.sleep(0.01)
    assert not engine.cancel("q2")
    assert engine.cancel("q1")
    with pytest.raises(QueryCancelled):
        await asking
    assert await asyncio.to_thread(scripted.gone.wait, 10)
    assert not engine.cancel("q1")
    await engine.stop(0)


def test_the_deadline_counts_for_the_whole(
    run_federated: FederatedFactory, scripted: Scripted
) -> None:
    scripted.say = lambda link, _: link.recv(1)  # type: ignore[assignment, return-value]
    allowed = {"private": (scripted.authority,), "timeout": 30.0, "deadline": 1.0}
    with run_federated(scripted.url, **allowed) as service:
        began = time.monotonic()
        service.problem(ask(service, scripted, "SILENT"), 504, "query-timeout")
        # The call takes a part of the time, what is left is for the rest.
        scripted.say = lambda link, _: (
            time.sleep(0.7),
            link.sendall(response(rows(literal("x")))),
        )[1]  # type: ignore[func-returns-value]
        slow = "{ SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o1 . ?q ?r ?t . ?u ?v ?w . ?x ?y ?z } }"
        query = f"SELECT * {{ {slow} SERVICE <{scripted.url}> {{ ?s ?p ?o }} }}"
        service.problem(service.get(query), 504, "query-timeout")
        assert time.monotonic() - began < 10


# -- addresses

PRIVATE = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1", "192.0.0.8",
    "192.0.2.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::10.0.0.1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1", "100::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700::1", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_left_out(address: str) -> None:
    assert public_addresses([address]) == []


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_kept(address: str) -> None:
    assert len(public_addresses([address])) == 1


class Names:
    """A resolver that answers what a test says, another thing each time."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


class Recording:
    """A network in which every connection fails."""

    def __init__(self) -> None:
        self.addresses: list[str] = []

    async def connect_tcp(self, host: str, port: int, *_: Any) -> Any:
        self.addresses.append(host)
        raise httpcore.ConnectError


async def test_a_name_is_resolved_once_and_the_address_seen_is_the_one_called() -> None:
    names = Names(["10.0.0.7", "93.184.216.34", "127.0.0.1", "1.1.1.1"], ["127.0.0.1"])
    network = PinnedNetwork((), names)
    network._network = recording = Recording()  # type: ignore[assignment]
    with pytest.raises(httpcore.ConnectError):
        await network.connect_tcp("rebinding.example", 443)
    assert names.asked == 1
    assert recording.addresses == ["93.184.216.34", "1.1.1.1"]


@pytest.mark.parametrize("silent", ["", "SILENT"])
@pytest.mark.parametrize(
    "host", ["inner.example", "127.0.0.1", "2130706433", "0x7f.1", "[::1]", "localhost"]
)
def test_an_allowed_name_that_leads_inside_is_refused(
    run_federated: FederatedFactory, scripted: Scripted, host: str, silent: str
) -> None:
    port = scripted.authority.rpartition(":")[2]
    url = normalise(f"http://{host}:{port}/sparql")
    assert url is not None
    double = Names(["127.0.0.1"]) if host == "inner.example" else None
    # Another port of the same host, and the host's name where the list has its address, are something else.
    private = (f"{host}:1", "localhost.example:80")
    with run_federated(
        url, private=private, client=lambda limits: ServiceClient(limits, resolve=double)
    ) as service:
        answer = service.get(f"ASK {{ SERVICE {silent} <{url}> {{ ?s ?p ?o }} }}")
        document = service.problem(answer, 403, "service-refused")
        assert "service_allow_private" in document["languages"]["zh"]["detail"]
    assert scripted.connections == 0


def test_a_name_that_does_not_resolve_is_502(run_federated: FederatedFactory) -> None:
    url = "http://nothing.invalid/sparql"
    with run_federated(url) as service:
        answer = service.get(f"ASK {{ SERVICE <{url}> {{ ?s ?p ?o }} }}")
        service.problem(answer, 502, "service-failed")


# -- TLS


class Secure:
    """An HTTPS endpoint with a certificate for ``names``; remembers the names that it was called by."""

    def __init__(self, *names: str) -> None:
        self.authority_of_certificates = trustme.CA()
        self.called: list[str | None] = []
        self.hosts: list[bytes] = []
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.authority_of_certificates.issue_cert(*names).configure_cert(context)
        context.sni_callback = lambda _s, name, _c: self.called.append(name)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self._context = context
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            link, _ = self.socket.accept()
            with (
                contextlib.suppress(OSError),
                self._context.wrap_socket(link, server_side=True) as safe,
            ):
                request = b""
                while b"SELECT" not in request:  # the body is one short field
                    request += safe.recv(65536)
                self.hosts.append(
                    next(x for x in request.split(b"\r\n") if x.lower().startswith(b"host:"))
                )
                safe.sendall(response())

    async def call(self, host: str, trusted: bool) -> bytes:
        tls = ssl.create_default_context()
        if trusted:
            self.authority_of_certificates.configure_trust(tls)
        url = f"https://{host}:{self.port}/sparql"
        limits = ServiceLimits(allow=(url,), private=(f"{host}:{self.port}",), timeout=20)
        client = ServiceClient(limits, resolve=Names(["127.0.0.1"]), tls=tls)
        try:
            return await client.select(url, "SELECT * {}", 1000)
        finally:
            await client.close()


async def test_certificates_are_verified_for_the_name_and_not_the_address() -> None:
    server = Secure("good.example")
    assert await server.call("good.example", True) == NOTHING
    assert server.called == ["good.example"]
    assert server.hosts == [f"Host: good.example:{server.port}".encode()]
    with pytest.raises(ServiceFailed):
        await server.call("good.example", False)
    with pytest.raises(ServiceFailed):
        await server.call("good.example.evil.example", True)
    assert len(server.hosts) == 1


async def test_errors_of_the_client_have_a_class_each(scripted: Scripted) -> None:
    limits = ServiceLimits(allow=(scripted.url,), timeout=0.2)
    client = ServiceClient(limits)
    with pytest.raises(AddressRefused):
        await client.select(scripted.url, "ASK {}", 1000)
    await client.close()
    client = ServiceClient(
        ServiceLimits(allow=(scripted.url,), private=(scripted.authority,), timeout=0.2)
    )
    scripted.say = lambda link, _: link.recv(1)  # type: ignore[assignment, return-value]
    with pytest.raises(ServiceTimeout):
        await client.select(scripted.url, "ASK {}", 1000)
    await client.close()


# -- IRIs (RFC 3986)

RESOLVED = {
    "g:h": "g:h", "g": "http://a/b/c/g", "./g": "http://a/b/c/g", "g/": "http://a/b/c/g/", "/g": "http://a/g",
    "//g": "http://g", "?y": "http://a/b/c/d;p?y", "g?y": "http://a/b/c/g?y", "#s": "http://a/b/c/d;p?q#s",
    "g#s": "http://a/b/c/g#s", "g?y#s": "http://a/b/c/g?y#s", ";x": "http://a/b/c/;x", "g;x": "http://a/b/c/g;x",
    "": "http://a/b/c/d;p?q", ".": "http://a/b/c/", "./": "http://a/b/c/", "..": "http://a/b/", "../": "http://a/b/",
    "../g": "http://a/b/g", "../..": "http://a/", "../../": "http://a/", "../../g": "http://a/g",
    "../../../g": "http://a/g", "../../../../g": "http://a/g", "/./g": "http://a/g", "/../g": "http://a/g",
    "g.": "http://a/b/c/g.", ".g": "http://a/b/c/.g", "g..": "http://a/b/c/g..", "..g": "http://a/b/c/..g",
    "./../g": "http://a/b/g", "./g/.": "http://a/b/c/g/", "g/./h": "http://a/b/c/g/h", "g/../h": "http://a/b/c/h",
    "g;x=1/./y": "http://a/b/c/g;x=1/y", "g;x=1/../y": "http://a/b/c/y", "g?y/./x": "http://a/b/c/g?y/./x",
    "g#s/../x": "http://a/b/c/g#s/../x",
}  # fmt: skip


@pytest.mark.parametrize("reference", RESOLVED)
def test_references_are_resolved_as_the_standard_says(reference: str) -> None:
    """RFC 3986, 5.4."""
    assert resolve("http://a/b/c/d;p?q", reference) == RESOLVED[reference]


@pytest.mark.parametrize(
    ("iri", "url"),
    [
        ("HTTP://Example.ORG:80", "http://example.org/"),
        ("https://example.org:443/a?b", "https://example.org/a?b"),
        ("https://example.org:8443/A", "https://example.org:8443/A"),
        ("http://[::1]:3030/x", "http://[::1]:3030/x"),
        (
            "https://例子.中国/查询?问=1",
            "https://xn--fsqu00a.xn--fiqs8s/%E6%9F%A5%E8%AF%A2?%E9%97%AE=1",
        ),
        ("https://e.org/%e4%b8", "https://e.org/%E4%B8"),
        ("https://u@e.org/", None),
        ("https://e.org/#x", None),
        ("https://e.org:99999/", None),
        ("https://e.org\\@f.org/", None),
        ("https://e.org /", None),
        ("ftp://e.org/", None),
        ("https:e.org", None),
        ("//e.org/", None),
        ("https:///x", None),
        ("https://e.org/%zz", None),
    ],
)
def test_addresses_have_one_form(iri: str, url: str | None) -> None:
    assert normalise(iri) == url


def test_lists_in_settings() -> None:
    assert read_allow_list(" https://A.org ,http://b.org:80/x\nhttps://a.org/") == (
        "https://a.org/",
        "http://b.org/x",
    )
    assert read_private_list("LOCALHOST:80, [::1]:3030") == ("localhost:80", "[::1]:3030")
    for wrong in ("a.org", "https://u:p@a.org/", "https://a.org/#x", "*", "https://*.a.org/"):
        with pytest.raises(ValueError, match=r".+"):
            read_allow_list(wrong)
    for wrong in ("a.org", "http://a.org:80", "a.org:0", "10.0.0.0/8"):
        with pytest.raises(ValueError, match=r".+"):
            read_private_list(wrong)
