"""Every class of the graph × every format × both languages, compared with what the release states."""

from __future__ import annotations

import httpx
import pytest
from conftest import BASE
from pyoxigraph import RdfFormat, parse

from .conftest import FORMATS, HTML, Known, path_of, read

FOAF_TOPIC = "<http://xmlns.com/foaf/0.1/primaryTopic>"
VOID = "http://rdfs.org/ns/void#triples"
SD = "http://www.w3.org/ns/sparql-service-description#Graph"
# Answered by other routes: the endpoint, the files, the first page.
ELSEWHERE = ("/sparql", "/data/", "/")
MOST = 400_000  # bytes of a description; the whole ontology is the largest


def document_of(client: httpx.Client, iri: str) -> str:
    """Where an IRI leads: terms answer themselves, things by 303."""
    path = path_of(iri)
    if path.startswith("/ns/"):
        return path
    answer = client.get(path)
    assert answer.status_code == 303, (iri, answer.status_code)
    assert answer.content == b""
    location = answer.headers["location"]
    assert location == path.replace("/id/", "/doc/") or location == f"/doc{path}"
    return location


def test_there_are_as_many_classes_as_the_model_has(examples: dict[str, str]) -> None:
    ours = {name.removeprefix(f"{BASE}/ns/") for name in examples if name.startswith(BASE)}
    assert {
        "Certificate",
        "Recognition",
        "DirectoryEntry",
        "Match",
        "Alternative",
        "Section",
    } <= ours
    assert len(ours) >= 40
    assert len(examples) >= 60


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_class_in_every_rdf_format(
    client: httpx.Client, known: Known, examples: dict[str, str], suffix: str
) -> None:
    media_type, form = FORMATS[suffix]
    for thing in sorted(set(examples.values())):
        if path_of(thing) in ELSEWHERE or path_of(thing).startswith("/data/"):
            continue
        place = document_of(client, thing)
        answer = client.get(place, headers={"accept": media_type})
        assert answer.status_code == 200, (thing, answer.text)
        assert answer.headers["content-type"].partition(";")[0] == media_type
        assert len(answer.content) < MOST
        triples = read(answer.content, form)
        document = f"{str(client.base_url).rstrip('/')}{place}"
        assert (f"<{document}>", FOAF_TOPIC, f"<{thing}>") in triples, "a document names its topic"
        said = {one for one in triples if not one[0].startswith(f"<{document}")}
        if thing.startswith(f"{BASE}/graph/"):  # the release knows how large its graphs are
            said = {one for one in said if not (VOID in one[1] or SD in one[2])}
        own = {(p, o) for s, p, o in said if s == f"<{thing}>"}
        told = {(p, o) for p, o, _ in known.quads(thing)}
        if not any("hydra/core#subject" in p for _, p, _ in triples):
            assert {p for p, _ in own} == {p for p, _ in told}, thing
            assert len(own) == len(told), thing
        assert own, thing
        assert known.holds(said) == set(), thing


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_class_as_a_page(
    client: httpx.Client, known: Known, examples: dict[str, str], language: str
) -> None:
    for thing in sorted(set(examples.values())):
        if path_of(thing) in ELSEWHERE or path_of(thing).startswith("/data/"):
            continue
        place = document_of(client, thing)
        answer = client.get(place, headers={"accept": HTML, "accept-language": language})
        assert answer.status_code == 200, (thing, answer.text[:300])
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["content-language"] == language
        assert f'<html lang="{"zh-Hans" if language == "zh" else "en"}">' in answer.text
        labels = known.select(
            f"SELECT ?l {{ GRAPH ?g {{ <{thing}> <http://www.w3.org/2004/02/skos/core#prefLabel>|"
            f"<http://www.w3.org/2000/01/rdf-schema#label> ?l }} FILTER(LANG(?l) = '{language}') }}"
        )
        shown = answer.text.replace("&amp;", "&").replace("&#39;", "'").replace("&#34;", '"')
        for row in labels[:1]:
            assert row["l"] in shown, thing


