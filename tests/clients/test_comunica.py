"""Comunica from npm: finds out by itself that it has a SPARQL endpoint before it, and joins endpoints."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from needs import need

from .facts import (
    ASK,
    ASK_FALSE,
    BASE,
    CERTIFICATE,
    CONSTRUCT,
    COUNT,
    DESCRIBE,
    GRAPH,
    GRAPHS,
    IRI,
    NAMES,
    NOT_SPARQL,
    PREF_LABEL,
    RECOGNISED,
    RECOGNITION,
    TERMS,
    TEXT,
    XSD,
)

Ask = Callable[..., Any]
SCRIPT = Path(__file__).parent / "comunica.mjs"
# How Comunica is told of an endpoint: as such, or by its address alone, when it looks at what answers there.
SOURCES = [
    pytest.param(lambda address: {"type": "sparql", "value": address}, id="as-endpoint"),
    pytest.param(lambda address: address, id="by-address"),
]


@pytest.fixture(scope="session")
def comunica() -> Iterator[Ask]:
    """Comunica's answer to a query over some sources, as ``comunica.mjs`` writes it."""
    need("comunica-sparql")
    with subprocess.Popen(
        ["node", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as node:
        assert node.stdin
        assert node.stdout
        asked, told = node.stdin, node.stdout

        def ask(query: str, *sources: Any) -> Any:
            asked.write(json.dumps({"sources": sources, "query": query}) + "\n")
            asked.flush()
            return json.loads(told.readline())

        yield ask
        asked.close()


@pytest.mark.parametrize("source", SOURCES)
def test_select(comunica: Ask, endpoint: str, source: Callable[[str], Any]) -> None:
    rows = comunica(RECOGNITION, source(endpoint))["answer"]
    told = [tuple(row[name]["value"] for name in ("regionName", "row", "title")) for row in rows]
    assert sorted(told) == sorted(RECOGNISED)


def test_every_kind_of_term(comunica: Ask, endpoint: str) -> None:
    (row,) = comunica(TERMS, {"type": "sparql", "value": endpoint})["answer"]

    def literal(value: str, datatype: str) -> dict[str, str]:
        return {"type": "Literal", "value": value, "datatype": datatype}

    tagged = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
    assert row == {
        "iri": {"type": "NamedNode", "value": IRI},
        "text": literal(TEXT, f"{XSD}string"),
        "tagged": literal("職稱", tagged) | {"language": "zh-hant"},
        "number": literal("40", f"{XSD}integer"),
        "decimal": literal("3.5", f"{XSD}decimal"),
        "day": literal("2021-03-04", f"{XSD}date"),
        "flag": literal("true", f"{XSD}boolean"),
    }


@pytest.mark.parametrize("source", SOURCES)
def test_ask(comunica: Ask, endpoint: str, source: Callable[[str], Any]) -> None:
    assert comunica(ASK, source(endpoint)) == {"answer": True}
    assert comunica(ASK_FALSE, source(endpoint)) == {"answer": False}


def test_construct_and_describe(comunica: Ask, endpoint: str) -> None:
    source = {"type": "sparql", "value": endpoint}
    made = comunica(CONSTRUCT, source)["answer"]
    assert {(o["value"], o["language"]) for _, _, o in made} == NAMES
    assert {(s["value"], p["value"]) for s, p, _ in made} == {
        ("https://example.org/证书/甲", "https://example.org/名称")
    }
    described = comunica(DESCRIBE, source)["answer"]
    assert {s["value"] for s, _, _ in described} == {CERTIFICATE}
    names = {(o["value"], o["language"]) for _, p, o in described if p["value"] == PREF_LABEL}
    assert names == NAMES


def test_datasets(comunica: Ask, endpoint: str, counts: dict[str, int]) -> None:
    source = {"type": "sparql", "value": endpoint}
    (row,) = comunica(COUNT.replace("{", f"FROM <{GRAPH}> {{", 1), source)["answer"]
    assert int(row["n"]["value"]) == counts[GRAPH]
    rows = comunica(GRAPHS, source)["answer"]
    assert {row["g"]["value"] for row in rows} >= counts.keys() - {"*"}


def test_an_error_is_its_own_and_says_why(comunica: Ask, endpoint: str) -> None:
    """Comunica parses a query itself, so this one fails only here: an unknown function."""
    query = "SELECT (<https://example.org/f>(?n) AS ?x) { ?c ?p ?n } LIMIT 1"
    told = comunica(query, {"type": "sparql", "value": endpoint})["error"]
    assert "HTTP status 400" in told
    assert "example.org/f" in told
    assert "nowhere" in comunica(NOT_SPARQL, endpoint)["error"]


def test_join_with_a_second_database(comunica: Ask, endpoint: str, talent: str) -> None:
    """Comunica does the join: the partner's occupations, and the regions that recognise what they ask for."""
    query = f"""
    PREFIX talent: <https://talent.example/ns/>
    SELECT DISTINCT ?occupation ?region {{
      ?occupation talent:asksFor ?certificate .
      ?certificate <https://purl.org/ctdl/terms/recognizedIn> ?region .
      FILTER(?certificate = <{CERTIFICATE}>)
    }}"""
    sources = [{"type": "sparql", "value": address} for address in (talent, endpoint)]
    rows = comunica(query, *sources)["answer"]
    region = f"{BASE}/id/region/"
    assert {(row["occupation"]["value"], row["region"]["value"]) for row in rows} == {
        ("https://talent.example/职业/冶金工程师", region + code)
        for code in ("500000", "320200", "330000")
    }
