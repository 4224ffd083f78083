"""What pyoxigraph raises, as the JSON of a fault frame; runs in the worker."""

from __future__ import annotations

import re
from typing import Any

from kgservice.engine.rows import TooManyRows
from kgservice.engine.writing import Unwritable

POSITION = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
CHARACTER_CLASS = re.compile(r"\['[^\]]*\]|\[_\]")
SENTENCE = re.compile(r"[A-Z][a-z]+ .+|[A-Z]+ parsing failed")
MOST_ALTERNATIVES = 12


def describe(error: BaseException) -> dict[str, Any]:
    """A fault as the pool reads it: ``kind``, ``message``, and where the parser gave up."""
    text = str(error)
    if isinstance(error, SyntaxError):
        found = POSITION.match(text)
        if found is None:
            return {"kind": "syntax", "message": text}
        line, column, expected = found.groups()
        place = {"line": int(line), "column": int(column)}
        return {"kind": "syntax", "message": shorten(expected), **place}
    if isinstance(error, Unwritable):
        return {"kind": "unwritable", "message": text}
    if isinstance(error, TooManyRows):
        return {"kind": "rows", "message": text}
    if isinstance(error, MemoryError):
        return {"kind": "memory", "message": text}
    if isinstance(error, ValueError):
        return {"kind": "value", "message": text}
    if isinstance(error, RuntimeError) and "not supported" in text:
        return {"kind": "unsupported", "message": text}
    return {"kind": "evaluation", "message": text}


def shorten(expected: str) -> str:
    """What the parser expected, for people: its own words where it has some, else the first alternatives."""
    alternatives = [part.strip() for part in CHARACTER_CLASS.sub("", expected).split(", ")]
    alternatives = [part for part in alternatives if part not in ("", "<unreported>")]
    sentences = [part for part in alternatives if SENTENCE.fullmatch(part)]
    if sentences:
        return sentences[0]
    if not alternatives:
        return "unexpected text or end"
    more = " …" if len(alternatives) > MOST_ALTERNATIVES else ""
    return f"expected {', '.join(alternatives[:MOST_ALTERNATIVES])}{more}"
