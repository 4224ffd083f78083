"""What a description holds: parts, labels of neighbours, who points here; signposts; the whole ontology."""

from __future__ import annotations

import json
import re

import httpx
import pytest
from conftest import BASE
from rdflib import DCTERMS, RDF, RDFS, SKOS, Graph, Namespace, URIRef

from kgservice.linked.vocabulary import OTHERS

from .conftest import FORMATS, Known, read

ZC, ID = Namespace(f"{BASE}/ns/"), Namespace(f"{BASE}/id/")
LINK = re.compile(r'<([^>]*)>; rel="([^"]*)"((?:; \w+="[^"]*")*)')


def graph(client: httpx.Client, path: str) -> Graph:
    """The document at a path."""
    answer = client.get(f"{path}.ttl")
    assert answer.status_code == 200
    return Graph().parse(data=answer.content, format="turtle")


def links(answer: httpx.Response) -> dict[str, list[tuple[str, str]]]:
    """Relation → targets with their media types (``Link``, RFC 8288)."""
    found: dict[str, list[tuple[str, str]]] = {}
    for target, relations, attributes in LINK.findall(answer.headers["link"]):
        media_type = re.search(r'type="([^"]*)"', attributes)
        for relation in relations.split():
            found.setdefault(relation, []).append((target, media_type[1] if media_type else ""))
    return found


def test_a_recognition_has_its_outcomes_and_labels(client: httpx.Client) -> None:
    about = graph(client, "/doc/recognition/500000-1/2023/183")
    recognition = ID["recognition/500000-1/2023/183"]
    outcomes = set(about.objects(recognition, ZC.gradeOutcome))
    assert len(outcomes) == 3
    for outcome in outcomes:
        (level,) = about.objects(outcome, ZC.confersTitleLevel)
        assert {label.language for label in about.objects(level, SKOS.prefLabel)} == {"zh", "en"}
    (entry,) = about.objects(recognition, ZC.statedIn)
    assert list(about.objects(entry, RDFS.label))


def test_a_rule_has_its_alternatives_with_their_conditions(client: httpx.Client) -> None:
    about = graph(client, "/doc/rule/310000-1/3.0/1")
    alternatives = set(about.objects(ID["rule/310000-1/3.0/1"], ZC.alternative))
    assert len(alternatives) == 14
    conditions = {one for each in alternatives for one in about.objects(each, ZC.condition)}
    assert len(conditions) == 42
    assert all(list(about.predicates(one)) == list(about.predicates(one)) for one in conditions)
    assert {one for one in conditions if (one, RDF.type, ZC.Condition) in about} == conditions
    assert all((each, ZC.degree, None) in about for each in alternatives)


def test_a_holder_condition_and_an_edition_in_sections(client: httpx.Client) -> None:
    about = graph(client, "/doc/recognition/310000-1/3.0/C38")
    (condition,) = about.objects(ID["recognition/310000-1/3.0/C38"], ZC.holderCondition)
    assert (condition, ZC.minYears, None) in about
    edition = graph(client, "/doc/edition/310000-1/3.0")
    sections = set(edition.objects(ID["edition/310000-1/3.0"], ZC.hasSection))
    assert len(sections) == 4
    assert all((one, RDF.type, ZC.Section) in edition for one in sections)


def test_who_points_here(client: httpx.Client, known: Known) -> None:
    about = graph(client, "/doc/certificate/c00009")
    thing = ID["certificate/c00009"]
    pointing = {str(one) for one in about.subjects(ZC.recognizes, thing)}
    rows = known.select(f"SELECT ?s {{ GRAPH ?g {{ ?s <{ZC.recognizes}> <{thing}> }} }}")
    assert pointing == {row["s"] for row in rows} and pointing


def test_the_ontology_comes_whole(client: httpx.Client, known: Known) -> None:
    answer = client.get("/ns/", headers={"accept": "text/turtle"})
    assert answer.headers["content-location"] == "/ns.ttl"
    triples = read(answer.content, "turtle")
    inside = known.select(f"SELECT ?s ?p ?o {{ GRAPH <{BASE}/graph/ontology> {{ ?s ?p ?o }} }}")
    assert len(inside) > 1500
    document = str(client.base_url).rstrip("/")
    assert len([one for one in triples if document not in one[0]]) == len(inside)


def test_a_graph_tells_its_size_and_its_dump(client: httpx.Client, known: Known) -> None:
    (row,) = known.select(
        f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{BASE}/graph/register/titles> {{ ?s ?p ?o }} }}"
    )
    about = graph(client, "/doc/graph/register/titles")
    name = URIRef(f"{BASE}/graph/register/titles")
    void = Namespace("http://rdfs.org/ns/void#")
    assert str(about.value(name, void.triples)) == row["n"]
    page = client.get("/doc/graph/register/titles", headers={"accept": "text/html"})
    ((dump, media_type),) = links(page)["item"]
    assert f'href="{dump}"' in page.text
    assert "<h1>命名图：" in page.text and "<h1>命名图：graph/" not in page.text
    assert media_type == "application/gzip"
    assert client.head(dump).status_code == 200


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/doc/certificate/c00009", "EducationalOccupationalCredential"),
        ("/doc/issuer/i0001", "Organization"),
        ("/doc/edition/310000-1/3.0", "Dataset"),
        ("/doc/title-level/30", "CreativeWork"),
    ],
)
def test_signposts_of_the_landing_page(client: httpx.Client, path: str, kind: str) -> None:
    page = client.get(path, headers={"accept": "text/html"})
    found = links(page)
    assert found["cite-as"] == [(f"{BASE}/id/{path.removeprefix('/doc/')}", "")]
    assert {target for target, _ in found["type"]} == {
        "https://schema.org/AboutPage",
        f"https://schema.org/{kind}",
    }
    assert found["license"] == [("https://creativecommons.org/licenses/by/4.0/", "")]
    assert found["collection"] == [(f"{str(client.base_url).rstrip('/')}/doc/dataset", "")]
    expected = [
        (f"{str(client.base_url).rstrip('/')}{path}.{suffix}", media_type)
        for suffix, (media_type, _) in FORMATS.items()
    ]
    assert found["describedby"] == found["alternate"] == expected
    for target, media_type in expected:
        data = client.get(target)
        assert data.status_code == 200
        assert data.headers["content-type"].partition(";")[0] == media_type
        back = links(data)
        ((landing, landing_type),) = back["describes"]
        assert landing_type == "text/html" and client.get(landing).status_code == 200
        assert back["cite-as"] == found["cite-as"]


