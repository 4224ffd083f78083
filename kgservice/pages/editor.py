"""The page that a browser gets at ``/sparql`` when it sends no query."""

from __future__ import annotations

from fastapi import Request

from kgservice.pages.answering import PageWriter
from kgservice.pages.site import Page
from kgservice.pages.view import View
from kgservice.sparql.request import Asgi, Receive, Scope, Send

_EXAMPLE = """SELECT ?graph (COUNT(*) AS ?triples)
WHERE { GRAPH ?graph { ?s ?p ?o } }
GROUP BY ?graph
ORDER BY DESC(?triples)"""
_PREFIXES = ("zc", "zcid", "skos", "rdfs")
_FORMATS = {
    "json": "SPARQL JSON",
    "csv": "CSV",
    "tsv": "TSV",
    "xml": "SPARQL XML",
    "turtle": "Turtle (CONSTRUCT)",
    "jsonld": "JSON-LD (CONSTRUCT)",
}


def make_page(writer: PageWriter, *, union: bool) -> Asgi:
    """The page over one release. ``union``: whether the default graph is the union of the named graphs."""
    prefixes = writer.release.manifest["prefixes"]
    heading = "".join(f"PREFIX {p}: <{prefixes[p]}>\n" for p in _PREFIXES if p in prefixes)

    async def make(view: View) -> Page:
        context = {"query": heading + _EXAMPLE, "formats": _FORMATS, "union": union}
        return Page("editor.html", view.t("SPARQL 查询", "SPARQL query"), context)

    async def show(scope: Scope, receive: Receive, send: Send) -> None:
        response = await writer.answer(Request(scope), make, vary="Accept, Accept-Language")
        await response(scope, receive, send)

    return show
