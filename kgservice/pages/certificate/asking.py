"""What a certificate's page asks of the engine, in three rounds that do not grow with the number of places."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cachetools import LRUCache

from kgservice.api.benefits import Tier, TierBoard
from kgservice.api.context import ApiContext, Row
from kgservice.api.exemptions import Exemption, read_exemptions
from kgservice.api.notices import Notice, NoticeBoard
from kgservice.api.steps import Way
from kgservice.api.things import Labels, iris, read_labels
from kgservice.pages.certificate.places import PlaceBoard, Places
from kgservice.pages.certificate.rows import gather_facts, named_in
from kgservice.pages.certificate.selection import Shown
from kgservice.pages.certificate.worth import SPANS, Outcome

MOST_KEPT = 32  # certificates; one of every place takes some 300 kB
# Whose years a condition may count.
_YEARS = ("RelevantWork", "HoldingCertificate", "WorkInRegion")


@dataclass(frozen=True, slots=True)
class Asked:
    """The answers of the first round: all that does not depend on what is shown."""

    places: Places
    worths: list[Row]
    about: list[Row]
    names: list[Row]
    apart: list[Row]
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
class CertificateQuestions:
    """The questions over one release, and what of their answers stays."""

    context: ApiContext
    board: PlaceBoard
    notices: NoticeBoard
    benefits: TierBoard
    _asked: LRUCache[str, Asked] = field(default_factory=lambda: LRUCache(MOST_KEPT))

    async def first(self, path: str) -> Asked:
        """The first round, about a certificate or a family (``certificate/c00085``).

        It is kept for the certificates that were looked at last: who looks at one filters its regions, leafs through
        them and changes the language, and none of that is asked of the engine.
        """
        asked = self._asked.get(path)
        if asked is None:
            asked = await self._ask_first(path)
            if asked.about:
                self._asked[path] = asked
        return asked

    async def _ask_first(self, path: str) -> Asked:
        ask = self.context.ask
        places, answers = await asyncio.gather(
            self.board.places(),
            asyncio.gather(
                # The longest first: the others run beside it.
                ask("certificate-worth", certificate=path),
                ask("certificate", certificate=path),
                ask("registered-names", thing=path),
                ask("certificate-outcomes", certificate=path),
                ask("certificate-statements", certificate=path),
                ask("look-alikes", certificate=path),
                ask("exemptions", towards=path),
                ask("certificate-divergences", certificate=path),
            ),
        )
        return Asked(places, *answers)

    async def further(
        self, path: str, asked: Asked, shown: Shown, ways: Sequence[tuple[str, Way]], *, few: bool
    ) -> Further:
        """The second round. ``few``: all rows are shown, and the certificates beside this one get their worth."""
        context = self.context
        others = list(dict.fromkeys(way.target for _, way in ways)) if few else []
        alone = [one.recognition for one in shown.outcomes if few and len(one.levels) == 1]
        rungs = [way.target for kind, way in ways if kind in ("above", "below")]
        (facts, same, worths, apart, names), notices, exemptions = await asyncio.gather(
            asyncio.gather(
                context.ask_about("recognition-facts", recognition=_recognitions(shown.outcomes)),
                context.ask_about("row-outcomes", recognition=alone),
                context.ask_about("certificate-worth", certificate=others),
                context.ask_about("certificate-outcomes", certificate=others),
                context.ask_about("registered-names", thing=rungs),
            ),
            self.notices.notices(one.edition for one in shown.outcomes),
            read_exemptions(context, asked.leading),
        )
        stated = gather_facts(context, facts)
        return Further(stated, same, worths, apart, names, notices, exemptions)

    async def labels(
        self, iri: str, asked: Asked, further: Further, ways: Sequence[tuple[str, Way]]
    ) -> tuple[Labels, list[Tier]]:
        """The third: what everything is called, and the classes of benefits that the rows give."""
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


def _recognitions(outcomes: Iterable[Outcome]) -> list[str]:
    return [outcome.recognition for outcome in outcomes]
