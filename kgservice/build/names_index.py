"""Every name of every thing that people look for, one JSON object per line: ``names.jsonl`` of the release.

The serving half makes its search index from it. A line is ``{"thing": "certificate/c00009", "type": "certificate",
"name": …, "lang": …, "kind": …}``, with ``"weight"`` where rows print the name: how many. ``lang`` is ``null`` where
a name has none (a notation, an abbreviation, a code) and ``und`` for a foreign name printed without one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kgservice.build.assemble import Assembly
from kgservice.build.directory import Row
from kgservice.build.mapping import REGISTER_OF
from kgservice.build.registers import FORMS, Registers, split_labels
from kgservice.build.tables import Line

# Register → the type of its things, as in their IRIs.
TYPES: Mapping[str, str] = {
    "authorities": "authority",
    "certificates": "certificate",
    "degrees": "degree",
    "families": "family",
    "issuers": "issuer",
    "qualifications": "qualification",
    "regions": "region",
    "specialties": "specialty",
    "title-levels": "title-level",
    "title-series": "title-series",
    "titles": "title",
}
# One text can be several kinds of name of one thing; the first of these is the one that is kept.
KINDS = (
    "label",  # the preferred name, one per language
    "notation",  # post-nominals and the like: MRICS
    "abbreviation",  # of an issuer: DIHK
    "code",  # the id of the register, the code of a region, title or level
    "alt",  # another registered name
    "former",  # a name before a renaming, or of a withdrawn thing
    "foreign",  # the foreign name that a row prints
    "printed",  # the Chinese name that a row prints
    "combined",  # issuer + printed name, where the printed name alone (会士) says too little
    "issuer",  # the name of the issuer: not a name of the thing, but people look for both together
)
_KANA = re.compile("[\u3041-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_BRACKETED = re.compile(r"(.+?)[（(](.+)[）)]")


@dataclass(slots=True)
class _Known:
    kind: int
    lang: str | None
    weight: int


@dataclass(slots=True)
class NameList:
    """Collects names: thing → name → what is known of it."""

    things: dict[tuple[str, str], dict[str, _Known]] = field(default_factory=dict)

    def add(
        self, thing: tuple[str, str], name: str, lang: str | None, kind: str, *, rows: int = 0
    ) -> None:
        """One name of a thing ``(type, id)``; ``rows`` counts the rows that print it."""
        if not name:
            return
        names = self.things.setdefault(thing, {})
        rank = KINDS.index(kind)
        known = names.setdefault(name, _Known(rank, lang, 0))
        known.weight += rows
        if rank < known.kind:
            known.kind, known.lang = rank, lang

    def lines(self) -> Iterator[str]:
        """The lines of ``names.jsonl``, sorted by thing, kind and name."""
        for (type_, key), names in sorted(self.things.items()):
            for name, known in sorted(names.items(), key=lambda item: (item[1].kind, item[0])):
                line: dict[str, object] = {
                    "thing": f"{type_}/{key}",
                    "type": type_,
                    "name": name,
                    "lang": known.lang,
                    "kind": KINDS[known.kind],
                }
                if known.weight:
                    line["weight"] = known.weight
                yield json.dumps(line, ensure_ascii=False) + "\n"


def name_lines(assembly: Assembly) -> Iterator[str]:
    """The lines of ``names.jsonl``: what the registers name, then what the rows print."""
    names = NameList()
    for register in TYPES:
        for line in assembly.registers[register].values():
            _add_registered(register, line, assembly.registers, names)
    _add_printed(assembly, names)
    return names.lines()


def _add_registered(register: str, line: Line, registers: Registers, names: NameList) -> None:
    key = line[FORMS[register].key]
    thing = _successor(register, key, registers)
    if thing is None:
        return
    gone = thing[1] != key
    names.add(thing, key, None, "former" if gone else "code")
    names.add(thing, line["label_zh"], "zh", "former" if gone else "label")
    names.add(thing, line["label_en"], "en", "former" if gone else "label")
    for column, kind in (("alt_labels", "alt"), ("former_labels", "former")):
        if column in line.cells:
            for text, lang in split_labels(line, column):
                names.add(thing, text, lang, "former" if gone else kind)
    for column in ("notation", "abbreviation"):
        if column in line.cells:
            for text in line.values(column):
                names.add(thing, text, None, "former" if gone else column)
    for issuer in line.values("issuers") if "issuers" in line.cells else ():
        for text, tag in _issuer_names(issuer, registers):
            names.add(thing, text, tag, "issuer")
    if "issued_by" in line.cells:
        names.add(thing, line["issued_by"], "zh", "issuer")


def _successor(register: str, key: str, registers: Registers) -> tuple[str, str] | None:
    """The thing that answers to an id now: itself, or what replaced it; ``None`` when nothing did."""
    seen: set[str] = set()
    while "status" in FORMS[register].columns and key not in seen:
        seen.add(key)
        line = registers[register][key]
        if line["status"] != "withdrawn":
            break
        if not line["replaced_by"]:
            return None
        key = line["replaced_by"]
    return TYPES[register], key


def _issuer_names(issuer: str, registers: Registers) -> Iterator[tuple[str, str | None]]:
    line = registers["issuers"][issuer]
    yield line["label_zh"], "zh"
    yield line["label_en"], "en"
    for text in line.values("abbreviation"):
        yield text, None


def _add_printed(assembly: Assembly, names: NameList) -> None:
    """The names of certificates and issuers as the rows print them, through the mappings."""
    registers = assembly.registers
    listed: dict[str, list[tuple[str, str]]] = {}
    stated: dict[str, list[str]] = {}
    for match in assembly.matches:
        if match.mapping_set == "entries":
            listed.setdefault(match.subject[1], []).append(match.object)
        elif match.mapping_set == "issuers":
            stated.setdefault(match.subject[1], []).append(match.object[1])
    rows = [
        (row, listed.get(tail, []), stated.get(tail, []))
        for _, edition in assembly.editions
        for tail, row in edition.tails().items()
    ]
    generic = _generic_names(((row, things) for row, things, _ in rows), registers)
    for row, things, issuers in rows:
        for thing in things:
            for name, lang, kind in _row_names(row):
                names.add(thing, name, lang, kind, rows=1)
                if name in generic:
                    for issuer in [*_issuers(thing, registers), *issuers]:
                        _add_combined(thing, name, lang, issuer, row, registers, names)
        own = {issuer for thing in things for issuer in _issuers(thing, registers)}
        # Two issuers and one cell: which of them the cell names is not said.
        for issuer in issuers or (own if len(own) == 1 else ()):
            thing = ("issuer", issuer)
            names.add(thing, row["issuer"], "zh", "printed", rows=1)
            for column in ("issuer_original", "issuer_abbreviation"):
                names.add(thing, row[column], _language(row[column]), "foreign", rows=1)


def _row_names(row: Row) -> Iterator[tuple[str, str, str]]:
    for column, kind in (("name", "printed"), ("name_original", "foreign")):
        values = row.line.values(column)
        # The graph has several values of a cell as one text; people look for either.
        for text in dict.fromkeys((*values, "、".join(values))):
            if text:
                yield text, "zh" if kind == "printed" else _language(text), kind


def _language(text: str) -> str:
    """Only what the script alone decides; the rows do not print the language of a foreign name."""
    if _KANA.search(text):
        return "ja"
    return "ko" if _HANGUL.search(text) else "und"


def _issuers(thing: tuple[str, str], registers: Registers) -> list[str]:
    return registers[REGISTER_OF[thing[0]]][thing[1]].values("issuers")


def _generic_names(
    rows: Iterable[tuple[Row, list[tuple[str, str]]]], registers: Registers
) -> frozenset[str]:
    """Printed names that say too little alone: the word for a grade, or a name that rows of several issuers print."""
    generic: set[str] = set()
    for line in registers["grades"].values():
        for label in (line["label_zh"], line["label_en"]):
            bracketed = _BRACKETED.fullmatch(label)
            generic.update(bracketed.groups() if bracketed else (label,))
    users: dict[str, set[tuple[str, ...]]] = {}
    for row, things in rows:
        for name, _, _ in _row_names(row):
            for thing in things:
                users.setdefault(name, set()).add(tuple(_issuers(thing, registers)))
    generic.update(name for name, issuers in users.items() if len(issuers) > 1)
    return frozenset(generic)


def _add_combined(
    thing: tuple[str, str],
    name: str,
    lang: str,
    issuer: str,
    row: Row,
    registers: Registers,
    names: NameList,
) -> None:
    """Issuer and printed name together, as people write it: 英国皇家化学会会士, RSC会士, RSC Fellow."""
    line = registers["issuers"][issuer]
    if lang == "zh":
        before = [line["label_zh"], row["issuer"], *line.values("abbreviation")]
        texts = [text + name for text in before if text]
    else:
        before = [line["label_en"], row["issuer_original"], *line.values("abbreviation")]
        texts = [f"{text} {name}" for text in before if text]
    for text in texts:
        names.add(thing, text, lang, "combined")
