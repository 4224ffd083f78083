"""Writes a value that a user gave as a SPARQL term of a type, so that nothing but a term can come of it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

XSD = "http://www.w3.org/2001/XMLSchema#"
_ABSOLUTE = re.compile(r"(?:https?://|urn:)[^\x00-\x20\x7f-\x9f<>\"{}|\\^`]+")
_CURIE = re.compile(r"([A-Za-z][\w.-]*|):([^\x00-\x20\x7f-\x9f<>\"{}|\\^`]*)")
_PATH = re.compile(r"[A-Za-z0-9][\w.~-]*(?:/[\w.~%-]+)+")
_PLAIN = re.compile(r"[^\x00-\x1f\"\\\x7f]*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True)
class Names:
    """How an IRI may be shortened: the prefixes of the manifest, and the base for bare paths."""

    base: str
    prefixes: Mapping[str, str]


def _write_iri(value: str, names: Names) -> str | None:
    value = value.removeprefix("<").removesuffix(">")
    if _ABSOLUTE.fullmatch(value):
        return f"<{value}>"
    curie = _CURIE.fullmatch(value)
    if curie is not None and curie.group(1) in names.prefixes:
        iri = names.prefixes[curie.group(1)] + curie.group(2)
        return f"<{iri}>" if _ABSOLUTE.fullmatch(iri) else None
    if _PATH.fullmatch(value):
        return f"<{names.base}/id/{value}>"
    return None


def _write_string(value: str, _: Names) -> str | None:
    if not _PLAIN.fullmatch(value):
        value = "".join(
            _ESCAPES.get(sign) or (sign if sign.isprintable() else f"\\U{ord(sign):08X}")
            for sign in value
        )
    return None if "\\U0000D8" in value or "\\U0000DC" in value else f'"{value}"'


def _write_integer(value: str, _: Names) -> str | None:
    return f'"{value}"^^<{XSD}integer>' if re.fullmatch(r"[+-]?[0-9]{1,18}", value) else None


def _write_decimal(value: str, _: Names) -> str | None:
    fits = re.fullmatch(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})", value)
    return f'"{value}"^^<{XSD}decimal>' if fits else None


def _write_boolean(value: str, _: Names) -> str | None:
    return f'"{value}"^^<{XSD}boolean>' if value in ("true", "false") else None


def _write_date(value: str, _: Names) -> str | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return None
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        return None
    return f'"{value}"^^<{XSD}date>'


# A writer gives the term, or None when the value is not of the type.
Writer = Callable[[str, Names], str | None]
TYPES: Mapping[str, tuple[Writer, str, str]] = {
    "iri": (_write_iri, "an IRI, a prefixed name or a path", "IRI、带前缀的名称或路径"),
    "string": (_write_string, "a text", "文字"),
    "integer": (_write_integer, "a whole number", "整数"),
    "decimal": (_write_decimal, "a number", "数字"),
    "boolean": (_write_boolean, "true or false", " true 或 false"),
    "date": (_write_date, "a date, YYYY-MM-DD,", "日期（YYYY-MM-DD）"),
}
