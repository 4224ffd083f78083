"""This graph and a second talent database, joined by SERVICE: an Oxigraph server with occupations after ESCO's model."""

from __future__ import annotations

import httpx
import pytest

from .facts import RECOGNISED

PREFIXES = """
PREFIX esco: <http://data.europa.eu/esco/model#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX zc: <https://w3id.org/zhicheng/ns/>
PREFIX zcid: <https://w3id.org/zhicheng/id/>
PREFIX talent: <https://talent.example/ns/>
"""


def ask(address: str, query: str) -> httpx.Response:
    """The answer of an endpoint, as SPARQL JSON."""
    headers = {
        "content-type": "application/sparql-query",
        "accept": "application/sparql-results+json",
    }
    return httpx.post(address, content=PREFIXES + query, headers=headers, timeout=60)


def rows(answer: httpx.Response) -> set[tuple[str, ...]]:
    """The rows of an answer; what is not bound is empty."""
    assert answer.status_code == 200, answer.text
    table = answer.json()
    return {
        tuple(row.get(name, {"value": ""})["value"] for name in table["head"]["vars"])
        for row in table["results"]["bindings"]
    }


def assert_failed(answer: httpx.Response, status: int, slug: str) -> None:
    """The second database tells what it was told here; Oxigraph writes that into the body it has begun."""
    assert f"Error {status}" in answer.text
    assert f"/problem/{slug}" in answer.text
    with pytest.raises(ValueError, match="Expecting"):
        answer.json()


class TestTheSecondDatabaseAsksThisGraph:
    """Its SERVICE clause calls this endpoint."""

    def test_by_iri(self, talent: str, endpoint: str) -> None:
        """Which occupations ask for a certificate that counts as a title, and where?"""
        answer = ask(
            talent,
            f"""SELECT ?occupation ?places ?region ?title {{
              ?o a esco:Occupation ; talent:asksFor ?certificate ; talent:openPlaces ?places ; skos:prefLabel ?occupation
              FILTER(LANG(?occupation) = "zh" && ?places > 5)
              SERVICE <{endpoint}> {{
                ?r zc:recognizes ?certificate ; zc:jurisdiction/skos:prefLabel ?region ;
                  zc:confersTitle/skos:prefLabel ?title
                FILTER(LANG(?region) = "zh" && LANG(?title) = "zh")
              }}
            }}""",
        )
        assert rows(answer) == {
            ("冶金工程师", "12", region, title) for region, _, title in RECOGNISED
        }

    def test_by_chinese_name(self, talent: str, endpoint: str) -> None:
        """An occupation without a counterpart here stays, with nothing beside it."""
        answer = ask(
            talent,
            f"""SELECT ?occupation ?certificate {{
              ?o talent:asksForNamed ?name ; skos:prefLabel ?occupation FILTER(LANG(?occupation) = "zh")
              OPTIONAL {{
                SERVICE <{endpoint}> {{ ?certificate a zc:Certificate ; skos:prefLabel ?name }}
              }}
            }}""",
        )
        assert rows(answer) == {
            ("材料工程师", "https://w3id.org/zhicheng/id/certificate/c00009"),
            ("养蜂人", ""),
        }

    def test_what_fails_here_fails_there(self, talent: str, hurried: str) -> None:
        """A crossed deadline is no empty answer, unless SILENT asks for one."""
        endless = "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a = ?i && ?c != ?f) }"
        query = f'SELECT ?n {{ ?o skos:notation "6123.1" , ?n SERVICE <{hurried}> {endless} }}'
        assert_failed(ask(talent, query), 504, "query-timeout")
        assert rows(ask(talent, query.replace("SERVICE", "SERVICE SILENT"))) == {("6123.1",)}

    def test_this_graph_does_not_call_back(self, talent: str, endpoint: str) -> None:
        """A SERVICE within the SERVICE clause is refused, as every one that the settings do not allow."""
        back = f"SERVICE <{talent}> {{ ?x a esco:Occupation }}"
        answer = ask(talent, f"SELECT ?x {{ SERVICE <{endpoint}> {{ {back} }} }}")
        assert_failed(answer, 403, "service-refused")


# The other direction, this graph asking the second database through the allow-list: class
# TestThisGraphAsksTheSecondDatabase, beside the tests of SERVICE.
