"""What exactly is answered: the format that a request gets, and everything else that its header fields say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from kgservice.engine.interface import Query
from kgservice.problems import NotAcceptable
from kgservice.sparql.check import Form
from kgservice.sparql.negotiate import GZIP, choose, parse_accept
from kgservice.sparql.request import ParameterError, RawRequest, SparqlRequest
from kgservice.sparql.results import OFFERS, Format, content_type, media_types, named
from kgservice.sparql.validators import tag_of

LONGEST_LOCATION = 2000  # characters; every client and proxy takes an address of that length

_IN_ADDRESS = re.compile(r"[A-Za-z0-9._~%!$&'()*+,;=:@/?-]*")  # a query string (RFC 3986, 3.4)

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Choice:
    """The format of an answer, and the media type under which the client asked for it."""

    format: Format
    media_type: str
    negotiated: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A query that was read, checked and given a format.

    ``key`` is the digest of its answer, ``None`` when the answer may be another one each time; ``weak``: when only its
    meaning stays. ``location`` is where GET finds the same representation. ``by_request``: nothing but the
    :class:`~kgservice.sparql.request.RawRequest` decided all this. ``further``: what else the header of the answer says.
    """

    query: Query
    choice: Choice
    key: bytes | None = None
    weak: bool = False
    location: str | None = None
    by_request: bool = True
    form: Form | None = None
    further: tuple[tuple[str, str], ...] = ()

    def headers(self, coding: str) -> Headers:
        """The header fields of the answer in a content coding, its length left out."""
        headers = [
            ("content-type", content_type(self.choice.media_type)),
            *self.validity(None if self.key is None else tag_of(self.key, coding, weak=self.weak)),
            *self.further,
        ]
        if coding == GZIP:
            headers.append(("content-encoding", GZIP))
        return headers

    def validity(self, tag: str | None) -> Headers:
        """The fields that a 304 repeats (RFC 9110, 15.4.5).

        A stored answer is always asked after (``no-cache``): the address stays when the release goes, and asking costs
        no evaluation.
        """
        vary = "Accept, Accept-Encoding" if self.choice.negotiated else "Accept-Encoding"
        headers = [("vary", vary), ("cache-control", "no-store" if tag is None else "no-cache")]
        if tag is not None:
            headers.append(("etag", tag))
        if self.location is not None:
            headers.append(("content-location", self.location))
        return headers


def choose_format(form: Form, override: str | None, accept: str | None) -> Choice:
    """The format by ``?format=``, else by ``Accept``.

    Raises:
        ParameterError, NotAcceptable: there is none.
    """
    formats = OFFERS[form]
    if override is not None:
        chosen = named(override, formats)
        if chosen is not None:
            return Choice(chosen, chosen.media_type, negotiated=False)
        names = ", ".join(one.names[0] for one in formats)
        raise ParameterError(
            "format",
            f"'format' is '{override[:80]}'; an answer to {form} comes as one of: {names}.",
            f"参数“format”为“{override[:80]}”；{form} 的结果可用：{names}。",
        )
    offered = media_types(formats)
    wanted = choose(parse_accept([accept] if accept else []), list(offered))
    if wanted is None:
        raise NotAcceptable(list(offered))
    return Choice(offered[wanted], wanted, negotiated=True)


def locate(path: str, raw: RawRequest, request: SparqlRequest, choice: Choice) -> str | None:
    """The address under which GET gives the same representation without negotiation (RFC 9110, 8.7).

    ``None`` when that is the address that was asked, when it would be too long, or when the media type is only another
    name for that of the format.
    """
    text, form = request.query, choice.format
    if text is None or choice.media_type != form.media_type or len(text) > LONGEST_LOCATION:
        return None
    if raw.method == "GET":
        return locate_asked(path, raw, choice)
    pairs = [
        ("query", text),
        *(("default-graph-uri", iri) for iri in request.dataset.default_graphs),
        *(("named-graph-uri", iri) for iri in request.dataset.named_graphs),
        ("format", form.names[0]),
    ]
    address = path + "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)
    return address if len(address) <= LONGEST_LOCATION else None


def locate_asked(path: str, raw: RawRequest, choice: Choice) -> str | None:
    """The same for a GET request: the address that was asked, and the format."""
    asked = raw.query_string.decode("latin-1")
    if (
        not choice.negotiated
        or choice.media_type != choice.format.media_type
        or not _IN_ADDRESS.fullmatch(asked)
    ):
        return None
    address = f"{path}?{asked}{'&' if asked else ''}format={choice.format.names[0]}"
    return address if len(address) <= LONGEST_LOCATION else None
