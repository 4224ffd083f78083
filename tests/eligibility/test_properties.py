"""What must hold for anybody: more never closes, and what is not said is never taken for granted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgservice.eligibility.person import Held, Person, Regional, full_years_later, years_held
from kgservice.eligibility.status import Status, all_of, any_of

from .conftest import DAY, WholeFacts
from .lines import Lines, answer, lines_of

REGIONS = ["110000", "310000", "320200", "330000", "500000"]
MAYBE = st.none() | st.booleans()
YEARS = st.integers(0, 1600).map(lambda n: Decimal(n) / 100)
# The facts are the same for every example.
check = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def people(draw: st.DrawFn) -> Person:
    """Anybody who holds up to two certificates of the register; which ones is drawn by their place in it."""
    held = draw(st.lists(st.integers(0, 400), max_size=2, unique=True))
    since = st.none() | st.dates(date(2005, 1, 1), DAY)
    codes = "secondary-vocational college undergraduate bachelor second-bachelor master doctorate"
    degrees = st.frozensets(st.sampled_from([f"degree/{code}" for code in codes.split()]))
    return Person(
        on=DAY,
        held=tuple(Held(str(n), draw(since), place) for place, n in enumerate(held)),
        degrees=draw(st.none() | degrees),
        science_or_engineering=draw(MAYBE),
        years_of_work=draw(st.none() | YEARS),
        years_in_region=draw(
            st.none() | YEARS | st.dictionaries(st.sampled_from(REGIONS), YEARS, max_size=3)
        ),
        foreign=draw(MAYBE),
        hong_kong_macao_taiwan=draw(MAYBE),
        local_household=draw(
            MAYBE | st.dictionaries(st.sampled_from(REGIONS), st.booleans(), max_size=3)
        ),
        overseas_link=draw(MAYBE),
    )


def _known(one: Person, facts: WholeFacts) -> Person:
    """The person with the certificates that the drawn numbers stand for."""
    register = sorted(facts.certificates)
    chosen = [
        replace(h, certificate=register[int(h.certificate) % len(register)]) for h in one.held
    ]
    distinct = {h.certificate: h for h in chosen}
    return replace(one, held=tuple(replace(h, place=n) for n, h in enumerate(distinct.values())))


def _statuses(one: Person, facts: WholeFacts) -> dict[str, str]:
    return {key: value.split()[0] for key, value in _lines(one, facts).items()}


def _lines(one: Person, facts: WholeFacts) -> Lines:
    return lines_of(one, facts)


def _open(one: Person, facts: WholeFacts) -> set[str]:
    return {key for key, status in _statuses(one, facts).items() if status == "open"}


@given(people(), YEARS, YEARS, st.integers(0, 4000))
@check
def test_more_years_never_close_what_was_open(
    facts: WholeFacts, one: Person, work: Decimal, region: Decimal, days: int
) -> None:
    one = _known(one, facts)
    here = one.years_in_region
    if isinstance(here, dict):
        there: Regional = {code: years + region for code, years in here.items()}
    else:
        there = None if here is None else here + region
    longer = replace(
        one,
        years_of_work=None if one.years_of_work is None else one.years_of_work + work,
        years_in_region=there,
        held=tuple(
            replace(h, since=None if h.since is None else h.since - timedelta(days=days))
            for h in one.held
        ),
    )
    assert _open(one, facts) <= _open(longer, facts)


@given(people(), st.sampled_from(sorted(Person.__dataclass_fields__)))
@check
def test_what_is_decided_without_a_fact_stays_so_with_it(
    facts: WholeFacts, one: Person, forgotten: str
) -> None:
    one = _known(one, facts)
    if forgotten == "held":
        less = replace(one, held=tuple(replace(h, since=None) for h in one.held))
    elif forgotten == "on":
        return
    else:
        less = replace(one, **{forgotten: None})
    more = _statuses(one, facts)
    for key, status in _statuses(less, facts).items():
        if status != "undecided":
            assert more[key] == status, key


@given(people(), st.integers(0, 400))
@check
def test_another_certificate_closes_nothing(facts: WholeFacts, one: Person, number: int) -> None:
    one = _known(one, facts)
    (another,) = _known(Person(on=DAY, held=(Held(str(number)),)), facts).held
    if any(another.certificate == h.certificate for h in one.held):
        return
    two = replace(one, held=(*one.held, replace(another, place=len(one.held))))

    def shared(who: Person) -> set[str]:
        return {key for key in _open(who, facts) if " title " not in key}

    assert shared(one) <= shared(two)


@given(people())
@check
def test_another_degree_closes_nothing(facts: WholeFacts, one: Person) -> None:
    one = _known(one, facts)
    if one.degrees is not None:
        for degree in facts.degrees:
            assert _open(one, facts) <= _open(replace(one, degrees=one.degrees | {degree}), facts)


@given(people())
@check
def test_an_open_line_rests_on_a_degree_that_is_printed_and_held(
    facts: WholeFacts, one: Person
) -> None:
    one = _known(one, facts)
    for region in answer(one, facts):
        for edition in region.editions:
            for line in edition.levels:
                if line.line.status is Status.OPEN:
                    assert one.degrees is not None
                    ways = [way for way in line.line.ways if way.status is Status.OPEN]
                    assert ways and all(way.alternative.degree in one.degrees for way in ways)


@given(people())
@check
def test_every_line_that_is_not_open_says_why(facts: WholeFacts, one: Person) -> None:
    for key, value in _lines(_known(one, facts), facts).items():
        assert value == "open" or len(value.split()) > 1, key


@given(people())
@check
def test_what_a_person_is_decides_on_benefits_only(facts: WholeFacts, one: Person) -> None:
    one = _known(one, facts)
    other = replace(one, foreign=None, hong_kong_macao_taiwan=None, local_household=None)
    changed = dict(_lines(one, facts).items() ^ _lines(other, facts).items())
    assert all(" benefit " in key for key in changed)


@given(st.lists(st.sampled_from(Status)))
def test_the_logic_is_kleenes(given_: list[Status]) -> None:
    opposite = {
        Status.OPEN: Status.NOT_OPEN,
        Status.NOT_OPEN: Status.OPEN,
        Status.UNDECIDED: Status.UNDECIDED,
    }
    assert opposite[all_of(given_)] == any_of(opposite[one] for one in given_)
    assert all_of([]) is Status.OPEN and any_of([]) is Status.NOT_OPEN


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(0, 60), st.integers(0, 364))
def test_years_are_full_on_the_day(since: date, years: int, days: int) -> None:
    day = full_years_later(since, years)
    assert years_held(since, day) == years
    assert years_held(since, day - timedelta(days=1)) < years or years == 0
    assert years <= years_held(since, day + timedelta(days=days)) < years + 1
