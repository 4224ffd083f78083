"""The questions that lead to some rows or certificates only tell what the question about all of them tells."""

from __future__ import annotations

from itertools import pairwise

from .conftest import Ask

# Listed by itself, through its family, with "and above", on rows with several levels, and not at all.
CERTIFICATES = [
    *("certificate/c00009", "certificate/c00085", "certificate/c00187", "certificate/c00261"),
    *("certificate/c00010", "certificate/c00036", "family/f0002", "certificate/c00399"),
]
# What the rows of both have, under one name.
COLUMNS = (
    *("certificate", "region", "edition", "recognition", "entry", "row", "certain", "document"),
    *("basis", "via", "viaKind", "mode", "outcomeStated", "titleLevel", "conferredTitle"),
    *("tier", "holdingYears", "printedName", "specialty"),
)


def test_first_where_then_which_rows_is_the_same_as_all_at_once(ask: Ask) -> None:
    whole = ask("recognition", certificate=CERTIFICATES)
    where = ask("recognized-regions", certificate=CERTIFICATES)
    base = "https://w3id.org/zhicheng/id/"
    named = {
        (row["certificate"], row["region"]): {
            one.removeprefix(base) for one in row["recognitions"].split()
        }
        for row in where
    }
    expected: dict[tuple[str, str], set[str]] = {}
    for row in whole:
        expected.setdefault((row["certificate"], row["region"]), set()).add(row["recognition"])
    assert named == expected
    assert len({row["certificate"] for row in where}) >= 6
    keys = [(row["certificate"], row["region"]) for row in where]
    assert all(one < other for one, other in pairwise(keys))

    recognitions = sorted({row["recognition"] for row in whole})
    rows = ask("recognition-rows", certificate=CERTIFICATES, recognition=recognitions)
    assert _told(rows) == _told(whole)
    some = recognitions[::3]
    rows = ask("recognition-rows", certificate=CERTIFICATES, recognition=some)
    assert _told(rows) == _told([row for row in whole if row["recognition"] in some])


def test_the_recognitions_of_some_regions(ask: Ask) -> None:
    regions = ["region/310000", "region/500000"]
    found = ask("region-recognitions", certificate=CERTIFICATES, region=regions)
    whole = ask("recognition", certificate=CERTIFICATES, region=regions)
    assert {(r["certificate"], r["region"], r["recognition"]) for r in found} == {
        (r["certificate"], r["region"], r["recognition"]) for r in whole
    }
    assert {r["region"] for r in found} == set(regions)


def test_the_details_of_some_recognitions(ask: Ask) -> None:
    whole = ask("recognition-details", certificate="certificate/c00085")
    some = sorted({row["recognition"] for row in whole})[:1]
    found = ask("recognition-details", certificate="certificate/c00085", recognition=some)
    assert found == [row for row in whole if row["recognition"] in some]
    assert 0 < len(found) < len(whole)


def test_what_listing_does_in_one_edition(ask: Ask) -> None:
    edition = "edition/310000-1/3.0"
    rows = ask("what-listing-does", edition=edition)
    whole = [row for row in ask("what-listing-does") if row["edition"] == edition]
    # In which order effects are put together is nobody's.
    assert [_in_order(row) for row in rows] == [_in_order(row) for row in whole]
    assert rows


def _in_order(row: dict[str, str]) -> dict[str, str]:
    return row | {"effects": " ".join(sorted(row["effects"].split()))}


def _told(rows: list[dict[str, str]]) -> set[tuple[str | None, ...]]:
    return {tuple(row.get(column) for column in COLUMNS) for row in rows}


def test_the_listed_ones_among_many(ask: Ask) -> None:
    """A hundred named ones are those of all that have such a name: asked so by a comparison of a common word."""
    regions = [f"region/{code}" for code in (110000, 310000, 320200, 330000, 500000)]
    named = [f"certificate/c{number:05d}" for number in range(60, 160)]
    whole = [
        row for row in ask("listed-certificates", region=regions) if row["certificate"] in named
    ]
    assert len(whole) > 90
    assert ask("listed-certificates", region=regions, certificate=named) == whole
