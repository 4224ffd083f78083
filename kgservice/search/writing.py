"""Writes the SQLite file of a search index.

What is found first is decided here already: names are numbered by how good a find they are (short before long, labels
before aliases), so that the first rows of a match in the order of their numbers are the best, however many there are.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kgservice.search.normalize import Form, Normalizer, is_sign

# In the order in which they count; the file of names says what each one is.
KINDS = (
    "label",
    "notation",
    "abbreviation",
    "code",
    "alt",
    "former",
    "foreign",
    "printed",
    "combined",
    "issuer",
)
ISSUER = "issuer"
TYPES = (
    "certificate",
    "family",
    "issuer",
    "title",
    "specialty",
    "region",
    "authority",
    "qualification",
    "title-level",
    "title-series",
    "degree",
)
UNRECORDED = "und"
ANY, FOREIGN = "lany", "lforeign"
GAP = "‖"  # between the names of a thing: no query has it, so no phrase reaches across
_SCHEMA = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE thing (id INTEGER PRIMARY KEY, path TEXT, type TEXT, zh TEXT, en TEXT, weight INTEGER);
CREATE TABLE name (id INTEGER PRIMARY KEY, thing INTEGER, name TEXT, lang TEXT, kind INTEGER, key TEXT);
CREATE TABLE key (key TEXT, name INTEGER, PRIMARY KEY (key, name)) WITHOUT ROWID;
CREATE TABLE vocabulary (word TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE VIRTUAL TABLE name_text USING fts5(words, spelt, facets, content='', tokenize='ascii', prefix='2 3');
CREATE VIRTUAL TABLE thing_text USING fts5(words, spelt, facets, content='', tokenize='ascii', prefix='2 3');
"""
_LAST = """
CREATE INDEX name_thing ON name (thing);
INSERT INTO name_text (name_text) VALUES ('optimize');
INSERT INTO thing_text (thing_text) VALUES ('optimize');
ANALYZE;
"""


@dataclass(slots=True)
class _Name:
    path: str
    name: str
    lang: str | None
    kind: int
    form: Form


@dataclass(slots=True)
class _Thing:
    type: str
    zh: str | None = None
    en: str | None = None
    weight: int = 0


def type_facet(type_: str) -> str:
    """The word that a thing of this type has in the column ``facets``."""
    return "t" + type_.replace("-", "")


def language_facets(lang: str | None) -> tuple[str, ...]:
    """The words for a name's language: its tag and what that begins with; a name without one belongs to all."""
    if lang is None:
        return (ANY,)
    if lang == UNRECORDED:
        return (FOREIGN,)
    tag = lang.lower()
    return tuple(dict.fromkeys(("l" + tag.replace("-", ""), "l" + tag.partition("-")[0])))


def write_index(
    path: Path, lines: Iterable[Mapping[str, Any]], simplified: Mapping[str, str], mark: str
) -> None:
    """Writes the index of these lines of ``names.jsonl`` to a file that is not there yet.

    Raises:
        KeyError, ValueError: a line is not as it must be.
        sqlite3.Error, OSError: the file cannot be written.
    """
    normalizer = Normalizer(simplified)
    things: dict[str, _Thing] = {}
    names: list[_Name] = []
    for line in lines:
        kind = KINDS.index(line["kind"])
        thing = things.setdefault(line["thing"], _Thing(line["type"]))
        thing.weight = max(thing.weight, line.get("weight", 0))
        if line["kind"] == "label" and line["lang"] in ("zh", "en"):
            setattr(thing, line["lang"], line["name"])
        names.append(
            _Name(line["thing"], line["name"], line["lang"], kind, normalizer.form(line["name"]))
        )
    names.sort(key=lambda n: (n.kind == KINDS.index(ISSUER), len(n.form.keys and n.form.keys[0]), n.kind, n.name, n.path))  # fmt: skip
    ranked = sorted(things, key=lambda path: (-things[path].weight, path))
    numbers = {path: number for number, path in enumerate(ranked, start=1)}
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        # The file gets its name only when it is whole: no journal has to protect it before.
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
        about = {"mark": mark, "simplified": json.dumps(dict(simplified), ensure_ascii=False)}
        connection.executemany("INSERT INTO about VALUES (?, ?)", about.items())
        connection.executemany(
            "INSERT INTO thing VALUES (?, ?, ?, ?, ?, ?)",
            (
                (numbers[path], path, thing.type, thing.zh, thing.en, thing.weight)
                for path, thing in ((path, things[path]) for path in ranked)
            ),
        )
        _write_names(connection, names, things, numbers)
        _write_things(connection, names, things, numbers)
        connection.executescript(_LAST)


def _write_names(
    connection: sqlite3.Connection,
    names: list[_Name],
    things: Mapping[str, _Thing],
    numbers: Mapping[str, int],
) -> None:
    vocabulary: set[str] = set()
    for number, name in enumerate(names, start=1):
        keys = name.form.keys
        connection.execute(
            "INSERT INTO name VALUES (?, ?, ?, ?, ?, ?)",
            (number, numbers[name.path], name.name, name.lang, name.kind, keys[0] if keys else ""),
        )
        vocabulary.update(word for word in name.form.words + name.form.spelt if not is_sign(word))
        if KINDS[name.kind] == ISSUER:
            continue  # found only together with the thing
        connection.executemany("INSERT INTO key VALUES (?, ?)", ((key, number) for key in keys))
        facets = (type_facet(things[name.path].type), *language_facets(name.lang))
        connection.execute(
            "INSERT INTO name_text (rowid, words, spelt, facets) VALUES (?, ?, ?, ?)",
            (number, " ".join(name.form.words), " ".join(name.form.spelt), " ".join(facets)),
        )
    connection.executemany("INSERT INTO vocabulary VALUES (?)", ((w,) for w in sorted(vocabulary)))


def _write_things(
    connection: sqlite3.Connection,
    names: list[_Name],
    things: Mapping[str, _Thing],
    numbers: Mapping[str, int],
) -> None:
    words: dict[str, list[str]] = {path: [] for path in things}
    spelt: dict[str, list[str]] = {path: [] for path in things}
    for name in names:
        words[name.path].append(" ".join(name.form.words))
        if name.form.spelt:
            spelt[name.path].append(" ".join(name.form.spelt))
    connection.executemany(
        "INSERT INTO thing_text (rowid, words, spelt, facets) VALUES (?, ?, ?, ?)",
        (
            (
                numbers[path],
                f" {GAP} ".join(words[path]),
                f" {GAP} ".join(spelt[path]),
                type_facet(thing.type),
            )
            for path, thing in things.items()
        ),
    )
