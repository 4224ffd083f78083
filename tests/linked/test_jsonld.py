"""JSON-LD with a context of its own: readable, and the same statements as in every other format."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from rdflib import Graph
from rdflib.compare import isomorphic

from kgservice.linked.jsonld import write_jsonld
from kgservice.linked.terms import TYPE, XSD, Quad, Term, iri, text

EX, ID = "https://example.org/ns#", "https://example.org/id/"
THING = iri(f"{ID}a")
KNOWN = {"ex": EX, "exid": ID, "xsd": XSD, "word": "https://example.org/word"}


def typed(value: str, datatype: str) -> Term:
    """A literal of a type of XML Schema."""
    return Term("literal", value, datatype=f"{XSD}{datatype}")


def document(*said: tuple[str, Term]) -> Any:
    """What is written for statements about one thing, after rdflib has read the same statements from it."""
    quads = [Quad(THING, name, value, "") for name, value in said]
    body = write_jsonld(quads, KNOWN)
    triples = Graph().parse(data="".join(quad.written() for quad in quads), format="nt")
    assert isomorphic(Graph().parse(data=body, format="json-ld"), triples)
    return json.loads(body)


def test_names_are_short_and_addresses_whole() -> None:
    found = document(
        (TYPE, iri(f"{EX}Thing")),
        (f"{EX}near", iri(f"{ID}b")),
        (f"{EX}label", text("甲", "zh")),
        (f"{EX}label", text("a", "en")),
        (f"{EX}note", text("ex:no name, a text")),
        (f"{EX}note", text("ex:no name, a text")),
    )
    assert found == {
        "@context": {"ex": EX},
        "@graph": [
            {
                "@id": f"{ID}a",
                "@type": "ex:Thing",
                "ex:near": {"@id": f"{ID}b"},
                "ex:label": [
                    {"@language": "zh", "@value": "甲"},
                    {"@language": "en", "@value": "a"},
                ],
                "ex:note": "ex:no name, a text",
            }
        ],
    }


def test_numbers_are_json_only_where_they_come_back_the_same() -> None:
    found = document(
        (f"{EX}p1", typed("5", "integer")),
        (f"{EX}p2", typed("-0", "integer")),
        (f"{EX}p3", typed("007", "integer")),
        (f"{EX}p4", typed("12345678901234567890123", "integer")),
        (f"{EX}p5", typed("true", "boolean")),
        (f"{EX}p6", typed("1", "boolean")),
        (f"{EX}p7", typed("0.95", "decimal")),
        (f"{EX}p8", typed("2023-10-16", "date")),
    )["@graph"][0]
    assert (found["ex:p1"], found["ex:p5"]) == (5, True)
    assert found["ex:p8"] == {"@type": "xsd:date", "@value": "2023-10-16"}
    assert all(found[f"ex:p{number}"]["@value"] for number in (2, 3, 4, 6, 7))


def test_what_a_prefix_cannot_say_stays_whole() -> None:
    found = document(
        (EX, iri("https://example.org/")),  # the namespace itself: nothing is left behind the colon
        (f"{EX}//x", text("1")),  # ex://x would be an address
        ("https://elsewhere.example/p", text("2")),
        ("https://example.org/words", text("3")),  # a start that ends in a letter
        (f"{EX}q", Term("bnode", "b0")),
    )
    assert set(found["@graph"][0]) == {
        "@id",
        EX,
        f"{EX}//x",
        "https://elsewhere.example/p",
        "word:s",
        "ex:q",
    }
    assert found["@context"]["word"] == {"@id": "https://example.org/word", "@prefix": True}


def test_a_scheme_is_never_taken_for_a_prefix() -> None:
    found = document((f"{EX}near", iri("ex:Thing")), (f"{EX}near", iri("urn:isbn:1")))
    assert found["@context"] == {}
    assert found["@graph"][0][f"{EX}near"] == [{"@id": "ex:Thing"}, {"@id": "urn:isbn:1"}]


@pytest.mark.parametrize("path", ["/doc/certificate/c00009.jsonld", "/ns/Recognition.jsonld"])
def test_documents_have_their_context_with_them(client: httpx.Client, path: str) -> None:
    found = json.loads(client.get(path).content)
    assert list(found) == ["@context", "@graph"]
    assert found["@context"]["zc"] == "https://w3id.org/zhicheng/ns/"
    keys = {key for node in found["@graph"] for key in node}
    assert {"@id", "@type", "foaf:primaryTopic"} <= keys
    assert not [key for key in keys if "//" in key]
    assert {key.partition(":")[0] for key in keys if ":" in key} <= set(found["@context"])


def test_what_accept_calls_json_is_the_same_document(client: httpx.Client) -> None:
    asked = client.get("/doc/certificate/c00009", headers={"accept": "application/json"})
    assert asked.headers["content-type"].partition(";")[0] == "application/json"
    assert asked.content == client.get("/doc/certificate/c00009.jsonld").content
