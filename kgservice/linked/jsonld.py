"""Writes statements as JSON-LD 1.1 with a context of its own: property and class names short, addresses whole.

What :func:`pyoxigraph.serialize` writes is expanded JSON-LD, whatever prefixes it is given, and a processor for the
compaction algorithm takes longer than the questions behind a document do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from kgservice.linked.terms import TYPE, XSD, Quad, Term

# What JSON has of its own, in the only spelling that comes back from it (JSON-LD 1.1 API, 8.2.2 and 8.6).
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_BOOLEAN = {"true": True, "false": False}


def write_jsonld(quads: Collection[Quad], prefixes: Mapping[str, str]) -> bytes:
    """The statements as one graph, each once; ``prefixes`` by name, those that are used stand in ``@context``."""
    # In an address "urn:" would be taken for a prefix of this name.
    schemes = {iri.partition(":")[0] for iri in {iri for quad in quads for iri in _iris(quad)}}
    names = _Names({name: start for name, start in prefixes.items() if name not in schemes})
    nodes: dict[str, dict[str, Any]] = {}
    for subject, predicate, object_ in dict.fromkeys(quad[:3] for quad in quads):
        place = _place(subject)
        node = nodes.setdefault(place, {"@id": place})
        if predicate == TYPE and object_.kind != "literal":
            _add(node, "@type", names.shorten(_place(object_)))
        else:
            _add(node, names.shorten(predicate), _value(object_, names))
    document = {"@context": names.context(), "@graph": list(nodes.values())}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


class _Names:
    """Shortens IRIs where a processor makes the same IRI of it again, and knows which prefixes that took."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        # The longest first: of two that fit it says more.
        self._prefixes = sorted(
            ((name, start) for name, start in prefixes.items() if name and start),
            key=lambda one: (-len(one[1]), one[0]),
        )
        self._used: dict[str, str] = {}
        self._short: dict[str, str] = {}

    def shorten(self, iri: str) -> str:
        """A compact IRI, or the whole one."""
        if iri not in self._short:
            self._short[iri] = self._shortened(iri)
        return self._short[iri]

    def _shortened(self, iri: str) -> str:
        for name, start in self._prefixes:
            rest = iri.removeprefix(start)
            # After "//" a colon is that of a scheme (JSON-LD 1.1 API, 5.2).
            if rest and rest != iri and not rest.startswith("//"):
                self._used[name] = start
                return f"{name}:{rest}"
        return iri

    def context(self) -> dict[str, Any]:
        """``@context``. A start that ends in a letter is a prefix only where that is said (JSON-LD 1.1, 4.1.5)."""
        return {
            name: start if start[-1] in ":/?#[]@" else {"@id": start, "@prefix": True}
            for name, start in sorted(self._used.items())
        }


def _add(node: dict[str, Any], key: str, value: Any) -> None:
    """One more value; a single one stands without a list."""
    if key not in node:
        node[key] = value
    elif isinstance(node[key], list):
        node[key].append(value)
    else:
        node[key] = [node[key], value]


def _iris(quad: Quad) -> tuple[str, str, str]:
    subject, predicate, object_, _ = quad
    return subject.value, predicate, object_.value if object_.iri else object_.datatype


def _place(term: Term) -> str:
    return term.value if term.iri else f"_:{term.value}"


def _value(term: Term, names: _Names) -> Any:
    if term.kind != "literal":
        return {"@id": _place(term)}
    if term.language:
        return {"@language": term.language, "@value": term.value}
    if term.datatype in ("", f"{XSD}string"):
        return term.value
    if term.datatype == f"{XSD}integer" and _INTEGER.fullmatch(term.value):
        return int(term.value)
    if term.datatype == f"{XSD}boolean" and term.value in _BOOLEAN:
        return _BOOLEAN[term.value]
    return {"@type": names.shorten(term.datatype), "@value": term.value}
