"""The comparison as CSV: one line for each certificate, region and row, so that nothing is packed into a cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from kgservice.api.compare_models import Cell, CompareAnswer, Comparison
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
)


def write_csv(answer: CompareAnswer) -> str:
    """RFC 4180, with a header; several values stand with ``;`` between them."""
    names = {column.region.id: column.region.label.zh for column in answer.regions}
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for comparison in answer.certificates:
        for cell in comparison.cells:
            for line in _lines(comparison, cell):
                writer.writerow({**line, "region_name": names[cell.region]})
    return out.getvalue()


def _lines(comparison: Comparison, cell: Cell) -> Iterator[dict[str, object]]:
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
        yield {**common, **_statement(comparison, statement)}


def _statement(comparison: Comparison, statement: Statement) -> dict[str, object]:
    source = statement.source
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
        "agrees_with": ";".join(
            other
            for agreement in comparison.agreements
            for other in _others([side.id for side in agreement.between], statement.recognition)
        ),
        "diverges_from": ";".join(
            f"{divergence.kind} {other}"
            for divergence in comparison.divergences
            for other in _others([side.id for side in divergence.between], statement.recognition)
        ),
    }


def _others(pair: list[str], one: str) -> list[str]:
    return [other for other in pair if other != one] if one in pair else []


def _names(things: Sequence[Thing]) -> str:
    return _join(thing.label for thing in things)


def _join(labels: Iterable[Label]) -> str:
    return ";".join(label.zh for label in labels)
