"""A description stays small however much points to a thing, and says what it leaves out and where the rest is."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from conftest import BASE, EX

from kgservice.linked.bounded import COUNTED, OWN, OWN_EACH, POINTING_EACH

from .conftest import FORMATS, read, small

HUB, BUSY, LEAF = f"{BASE}/id/region/1", f"{BASE}/id/region/2", f"{BASE}/id/region/3"
TALKATIVE = f"{BASE}/id/issuer/1"
GRAPH, HYDRA = f"<{BASE}/graph/a>", "http://www.w3.org/ns/hydra/core#"
RARE = f"{BASE}/ns/rare"
MANY = COUNTED + 2000


def quads() -> Iterator[str]:
    """A hub with more than is counted, one with 300, one with 3; and a thing that says more than is told."""
    yield f"<{RARE}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/2002/07/owl#ObjectProperty> <{BASE}/graph/ontology> .\n"
    for number in range(MANY):
        yield f"<{BASE}/id/entry/{number}> <{EX}in> <{HUB}> {GRAPH} .\n"
    yield f"<{BASE}/id/entry/7> <{RARE}> <{HUB}> {GRAPH} .\n"
    for number in range(300):
        yield f"<{BASE}/id/entry/{number}> <{EX}in> <{BUSY}> {GRAPH} .\n"
    for number in range(3):
        yield f"<{BASE}/id/entry/{number}> <{EX}in> <{LEAF}> {GRAPH} .\n"
    for number in range(OWN + 50):
        yield f'<{TALKATIVE}> <{EX}name> "name {number}" {GRAPH} .\n'
    yield f"<{TALKATIVE}> <{EX}in> <{LEAF}> {GRAPH} .\n"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with small(tmp_path_factory.mktemp("releases"), "".join(quads())) as found:
        yield found


def told(client: httpx.Client, iri: str) -> set[tuple[str, str, str]]:
    """The triples of the document about an IRI."""
    answer = client.get(f"/doc/{iri.removeprefix(f'{BASE}/id/')}.nt")
    assert answer.status_code == 200
    return read(answer.content, "nt")


def left_out(client: httpx.Client, iri: str) -> dict[str, tuple[str | None, str]]:
    """Property → how many there are (``None``: more than were counted) and the query that gives them."""
    triples = told(client, iri)
    values = {(s, p.strip("<>").removeprefix(HYDRA)): o for s, p, o in triples if HYDRA in p}
    found = {}
    for (node, name), pattern in values.items():
        if name == "memberAssertion":
            total = values.get((node, "totalItems"))
            query = parse_qs(urlsplit(values[node, "view"].strip("<>")).query)["query"][0]
            number = None if total is None else total.partition("^^")[0].strip('"')
            found[values[pattern, "property"].strip("<>")] = number, query
    return found


def test_what_is_small_is_told_whole(client: httpx.Client) -> None:
    triples = told(client, LEAF)
    assert len([1 for s, p, o in triples if o == f"<{LEAF}>" and EX in p]) == 4
    assert left_out(client, LEAF) == {}


def test_what_is_left_out_is_counted_and_can_be_asked_for(client: httpx.Client) -> None:
    shown = [s for s, p, o in told(client, BUSY) if o == f"<{BUSY}>" and EX in p]
    assert len(shown) == POINTING_EACH
    (number, query) = left_out(client, BUSY)[f"{EX}in"]
    assert number == "300"
    answer = client.get("/sparql", params={"query": query}, headers={"accept": "text/csv"})
    rows = answer.text.splitlines()[1:]
    assert len(rows) == 300
    assert {one.strip("<>") for one in shown} <= set(rows)
    page = client.get(f"{'/doc/region/2'}.html?lang=en").text
    assert "25 of 300 are shown, 275 are left out" in page
    page = client.get("/doc/region/2.html?lang=zh").text
    assert "共 300 个，列出 25 个，另有 275 个未列" in page


def test_a_hub_is_not_counted_to_its_end_and_loses_no_property(client: httpx.Client) -> None:
    triples = told(client, HUB)
    assert len([1 for s, p, o in triples if o == f"<{HUB}>" and p == f"<{EX}in>"]) == POINTING_EACH
    # However the index is ordered: a property that is used once is told.
    assert (f"<{BASE}/id/entry/7>", f"<{RARE}>", f"<{HUB}>") in triples
    number, query = left_out(client, HUB)[f"{EX}in"]
    assert number is None
    assert f"{POINTING_EACH} of more than 5,000 are shown" in client.get("/doc/region/1.nt").text
    answer = client.get("/sparql", params={"query": query}, headers={"accept": "text/csv"})
    assert len(answer.text.splitlines()) == MANY + 1


def test_what_a_thing_says_is_bounded_too(client: httpx.Client) -> None:
    triples = {one for one in told(client, TALKATIVE) if one[0] == f"<{TALKATIVE}>"}
    assert len([1 for _, p, _ in triples if p == f"<{EX}name>"]) == OWN_EACH
    assert (f"<{TALKATIVE}>", f"<{EX}in>", f"<{LEAF}>") in triples
    number, query = left_out(client, TALKATIVE)[f"{EX}name"]
    assert number == str(OWN + 50)
    answer = client.get("/sparql", params={"query": query}, headers={"accept": "text/csv"})
    assert len(answer.text.splitlines()) == OWN + 51


def test_twice_the_same_bytes(client: httpx.Client) -> None:
    for iri in (HUB, BUSY, TALKATIVE):
        path = f"/doc/{iri.removeprefix(f'{BASE}/id/')}"
        for suffix in FORMATS:
            first, second = client.get(f"{path}.{suffix}"), client.get(f"{path}.{suffix}")
            assert first.content == second.content
            assert len(first.content) < 100_000
