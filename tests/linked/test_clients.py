"""Clients of other makers follow the IRIs themselves: the base of this release is the address that serves it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import BASE
from needs import need
from rdflib import RDFS, SKOS, Dataset, Graph, Namespace, URIRef
from running import free_address, kg_serve

from kgservice.release import Release, switch_current

from .conftest import FORMATS, HTML

SCRIPT = Path(__file__).parents[1] / "clients" / "link_traversal.mjs"


@pytest.fixture(scope="module")
def base(real_release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base of a release whose IRIs are addresses of the service over it: ``http://127.0.0.1:…/kg``."""
    address = free_address()
    base = f"{address}/kg"
    content = real_release.graph.read_text("utf-8").replace(BASE, base).encode()
    digest = hashlib.sha256(content).hexdigest()
    releases = tmp_path_factory.mktemp("releases")
    folder = releases / digest[:16]
    folder.mkdir()
    (folder / "graph.nq").write_bytes(content)
    (folder / "names.jsonl").write_bytes(b"")
    manifest = json.loads(json.dumps(real_release.manifest).replace(BASE, base))
    manifest |= {
        "release": digest[:16],
        "files": {
            file: {"sha256": hashlib.sha256((folder / file).read_bytes()).hexdigest(), "bytes": 0}
            for file in ("graph.nq", "names.jsonl")
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    switch_current(releases, digest[:16])
    with kg_serve(releases, address=address):
        yield base


@pytest.mark.parametrize("path", ["/id/certificate/c00009", "/ns/Recognition", "/graph/ontology"])
def test_rdflib_parses_by_iri(base: str, path: str) -> None:
    thing = URIRef(base + path)
    plain = Graph().parse(str(thing))
    assert len(plain) > 5
    assert (None, None, thing) in plain or (thing, None, None) in plain
    for form in ("turtle", "xml", "json-ld", "nt", "n3"):
        assert len(Graph().parse(str(thing), format=form)) == len(plain), form
    dataset = Dataset()
    dataset.parse(f"{thing}.trig", format="trig")
    assert len({quad[:3] for quad in dataset.quads()}) == len(plain)


def test_rdflib_follows_its_nose(base: str) -> None:
    """From a certificate to its recognitions, their rows and the level, by nothing but IRIs."""
    zc = Namespace(f"{base}/ns/")
    certificate = URIRef(f"{base}/id/certificate/c00009")
    recognitions = sorted(Graph().parse(str(certificate)).subjects(zc.recognizes, certificate))
    assert recognitions
    recognition = Graph().parse(str(recognitions[0]))
    (entry,) = recognition.objects(recognitions[0], zc.statedIn)
    assert Graph().parse(str(entry)).value(entry, zc.printedName)
    assert list(Graph().parse(str(entry)).objects(entry, RDFS.label))
    for level in recognition.objects(recognitions[0], zc.confersTitleLevel):
        assert len(list(Graph().parse(str(level)).objects(level, SKOS.prefLabel))) == 2


@pytest.mark.parametrize("accept", [HTML, *(media_type for media_type, _ in FORMATS.values())])
def test_curl_gets_what_it_accepts(base: str, accept: str) -> None:
    command = [str(need("curl")), "-sSL", "-o", "/dev/null", "-H", f"Accept: {accept}"]
    command += ["-w", "%{http_code} %{content_type} %{num_redirects}"]
    told = subprocess.run(
        [*command, f"{base}/id/certificate/c00009"], capture_output=True, text=True, check=True
    )
    status, media_type, redirects = told.stdout.replace("; charset=utf-8", "").split()
    assert (status, media_type, redirects) == ("200", accept, "1")


def test_curl_may_send_chinese_as_it_was_typed(base: str) -> None:
    command = [str(need("curl")), "-sS", "-o", "/dev/null", "-w", "%{http_code}"]
    told = subprocess.run([*command, f"{base}/id/证书"], capture_output=True, text=True, check=True)
    assert told.stdout == "404"


def test_urllib_follows_to_the_document(base: str) -> None:
    asked = urllib.request.Request(f"{base}/id/region/500000", headers={"Accept": "text/turtle"})
    with urllib.request.urlopen(asked) as answer:
        assert answer.url == f"{base}/doc/region/500000"
        assert answer.headers["Content-Location"] == "/kg/doc/region/500000.ttl"


def test_comunica_traverses_links(base: str) -> None:
    """Only the certificate is named: Comunica finds the recognitions and levels behind the links."""
    need("comunica-sparql-link-traversal")
    query = f"""PREFIX zc: <{base}/ns/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT DISTINCT ?recognition ?label WHERE {{
          ?recognition zc:recognizes <{base}/id/certificate/c00009> ; zc:confersTitleLevel ?level .
          ?level skos:prefLabel ?label . FILTER(LANG(?label) = "zh")
        }}"""
    told = subprocess.run(
        ["node", SCRIPT, query], capture_output=True, text=True, check=True, timeout=100
    )
    rows: list[dict[str, Any]] = json.loads(told.stdout)
    known = Graph().parse(f"{base}/id/certificate/c00009")
    expected = set()
    for one in known.subjects(
        URIRef(f"{base}/ns/recognizes"), URIRef(f"{base}/id/certificate/c00009")
    ):
        about = Graph().parse(str(one))
        for level in about.objects(one, URIRef(f"{base}/ns/confersTitleLevel")):
            labels = about.objects(level, SKOS.prefLabel)
            expected |= {(str(one), str(label)) for label in labels if label.language == "zh"}  # type: ignore[attr-defined]
    assert expected
    assert {(row["recognition"], row["label"]) for row in rows} == expected
