"""HTTP/1.1 that passes over offers to change to another protocol, as RFC 9110, section 7.8 lets a server do.

Java's HTTP client, and with it Apache Jena, sends ``Upgrade: h2c`` with the first request of a connection. The parser
of uvicorn stops at the end of such a head and takes the body for the next request, so that every POST failed.
"""

from __future__ import annotations

from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

FRAMING = (b"content-length", b"transfer-encoding")


class _Parser(httptools.HttpRequestParser):
    """A parser that hands what follows an offer back to the protocol, in place of raising."""

    def __init__(self, protocol: StayingProtocol) -> None:
        super().__init__(protocol)
        self._protocol = protocol
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's own

    def feed_data(self, data: Any) -> None:
        try:
            super().feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._protocol.stay(data[offer.args[0] :])


class StayingProtocol(HttpToolsProtocol):
    """The protocol of uvicorn, which stays with HTTP/1.1 whatever a client offers."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.parser = _Parser(self)
        self._resuming = False

    def stay(self, rest: bytes) -> None:
        """Goes on after the head of a request with an offer; ``rest`` is what has come of its body.

        A new parser reads the body: it gets a head that only says how the body is framed, and that nobody hears of.
        """
        if self.parser.get_method() == b"CONNECT":
            return
        framing = [(name, value) for name, value in self.headers if name in FRAMING]
        self.parser = _Parser(self)
        if framing:
            self.cycle.more_body = True
            self._resuming = True
            head = b"".join(b"%s: %s\r\n" % field for field in framing)
            self.parser.feed_data(b"POST / HTTP/1.1\r\n" + head + b"\r\n")
        if rest:
            self.parser.feed_data(rest)

    def on_message_begin(self) -> None:
        if not self._resuming:
            super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        if not self._resuming:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._resuming:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._resuming:
            self._resuming = False
        else:
            super().on_headers_complete()
