"""What the notice of an edition states beside its rows: procedure, papers, rules of degree and years."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from kgservice.api.context import ApiContext, Row
from kgservice.api.models import Label, Model, Texts, Thing
from kgservice.api.things import Labels, gather_texts, group_by, iris, local, read_labels, read_pair


class Condition(Model):
    """One further demand of a rule."""

    min_years: int | None = None
    years_of: Annotated[str | None, Field(examples=["WorkInRegion"])] = None
    for_series: Annotated[Thing | None, Field(description="Only for titles of this series")] = None
    discipline: Label | None = None
    overseas_link: Label | None = None


class Alternative(Model):
    """One line of a rule: with this degree and these years of relevant work, this level."""

    level: Thing
    degree: Annotated[Thing, Field(description="Exactly as printed; a higher one is not implied")]
    min_years: Annotated[int, Field(description="0: the degree suffices")]
    conditions: Annotated[list[Condition], Field(description="Demands of this line alone")]


class Rule(Model):
    """A rule of degree and years: any one of its alternatives suffices, with all of its conditions."""

    id: Annotated[str, Field(examples=["rule/310000-1/3.0/1"])]
    label: Label
    step: Annotated[str, Field(description="Application, or Assessment", examples=["Assessment"])]
    none_stated: Annotated[
        bool | None, Field(description="True where the notice prints no degree and years")
    ] = None
    external_standard: Annotated[
        Label | None, Field(description="A standard that the notice points to and does not print")
    ] = None
    alternatives: list[Alternative]
    conditions: Annotated[list[Condition], Field(description="Demanded with every alternative")]


class Notice(Model):
    """What the notice of an edition states beside its rows."""

    procedure: Annotated[list[Label], Field(description="Step by step")]
    papers: Texts | None = None
    requirements: Texts | None = None
    provisions: Texts | None = None
    sanctions: Texts | None = None
    amendments: Texts | None = None
    rules: list[Rule]


@dataclass(frozen=True, slots=True)
class NoticeBoard:
    """The notices of one release, each read once: a release never changes."""

    context: ApiContext
    _read: dict[str, Notice] = field(default_factory=dict)

    async def notices(self, editions: Iterable[str]) -> Mapping[str, Notice]:
        """By edition (IRI), what its notice states."""
        wanted = list(dict.fromkeys(editions))
        missing = [edition for edition in wanted if edition not in self._read]
        if missing:
            facts, rules = await asyncio.gather(
                self.context.ask("edition-facts", edition=missing),
                self.context.ask("rules", edition=missing),
            )
            labels = await read_labels(self.context, _rule_iris(rules))
            self._read.update(_read_notices(self.context, facts, rules, labels))
        return {edition: self._read[edition] for edition in wanted if edition in self._read}


def _rule_iris(rows: Iterable[Row]) -> list[str]:
    """The things in the rows of the question ``rules`` that need a label."""
    return iris(rows, "rule", "level", "degree", "series")


def _read_notices(
    context: ApiContext, facts: Sequence[Row], rules: Sequence[Row], labels: Labels
) -> dict[str, Notice]:
    """By edition, what the questions ``edition-facts`` and ``rules`` tell."""
    notices = {}
    own_facts, own_rules = group_by(facts, "edition"), group_by(rules, "edition")
    for edition in iris([*facts, *rules], "edition"):
        own = own_facts.get(edition, [])
        by_term = group_by(own, "property")
        stated = {context.path(iri): rows for iri, rows in by_term.items()}
        told = {
            name: gather_texts(stated.get(term, ()))
            for name, term in (
                ("papers", "requiredPaper"),
                ("requirements", "basicRequirement"),
                ("provisions", "provision"),
                ("sanctions", "sanction"),
                ("amendments", "amendment"),
            )
        }
        steps: dict[int, dict[str, str]] = {}
        for row in own:
            if "step" in row:
                steps.setdefault(int(row["step"]), {})[str(row["language"])] = str(row["text"])
        notices[edition] = Notice(
            procedure=[
                Label(zh=texts["zh"], en=texts.get("en")) for _, texts in sorted(steps.items())
            ],
            rules=_read_rules(context, own_rules.get(edition, []), labels),
            **told,
        )
    return notices


def _read_rules(context: ApiContext, rows: Sequence[Row], labels: Labels) -> list[Rule]:
    found = []
    for rule, own in group_by(rows, "rule").items():
        lines = {}
        for alternative, told in group_by(own, "alternative").items():
            lines[alternative] = (told[0], _read_conditions(context, told, labels))
        each = [conditions for _, conditions in lines.values()]
        # What stands beside every line is said once.
        common = [c for c in each[0] if all(c in others for others in each)] if each else []
        none_stated = own[0].get("noneStated")
        found.append(
            Rule(
                id=context.path(rule),
                label=labels.label(rule),
                step=str(local(context, own[0], "step")),
                none_stated=none_stated if isinstance(none_stated, bool) else None,
                external_standard=read_pair(own[0], "standard"),
                alternatives=sorted(
                    (
                        Alternative(
                            level=labels.thing(str(row["level"])),
                            degree=labels.thing(str(row["degree"])),
                            min_years=int(row["minYears"]),
                            conditions=[c for c in conditions if c not in common],
                        )
                        for row, conditions in lines.values()
                    ),
                    key=lambda line: (line.level.id, line.min_years, line.degree.id),
                ),
                conditions=common,
            )
        )
    return found


def _read_conditions(context: ApiContext, rows: Sequence[Row], labels: Labels) -> list[Condition]:
    found = []
    for own in group_by(rows, "condition").values():
        years = own[0].get("conditionMinYears")
        found.append(
            Condition(
                min_years=years if isinstance(years, int) else None,
                years_of=local(context, own[0], "conditionYearsOf"),
                for_series=labels.thing(str(own[0]["series"])) if "series" in own[0] else None,
                discipline=read_pair(own[0], "discipline"),
                overseas_link=read_pair(own[0], "overseas"),
            )
        )
    return found
