"""The documents about things say the same whichever engine holds the release."""

from __future__ import annotations

from collections import Counter

import httpx
import pytest
from pyoxigraph import NamedNode, RdfFormat, Store, parse

BASE = "https://w3id.org/zhicheng"
THINGS = (
    "/id/certificate/c00009",
    "/id/recognition/500000-1/2023/183",
    "/id/rule/310000-1/3.0/1",
    "/id/region/500000",
    "/ns/Recognition",
)


@pytest.mark.parametrize("path", THINGS)
def test_a_description(server: str, store: Store, path: str) -> None:
    answer = httpx.get(f"{server}{path}.nt", follow_redirects=True, timeout=60)
    assert answer.status_code == 200, answer.text[:500]
    triples = [one.triple for one in parse(answer.content, format=RdfFormat.N_TRIPLES)]
    thing = NamedNode(BASE + path)

    def outward(quads: object) -> Counter[str]:
        return Counter(q.predicate.value for q in quads if q.subject == thing)  # type: ignore[attr-defined]

    assert outward(triples) == outward(store.quads_for_pattern(thing, None, None, None))
    pointing = Counter(t.predicate.value for t in triples if t.object == thing)
    whole = Counter(q.predicate.value for q in store.quads_for_pattern(None, None, thing, None))
    for name, number in whole.items():
        assert pointing[name] == min(number, 25), name
    labels = {t.subject for t in triples if t.predicate.value.endswith("#prefLabel")}
    assert labels - {thing} or path == "/ns/Recognition", "neighbours have labels"
    page = httpx.get(f"{server}{path}.html", follow_redirects=True, timeout=60)
    assert page.status_code == 200


def test_what_was_never_minted(server: str) -> None:
    for path in ("/id/certificate/c99999", "/doc/certificate/c99999.ttl", "/ns/Nothing"):
        assert httpx.get(f"{server}{path}", timeout=60).status_code == 404
