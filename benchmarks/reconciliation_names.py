"""The register of the reconciliation service as it would be without something: without one directory, or one thing.

The service takes its names from ``names.jsonl`` of the release. So names are taken out there, a search index is written
from what is left, and the register is made from it by the service's own code.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from kgservice.matching.known import Known
from kgservice.matching.rows import PrintedRow, split_row
from kgservice.matching.sources import Sources
from kgservice.matching.text import issuer_key
from kgservice.matching.without import without
from kgservice.reconcile.register import Register, Relations, as_known, make_register
from kgservice.search.index import SearchIndex
from kgservice.search.normalize import read_simplified
from kgservice.search.writing import write_index

Line = Mapping[str, Any]
COMPARED = ("certificate", "family", "issuer")


@contextmanager
def without_directory(
    edition: str, sources: Sources, lines: Iterable[Line], relations: Relations
) -> Iterator[tuple[Register, frozenset[str]]]:
    """The register without the names that only this directory gives, and the certificates that are left in it.

    What goes is what ``kgservice.matching.without`` takes away for ``benchmarks/matching.py``, and with it the names of
    the release that are not in the register: those that no row of another directory prints for the same thing.
    """
    rest, _ = without(sources.known, sources.rows, sources.listed, edition)
    elsewhere = {
        entry: row for entry, row in sources.rows.items() if not entry.startswith(f"{edition}/")
    }
    names = _Names(rest, sources, elsewhere)
    kept = [line for line in lines if line["type"] not in COMPARED or names.stays(line)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "names.sqlite"
        write_index(path, kept, read_simplified(), "")
        left = frozenset(one.replace(":", "/", 1) for one in rest.certificates)
        yield make_register(relations, SearchIndex(path)), left


@contextmanager
def without_things(
    things: Collection[str], index: Path, relations: Relations
) -> Iterator[Register]:
    """The register without some certificates, families or bodies, and without what was said of them and look-alikes.

    Nobody tells apart what is not in the graph: so their ``Not`` statements go too.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "names.sqlite"
        shutil.copyfile(index, path)
        path.chmod(0o600)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executemany("DELETE FROM thing WHERE path = ?", ((one,) for one in things))
        look_alikes = {
            one: others.difference(things)
            for one, others in relations.look_alikes.items()
            if one not in things
        }
        less = Relations(relations.issuers, relations.countries, relations.joined, look_alikes)
        yield make_register(less, SearchIndex(path))


def read_lines(path: Path) -> list[Line]:
    """The lines of ``names.jsonl``."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class _Names:
    """Which names are known where some rows are not."""

    def __init__(self, rest: Known, sources: Sources, rows: Mapping[str, PrintedRow]) -> None:
        self._rest = rest
        self._printed: dict[str, set[str]] = {}
        self._bodies: set[str] = set()
        for entry, row in rows.items():
            texts = set(_texts(row))
            for one in sources.listed.get(entry, ()):
                self._printed.setdefault(one, set()).update(texts)
            self._bodies |= {
                issuer_key(text)
                for text in (*row.issuers, *row.original_issuers, *row.abbreviations)
            }

    def stays(self, line: Line) -> bool:
        kind, name = str(line["kind"]), str(line["name"])
        if line["type"] == "issuer":
            body = self._rest.bodies[str(line["thing"]).removeprefix("issuer/")]
            if kind == "abbreviation":
                return bool(body.abbreviation)
            if kind in ("printed", "foreign"):
                return name in body.names or issuer_key(name) in self._bodies
            return kind == "code" or name in body.names
        certificate = self._rest.certificates.get(as_known(str(line["thing"])))
        if certificate is None:
            return False
        known = {one.text for one in certificate.names}
        printed = self._printed.get(certificate.id, set())
        if kind in ("label", "alt", "former"):
            return name in known
        if kind in ("printed", "foreign"):
            return name in known | printed
        if kind == "combined":
            return any(name.endswith(one) for one in known | printed if one)
        if kind == "notation":
            return bool(certificate.notation)
        return True


def _texts(row: PrintedRow) -> Iterator[str]:
    for part in (row, *split_row(row)):
        yield from (part.name, part.original)
