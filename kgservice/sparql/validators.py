"""Validators (RFC 9110, 8.8) and preconditions (13.1.2): what an answer is called, and whether the client has it.

A tag is a hash of everything that decides the bytes of an answer: what is served, the program, the text of the query,
its dataset, the media type. It is made without asking the engine, and sent only with an answer that succeeded; so a tag
that a client sends back was issued for this very question, which therefore is valid. (Who computes a tag for a broken
query by himself gets a 304 that deceives nobody else; 128 bits are not met by chance.)

Bytes that differ from one evaluation to the next have a weak tag: see :func:`kgservice.sparql.stability.Stability`.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from hashlib import blake2b

from kgservice import __version__
from kgservice.engine.interface import Dataset
from kgservice.sparql.negotiate import GZIP, IDENTITY, accepts_coding

_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def digest(served: str, text: str, dataset: Dataset, media_type: str) -> bytes:
    """What identifies an answer, 16 bytes. ``served`` is the id of what is asked."""
    parts = [
        __version__,
        served,
        media_type,
        text,
        str(len(dataset.default_graphs)),
        *dataset.default_graphs,
        *dataset.named_graphs,
    ]
    # Surrogates cannot be in a text that was read as UTF-8, lengths keep the parts apart.
    return blake2b(
        b"".join(b"%d:%s" % (len(part), part) for part in (p.encode() for p in parts)),
        digest_size=16,
    ).digest()


def tag_of(key: bytes, coding: str, *, weak: bool) -> str:
    """The entity tag of an answer in a coding: the codings of one answer have tags of their own."""
    mark = f"-{GZIP}" if coding == GZIP else ""
    return f'{"W/" if weak else ""}"{urlsafe_b64encode(key).decode().rstrip("=")}{mark}"'


def match(field: str | None, key: bytes, accept_encoding: str | None, *, weak: bool) -> str | None:
    """The tag of the answer that the client has already, by ``If-None-Match``; ``None`` when it has none.

    Compared weakly, as RFC 9110 has it. A stored answer counts only in a coding that the client still accepts.
    """
    if field is None:
        return None
    held = set(_TAG.findall(field))
    for coding in (GZIP, IDENTITY):
        tag = tag_of(key, coding, weak=weak)
        if tag.removeprefix("W/")[1:-1] in held and accepts_coding(accept_encoding, coding):
            return tag
    return None


def matches_any(field: str | None) -> bool:
    """``If-None-Match: *``: the client wants nothing if there is an answer at all."""
    return field is not None and field.strip() == "*"
