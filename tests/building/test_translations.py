"""The notes in Chinese: what is wrong with a catalogue is told with file and line, and the graph holds both languages."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from needs import need
from pyoxigraph import RdfFormat, Store
from rdflib import Graph
from rdflib.namespace import RDFS, SKOS

from kgservice.build.assemble import noted_in
from kgservice.build.building import Checked
from kgservice.build.names import DEFAULT_BASE, RDF, Names
from kgservice.build.project import Project
from kgservice.build.translations import Notes, read_translations
from kgservice.faults import FaultList, Place
from kgservice.questions import bind, read_questions
from kgservice.terms import Names as PublicNames

from .conftest import ROOT, Run

NAMES = Names(DEFAULT_BASE)
ZC = NAMES.zc
FOLDER = "data/translations"
READINGS = f"{FOLDER}/readings.zh.po"
REGISTERS = f"{FOLDER}/registers.zh.po"
SHANGHAI = "data/directories/shanghai/3.0/directory.csv"
# A message of one line each, and the row that has the note.
FCCA = 'msgid "source prints Fcca; case kept"'
FCCA_ZH = 'msgstr "原文印作 Fcca；大小写照录"'
BEIJING = "data/directories/beijing/annex-5/directory.csv"
Edit = Callable[[str], str]


def replacing(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert text.count(old) == 1, old
        return text.replace(old, new)

    return edit


def line_of(path: Path, text: str) -> int:
    return next(n for n, line in enumerate(path.read_text("utf-8").splitlines(), 1) if text in line)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with the catalogues only: the notes themselves come from the project that was read once."""
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    return tmp_path


def read(own: Path, checked: Checked, faults: FaultList | None = None) -> tuple[Notes, FaultList]:
    faults = FaultList() if faults is None else faults
    return read_translations(Project(own), noted_in(checked.assembly), faults), faults


def test_the_catalogues_of_the_project_fit_its_notes(own: Path, checked: Checked) -> None:
    notes, faults = read(own, checked)
    assert faults.faults == []
    texts = {cell.text for cell in noted_in(checked.assembly) if cell.text}
    assert notes.chinese.keys() == texts and len(texts) > 1000
    chinese = re.compile("[\u4e00-\u9fff。、：]")
    assert all(chinese.search(text) for text in notes.chinese.values())


