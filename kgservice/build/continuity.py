"""No published IRI is lost: what the last release minted is still there, or withdrawn with a tombstone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from rdflib import Graph, URIRef

from kgservice.build.sources import SourceIndex
from kgservice.faults import Fault, Place
from kgservice.release import ReleaseError, open_release

# Matches and divergences are named by what they say: another statement is another IRI, and none is promised to stay.
_PROMISED = re.compile(
    r"<(?P<iri>[^>]*/id/(?:certificate|family|issuer|authority|grade|grade-scheme|qualification|directory|edition"
    r"|document|entry|recognition|exemption|specialty|tier|benefit|rule)/[^>]+)> "
)


def lost_iris(releases: Path, union: Graph, index: SourceIndex) -> Iterator[Fault]:
    """A fault for every promised IRI of the current release that the new graph does not describe."""
    try:
        last = open_release(releases)
    except ReleaseError:
        return  # the first release, or a damaged one: nothing to compare with
    if last.manifest["base"] != index.names.base:
        return
    published: set[str] = set()
    with last.graph.open(encoding="utf-8") as lines:
        for line in lines:
            match = _PROMISED.match(line)
            if match:
                published.add(match["iri"])
    described = {str(subject) for subject in union.subjects() if isinstance(subject, URIRef)}
    for iri in sorted(published - described):
        yield Fault(
            Place(index.find(iri).file, None, None, iri),
            f"{iri} was published in release {last.id} and is gone: keep its line, with status 'withdrawn' "
            "(and replaced_by) if it is no longer used; if that release was never shown to anybody, build with "
            "--forget-published.",
            f"{iri} 已在版本 {last.id} 发布，现已消失：请保留其行，不再使用时将状态改为 withdrawn（并填 replaced_by）；"
            "若该版本从未对外发布，可用 --forget-published 构建。",
            "published-iri-lost",
        )
