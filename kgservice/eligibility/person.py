"""What a person says of themselves. ``None`` is "not said", and never taken for a no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate that the person holds; ``place`` is where it stands in the list."""

    certificate: str
    since: date | None = None
    place: int = 0


# Numbers and answers that may differ from region to region: one for all, or one per region (by its code).
Regional = Decimal | Mapping[str, Decimal] | None
RegionalAnswer = bool | Mapping[str, bool] | None


@dataclass(frozen=True, slots=True)
class Person:
    """The data of one person, on one day. The given degrees are all that there are; none given at all is unknown."""

    on: date
    held: tuple[Held, ...] = ()
    degrees: frozenset[str] | None = None
    science_or_engineering: bool | None = None
    years_of_work: Decimal | None = None
    years_in_region: Regional = None
    foreign: bool | None = None
    hong_kong_macao_taiwan: bool | None = None
    local_household: RegionalAnswer = None
    overseas_link: bool | None = None

    def __repr__(self) -> str:
        """No data: a person must not get into a log by accident."""
        return "Person(…)"

    def years_in(self, code: str) -> Decimal | None:
        """The years of work in a region, by its code; unknown where only others are given."""
        given = self.years_in_region
        return given.get(code) if isinstance(given, Mapping) else given

    def is_local(self, code: str) -> bool | None:
        """Whether the person's household is registered in a region."""
        given = self.local_household
        return given.get(code) if isinstance(given, Mapping) else given


def full_years_later(day: date, years: int) -> date:
    """The day on which so many years are full; from 29 February it is 1 March, where there is no 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def years_held(since: date, on: date) -> Decimal:
    """Years from one day to another: the full ones, and of the year begun so much in hundredths, rounded down."""
    full = on.year - since.year
    if full_years_later(since, full) > on:
        full -= 1
    last, following = full_years_later(since, full), full_years_later(since, full + 1)
    part = Decimal((on - last) / timedelta(days=1)) / Decimal((following - last).days)
    return full + part.quantize(Decimal("0.01"), ROUND_FLOOR)
