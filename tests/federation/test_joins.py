"""Joins with a real second database: an Oxigraph server with occupations that ask for certificates of this graph."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import BASE, EX, Service, write_release

from kgservice.engine.store import make_store
from kgservice.release import open_release

from .conftest import FederatedFactory, load

ESCO = "http://data.europa.eu/esco/"
SKOS = "http://www.w3.org/2004/02/skos/core#"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
CERTIFICATES = 1000
OCCUPATIONS = 300
BATCH = 50


def certificate(number: int) -> str:
    return f"{BASE}/id/certificate/c{number:05}"


def occupations() -> list[tuple[int, list[str], list[int]]]:
    """Number, labels (Chinese, and English for two thirds), and the certificates asked for: some of them unknown here."""
    found = []
    for number in range(OCCUPATIONS):
        labels = [f'"职业{number}"@zh'] + ([f'"Occupation {number}"@en'] if number % 3 else [])
        found.append(
            (number, labels, [(number * 7 + step * 113) % 1500 for step in range(number % 4)])
        )
    return found


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of 1,000 certificates with names; every fifth has a level."""
    folder = tmp_path_factory.mktemp("joins")
    quads = []
    for number in range(CERTIFICATES):
        quads.append(f'<{certificate(number)}> <{LABEL}> "证书{number}"@zh <{BASE}/graph/a> .\n')
        if number % 5 == 0:
            quads.append(f'<{certificate(number)}> <{EX}level> "副高级" <{BASE}/graph/b> .\n')
    write_release(folder, "".join(quads))
    make_store(folder, open_release(folder))
    return folder


@pytest.fixture(scope="module")
def esco(oxigraph: str) -> str:
    """The second database; returns the address of its endpoint."""
    quads = []
    for number, labels, asked in occupations():
        occupation = f"<{ESCO}occupation/{number}>"
        quads += [f"{occupation} <{SKOS}prefLabel> {label} .\n" for label in labels]
        quads += [f"{occupation} <{ESCO}requires> <{certificate(one)}> .\n" for one in asked]
    load(oxigraph, "".join(quads))
    return f"{oxigraph}/query"


@pytest.fixture(scope="module")
def joined(run_federated: FederatedFactory, release: Path, esco: str) -> Iterator[Service]:
    authority = esco.split("/")[2]
    with run_federated(esco, private=(authority,), folder=release, batch=BATCH) as service:
        yield service


def rows(service: Service, query: str) -> list[tuple[str, ...]]:
    """The rows as sorted tuples, nothing for what is unbound."""
    answer = service.client.post(
        "/sparql", data={"query": query}, headers={"accept": "application/sparql-results+json"}
    )
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return sorted(
        tuple(row[name]["value"] if name in row else "" for name in document["head"]["vars"])
        for row in document["results"]["bindings"]
    )


def by_hand(levels_only: bool) -> dict[int, list[tuple[str, str]]]:
    """Certificate → occupations that ask for it, with their Chinese label."""
    found: dict[int, list[tuple[str, str]]] = {
        number: [] for number in range(0, CERTIFICATES, 5 if levels_only else 1)
    }
    for number, _, asked in occupations():
        for one in asked:
            if one in found:
                found[one].append((f"{ESCO}occupation/{number}", f"职业{number}"))
    return found


def service_clause(esco: str, silent: str = "") -> str:
    return f"SERVICE {silent} <{esco}> {{ ?o esco:requires ?c ; skos:prefLabel ?l FILTER(LANG(?l) = 'zh') }}"


PREFIXES = f"PREFIX esco: <{ESCO}> PREFIX skos: <{SKOS}> PREFIX ex: <{EX}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "


@pytest.mark.parametrize("first", ["here", "there"])
def test_inner_join(joined: Service, esco: str, first: str) -> None:
    parts = ["?c ex:level ?level .", service_clause(esco)]
    parts = parts if first == "here" else parts[::-1]
    expected = sorted(
        (certificate(number), occupation, label)
        for number, matches in by_hand(True).items()
        for occupation, label in matches
    )
    assert rows(joined, f"{PREFIXES} SELECT ?c ?o ?l {{ {' '.join(parts)} }}") == expected
    assert len(expected) > 50


