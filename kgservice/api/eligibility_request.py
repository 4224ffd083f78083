"""What a person may say of themselves in a request, and how it becomes a :class:`~kgservice.eligibility.person.Person`."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from kgservice.api.eligibility_fields import (
    MOST_ON_PAGE,
    Answer,
    AnswerByRegion,
    Codes,
    Day,
    Discipline,
    Limit,
    Offset,
    YearsByRegion,
    YearsOrNothing,
)
from kgservice.api.errors import UnknownId
from kgservice.eligibility.facts import Facts
from kgservice.eligibility.person import Held, Person
from kgservice.eligibility.values import (
    MOST_CERTIFICATES,
    UnknownCertificate,
    ValueFault,
    find_by_name,
    find_certificate,
    read_degree,
    read_region,
)
from kgservice.sparql.request import ParameterError

Value = TypeVar("Value", Decimal, bool)
# The notices count days of the Chinese calendar, wherever the service runs.
CHINA = datetime.timezone(datetime.timedelta(hours=8))


def today() -> datetime.date:
    """The day in China."""
    return datetime.datetime.now(CHINA).date()


class HeldCertificate(BaseModel):
    """A certificate that the person holds: by its id, or by a name that belongs to one certificate only."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[
        str | None,
        Field(max_length=200, description="c00085, certificate/c00085", examples=["c00085"]),
    ] = None
    name: Annotated[str | None, Field(max_length=400, examples=["MRICS"])] = None
    held_since: Annotated[Day, Field(description="The day from which it is held")] = None


class EligibilityRequest(BaseModel):
    """One person. What is left out, null or "unknown" is unknown; nothing of it is stored or logged."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "certificates": [{"id": "c00085", "held_since": "2019-06-01"}],
                    "degrees": ["bachelor"],
                    "discipline": {"science_or_engineering": True},
                    "years_of_work": 6,
                    "years_in_region": {"310000": 1},
                    "overseas_link": True,
                    "on": "2025-11-20",
                }
            ]
        },
    )

    certificates: Annotated[
        list[HeldCertificate],
        Field(max_length=MOST_CERTIFICATES, description="All that the person holds; may be empty"),
    ]
    degrees: Annotated[
        list[Annotated[str, Field(max_length=100)]] | None,
        Field(
            max_length=20,
            description="Codes of all degrees held: secondary-vocational, college, undergraduate (本科学历), bachelor "
            "(学士学位), second-bachelor, master, doctorate. An empty list: none. Absent: unknown",
            examples=[["undergraduate", "bachelor"]],
        ),
    ] = None
    discipline: Annotated[
        Discipline,
        Field(
            description="Whether it is in science or engineering (理工科); a text counts as unknown"
        ),
    ] = None
    years_of_work: Annotated[YearsOrNothing, Field(description="Years of relevant work")] = None
    years_in_region: Annotated[
        YearsByRegion,
        Field(
            description="Years of relevant work in a region, by its code; or one number for every region"
        ),
    ] = None
    foreign: Annotated[Answer, Field(description="Of a foreign nationality")] = None
    hong_kong_macao_taiwan: Annotated[
        Answer, Field(description="From Hong Kong, Macao or Taiwan")
    ] = None
    local_household: Annotated[
        AnswerByRegion,
        Field(
            description="Household registered in a region, by its code; or one answer for every region"
        ),
    ] = None
    overseas_link: Annotated[
        Answer, Field(description="Relevant overseas experience, or relevant overseas business")
    ] = None
    on: Annotated[Day, Field(description="As of this day; absent: today in China")] = None
    regions: Annotated[
        Codes,
        Field(
            description="Codes of the regions to answer for; none, null or absent: every region with a directory",
            examples=[["310000", "500000"]],
        ),
    ] = []
    limit: Annotated[
        Limit,
        Field(description="Regions in one answer; `total` of the answer says how many there are"),
    ] = MOST_ON_PAGE
    offset: Annotated[
        Offset, Field(description="Regions passed over, in the order of their codes")
    ] = 0


def read_regions(given: Sequence[str], facts: Facts) -> Sequence[str]:
    """The paths of the regions that are asked for, in the order of their codes.

    Raises:
        ParameterError: a region has no directory; the error names the parameter.
    """
    codes = set()
    for place, one in enumerate(given):
        try:
            codes.add(read_region(one, facts))
        except ValueFault as fault:
            raise fault_at(f"regions.{place}", ValueFault(fault.en, fault.zh)) from None
    return [facts.codes[code] for code in sorted(codes)] if codes else facts.regions


def read_person(request: EligibilityRequest, facts: Facts, shorten: Callable[[str], str]) -> Person:
    """The person of a request; ``shorten`` makes a path of an IRI.

    Raises:
        UnknownId: no such certificate; the error names the parameter.
        ParameterError: a degree, a region or a name that does not fit; the error names the parameter.
    """
    return Person(
        on=request.on or today(),
        held=tuple(_read_held(request.certificates, facts, shorten)),
        degrees=_read_degrees(request.degrees, facts),
        science_or_engineering=request.discipline,
        years_of_work=request.years_of_work,
        years_in_region=_regions(request.years_in_region, "years_in_region", facts),
        foreign=request.foreign,
        hong_kong_macao_taiwan=request.hong_kong_macao_taiwan,
        local_household=_regions(request.local_household, "local_household", facts),
        overseas_link=request.overseas_link,
    )


def fault_at(parameter: str, fault: ValueFault) -> UnknownId | ParameterError:
    """A value that cannot be taken, as the error of a parameter."""
    if isinstance(fault, UnknownCertificate):
        return UnknownId(parameter, fault.value)
    name = f"{parameter}.{fault.part}" if fault.part else parameter
    return ParameterError(name, f"Parameter '{name}' {fault.en}.", f"参数“{name}”{fault.zh}。")


def _read_held(
    given: list[HeldCertificate], facts: Facts, shorten: Callable[[str], str]
) -> list[Held]:
    found: list[Held] = []
    for place, one in enumerate(given):
        where = f"certificates.{place}"
        if (one.id is None) == (one.name is None):
            raise fault_at(
                where, ValueFault("must have either id or name", "须给出 id 或 name 之一")
            )
        try:
            if one.id is not None:
                path = find_certificate(shorten(one.id), facts)
            else:
                path = find_by_name(one.name or "", facts)
        except ValueFault as fault:
            raise fault_at(f"{where}.{'id' if one.id is not None else 'name'}", fault) from None
        if any(path == other.certificate for other in found):
            again = ValueFault(f"is {path}, which is given already", f"为 {path}，已给出过")
            raise fault_at(where, again)
        found.append(Held(path, one.held_since, place))
    return found


def _read_degrees(given: list[str] | None, facts: Facts) -> frozenset[str] | None:
    if given is None:
        return None
    degrees = set()
    for place, one in enumerate(given):
        try:
            degrees.add(read_degree(one, facts))
        except ValueFault as fault:
            raise fault_at(f"degrees.{place}", fault) from None
    return frozenset(degrees)


def _regions(
    given: Value | dict[str, Value] | None, parameter: str, facts: Facts
) -> Value | dict[str, Value] | None:
    if not isinstance(given, dict):
        return given
    try:
        return {read_region(region, facts): value for region, value in given.items()}
    except ValueFault as fault:
        raise fault_at(parameter, fault) from None
