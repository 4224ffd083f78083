"""Reads what the notes say in Chinese: gettext catalogues, ``data/translations/*.zh.po``.

The notes stand in English in their tables (``reading_note``, ``note``, ``comment``). A catalogue takes each text, letter by
letter, to its Chinese one. All catalogues together are one: which file a text stands in is the clerk's choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, PoFileParser, escape
from rdflib import Literal

from kgservice.build.graphs import en, zh
from kgservice.build.project import Project
from kgservice.build.tables import Line, read_text
from kgservice.faults import FaultList, Place, Severity

# A keyword with a quoted text, or a quoted text that goes on from the line before.
_LINE = re.compile(r'(?:(?P<keyword>[a-z_]+(?:\[\d+\])?)\s*)?"(?:[^"\\]|\\[\\"nrt])*"')
_FOLLOWS = {"msgid": ("", "msgstr"), "msgstr": ("msgid",)}
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ufeff\ufffd]")


@dataclass(frozen=True, slots=True)
class Noted:
    """A cell that holds a note. ``catalogue``: where a translation of its kind is kept."""

    line: Line
    column: str
    catalogue: str

    @property
    def text(self) -> str:
        """The English note; empty where the cell is."""
        return self.line[self.column]


@dataclass(frozen=True, slots=True)
class Notes:
    """English note → Chinese."""

    chinese: Mapping[str, str] = field(default_factory=dict)

    def literals(self, text: str) -> tuple[Literal | None, Literal | None]:
        """A note in both languages, or nothing where the cell is empty.

        Raises:
            KeyError: it has no translation; the build stops before it comes to that.
        """
        return (zh(self.chinese[text]), en(text)) if text else (None, None)


def read_translations(project: Project, noted: Iterable[Noted], faults: FaultList) -> Notes:
    """The notes in both languages; faults say which have no translation, and which translations have no note.

    Where other files have faults, lines of theirs may be missing: then no translation is said to be of no use.
    """
    whole = not faults.violations
    cells = [cell for cell in noted if cell.text]
    found: dict[str, tuple[Place, str]] = {}
    broken = False
    for path in project.catalogues():
        file = project.relative(path)
        text = read_text(path, file, faults)
        messages = None if text is None else _read_catalogue(text, file, faults)
        if messages is None:
            broken = True
            continue
        for message in messages:
            _take(message, Place(file, message.lineno), found, faults)
    if not broken:
        _check_missing(cells, found, faults)
    if whole:
        _check_obsolete({cell.text for cell in cells}, found, faults)
    return Notes({english: chinese for english, (_, chinese) in found.items()})


def _read_catalogue(text: str, file: str, faults: FaultList) -> list[Message] | None:
    """The messages of a catalogue, without its header; ``None`` with a fault where it cannot be read."""
    lines = text.split("\n")
    if not _is_well_formed(lines, file, faults):
        return None
    catalogue = _Catalogue()
    try:
        PoFileParser(catalogue, ignore_obsolete=True, abort_invalid=True).parse(lines)
    except (PoFileError, ValueError, LookupError) as error:
        line = error.lineno + 1 if isinstance(error, PoFileError) else 1
        faults.add(
            Place(file, line),
            f"not a gettext catalogue ({error}): correct it.",
            f"不是合法的 gettext 译文文件（{error}）：请更正。",
            "translation-form",
        )
        return None
    for message in catalogue.again:
        faults.add(
            Place(file, message.lineno, None, str(message.id)),
            "this note stands twice in the catalogue: delete one.",
            "此条在译文文件中重复：请删去其一。",
            "translation-duplicate",
        )
    return [message for message in catalogue if message.id]


class _Catalogue(Catalog):
    """Keeps what stands twice, which Babel merges without a word."""

    def __init__(self) -> None:
        super().__init__()
        self.again: list[Message] = []

    def __setitem__(self, id: str | list[str] | tuple[str, ...], message: Message) -> None:
        if id and id in self:
            self.again.append(message)
        else:
            super().__setitem__(id, message)


def _is_well_formed(lines: Iterable[str], file: str, faults: FaultList) -> bool:
    """That every text stands in its quotation marks, one msgstr after one msgid: Babel takes what it can and goes on."""
    last = ""
    for number, line in _spoken(lines):
        match = _LINE.fullmatch(line)
        keyword = match["keyword"] if match else None
        if match is None:
            en_text = (
                'write msgid "…", msgstr "…", or "…" to go on; a quotation mark inside is \\".'
            )
            zh_text = '应写作 msgid "…"、msgstr "…"，续行写作 "…"；文字内的引号写作 \\"。'
        elif keyword is None and last:
            continue
        elif keyword is not None and last in _FOLLOWS.get(keyword, ()):
            last = keyword
            continue
        else:
            en_text = "out of place: each note is one msgid with one msgstr after it; nothing else is used here."
            zh_text = "位置不对：每条说明是一个 msgid，其后一个 msgstr；此处不用其他关键字。"
        faults.add(Place(file, number, None, line), en_text, zh_text, "translation-form")
        return False
    return True


def _spoken(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The lines that are neither empty nor comments, counted from 1."""
    for number, line in enumerate(lines, start=1):
        bare = line.strip()
        if bare and not bare.startswith("#"):
            yield number, bare