def test_left_join(joined: Service, esco: str) -> None:
    expected = sorted(
        (certificate(number), occupation, label)
        for number, matches in by_hand(True).items()
        for occupation, label in matches or [("", "")]
    )
    query = (
        f"{PREFIXES} SELECT ?c ?o ?l {{ ?c ex:level ?level OPTIONAL {{ {service_clause(esco)} }} }}"
    )
    assert rows(joined, query) == expected
    assert any(row[1] == "" for row in expected)
    assert any(row[1] != "" for row in expected)


def test_anti_join_and_count(joined: Service, esco: str) -> None:
    lonely = sorted((certificate(n),) for n, matches in by_hand(True).items() if not matches)
    for pattern in ("MINUS", "FILTER NOT EXISTS"):
        query = (
            f"{PREFIXES} SELECT ?c {{ ?c ex:level ?level {pattern} {{ {service_clause(esco)} }} }}"
        )
        assert rows(joined, query) == lonely
    counted = sorted(
        (certificate(number), str(len(matches)))
        for number, matches in by_hand(True).items()
        if matches
    )
    query = f"{PREFIXES} SELECT ?c (COUNT(?o) AS ?n) {{ ?c ex:level ?level {service_clause(esco)} }} GROUP BY ?c"
    assert rows(joined, query) == counted


def test_a_thousand_bindings(joined: Service, esco: str) -> None:
    expected = sorted(
        (certificate(number), occupation)
        for number, matches in by_hand(False).items()
        for occupation, _ in matches
    )
    query = f"{PREFIXES} SELECT ?c ?o {{ ?c rdfs:label ?name {service_clause(esco)} }}"
    assert rows(joined, query) == expected


def test_other_forms_of_query(joined: Service, esco: str) -> None:
    clause = service_clause(esco)
    asked = joined.get(f"{PREFIXES} ASK {{ ?c ex:level ?level {clause} }}")
    assert asked.json()["boolean"] is True
    triples = joined.get(
        f"{PREFIXES} CONSTRUCT {{ ?o rdfs:seeAlso ?c }} WHERE {{ ?c ex:level ?level {clause} }}",
        "application/n-triples",
    )
    assert triples.text.count("\n") == sum(len(found) for found in by_hand(True).values())
    graph = joined.get(
        f"{PREFIXES} SELECT ?c FROM <{BASE}/graph/a> {{ ?c ex:level ?level {clause} }}", "text/csv"
    )
    assert graph.text == "c\r\n", "what is in another graph is not joined"
    via_protocol = joined.get(
        f"{PREFIXES} SELECT ?c {{ ?c ex:level ?level {clause} }}",
        "text/csv",
        **{"default-graph-uri": f"{BASE}/graph/b"},
    )
    assert via_protocol.text.count("\n") == 1 + triples.text.count("\n")


def test_silent_keeps_the_rows_that_are_here(
    run_federated: FederatedFactory, release: Path
) -> None:
    dead = "http://127.0.0.1:9/query"
    with run_federated(dead, private=("127.0.0.1:9",), folder=release) as service:
        query = f"{PREFIXES} SELECT ?c ?o {{ ?c ex:level ?level {service_clause(dead, 'SILENT')} }}"
        assert rows(service, query) == sorted(
            (certificate(n), "") for n in range(0, CERTIFICATES, 5)
        )


def test_the_command_asks_others_too(release: Path, esco: str, tmp_path: Path) -> None:
    query = tmp_path / "join.rq"
    query.write_text(
        f"{PREFIXES} SELECT ?c ?o {{ ?c ex:level ?level {service_clause(esco)} }}", "utf-8"
    )
    command = [sys.executable, "-m", "kgservice.cli", "query", str(query), "--format", "json"]
    environment = {**os.environ, "KG_RELEASES": str(release.absolute())}
    refused = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert refused.returncode == 1
    assert "SERVICE" in refused.stderr
    environment |= {"KG_SERVICE_ALLOW": esco, "KG_SERVICE_ALLOW_PRIVATE": esco.split("/")[2]}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["results"]["bindings"]
    assert len(found) == sum(len(matches) for matches in by_hand(True).values())


def test_the_second_server_is_a_real_one(esco: str) -> None:
    answer = httpx.post(esco, data={"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"})
    assert int(answer.json()["results"]["bindings"][0]["n"]["value"]) > OCCUPATIONS
