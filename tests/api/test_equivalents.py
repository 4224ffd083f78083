"""``/api/certificates/{id}/equivalents``: every relation by name, with what it rests on; look-alikes kept apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kgservice.api.context import ApiContext
from kgservice.api.equivalent_models import EquivalentsAnswer

from .conftest import BASE, REGIONS, Get, Json, Select, row_of, rows_of, serve, write_release

ListedOn = Callable[[str], str]


def _others(answer: Json, kind: str) -> set[str]:
    return {e["other"]["id"].partition("/")[2] for e in answer["equivalents"] if e["kind"] == kind}


def _of(answer: Json, kind: str) -> list[Json]:
    return [e for e in answer["equivalents"] if e["kind"] == kind]


def test_8_one_certificate_under_two_names(get: Get, listed_on: ListedOn) -> None:
    answer = get(f"certificates/{listed_on('ZJ2')}/equivalents")
    identical = _of(answer, "identical")
    assert {
        rows_of(e)[0]: (e["printed_name"], e.get("printed_original_name")) for e in identical
    } == {
        "ZJ2": ("助理软件开发人员认证", "Associate Software Developer Certification"),
        "WX59": ("中级软件开发人员认证", "Associate Software Developer Certification"),
        "CQ40": ("中级软件开发人员认证", None),
    }
    for found in identical:
        assert found["other"]["id"] == answer["certificate"]["id"]
        assert found["carries_recognition"] is True
        assert found["relation"] == "listsCertificate"
        assert found["justification"] in ("LexicalMatching", "ManualMappingCuration")
        assert found["reviewer"] == "reading/second"
        assert 0.9 <= found["confidence"] == found["matches"][0]["confidence"]
    # CQ38 overlaps it inside one list: a programme, and not the same.
    (programme,) = _of(answer, "covered_by")
    assert programme["other"]["id"] == "family/f0001"
    assert rows_of(programme) == ["CQ38"] and programme["carries_recognition"] is True
    assert programme["confidence"] == 0.9


def test_7_one_register_grade_through_four_bodies(get: Get, listed_on: ListedOn) -> None:
    chartered = [listed_on(row) for row in ("CQ81", "SH-C10", "SH-C12", "SH-C20")]
    answer = get(f"certificates/{chartered[0]}/equivalents", kind="same_register_grade")
    assert answer["kinds"] == ["same_register_grade"]
    worth = {
        e["other"]["id"].partition("/")[2]: {
            (row_of(s["recognition"]), s["levels"][0]["label"]["zh"])
            for s in e["recognitions"]
            if s["levels"]
        }
        for e in answer["equivalents"]
    }
    assert worth == {
        chartered[1]: {("SH-C10", "副高级")},
        chartered[2]: {("SH-C12", "副高级")},
        chartered[3]: {("SH-C20", "副高级")},
    }
    assert all(e["carries_recognition"] is False for e in answer["equivalents"])
    assert all(e["confidence"] == 0.98 for e in answer["equivalents"])
    assert (
        len(get(f"certificates/{chartered[0]}/equivalents", kind="identical")["equivalents"]) == 3
    )


def test_3_a_family_covers_and_is_told_as_derived(get: Get, listed_on: ListedOn) -> None:
    bdc = listed_on("WX4")
    (family,) = get(f"certificates/{bdc}/equivalents", kind="covered_by")["equivalents"]
    assert (family["other"]["id"], family["relation"]) == ("family/f0002", "broaderCertificate")
    assert rows_of(family) == ["BJ2-6"] and family["distance"] == 1
    answer = get("families/f0002/equivalents", kind="covers")
    assert _others(answer, "covers") == {f"c000{n}" for n in range(10, 15)}
    assert all(rows_of(e) == ["BJ2-6"] for e in answer["equivalents"])
    # The members are look-alikes of each other, and the same as none.
    whole = get(f"certificates/{bdc}/equivalents")
    assert {f"certificate/c000{n}" for n in range(11, 15)} <= {
        one["certificate"]["id"] for one in whole["look_alikes"]
    }


def test_and_above_covers_only_where_a_row_says_so(get: Get) -> None:
    answer = get("certificates/c00379/equivalents")
    covers = {e["other"]["id"]: (rows_of(e), e["distance"]) for e in _of(answer, "covers")}
    assert covers == {
        "certificate/c00380": (["SH-A123"], 1),
        "certificate/c00381": (["SH-A123"], 2),
    }
    above = {
        e["other"]["id"]: (e["distance"], e["carries_recognition"]) for e in _of(answer, "above")
    }
    assert above == {"certificate/c00380": (1, False), "certificate/c00381": (2, False)}
    two_up = next(e for e in _of(answer, "above") if e["distance"] == 2)
    assert two_up["justification"] == "MappingChaining" and len(two_up["matches"]) == 2
    (named,) = _of(get("certificates/c00381/equivalents"), "covered_by")
    assert named["other"]["id"] == "certificate/c00379" and rows_of(named) == ["SH-A123"]
    # MRICS stands above AssocRICS, and no row says "and above": a ladder, no cover.
    rics = get("certificates/c00084/equivalents")
    assert _others(rics, "above") == {"c00085", "c00086"} and _of(rics, "covers") == []


def test_same_outcome_is_a_result(get: Get, listed_on: ListedOn) -> None:
    answer = get(
        f"certificates/{listed_on('ZJ91')}/equivalents", kind="same_outcome", region="330000"
    )
    # ZJ91 to ZJ100: 工程师, 材料.
    assert {rows_of(e)[1] for e in answer["equivalents"]} == {f"ZJ{n}" for n in range(92, 101)}
    for found in answer["equivalents"]:
        assert rows_of(found)[0] == "ZJ91"
        assert found["carries_recognition"] is False
        assert found["justification"] == "LogicalReasoning" and found["matches"] == []
        assert found["level"]["id"] == "title-level/30" and found["level_mode"] == "ExactLevel"
        assert [s["label"]["zh"] for s in found["specialties"]] == ["材料"]
        assert found["edition"] == "edition/330000-1/2023" and 0 < found["confidence"] <= 1


def test_same_outcome_is_symmetric_and_needs_all_three(get: Get, select: Select) -> None:
    """Against a direct computation: level, mode and a specialty in common in one edition, single-level rows."""
    level = "?{0} zc:confersTitleLevel ?l . FILTER NOT EXISTS {{ ?{0} zc:confersTitleLevel ?{0}2 FILTER(?{0}2 != ?l) }}"
    pairs = {
        (row["c"], row["d"])
        for row in select(
            "SELECT DISTINCT ?c ?d { ?a zc:recognizes ?c ; zc:inEdition ?e ; zc:levelMode ?m ; zc:specialty ?s . "
            "?b zc:specialty ?s ; zc:recognizes ?d ; zc:inEdition ?e ; zc:levelMode ?m . "
            + level.format("a")
            + level.format("b")
            + "FILTER(?c != ?d) FILTER(STR(?e) = 'https://w3id.org/zhicheng/id/edition/320200-1/2021') }"
        )
    }
    assert pairs
    for certificate in sorted({one for one, _ in pairs})[::7]:
        id = certificate.partition("/")[2]
        answer = get(f"certificates/{id}/equivalents", kind="same_outcome", region=REGIONS["WX"])
        assert {e["other"]["id"] for e in answer["equivalents"]} == {
            other for one, other in pairs if one == certificate
        }


def test_15_mutual_recognition_as_stated(get: Get, listed_on: ListedOn) -> None:
    cibep = listed_on("BJ3-1")
    answer = get(f"certificates/{cibep}/equivalents", kind="mutually_recognized")
    assert _others(answer, "mutually_recognized") == {"c00275", "c00276"}
    remark = {"zh": "BJ3-1 的备注。", "en": "Remark of BJ3-1."}
    assert all(e["matches"][0]["comment"] == remark for e in answer["equivalents"])
    assert all(e["carries_recognition"] is False for e in answer["equivalents"])
    # It is not transitive: CICE and CICS are not tied to each other by it.
    back = get("certificates/c00275/equivalents", kind="mutually_recognized")
    assert _others(back, "mutually_recognized") == {cibep}


def test_14_exempting(get: Get, listed_on: ListedOn) -> None:
    answer = get(f"certificates/{listed_on('SH-A98')}/equivalents", kind="exempting")
    assert {
        (rows_of(e)[0], e["other"]["id"], e["exemption"]["count"], e["exemption"]["count_mode"])
        for e in answer["equivalents"]
    } == {
        ("BJ2-8", "qualification/q0001", 8, "Exactly"),
        ("SH-D4", "qualification/q0001", 9, "AtMost"),
    }
    assert all(e["carries_recognition"] is False for e in answer["equivalents"])
    assert all(e["matches"] and e["confidence"] for e in answer["equivalents"])
    here = get(f"certificates/{listed_on('SH-A98')}/equivalents", kind="exempting", region="110000")
    assert [rows_of(e) for e in here["equivalents"]] == [["BJ2-8"]]


def test_a_region_narrows_to_what_has_a_row_there(get: Get) -> None:
    answer = get("certificates/c00085/equivalents", region=REGIONS["WX"])
    assert answer["region"]["label"]["zh"] == "无锡市"
    prefixes = {rows_of(e)[-1][:2] for e in answer["equivalents"] if e["sources"]}
    assert prefixes == {"WX"}
    # AssocRICS is on WX18; FRICS is not in Wuxi's directory.
    assert _others(answer, "below") == {"c00084"} and _others(answer, "above") == set()
    for found in _of(answer, "below"):
        assert [row_of(s["recognition"]) for s in found["recognitions"]] == ["WX18"]


def test_equivalents_come_by_the_page(client: TestClient, get: Get) -> None:
    """Rows of each region once; what rests on reviewed statements on every page, with the recognitions of its regions."""
    path = "/api/certificates/c00085/equivalents"
    whole = client.get(path)
    everything = whole.json()["equivalents"]
    regions = int(whole.headers["x-total-count"])
    assert regions > 2 and "link" not in whole.headers
    pages: list[list[Json]] = []
    address = f"{path}?limit=1"
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-total-count"] == str(regions)
        pages.append(answer.json()["equivalents"])
        address = answer.links.get("next", {}).get("url", "")
    assert len(pages) == regions
    for kind in ("identical", "same_outcome", "exempting"):
        told = [e for e in everything if e["kind"] == kind]
        found = [e for page in pages for e in page if e["kind"] == kind]
        assert sorted(map(str, found)) == sorted(map(str, told))
    for kind in ("above", "below"):
        (told_first,) = [e for e in everything if e["kind"] == kind][:1]
        here = [next(e for e in page if e["kind"] == kind) for page in pages]
        assert all(one["matches"] == told_first["matches"] for one in here)
        assert [s for one in here for s in one["recognitions"]] == told_first["recognitions"]
    assert client.get(path, params={"region": "320200"}).headers["x-total-count"] == "1"


def test_the_worth_is_asked_only_of_the_kinds_that_show_it(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ask = ApiContext.ask

    async def note(self: ApiContext, name: str, **values: Any) -> Any:
        asked.append(name)
        return await ask(self, name, **values)

    monkeypatch.setattr(ApiContext, "ask", note)
    path = "/api/certificates/c00080/equivalents"
    assert client.get(path, params={"kind": "identical"}).status_code == 200
    assert not {"recognition", "recognition-rows", "same-outcome"} & set(asked)
    asked.clear()
    assert client.get(path, params={"kind": "same_register_grade"}).status_code == 200
    assert "recognition-rows" in asked and not {"listings", "same-outcome"} & set(asked)


def test_look_alikes_are_never_identical(get: Get, select: Select) -> None:
    """For every certificate with a Not statement: it is told with its reason, on both sides, and nowhere as the same."""
    pairs = select(
        'SELECT ?a ?b { ?m owl:annotatedSource ?a ; owl:annotatedTarget ?b ; sssom:predicate_modifier "Not" }'
    )
    assert len(pairs) > 500
    wrong: dict[str, set[str]] = {}
    for pair in pairs:
        wrong.setdefault(pair["a"], set()).add(pair["b"])
        wrong.setdefault(pair["b"], set()).add(pair["a"])
    for certificate, not_same in wrong.items():
        kind, _, id = certificate.partition("/")
        route = "certificates" if kind == "certificate" else "families"
        answer = get(f"{route}/{id}/equivalents", kind="identical")
        assert {one["certificate"]["id"] for one in answer["look_alikes"]} == not_same
        for one in answer["look_alikes"]:
            assert one["reason"]["zh"] and one["reason"]["en"] and one["match"]["reviewer"]
        identical = {e["other"]["id"] for e in answer["equivalents"]}
        assert identical <= {certificate} and not identical & not_same


def test_every_relation_rests_on_something(client: TestClient, get: Get, select: Select) -> None:
    """Every certificate: 200 within the schema; each relation has a row or a statement, and a confidence."""
    for row in select("SELECT ?c { ?c a zc:Certificate } ORDER BY ?c")[::5]:
        answer = client.get(f"/api/{row['c'].replace('certificate', 'certificates')}/equivalents")
        assert answer.status_code == 200, row
        assert "sameAs" not in answer.text
        EquivalentsAnswer.model_validate_json(answer.content)
        told = answer.json()
        for found in told["equivalents"]:
            assert found["sources"] or found["matches"], (row, found["kind"])
            assert 0 < found["confidence"] <= 1 and found["reviewer"] and found["justification"]
            if found["carries_recognition"]:
                assert found["kind"] in ("identical", "covered_by", "covers")
            if found["kind"] != "identical":
                assert found["other"]["id"] != told["certificate"]["id"]


@pytest.mark.parametrize(
    ("query", "status", "parameter"),
    [
        ("kind=similar", 400, "kind"),
        ("kind=above&kind=similar", 400, "kind"),
        ("region=999999", 404, "region"),
        ("region=", 404, "region"),
        ("regions=310000", 400, "regions"),
    ],
)
def test_what_is_wrong_is_named(
    client: TestClient, query: str, status: int, parameter: str
) -> None:
    for language in ("zh", "en"):
        answer = client.get(
            f"/api/certificates/c00085/equivalents?{query}", headers={"accept-language": language}
        )
        assert answer.status_code == status, answer.text
        assert answer.json()["parameter"] == parameter
        assert parameter in answer.json()["languages"][language]["detail"]
    assert client.get("/api/certificates/c99999/equivalents").json()["parameter"] == "id"


def _match(
    graph: str, subject: str, relation: str, target: str, *, negated: bool = False
) -> list[str]:
    """A reviewed statement about certificates, with the triple that follows from it."""
    certificate = f"{BASE}/id/certificate/"
    node = f"<{BASE}/id/match/{subject}{target}{relation}{'Not' if negated else ''}>"
    owl, sssom = "http://www.w3.org/2002/07/owl#", "https://w3id.org/sssom/"
    lines = [
        f"{node} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{BASE}/ns/Match>",
        f"{node} <{owl}annotatedSource> <{certificate}{subject}>",
        f"{node} <{owl}annotatedProperty> <{BASE}/ns/{relation}>",
        f"{node} <{owl}annotatedTarget> <{certificate}{target}>",
        f"{node} <{sssom}mapping_justification> <https://w3id.org/semapv/vocab/ManualMappingCuration>",
        f'{node} <{sssom}confidence> "0.8"^^<http://www.w3.org/2001/XMLSchema#decimal>',
        f"{node} <{sssom}author_id> <{BASE}/id/reading/first>",
        f"{node} <{sssom}reviewer_id> <{BASE}/id/reading/second>",
    ]
    if negated:
        lines.append(f'{node} <{sssom}predicate_modifier> "Not"')
    else:
        lines.append(f"<{certificate}{subject}> <{BASE}/ns/{relation}> <{certificate}{target}>")
    return [f"{line} <{graph}> ." for line in lines]


@pytest.fixture(scope="module")
def doctored(graph: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The real data with statements of kinds that it does not have: one certificate under several IRIs, a successor."""
    mapping = f"{BASE}/graph/mapping/certificates"
    lines = []
    for id in ("c90001", "c90002", "c90003", "c90004"):
        subject = f"<{BASE}/id/certificate/{id}>"
        lines += [
            f"{subject} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{BASE}/ns/Certificate> <{mapping}> .",
            f'{subject} <http://www.w3.org/2004/02/skos/core#prefLabel> "证书{id}"@zh <{mapping}> .',
        ]
    lines += _match(mapping, "c00009", "sameCertificate", "c90001")
    lines += _match(mapping, "c90001", "sameCertificate", "c90002")
    lines += _match(mapping, "c90002", "sameCertificate", "c90003")
    lines += _match(mapping, "c00009", "sameCertificate", "c90003", negated=True)
    lines += _match(mapping, "c90004", "succeeds", "c00009")
    releases = tmp_path_factory.mktemp("doctored")
    with serve(releases, write_release(releases, graph + "\n".join(lines) + "\n")) as running:
        yield running


