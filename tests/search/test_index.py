"""The index file is whole or not there; and the names that it is made from are the same for the same data."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyoxigraph as ox
import pytest

from kgservice.build.assemble import Assembly
from kgservice.build.names_index import KINDS, name_lines
from kgservice.questions import bind, read_question
from kgservice.release import Release
from kgservice.search import writing
from kgservice.search.find import find
from kgservice.search.index import (
    SearchIndex,
    SearchIndexError,
    find_index,
    make_index,
    open_index,
)
from kgservice.terms import Names

from .conftest import BASE, ROOT, Line, write_release

ONE = '{"kind": "label", "lang": "zh", "name": "专业工程师", "thing": "certificate/c00001", "type": "certificate"}\n'


def _left(releases: Path) -> list[str]:
    return sorted(path.name for path in (releases / ".search").glob(".*.part*"))


def test_an_index_is_made_once(tmp_path: Path) -> None:
    release = write_release(tmp_path, ONE)
    assert find_index(tmp_path, release) is None
    path = make_index(tmp_path, release)
    made = path.stat()
    assert find_index(tmp_path, release) == path == make_index(tmp_path, release)
    assert path.stat().st_ino == made.st_ino
    assert _left(tmp_path) == []
    assert [hit.path for hit in find(SearchIndex(path), "工程师")] == ["certificate/c00001"]


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + b"x" * 5000])
def test_a_damaged_or_foreign_index_is_made_anew(tmp_path: Path, content: bytes) -> None:
    release = write_release(tmp_path, ONE)
    path = tmp_path / ".search" / f"{release.id}.sqlite"
    path.parent.mkdir()
    path.write_bytes(content)
    assert find(open_index(tmp_path, release), "专业工程师")[0].how == "exact"


def test_an_index_of_another_version_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = write_release(tmp_path, ONE)
    old = make_index(tmp_path, release).stat().st_ino
    monkeypatch.setattr("kgservice.search.index.FORMAT", 99)
    assert find_index(tmp_path, release) is None
    assert make_index(tmp_path, release).stat().st_ino != old


def test_a_release_without_names_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SearchIndexError, match="kg build"):
        make_index(tmp_path, write_release(tmp_path, None))
    assert _left(tmp_path) == []


@pytest.mark.parametrize("names", ["{}\n", "no json\n", ONE.replace("label", "unheard-of")])
def test_names_that_cannot_be_read_leave_nothing(tmp_path: Path, names: str) -> None:
    release = write_release(tmp_path, ONE + names)
    with pytest.raises(SearchIndexError):
        make_index(tmp_path, release)
    assert _left(tmp_path) == []
    assert find_index(tmp_path, release) is None


def test_who_is_killed_leaves_no_half_index(tmp_path: Path, release: Release) -> None:
    names = (release.path / "names.jsonl").read_text("utf-8")
    other = write_release(tmp_path, names)
    program = (
        "import sys; from pathlib import Path; from kgservice.release import open_release;"
        "from kgservice.search.index import make_index;"
        "make_index(Path(sys.argv[1]), open_release(Path(sys.argv[1])))"
    )
    killed = 0
    for delay in (0.15, 0.25, 0.35, 0.45):
        process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT)
        end = time.monotonic() + 20
        while not (tmp_path / ".search").exists() and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() < 0
        found = find_index(tmp_path, other)
        if found is not None:
            assert find(SearchIndex(found), "MRICS")[0].path == "certificate/c00085"
    assert killed or find_index(tmp_path, other)
    assert find(open_index(tmp_path, other), "MRICS")[0].path == "certificate/c00085"
    assert _left(tmp_path) == []


def test_many_at_once_make_one_and_search_it(tmp_path: Path, release: Release) -> None:
    other = write_release(tmp_path, (release.path / "names.jsonl").read_text("utf-8"))
    found: list[list[str]] = []

    def search() -> None:
        index = open_index(tmp_path, other)
        found.append([hit.path for hit in find(index, "Kaltetehnik")])

    threads = [threading.Thread(target=search) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [["certificate/c00108"]] * 6
    assert len(list((tmp_path / ".search").glob("*.sqlite"))) == 1


def test_one_index_serves_many_threads(index: SearchIndex) -> None:
    expected = find(index, "工程师", limit=50)
    answers: list[bool] = []
    threads = [
        threading.Thread(
            target=lambda: answers.extend(
                find(index, "工程师", limit=50) == expected for _ in range(20)
            )
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [True] * 160


# -- names.jsonl


def test_names_are_the_same_whatever_the_hash_seed(assembly: Assembly) -> None:
    program = (
        "import hashlib, sys; from pathlib import Path; import kgservice.build.assemble as a;"
        "from kgservice.build.names import Names; from kgservice.build.names_index import name_lines;"
        "from kgservice.build.project import Project; from kgservice.faults import FaultList;"
        "a._emit = lambda *x: None;"
        "read = a.assemble(Project(Path(sys.argv[1])), Names(), FaultList(), lambda *x: None);"
        "sys.stdout.buffer.write(''.join(name_lines(read)).encode())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", program, str(ROOT)],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert made == {"".join(name_lines(assembly)).encode()}


def test_names_are_sorted_unique_and_of_known_kinds(names: list[Line]) -> None:
    keys = [
        (line["type"], line["thing"], KINDS.index(line["kind"]), line["name"]) for line in names
    ]
    assert keys == sorted(keys)
    assert len({(line["thing"], line["name"]) for line in names}) == len(names)
    assert KINDS == writing.KINDS  # the halves do not import each other: a test joins them
    assert {line["type"] for line in names} == set(writing.TYPES)
    for line in names:
        assert line["name"].strip() and line["thing"].startswith(f"{line['type']}/")
        assert (line["lang"] is None) == (
            line["kind"] in ("notation", "abbreviation", "code")
            or (line["kind"] == "issuer" and line["lang"] is None)
        )


def test_every_registered_thing_and_every_row_has_its_names(
    assembly: Assembly, names: list[Line]
) -> None:
    known = {(line["thing"], line["name"]) for line in names}
    for register, type_ in (("certificates", "certificate"), ("issuers", "issuer"), ("titles", "title")):  # fmt: skip
        for key, line in assembly.registers[register].items():
            assert (f"{type_}/{key}", line["label_zh"]) in known
            assert (f"{type_}/{key}", key) in known
    listed: dict[str, list[str]] = {}
    for match in assembly.matches:
        if match.mapping_set == "entries":
            listed.setdefault(match.subject[1], []).append("/".join(match.object))
    rows = 0
    for _, edition in assembly.editions:
        for tail, row in edition.tails().items():
            for thing in listed[tail]:
                rows += 1
                assert (thing, row["name"].replace(";", "、")) in known
                if row["name_original"]:
                    assert (thing, row["name_original"].replace(";", "、")) in known
    assert rows > 615


def test_a_bare_grade_stands_with_its_issuer(names: list[Line]) -> None:
    of_rsc = {line["name"]: line["kind"] for line in names if line["thing"] == "certificate/c00253"}
    assert of_rsc["会士"] == "printed"
    assert of_rsc["RSC会士"] == of_rsc["Royal Society of Chemistry Fellow"] == "combined"
    combined = [line["name"] for line in names if line["kind"] == "combined"]
    assert not any("注册信息系统审计师" in name for name in combined)  # says enough alone


def test_the_question_names_says_the_same_as_the_search(
    index: SearchIndex, names: list[Line], store: ox.Store
) -> None:
    question = read_question(ROOT / "queries" / "names.rq", BASE)
    own = [line for line in names if line["kind"] not in ("code", "combined", "issuer")]
    texts = [*sorted({line["name"] for line in own})[::40], "mrics", "rsc", "会士", "FELLOW"]
    assert len(texts) > 40
    for text in texts:
        query = bind(question, {"text": [text]}, Names(BASE, {}))
        rows = store.query(query, use_default_graph_as_union=True)
        assert isinstance(rows, ox.QuerySolutions)
        answered = {row["thing"].value.removeprefix(f"{BASE}/id/") for row in rows}
        expected = {line["thing"] for line in own if line["name"].lower() == text.lower()}
        known = {line["thing"] for line in names}
        assert answered & known == expected, text
        hits = {hit.path for hit in find(index, text, limit=100) if hit.how == "exact"}
        assert expected <= hits


def test_a_withdrawn_thing_leads_to_its_successor(assembly: Assembly) -> None:
    from dataclasses import replace

    from kgservice.build.registers import Registers

    def change(key: str, **cells: str) -> None:
        line = certificates[key]
        certificates[key] = replace(line, cells={**line.cells, **cells})

    certificates = dict(assembly.registers["certificates"])
    change("c00001", status="withdrawn", replaced_by="c00002")
    change("c00274", status="withdrawn")
    registers = Registers({**assembly.registers.lines, "certificates": certificates})
    lines = [json.loads(line) for line in name_lines(replace(assembly, registers=registers))]
    former = {(n["thing"], n["name"]): n["kind"] for n in lines}
    assert former["certificate/c00002", "Associate Constructor"] == "former"
    assert former["certificate/c00002", "c00001"] == "former"
    registered = {"label", "notation", "code", "alt"}
    assert not [n for n in lines if n["thing"] == "certificate/c00001" and n["kind"] in registered]
    assert not [n for n in lines if n["thing"] == "certificate/c00274" and n["kind"] in registered]
