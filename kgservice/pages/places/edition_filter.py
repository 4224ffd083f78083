"""Which rows of an edition a reader wants to see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kgservice.pages.places.edition_rows import NO_LEVEL, PrintedRow, fold
from kgservice.pages.view import View, page_number
from kgservice.sparql.request import ParameterError

PAGE = 50
MOST_TEXT = 200  # signs of a text to look for, as the form takes them


@dataclass(frozen=True, slots=True)
class RowFilter:
    """``text``: to be found in what is printed; ``level``: a path, or ``none``; ``doubtful``: only rows not certain."""

    text: str | None = None
    level: str | None = None
    section: str | None = None
    doubtful: bool = False

    @property
    def empty(self) -> bool:
        """Whether every row fits."""
        return not (self.text or self.level or self.section or self.doubtful)

    def choose(self, rows: Sequence[PrintedRow]) -> list[PrintedRow]:
        """The rows that fit, in their order. Each word of the text has to stand somewhere in the row."""
        words = dict.fromkeys(fold(self.text or "").split())
        return [
            row
            for row in rows
            if (self.section is None or row.section == self.section)
            and (self.level is None or self.level in (row.levels or [NO_LEVEL]))
            and not (self.doubtful and row.certain)
            and (not words or _holds(row.folded, words))
        ]


def _holds(text: str, words: Iterable[str]) -> bool:
    return all(word in text for word in words)


def read_filter(view: View, levels: Sequence[str], sections: Sequence[str]) -> RowFilter:
    """The filter in a request.

    Raises:
        ParameterError: a level or a list that the edition does not have.
    """
    return RowFilter(
        text=(view.get("q") or "")[:MOST_TEXT] or None,
        level=_one_of(view, "level", [*levels, NO_LEVEL]),
        section=_one_of(view, "section", sections),
        doubtful=view.get("doubtful") is not None,
    )


def read_page(view: View, found: Sequence[PrintedRow]) -> int:
    """The first row to show, counted from 0: that of ``page`` (the last where there are fewer), or of the page that has the
    row ``row``.

    Raises:
        ParameterError: the page is no number from 1 on, or there is no such row.
    """
    given, row = view.get("page"), view.get("row")
    if given is None and row is not None:
        for place, one in enumerate(found):
            if one.number == row:
                return place - place % PAGE
        raise ParameterError(
            "row",
            f"There is no row '{row[:40]}' here. Leave the parameter 'row' out to see all rows.",
            f"此处没有第“{row[:40]}”行。去掉参数“row”即可看到全部各行。",
        )
    last = max(len(found) - 1, 0) // PAGE
    return min(page_number(given) - 1, last) * PAGE


def _one_of(view: View, name: str, allowed: Sequence[str]) -> str | None:
    given = view.get(name)
    if given is None or given in allowed:
        return given
    listed = ", ".join(allowed) or "-"
    raise ParameterError(
        name,
        f"Parameter '{name}' is '{given[:40]}'. There are here: {listed}.",
        f"参数“{name}”为“{given[:40]}”。此处有：{listed}。",
    )