def test_structured_data_names_the_thing(client: httpx.Client) -> None:
    page = client.get("/doc/title-level/30.html").text
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    told = json.loads(block)
    assert told["@id"] == f"{BASE}/id/title-level/30"
    assert told["name"] == ["中级", "Intermediate level"]


def test_the_printed_row_stands_on_the_page(client: httpx.Client, known: Known) -> None:
    for path in ("/doc/entry/310000-1/3.0/C24", "/doc/recognition/310000-1/3.0/C24"):
        page = client.get(f"{path}.html").text
        assert '<span class="printed">MRICS</span>' in page
        assert '<span class="printed" lang="zh">英国皇家特许测量师学会</span>' in page
        assert 'href="/doc/document/310000-2025-298"' in page
    (row, *_) = known.select(
        f"SELECT ?r {{ GRAPH ?g {{ ?e <{ZC.certain}> false . ?r <{ZC.statedIn}> ?e }} }} ORDER BY ?r"
    )
    path = row["r"].removeprefix(BASE).replace("/id/", "/doc/")
    assert "badge--doubt" in client.get(f"{path}.html").text
    assert "badge--doubt" not in client.get("/doc/recognition/310000-1/3.0/C24.html").text


def test_a_label_in_the_other_language_says_so(client: httpx.Client, known: Known) -> None:
    rows = known.select(
        f"SELECT ?s ?l {{ GRAPH ?g {{ ?s a <{ZC.Specialty}> ; <{SKOS.prefLabel}> ?l }}"
        f" FILTER(LANG(?l) = 'zh') FILTER NOT EXISTS {{ GRAPH ?h {{ ?s <{SKOS.prefLabel}> ?e }}"
        " FILTER(LANG(?e) = 'en') } } ORDER BY ?s LIMIT 1"
    )
    if not rows:
        rows = known.select(
            f"SELECT ?s ?l {{ GRAPH ?g {{ ?s <{SKOS.prefLabel}> ?l }} FILTER(LANG(?l) = 'zh')"
            f" FILTER NOT EXISTS {{ GRAPH ?h {{ ?s <{SKOS.prefLabel}> ?e }} FILTER(LANG(?e) = 'en') }} }}"
            " ORDER BY ?s LIMIT 1"
        )
    assert rows, "nothing lacks an English label"
    page = client.get(f"{rows[0]['s'].removeprefix(BASE).replace('/id/', '/doc/')}.html?lang=en")
    assert f'<h1><span lang="zh">{rows[0]["l"]}</span></h1>' in page.text


def test_terms_have_pages(client: httpx.Client) -> None:
    page = client.get("/ns/confersTitleLevel", headers={"accept": "text/html"}).text
    assert "认可所给的职称层级。" in page and "The title level that the recognition gives." in page
    assert 'href="/ns/TitleLevel"' in page
    assert 'href="/doc/recognition/' in page, "examples of its use"
    assert re.search(r'→ <a href="/doc/title-level/\w+">[^a-z<]+</a>', page), "by their names"
    assert 'href="/shapes#RecognitionLevel"' in page, "shapes that name it"
    page = client.get("/ns/Recognition?lang=en", headers={"accept": "text/html"}).text
    assert "A recognition is stated in exactly one entry" in page, "shapes that look at it"
    for text in ("instances", "properties with this domain", "subclass of"):
        assert text in page


def test_every_class_and_property_in_the_data_has_a_name_in_both_languages(known: Known) -> None:
    prefixes = {
        row["p"]: row["n"]
        for row in known.select(
            "PREFIX sh: <http://www.w3.org/ns/shacl#>"
            " SELECT ?p ?n { GRAPH ?g { ?d sh:prefix ?p ; sh:namespace ?n } }"
        )
    }
    rows = known.select(
        f"SELECT DISTINCT ?p {{ {{ GRAPH ?h {{ ?s a ?p }} BIND(<{BASE}/graph/any> AS ?g) }}"
        " UNION { GRAPH ?g { ?s ?p ?o } }"
        f' FILTER(!STRSTARTS(STR(?g), "{BASE}/graph/description/") && !STRSTARTS(STR(?p), "{BASE}/")) }}'
    )
    named = {prefixes[name.partition(":")[0]] + name.partition(":")[2] for name in OTHERS}
    assert {row["p"] for row in rows} - named == set()
    assert DCTERMS.title in {URIRef(one) for one in named}
