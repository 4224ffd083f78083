"""What the endpoints are asked: twelve questions of ``queries/`` with parameters drawn from the release."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox

from kgservice.questions import bind, read_questions
from kgservice.release import Release
from kgservice.terms import Names

# Where the value of a parameter comes from: a pattern over ?x.
SOURCES = {
    "certificate": "?x a zc:Certificate",
    "region": "?directory dcterms:spatial ?x . ?edition dcat:inSeries ?directory",
    "issuer": "[] zc:issuedBy ?x",
    "grade": "[] zc:grade ?x",
    "entry": "?x a zc:DirectoryEntry",
}
TWELVE: dict[str, dict[str, tuple[str, int]]] = {  # question: parameter: (source, how many values)
    "labels": {"thing": ("certificate", 3)},
    "certificate": {"certificate": ("certificate", 1)},
    "certificate-names": {"certificate": ("certificate", 1)},
    "certificate-statements": {"certificate": ("certificate", 1)},
    "certificate-tiers": {"certificate": ("certificate", 1)},
    "recognition": {"certificate": ("certificate", 1), "region": ("region", 3)},
    "recognition-details": {"certificate": ("certificate", 1)},
    "listings": {"certificate": ("certificate", 1)},
    "printed-row": {"entry": ("entry", 1)},
    "editions": {"region": ("region", 2)},
    "register-grade": {"grade": ("grade", 1)},
    "exemptions": {"towards": ("certificate", 1)},
}
LIGHT = ("labels", "certificate", "printed-row", "editions")
HOSTILE = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
PREFIXES = """\
PREFIX zc: <{base}/ns/>
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dcterms: <http://purl.org/dc/terms/>
"""


def draw(release: Release, database: Path, project: Path, count: int, seed: int) -> list[str]:
    """That many queries, the twelve questions in turn; the same arguments give the same ones."""
    base = release.manifest["base"]
    names = Names(base, release.manifest["prefixes"])
    questions = read_questions(project / "queries", base)
    store = ox.Store.read_only(str(database))
    chance = random.Random(seed)
    pools: dict[str, list[str]] = {}
    for source, pattern in SOURCES.items():
        text = f"{PREFIXES.format(base=base)}SELECT DISTINCT ?x {{ {pattern} FILTER(isIRI(?x)) }}"
        found = store.query(text, use_default_graph_as_union=True)
        assert isinstance(found, ox.QuerySolutions)
        pools[source] = sorted(str(row[0].value) for row in found)
    drawn = []
    order = list(TWELVE)
    for number in range(count):
        name = order[number % len(order)]
        values = {
            parameter: chance.sample(pools[source], many)
            for parameter, (source, many) in TWELVE[name].items()
        }
        drawn.append(bind(questions[name], values, names))
    return drawn


def light(drawn: list[str]) -> list[str]:
    """Those of the drawn queries that ask for little, whatever the size of the graph."""
    order = list(TWELVE)
    return [text for number, text in enumerate(drawn) if order[number % len(order)] in LIGHT]


def request_target(path: str) -> Callable[[str], str]:
    """Makes the target of a GET of a query."""
    return lambda text: f"{path}?query={quote(text, safe='')}"


def edition_query(release: Release) -> str:
    """A CONSTRUCT of the whole of the largest edition."""
    graphs: dict[str, int] = release.manifest["graphs"]
    largest = max((count, iri) for iri, count in graphs.items() if "/graph/edition/" in iri)[1]
    return f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{largest}> {{ ?s ?p ?o }} }}"


PROJECT = Path(__file__).parents[1]
