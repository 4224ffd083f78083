"""What is found, in which order, and which name it says: over the real data."""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter

import pytest
from opencc import OpenCC

from kgservice.search.find import HOW, find
from kgservice.search.index import SearchIndex
from kgservice.search.writing import KINDS, TYPES

from .conftest import Line
from .table import QUERIES, expand

HOSTILE = (
    '"',
    '"" OR ""',
    "CEng OR 1=1",
    "words : x",
    "^CEng",
    "CEng*",
    "NEAR(CEng MRICS, 5)",
    "-CEng +MRICS",
    "{words spelt} : CEng",
    "'; DROP TABLE thing; --",
    "\\",
    "%",
    "_",
    "C\x00Eng",
    "\x00",
    "😀",
    "👩‍🏭 CEng",
    "\u202eCEng",
    "\ud800",
    "\u0301" * 50,
    "ﷺ" * 200,
    "会" * 10_000,
    "x" * 10_000,
    "a b " * 5_000,
    "(" * 10_000,
    " ".join(chr(97 + n % 26) + chr(97 + n // 26) for n in range(300)),
    "‖",
    "tcertificate",
    "lany",
)


def _own(names: list[Line]) -> list[Line]:
    return [line for line in names if line["kind"] != "issuer"]


def _paths(index: SearchIndex, text: str, limit: int = 10) -> list[str]:
    return [hit.path for hit in find(index, text, limit=limit)]


def test_the_table_has_at_least_ninety_different_queries() -> None:
    assert len({query for query, _, _ in QUERIES}) == len(QUERIES) >= 90
    assert {how for _, _, how in QUERIES} >= set(HOW) - {"issuer"}


@pytest.mark.parametrize(("query", "wanted", "how"), QUERIES, ids=[q for q, _, _ in QUERIES])
def test_the_right_thing_stands_first(
    index: SearchIndex, query: str, wanted: str, how: str
) -> None:
    expected = {expand(short) for short in wanted.split()}
    hits = find(index, query, limit=max(10, len(expected)))
    assert {hit.path for hit in hits[: len(expected)]} == expected, hits
    assert hits[0].how == how


def test_every_name_finds_its_thing_exactly(index: SearchIndex, names: list[Line]) -> None:
    lost = [
        line
        for line in _own(names)
        if not any(
            hit.path == line["thing"] and hit.how == "exact"
            for hit in find(index, line["name"], limit=100)
        )
    ]
    assert lost == []


@pytest.mark.parametrize("variant", ["s2t", "s2hk", "s2tw"])
def test_traditional_names_are_the_simplified_ones(
    index: SearchIndex, names: list[Line], variant: str
) -> None:
    convert = OpenCC(variant).convert
    keys = index.normalizer.form
    differing = [
        line["name"]
        for line in names
        if line["lang"] == "zh" and keys(convert(line["name"])).keys != keys(line["name"]).keys
    ]
    assert differing == []
    assert sum(convert(line["name"]) != line["name"] for line in names) > 500


def test_japanese_signs_are_left_alone(index: SearchIndex) -> None:
    assert index.normalizer.form("電気・発電・図").words[1:2] == ("気",)
    assert index.normalizer.form("がガﾊﾟ").words == ("が", "ガ", "パ")


def test_width_case_and_accents_do_not_matter(index: SearchIndex, names: list[Line]) -> None:
    wide = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
    for line in _own(names):
        form = index.normalizer.form(line["name"])
        for other in (
            line["name"].translate(wide),
            line["name"].upper(),
            unicodedata.normalize("NFD", line["name"]),
        ):
            assert index.normalizer.form(other).keys[0] in form.keys, other


def test_a_letter_left_out_is_forgiven(index: SearchIndex, names: list[Line]) -> None:
    chance = random.Random(1)
    tried, lost = 0, []
    for line in names:
        words = [word for word in re.findall("[A-Za-z]+", line["name"]) if len(word) >= 8]
        if line["kind"] != "label" or line["lang"] != "en" or not words:
            continue
        word = chance.choice(words)
        cut = chance.randrange(1, len(word) - 1)
        query = line["name"].replace(word, word[:cut] + word[cut + 1 :], 1)
        tried += 1
        if line["thing"] not in _paths(index, query)[:3]:
            lost.append((query, line["thing"]))
    assert tried > 500
    assert lost == []


def test_every_two_signs_of_a_label_find_a_name_that_holds_them(
    index: SearchIndex, names: list[Line]
) -> None:
    pairs = {
        line["name"][place : place + 2]
        for line in names
        if line["kind"] == "label" and line["lang"] == "zh"
        for place in range(len(line["name"]) - 1)
    }
    chinese = [pair for pair in sorted(pairs) if re.fullmatch("[\u4e00-\u9fff]{2}", pair)]
    assert len(chinese) > 500
    for pair in chinese:
        hits = [hit for hit in find(index, pair, limit=3) if hit.how != "issuer"]
        (key,) = index.normalizer.form(pair).keys
        # A pair of signs can be the end of one word and the beginning of the next: it still stands there.
        assert hits and all(key in index.normalizer.form(hit.name).keys[0] for hit in hits), pair


def test_a_hit_names_a_name_of_its_thing_and_each_thing_comes_once(
    index: SearchIndex, names: list[Line]
) -> None:
    known = {(line["thing"], line["name"], line["kind"], line["lang"]) for line in names}
    labels = {
        (line["thing"], line["lang"]): line["name"] for line in names if line["kind"] == "label"
    }
    seen: Counter[str] = Counter()
    for query, _, _ in QUERIES:
        hits = find(index, query, limit=50)
        assert len({hit.path for hit in hits}) == len(hits) <= 50
        for hit in hits:
            assert (hit.path, hit.name, hit.kind, hit.lang) in known
            assert hit.label_zh == labels[hit.path, "zh"]
            assert hit.label_en == labels.get((hit.path, "en"))
            assert hit.kind in KINDS and hit.type in TYPES
            assert (hit.how == "issuer") == (hit.kind == "issuer")
            seen[hit.how] += 1
        steps = [HOW.index(hit.how) for hit in hits]
        exact = [step for step in steps if HOW[step] == "exact"]
        assert steps[: len(exact)] == exact
    assert set(seen) == set(HOW)


def test_types_and_languages_narrow(index: SearchIndex) -> None:
    everything = find(index, "RICS", limit=100)
    assert everything[0].path == "issuer/i0028"
    certificates = find(index, "RICS", types=["certificate"], limit=100)
    assert [hit.type for hit in certificates] == ["certificate"] * len(certificates)
    assert {hit.path for hit in certificates} == {
        hit.path for hit in everything if hit.type == "certificate"
    }
    both = find(index, "RICS", types=["issuer", "certificate"], limit=100)
    assert {hit.type for hit in both} == {"issuer", "certificate"}
    assert find(index, "RICS", types=["region"]) == []
    assert find(index, "工程师", types=["title-level"]) == []
    assert {hit.lang for hit in find(index, "Kältetechnik", lang="de")} == {"de"}
    assert find(index, "Kältetechnik", lang="zh") == []
    assert {hit.lang for hit in find(index, "engineer", lang="en", limit=100)} <= {
        "en",
        None,
        "und",
    }
    for text in ("Fellow", "engineer", "Chartered", "Kammertag", "Royal Society"):
        assert {hit.lang for hit in find(index, text, lang="zh", limit=100)} <= {"zh", None}
        assert find(index, text, lang="en")
    assert find(index, "MRICS", lang="ja")[0].path == "certificate/c00085"  # a notation has none
    assert find(index, "技術士", lang="ja")[0].lang == "ja"
    assert find(index, "技術士", lang="en") == []
    # Names are in a language, not in that of a country: what a browser sends means the same.
    for language, tags in (("zh", ("zh-CN", "zh-Hant-TW")), ("en", ("en-GB", "EN-us"))):
        for text in ("工程师", "engineer", "MRICS", "技術士"):
            plain = find(index, text, lang=language, limit=50)
            assert all(find(index, text, lang=tag, limit=50) == plain for tag in tags)
    assert find(index, "工程师", lang="zh-CN") and find(index, "engineer", lang="en-GB")


@pytest.mark.parametrize("limit", [1, 2, 7, 100])
def test_a_smaller_limit_gives_the_first_hits(index: SearchIndex, limit: int) -> None:
    for query in ("会士", "工程师", "CPA", "metalurgical"):
        assert find(index, query, limit=limit) == find(index, query, limit=100)[:limit]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_nothing_in_a_text_is_an_operator(index: SearchIndex, text: str) -> None:
    for hit in find(index, text):
        assert hit.how in HOW


def test_operators_are_words(index: SearchIndex) -> None:
    assert _paths(index, '"CEng"') == _paths(index, "CEng")
    assert _paths(index, "^CEng*") == _paths(index, "CEng")
    assert _paths(index, "C\x00Eng") != []
    assert _paths(index, "MRICS OR FRICS") == []
    assert _paths(index, "没有这个名称的东西啊") == []
    assert _paths(index, "zzzzqqqq") == []
