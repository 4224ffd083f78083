"""``kg publish``: tells how far it is, in both languages."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kgservice.engine.endpoint import PLACE_OF_RELEASE, read_endpoint
from kgservice.publishing.graphs import GraphFile, split_graphs
from kgservice.publishing.loading import publish
from kgservice.publishing.target import PublishError, Target, query_url_beside
from kgservice.release import open_release
from kgservice.settings import Settings


def run_publish(
    settings: Settings, to: str, query_url: str | None, console: Console, *, replace: bool
) -> None:
    """Loads the release of the settings into the Graph Store at ``to``.

    Raises:
        PublishError, ReleaseError: it could not be done; the text says what to do.
    """
    for url in (to, query_url):
        if url is not None:
            _see_that_it_is_a_url(url)
    release = open_release(settings.releases, settings.release)
    user, password = settings.engine_user, settings.engine_password
    store = read_endpoint(to, release.id, user, password)
    query = read_endpoint(
        query_url or query_url_beside(store.url), release.id, store.user, store.password
    )
    began = time.monotonic()
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with (
        Target(store, query, release.manifest["base"]) as target,
        tempfile.TemporaryDirectory(prefix="kg-publish-") as folder,
        bar,
    ):
        task = bar.add_task("Quads loaded · 已载入四元组", total=release.quads)
        graphs = split_graphs(release, Path(folder))

        def report(graph: GraphFile) -> None:
            bar.advance(task, graph.triples)

        outcome = publish(target, release, graphs, replace=replace, report=report)
    seconds = time.monotonic() - began
    if outcome.was_complete:
        console.print(
            f"Release {release.id} is already complete at {store.url}; nothing to do.\n"
            f"{store.url} 中的版本 {release.id} 已完整，无需载入。"
        )
        return
    console.print(
        f"Release {release.id}: {outcome.loaded} graphs loaded, {outcome.passed_over} were there, "
        f"{outcome.removed} removed; {release.quads:,} quads verified in {seconds:.1f} s.\n"
        f"版本 {release.id}：载入 {outcome.loaded} 个图，已有 {outcome.passed_over} 个，删去 {outcome.removed} 个；"
        f"已核对 {release.quads:,} 个四元组，用时 {seconds:.1f} 秒。\n"
        f"KG_ENGINE={_reusable(query.url, release.id, to)}"
    )


def _reusable(url: str, release: str, to: str) -> str:
    """The query address as a setting that fits the next release too, when ``--to`` does."""
    return url.replace(release, PLACE_OF_RELEASE) if PLACE_OF_RELEASE in to else url


def _see_that_it_is_a_url(url: str) -> None:
    try:
        parsed = httpx.URL(url)
        fits = parsed.scheme in ("http", "https") and bool(parsed.host)
    except httpx.InvalidURL:
        fits = False
    if not fits:
        shown = url.rpartition("@")[2]
        raise PublishError(
            f"'{shown}' is no http(s) URL. Give the address of a Graph Store, such as http://127.0.0.1:7878/store",
            f"“{shown}”不是 http(s) URL。请给出图存储的地址，例如 http://127.0.0.1:7878/store",
        )
