"""Apache Jena: ``rsparql`` asks an endpoint, ``arq`` joins it with a file by SERVICE."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef

from .conftest import Run
from .facts import (
    ASK,
    ASK_FALSE,
    CERTIFICATE,
    CONSTRUCT,
    COUNT,
    DESCRIBE,
    GRAPH,
    IRI,
    NAMES,
    OTHER_GRAPH,
    PREF_LABEL,
    RECOGNISED,
    RECOGNITION,
    TERMS,
    TEXT,
    XSD,
)

WAYS = [pytest.param((), id="get"), pytest.param(("--post",), id="post")]


@pytest.mark.parametrize("way", WAYS)
def test_select(jena: Run, endpoint: str, way: tuple[str, ...]) -> None:
    done = jena("rsparql", "--service", endpoint, *way, "--results=csv", RECOGNITION)
    rows = csv.DictReader(io.StringIO(done.stdout))
    told = [(row["regionName"], row["row"], row["title"]) for row in rows]
    assert sorted(told) == sorted(RECOGNISED), done.stderr


@pytest.mark.parametrize("way", WAYS)
def test_every_kind_of_term(jena: Run, endpoint: str, way: tuple[str, ...]) -> None:
    done = jena("rsparql", "--service", endpoint, *way, "--results=json", TERMS)
    (row,) = json.loads(done.stdout)["results"]["bindings"]
    assert row == {
        "iri": {"type": "uri", "value": IRI},
        "text": {"type": "literal", "value": TEXT},
        "tagged": {"type": "literal", "value": "職稱", "xml:lang": "zh-hant"},
        "number": {"type": "literal", "value": "40", "datatype": f"{XSD}integer"},
        "decimal": {"type": "literal", "value": "3.5", "datatype": f"{XSD}decimal"},
        "day": {"type": "literal", "value": "2021-03-04", "datatype": f"{XSD}date"},
        "flag": {"type": "literal", "value": "true", "datatype": f"{XSD}boolean"},
    }


def test_ask(jena: Run, endpoint: str) -> None:
    assert jena("rsparql", "--service", endpoint, ASK).stdout.strip() == "Ask => Yes"
    assert jena("rsparql", "--service", endpoint, ASK_FALSE).stdout.strip() == "Ask => No"


def test_construct_and_describe(jena: Run, endpoint: str) -> None:
    names = {Literal(*name) for name in NAMES}
    made = Graph().parse(data=jena("rsparql", "--service", endpoint, CONSTRUCT).stdout)
    subject, predicate = URIRef("https://example.org/证书/甲"), URIRef("https://example.org/名称")
    assert set(made) == {(subject, predicate, name) for name in names}
    described = Graph().parse(data=jena("rsparql", "--service", endpoint, DESCRIBE).stdout)
    assert set(described.objects(URIRef(CERTIFICATE), URIRef(PREF_LABEL))) == names


def test_the_dataset_that_a_query_names(jena: Run, endpoint: str, counts: dict[str, int]) -> None:
    query = COUNT.replace("{", f"FROM <{GRAPH}> FROM <{OTHER_GRAPH}> {{", 1)
    done = jena("rsparql", "--service", endpoint, "--results=csv", query)
    assert done.stdout.split() == ["n", str(counts[GRAPH] + counts[OTHER_GRAPH])]


def test_an_error_is_an_error_of_jena(jena: Run, endpoint: str) -> None:
    """Jena parses a query itself, so this one fails only here: an unknown function."""
    done = jena("rsparql", "--service", endpoint, "SELECT (<https://example.org/f>(1) AS ?x) {}")
    assert "HttpException: 400 Bad Request" in done.stderr
    assert done.stdout == ""


def test_arq_joins_a_file_with_this_graph(jena: Run, endpoint: str) -> None:
    query = f"""
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    PREFIX zc: <https://w3id.org/zhicheng/ns/>
    PREFIX talent: <https://talent.example/ns/>
    SELECT DISTINCT ?occupation ?region {{
      ?o talent:asksForNamed ?name ; skos:prefLabel ?occupation FILTER(LANG(?occupation) = "en")
      OPTIONAL {{
        SERVICE <{endpoint}> {{
          ?certificate a zc:Certificate ; skos:prefLabel ?name .
          ?r zc:recognizes ?certificate ; zc:jurisdiction/skos:prefLabel ?region FILTER(LANG(?region) = "zh")
        }}
      }}
    }}"""
    data = Path(__file__).parent / "talent.ttl"
    done = jena("arq", f"--data={data}", "--results=csv", query)
    rows = {tuple(row) for row in list(csv.reader(io.StringIO(done.stdout)))[1:]}
    expected = {("materials engineer", region) for region, _, _ in RECOGNISED}
    assert rows == expected | {("beekeeper", "")}, done.stderr