def _take(
    message: Message, place: Place, found: dict[str, tuple[Place, str]], faults: FaultList
) -> None:
    """Adds a translation; one that cannot be used is taken as well, so that it is not called missing too."""
    english, chinese = str(message.id), str(message.string)
    place = Place(place.file, place.line, None, english)
    if english in found:
        first = found[english][0]
        faults.add(
            place,
            f"this note stands in {first} too: delete one.",
            f"此条在 {first} 已有：请删去其一。",
            "translation-duplicate",
        )
        return
    found[english] = place, chinese
    if chinese in ("", english):
        faults.add(
            place,
            "the translation is empty or repeats the English: write it in Chinese.",
            "译文为空或与英文相同：请写出中文。",
            "translation-empty",
        )
    elif message.fuzzy:
        faults.add(
            place,
            "the translation is marked fuzzy: compare it with the English, correct it, and delete the word fuzzy.",
            "译文标为 fuzzy（待核）：请对照英文核对、更正，再删去 fuzzy 一词。",
            "translation-fuzzy",
        )
    elif chinese != chinese.strip() or _CONTROL.search(chinese):
        faults.add(
            Place(place.file, place.line, None, chinese),
            "the translation begins or ends with a blank, or holds a line break: remove it.",
            "译文首尾有空白，或含有换行：请删除。",
            "translation-characters",
        )


def _check_missing(
    cells: Iterable[Noted], found: Mapping[str, tuple[Place, str]], faults: FaultList
) -> None:
    told: set[str] = set()
    for cell in cells:
        if cell.text not in found and cell.text not in told:
            told.add(cell.text)
            msgid = f"msgid {escape(cell.text)}"
            faults.add(
                cell.line.place(cell.column),
                # The msgid ends the line, so that a list of them can be cut from what is printed (docs/data.md).
                f"the note has no Chinese translation: add it to {cell.catalogue}, with msgstr, under {msgid}",
                f"此说明没有中文译文：请在 {cell.catalogue} 中加入 {msgid} 及其 msgstr。",
                "translation-missing",
            )


def _check_obsolete(
    used: set[str], found: Mapping[str, tuple[Place, str]], faults: FaultList
) -> None:
    for english, (place, _) in found.items():
        if english not in used:
            faults.add(
                place,
                "no note of the data has this text: if the note was reworded, reword msgid and msgstr; else delete both.",
                "数据中没有这样的说明：若说明已改写，请相应修改 msgid 与 msgstr；否则请删去此条。",
                "translation-obsolete",
                Severity.WARNING,  # it does no harm, and a project may leave out a directory or a mapping set
            )
