"""What a notice states as facts: the form of ``edition.toml``.

A fact that the notice does not print is absent; nothing has a default that would claim one.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Step = Literal["Application", "Assessment"]
YearsOf = Literal["RelevantWork", "HoldingCertificate", "WorkInRegion"]
Effect = Literal[
    "RecognitionOnRecord",
    "RecognitionByComparison",
    "Correspondence",
    "DirectAssessment",
    "BenefitOnly",
    "CountsForNextLevel",
    "OverseasExperienceCounts",
    "NoNewPaper",
    "ElectronicCertificate",
]
BenefitKind = Literal[
    "Visa",
    "ResidencePermit",
    "WorkPermitClass",
    "Points",
    "TalentResidencePermit",
    "PermanentResidence",
    "TalentIntroduction",
    "ExperienceCounts",
    "Entrepreneurship",
    "OtherSupport",
]
ExemptionKind = Literal[
    "CourseExemption", "ExaminationExemption", "DirectApplication", "EntryRequirementMet"
]


class Facts(BaseModel):
    """A table of ``edition.toml``; a key that the form does not know is a fault, never passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Facts):
    """One statement in our own words, in Chinese and in English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class CitedDocument(Facts):
    """Another document that the notice names. ``edition`` is set where it carried an edition of this directory."""

    code: str
    number: str | None = None
    label: Text
    edition: str | None = None
    in_force_until: datetime.date | None = None


class Document(Facts):
    """The notice itself."""

    code: str
    number: str | None = None
    label: Text
    date: datetime.date | None = None
    first_date_entry_in_force: datetime.date | None = None
    passed_by: tuple[str, ...] = ()
    repeals: tuple[CitedDocument, ...] = ()
    based_on: tuple[CitedDocument, ...] = ()


class Section(Facts):
    """A list inside the table. ``kind`` says what its rows are: recognitions, or exemptions only (Shanghai D)."""

    id: str
    label: Text
    kind: Literal["recognition", "exemption"] = "recognition"
    printed_total: int | None = None
    effects: tuple[Effect, ...] | None = None
    recognized_by: tuple[str, ...] | None = None
    tier: str | None = None
    rule: str | None = None


class Alternative(Facts):
    """One line of an eligibility rule: this degree with this many years opens this level."""

    level: str
    degree: str
    min_years: int = Field(ge=0)


class Condition(Facts):
    """A further demand that stands beside every alternative of its rule."""

    min_years: int | None = Field(default=None, ge=0)
    years_of: YearsOf | None = None
    discipline: Text | None = None
    for_series: str | None = None
    overseas_link: Text | None = None


class Rule(Facts):
    """Who may take a step. ``none_stated`` where the notice prints no line of degrees and years."""

    id: str
    step: Step
    label: Text
    none_stated: bool = False
    external_standard: Text | None = None
    alternative: tuple[Alternative, ...] = ()
    condition: tuple[Condition, ...] = ()

    @model_validator(mode="after")
    def _has_alternatives_or_says_none(self) -> Rule:
        if self.none_stated == bool(self.alternative):
            raise ValueError(
                "a rule has [[rule.alternative]] lines, or none_stated = true, not both"
            )
        return self


class Benefit(Facts):
    """One benefit of a tier; ``id`` is the number of the printed point, ``-2`` … for a second one in it."""

    id: str
    label: Text
    kind: BenefitKind
    force: Literal["Right", "May", "Encouraged"]
    max_duration: str | None = Field(default=None, pattern=r"^P\d+Y$")
    max_age: int | None = None
    waives: tuple[Literal["EducationLimit", "AgeLimit", "ExperienceLimit"], ...] = ()
    for_holder: tuple[
        Literal["ForeignNational", "HongKongMacaoTaiwan", "NoLocalHousehold"], ...
    ] = ()
    requires: tuple[Text, ...] = ()


class Tier(Facts):
    """A class of benefits and the tiers that it includes."""

    id: str
    label: Text
    includes: tuple[str, ...] = ()
    requires: tuple[Text, ...] = ()
    benefit: tuple[Benefit, ...]


class Exemption(Facts):
    """A Chinese title or qualification shortens the way to an overseas certificate.

    ``entry`` is the row that states it (``D2``, ``2-7``), ``n`` counts the exemptions of one row, ``origins`` (in the
    file: ``from``) are ``title:05-40`` or ``qualification:q0001``; any one of them suffices. ``certificates`` is given
    only where the row lists several and the exemption is about some of them.
    """

    entry: str
    n: int = 1
    label: Text
    origins: tuple[str, ...] = Field(alias="from", min_length=1)
    kinds: tuple[ExemptionKind, ...] = Field(min_length=1)
    count: int | None = None
    count_mode: Literal["Exactly", "AtMost"] | None = None
    remaining: int | None = None
    remaining_subject: Text | None = None
    requires: tuple[Text, ...] = ()
    earned_before: datetime.date | None = None
    earned_after: datetime.date | None = None
    certificates: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _count_has_mode(self) -> Exemption:
        if (self.count is None) != (self.count_mode is None):
            raise ValueError("count and count_mode go together")
        return self


class Remark(Facts):
    """What a row prints beside its columns, in our own words."""

    entry: str
    work_field: tuple[str, ...] = ()
    next_level_requires: Text | None = None
    practice_requires: Text | None = None
    open_family: bool = False
    note: Text | None = None


class EditionFacts(Facts):
    """The whole of ``edition.toml``."""

    directory: str = Field(pattern=r"^\d{6}-\d+$")
    edition: str = Field(pattern=r"^[^/\s.][^/\s]*$")  # it is a part of IRIs and of file names
    region: str
    label: Text
    directory_label: Text
    scope: Text | None = None
    in_force_from: datetime.date | None = None
    in_force_until: datetime.date | None = None
    start_printed: bool | None = None
    complete: bool
    level_mode: Literal["ExactLevel", "CeilingLevel"]
    recognized_by: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    mandate_levels: tuple[str, ...] = ()
    printed_total: int | None = None
    document: Document
    section: tuple[Section, ...] = ()
    rule: tuple[Rule, ...] = ()
    procedure: tuple[Text, ...] = ()
    paper: tuple[Text, ...] = ()
    requirement: tuple[Text, ...] = ()
    sanction: tuple[Text, ...] = ()
    amendment: tuple[Text, ...] = ()
    provision: tuple[Text, ...] = ()
    tier: tuple[Tier, ...] = ()
    exemption: tuple[Exemption, ...] = ()
    remark: tuple[Remark, ...] = ()

    @property
    def key(self) -> str:
        """``500000-1/2023``: the edition's part of every IRI from the document."""
        return f"{self.directory}/{self.edition}"

    @property
    def sections(self) -> Mapping[str, int | None]:
        """The lists of the table with their printed totals; one list without a name where there are none."""
        if not self.section:
            return {"": self.printed_total}
        return {section.id: section.printed_total for section in self.section}

    def section_of(self, section: str) -> Section | None:
        """The facts of one list, if the table has lists."""
        return next((found for found in self.section if found.id == section), None)

    def is_recognition(self, section: str) -> bool:
        """Whether the rows of this list are recognitions; those of Shanghai D are exemptions only."""
        found = self.section_of(section)
        return found is None or found.kind == "recognition"

    def effects_of(self, section: str) -> tuple[Effect, ...]:
        """What being listed does in this list."""
        found = self.section_of(section)
        return self.effects if found is None or found.effects is None else found.effects

    def recognized_by_in(self, section: str) -> tuple[str, ...]:
        """Who recognises in this list; empty where the source does not say."""
        found = self.section_of(section)
        if found is None or found.recognized_by is None:
            return self.recognized_by
        return found.recognized_by

    def remark_on(self, tail: str) -> Remark | None:
        """The remark on one row, by the end of its entry's IRI."""
        return next((remark for remark in self.remark if remark.entry == tail), None)

    def references(self) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
        """Every pointer into a register: path in the file, register, id."""
        yield ("region",), "regions", self.region
        yield from _each(("recognized_by",), "authorities", self.recognized_by)
        yield from _each(("mandate_levels",), "title-levels", self.mandate_levels)
        yield from _each(("document", "passed_by"), "authorities", self.document.passed_by)
        for i, section in enumerate(self.section):
            yield from _each(
                ("section", i, "recognized_by"), "authorities", section.recognized_by or ()
            )
        for i, rule in enumerate(self.rule):
            for j, alternative in enumerate(rule.alternative):
                path = ("rule", i, "alternative", j)
                yield (*path, "level"), "title-levels", alternative.level
                yield (*path, "degree"), "degrees", alternative.degree
            for j, condition in enumerate(rule.condition):
                if condition.for_series:
                    yield (
                        ("rule", i, "condition", j, "for_series"),
                        "title-series",
                        condition.for_series,
                    )
        for i, exemption in enumerate(self.exemption):
            for origin in exemption.origins:
                kind, _, key = origin.partition(":")
                yield ("exemption", i, "from"), f"{kind}s", key
            yield from _each(
                ("exemption", i, "certificates"), "certificates", exemption.certificates
            )


def _each(
    path: tuple[str | int, ...], register: str, keys: tuple[str, ...]
) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    for key in keys:
        yield path, register, key
