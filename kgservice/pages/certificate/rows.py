"""The rows that a certificate's page shows in full: what each gives, on what condition, and what it prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kgservice.api.certificate_models import HolderCondition, PrintedRow, Recognition
from kgservice.api.context import ApiContext, Row
from kgservice.api.editions import EditionView
from kgservice.api.models import Note, Source, Thing
from kgservice.api.notices import Alternative, Rule
from kgservice.api.statements import Cover
from kgservice.api.things import Labels, gather_texts, iris, read_label
from kgservice.pages.certificate.places import Places, Region
from kgservice.pages.certificate.worth import Outcome

Facts = Mapping[str, Sequence[Row]]
_THINGS = (
    "confersTitle",
    "givesTier",
    "specialty",
    "field",
    "recognizedBy",
    "effect",
    "listsIssuer",
    "recognizes",
    "wasQuotedFrom",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table. ``rules``: those of its edition that speak of its levels, with only these lines."""

    outcome: Outcome
    region: Region
    edition: EditionView
    recognition: Recognition
    effects: tuple[Thing, ...]
    rules: tuple[Rule, ...]

    @property
    def required(self) -> tuple[Rule, ...]:
        """The rules on which the recognition itself depends."""
        return tuple(rule for rule in self.rules if rule.id == self.recognition.rule)

    @property
    def others(self) -> tuple[Rule, ...]:
        """The other rules that name its levels: for applying for a title, not for this recognition."""
        return tuple(
            rule
            for rule in self.rules
            if rule.id != self.recognition.rule and self.outcome.levels and rule.alternatives
        )


def gather_facts(context: ApiContext, rows: Iterable[Row]) -> dict[str, dict[str, list[Row]]]:
    """By recognition (IRI) and the local name of the property, the rows of the question ``recognition-facts``."""
    found: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        name = str(row["property"]).rpartition("/")[2].rpartition("#")[2]
        found.setdefault(str(row["recognition"]), {}).setdefault(name, []).append(row)
    return found


def named_in(facts: Mapping[str, Facts]) -> list[str]:
    """The things in the facts that need a label."""
    return [
        iri
        for stated in facts.values()
        for name in _THINGS
        for iri in iris(stated.get(name, ()), "value")
    ]


def make_line(
    context: ApiContext,
    outcome: Outcome,
    stated: Facts,
    places: Places,
    labels: Labels,
    covers: Mapping[str, str],
    titles: Sequence[str],
    day: date,
) -> Line:
    """One row. ``covers``: what may cover the certificate (IRI), by family or "and_above"; ``titles``: those of its
    grade where the row prints several."""
    edition = places.editions[outcome.edition]
    recognition = _recognition(
        context, outcome, stated, places, labels, covers, titles, places.in_force(edition.iri, day)
    )
    return Line(
        outcome=outcome,
        region=places.region(outcome.edition),
        edition=edition,
        recognition=recognition,
        effects=tuple(labels.things(iris(stated.get("effect", ()), "value"))),
        rules=(),
    )


def rules_for(rules: Iterable[Rule], levels: Iterable[str]) -> tuple[Rule, ...]:
    """The rules of a notice with only the lines for these levels (paths); those that print no line stay."""
    wanted = set(levels)
    found = []
    for rule in rules:
        lines: list[Alternative] = [line for line in rule.alternatives if line.level.id in wanted]
        if lines or not rule.alternatives:
            found.append(rule.model_copy(update={"alternatives": lines}))
    return tuple(found)


def _recognition(
    context: ApiContext,
    outcome: Outcome,
    stated: Facts,
    places: Places,
    labels: Labels,
    covers: Mapping[str, str],
    titles: Sequence[str],
    in_force: str,
) -> Recognition:
    def things(name: str) -> list[Thing]:
        return labels.things(iris(stated.get(name, ()), "value"))

    def one(name: str) -> str | None:
        return next((str(row["value"]) for row in stated.get(name, ())), None)

    years = next((row["value"] for row in stated.get("minYears", ())), None)
    via = next((iri for iri in iris(stated.get("recognizes", ()), "value") if iri in covers), None)
    cover = None
    if not outcome.listed and via is not None:
        kind = "family" if covers[via] == "family" else "and_above"
        cover = Cover.model_validate({"kind": kind, "via": labels.thing(via)})
    return Recognition.model_validate(
        {
            "recognition": context.path(outcome.recognition),
            "region": places.region(outcome.edition),
            "basis": "listed" if outcome.listed else "covered",
            "covered_by": cover,
            "levels": [labels.level(level) for level in outcome.levels],
            "titles": labels.things(titles) or things("confersTitle"),
            "level_mode": next((context.path(v) for v in [one("levelMode")] if v), None),
            "outcome_stated": False if len(outcome.levels) > 1 else None,
            "tiers": things("givesTier"),
            "holding_years": years if isinstance(years, int) else None,
            "printed_name": one("printedName"),
            "printed_specialty": one("printedSpecialty"),
            "source": _source(context, outcome, stated, places),
            "edition": context.path(outcome.edition),
            "in_force": in_force,
            "recognized_by": things("recognizedBy"),
            "effects": [thing.id for thing in things("effect")],
            "specialties": things("specialty"),
            "fields": things("field"),
            "holder_condition": HolderCondition(min_years=years, years_of="HoldingCertificate")
            if isinstance(years, int)
            else None,
            "rule": next((context.path(v) for v in [one("requiresRule")] if v), None),
            "grade_open_upward": True if "gradeOpenUpward" in stated else None,
            "open_family": True if "openFamily" in stated else None,
            "work_fields": gather_texts(stated.get("workField", ()), "value"),
            "next_level_requires": read_label(stated.get("nextLevelRequires", ()), "value"),
            "practice_requires": read_label(stated.get("practiceRequires", ()), "value"),
            "remark": read_label(stated.get("remark", ()), "value"),
            "printed": _printed(stated, labels),
        }
    )


def _source(context: ApiContext, outcome: Outcome, stated: Facts, places: Places) -> Source:
    edition = places.editions[outcome.edition]
    return Source(
        entry=context.path(str(stated["statedIn"][0]["value"])),
        row=str(stated["notation"][0]["value"]),
        edition=context.path(outcome.edition),
        document=edition.document_number,
        certain=bool(stated["certain"][0]["value"]),
    )


def _printed(stated: Facts, labels: Labels) -> PrintedRow:
    def printed(name: str) -> str | None:
        return next((str(row["value"]) for row in stated.get(name, ())), None)

    note = {str(row["language"]): str(row["value"]) for row in stated.get("readingNote", ())}
    return PrintedRow(
        name=str(printed("printedName")),
        original_name=printed("printedOriginalName"),
        issuer=printed("printedIssuer"),
        original_issuer=printed("printedOriginalIssuer"),
        issuer_abbreviation=printed("printedIssuerAbbreviation"),
        title=printed("printedTitle"),
        level=printed("printedLevel"),
        grade=printed("printedGrade"),
        specialty=printed("printedSpecialty"),
        country=printed("printedCountry"),
        condition=printed("printedCondition"),
        reading_note=Note.model_validate(note) if note else None,
        issuers=labels.things(iris(stated.get("listsIssuer", ()), "value")),
    )
