"""The figures of the pages: rows, matches and things, counted anew from the tables, on every engine."""

from __future__ import annotations

import csv
from collections import Counter

from .conftest import ROOT, Ask

SKOS = "http://www.w3.org/2004/02/skos/core#"
TABLES = {
    "edition/110000-1/annex-5": "beijing/annex-5",
    "edition/310000-1/3.0": "shanghai/3.0",
    "edition/320200-1/2021": "wuxi/2021",
    "edition/330000-1/2023": "zhejiang/2023",
    "edition/500000-1/2023": "chongqing/2023",
}


def table(path: str, delimiter: str = ",") -> list[dict[str, str]]:
    lines = (ROOT / "data" / path).read_text("utf-8-sig").splitlines()
    return list(csv.DictReader((x for x in lines if not x.startswith("#")), delimiter=delimiter))


def test_coverage(ask: Ask) -> None:
    found = {row["edition"]: row for row in ask("coverage")}
    assert set(found) == set(TABLES)
    mapped = {
        row["subject_id"].removeprefix("entry:")
        for row in table("mappings/entries.sssom.tsv", "\t")
        if row["predicate_id"] == "zc:listsCertificate" and not row["predicate_modifier"]
    }
    for edition, folder in TABLES.items():
        rows = table(f"directories/{folder}/directory.csv")
        assert int(found[edition]["rows"]) == len(rows)
        assert int(found[edition]["uncertain"]) == sum(row["certain"] != "yes" for row in rows)
        start = edition.removeprefix("edition/")
        known = sum(one.startswith(f"{start}/") for one in mapped)
        assert int(found[edition]["unmatched"]) == len(rows) - known


def test_totals(ask: Ask) -> None:
    found = ask("totals", class_=["zc:Certificate", "zc:Issuer", "zc:DirectoryEntry"])
    assert {row["class"]: int(row["things"]) for row in found} == {
        "zc:Certificate": len(table("register/certificates.csv")),
        "zc:Issuer": len(table("register/issuers.csv")),
        "zc:DirectoryEntry": sum(len(table(f"directories/{x}/directory.csv")) for x in TABLES.values()),
    }  # fmt: skip


def test_match_quality(ask: Ask) -> None:
    sets = [path.name for path in sorted((ROOT / "data" / "mappings").glob("*.sssom.tsv"))]
    rows = [row for name in sets for row in table(f"mappings/{name}", "\t")]
    counted = Counter((row["predicate_id"], row["predicate_modifier"]) for row in rows)
    reviewed = Counter(
        (row["predicate_id"], row["predicate_modifier"]) for row in rows if row["reviewer_id"]
    )
    found = {
        (row["relation"].replace(SKOS, "skos:"), row.get("modifier", "")): row
        for row in ask("match-quality")
    }
    assert {key: int(row["matches"]) for key, row in found.items()} == counted
    assert {key: int(row["reviewed"]) for key, row in found.items()} == reviewed
    for key, row in found.items():
        lowest = min(
            float(r["confidence"])
            for r in rows
            if (r["predicate_id"], r["predicate_modifier"]) == key
        )
        assert float(row["lowest"]) == lowest


def test_shapes_and_checks(ask: Ask) -> None:
    """Every named shape with its example, and every query of the gate."""
    examples = {path.name for path in (ROOT / "shapes" / "examples").iterdir() if path.is_dir()}
    found = ask("shapes")
    assert {row["name"] for row in found} == examples
    assert all(row["messageZh"] and row["messageEn"] and row["example"] for row in found)
    targeted = {row["name"] for row in found if "target" in row}
    assert {row["relation"].rpartition("#")[2] for row in found if "relation" in row} == {
        "targetClass",
        "targetObjectsOf",
        "targetSubjectsOf",
    }
    text = "\n".join(path.read_text("utf-8") for path in (ROOT / "shapes").glob("*/*.ttl"))
    assert all(name in text for name in targeted)
    queries = list((ROOT / "shapes").glob("*/*.rq"))
    checks = ask("checks")
    assert {row["name"] for row in checks} == {f"{p.parent.name}/{p.stem}" for p in queries}
    assert len(checks) == len(queries)


def test_the_ontology(ask: Ask) -> None:
    terms = ask("ontology-terms")
    classes = [row for row in terms if row["type"].endswith("#Class")]
    text = (ROOT / "ontology" / "zhicheng.ttl").read_text("utf-8")
    assert len(classes) == text.count(" a owl:Class ")
    assert len({(row["term"], row["type"]) for row in terms}) == len(terms)
    named = {row["term"] for row in terms}
    assert all(row["definitionZh"] and row["definitionEn"] for row in classes)
    above = [row for row in ask("ontology-relations") if row["relation"].endswith("#subClassOf")]
    assert {row["term"] for row in above} <= named
    assert ("zc:Issuer", "http://www.w3.org/ns/org#FormalOrganization") in {
        (row["term"], row["other"]) for row in above
    }


def test_downloads(ask: Ask) -> None:
    found = ask("downloads")
    sets = {path.name for path in (ROOT / "data" / "mappings").glob("*.sssom.tsv")}
    sheets = {row["file"].rpartition("/mappings/")[2] for row in found if "conformsTo" in row}
    assert sheets == sets
    assert len({row["file"] for row in found}) == len(found)
    [zh, en] = ask("catalog")
    assert (zh["title"], en["title"]) == ("职称图谱", "Zhicheng Graph")
    assert all(f"/data/{zh['version']}/" in row["file"] for row in found)


def test_things(ask: Ask) -> None:
    found = ask("things", class_=["zc:Certificate", "zc:Region"])
    certificates = {row["thing"] for row in found if row["class"] == "zc:Certificate"}
    assert certificates == {
        f"certificate/{row['id']}" for row in table("register/certificates.csv")
    }
    assert len(found) == len(certificates) + len(table("register/regions.csv"))
