"""What completion offers on the SPARQL page: the classes, properties and values of what is served, with their labels.

Asked of the engine once for a release, and of nobody else. A built release counts its terms itself (VoID); files that
are served in place of one are counted here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from kgservice.engine.interface import Dataset, Engine, Query
from kgservice.release import DESCRIPTION, Release
from kgservice.sparql.coding import SMALLEST, Body
from kgservice.sparql.negotiate import GZIP, IDENTITY, choose_coding
from kgservice.sparql.receiving import field, text_of
from kgservice.sparql.validators import digest, match, tag_of

ADDRESS = "/query/terms.json"
_VOID = """\
PREFIX void: <http://rdfs.org/ns/void#>
SELECT ?kind ?term (SUM(?n) AS ?count) {
  { ?part void:class ?term ; void:entities ?n . BIND("class" AS ?kind) } UNION
  { ?part void:property ?term ; void:triples ?n . BIND("property" AS ?kind) }
} GROUP BY ?kind ?term"""
# A scan: over nothing but the data, in whichever graph they are.
_SCAN = """\
SELECT ("KIND" AS ?kind) ?term (COUNT(*) AS ?count) { PATTERN } GROUP BY ?term LIMIT 5000"""
_DECLARED = """\
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
SELECT DISTINCT ?kind ?term ?label (LANG(?label) AS ?language) {
  { PATTERN } UNION
  { ?term a ?class FILTER(REGEX(STR(?term), "^BASE/ns/[^/]+$")) BIND("value" AS ?kind) OPTIONAL { ?term rdfs:label ?label } }
} ORDER BY ?kind LIMIT 20000"""
_DECLARATION = """\
VALUES (?type ?kind) {
    (owl:Class "class") (rdfs:Class "class") (owl:ObjectProperty "property") (owl:DatatypeProperty "property")
    (owl:AnnotationProperty "property") (rdf:Property "property") (owl:NamedIndividual "value")
  }
  ?term a ?type .
  OPTIONAL { ?term rdfs:label ?label }"""
_MEMBERS = {"class": "classes", "property": "properties", "value": "values"}


class Vocabulary:
    """The terms of one release. ``union``: whether the default graph is the union of the named graphs."""

    def __init__(self, release: Release, engine: Engine, *, union: bool) -> None:
        self._release = release
        self._engine = engine
        self._union = union
        self._asking = asyncio.Lock()
        self._document: bytes | None = None

    async def document(self) -> bytes:
        """JSON: ``prefixes``, ``classes``, ``properties`` and ``values``, the most used first.

        Each term has ``name`` (with a prefix, or as an IRI in angle brackets), ``zh``, ``en`` and ``count``.

        Raises:
            EngineError: the engine gave no answer.
        """
        async with self._asking:
            if self._document is None:
                self._document = await self._read()
            return self._document

    async def _read(self) -> bytes:
        terms: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in _MEMBERS}
        for row in await self._count():
            if (name := self._shorten(row["term"])) is not None:
                term = {"name": name, "count": int(row["count"])}
                terms[row["kind"]].setdefault(row["term"], term)
        base = self._release.manifest["base"].replace(".", "[.]")
        declared = _DECLARED.replace("PATTERN", self._anywhere(_DECLARATION)).replace("BASE", base)
        # Classes and properties first: what is one of them is no mere value.
        for row in await self._ask(declared):
            name = self._shorten(row["term"])
            if name is None:
                continue
            # What is used as one kind and declared as another keeps what it is used as.
            used = next((kind for kind in terms if row["term"] in terms[kind]), row["kind"])
            term = terms[used].setdefault(row["term"], {"name": name, "count": 0})
            language = "zh" if row.get("language", "").startswith("zh") else "en"
            if "label" in row:
                term.setdefault(language, row["label"])
        ranked = {
            member: sorted(terms[kind].values(), key=lambda term: (-term["count"], term["name"]))
            for kind, member in _MEMBERS.items()
        }
        document = {"prefixes": self._release.manifest["prefixes"], **ranked}
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    async def _count(self) -> list[Mapping[str, str]]:
        if DESCRIPTION in self._release.manifest["files"] and self._union:
            return await self._ask(_VOID)
        found = []
        for kind, pattern in (
            ("class", "?s a ?term FILTER(isIRI(?term))"),
            ("property", "?s ?term ?o"),
        ):
            whole = _SCAN.replace("KIND", kind).replace("PATTERN", self._anywhere(pattern))
            found += await self._ask(whole)
        return found

    def _anywhere(self, pattern: str) -> str:
        """The pattern over all graphs, also where the default graph holds nothing of the named ones."""
        if self._union:
            return pattern
        return f"{{ {pattern} }} UNION {{ GRAPH ?anywhere {{ {pattern} }} }}"

    async def _ask(self, text: str) -> list[Mapping[str, str]]:
        parts = []
        async with self._engine.answer(Query(text, "json")) as answer:
            async for part in answer:
                parts.append(part)
        rows = json.loads(b"".join(parts))["results"]["bindings"]
        return [{name: term["value"] for name, term in row.items()} for row in rows]

    def _shorten(self, iri: str) -> str | None:
        """The term with the longest prefix that leaves a plain local name, else in full."""
        best: str | None = None
        length = 0
        for prefix, start in self._release.manifest["prefixes"].items():
            local = iri.removeprefix(start)
            plain = local.replace("_", "").replace("-", "").isalnum() and not local.startswith("-")
            if local != iri and plain and len(start) > length:
                best, length = f"{prefix}:{local}", len(start)
        return best or f"<{iri}>"

    @property
    def stamp(self) -> bytes:
        """What of the release decides the document."""
        served = f"{self._release.id} {'union' if self._union else 'plain'} {ADDRESS}"
        return digest(served, "", Dataset(), "application/json")


def make_router(vocabulary: Vocabulary) -> APIRouter:
    """The route of the terms."""
    router = APIRouter(include_in_schema=False)

    @router.api_route(ADDRESS, methods=["GET", "HEAD"])
    async def show(request: Request) -> Response:
        accepted = text_of(field(request.scope, b"accept-encoding"))
        fields = {
            "cache-control": "no-cache",
            "vary": "Accept-Encoding",
            "x-content-type-options": "nosniff",
        }
        held = text_of(field(request.scope, b"if-none-match"))
        tag = match(held, vocabulary.stamp, accepted, weak=False)
        if tag is not None:
            return Response(status_code=304, headers=fields | {"etag": tag})
        body = Body(await vocabulary.document())
        chosen = choose_coding(accepted, worthwhile=len(body.plain) >= SMALLEST) or IDENTITY
        fields["etag"] = tag_of(vocabulary.stamp, chosen, weak=False)
        if chosen == GZIP:
            fields["content-encoding"] = GZIP
        data = await body.coded(chosen)
        return Response(data, media_type="application/json", headers=fields)

    return router