# What is done to readings.zh.po; a line of it that the fault must name; rule; words that it must hold.
CASES: dict[str, tuple[Edit, str, str, list[str]]] = {
    "no translation yet": (
        replacing(FCCA_ZH, 'msgstr ""'),
        FCCA,
        "translation-empty",
        ["write it in Chinese", "请写出中文"],
    ),
    "the English over again": (
        replacing(FCCA_ZH, 'msgstr "source prints Fcca; case kept"'),
        FCCA,
        "translation-empty",
        ["repeats the English"],
    ),
    "fuzzy": (
        replacing(FCCA, f"#, fuzzy\n{FCCA}"),
        FCCA,
        "translation-fuzzy",
        ["delete the word fuzzy", "删去 fuzzy"],
    ),
    "of no note": (
        lambda text: text + '\nmsgid "No such note."\nmsgstr "没有这样的说明。"\n',
        'msgid "No such note."',
        "translation-obsolete",
        ["reword msgid", "修改 msgid"],
    ),
    "twice in the file": (
        lambda text: text + '\nmsgid ""\n"source prints Fcca; case kept"\nmsgstr "又一"\n',
        'msgstr "又一"',
        "translation-duplicate",
        ["delete one", "删去其一"],
    ),
    "a blank at the end": (
        replacing(FCCA_ZH, FCCA_ZH[:-1] + ' "'),
        FCCA,
        "translation-characters",
        ["blank", "空白"],
    ),
    "a line break inside": (
        replacing(FCCA_ZH, r'msgstr "原文印作 Fcca；\n大小写照录"'),
        FCCA,
        "translation-characters",
        ["line break", "换行"],
    ),
    "a quotation mark that is not closed": (
        replacing(FCCA_ZH, FCCA_ZH[:-1]),
        FCCA_ZH[:-1],
        "translation-form",
        ["quotation mark", "引号"],
    ),
    "a bare quotation mark inside": (
        replacing(FCCA_ZH, 'msgstr "原文印作 "Fcca""'),
        'msgstr "原文印作 "Fcca""',
        "translation-form",
        ['\\"'],
    ),
    "a text outside of any message": (
        lambda text: '"stray"\n' + text,
        '"stray"',
        "translation-form",
        ["out of place", "位置不对"],
    ),
    "msgid after msgid": (
        replacing(FCCA_ZH + "\n", ""),
        "",
        "translation-form",
        ["out of place"],
    ),
    "msgstr twice": (
        replacing(FCCA_ZH, f'{FCCA_ZH}\nmsgstr "二"'),
        'msgstr "二"',
        "translation-form",
        ["out of place"],
    ),
    "a plural": (
        replacing(FCCA, f'{FCCA}\nmsgid_plural "sources"'),
        'msgid_plural "sources"',
        "translation-form",
        ["nothing else is used"],
    ),
    "a context": (
        replacing(FCCA, f'msgctxt "x"\n{FCCA}'),
        'msgctxt "x"',
        "translation-form",
        ["nothing else is used"],
    ),
    "the last msgid without msgstr": (
        lambda text: text + '\nmsgid "No such note."\n',
        'msgid "No such note."',
        "translation-form",
        ["missing msgstr"],
    ),
    "a comment between msgid and msgstr": (
        replacing(FCCA, f"{FCCA}\n# what now?"),
        FCCA,
        "translation-form",
        ["missing msgstr"],
    ),
    "a header that says nonsense": (
        replacing('"Language: zh\\n"', '"Language: zh\\n"\n"POT-Creation-Date: gestern\\n"'),
        "",
        "translation-form",
        ["gestern"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_fault_of_a_catalogue(name: str, own: Path, checked: Checked) -> None:
    edit, line, rule, words = CASES[name]
    path = own / READINGS
    path.write_text(edit(path.read_text("utf-8")), "utf-8")
    _, faults = read(own, checked)
    assert [fault.rule for fault in faults.faults] == [rule]
    fault = faults.faults[0]
    assert fault.place.file == READINGS
    if line:
        told = path.read_text("utf-8").splitlines()[(fault.place.line or 0) - 1]
        assert told == line or name == "twice in the file"
    for word in words:
        assert word in f"{fault.en} {fault.zh}", fault


def test_one_note_in_two_files(own: Path, checked: Checked) -> None:
    path = own / REGISTERS
    path.write_text(f"{path.read_text('utf-8')}\n{FCCA}\n{FCCA_ZH}\n", "utf-8")
    _, faults = read(own, checked)
    assert [fault.rule for fault in faults.faults] == ["translation-duplicate"]
    assert faults.faults[0].place.file == REGISTERS
    assert f"{READINGS}:{line_of(own / READINGS, FCCA)}" in faults.faults[0].en


def test_a_note_without_translation_is_told_once_at_its_row(own: Path, checked: Checked) -> None:
    """A2 and A3 have the same note: one msgid."""
    message = 'msgid "issuer text stands at A2, read as A1-A3"\n'
    path = own / READINGS
    text = path.read_text("utf-8")
    at = text.index(message)
    end = text.index("\n\n", at)
    path.write_text(text[:at] + text[end:], "utf-8")
    _, faults = read(own, checked)
    assert [fault.rule for fault in faults.faults] == ["translation-missing"]
    fault = faults.faults[0]
    line = line_of(ROOT / SHANGHAI, '"issuer text stands at A2, read as A1-A3"')
    assert str(fault.place) == f"{SHANGHAI}:{line} [reading_note]"
    assert fault.en.endswith(message.strip()) and READINGS in fault.en and READINGS in fault.zh


def test_a_reworded_note_is_missing_and_its_translation_obsolete(copy: Path, kg_check: Run) -> None:
    path = copy / BEIJING
    path.write_text(path.read_text("utf-8").replace("source prints Fcca;", "printed Fcca;"))
    code, output = kg_check(copy)
    assert code == 1
    row = line_of(path, "printed Fcca;")
    assert f"{BEIJING}:{row} [reading_note] «printed Fcca; case kept» ERROR translation-missing" in output  # fmt: skip
    assert 'under msgid "printed Fcca; case kept"\n' in output
    told = line_of(copy / READINGS, FCCA)
    assert (
        f"{READINGS}:{told} «source prints Fcca; case kept» WARNING translation-obsolete" in output
    )
    # Of an edition alone its own rows are told.
    _, output = kg_check(copy, "beijing/annex-5")
    assert "translation-missing" in output and "translation-obsolete" not in output


def test_a_build_with_a_fuzzy_translation_makes_no_release(ungated: Path, kg_build: Run) -> None:
    path = ungated / READINGS
    path.write_text(replacing(FCCA, f"#, fuzzy\n{FCCA}")(path.read_text("utf-8")), "utf-8")
    code, output = kg_build(ungated)
    assert code == 1
    assert f"{READINGS}:{line_of(path, FCCA)} " in output and "translation-fuzzy" in output
    assert not (ungated / "releases" / "current").exists()


def test_what_cannot_be_read_does_not_call_everything_missing(own: Path, checked: Checked) -> None:
    path = own / READINGS
    path.write_bytes(path.read_text("utf-8").encode("gb18030"))
    _, faults = read(own, checked)
    assert [fault.rule for fault in faults.faults] == ["not-utf-8"]


def test_where_tables_have_faults_no_translation_is_called_obsolete(
    own: Path, checked: Checked
) -> None:
    """The line with the note may be the one that could not be read."""
    path = own / READINGS
    path.write_text(path.read_text("utf-8") + '\nmsgid "Gone."\nmsgstr "没有了。"\n', "utf-8")
    faults = FaultList()
    faults.add(Place("data/register/issuers.csv"), "broken", "有误", "broken-csv")
    _, faults = read(own, checked, faults)
    assert [fault.rule for fault in faults.faults] == ["broken-csv"]


def test_what_an_editor_writes_besides_is_read(own: Path, checked: Checked) -> None:
    """Long lines cut, comments of all kinds, what was removed kept as #~, lines ended with CR LF, a byte order mark."""
    path = own / READINGS
    text = replacing(
        f"{FCCA}\n{FCCA_ZH}",
        '# for the clerk\n#. extracted\n#| msgid "source prints FCCA"\n'
        'msgid ""\n"source prints "\n"Fcca; case kept"\nmsgstr ""\n"原文印作 Fcca；"\n"大小写照录"',
    )(path.read_text("utf-8"))
    text += '\n#~ msgid "Gone."\n#~ msgstr "没有了。"\n'
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    notes, faults = read(own, checked)
    assert faults.faults == []
    assert notes.chinese["source prints Fcca; case kept"] == "原文印作 Fcca；大小写照录"


def test_the_missing_can_be_cut_from_the_list(copy: Path, kg_check: Run) -> None:
    """As docs/data.md tells it: a new directory with all its notes is a catalogue to fill in, not to type."""
    need("awk")
    path = copy / READINGS
    known = re.findall(r'^msgid "(.+)"$', path.read_text("utf-8"), re.M)
    path.unlink()
    _, output = kg_check(copy)
    guide = (ROOT / "docs" / "data.md").read_text("utf-8")
    command = re.search(r"^    kg check \| (awk .*) >> .*$", guide, re.M)
    assert command is not None
    cut = subprocess.run(
        ["/bin/sh", "-c", command[1]], input=output, capture_output=True, text=True, check=True
    )
    path.write_text(cut.stdout, "utf-8")
    assert sorted(re.findall(r'^msgid "(.+)"$', cut.stdout, re.M)) == sorted(known)
    _, output = kg_check(copy)
    assert output.count("ERROR translation-empty") == len(known)
    assert "translation-missing" not in output and "translation-form" not in output


def _cells(pattern: str, column: str) -> list[str]:
    found = []
    for path in sorted(ROOT.glob(pattern)):
        lines = [
            line for line in path.read_text("utf-8-sig").splitlines() if not line.startswith("#")
        ]
        delimiter = "\t" if path.suffix == ".tsv" else ","
        found += [row.get(column) or "" for row in csv.DictReader(lines, delimiter=delimiter)]
    return [cell for cell in found if cell]


@pytest.mark.parametrize(
    ("pattern", "column", "predicate"),
    [
        ("data/directories/*/*/directory.csv", "reading_note", ZC.readingNote),
        ("data/register/*.csv", "note", SKOS.editorialNote),
        ("data/mappings/*.sssom.tsv", "comment", RDFS.comment),
    ],
)
def test_every_note_is_in_the_graph_in_both_languages(
    checked: Checked, pattern: str, column: str, predicate: object
) -> None:
    graph = checked.union
    assert graph is not None
    told: dict[object, dict[str, str]] = {}
    for subject, note in graph.subject_objects(predicate):  # type: ignore[arg-type]
        matched = (subject, RDF.type, ZC.Match) in graph
        if predicate != RDFS.comment or matched:
            language = note.language  # type: ignore[attr-defined]
            assert language not in told.setdefault(subject, {}), subject
            told[subject][language] = str(note)
    assert all(notes.keys() == {"zh", "en"} for notes in told.values())
    assert sorted(notes["en"] for notes in told.values()) == sorted(_cells(pattern, column))


def test_a_note_in_two_languages_doubles_no_row(checked: Checked) -> None:
    """Each question that tells notes has as many rows as over the same graph with the English ones alone."""
    graph = checked.union
    assert graph is not None
    both, alone = _store(graph, chinese=True), _store(graph, chinese=False)
    assert len(both) - len(alone) > 1200
    questions = read_questions(ROOT / "queries", DEFAULT_BASE)
    names = PublicNames(DEFAULT_BASE, {})
    noted = {
        str(subject).removeprefix(f"{DEFAULT_BASE}/id/")
        for predicate in (ZC.readingNote, SKOS.editorialNote)
        for subject in graph.subjects(predicate, None)
    }
    alike = [f"certificate/c{number:05}" for number in range(1, 402, 20)]
    asked = {
        "edition-rows": [("edition", one) for one in _things(graph, "Edition")],
        "printed-row": [("entry", one) for one in noted if one.startswith("entry/")],
        "certificate": [
            ("certificate", one) for one in noted if re.match("certificate|family", one)
        ],
        "issuer": [("issuer", one) for one in noted if one.startswith("issuer/")],
        "look-alikes": [("certificate", one) for one in alike],
        "listings": [("certificate", one) for one in alike],
        "certificate-statements": [("certificate", one) for one in alike],
    }
    for name, values in asked.items():
        told = 0
        for parameter, value in sorted(values):
            query = bind(questions[name], {parameter: [value]}, names)
            rows = list(both.query(query))  # type: ignore[arg-type]
            assert len(rows) == len(list(alone.query(query))), (name, value)  # type: ignore[arg-type]
            column = {"look-alikes": "reasonZh", "listings": "commentZh", "certificate-statements": "commentZh"}.get(name, "noteZh")  # fmt: skip
            told += sum(row[column] is not None for row in rows)  # type: ignore[index]
        assert told > 0, name


def _store(graph: Graph, *, chinese: bool) -> Store:
    lines = graph.serialize(format="nt").splitlines()
    notes = (f"<{ZC.readingNote}> ", f"<{SKOS.editorialNote}> ", f"<{RDFS.comment}> ")
    kept = [
        line
        for line in lines
        if chinese or not (line.endswith('"@zh .') and any(note in line for note in notes))
    ]
    store = Store()
    store.bulk_load(input="\n".join(kept).encode(), format=RdfFormat.N_TRIPLES)
    return store


def _things(graph: Graph, kind: str) -> list[str]:
    found = graph.subjects(RDF.type, ZC[kind])
    return sorted(str(one).removeprefix(f"{DEFAULT_BASE}/id/") for one in found)


def test_a_mapping_set_may_be_left_out(own: Path, checked: Checked) -> None:
    """Its translations are then of no use, which is told and stops nothing."""
    kept = [cell for cell in noted_in(checked.assembly) if "wikidata" not in cell.line.file]
    faults = FaultList()
    read_translations(Project(own), kept, faults)
    assert {fault.rule for fault in faults.faults} == {"translation-obsolete"}
    assert len(faults.faults) > 30 and faults.violations == []
