"""The page of a certificate or a family: what it is worth in each region, why, and what stands beside it.

Its size does not grow with the number of places: the summary comes as one row for each level, and rows in full are asked
for only where they are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kgservice.api.benefits import TierBoard
from kgservice.api.certificate_reading import read_grade, read_issuers
from kgservice.api.context import ApiContext
from kgservice.api.models import Name
from kgservice.api.notices import NoticeBoard
from kgservice.api.steps import Way
from kgservice.api.things import Labels, check_known, iris, name_thing, read_note
from kgservice.pages.certificate import relations
from kgservice.pages.certificate.asking import Asked, CertificateQuestions, Further
from kgservice.pages.certificate.divergence import read_divergences
from kgservice.pages.certificate.names import first_notations, gather_names
from kgservice.pages.certificate.picture import GROUND, STEPS, draw
from kgservice.pages.certificate.places import PlaceBoard
from kgservice.pages.certificate.rows import Line, make_line, rules_for
from kgservice.pages.certificate.selection import (
    BENEFITS,
    Selection,
    Shown,
    read_selection,
    select,
)
from kgservice.pages.certificate.words import (
    add_marks,
    describe_credential,
    name_country,
    tell_worth,
)
from kgservice.pages.certificate.worth import (
    Outcome,
    Worth,
    read_outcomes,
    span,
    weigh,
)
from kgservice.pages.site import Page
from kgservice.pages.view import View, text_of
from kgservice.questions import bind

# A certificate with more rows than these has them by the page, and the certificates beside it without their worth.
FEW_ROWS = 40


@dataclass(frozen=True, slots=True)
class CertificatePages:
    """The pages of certificates and families over one release."""

    context: ApiContext
    questions: CertificateQuestions

    @classmethod
    def make(cls, context: ApiContext, board: PlaceBoard) -> CertificatePages:
        """With nothing read yet."""
        return cls(
            context,
            CertificateQuestions(context, board, NoticeBoard(context), TierBoard(context)),
        )

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
        asked = await self.questions.first(path)
        check_known(asked.about, context, "id", id)
        own = read_outcomes(asked.worths, asked.apart, asked.places.doubtful).get(iri, [])
        leading = iris(asked.leading, "region")
        worth = weigh(own, leading, asked.places, selection.day)
        few = len(own) <= FEW_ROWS
        shown = select(selection, worth, own, asked.places, few=few)
        ways = relations.read_ways(context, asked.statements, iri)
        further = await self.questions.further(path, asked, shown, ways, few=few)
        labels, tiers = await self.questions.labels(iri, asked, further, ways)
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
                "note": read_note(first, "note"),
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
