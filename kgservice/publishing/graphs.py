"""The graphs of a release, each as N-Triples in pieces that a server takes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kgservice.release import Release

HELD = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class GraphFile:
    """One graph: its IRI, its N-Triples, how many there are, and their SHA-256 (hex)."""

    iri: str
    path: Path
    triples: int
    sha256: str


def split_graphs(release: Release, folder: Path) -> list[GraphFile]:
    """Writes each graph of the release to a file in ``folder``, in the order of their IRIs; holds 64 MiB at most."""
    paths = {
        iri: folder / f"{number}.nt"
        for number, iri in enumerate(sorted(release.manifest["graphs"]))
    }
    parts: dict[str, list[bytes]] = {}
    held = 0
    with release.graph.open("rb") as lines:
        for line in lines:
            triple, graph = split_quad(line)
            parts.setdefault(graph, []).append(triple)
            held += len(triple)
            if held > HELD:
                _append(paths, parts)
                held = 0
    _append(paths, parts)
    return [_measure(iri, path) for iri, path in paths.items()]


def split_quad(line: bytes) -> tuple[bytes, str]:
    """A line of N-Quads as a line of N-Triples, and the IRI of its graph."""
    triple, _, graph = line.rstrip(b" .\r\n").rpartition(b" ")
    return triple + b" .\n", graph.decode("utf-8")[1:-1]


def _append(paths: dict[str, Path], parts: dict[str, list[bytes]]) -> None:
    for iri, triples in parts.items():
        with paths[iri].open("ab") as file:
            file.writelines(triples)
    parts.clear()


def _measure(iri: str, path: Path) -> GraphFile:
    path.touch()  # a graph may be empty
    triples, digest = 0, hashlib.sha256()
    with path.open("rb") as lines:
        for line in lines:
            triples += 1
            digest.update(line)
    return GraphFile(iri, path, triples, digest.hexdigest())


def pieces_of(graph: GraphFile, most: int) -> Iterator[bytes]:
    """The graph in bodies of about ``most`` bytes; at least one, empty for an empty graph.

    Triples with a blank node all come in the first body, whatever its size: in another one the same label would be
    another node.
    """
    first: list[bytes] = []
    with graph.path.open("rb") as lines:
        first.extend(line for line in lines if _has_blank(line))
    size = sum(map(len, first))
    held, sent = list(first), False
    with graph.path.open("rb") as lines:
        for line in lines:
            if first and _has_blank(line):
                continue
            if held and size + len(line) > most:
                yield b"".join(held)
                held, size, sent = [], 0, True
            held.append(line)
            size += len(line)
    if held or not sent:
        yield b"".join(held)


def _has_blank(line: bytes) -> bool:
    """Whether a line of N-Triples has a blank node as its subject or object."""
    if line.startswith(b"_:"):
        return True
    _, _, rest = line.partition(b"> <")  # the predicate, behind a subject that is an IRI
    _, _, thing = rest.partition(b"> ")
    return thing.startswith(b"_:")
