"""The few pages of plain HTML: bilingual, without scripts and without anything from elsewhere."""

from __future__ import annotations

from html import escape
from typing import Any

from kgservice.release import Release

_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.6 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;max-width:46rem;
margin:0 auto;padding:1rem}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #8884;
overflow-wrap:anywhere}td.number{text-align:right;white-space:nowrap}
textarea{width:100%;box-sizing:border-box;font:14px/1.5 ui-monospace,monospace}
select,button{font:inherit;padding:.4rem .8rem}
code{overflow-wrap:anywhere}
"""
_EXAMPLE = """SELECT ?graph (COUNT(*) AS ?triples)
WHERE { GRAPH ?graph { ?s ?p ?o } }
GROUP BY ?graph
ORDER BY DESC(?triples)"""
_CHOICES = (
    ("json", "SPARQL JSON"),
    ("csv", "CSV"),
    ("tsv", "TSV"),
    ("xml", "SPARQL XML"),
    ("turtle", "Turtle (CONSTRUCT)"),
    ("jsonld", "JSON-LD (CONSTRUCT)"),
)


def landing_page(release: Release) -> str:
    """What is served, how much of it, and where to ask."""
    manifest = release.manifest
    counts = "".join(_row(name, value) for name, value in _flatten(manifest["counts"]))
    graphs = "".join(_row(iri, quads) for iri, quads in sorted(manifest["graphs"].items()))
    facts = (
        f"<table><tr><th>版本 / release</th><td><code>{escape(release.id)}</code></td></tr>"
        f"<tr><th>程序 / program</th><td>{escape(manifest['version'])}</td></tr>"
        f"<tr><th>四元组 / quads</th><td>{release.quads:,}</td></tr></table>"
    )
    subject = (
        "<p>哪些境外职业资格证书，在哪个地区，对应哪一级职称，依据哪份文件的哪一行。<br>"
        '<span lang="en">Which overseas certificate counts as which professional title, in which region, '
        "as printed in which row of which document.</span></p>"
        if release.built
        else '<p>直接提供的 RDF 文件。<br><span lang="en">RDF files, served as they are.</span></p>'
    )
    return _page(
        "职称图谱 · Zhicheng Graph",
        f"{subject}"
        '<p><a href="/sparql"><strong>SPARQL 查询 / query endpoint: <code>/sparql</code></strong></a></p>'
        f"{facts}<h2>数量 / counts</h2><table>{counts}</table>"
        f"<h2>命名图 / named graphs</h2><table>{graphs}</table>",
    )


def query_page(release: Release, *, union: bool = True) -> str:
    """A form for a query, for who comes with a browser."""
    default = (
        ("默认图为全部命名图的并集", "The default graph is the union of all named graphs")
        if union
        else ("默认图不含命名图", "The default graph holds nothing of the named graphs")
    )
    options = "".join(f'<option value="{value}">{label}</option>' for value, label in _CHOICES)
    prefixes = "".join(
        f"PREFIX {prefix}: <{iri}>\n"
        for prefix, iri in sorted(release.manifest["prefixes"].items())
        if prefix in ("zc", "zcid", "skos", "rdfs")
    )
    return _page(
        "SPARQL · 职称图谱 / Zhicheng Graph",
        f"<p>{default[0]}；只读，不支持 SERVICE。<br>"
        f'<span lang="en">{default[1]}; read-only, no SERVICE.</span></p>'
        '<form method="get" action="/sparql">'
        '<p><label for="query">查询 / query</label>'
        f'<textarea id="query" name="query" rows="14" spellcheck="false">{escape(prefixes + _EXAMPLE)}</textarea></p>'
        f'<p><label>格式 / format <select name="format">{options}</select></label> '
        '<button type="submit">查询 / ask</button></p></form>'
        '<p><a href="/sparql?format=turtle">服务描述 / service description</a> · <a href="/">首页 / start</a></p>',
    )


def _page(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>"
    )


def _row(name: str, value: Any) -> str:
    shown = f"{value:,}" if isinstance(value, int) else escape(str(value))
    return f'<tr><td>{escape(name)}</td><td class="number">{shown}</td></tr>'


def _flatten(counts: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """Counts within counts, as one list with dotted names."""
    rows: list[tuple[str, Any]] = []
    for name, value in counts.items():
        if isinstance(value, dict):
            rows += _flatten(value, f"{before}{name} · ")
        else:
            rows.append((before + name, value))
    return rows
