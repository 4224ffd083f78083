"""The page of a certificate or a family: what it is worth in each region, why, and what stands beside it.

Its size does not grow with the number of places: the summary comes as one row for each level, and rows in full are asked
for only where they are shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kgservice.api.benefits import Tier, TierBoard
from kgservice.api.certificate_reading import read_grade, read_issuers
from kgservice.api.context import ApiContext, Row
from kgservice.api.exemptions import Exemption, read_exemptions
from kgservice.api.models import Name
from kgservice.api.notices import Notice, NoticeBoard
from kgservice.api.steps import Way
from kgservice.api.things import Labels, check_known, iris, name_thing, read_labels, text
from kgservice.pages import certificate_relations as relations
from kgservice.pages.certificate_divergence import read_divergences
from kgservice.pages.certificate_names import first_notations, gather_names
from kgservice.pages.certificate_picture import GROUND, STEPS, draw
from kgservice.pages.certificate_places import PlaceBoard, Places
from kgservice.pages.certificate_rows import Line, gather_facts, make_line, named_in, rules_for
from kgservice.pages.certificate_selection import (
    BENEFITS,
    Selection,
    Shown,
    read_selection,
    select,
)
from kgservice.pages.certificate_words import (
    add_marks,
    describe_credential,
    name_country,
    tell_worth,
    text_of,
)
from kgservice.pages.certificate_worth import SPANS, Outcome, Worth, read_outcomes, span, weigh
from kgservice.pages.site import Page
from kgservice.pages.view import View
from kgservice.questions import bind

# A certificate with more rows than these has them by the page, and the certificates beside it without their worth.
FEW_ROWS = 40
# Whose years a condition may count.
_YEARS = ("RelevantWork", "HoldingCertificate", "WorkInRegion")


@dataclass(frozen=True, slots=True)
class Asked:
    """The answers of the first round: all that does not depend on what is shown."""

    places: Places
    about: list[Row]
    names: list[Row]
    worths: list[Row]
    apart: list[Row]
    doubtful: list[Row]
    statements: list[Row]
    alike: list[Row]
    leading: list[Row]
    divergent: list[Row]


@dataclass(frozen=True, slots=True)
class Further:
    """The answers of the second: about the rows that are shown, and the certificates beside this one."""

    facts: dict[str, dict[str, list[Row]]]
    same: list[Row]
    worths: list[Row]
    apart: list[Row]
    names: list[Row]
    notices: Mapping[str, Notice]
    exemptions: list[Exemption]


@dataclass(frozen=True, slots=True)
class CertificatePages:
    """The pages of certificates and families over one release."""

    context: ApiContext
    board: PlaceBoard
    notices: NoticeBoard
    benefits: TierBoard

    @classmethod
    def make(cls, context: ApiContext, board: PlaceBoard) -> CertificatePages:
        """With nothing read yet."""
        return cls(context, board, NoticeBoard(context), TierBoard(context))

    async def __call__(self, view: View, path: str) -> Page:
        """The page at ``certificate/c00085``.

        Raises:
            UnknownId, Withdrawn: there is no such certificate, or no longer.
            ParameterError: a parameter is not what it must be.
        """
        context = self.context
        kind, _, id = path.partition("/")
        path = name_thing("id", kind, id)
        iri = context.iri(path)
        selection = read_selection(view)
        asked = await self._ask_first(path)
        check_known(asked.about, context, "id", id)
        outcomes = read_outcomes(asked.worths, asked.apart, iris(asked.doubtful, "recognition"))
        own = outcomes.get(iri, [])
        worth = weigh(own, iris(asked.leading, "region"), asked.places, selection.day)
        few = len(own) <= FEW_ROWS
        shown = select(selection, worth, own, asked.places, few=few)
        ways = relations.read_ways(context, asked.statements, iri)
        further = await self._ask_further(asked, shown, ways, few=few)
        labels, tiers = await self._ask_labels(iri, asked, further, ways)
        lines = self._lines(shown.outcomes, asked, further, labels, ways, selection, iri)
        others = read_outcomes(further.worths, further.apart)
        return self._page(
            view, path, selection, asked, further, labels, lines, worth, shown, ways,
            tiers=tiers,
            few=few,
            divergences=read_divergences(asked.divergent, own, asked.places),
            others={
                other: weigh(found, (), asked.places, selection.day)
                for other, found in others.items()
            },
        )  # fmt: skip

    async def _ask_first(self, path: str) -> Asked:
        ask = self.context.ask
        places, answers = await asyncio.gather(
            self.board.places(),
            asyncio.gather(
                ask("certificate", certificate=path),
                ask("registered-names", thing=path),
                ask("certificate-worth", certificate=path),
                ask("certificate-outcomes", certificate=path),
                ask("doubtful-recognitions", certificate=path),
                ask("certificate-statements", certificate=path),
                ask("look-alikes", certificate=path),
                ask("exemptions", towards=path),
                ask("certificate-divergences", certificate=path),
            ),
        )
        return Asked(places, *answers)

    async def _ask_further(
        self, asked: Asked, shown: Shown, ways: Sequence[tuple[str, Way]], *, few: bool
    ) -> Further:
        context = self.context
        others = list(dict.fromkeys(way.target for _, way in ways)) if few else []
        alone = [one.recognition for one in shown.outcomes if few and len(one.levels) == 1]
        rungs = [way.target for kind, way in ways if kind in ("above", "below")]
        (facts, same, worths, apart, names), notices, exemptions = await asyncio.gather(
            asyncio.gather(
                _ask(context, "recognition-facts", recognition=_recognitions(shown.outcomes)),
                _ask(context, "row-outcomes", recognition=alone),
                _ask(context, "certificate-worth", certificate=others),
                _ask(context, "certificate-outcomes", certificate=others),
                _ask(context, "registered-names", thing=rungs),
            ),
            self.notices.notices(one.edition for one in shown.outcomes),
            read_exemptions(context, asked.leading),
        )
        stated = gather_facts(context, facts)
        return Further(stated, same, worths, apart, names, notices, exemptions)

    async def _ask_labels(
        self, iri: str, asked: Asked, further: Further, ways: Sequence[tuple[str, Way]]
    ) -> tuple[Labels, list[Tier]]:
        context, base = self.context, self.context.names.base
        tiers = [
            str(row["value"])
            for told in further.facts.values()
            for row in told.get("givesTier", ())
        ]
        return await asyncio.gather(
            read_labels(
                context,
                [
                    iri,
                    *(context.iri(f"title-level/{level}") for level in SPANS),
                    *iris(asked.about, "issuer", "grade", "scheme", "kind"),
                    *(way.target for _, way in ways),
                    *iris(asked.alike, "other", "issuer"),
                    *iris(further.same, "other"),
                    *iris(asked.apart, "title"),
                    *(f"{base}/ns/{kind}" for one in further.exemptions for kind in one.kinds),
                    *(f"{base}/ns/{years}" for years in _YEARS),
                    *named_in(further.facts),
                ],
            ),
            self.benefits.tiers(tiers),
        )

    def _lines(
        self,
        outcomes: Iterable[Outcome],
        asked: Asked,
        further: Further,
        labels: Labels,
        ways: Sequence[tuple[str, Way]],
        selection: Selection,
        iri: str,
    ) -> list[Line]:
        covers = relations.cover_of(ways)
        titles: dict[str, list[str]] = {}
        for row in asked.apart:
            if "title" in row:
                titles.setdefault(str(row["recognition"]), []).append(str(row["title"]))
        lines = []
        for outcome in outcomes:
            line = make_line(
                self.context,
                outcome,
                further.facts[outcome.recognition],
                asked.places,
                labels,
                covers,
                titles.get(outcome.recognition, []),
                selection.day,
            )
            notice = further.notices.get(outcome.edition)
            levels = [self.context.path(level) for level in outcome.levels]
            rules = rules_for(notice.rules, levels) if notice else ()
            lines.append(replace(line, rules=rules))
        return lines

    def _page(
        self,
        view: View,
        path: str,
        selection: Selection,
        asked: Asked,
        further: Further,
        labels: Labels,
        lines: Sequence[Line],
        worth: Worth,
        shown: Shown,
        ways: Sequence[tuple[str, Way]],
        **parts: Any,
    ) -> Page:
        context, first = self.context, asked.about[0]
        thing = labels.thing(context.iri(path))
        issuers = read_issuers(context, asked.about, labels)
        kind = labels.thing(str(first["kind"])) if "kind" in first else None
        names = gather_names(asked.names, _printed(lines))
        found = relations.read_relations(ways, labels, iris(asked.alike, "other"))
        title = text_of(thing.label, view)
        marks = [mark for mark in names.notations if mark not in title]
        summary = tell_worth(worth, labels, view)
        values = {"certificate": [path], "region": []}
        return Page(
            "certificate.html",
            add_marks(title, marks, view),
            {
                **parts,
                "thing": thing,
                "family": path.startswith("family/"),
                "marks": marks,
                "names": names,
                "issuers": issuers,
                "kind": kind,
                "grade": read_grade(asked.about, labels),
                "note": text(first, "note"),
                "worth": worth,
                "summary": summary,
                "picture": draw(worth, view.language),
                "nothing": Worth({}, (), (), (), ()),
                "level_of": labels.level,
                "short": {str(rank): _short(labels, rank, context, view) for rank in STEPS},
                "ground": GROUND,
                "broad": any(
                    len(set(span(one))) > 1 for group in worth.groups for one in group.levels
                )
                or any(len(group.levels) > 1 for group in worth.groups),
                "doubtful": any(group.doubtful for group in worth.groups),
                "level_choices": _level_choices(worth, labels, view),
                "region_choices": [
                    (region.code, text_of(region.label, view))
                    for region in (asked.places.regions[iri] for iri in worth.outcomes)
                ],
                "country": lambda code: name_country(code, view),
                "term": lambda name: labels.thing(f"{context.names.base}/ns/{name}"),
                "lines": lines,
                "shown": shown,
                "selection": selection,
                "regions": asked.places.regions,
                "relations": found,
                "rungs": list(relations.ladder(found, thing)),
                "marks_of": first_notations(further.names),
                "same": relations.read_same_outcomes(context, further.same, labels, thing.iri),
                "alike": relations.read_likenesses(context, asked.alike, labels),
                "exemptions": further.exemptions,
                "notices": further.notices,
                "sparql": bind(context.questions["recognition"], values, context.names),
            },
            description=summary,
            jsonld=describe_credential(
                view,
                iri=thing.iri,
                label=thing.label,
                names=names.all,
                notations=names.notations,
                kind=kind.label if kind else None,
                issuers=issuers,
                lines=lines,
            ),
        )


async def _ask(context: ApiContext, question: str, **values: Sequence[str]) -> list[Row]:
    """The rows of a question; none, without asking, where there is nothing to ask about."""
    return await context.ask(question, **values) if all(values.values()) else []


def _recognitions(outcomes: Iterable[Outcome]) -> list[str]:
    return [outcome.recognition for outcome in outcomes]


def _printed(lines: Iterable[Line]) -> list[Name]:
    found = []
    for line in lines:
        if line.outcome.listed:
            row = line.recognition.printed
            found.append(Name(text=row.name, language="zh"))
            if row.original_name:
                found.append(Name(text=row.original_name))
    return found


def _short(labels: Labels, rank: int, context: ApiContext, view: View) -> str:
    """A level as it is named beside the picture, where there is little room."""
    return text_of(labels.label(context.iri(f"title-level/{rank}")), view).removesuffix(" level")


def _level_choices(worth: Worth, labels: Labels, view: View) -> list[tuple[str, str]]:
    """The levels that there are: as the address names them, and with the number of their regions."""
    regions: dict[str, set[str]] = {}
    for group in worth.groups:
        for level in group.levels or (BENEFITS,):
            regions.setdefault(level, set()).update(region.iri for region in group.regions)
    found = []
    for level, where in regions.items():
        benefits = level == BENEFITS
        name = view.t("便利服务", "benefits") if benefits else text_of(labels.label(level), view)
        value = level.rpartition("/")[2]
        found.append((value, view.t(f"{name}（{len(where)}）", f"{name} ({len(where)})")))
    return found
