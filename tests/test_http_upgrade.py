"""A client that offers another protocol (``Upgrade: h2c``, as Java's does) is answered as any other; what is no HTTP is not."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from conftest import Service

OFFER = {
    "Connection": "Upgrade, HTTP2-Settings",
    "Upgrade": "h2c",
    "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
}
QUERY = 'SELECT ("甲\\r\\nUpgrade: h2c\\r\\n" AS ?x) {}'
ANSWER = "甲\r\nUpgrade: h2c\r\n"
ACCEPT = {"Accept": "application/sparql-results+json"}
DIRECT = ACCEPT | {"Content-Type": "application/sparql-query"}


@pytest.fixture
def connection(service: Service) -> Iterator[http.client.HTTPConnection]:
    """One connection, which is kept open between requests."""
    parts = urlsplit(service.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    yield connection
    connection.close()


def value(answer: http.client.HTTPResponse) -> str:
    body = answer.read()
    assert answer.status == 200, body
    assert answer.getheader("upgrade") is None
    found: str = json.loads(body)["results"]["bindings"][0]["x"]["value"]
    return found


def test_requests_on_one_connection(connection: http.client.HTTPConnection) -> None:
    """With a body and without, of known length and in chunks, with an offer and without."""
    for _ in range(2):
        for headers in (OFFER, {}, OFFER):
            connection.request("POST", "/sparql", QUERY.encode(), DIRECT | headers)
            assert value(connection.getresponse()) == ANSWER
            parts = iter([QUERY.encode()[:9], QUERY.encode()[9:]])
            connection.request("POST", "/sparql", parts, DIRECT | headers, encode_chunked=True)
            assert value(connection.getresponse()) == ANSWER
            connection.request("GET", f"/sparql?query={quote(QUERY)}", headers=ACCEPT | headers)
            assert value(connection.getresponse()) == ANSWER


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # https
        b"FETCH /sparql\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_both_languages(service: Service, sent: bytes) -> None:
    parts = urlsplit(service.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        connection.sendall(sent)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        text = answer.read().decode()
    assert answer.status == 400
    assert answer.getheader("content-type") == "text/plain; charset=utf-8"
    assert "this port does not speak https" in text and "此端口不支持 https" in text


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("step", [1, 7, 10_000], ids="{} bytes at a time".format)
def test_requests_in_pieces_and_in_a_row(service: Service, framing: str, step: int) -> None:
    """Two requests sent without waiting, cut anywhere: the body of the first is not taken for the second."""
    body = QUERY.encode()
    fields = {"Host": "test", **DIRECT, **OFFER}
    if framing == "length":
        fields["Content-Length"] = str(len(body))
    else:
        fields["Transfer-Encoding"] = "chunked"
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    head = "POST /sparql HTTP/1.1\r\n" + "".join(f"{name}: {fields[name]}\r\n" for name in fields)
    last = head.replace(OFFER["Connection"], "close")
    sent = head.encode() + b"\r\n" + body + last.encode() + b"\r\n" + body
    parts = urlsplit(service.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place in range(0, len(sent), step):
            client.sendall(sent[place : place + step])
        received = b""
        while data := client.recv(65536):
            received += data
    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.decode().count(json.dumps(ANSWER, ensure_ascii=False)) == 2


def test_a_body_with_two_lengths_is_refused(service: Service) -> None:
    """An offer is no way around the rules that keep requests apart."""
    parts = urlsplit(service.url)
    head = "POST /sparql HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
    twice = "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
        client.sendall((head + twice + "0\r\n\r\n").encode())
        assert client.recv(65536).startswith(b"HTTP/1.1 400")
