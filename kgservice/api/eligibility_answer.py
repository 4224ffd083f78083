"""Writes the answer of :mod:`kgservice.eligibility` as JSON models."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from kgservice.api import eligibility_models as models
from kgservice.api.context import ApiContext
from kgservice.api.models import Edition, Label, Source, Thing
from kgservice.eligibility import facts as known
from kgservice.eligibility.answer import EditionAnswer, RegionAnswer
from kgservice.eligibility.benefits import BenefitLine, TierLine
from kgservice.eligibility.reasons import Reason, single_failing
from kgservice.eligibility.rules import Way
from kgservice.eligibility.steps import LevelLine
from kgservice.eligibility.titles import Claim, TitleLine


class AnswerWriter:
    """Turns lines into models; needs the facts for labels and the context for IRIs."""

    def __init__(self, context: ApiContext, facts: known.Facts) -> None:
        self._context = context
        self._facts = facts
        self._editions = {edition.name.id: edition for edition in facts.editions}
        self._things: dict[known.Named, Thing] = {}

    def write(
        self, on: date, regions: Sequence[RegionAnswer], *, total: int, offset: int = 0
    ) -> models.EligibilityAnswer:
        """An answer of these regions, which come after the first ``offset`` of ``total``."""
        return models.EligibilityAnswer(
            release=self._context.release.id,
            on=on.isoformat(),
            total=total,
            offset=offset,
            regions=[
                models.RegionAnswer(
                    region=self._thing(region.region),
                    editions=[self._edition(edition) for edition in region.editions],
                    reasons=self._reasons(region.reasons),
                )
                for region in regions
            ],
        )

    def _edition(self, answer: EditionAnswer) -> models.EditionAnswer:
        edition = answer.edition
        return models.EditionAnswer(
            edition=Edition(
                **self._thing(edition.name).model_dump(),
                directory=edition.directory,
                version=edition.version,
                region=self._named(edition.region),
                in_force_from=_day(edition.starts),
                in_force_until=_day(edition.ends),
                start_printed=edition.start_printed,
                in_force=answer.in_force,
                scope=Label(zh=edition.scope.zh, en=edition.scope.en) if edition.scope else None,
            ),
            document=edition.document,
            complete=edition.complete,
            titles=[self._title(line) for line in answer.titles],
            levels=[self._level(line) for line in answer.levels],
            benefits=[self._tier(line) for line in answer.benefits],
            not_listed=[
                models.NotListed(
                    certificate=self._thing(one.certificate), reason=self._reason(one.reason)
                )
                for one in answer.not_listed
            ],
            reasons=self._reasons(answer.reasons),
            procedure=_sentences(edition.procedure),
            requirements=_sentences(edition.requirements),
            provisions=_sentences(edition.provisions),
        )

    def _title(self, line: TitleLine) -> models.TitleLine:
        row = line.claim.row
        grade = line.grants[0].grade if len(line.grants) == 1 else None
        return models.TitleLine(
            certificate=self._named(row.certificate),
            basis=row.basis,
            levels=[self._named(one.level) for one in line.grants],
            titles=[self._named(one.title) for one in line.grants if one.title],
            grade=self._named(grade) if grade else None,
            mode=row.mode,
            effects=list(row.effects),
            status=line.status.value,
            reasons=self._reasons(line.reasons),
            single_failing=single_failing(line.status, line.reasons),
            subject_to=self._reasons(line.subject_to),
            governed_by=self._rule(line.rule) if line.rule else None,
            alternatives=self._ways(line.line.ways if line.line else ()),
            source=self._source(line.claim),
        )

    def _level(self, line: LevelLine) -> models.LevelLine:
        return models.LevelLine(
            level=self._named(line.level) if line.level else None,
            step=line.rule.step,
            series=self._named(line.series) if line.series else None,
            other_than=[self._named(one) for one in line.other_than],
            line=models.RuleLine(
                status=line.line.status.value,
                reasons=self._reasons(line.line.reasons),
                single_failing=single_failing(line.line.status, line.line.reasons),
            ),
            status=line.status.value,
            reasons=self._reasons(line.reasons),
            single_failing=single_failing(line.status, line.reasons),
            printed_degrees=[self._thing(one) for one in line.printed_degrees],
            alternatives=self._ways(line.line.ways),
            rows=[
                models.LevelFooting(
                    certificate=self._named(one.claim.row.certificate),
                    level=self._named(one.grant.level),
                    relation=one.relation,
                    status=one.status.value,
                    reasons=self._reasons(one.reasons),
                    source=self._source(one.claim),
                )
                for one in line.footings
            ],
            subject_to=self._reasons(line.subject_to),
            source=self._rule(line.rule),
        )

    def _tier(self, line: TierLine) -> models.TierLine:
        return models.TierLine(
            tier=self._thing(line.tier.name),
            status=line.status.value,
            reasons=self._reasons(line.reasons),
            single_failing=single_failing(line.status, line.reasons),
            rows=[
                models.TierFooting(
                    certificate=self._named(one.claim.row.certificate),
                    tier=one.tier,
                    status=one.status.value,
                    reasons=self._reasons(one.reasons),
                    source=self._source(one.claim),
                )
                for one in line.footings
            ],
            benefits=[self._benefit(one) for one in line.benefits],
        )

    def _benefit(self, line: BenefitLine) -> models.BenefitLine:
        benefit = line.benefit
        return models.BenefitLine(
            benefit=self._thing(benefit.name),
            kind=benefit.kind,
            force=benefit.force,
            status=line.status.value,
            reasons=self._reasons(line.reasons),
            single_failing=single_failing(line.status, line.reasons),
            holders=list(benefit.holders),
            waives=list(benefit.waives),
            max_duration=benefit.max_duration,
            max_age=benefit.max_age,
            requires=_sentences(benefit.requires),
        )

    def _ways(self, ways: Sequence[Way]) -> list[models.Alternative]:
        return [
            models.Alternative(
                alternative=way.alternative.id,
                degree=self._named(way.alternative.degree),
                status=way.status.value,
                conditions=self._reasons(way.conditions),
            )
            for way in ways
        ]

    def _reasons(self, reasons: Sequence[Reason]) -> list[models.Reason]:
        return [self._reason(one) for one in reasons]

    def _reason(self, reason: Reason) -> models.Reason:
        return models.Reason(
            code=reason.code,
            kind=reason.kind,
            zh=reason.zh,
            en=reason.en,
            parameter=reason.parameter,
            required=_years(reason.required),
            given=_years(reason.given),
            missing=_years(reason.missing),
            met_from=_day(reason.met_from),
            degrees=[self._thing(one) for one in reason.degrees] or None,
        )

    def _rule(self, rule: known.Rule) -> models.RuleSource:
        name = rule.name
        return models.RuleSource(
            rule=name.id,
            label={"zh": name.zh} | ({"en": name.en} if name.en else {}),
            step=rule.step,
            edition=rule.edition,
            document=self._editions[rule.edition].document,
        )

    def _source(self, claim: Claim) -> Source:
        row = claim.row
        return Source(
            entry=row.entry,
            row=row.row,
            edition=row.edition,
            document=self._editions[row.edition].document,
            certain=row.certain,
        )

    def _named(self, thing: str) -> Thing:
        return self._thing(self._facts.name(thing))

    def _thing(self, name: known.Named) -> Thing:
        thing = self._things.get(name)
        if thing is None:
            label = Label(zh=name.zh, en=name.en)
            thing = Thing(id=name.id, iri=self._context.iri(name.id), label=label)
            self._things[name] = thing
        return thing


def _years(years: Decimal | None) -> int | float | None:
    if years is None:
        return None
    return int(years) if years == int(years) else float(years)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _sentences(texts: known.Texts) -> models.Sentences:
    return models.Sentences(zh=list(texts.zh), en=list(texts.en))
