"""Reads a remote answer as it comes and writes it in the format that was asked for.

The remote is asked in two formats only, SPARQL JSON and N-Triples, and what it sends is parsed to its end: a page, half a
result or a foreign dialect is an error, and every server's answer looks the same. One thread does all of one answer, as
pyoxigraph wants it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from typing import IO, Any, cast

import pyoxigraph as ox

from kgservice.engine.rows import BoundedOutput, bounded, counter_of
from kgservice.engine.writing import GRAPHS, PREFIXED, RESULTS, Unwritable, nameable

JSON, N_TRIPLES = "application/sparql-results+json", "application/n-triples"
ACCEPTED = {
    JSON: (JSON, "application/json"),
    N_TRIPLES: (N_TRIPLES, "text/plain"),
}
VIRTUOSO_ASK = "__ASK_RETVAL"
_XSD = b"http://www.w3.org/2001/XMLSchema#"
_DATATYPE = rb'"datatype"\s*:\s*"' + re.escape(_XSD) + rb'(boolean|duration)"'
_VALUE = rb'"value"\s*:\s*"([^"\\{}]*)"'
_TYPED = re.compile(_DATATYPE + rb"\s*,\s*" + _VALUE + rb"|" + _VALUE + rb"\s*,\s*" + _DATATYPE)
_NUMBER = re.compile(rb"(-?)(\d+)(\.\d+)?")


def wanted_type(form: str) -> str:
    """The media type in which the remote is asked, for a key of the engine's formats."""
    return N_TRIPLES if form in GRAPHS else JSON


class Source(io.RawIOBase):
    """The remote's bytes as a file; ``pull`` gives the next piece, empty at the end. ``repair``: see :func:`repair`."""

    def __init__(self, pull: Callable[[], bytes], *, repair: bool) -> None:
        super().__init__()
        self._pull, self._repair = pull, repair
        self._ready, self._held = b"", b""
        self._ended = False

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most ``size``; empty at the end."""
        while not self._ready and not self._ended:
            piece = self._pull()
            self._ended = not piece
            if not self._repair:
                self._ready = piece
                continue
            # Cut behind a brace: no term is ever cut in two there.
            held = self._held + piece
            cut = len(held) if self._ended else held.rfind(b"}") + 1
            self._ready, self._held = repair(held[:cut]), held[cut:]
        size = len(self._ready) if size < 0 else size
        given, self._ready = self._ready[:size], self._ready[size:]
        return given


def repair(text: bytes) -> bytes:
    """Literals of SPARQL JSON as XML Schema writes them canonically, where servers do not.

    ``"1"`` is a valid boolean, but not the canonical one. Virtuoso 7 gives a duration as a bare number, which is no
    duration at all: months when it is whole, seconds when it has a point.
    """
    return _TYPED.sub(_canonical, text) if b"#boolean" in text or b"#duration" in text else text


def _canonical(match: re.Match[bytes]) -> bytes:
    kind = match.group(1) or match.group(4)
    value: bytes = match.group(2) if match.group(1) else match.group(3)
    if kind == b"boolean":
        value = {b"1": b"true", b"0": b"false"}.get(value, value)
    else:
        number = _NUMBER.fullmatch(value)
        if number is not None:
            sign, whole, fraction = number.groups()
            value = sign + _duration(int(whole), fraction)
    return b'"datatype": "%s%s", "value": "%s"' % (_XSD, kind, value)


def _duration(count: int, fraction: bytes | None) -> bytes:
    if fraction is None:
        return _parts(b"P", ((count // 12, "Y"), (count % 12, "M"))) or b"P0M"
    days, rest = divmod(count, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    tail = fraction.rstrip(b"0").rstrip(b".").decode()
    time = _parts(b"T", ((hours, "H"), (minutes, "M")))
    if seconds or tail:
        time = (time or b"T") + f"{seconds}{tail}S".encode()
    return (_parts(b"P", ((days, "D"),)) or b"P") + (time or (b"" if days else b"T0S"))


def _parts(start: bytes, parts: tuple[tuple[int, str], ...]) -> bytes:
    text = "".join(f"{number}{unit}" for number, unit in parts if number)
    return start + text.encode() if text else b""


def transcribe(
    source: Source,
    form: str,
    prefixes: Mapping[str, str],
    output: Any,
    most: int | None = None,
) -> None:
    """Writes what ``source`` holds to ``output`` in the format ``form``, up to ``most`` rows (solutions or triples).

    Raises:
        SyntaxError: the remote's answer is not whole, or not what it says it is.
        Unwritable: the format cannot hold it.
        TooManyRows: there are more rows; the row too many has not been written, and no more is read.
    """
    parsed: Any = None
    try:
        if form in GRAPHS:
            parsed = (
                quad.triple
                for quad in ox.parse(cast(IO[bytes], source), format=ox.RdfFormat.N_TRIPLES)
            )
            if most is not None:
                parsed = bounded(parsed, most)
            if form == "rdfxml":
                parsed = nameable(parsed)
            shortened = dict(prefixes) if form in PREFIXED else None
            ox.serialize(parsed, output, GRAPHS[form], prefixes=shortened)
            return
        parsed = _as_standard(
            ox.parse_query_results(cast(IO[bytes], source), format=ox.QueryResultsFormat.JSON)
        )
        if form not in RESULTS:
            raise Unwritable(f"this form of query is not written as {form}")
        counter = counter_of(form)
        if most is not None and counter is not None and isinstance(parsed, ox.QuerySolutions):
            output = BoundedOutput(output, counter, most)
        parsed.serialize(output, RESULTS[form])
    finally:
        # An exception takes this frame along, into other threads; the parser must not go with it.
        del parsed


def _as_standard(result: Any) -> Any:
    """The result itself, or the truth value that Virtuoso wraps into a table for ASK."""
    if not isinstance(result, ox.QuerySolutions):
        return result
    if [variable.value for variable in result.variables] != [VIRTUOSO_ASK]:
        return result
    truth = b"true" if any(solution[0].value == "1" for solution in result) else b"false"
    return ox.parse_query_results(
        b'{"head":{},"boolean":%s}' % truth, format=ox.QueryResultsFormat.JSON
    )
