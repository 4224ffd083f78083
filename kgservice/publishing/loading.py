"""Loads a release, graph by graph: what is there already is passed over, and the last request of all switches.

While the mark ``loading`` stands in the dataset no service answers from it; deleting it is the switch, in one request.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kgservice.engine.remote_dataset import compare_counts, loading_graph, published_graph
from kgservice.publishing.graphs import GraphFile, pieces_of
from kgservice.publishing.target import BodyTooLarge, ConnectionBroken, PublishError, Target
from kgservice.release import Release

PIECE = 16 * 1024 * 1024
LEAST_PIECE = 16 * 1024
TRIES = 3
PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done: graphs loaded now, graphs that were there already, stale graphs removed."""

    loaded: int
    passed_over: int
    removed: int
    was_complete: bool = False


def publish(
    target: Target,
    release: Release,
    graphs: Sequence[GraphFile],
    *,
    replace: bool,
    report: Callable[[GraphFile], None],
) -> Outcome:
    """Loads the release and switches to it. ``report`` is called for each graph when it is complete.

    Raises:
        PublishError: the dataset holds another release and ``replace`` is false, the server refuses, or what it
            holds in the end is not what was sent; readers then still see what they saw before, or nothing.
    """
    marks, found = target.marks(), target.counts()
    expected = release.manifest["graphs"]
    ours = {
        graph for graph in found if graph in expected or graph.startswith(f"{target.base}/graph/")
    }
    if (
        marks.loading is None
        and marks.published == release.id
        and not compare_counts(expected, found)
    ):
        return Outcome(0, len(graphs), 0, was_complete=True)
    resumed = marks.loading == release.id
    if ours and not resumed and not replace:
        if marks.loading is None and marks.published == release.id:
            raise _damaged(target, release, compare_counts(expected, found))
        raise _occupied(target, release, marks.loading or marks.published)
    if not resumed:
        target.set_loading(release.id)
    marked = {loading_graph(target.base), published_graph(target.base)}
    target.delete(published_graph(target.base))
    stale = sorted(ours - set(expected) - marked)
    for old in stale:
        target.delete(old)
    finished = marks.finished if resumed else {}
    loaded = 0
    for graph in graphs:
        if finished.get(graph.iri) != graph.sha256 or found.get(graph.iri, 0) != graph.triples:
            _load(target, graph)
            loaded += 1
        report(graph)
    wrong = compare_counts(expected, target.counts())
    if wrong:
        raise PublishError(
            f"{target.url} holds another number of triples than was sent (found / sent): {'; '.join(wrong[:5])}. "
            "Nobody was switched to it. Run the command again; if it stays, that server changes the data.",
            f"{target.url} 中的三元组数与发送的不符（实有 / 应有）：{'；'.join(wrong[:5])}。读者尚未切换。"
            "请再次运行；若仍如此，说明该服务器会改动数据。",
        )
    target.set_published(release.id)
    target.delete(loading_graph(target.base))
    return Outcome(loaded, len(graphs) - loaded, len(stale))


def _load(target: Target, graph: GraphFile) -> None:
    """Loads one graph, in smaller bodies where the server takes no large ones, and again where the connection breaks."""
    most, tries = PIECE, 0
    while True:
        try:
            for number, piece in enumerate(pieces_of(graph, most)):
                write = target.put if number == 0 else target.post
                write(graph.iri, piece)
            there = target.count(graph.iri)
            break
        except BodyTooLarge:
            if most <= LEAST_PIECE:
                raise
            most //= 4
        except ConnectionBroken:
            tries += 1
            if tries == TRIES:
                raise
            time.sleep(PAUSE_SECONDS)
    if there != graph.triples:
        raise PublishError(
            f"<{graph.iri}> has {there} triples at {target.url} after {graph.triples} were sent. "
            "That server changes or drops some of them; look into its log.",
            f"向 {target.url} 的 <{graph.iri}> 发送了 {graph.triples} 个三元组，其中却有 {there} 个。"
            "该服务器改动或丢弃了部分数据，请查看其日志。",
        )
    target.set_finished(graph.iri, graph.sha256)


def _damaged(target: Target, release: Release, wrong: Sequence[str]) -> PublishError:
    return PublishError(
        f"{target.url} holds this release, {release.id}, but with other numbers of triples (found / sent): "
        f"{'; '.join(wrong[:5])}. Something else writes there, or it lost data. Give --replace to load it anew: until that is "
        "complete, services on this dataset then answer 503.",
        f"{target.url} 存有的正是此版本 {release.id}，但三元组数不符（实有 / 应有）：{'；'.join(wrong[:5])}。可能有其他程序写入，"
        "或数据有丢失。加 --replace 可重新载入：完成之前，使用该数据集的服务会返回 503。",
    )


def _occupied(target: Target, release: Release, other: str | None) -> PublishError:
    there_en = f"release {other}" if other else "graphs of this project"
    there_zh = f"版本 {other}" if other else "本项目的图"
    return PublishError(
        f"{target.url} already holds {there_en}; readers would see a mixture of it and {release.id}. Name a dataset of "
        "its own ({release} in the URL becomes the release's name), or give --replace: until the new release is "
        "complete, services on this dataset then answer 503.",
        f"{target.url} 已存有{there_zh}，直接载入会使读者看到它与 {release.id} 的混合。请另给一个数据集"
        "（URL 中的 {release} 会换成版本名），或加 --replace：新版本载入完成之前，使用该数据集的服务会返回 503。",
    )
