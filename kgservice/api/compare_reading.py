"""From the rows of the named questions to the comparison of one certificate across regions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import get_args

from kgservice.api.certificate_reading import read_issuers
from kgservice.api.compare_models import (
    Agreement,
    Cell,
    Column,
    Comparison,
    Divergence,
    DivergenceKind,
    Gap,
    Listing,
    Pairs,
    Side,
)
from kgservice.api.context import ApiContext, Row
from kgservice.api.models import Label
from kgservice.api.statements import Statement, group_statements, read_statement
from kgservice.api.things import Labels, iris

# Section 4 of the model: the broad levels and those below them.
_BROAD = {
    "title-level/junior": frozenset({"title-level/10", "title-level/20"}),
    "title-level/senior": frozenset({"title-level/40", "title-level/50"}),
}
MOST_PAIRS = 200  # of a certificate; every place may agree with every other
_LEVELS_DIFFER = ("LevelDivergence", "CeilingDivergence")
NOT_LISTED = Label(
    zh="未列入该地区目录。未列入不等于不认可：目录之外的情况，目录没有说明。",
    en="Not in this region's directory. Not listed is not “not recognised”: on what it does not list, it says nothing.",
)
ONLY_EXEMPTION = Label(
    zh="该地区目录中只有通往这一证书的减免：不是认可。未给予认可不等于不认可：目录之外的情况，目录没有说明。",
    en="In this region's directory, only an exemption leads to it: that is no recognition. Nor does it say “not recognised”: "
    "on what the directory does not list, it says nothing.",
)
NO_DIRECTORY = Label(
    zh="本图谱没有该地区的目录，无从判断。",
    en="This graph has no directory of this region: nothing can be said.",
)

CONTENTS_UNKNOWN = Label(
    zh="该版本只知其名，内容不详：无从判断。",
    en="Only the title of that edition is known, not its contents: nothing can be said.",
)
_READINGS: Mapping[str, Label] = {
    "not_listed": NOT_LISTED,
    "exemption": ONLY_EXEMPTION,
    "no_directory": NO_DIRECTORY,
    "unknown": CONTENTS_UNKNOWN,
}


def compare_certificate(
    context: ApiContext,
    counts: Row,
    about: Sequence[Row],
    recognised: Sequence[Row],
    exempting: Sequence[Row],
    diverging: Sequence[Row],
    columns: Sequence[Column],
    labels: Labels,
) -> Comparison:
    """One line of the matrix; all rows are of this certificate."""
    iri = str(counts["certificate"])
    statements = [read_statement(context, group, labels) for group in group_statements(recognised)]
    cells = [_cell(context, column, statements, exempting) for column in columns]
    listed_in, covered_in = int(counts["listedIn"]), int(counts["coveredIn"])
    divergences = _read_divergences(context, diverging, statements, exempting)
    agreements, undecided, pairs = _tell_pairs(statements, divergences)
    grades = iris(about, "grade")
    rank = about[0].get("rank") if about else None
    return Comparison(
        certificate=labels.thing(iri),
        issuers=read_issuers(context, about, labels),
        grade=labels.thing(grades[0]) if grades else None,
        grade_rank=rank if isinstance(rank, int) else None,
        listed_in=listed_in,
        covered_in=covered_in,
        cells=cells,
        agreements=agreements,
        divergences=divergences,
        undecided=undecided,
        pairs=pairs,
        gaps=[
            _gap(column, cell.listing, listed_in)
            for column, cell in zip(columns, cells, strict=True)
            # Where no region lists or covers it (one has an exemption), none lacks what others have.
            if cell.listing in _READINGS and (listed_in or covered_in)
        ],
    )


def _cell(
    context: ApiContext,
    column: Column,
    statements: Sequence[Statement],
    exempting: Sequence[Row],
) -> Cell:
    own = [statement for statement in statements if statement.region.id == column.region.id]
    exemptions = [
        context.path(iri)
        for iri in iris((r for r in exempting if r["region"] == column.region.iri), "exemption")
    ]
    listing: Listing = "not_listed" if column.editions else "no_directory"
    if column.editions and all(edition.complete is False for edition in column.editions):
        listing = "unknown"
    if own:
        listing = "listed" if any(one.basis == "listed" for one in own) else "covered"
    elif exemptions:
        listing = "exemption"
    return Cell(region=column.region.id, listing=listing, statements=own, exemptions=exemptions)


def _gap(column: Column, listing: Listing, listed_in: int) -> Gap:
    scopes = [edition.scope for edition in column.editions if edition.scope]
    return Gap(
        region=column.region,
        listed_in=listed_in,
        scope=scopes[0] if scopes else None,
        reading=_READINGS[listing],
    )


def _side(statement: Statement) -> Side:
    return Side(
        id=statement.recognition,
        region=statement.region.id,
        row=statement.source.row,
        levels=statement.levels,
    )


def _read_divergences(
    context: ApiContext,
    rows: Sequence[Row],
    statements: Sequence[Statement],
    exempting: Sequence[Row],
) -> list[Divergence]:
    """Those between rows of the regions compared."""
    sides: dict[str, Side] = {one.recognition: _side(one) for one in statements}
    for row in exempting:
        path = context.path(str(row["exemption"]))
        sides[path] = Side(
            id=path, region=context.path(str(row["region"])), row=str(row["row"]), levels=[]
        )
    found: dict[str, Divergence] = {}
    kinds: Mapping[str, DivergenceKind] = {kind: kind for kind in get_args(DivergenceKind)}
    for row in rows:
        one, other = (sides.get(context.path(str(row[name]))) for name in ("a", "b"))
        if one and other:
            iri = context.path(str(row["divergence"]))
            found[iri] = Divergence(
                id=iri, kind=kinds[context.path(str(row["kind"]))], between=[one, other]
            )
    return list(found.values())


def pair_rows(
    statements: Sequence[Statement], divergences: Sequence[Divergence]
) -> Iterator[tuple[bool, Statement, Statement]]:
    """The pairs of rows of two regions that agree on the level (``True``), and those that cannot be compared."""
    differing = {
        frozenset(side.id for side in divergence.between)
        for divergence in divergences
        if divergence.kind in _LEVELS_DIFFER
    }
    for one, other in combinations([one for one in statements if one.levels], 2):
        if one.region.id == other.region.id:
            continue
        decided = len(one.levels) == len(other.levels) == 1
        if decided and (
            frozenset((one.recognition, other.recognition)) in differing or not _fit(one, other)
        ):
            continue
        yield decided, one, other


def _tell_pairs(
    statements: Sequence[Statement], divergences: Sequence[Divergence]
) -> tuple[list[Agreement], list[Agreement], Pairs | None]:
    """The first pairs that agree, the first that cannot be compared, and where there are more, their numbers."""
    sides = {one.recognition: _side(one) for one in statements}
    found: dict[bool, list[Agreement]] = {True: [], False: []}
    counts = {True: 0, False: 0}
    for decided, one, other in pair_rows(statements, divergences):
        counts[decided] += 1
        if counts[decided] <= MOST_PAIRS:
            between = [sides[one.recognition], sides[other.recognition]]
            found[decided].append(Agreement(between=between))
    more = max(counts.values()) > MOST_PAIRS
    pairs = Pairs(agreements=counts[True], undecided=counts[False]) if more else None
    return found[True], found[False], pairs


def _fit(one: Statement, other: Statement) -> bool:
    """Whether two levels are the same, or one is broader than the other (section 8)."""
    first, second = one.levels[0].id, other.levels[0].id
    return (
        first == second
        or second in _BROAD.get(first, frozenset())
        or first in _BROAD.get(second, frozenset())
    )
