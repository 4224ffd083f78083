"""The dumps of a release: each graph as N-Triples, all of them as N-Quads, compressed to the same bytes every time."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from rdflib import URIRef
from rdflib.plugins.serializers.nt import _nt_row

from kgservice.build.graphs import Graphs
from kgservice.release import DUMPS

WHOLE = f"{DUMPS}/all.nq.gz"
FORMATS = "http://www.w3.org/ns/formats/"


@dataclass(frozen=True, slots=True)
class Dump:
    """One file to download. ``graph`` is the graph that it holds, ``None`` for all graphs of the data."""

    file: str
    graph: URIRef | None
    media_type: str
    format: URIRef
    data: bytes

    @property
    def compressed(self) -> bool:
        """Whether it is in gzip's format."""
        return self.file.endswith(".gz")

    @property
    def sha256(self) -> str:
        """The checksum of the file as it is, compressed (hex)."""
        return hashlib.sha256(self.data).hexdigest()


def make_dumps(graphs: Graphs, lines: Iterable[str]) -> list[Dump]:
    """The dumps of the data graphs, sorted by file; ``lines`` are all of them as sorted N-Quads.

    The description is in none of them: it names their checksums.
    """
    n_triples, n_quads = URIRef(f"{FORMATS}N-Triples"), URIRef(f"{FORMATS}N-Quads")
    dumps = [
        Dump(WHOLE, None, "application/n-quads", n_quads, compress(lines)),
    ]
    for iri, graph in graphs.graphs.items():
        rows = sorted(_nt_row(triple) for triple in graph)
        file = f"{DUMPS}/{unquote(graphs.names.tail(iri))}.nt.gz"
        dumps.append(Dump(file, iri, "application/n-triples", n_triples, compress(rows)))
    return sorted(dumps, key=lambda dump: dump.file)


def compress(lines: Iterable[str]) -> bytes:
    """The lines in gzip's format (RFC 1952) without time and name.

    zlib writes the header: that of Python's :mod:`gzip` differs between versions of Python.
    """
    compressor = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return compressor.compress("".join(lines).encode()) + compressor.flush()
