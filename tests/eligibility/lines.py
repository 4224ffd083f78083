"""An answer as short lines, so that whole answers can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kgservice.eligibility.answer import EditionAnswer, RegionAnswer, answer_person
from kgservice.eligibility.person import Person
from kgservice.eligibility.reasons import Reason, number

from .conftest import WholeFacts

PLACES = {
    "region/500000": "CQ",
    "region/330000": "ZJ",
    "region/320200": "WX",
    "region/110000": "BJ",
    "region/310000": "SH",
}
Lines = dict[str, str]


def answer(person: Person, facts: WholeFacts) -> list[RegionAnswer]:
    """The whole answer."""
    return answer_person(person, facts, facts.rows)


def lines_of(person: Person, facts: WholeFacts) -> Lines:
    """``"SH title C24 40" → "not_open years_of_work:10-6=4"``, for every line of the answer.

    ``≤`` marks a ceiling, ``?`` what the person did not say; of several certificates the line names its own.
    """
    found: Lines = {}
    for region in answer(person, facts):
        place = PLACES[region.region.id]
        if region.reasons:
            found[place] = _why("undecided", region.reasons)
        for edition in region.editions:
            for key, value in _edition_lines(edition, len(person.held) > 1):
                assert f"{place} {key}" not in found
                found[f"{place} {key}"] = value
    return found


def _edition_lines(answer: EditionAnswer, several: bool) -> Iterator[tuple[str, str]]:
    if answer.reasons:
        yield "edition", _why("undecided", answer.reasons)
    for title in answer.titles:
        levels = "/".join(_tail(one.level) for one in title.grants)
        mode = "≤" if title.claim.row.mode == "CeilingLevel" else ""
        which = f" {_tail(title.claim.row.certificate)}" if several else ""
        yield (
            f"title {title.claim.row.row} {mode}{levels}{which}",
            _why(title.status, title.reasons),
        )
    for level in answer.levels:
        series = _tail(level.series) if level.series else "other" if level.other_than else ""
        step = level.rule.step.lower()
        key = " ".join(part for part in (step, _tail(level.level or "none"), series) if part)
        yield f"{key} line", _why(level.line.status, level.line.reasons)
        yield key, _why(level.status, level.reasons)
    for tier in answer.benefits:
        yield f"tier {_tail(tier.tier.name.id)}", _why(tier.status, tier.reasons)
        for benefit in tier.benefits:
            yield f"benefit {_tail(benefit.benefit.name.id)}", _why(benefit.status, benefit.reasons)
    for one in answer.not_listed:
        yield f"without {_tail(one.certificate.id)}", _why("undecided", [one.reason])


def _why(status: str, reasons: Sequence[Reason]) -> str:
    return " ".join([str(status), *(_short(reason) for reason in reasons)])


def _short(reason: Reason) -> str:
    if reason.required is not None and reason.given is not None and reason.missing is not None:
        numbers = (number(one) for one in (reason.required, reason.given, reason.missing))
        return "{}:{}-{}={}".format(reason.code, *numbers)
    mark = "?" if reason.kind == "data_missing" else ""
    return f"{reason.code}{mark}"


def _tail(path: str) -> str:
    return path.rpartition("/")[2]
