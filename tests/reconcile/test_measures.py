"""The measurements of benchmarks/reconciliation.py take away what they say, and the known wrong matches stay away."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.reconciliation import Bench, prepare
from benchmarks.reconciliation_names import read_lines, without_directory, without_things
from kgservice.reconcile.certificates import find_certificates
from kgservice.reconcile.query import Condition, Query, Value
from kgservice.reconcile.register import Register, make_register
from kgservice.release import Release
from kgservice.search.index import NAMES, SearchIndex

SHANGHAI = "310000-1/3.0"


@pytest.fixture(scope="module")
def bench(real_release: Release) -> Bench:
    return asyncio.run(prepare(real_release.path.parent))


def _matched(register: Register, name: str, issuer: Value) -> list[str]:
    query = Query((name,), conditions=(Condition("issuer", (issuer,)),))
    return [one.id for one in find_certificates(query, register) if one.match]


@pytest.mark.parametrize(
    ("thing", "name", "body"),
    [
        ("certificate/c00267", "Fellow of the Institute of Actuaries", "issuer/i0081"),
        ("certificate/c00268", "Fellow of the Faculty of Actuaries", "issuer/i0081"),
        ("certificate/c00268", "英国正精算师（FFA）", "issuer/i0081"),
        ("certificate/c00270", "Associate of the Faculty of Actuaries", "issuer/i0081"),
        ("certificate/c00098", "加拿大电气工程师", "issuer/i0031"),
        ("certificate/c00305", "电气工程师", "issuer/i0031"),
        ("certificate/c00398", "NAATI Certified Conference Interpreter", "issuer/i0146"),
    ],
)
def test_what_is_withheld_is_matched_with_nothing_else(
    bench: Bench, thing: str, name: str, body: str
) -> None:
    with without_things([thing], bench.index, bench.relations) as less:
        assert thing not in less.things
        assert not any(thing in others for others in less.look_alikes.values())
        assert _matched(less, name, Value("", body)) == []


def test_a_directory_that_is_left_out_gives_no_names(bench: Bench) -> None:
    whole = make_register(bench.relations, SearchIndex(bench.index))
    lines = read_lines(bench.release.path / NAMES)
    with without_directory(SHANGHAI, bench.sources, lines, bench.relations) as (less, left):
        gone = set(whole.things) - set(less.things)
        assert gone and all(one.startswith(("certificate/", "family/")) for one in gone)
        assert left == {one for one in less.things if not one.startswith("issuer/")}
        # A certificate that others list, too, keeps what they print.
        kept = less.things["certificate/c00085"]
        assert set(kept.names) <= set(whole.things["certificate/c00085"].names)
        # Row A32: another certificate of the same body, which only this directory prints.
        row = bench.sources.rows[f"{SHANGHAI}/A32"]
        assert _matched(less, row.name, Value(row.issuers[0])) == []
