"""A store of given RDF files, in place of a release.

Read in a process of its own, as the store of a release is, so that the service never holds pyoxigraph. JSON-LD may not
name a context of elsewhere: nothing is fetched.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kgservice import __version__
from kgservice.engine import launch
from kgservice.errors import ExplainedError
from kgservice.release import FORMAT, Release

LOADER = "kgservice.engine.data"
DATABASE = "db"
# extension → the name of the format in pyoxigraph
FORMATS = {
    ".ttl": "TURTLE",
    ".nt": "N_TRIPLES",
    ".nq": "N_QUADS",
    ".trig": "TRIG",
    ".rdf": "RDF_XML",
    ".owl": "RDF_XML",
    ".xml": "RDF_XML",
    ".jsonld": "JSON_LD",
    ".json": "JSON_LD",
}


class DataError(ExplainedError):
    """A file cannot be served. ``line`` and ``column`` count from 1 where the parser says where."""

    def __init__(
        self, en: str, zh: str, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(en, zh)
        self.line = line
        self.column = column


def load_data(files: Sequence[Path], folder: Path, base: str) -> tuple[Release, Path]:
    """Reads the files into a store in ``folder``; returns what stands in place of a release, and the store.

    It is named by the content: the bytes, order and formats of the files and where their relative IRIs start (the
    address of each file). Blank nodes get new labels at each reading, and the name is another one then.

    Raises:
        DataError: a file is missing, of no known format, or broken.
    """
    inputs = [_describe(path) for path in files]
    arguments: dict[str, object] = {"files": inputs, "database": str(folder / DATABASE)}
    done = subprocess.run(
        launch.command(LOADER, arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=launch.environment(),
        check=False,
    )
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode != 0:
        reason = said.splitlines()[-1] if said else f"the process ended with {done.returncode}"
        raise DataError(
            f"The files could not be read into a store: {reason}. Check the disk and try again.",
            f"无法将文件读入存储：{reason}。请检查磁盘后重试。",
        )
    report = json.loads(done.stdout)
    if "fault" in report:
        raise _broken(report["fault"])
    marks = [*inputs, {"labels": secrets.token_hex(8)}] if report["blank"] else inputs
    name = hashlib.sha256(json.dumps(marks, sort_keys=True).encode()).hexdigest()[:16]
    release = Release(
        folder,
        {
            "format": FORMAT,
            "release": name,
            "base": base,
            "version": __version__,
            "inputs": {one["path"]: one["sha256"] for one in inputs},
            "files": {},
            "graphs": report["graphs"],
            "counts": {"files": len(inputs), "default graph": report["default"]},
            "prefixes": report["prefixes"],
        },
        default_quads=report["default"],
    )
    return release, folder / DATABASE


def _describe(path: Path) -> dict[str, str]:
    """What a process needs to read a file, and what names its content."""
    if path.suffix.lower() not in FORMATS:
        known = " ".join(FORMATS)
        raise DataError(
            f"{path} has no extension that says what it is. Known are: {known}.",
            f"无法从扩展名判断 {path} 的格式。可用的扩展名：{known}。",
        )
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror}). Check the name and the permissions.",
            f"无法读取 {path}（{error.strerror}）。请检查文件名与权限。",
        ) from None
    return {
        "path": str(path),
        "format": FORMATS[path.suffix.lower()],
        "base": path.absolute().as_uri(),
        "sha256": found,
    }


def _broken(fault: dict[str, Any]) -> DataError:
    line, column = fault["line"], fault["column"]
    at_en = f", line {line}, column {column}" if line else ""
    at_zh = f"第 {line} 行第 {column} 个字符处" if line else ""
    return DataError(
        f"{fault['path']}{at_en} cannot be read: {fault['message']}. Nothing is served until it is corrected.",
        f"{fault['path']}{at_zh}无法读取：{fault['message']}。更正之前不提供服务。",
        line,
        column,
    )


def main(arguments: dict[str, Any]) -> None:
    """The process that reads the files. ``arguments``: ``files``, ``database``. Writes a report (JSON) to its output."""
    import pyoxigraph as ox

    store = ox.Store(arguments["database"])
    prefixes: dict[str, str] = {}
    for file in arguments["files"]:
        form = getattr(ox.RdfFormat, file["format"])
        try:
            store.bulk_load(path=file["path"], format=form, base_iri=file["base"])
            parser = ox.parse(path=file["path"], format=form, base_iri=file["base"])
            next(parser, None)
        except SyntaxError as error:
            fault = _explain(error)
        except (OSError, ValueError) as error:
            fault = {"message": str(error), "line": None, "column": None}
        else:
            # The prefixes before the first triple; the first file that declares one decides.
            prefixes = {**parser.prefixes, **prefixes}
            continue
        json.dump({"fault": {"path": file["path"], **fault}}, sys.stdout)
        return
    store.optimize()
    store.flush()
    graphs: Any = store.query("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    default: Any = store.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    report = {
        "graphs": {row["g"].value: int(row["n"].value) for row in graphs},
        "default": int(next(default)["n"].value),
        "blank": _has_blank_nodes(store),
        "prefixes": prefixes,
    }
    json.dump(report, sys.stdout)


def _has_blank_nodes(store: Any) -> bool:
    found: Any = store.query(
        "ASK { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } FILTER(isBlank(?s) || isBlank(?o) || isBlank(?g)) }"
    )
    return bool(found)


def _explain(error: SyntaxError) -> dict[str, Any]:
    """The parser's own words, without the position that stands beside them."""
    text = str(error.msg)
    if "LoadDocumentCallback" in text:
        text = "a remote JSON-LD context is never fetched; put the context into the file"
    before, _, after = text.partition(": ")
    message = after if before.startswith("Parser error at") else text
    return {"message": message, "line": error.lineno, "column": error.offset}
