"""``/data``: what can be downloaded, how good it is, and how to cite it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from kgservice.api.context import ApiContext
from kgservice.engine.errors import EngineError
from kgservice.pages.about.downloads import Downloads, Earlier, File, list_earlier, read_downloads
from kgservice.pages.about.figures import PATIENCE, Coverage, Figures, read_report
from kgservice.pages.answering import PageWriter
from kgservice.pages.once import Once
from kgservice.pages.site import Page
from kgservice.pages.view import View
from kgservice.release import DESCRIPTION_TURTLE, REPORT, SHAPES


def make_router(context: ApiContext, writer: PageWriter, figures: Once[Figures]) -> APIRouter:
    """The route of the page."""
    router = APIRouter(include_in_schema=False)

    async def ask() -> Downloads:
        return await read_downloads(context)

    downloads = Once(ask)
    files = context.release.manifest["files"]
    extra = [name for name in (DESCRIPTION_TURTLE, SHAPES, REPORT) if name in files]

    report = read_report(context.release)

    async def make(view: View, earlier: Sequence[Earlier]) -> Page:
        found = await downloads.get()
        try:
            counted = await figures.soon(PATIENCE)
        except EngineError:
            counted = None  # what can be downloaded does not wait for figures
        return Page(
            "data.html",
            view.t("数据", "Data"),
            {
                "downloads": found,
                "figures": counted,
                "report": report,
                "earlier": earlier,
                "extra": extra,
                "address": found.publication.dataset if found.publication else view.absolute("/"),
                "show_size": show_size,
            },
            description=view.t(
                "下载全部数据与映射：版本、校验和、质量报告、许可与引用格式。",
                "All data and mappings to download: releases, checksums, quality report, licence, and how to cite.",
            ),
            jsonld=describe_data(
                view, found, counted.covered if counted else [], context.release.id
            ),
            whole=counted is not None,
        )

    @router.api_route("/data", methods=["GET", "HEAD"])
    async def show(request: Request) -> Response:
        # Operators remove old releases: who has the page with links to them must not be told that it still holds.
        earlier = await asyncio.to_thread(list_earlier, context, context.settings.releases)
        state = " ".join(one.name for one in earlier)
        return await writer.answer(request, partial(make, earlier=earlier), state=state)

    return router


def show_size(size: int) -> str:
    """Bytes as people write them: ``354 kB``."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1_000_000:.1f} MB"


def describe_data(
    view: View, downloads: Downloads, covered: list[Coverage], release: str
) -> dict[str, Any] | None:
    """schema.org about the data: a catalogue with the whole and each edition as datasets."""
    about = downloads.publication
    if about is None:
        return None
    publisher = {
        "@type": "Organization",
        "name": about.publisher.zh,
        "alternateName": about.publisher.en,
    }

    files: dict[str, list[File]] = {}
    for file in downloads.files:
        files.setdefault(file.dataset, []).append(file)

    def dataset(iri: str, zh: str, en: str | None, description: str) -> dict[str, Any]:
        return {
            "@type": "Dataset",
            "@id": iri,
            "name": zh,
            **({"alternateName": en} if en else {}),
            "description": description,
            "url": view.absolute("/data"),
            "license": about.licence,
            "creator": publisher,
            "version": release,
            "isAccessibleForFree": True,
            "distribution": [
                {
                    "@type": "DataDownload",
                    "contentUrl": view.absolute(file.path),
                    "encodingFormat": file.media_type,
                    "contentSize": show_size(file.size),
                    "sha256": file.sha256,
                }
                for file in files.get(iri, ())
            ],
        }

    parts = [
        dataset(
            one.edition.iri,
            one.edition.label.zh,
            one.edition.label.en,
            view.t(
                f"{one.edition.label.zh}，{one.rows} 行，逐行转录。",
                f"{one.edition.label.en or one.edition.label.zh}, {one.rows} rows, transcribed row by row.",
            ),
        )
        for one in covered
    ]
    whole = dataset(
        about.dataset,
        about.title.zh,
        about.title.en,
        view.t(about.description.zh, about.description.en or about.description.zh),
    )
    return {
        "@context": "https://schema.org",
        "@type": "DataCatalog",
        "name": about.title.zh,
        "alternateName": about.title.en,
        "url": view.absolute("/data"),
        "license": about.licence,
        "publisher": publisher,
        "dataset": [whole | {"spatialCoverage": [one.edition.region.label.zh for one in covered]}, *parts],
    }  # fmt: skip
