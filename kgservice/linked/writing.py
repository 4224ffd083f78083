"""Writes statements in one of the formats."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from kgservice.linked.formats import Representation
from kgservice.linked.jsonld import write_jsonld
from kgservice.linked.terms import FOAF, HYDRA, Quad

AT_ONCE = 500  # statements; writing more is not for the event loop


async def write(quads: Sequence[Quad], form: Representation, prefixes: Mapping[str, str]) -> bytes:
    """The statements in a format; of the prefixes those that are used.

    Raises:
        ResultUnwritable: RDF/XML has no way to write a property.
    """
    known = {"foaf": FOAF, "hydra": HYDRA, **prefixes}
    if form.key == "jsonld":
        if len(quads) <= AT_ONCE:
            return write_jsonld(quads, known)
        return await asyncio.to_thread(write_jsonld, quads, known)
    text = "".join(quad.written() for quad in quads).encode()
    used = {name: start for name, start in known.items() if start.encode() in text}
    if len(quads) <= AT_ONCE:
        return _serialize(text, form, used)
    return await asyncio.to_thread(_serialize, text, form, used)


def _serialize(quads: bytes, form: Representation, prefixes: Mapping[str, str]) -> bytes:
    # Only here: whoever serves has pyoxigraph in processes of its own, but for writing this.
    from kgservice.engine.serializing import serialize_quads

    return serialize_quads(quads, form.key, prefixes)