def test_one_certificate_under_several_iris(doctored: TestClient) -> None:
    """Transitive, and checked against Not: c90003 is said not to be the same, whatever the chain says."""
    answer = doctored.get("/api/certificates/c00009/equivalents").json()
    assert _others(answer, "identical") == {"c00009", "c90001", "c90002"}
    chained = next(e for e in _of(answer, "identical") if e["other"]["id"] == "certificate/c90002")
    assert chained["justification"] == "MappingChaining" and chained["confidence"] == 0.8
    assert "certificate/c90003" in {one["certificate"]["id"] for one in answer["look_alikes"]}
    back = doctored.get("/api/certificates/c90002/equivalents", params={"kind": "identical"}).json()
    assert {"c90001", "c00009"} <= _others(back, "identical")


def test_a_successor_carries_nothing_over(doctored: TestClient) -> None:
    (old,) = _of(doctored.get("/api/certificates/c90004/equivalents").json(), "replaces")
    assert old["other"]["id"] == "certificate/c00009" and old["carries_recognition"] is False
    assert {row_of(s["recognition"]) for s in old["recognitions"]} == {"ZJ91", "WX44", "CQ9"}
    (new,) = _of(doctored.get("/api/certificates/c00009/equivalents").json(), "replaced_by")
    assert new["other"]["id"] == "certificate/c90004" and new["recognitions"] == []
    assert doctored.get("/api/certificates/c90004").json()["recognitions"] == []
