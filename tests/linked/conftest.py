"""The real service over the real release, and over small ones, as a client of linked data meets it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from conftest import BASE, write_release
from pyoxigraph import NamedNode, RdfFormat, Store
from rdflib import Dataset, Graph
from running import kg_serve

from kgservice.release import Release

SECONDS = 60
# Suffix → media type, and what rdflib calls the format.
FORMATS = {
    "ttl": ("text/turtle", "turtle"),
    "jsonld": ("application/ld+json", "json-ld"),
    "rdf": ("application/rdf+xml", "xml"),
    "nt": ("application/n-triples", "nt"),
    "trig": ("application/trig", "trig"),
}
HTML = "text/html"
Triple = tuple[str, str, str]


def path_of(iri: str) -> str:
    """The path of an IRI below the base: what the service is asked for, whatever host it runs on."""
    return iri.removeprefix(BASE)


def read(body: bytes, form: str) -> set[Triple]:
    """The triples of a document, as N-Triples writes their terms."""
    if form == "trig":
        dataset = Dataset()
        dataset.parse(data=body, format=form)
        return {_written(one[:3]) for one in dataset.quads()}
    return {_written(one) for one in Graph().parse(data=body, format=form)}


def _written(triple: tuple[object, ...]) -> Triple:
    subject, predicate, object_ = (term.n3() for term in triple)  # type: ignore[attr-defined]
    return subject, predicate, object_


class Known:
    """What the release states, read from its N-Quads and not through the service."""

    def __init__(self, graph: Path) -> None:
        self.store = Store()
        self.store.bulk_load(path=str(graph), format=RdfFormat.N_QUADS)

    def select(self, query: str) -> list[dict[str, str]]:
        """The rows of a SELECT."""
        found = self.store.query(query)
        names = [variable.value for variable in found.variables]  # type: ignore[union-attr]
        return [
            {name: row[name].value for name in names if row[name] is not None}  # type: ignore[union-attr]
            for row in found  # type: ignore[union-attr]
        ]

    def quads(self, iri: str) -> set[tuple[str, str, str]]:
        """Predicate, object and graph of what a thing says of itself."""
        return {
            (str(q.predicate), str(q.object), str(q.graph_name))
            for q in self.store.quads_for_pattern(NamedNode(iri), None, None, None)
        }

    def holds(self, triples: set[Triple]) -> set[Triple]:
        """Those of the triples that the release does not state."""
        said = "".join(" ".join(one) + " .\n" for one in triples)
        probe = Store()
        probe.load(said.encode(), format=RdfFormat.TURTLE)
        return {
            (str(q.subject), str(q.predicate), str(q.object))
            for q in probe
            if next(self.store.quads_for_pattern(q.subject, q.predicate, q.object, None), None)
            is None
        }


@pytest.fixture(scope="package")
def known(real_release: Release) -> Known:
    """What the real release states."""
    return Known(real_release.graph)


@pytest.fixture(scope="package")
def address(real_release: Release) -> Iterator[str]:
    """Where the service over the real release answers."""
    with kg_serve(real_release.path.parent) as found:
        yield found


@pytest.fixture(scope="package")
def client(address: str) -> Iterator[httpx.Client]:
    """A client that follows no redirect."""
    with httpx.Client(base_url=address, timeout=SECONDS) as found:
        yield found


@pytest.fixture(scope="package")
def examples(known: Known) -> dict[str, str]:
    """Class → one of its things, for every class of the graph that things of ours have."""
    rows = known.select(
        "SELECT ?class (MIN(STR(?s)) AS ?thing) { GRAPH ?g { ?s a ?class }"
        f' FILTER(STRSTARTS(STR(?s), "{BASE}/")) }} GROUP BY ?class'
    )
    return {row["class"]: row["thing"] for row in rows}


@contextmanager
def small(folder: Path, quads: str) -> Iterator[httpx.Client]:
    """A client of the service over a release of these N-Quads."""
    write_release(folder, quads)
    with (
        kg_serve(folder) as found,
        httpx.Client(base_url=found, timeout=SECONDS) as client,
    ):
        yield client
