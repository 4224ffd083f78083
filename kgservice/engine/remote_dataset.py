"""What a server holds: is it this release, whole; and how each query has to name its graphs so that it sees just that.

``kg publish`` leaves two marks, each a graph of its own: ``{base}/graph/loading`` while it is at work, and
``{base}/graph/published``, whose one triple names the release that is complete (docs/adr/0012).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgservice.engine.interface import Query

IDENTIFIER = "http://purl.org/dc/terms/identifier"
Row = Mapping[str, str]
_ANY_GRAPH = re.compile(r"\bGRAPH(?:\s|#[^\r\n]*[\r\n])*[?$]", re.IGNORECASE)
COUNTS = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
COUNT_DEFAULT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"


def loading_graph(base: str) -> str:
    """The graph that is there while a release is being loaded."""
    return f"{base}/graph/loading"


def published_graph(base: str) -> str:
    """The graph that names the complete release."""
    return f"{base}/graph/published"


def ask_marks(base: str) -> str:
    """A SELECT for both marks: ``?mark``, ``?of`` and ``?id``."""
    return (
        f"SELECT ?mark ?of ?id WHERE {{ VALUES ?mark {{ <{published_graph(base)}> <{loading_graph(base)}> }} "
        f"GRAPH ?mark {{ ?of <{IDENTIFIER}> ?id }} }}"
    )


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of a dataset. ``loading``: the release at work, ``finished``: graph → SHA-256 of what was loaded."""

    published: str | None
    loading: str | None
    finished: Mapping[str, str]


def read_marks(base: str, rows: Sequence[Row]) -> Marks:
    """The marks from the rows of :func:`ask_marks`."""
    published, loading = published_graph(base), loading_graph(base)
    found = {(row["mark"], row["of"]): row["id"] for row in rows}
    return Marks(
        found.get((published, published)),
        found.get((loading, loading)),
        {of: value for (mark, of), value in found.items() if mark == loading and of != loading},
    )


def compare_counts(expected: Mapping[str, int], found: Mapping[str, int]) -> list[str]:
    """The graphs that hold another number of triples than they must, each with both numbers."""
    return [
        f"<{graph}> {found.get(graph, 0)} / {count}"
        for graph, count in sorted(expected.items())
        if found.get(graph, 0) != count
    ]


def has_own_union(
    expected: Mapping[str, int],
    distinct: int | None,
    found: Mapping[str, int],
    in_default: int,
    base: str,
) -> bool:
    """Whether the server's own default graph is the union of the release's graphs, and nothing else but the mark.

    ``distinct``: the triples of the release, each once; ``in_default``: how many the server's default graph has (some
    servers count a triple once for each graph that it stands in).
    """
    others = set(found) - set(expected) - {published_graph(base)}
    whole = {sum(expected.values()), distinct}
    return not others and in_default - found.get(published_graph(base), 0) in whole


def spell_out(
    query: Query, graphs: Sequence[str], *, own_union: bool, base: str
) -> list[tuple[str, str]]:
    """The dataset of a query as parameters of the protocol (SPARQL 1.1 Protocol, 2.1.4); none: the server's own.

    A graph that is not of the release is empty, whatever else the server holds: a name that no graph has stands for
    it, and for an empty list, which servers take for "everything".
    """
    if query.dataset:
        default, named = query.dataset.default_graphs, query.dataset.named_graphs
    elif own_union and not _ANY_GRAPH.search(query.text):
        return []
    else:
        default = named = tuple(graphs)
    nowhere = f"{base}/graph/nowhere"
    known = frozenset(graphs)
    return [
        (name, iri)
        for name, given in (("default-graph-uri", default), ("named-graph-uri", named))
        for iri in [one for one in given if one in known] or [nowhere]
    ]
