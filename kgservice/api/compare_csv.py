"""The comparison as CSV: one line for each certificate, region and row, so that nothing is packed into a cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kgservice.api.compare_models import Cell, CompareAnswer, Comparison
from kgservice.api.compare_reading import pair_rows
from kgservice.api.models import Label, Thing
from kgservice.api.statements import Statement

CSV = "text/csv"
COLUMNS = (
    "certificate",
    "name_zh",
    "name_en",
    "issuers",
    "listed_in",
    "region",
    "region_name",
    "listing",
    "row",
    "edition",
    "document",
    "certain",
    "covered_by",
    "titles",
    "levels",
    "level_mode",
    "outcome_stated",
    "specialty",
    "tiers",
    "holding_years",
    "agrees_with",
    "diverges_from",
    "exemptions",
    "undecided_with",
)


def write_csv(answer: CompareAnswer) -> str:
    """RFC 4180, with a header; several values stand with ``;`` between them."""
    names = {column.region.id: column.region.label.zh for column in answer.regions}
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for comparison in answer.certificates:
        partners = _partners(comparison)
        for cell in comparison.cells:
            for line in _lines(comparison, cell, partners):
                writer.writerow({**line, "region_name": names[cell.region]})
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Partners:
    """By recognition, all the others that it agrees with, that it cannot be compared with, and that it differs from."""

    agreeing: Mapping[str, Sequence[str]]
    undecided: Mapping[str, Sequence[str]]
    diverging: Mapping[str, Sequence[str]]


def _partners(comparison: Comparison) -> _Partners:
    """From all pairs of rows: the comparison itself tells only the first that agree or are undecided."""
    paired: dict[bool, dict[str, list[str]]] = {True: {}, False: {}}
    statements = [statement for cell in comparison.cells for statement in cell.statements]
    for decided, one, other in pair_rows(statements, comparison.divergences):
        for id, partner in (
            (one.recognition, other.recognition),
            (other.recognition, one.recognition),
        ):
            paired[decided].setdefault(id, []).append(partner)
    diverging: dict[str, list[str]] = {}
    for divergence in comparison.divergences:
        one_id, other_id = (side.id for side in divergence.between)
        diverging.setdefault(one_id, []).append(f"{divergence.kind} {other_id}")
        diverging.setdefault(other_id, []).append(f"{divergence.kind} {one_id}")
    return _Partners(paired[True], paired[False], diverging)


def _lines(comparison: Comparison, cell: Cell, partners: _Partners) -> Iterator[dict[str, object]]:
    label = comparison.certificate.label
    common = {
        "certificate": comparison.certificate.id,
        "name_zh": label.zh,
        "name_en": label.en or "",
        "issuers": _join(issuer.label for issuer in comparison.issuers),
        "listed_in": comparison.listed_in,
        "region": cell.region,
        "listing": cell.listing,
        "exemptions": ";".join(cell.exemptions),
    }
    if not cell.statements:
        yield common
    for statement in cell.statements:
        yield {**common, **_statement(statement, partners)}


def _statement(statement: Statement, partners: _Partners) -> dict[str, object]:
    source, id = statement.source, statement.recognition
    return {
        "listing": statement.basis,
        "row": source.row,
        "edition": source.edition,
        "document": source.document or "",
        "certain": "yes" if source.certain else "no",
        "covered_by": statement.covered_by.via.id if statement.covered_by else "",
        "titles": _names(statement.titles),
        "levels": _names(statement.levels),
        "level_mode": statement.level_mode or "",
        "outcome_stated": "no" if statement.outcome_stated is False else "",
        "specialty": statement.printed_specialty or "",
        "tiers": _names(statement.tiers),
        "holding_years": "" if statement.holding_years is None else statement.holding_years,
        "agrees_with": ";".join(partners.agreeing.get(id, ())),
        "diverges_from": ";".join(partners.diverging.get(id, ())),
        "undecided_with": ";".join(partners.undecided.get(id, ())),
    }


def _names(things: Sequence[Thing]) -> str:
    return _join(thing.label for thing in things)


def _join(labels: Iterable[Label]) -> str:
    return ";".join(label.zh for label in labels)
