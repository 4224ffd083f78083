"""The SPARQL page: the editor, the examples, and for who has no script the first rows of an answer.

It stands at ``/query``, where a query in the address only fills the form; ``/sparql`` gives the same page to a browser
that sends no query, and everything else is the SPARQL Protocol there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from kgservice.pages.answering import PageWriter
from kgservice.pages.query.examples import EXAMPLE, Opened, group_questions, open_example
from kgservice.pages.query.outcome import Outcome, Runner
from kgservice.pages.query.script import describe_script
from kgservice.pages.site import POLICY, Page
from kgservice.pages.view import View
from kgservice.questions import Question
from kgservice.sparql.check import Form
from kgservice.sparql.request import Asgi, Receive, Scope, Send
from kgservice.sparql.results import OFFERS, Format
from kgservice.terms import Names

ADDRESS = "/query"
# Whoever types over highlighted text in Chromium has it write the colour into a style attribute, which CodeMirror then
# takes out again; forbidden, that is an error in the console at each such key.
_POLICY = f"{POLICY}; style-src-attr 'unsafe-inline'"
QUERY, SHOW, TABLE = "query", "show", "table"
# What people call the formats.
NAMES = {
    **{"json": "JSON", "xml": "XML", "csv": "CSV", "tsv": "TSV", "turtle": "Turtle"},
    **{"ntriples": "N-Triples", "nquads": "N-Quads", "trig": "TriG", "rdfxml": "RDF/XML"},
    "jsonld": "JSON-LD",
}
_LISTED = """\
SELECT ?place (COUNT(DISTINCT ?certificate) AS ?certificates)
WHERE {
  ?recognition zc:recognizes ?certificate ; zc:jurisdiction ?region .
  ?region skos:prefLabel ?place . FILTER(LANG(?place) = "LANGUAGE")
}
GROUP BY ?place
ORDER BY DESC(?certificates)
"""
_CLASSES = """\
SELECT ?class (COUNT(*) AS ?things)
WHERE { ?thing a ?class }
GROUP BY ?class
ORDER BY DESC(?things)
"""
_CLASSES_ANYWHERE = """\
SELECT ?class (COUNT(*) AS ?things)
WHERE { { ?thing a ?class } UNION { GRAPH ?graph { ?thing a ?class } } }
GROUP BY ?class
ORDER BY DESC(?things)
"""


class EditorPage:
    """The page over one release.

    ``questions``: the examples; ``union``: whether the default graph is the union of the named graphs.
    """

    def __init__(
        self, writer: PageWriter, questions: Mapping[str, Question], *, union: bool
    ) -> None:
        manifest = writer.release.manifest
        self._writer = writer
        self._questions = questions
        self._union = union
        self._names = Names(manifest["base"], manifest["prefixes"])

    async def answer(
        self, request: Request, runner: Runner | None = None, vary: str = "Accept-Language"
    ) -> Response:
        """The page that the address asks for. ``runner``: runs the query where the address asks for a table."""
        view = self._writer.view(request)
        # There are as many of these pages as queries: none is for an index of the web.
        headers = {"x-robots-tag": "noindex"} if view.query else {}
        text, opened = self._read(view)
        fits = opened is None or opened.text is not None
        if runner is None or view.get(SHOW) != TABLE or not fits:
            return await self._writer.answer(request, self._make, vary=vary, headers=headers)
        outcome = await runner.run(text, request.scope, request.receive)
        base = f"{self._names.base}/"
        ours = {iri for iri in outcome.iris() if iri.startswith(base)}
        labels = await runner.labels(ours, request.scope, request.receive)

        async def make(view: View) -> Page:
            return self._page(view, text, opened, outcome, labels)

        headers |= outcome.headers
        return await self._writer.answer(request, make, vary=vary, lasting=False, headers=headers)

    async def _make(self, view: View) -> Page:
        text, opened = self._read(view)
        return self._page(view, text, opened)

    def _read(self, view: View) -> tuple[str, Opened | None]:
        """The query to show, and the example that is open."""
        question = self._questions.get(view.get(EXAMPLE) or "")
        opened = open_example(question, view, self._names) if question else None
        text = view.get(QUERY) or (opened and opened.text)
        return text or self._first(view), opened

    def _first(self, view: View) -> str:
        """The query to begin with: one whose answer tells something and makes a chart."""
        prefixes = self._names.prefixes
        if not self._questions or "zc" not in prefixes:
            body = _CLASSES if self._union else _CLASSES_ANYWHERE
            declared = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in prefixes.items())
            return declared + body
        asked = view.t("各地区列出了多少种证书？", "How many certificates does each region list?")
        declared = "".join(f"PREFIX {name}: <{prefixes[name]}>\n" for name in ("zc", "skos"))
        return f"# {asked}\n{declared}{_LISTED.replace('LANGUAGE', view.language)}"

    def _page(
        self,
        view: View,
        text: str,
        opened: Opened | None,
        outcome: Outcome | None = None,
        labels: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Page:
        release = self._writer.release
        forms = {"table": Form.SELECT, "truth": Form.ASK, "graph": Form.CONSTRUCT}
        # What broke off here would break off in a file as well.
        whole = outcome is not None and not outcome.broken and outcome.kind in forms
        formats = OFFERS[forms[outcome.kind]] if outcome and whole else ()
        missing = view.get(EXAMPLE) if opened is None else None
        context: dict[str, Any] = {
            "query": text,
            "union": self._union,
            "groups": group_questions(self._questions, view),
            "opened": opened,
            "missing": missing,
            "prefixes": sorted(self._names.prefixes.items()),
            "outcome": outcome,
            "labels": labels or {},
            "shorten": self._shorten,
            "downloads": [(NAMES[one.key], _download(view, text, one)) for one in formats],
            "script": describe_script(view, release, self._writer.site.assets),
        }
        status = 404 if missing else outcome.status if outcome else 200
        if opened is not None and opened.fault is not None:
            status = 400
        title = view.t("SPARQL 查询", "SPARQL query")
        about = view.t(
            "用 SPARQL 查询职称图谱：示例问题、补全、表格与图。",
            "Ask the graph in SPARQL: example questions, completion, tables and charts.",
        )
        return Page("editor.html", title, context, description=about, status=status, policy=_POLICY)

    def _shorten(self, iri: str) -> str:
        """An IRI with the longest prefix that fits, or as it is."""
        fits = [
            (len(start), name)
            for name, start in self._names.prefixes.items()
            if iri.startswith(start)
        ]
        if not fits:
            return iri
        length, name = max(fits)
        return f"{name}:{iri[length:]}"


def _download(view: View, text: str, form: Format) -> str:
    return view.plain("/sparql", query=text, format=form.names[0])


def make_router(page: EditorPage, runner: Runner) -> APIRouter:
    """The route of the page."""
    router = APIRouter(include_in_schema=False)

    @router.api_route(ADDRESS, methods=["GET", "HEAD"])
    async def show(request: Request) -> Response:
        return await page.answer(request, runner)

    return router


def make_form(page: EditorPage) -> Asgi:
    """The same page where a browser sends no query to the endpoint; its links lead to its own address."""

    async def show(scope: Scope, receive: Receive, send: Send) -> None:
        moved = {**scope, "path": f"{scope.get('root_path', '')}{ADDRESS}"}
        response = await page.answer(Request(moved), vary="Accept, Accept-Language")
        await response(scope, receive, send)

    return show
