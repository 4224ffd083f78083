"""A small page on one thing, for the frame in which a client shows it. Nothing is loaded and nothing runs in it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Sequence
from html import escape

from kgservice.api.context import ApiContext, Row
from kgservice.api.errors import UnknownId
from kgservice.api.statements import group_statements
from kgservice.api.things import Labels, iris, read_labels
from kgservice.reconcile.countries import name_country
from kgservice.reconcile.editions import Editions
from kgservice.reconcile.ids import find_id
from kgservice.reconcile.properties import TYPE_NAMES
from kgservice.reconcile.register import Register, Thing

_MOST_ROWS = 5
_STYLE = (
    "body{font:13px/1.45 system-ui,'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;margin:8px;"
    "color:#1b1f24;background:#fff;overflow-wrap:anywhere}"
    "h1{font-size:15px;line-height:1.3;margin:0 0 2px}p{margin:0 0 4px}.b{color:#57606a}"
    "ul{margin:4px 0;padding-left:18px}a{color:#0550ae}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors *"
    ),
    "referrer-policy": "no-referrer",
}
_TEXTS = {
    "none": (
        "图谱所收目录中没有列入它的行；未列入不等于不认可。",
        "No row of the directories in this graph lists it; not listed is not the same as not recognised.",
    ),
    "more": ("另有 {} 行", "{} more rows"),
    "one more": ("另有 {} 行", "{} more row"),
    "ceiling": ("最高可至", "at most"),
    "covered": ("推出", "derived"),
    "uncertain": ("识读存疑", "reading uncertain"),
    "ended": ("目录今不在有效期内", "edition not in force today"),
    "no level": ("不给职称层级", "gives no level of title"),
    "certificates": ("登记册中有 {} 种证书", "{} certificates in this graph"),
    "one certificate": ("登记册中有 {} 种证书", "{} certificate in this graph"),
    "open": ("打开全部内容", "Open the whole page"),
    "look": ("名称相近而并非同一：", "Looks alike and is not the same: "),
}


def _tell(name: str, language: str, *values: object) -> str:
    return _TEXTS[name][language == "en"].format(*values)


async def write_preview(
    given: str,
    register: Register,
    context: ApiContext,
    editions: Editions,
    origin: str,
    language: str,
) -> str:
    """The page on the thing with this id.

    Raises:
        UnknownId: there is none.
    """
    path = find_id(given, register, context.iri(""))
    if path is None:
        raise UnknownId("id", given)
    thing = register.things[path]
    label, told = thing.label(language)
    other = thing.zh if told == "en" else thing.en
    kind = TYPE_NAMES[thing.type].name(language)
    facts = [kind, *thing.letters, path]
    bodies = [register.things[one].label(language)[0] for one in thing.issuers]
    bodies += [name_country(code, language) for code in thing.countries]
    body = [
        f'<h1 lang="{told}">{escape(label)}</h1>',
        f'<p class="b" lang="{"zh" if told == "en" else "en"}">{escape(other)}</p>'
        if other
        else "",
        f"<p>{escape(' · '.join(facts))}</p>",
        f"<p>{escape(' · '.join(bodies))}</p>" if bodies else "",
        await _rows(thing, register, context, editions, language),
        _look_alikes(thing, register, language),
        f'<p><a href="{escape(f"{origin}/doc/{path}")}" target="_blank" rel="noopener">{_tell("open", language)}</a></p>',
    ]
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(label)}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(body)}</body></html>"
    )


async def _rows(
    thing: Thing, register: Register, context: ApiContext, editions: Editions, language: str
) -> str:
    if thing.type == "issuer":
        number = len(register.issued_by(thing.id))
        text = "one certificate" if number == 1 else "certificates"
        return f"<p>{_tell(text, language, number)}</p>"
    rows = await context.ask("recognition", certificate=thing.id)
    states = await editions.states()

    def has_ended(group: Sequence[Row]) -> bool:
        return states.get(str(group[0]["edition"])) == "no"

    groups = sorted(await asyncio.to_thread(group_statements, rows), key=has_ended)
    if not groups:
        return f"<p>{_tell('none', language)}</p>"
    labels = await read_labels(
        context, iris((row for group in groups[:_MOST_ROWS] for row in group), "region", "titleLevel")
    )  # fmt: skip
    items = [
        _row(group, context, labels, language, ended=has_ended(group))
        for group in groups[:_MOST_ROWS]
    ]
    left = len(groups) - _MOST_ROWS
    if left > 0:
        items.append(f"<li>{_tell('one more' if left == 1 else 'more', language, left)}</li>")
    return f"<ul>{''.join(items)}</ul>"


def _row(
    rows: Sequence[Row], context: ApiContext, labels: Labels, language: str, *, ended: bool
) -> str:
    """One row of a directory: region, number as printed, and what it gives."""
    first = min(rows, key=lambda row: row["basis"] != "listed")

    def name(iri: str) -> str:
        label = labels.label(iri)
        return label.en if language == "en" and label.en else label.zh

    levels = [name(one) for one in iris(rows, "titleLevel")]
    given = " / ".join(levels) or _tell("no level", language)
    if levels and context.path(str(first.get("mode", ""))) == "CeilingLevel":
        given = f"{_tell('ceiling', language)} {given}"
    notes = [_tell("ended", language)] if ended else []
    notes += [] if first["basis"] == "listed" else [_tell("covered", language)]
    notes += [] if first["certain"] else [_tell("uncertain", language)]
    entry = context.path(str(first["entry"])).removeprefix("entry/")
    told = f"{name(str(first['region']))} {entry}: {given}"
    noted = f" ({', '.join(notes)})" if notes else ""
    return f"<li>{escape(told + noted)}</li>"


def _look_alikes(thing: Thing, register: Register, language: str) -> str:
    others = sorted(register.look_alikes.get(thing.id, ()))
    names = [register.things[one].label(language)[0] for one in others if one in register.things]
    if not names:
        return ""
    shown = ("、" if language == "zh" else "; ").join(names[:3]) + (" …" if len(names) > 3 else "")
    return f'<p class="b">{_tell("look", language)}{escape(shown)}</p>'
