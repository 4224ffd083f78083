"""Names that stand inside a longer text."""

from __future__ import annotations

import time

from kgservice.search.index import SearchIndex
from kgservice.search.inside import find_inside

TYPES = ("certificate", "family", "issuer")


def named(index: SearchIndex, text: str) -> list[str]:
    return [name for name, _ in find_inside(index, text, types=TYPES)]


def test_names_in_their_order_in_any_script(index: SearchIndex) -> None:
    text = "本人持特許金融分析師資格、Mechatroniker/-in für Kältetechnik，以及MRICS证书。"
    assert named(index, text) == [
        "特许金融分析师",
        "Mechatroniker/-in für Kältetechnik",
        "MRICS",
    ]


def test_the_longer_name_counts(index: SearchIndex) -> None:
    found = find_inside(index, "曾任英国皇家特许测量师学会资深会员", types=TYPES)
    assert [[hit.path for hit in hits] for _, hits in found] == [["certificate/c00086"]]


def test_all_who_have_the_name_are_told(index: SearchIndex) -> None:
    [(_, hits)] = find_inside(index, "CPA，2019年", types=TYPES)
    assert len(hits) >= 3
    assert {hit.how for hit in hits} == {"exact"}


def test_a_name_that_comes_again_counts_once(index: SearchIndex) -> None:
    assert named(index, "MRICS " * 30) == ["MRICS"]


def test_nothing_in_it(index: SearchIndex) -> None:
    assert named(index, "今天天气不错。") == []
    assert named(index, "!!!") == []


def test_a_long_text_is_looked_through_quickly(index: SearchIndex) -> None:
    text = "国际注册专业工程师资格与证书，特许金融分析师 " * 1000
    started = time.monotonic()
    assert "特许金融分析师" in named(index, text)
    assert time.monotonic() - started < 5
