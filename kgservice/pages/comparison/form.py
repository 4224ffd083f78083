"""What a reader wants to compare: the parameters of the page, as its form sends them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

from kgservice.api.compare_models import DivergenceKind
from kgservice.api.compare_selection import Listed, Selection
from kgservice.pages.view import View, page_number
from kgservice.search.find import find
from kgservice.search.index import SearchIndex
from kgservice.sparql.request import ParameterError

PAGE = 10  # certificates
MOST_FOUND = 100  # certificates that a text may name
MOST_REGIONS = 12  # what still can be read side by side
FIRST_REGIONS = 6  # where none is chosen
LISTED: tuple[Listed, ...] = get_args(Listed)
KINDS: tuple[str, ...] = ("any", *get_args(DivergenceKind))
# In the order of the form; what else is in the address is left alone.
NAMES = (
    *("regions", "q", "certificate", "issuer", "country", "listed", "divergence"),
    *("holding_condition", "on"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """``regions``: codes, empty where none was chosen. ``selection``: what the comparison is asked for.

    ``nothing``: the text names no certificate, so that there is nothing to ask for. ``many``: it names more than are looked
    at. ``first``: certificates before the page.
    """

    regions: Sequence[str]
    text: str | None
    selection: Selection
    nothing: bool
    many: bool
    first: int


async def read_wanted(view: View, index: SearchIndex) -> Wanted:
    """What the request asks for.

    Raises:
        ParameterError: a parameter is not what it must be.
    """
    text = view.get("q")
    certificates = _split(view, "certificate")
    named = await _named(index, text) if text else []
    many = len(named) > MOST_FOUND
    named = named[:MOST_FOUND]
    if certificates and text:
        # A certificate that was chosen and a text: both have to hold.
        plain = {one.partition("/")[2] or one for one in certificates}
        named = [one for one in named if one.partition("/")[2] in plain]
    country = view.get("country")
    if country is not None and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise ParameterError(
            "country",
            f"Parameter 'country' is '{country[:40]}'. Give two letters (ISO 3166), such as GB.",
            f"参数“country”为“{country[:40]}”。请给出两位字母代码（ISO 3166），如 GB。",
        )
    selection = Selection(
        issuer=view.get("issuer"),
        certificates=named if text else certificates,
        country=country,
        listed=_choice(view, "listed", LISTED) or "any",
        divergence=_choice(view, "divergence", KINDS),
        holding_condition=view.get("holding_condition") is not None,
        on=_day(view),
    )
    return Wanted(
        regions=_split(view, "regions"),
        text=text,
        selection=selection,
        nothing=bool(text) and not named,
        many=many,
        first=(page_number(view.get("page")) - 1) * PAGE,
    )


def api_query(view: View, regions: Sequence[str], selection: Selection) -> list[tuple[str, str]]:
    """The same question as the API takes it."""
    pairs: list[tuple[str, Any]] = [
        ("regions", ",".join(regions)),
        ("certificate", ",".join(selection.certificates)),
        ("issuer", selection.issuer),
        ("country", selection.country),
        ("listed", selection.listed if selection.listed != "any" else None),
        ("divergence", selection.divergence),
        ("holding_condition", "true" if selection.holding_condition else None),
        ("on", selection.on.isoformat() if selection.on else None),
    ]
    return [(name, value) for name, value in pairs if value]


async def _named(index: SearchIndex, text: str) -> list[str]:
    """The certificates and families that a text names, or whose issuer it names."""
    types = ("certificate", "family")
    hits = await asyncio.to_thread(find, index, text[:200], types=types, limit=MOST_FOUND + 1)
    return [hit.path for hit in hits]


def _split(view: View, name: str) -> list[str]:
    """The values of a parameter that may be repeated, or hold several with commas between them."""
    parts = (part.strip() for value in view.get_all(name) for part in value.split(","))
    return list(dict.fromkeys(part for part in parts if part))


def _choice(view: View, name: str, allowed: Sequence[Any]) -> Any:
    given = view.get(name)
    if given is None or given in allowed:
        return given
    listed = ", ".join(allowed)
    raise ParameterError(
        name,
        f"Parameter '{name}' is '{given[:40]}'. Give one of: {listed}.",
        f"参数“{name}”为“{given[:40]}”。请给出以下之一：{listed}。",
    )


def _day(view: View) -> date | None:
    given = view.get("on")
    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise ParameterError(
            "on",
            f"Parameter 'on' is '{given[:40]}'. Give a day as YYYY-MM-DD, such as 2024-01-31.",
            f"参数“on”为“{given[:40]}”。请给出日期，格式 YYYY-MM-DD，如 2024-01-31。",
        ) from None
