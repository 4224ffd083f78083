"""What the script of the SPARQL page needs to know, as JSON: addresses, formats, limits, and its words."""

from __future__ import annotations

from typing import Any

from kgservice.pages.assets import Assets
from kgservice.pages.query.vocabulary import ADDRESS as TERMS
from kgservice.pages.site import CODEMIRROR, EDITOR_PREFIX
from kgservice.pages.view import View
from kgservice.release import Release
from kgservice.search.writing import TYPES
from kgservice.sparql.check import Form
from kgservice.sparql.results import OFFERS

MODULES = ("editor-results.js", "editor-table.js", "editor-chart.js", "editor-fields.js")


def describe_script(view: View, release: Release, assets: Assets) -> dict[str, Any]:
    """The settings of the script for one page."""
    built = release.built
    package = EDITOR_PREFIX + CODEMIRROR
    codemirror = assets.address(package) if assets.has(package) else None
    return {
        "language": view.language,
        "chosen": view.chosen,
        "prefix": view.prefix,
        "base": release.manifest["base"] if built else None,
        "prefixes": release.manifest["prefixes"],
        "sparql": f"{view.prefix}/sparql",
        "page": f"{view.prefix}/query",
        "queries": f"{view.prefix}/queries/",
        "terms": view.prefix + TERMS,
        "search": f"{view.prefix}/api/search" if built else None,
        "searched": TYPES,
        "codemirror": codemirror and view.prefix + codemirror,
        "modules": {
            name.removeprefix("editor-").removesuffix(".js"): view.prefix + assets.address(name)
            for name in MODULES
        },
        "formats": {
            kind: [(one.key, one.names[0], one.media_type) for one in OFFERS[form]]
            for kind, form in (
                ("table", Form.SELECT),
                ("truth", Form.ASK),
                ("graph", Form.CONSTRUCT),
            )
        },
        "words": {name: view.t(zh, en) for name, (zh, en) in WORDS.items()},
        "phrases": _PHRASES if view.language == "zh" else {},
    }


# The words of the script; what stands in braces is filled in there.
WORDS = {
    "editor": ("SPARQL 查询", "SPARQL query"),
    "running": ("运行中…… {seconds} 秒", "running … {seconds} s"),
    "rows": ("{rows} 行，用时 {seconds} 秒", "{rows} rows in {seconds} s"),
    "triples": ("{rows} 个三元组，用时 {seconds} 秒", "{rows} triples in {seconds} s"),
    "truth": ("用时 {seconds} 秒", "in {seconds} s"),
    "yes": ("是（true）", "Yes (true)"),
    "no": ("否（false）", "No (false)"),
    "nothing": (
        "没有结果。图谱中没有符合条件的内容；未列入不等于不认可。",
        "No rows. Nothing in the graph matches; not listed does not mean not recognised.",
    ),
    "shown": (
        "显示前 {shown} 行，共 {rows} 行；下载的文件含全部。",
        "The first {shown} of {rows} rows are shown; downloads have all.",
    ),
    "more": ("再显示 {rows} 行", "Show {rows} more"),
    "large": (
        "结果超过 {size} MB，页面只读取了开头的 {rows} 行；下载的文件含全部。",
        "The answer is over {size} MB; the page has read the first {rows} rows only. Downloads have all.",
    ),
    "broken": (
        "结果在途中断，未能读完。请加 LIMIT 或缩小范围后重试。",
        "The answer broke off on its way. Add a LIMIT or ask for less, and try again.",
    ),
    "unreachable": (
        "无法连接服务。请检查网络后重试。",
        "The service cannot be reached. Check the network and try again.",
    ),
    "place": ("第 {line} 行第 {column} 个字符", "line {line}, column {column}"),
    "cancelled": ("已取消。", "Cancelled."),
    "table": ("表格", "Table"),
    "chart": ("图", "Chart"),
    "raw": ("原文", "As sent"),
    "raw_cut": ("（原文过长，只显示开头）", "(long; only the beginning is shown)"),
    "views": ("显示方式", "View"),
    "sort": ("按 {column} 排序", "Sort by {column}"),
    "value": ("数值", "Value"),
    "label": ("名称", "Label"),
    "chart_of": ("{value}（按 {label}）", "{value} by {label}"),
    "chart_cut": ("只画出前 {rows} 行。", "Only the first {rows} rows are drawn."),
    "download": ("下载", "Download"),
    "subject": ("主语", "subject"),
    "predicate": ("谓语", "predicate"),
    "object": ("宾语", "object"),
    "share": (
        "此链接打开同一查询（不会自动运行）：",
        "This link opens the same query (it does not run by itself):",
    ),
    "copied": ("已复制到剪贴板。", "Copied to the clipboard."),
    "too_long": (
        "查询太长，放不进链接；请改为保存文本。",
        "The query is too long for a link; save its text instead.",
    ),
    "suggestions": ("建议", "Suggestions"),
    "none_found": ("没有找到", "Nothing found"),
}
# CodeMirror's own words, which are English by themselves.
_PHRASES = {
    "Completions": "补全",
    "Diagnostics": "问题",
    "Fold line": "折叠",
    "Unfold line": "展开",
    "No diagnostics": "没有问题",
    "next": "下一个",
    "previous": "上一个",
    "close": "关闭",
}
