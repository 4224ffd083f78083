"""Terms between SPARQL JSON results (SPARQL 1.1 and 1.2 Query Results JSON Format) and the text of a VALUES block."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

_XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\\ud800-\udfff]*")
_TAG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SERVICE = re.compile("s(?=ervice)", re.IGNORECASE)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPED = re.compile(r"[\x00-\x1f\"\\\x7f]")

UNDEF = "UNDEF"
Term = dict[str, Any]


class Malformed(Exception):
    """The text is no SPARQL JSON result; the message says what is wrong with it."""


class BlankNode(Exception):
    """A blank node, which VALUES cannot hold."""


class TooManyRows(Exception):
    """More rows than are taken."""


def read_bindings(body: bytes) -> list[dict[str, Term]]:
    """The solutions of a SELECT.

    Raises:
        Malformed: it is no such answer.
    """
    try:
        document = json.loads(body)
        bindings = document["results"]["bindings"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Malformed("no results in SPARQL JSON") from None
    if not isinstance(bindings, list) or not all(isinstance(row, dict) for row in bindings):
        raise Malformed("bindings that are no list of objects")
    return bindings


def write_rows(body: bytes, names: Sequence[str], most: int) -> list[str]:
    """The solutions as rows of a VALUES block with these variables.

    Raises:
        Malformed: it is no SPARQL JSON result.
        BlankNode: one of these variables has a blank node; the exception carries its name.
        TooManyRows: there are more than ``most``.
    """
    bindings = read_bindings(body)
    if len(bindings) > most:
        raise TooManyRows
    rows = []
    for row in bindings:
        cells = []
        for name in names:
            try:
                cells.append(write_term(row[name]) if name in row else UNDEF)
            except BlankNode:
                raise BlankNode(name) from None
        rows.append(f"({' '.join(cells)})")
    return rows


def write_values(names: Sequence[str], rows: Sequence[str]) -> str:
    """A VALUES block."""
    variables = " ".join(f"?{name}" for name in names)
    return f"VALUES ({variables}) {{ {' '.join(rows)} }}"


def write_term(term: Any) -> str:
    """A term as VALUES has it.

    Raises:
        Malformed: it is no term.
        BlankNode: it is one.
    """
    kind = term.get("type") if isinstance(term, dict) else None
    value = term.get("value") if isinstance(term, dict) else None
    if kind == "bnode":
        raise BlankNode
    if kind == "uri" and isinstance(value, str):
        return _write_iri(value)
    if kind in ("literal", "typed-literal") and isinstance(value, str):
        return _write_literal(term, value)
    if kind == "triple" and isinstance(value, dict):
        try:
            parts = [write_term(value.get(part)) for part in ("subject", "predicate", "object")]
        except RecursionError:
            raise Malformed("a triple term nested too deeply") from None
        return f"<<( {' '.join(parts)} )>>"
    raise Malformed("a term that is none")


def is_pushable(term: Term) -> bool:
    """Whether a term is the same everywhere: an IRI or a plain string.

    Other literals may be written in more than one way (``01``, ``@ZH-cn``), and who compares them as terms would miss some.
    """
    if term["type"] == "uri":
        return True
    return (
        term["type"] == "literal"
        and "xml:lang" not in term
        and term.get("datatype", _XSD_STRING) == _XSD_STRING
    )


def _write_iri(value: str) -> str:
    if not _IRI.fullmatch(value):
        raise Malformed("an IRI that is none")
    return f"<{_hide(value)}>"


def _write_literal(term: Term, value: str) -> str:
    if _SURROGATE.search(value):
        raise Malformed("half a surrogate pair")
    escaped = _ESCAPED.sub(
        lambda found: _ESCAPES.get(found.group(), f"\\u{ord(found.group()):04X}"), value
    )
    text = f'"{_hide(escaped)}"'
    language, datatype = term.get("xml:lang"), term.get("datatype")
    if language is not None:
        direction = term.get("its:dir")
        if not isinstance(language, str) or not _TAG.fullmatch(language):
            raise Malformed("a language tag that is none")
        if direction not in (None, "ltr", "rtl"):
            raise Malformed("a direction that is none")
        return f"{text}@{language}" + (f"--{direction}" if direction else "")
    if datatype is None or datatype == _XSD_STRING:
        return text
    if not isinstance(datatype, str):
        raise Malformed("a datatype that is none")
    return f"{text}^^{_write_iri(datatype)}"


def _hide(text: str) -> str:
    r"""Writes the first letter of ``service`` as an escape.

    No engine can then find the keyword in what another endpoint sent, however it cuts the text into tokens.
    """
    return _SERVICE.sub(lambda found: f"\\u{ord(found.group()):04X}", text)
