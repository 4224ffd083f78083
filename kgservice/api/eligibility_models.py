"""The answer to an eligibility request, as it is described in the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kgservice.api.models import Edition, Model, Source, Thing

Status = Annotated[
    Literal["open", "not_open", "undecided"],
    Field(
        description="open: every condition that is printed and that the person was asked about is met; what stands in "
        "subject_to, requires, procedure and requirements still applies. not_open: some condition fails. undecided: "
        "the notice does not say, or the person's data are missing; the reasons tell which"
    ),
]
SingleFailing = Annotated[
    str | None,
    Field(
        description="The code of the one condition that fails, where just one does",
        examples=["years_of_work"],
    ),
]
Years = Annotated[int | float | None, Field(description="In years", examples=[4])]


class Reason(Model):
    """Why: a stable code, what kind of reason it is, and a sentence in both languages."""

    code: Annotated[
        str, Field(description="Stable; see docs/api-eligibility.md", examples=["years_of_work"])
    ]
    kind: Annotated[
        Literal["met", "fails", "data_missing", "not_stated", "subject_to"],
        Field(
            description="met; fails; data_missing: the person did not say; not_stated: the notice does not say; "
            "subject_to: to be read with an open line"
        ),
    ]
    zh: Annotated[str, Field(examples=["相关工作须满10年；现有6年，差4年"])]
    en: Annotated[
        str,
        Field(examples=["10 years of relevant work are asked for; 6 years given, 4 years short"]),
    ]
    parameter: Annotated[
        str | None, Field(description="The datum of the request", examples=["years_of_work"])
    ] = None
    required: Years = None
    given: Years = None
    missing: Years = None
    met_from: Annotated[
        str | None,
        Field(description="The day from which it is met by itself", examples=["2032-11-20"]),
    ] = None
    degrees: Annotated[
        list[Thing] | None, Field(description="The degrees that are printed, exactly as printed")
    ] = None


class RuleSource(Model):
    """The rule that a line rests on."""

    rule: Annotated[str, Field(examples=["rule/310000-1/3.0/1"])]
    label: Annotated[dict[str, str], Field(examples=[{"zh": "C类考核认定职称的学历、资历条件"}])]
    step: Annotated[str, Field(examples=["Assessment"])]
    edition: Annotated[str, Field(examples=["edition/310000-1/3.0"])]
    document: Annotated[
        str | None,
        Field(description="Absent where it prints no number", examples=["沪人社专[2025]298号"]),
    ] = None


class Alternative(Model):
    """One way to meet the rule, condition by condition: only those whose degree is held or not said."""

    alternative: Annotated[str, Field(examples=["alternative/310000-1/3.0/1-14"])]
    degree: Thing
    status: Status
    conditions: list[Reason]


class TitleLine(Model):
    """What one row gives for one certificate."""

    certificate: Thing
    basis: Annotated[
        Literal["listed", "covered", "member"],
        Field(
            description="listed on the row; covered: derived from a listed family or “and above”; member: the row lists "
            "one member of the family that was given"
        ),
    ]
    levels: Annotated[
        list[Thing], Field(description="Several only where the row cannot be read per grade")
    ]
    titles: Annotated[
        list[Thing], Field(description="Empty where the row prints a level and no series")
    ]
    grade: Annotated[Thing | None, Field(description="The grade whose outcome this is")] = None
    mode: Annotated[str | None, Field(examples=["CeilingLevel"])] = None
    effects: list[str]
    status: Status
    reasons: list[Reason]
    single_failing: SingleFailing = None
    subject_to: list[Reason]
    governed_by: Annotated[
        RuleSource | None, Field(description="Absent where no rule stands before this recognition")
    ] = None
    alternatives: list[Alternative]
    source: Source


class RuleLine(Model):
    """Degree, years and what else the rule itself asks, without regard to the certificate."""

    status: Status
    reasons: list[Reason]
    single_failing: SingleFailing = None


class LevelFooting(Model):
    """A row that the person stands on when asking for the level."""

    certificate: Thing
    level: Thing
    relation: Annotated[
        Literal["same", "lower", "next", "higher"],
        Field(description="How the level asked for stands to the row's"),
    ]
    status: Status
    reasons: list[Reason]
    source: Source


class LevelLine(Model):
    """A level that a rule opens for application or assessment."""

    level: Annotated[
        Thing | None, Field(description="Absent where the rule prints no line at all")
    ] = None
    step: Annotated[str, Field(examples=["Application"])]
    series: Annotated[Thing | None, Field(description="Only for titles of this series")] = None
    other_than: Annotated[list[Thing], Field(description="For titles of every series but these")]
    line: RuleLine
    status: Status
    reasons: list[Reason]
    single_failing: SingleFailing = None
    printed_degrees: list[Thing]
    alternatives: list[Alternative]
    rows: list[LevelFooting]
    subject_to: list[Reason]
    source: RuleSource


class Sentences(Model):
    """Sentences of a notice; the two languages are separate lists."""

    zh: list[str]
    en: list[str]


class BenefitLine(Model):
    """One benefit, for this person."""

    benefit: Thing
    kind: Annotated[str, Field(examples=["Visa"])]
    force: Annotated[str, Field(examples=["May"])]
    status: Status
    reasons: list[Reason]
    single_failing: SingleFailing = None
    holders: Annotated[list[str], Field(description="For any of these; empty: for everyone")]
    waives: list[str]
    max_duration: Annotated[str | None, Field(examples=["P5Y"])] = None
    max_age: Annotated[int | None, Field(examples=[70])] = None
    requires: Annotated[Sentences, Field(description="Demanded beside; not judged here")]


class TierFooting(Model):
    """A row that gives the tier, or one that includes it."""

    certificate: Thing
    tier: Annotated[str, Field(description="The tier that the row gives")]
    status: Status
    reasons: list[Reason]
    source: Source


class TierLine(Model):
    """A tier of benefits, and each benefit in it."""

    tier: Thing
    status: Status
    reasons: list[Reason]
    single_failing: SingleFailing = None
    rows: list[TierFooting]
    benefits: list[BenefitLine]


class NotListed(Model):
    """A certificate that no row of the edition lists. That never means that it is not recognised."""

    certificate: Thing
    reason: Reason


class EditionAnswer(Model):
    """One edition that is in force on the day, or may be."""

    edition: Edition
    document: str | None = None
    complete: Annotated[
        bool, Field(description="False where the edition's contents are not in these data")
    ]
    titles: list[TitleLine]
    levels: list[LevelLine]
    benefits: list[TierLine]
    not_listed: list[NotListed]
    reasons: list[Reason]
    procedure: Sentences
    requirements: Annotated[Sentences, Field(description="Basic requirements; not judged here")]
    provisions: Sentences


class RegionAnswer(Model):
    """One region."""

    region: Thing
    editions: list[EditionAnswer]
    reasons: Annotated[list[Reason], Field(description="Why there is no edition")]


class EligibilityAnswer(Model):
    """What is open to the person on the day, region by region."""

    release: str
    on: Annotated[str, Field(examples=["2025-11-20"])]
    total: Annotated[
        int, Field(description="Regions asked for; `regions` holds one page of them", examples=[5])
    ]
    offset: Annotated[int, Field(description="After so many regions the page begins", examples=[0])]
    regions: Annotated[list[RegionAnswer], Field(description="In the order of their codes")]
