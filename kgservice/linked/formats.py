"""The representations of a thing: media types, suffixes, and the choice among them (RFC 9110, 12.5.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgservice.problems import NotAcceptable
from kgservice.sparql.negotiate import choose, parse_accept


@dataclass(frozen=True, slots=True)
class Representation:
    """One of the six. ``key`` is the engine's name of the format, ``html`` for the page."""

    key: str
    suffix: str
    media_type: str
    name: str
    aliases: tuple[str, ...] = ()


HTML = Representation("html", "html", "text/html", "HTML", ("application/xhtml+xml",))
TRIG = Representation("trig", "trig", "application/trig", "TriG")
RDF: tuple[Representation, ...] = (
    Representation(
        "turtle",
        "ttl",
        "text/turtle",
        "Turtle",
        ("text/n3", "text/rdf+n3", "application/x-turtle"),
    ),
    Representation("jsonld", "jsonld", "application/ld+json", "JSON-LD", ("application/json",)),
    Representation(
        "rdfxml", "rdf", "application/rdf+xml", "RDF/XML", ("application/xml", "text/xml")
    ),
    # Its media type before there was one of its own, which rdflib still asks for.
    Representation("ntriples", "nt", "application/n-triples", "N-Triples", ("text/plain",)),
    TRIG,
)
# Of equals the first is taken: who asks for anything at all is most likely to be a person.
ALL: tuple[Representation, ...] = (HTML, *RDF)
BY_SUFFIX: Mapping[str, Representation] = {form.suffix: form for form in ALL}
_OFFERED: Mapping[str, Representation] = {form.media_type: form for form in ALL} | {
    alias: form for form in ALL for alias in form.aliases
}


def negotiate(accept: Sequence[str]) -> tuple[Representation, str]:
    """The representation that the ``Accept`` fields prefer, and the media type under which it is wanted.

    Raises:
        NotAcceptable: none of the six.
    """
    wanted = choose(parse_accept(accept), list(_OFFERED))
    if wanted is None:
        raise NotAcceptable([form.media_type for form in ALL])
    form = _OFFERED[wanted]
    # A page is HTML also for who asks for XHTML: browsers name both.
    return form, form.media_type if form is HTML else wanted
