"""The comparison of servers (benchmarks/endpoint.py): what it asks has answers, and is the same each time."""

from __future__ import annotations

from conftest import ServiceFactory

from benchmarks.endpoint_drawn import LIGHT, PROJECT, TWELVE, draw, edition_query, light
from kgservice.engine.store import make_store
from kgservice.release import Release


def test_the_drawn_queries_have_answers_and_are_the_same_each_time(
    run_service: ServiceFactory, real_release: Release
) -> None:
    releases = real_release.path.parent
    database = make_store(releases, real_release)
    drawn = draw(real_release, database, PROJECT, 3 * len(TWELVE), seed=1)
    assert drawn == draw(real_release, database, PROJECT, 3 * len(TWELVE), seed=1)
    assert drawn != draw(real_release, database, PROJECT, 3 * len(TWELVE), seed=2)
    assert len(set(drawn)) == len(drawn)
    assert len(light(drawn)) == 3 * len(LIGHT)
    with run_service(releases=releases) as service:
        answered = [len(service.rows(query)) > 0 for query in drawn]
        # Not every certificate has exemptions or statements, but no question is always empty for all that is drawn.
        assert sum(answered) > len(drawn) / 2
        edition = service.get(edition_query(real_release), "application/n-triples")
        assert edition.status_code == 200
        graphs = real_release.manifest["graphs"]
        assert edition.text.count("\n") == max(n for g, n in graphs.items() if "/edition/" in g)
