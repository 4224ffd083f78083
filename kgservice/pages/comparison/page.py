"""``/compare``: certificates by region, as a page that can be filtered, and as a table for a spreadsheet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from babel import Locale
from cachetools import LRUCache
from fastapi import APIRouter, Request, Response

from kgservice.api.compare import tell_comparison
from kgservice.api.compare_csv import CSV, write_csv
from kgservice.api.compare_models import Column, CompareAnswer, Comparison, Side
from kgservice.api.compare_selection import CompareBoard
from kgservice.api.context import ApiContext
from kgservice.api.deadline import limited
from kgservice.api.errors import ComparisonTimeout
from kgservice.api.models import Thing
from kgservice.api.things import name_thing, read_labels
from kgservice.pages.answering import PageWriter
from kgservice.pages.comparison.form import (
    FIRST_REGIONS,
    KINDS,
    LISTED,
    MOST_REGIONS,
    NAMES,
    PAGE,
    Wanted,
    api_query,
    read_wanted,
)
from kgservice.pages.site import Page
from kgservice.pages.view import View, text_of
from kgservice.search.index import SearchIndex

MOST_KEPT = 32  # answers; one of ten certificates in twelve regions takes some 200 kB
AT_ONCE = 500  # certificates in one question, for the whole table
MOST_PAIRS = 12
# Spreadsheets take a CSV file for UTF-8 only when it begins so.
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Between:
    """How some rows of different regions stand to each other.

    ``kind``: a kind of divergence, ``agree`` or ``undecided``. ``pairs``: the first of them; ``more``: how many others.
    """

    kind: str
    pairs: Sequence[tuple[Side, Side]]
    more: int = 0


def make_router(context: ApiContext, index: SearchIndex, writer: PageWriter) -> APIRouter:
    """The route of the comparison."""
    router = APIRouter(include_in_schema=False)
    pages = ComparePages(context, index, CompareBoard(context))

    @router.api_route("/compare", methods=["GET", "HEAD"])
    async def compare(request: Request) -> Response:
        view = writer.view(request)
        if view.get("format") == "csv":
            table = await pages.write_table(view)
            shown = 'attachment; filename="zhicheng-comparison.csv"'
            fields = {"content-disposition": shown, "cache-control": "no-cache"}
            return Response(table, media_type=f"{CSV}; charset=utf-8", headers=fields)
        return await writer.answer(request, pages.make)

    return router


@dataclass(frozen=True, slots=True)
class ComparePages:
    """The comparison over one release."""

    context: ApiContext
    index: SearchIndex
    board: CompareBoard
    _listing: list[Thing] = field(default_factory=list)
    _countries: list[str] = field(default_factory=list)
    _answers: LRUCache[tuple[object, ...], CompareAnswer] = field(
        default_factory=lambda: LRUCache(MOST_KEPT)
    )

    async def make(self, view: View) -> Page:
        """The page that a request asks for.

        Raises:
            ParameterError: a parameter is not what it must be.
            UnknownId: a parameter names something that there is not.
        """
        wanted = await read_wanted(view, self.index)
        places = await self._places()
        shown = _regions(wanted, places)
        answer = await self._shown(shown, wanted)
        issuer = await self._issuer(wanted)
        names = {column.region.id: column.region for column in answer.regions}
        context: dict[str, Any] = {
            "wanted": wanted,
            "chosen": wanted.selection,
            "places": places,
            "shown": set(shown),
            "cut": len(shown) < (len(wanted.regions) or len(places)),
            "answer": answer,
            "columns": answer.regions,
            "names": names,
            "plain": {id: text_of(region.label, view) for id, region in names.items()},
            "several": _several(answer.regions),
            "between": {one.certificate.id: read_between(one) for one in answer.certificates},
            "issuer": issuer,
            "certificates": [] if wanted.text else await self._certificates(answer, wanted),
            "countries": _countries(view, await self._codes()),
            "kinds": KINDS,
            "listed": LISTED,
            "before": _turn(view, wanted.first - PAGE) if wanted.first else None,
            "after": _turn(view, wanted.first + PAGE)
            if wanted.first + PAGE < answer.total
            else None,
            "table": view.here(format="csv", page=None),
            "api": "/api/compare?" + urlencode(api_query(view, shown, wanted.selection)),
            "any": any(name in dict(view.query) for name in NAMES),
        }
        regions = "、".join(one.label.zh for one in names.values())
        english = ", ".join(one.label.en or one.label.zh for one in names.values())
        return Page(
            "compare.html",
            view.t("逐证比较各地", "Compare regions, certificate by certificate"),
            context,
            view.t(
                f"同一境外职业资格证书在{regions}各对应哪一级职称，哪里一致，哪里不同，哪里只因上限。",
                f"What the same overseas certificate is worth in {english}: where they agree, where they differ, and where only "
                "by a ceiling.",
            ),
        )

    async def write_table(self, view: View) -> bytes:
        """All that the filters of a request leave, over all pages, as CSV that spreadsheets take for UTF-8.

        Raises:
            ParameterError: a parameter is not what it must be.
            UnknownId: a parameter names something that there is not.
        ComparisonTimeout: the table is too large.
        """
        wanted = await read_wanted(view, self.index)
        shown = _regions(wanted, await self._places())
        wanted = replace(wanted, first=0)
        async with limited(self.context, ComparisonTimeout):
            answer = await self._answer(shown, wanted, AT_ONCE)
            certificates = list(answer.certificates)
            while len(certificates) < answer.total:
                wanted = replace(wanted, first=len(certificates))
                certificates += (await self._answer(shown, wanted, AT_ONCE)).certificates
        whole = answer.model_copy(update={"certificates": certificates})
        table = await asyncio.to_thread(write_csv, whole)
        return (BYTE_ORDER_MARK + table).encode()

    async def _places(self) -> list[Thing]:
        """The regions that have a directory, by code; read once."""
        if not self._listing:
            iris = await self.board.all()
            labels = await read_labels(self.context, iris)
            self._listing[:] = labels.things(iris)
        return self._listing

    async def _codes(self) -> list[str]:
        """The countries and territories of the issuers; read once."""
        if not self._countries:
            rows = await self.context.ask("issuer-countries")
            self._countries[:] = [str(row["country"]) for row in rows]
        return self._countries

    async def _shown(self, regions: Sequence[str], wanted: Wanted) -> CompareAnswer:
        """What one page shows. Kept for the pages looked at last: the first one, a page that is leafed back to, the
        other language."""
        selection = wanted.selection
        chosen = replace(selection, certificates=tuple(selection.certificates))
        key = (tuple(regions), chosen, wanted.nothing, wanted.first)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = await self._answer(regions, wanted, PAGE)
        return answer

    async def _answer(self, regions: Sequence[str], wanted: Wanted, limit: int) -> CompareAnswer:
        selection = wanted.selection
        if wanted.nothing:
            # A certificate that cannot be: asked for without one, the comparison would be of all.
            columns = await tell_comparison(self.board, regions, replace(selection, certificates=[]), 1, 0)  # fmt: skip
            return columns.model_copy(update={"certificates": [], "total": 0, "limit": limit})
        return await tell_comparison(self.board, regions, selection, limit, wanted.first)

    async def _issuer(self, wanted: Wanted) -> Thing | None:
        """The issuer to which the comparison is narrowed."""
        if wanted.selection.issuer is None:
            return None
        iri = self.context.iri(name_thing("issuer", "issuer", wanted.selection.issuer))
        return (await read_labels(self.context, [iri])).thing(iri)

    async def _certificates(self, answer: CompareAnswer, wanted: Wanted) -> list[Thing]:
        """The certificates to which it is narrowed."""
        paths = [
            name_thing("certificate", _kind(given), given)
            for given in wanted.selection.certificates
        ]
        labels = await read_labels(self.context, (self.context.iri(path) for path in paths))
        return [labels.thing(self.context.iri(path)) for path in paths]


def read_between(comparison: Comparison) -> list[Between]:
    """How the rows of the regions stand to each other, by kind: real differences first, agreement last."""
    groups: dict[str, list[tuple[Side, Side]]] = {kind: [] for kind in KINDS}
    for divergence in comparison.divergences:
        one, other = divergence.between
        groups[divergence.kind].append((one, other))
    groups["undecided"] = [(pair.between[0], pair.between[1]) for pair in comparison.undecided]
    groups["agree"] = [(pair.between[0], pair.between[1]) for pair in comparison.agreements]
    counts = {kind: len(pairs) for kind, pairs in groups.items()}
    if comparison.pairs:  # of very many, only the first are told
        counts |= {
            "undecided": comparison.pairs.undecided,
            "agree": comparison.pairs.agreements,
        }
    return [
        Between(kind, pairs[:MOST_PAIRS], max(0, counts[kind] - MOST_PAIRS))
        for kind, pairs in groups.items()
        if pairs
    ]


def _regions(wanted: Wanted, places: Sequence[Thing]) -> list[str]:
    """The codes of the regions that are shown."""
    if wanted.regions:
        return list(wanted.regions[:MOST_REGIONS])
    return [place.id.partition("/")[2] for place in places[:FIRST_REGIONS]]


def _several(columns: Sequence[Column]) -> set[str]:
    """The regions (ids) of which rows of several editions may stand in one cell."""
    return {
        column.region.id
        for column in columns
        if sum(edition.complete is not False for edition in column.editions) > 1
    }


def _kind(given: str) -> str:
    return "family" if given.removeprefix("family/").startswith("f") else "certificate"


def _countries(view: View, codes: Sequence[str]) -> list[tuple[str, str]]:
    """Countries and territories by code, with their names (CLDR), in the order of the names."""
    names: Mapping[str, str] = Locale.parse(view.t("zh_Hans", "en")).territories
    return sorted(((code, names.get(code, code)) for code in codes), key=lambda one: one[1])


def _turn(view: View, first: int) -> str:
    page = first // PAGE + 1
    return view.here(page=str(page) if page > 1 else None)
