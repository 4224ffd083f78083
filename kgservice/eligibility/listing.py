"""Reads what the rows give: titles and tiers, certificate by certificate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from kgservice.eligibility.facts import Basis, Benefit, Grant, Named, Row, Texts, Tier
from kgservice.eligibility.records import (
    Record,
    distinct,
    group,
    named,
    number_of,
    text_of,
    text_or_none,
)

BASES: Mapping[str, Basis] = {"listed": "listed", "covered": "covered", "member": "member"}


def read_rows(records: Sequence[Record]) -> dict[str, tuple[Row, ...]]:
    """The rows of one certificate by edition; where it stands on a row in two ways, the row is there twice."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for found in group(records, "recognition", "basis").values():
        row = _row(found)
        rows[row.edition].append(row)
    return {edition: tuple(found) for edition, found in rows.items()}


def _row(records: Sequence[Record]) -> Row:
    one = records[0]
    printed = tuple(
        dict.fromkeys(
            Grant(text_of(each, "level"), text_or_none(each, "title"), text_or_none(each, "series"))
            for each in records
            if "level" in each
        )
    )
    own = tuple(
        dict.fromkeys(
            Grant(
                text_of(each, "ownLevel"),
                text_or_none(each, "ownTitle"),
                text_or_none(each, "ownSeries"),
                text_or_none(each, "grade"),
            )
            for each in records
            if "ownLevel" in each
        )
    )
    return Row(
        certificate=text_of(one, "certificate"),
        basis=BASES[text_of(one, "basis")],
        recognition=text_of(one, "recognition"),
        edition=text_of(one, "edition"),
        entry=text_of(one, "entry"),
        row=text_of(one, "row"),
        certain=bool(one["certain"]),
        mode=text_or_none(one, "mode"),
        effects=tuple(str(one.get("effects", "")).split()),
        rule=text_or_none(one, "rule"),
        tier=text_or_none(one, "tier"),
        grants=own or printed,
        readable=bool(own) or len(printed) <= 1,
        holding_years=max(
            (int(each["holdingYears"]) for each in records if "holdingYears" in each), default=None
        ),
    )


def read_tiers(records: Iterable[Record], names: Iterable[Record]) -> dict[str, Tier]:
    """The tiers, each with its own benefits and the tiers that it includes."""
    labels = {text_of(one, "thing"): named(one, "thing") for one in names}
    tiers = {}
    for (tier,), found in group(records, "tier").items():
        own = [one for one in found if one["grantingTier"] == tier]
        tiers[str(tier)] = Tier(
            name=labels.get(str(tier)) or Named(str(tier), str(tier)),
            edition=text_of(found[0], "edition"),
            includes=distinct(found, "grantingTier"),
            benefits=tuple(_benefit(group) for _, group in group(own, "benefit").items()),
        )
    return tiers


def _benefit(records: Sequence[Record]) -> Benefit:
    one = records[0]

    def demands(language: str) -> tuple[str, ...]:
        return distinct(
            (each for each in records if each.get("requiresLanguage") == language), "requires"
        )

    return Benefit(
        name=named(one, "benefit"),
        kind=text_of(one, "kind"),
        force=text_of(one, "force"),
        max_duration=text_or_none(one, "maxDuration"),
        max_age=number_of(one, "maxAge"),
        waives=distinct(records, "waived"),
        holders=distinct(records, "holder"),
        requires=Texts(demands("zh"), demands("en")),
    )
