"""What a remote server sends, read and written anew: quirks mended, half an answer refused."""

from __future__ import annotations

import io
import json

import pytest

from kgservice.engine.rows import TooManyRows
from kgservice.engine.transcribing import Source, repair, transcribe

XSD = "http://www.w3.org/2001/XMLSchema#"


def source_of(text: bytes, size: int, *, mended: bool = True) -> Source:
    """The text in pieces of ``size`` bytes, as a connection may give them."""
    pieces = iter([text[start : start + size] for start in range(0, len(text), size)])
    return Source(lambda: next(pieces, b""), repair=mended)


def select(*terms: dict[str, str]) -> bytes:
    rows = [{"x": term} for term in terms]
    document = {"head": {"link": [], "vars": ["x"]}, "results": {"bindings": rows}}
    return json.dumps(document, ensure_ascii=False).encode()


def typed(name: str, value: str) -> dict[str, str]:
    """A typed literal with its members in Virtuoso's order."""
    return {"type": "typed-literal", "datatype": XSD + name, "value": value}


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (typed("boolean", "1"), "true"),
        (typed("boolean", "0"), "false"),
        (typed("boolean", "true"), "true"),
        (typed("duration", "60"), "P5Y"),
        (typed("duration", "18"), "P1Y6M"),
        (typed("duration", "0"), "P0M"),
        (typed("duration", "-3"), "-P3M"),
        (typed("duration", "864000.0"), "P10D"),
        (typed("duration", "18000.0"), "PT5H"),
        (typed("duration", "90061.5"), "P1DT1H1M1.5S"),
        (typed("duration", "0.0"), "PT0S"),
        (typed("duration", "P3M"), "P3M"),
        (typed("integer", "1"), "1"),
        ({"type": "literal", "value": "1"}, "1"),
        (
            {"type": "literal", "value": f'"datatype": "{XSD}boolean", "value": "1"'},
            f'"datatype": "{XSD}boolean", "value": "1"',
        ),
        ({"type": "literal", "xml:lang": "zh", "value": "证书 } {"}, "证书 } {"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 65536])
def test_literals_become_canonical_however_the_text_is_cut(
    sent: dict[str, str], read: str, size: int
) -> None:
    output = io.BytesIO()
    transcribe(source_of(select(sent, sent), size), "json", {}, output)
    rows = json.loads(output.getvalue())["results"]["bindings"]
    assert [row["x"]["value"] for row in rows] == [read, read]


def test_the_value_may_come_before_the_datatype() -> None:
    text = f'{{"type":"literal","value":"0","datatype":"{XSD}boolean"}}'.encode()
    assert b'"false"' in repair(text)


@pytest.mark.parametrize(("value", "truth"), [("1", "true"), ("0", "false")])
def test_virtuoso_answers_ask_with_a_table(value: str, truth: str) -> None:
    bindings = [{"__ASK_RETVAL": typed("integer", value)}]
    text = json.dumps({"head": {"vars": ["__ASK_RETVAL"]}, "results": {"bindings": bindings}})
    output = io.BytesIO()
    transcribe(source_of(text.encode(), 100), "json", {}, output)
    assert output.getvalue() == b'{"head":{},"boolean":%s}' % truth.encode()


def test_no_cut_off_result_is_taken_for_a_whole_one() -> None:
    whole = select(typed("integer", "1"), {"type": "literal", "value": "二"})
    for end in range(1, len(whole)):
        with pytest.raises((SyntaxError, ValueError)):
            transcribe(source_of(whole[:end], 64), "csv", {}, io.BytesIO())
    transcribe(source_of(whole, 64), "csv", {}, io.BytesIO())


def test_a_second_document_behind_the_first_is_refused() -> None:
    whole = select(typed("integer", "1"))
    with pytest.raises(SyntaxError):
        transcribe(source_of(whole + b"Virtuoso S1T00 Error", 64), "csv", {}, io.BytesIO())


def test_a_page_in_place_of_a_result_is_refused() -> None:
    with pytest.raises(SyntaxError):
        transcribe(source_of(b"<html><body>502</body></html>", 64), "json", {}, io.BytesIO())


@pytest.mark.parametrize("form", ["turtle", "ntriples", "nquads", "trig", "rdfxml", "jsonld"])
def test_a_graph_is_written_in_every_format(form: str) -> None:
    text = b'<http://e/s>\t<http://e/p>\t"\\u8BC1\\u4E66"@zh .\n'
    output = io.BytesIO()
    transcribe(source_of(text, 5, mended=False), form, {"e": "http://e/"}, output)
    assert "证书" in output.getvalue().decode()


TABLES, GRAPHS = (
    ("json", "xml", "csv", "tsv"),
    ("turtle", "ntriples", "nquads", "trig", "rdfxml", "jsonld"),
)


@pytest.mark.parametrize("form", [*TABLES, *GRAPHS])
def test_the_bound_on_rows_is_exact_in_every_format(form: str) -> None:
    table = select(*({"type": "literal", "value": f'{n}\n"],[{{"'} for n in range(3)))
    graph = b"".join(b"<http://e/s> <http://e/p> <http://e/%d> .\n" % n for n in range(3))
    text = graph if form in GRAPHS else table

    def written(most: int | None) -> bytes:
        output = io.BytesIO()
        source = source_of(text, 16, mended=form not in GRAPHS)
        transcribe(source, form, {"e": "http://e/"}, output, most)
        return output.getvalue()

    assert written(3) == written(None)
    with pytest.raises(TooManyRows):
        written(2)


def test_a_truth_value_has_no_rows() -> None:
    bindings = [{"__ASK_RETVAL": typed("integer", "1")}]
    document = {"head": {"vars": ["__ASK_RETVAL"]}, "results": {"bindings": bindings}}
    for text in (json.dumps(document).encode(), b'{"head":{},"boolean":true}'):
        output = io.BytesIO()
        transcribe(source_of(text, 8), "json", {}, output, 0)
        assert json.loads(output.getvalue())["boolean"] is True