@pytest.mark.parametrize("suffix", [*FORMATS, "html"])
def test_a_suffix_gives_what_accept_gives(
    client: httpx.Client, examples: dict[str, str], suffix: str
) -> None:
    media_type = HTML if suffix == "html" else FORMATS[suffix][0]
    for thing in sorted(set(examples.values()))[::6]:
        if path_of(thing) in ELSEWHERE or path_of(thing).startswith("/data/"):
            continue
        place = document_of(client, thing)
        headers = {"accept": media_type, "accept-language": "en"}
        asked = client.get(place, headers=headers)
        linked = client.get(asked.headers["content-location"], headers={"accept": "image/png"})
        assert linked.status_code == 200
        assert linked.headers["content-location"] == asked.headers["content-location"]
        assert "Accept," not in linked.headers["vary"] and "Accept" in asked.headers["vary"]
        if suffix != "html":  # a page keeps a language that stands in its address
            assert linked.content == asked.content
            assert linked.headers["etag"] == asked.headers["etag"]
            assert asked.headers["content-location"].endswith(f".{suffix}")


def test_trig_keeps_the_named_graphs(
    client: httpx.Client, known: Known, examples: dict[str, str]
) -> None:
    for thing in sorted(set(examples.values()))[::3]:
        if path_of(thing) in ELSEWHERE or path_of(thing).startswith("/data/"):
            continue
        body = client.get(f"{document_of(client, thing)}", headers={"accept": "application/trig"})
        quads = list(parse(body.content, format=RdfFormat.TRIG))
        found = {
            (str(q.predicate), str(q.object), str(q.graph_name))
            for q in quads
            if str(q.subject) == f"<{thing}>" and str(q.graph_name) != "DEFAULT"
        }
        assert found and found <= known.quads(thing), thing


def test_head_gives_the_fields_of_get(client: httpx.Client, examples: dict[str, str]) -> None:
    accepted = [HTML, *(media_type for media_type, _ in FORMATS.values())]
    for number, thing in enumerate(sorted(set(examples.values()))):
        if path_of(thing) in ELSEWHERE or path_of(thing).startswith("/data/"):
            continue
        headers = {"accept": accepted[number % len(accepted)]}
        lead = client.head(path_of(thing), headers=headers)
        assert lead.status_code == (200 if path_of(thing).startswith("/ns/") else 303)
        place = document_of(client, thing)
        head, whole = client.head(place, headers=headers), client.get(place, headers=headers)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("content-type", "etag", "content-location", "link", "last-modified", "vary"):
            assert head.headers[name] == whole.headers[name], (thing, name)


@pytest.mark.timeout(900)  # thousands of requests, on a machine that may be busy
def test_every_iri_of_the_graph_answers(client: httpx.Client, known: Known) -> None:
    rows = known.select(
        "SELECT DISTINCT ?i { { GRAPH ?g { ?i ?p ?o } } UNION { GRAPH ?g { ?s ?i ?o } }"
        " UNION { GRAPH ?g { ?s ?p ?i } } UNION { GRAPH ?i { } }"
        f' FILTER(isIRI(?i) && STRSTARTS(STR(?i), "{BASE}/")) }}'
    )
    iris = sorted({row["i"] for row in rows})
    assert len(iris) > 4000
    wrong = {}
    for iri in iris:
        path = path_of(iri)
        answer = client.head(path, headers={"accept": "text/turtle, */*;q=0.1"})
        expected = 303 if path.startswith(("/id/", "/graph/")) else 200
        if answer.status_code != expected:
            wrong[iri] = answer.status_code
    assert wrong == {}
    for iri in iris[::40]:
        if iri.startswith((f"{BASE}/id/", f"{BASE}/graph/")):
            found = client.get(
                path_of(iri), headers={"accept": "text/turtle"}, follow_redirects=True
            )
            assert found.status_code == 200, iri
            assert iri in {
                s.strip("<>") for triple in read(found.content, "turtle") for s in triple
            }
