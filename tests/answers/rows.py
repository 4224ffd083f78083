"""Rows as people name them: ``CQ9``, ``ZJ91``, ``WX44``, ``BJ2-6``, ``SH-C24``."""

from __future__ import annotations

import re

_EDITIONS = {
    "500000-1/2023": "CQ",
    "330000-1/2023": "ZJ",
    "320200-1/2021": "WX",
    "110000-1/annex-5": "BJ",
    "310000-1/3.0": "SH-",
}


def row_of(path: str) -> str:
    """``recognition/500000-1/2023/9`` (or an entry's, an exemption's path) → ``CQ9``."""
    _, _, tail = path.partition("/")
    edition, _, number = tail.rpartition("/")
    return _EDITIONS[edition] + number


def rows(text: str) -> set[str]:
    """``"CQ120-148 ZJ88 SH-C24"`` → the rows, with a range of plain numbers written out."""
    found: set[str] = set()
    for word in text.split():
        span = re.fullmatch(r"(CQ|ZJ|WX|SH-[A-D])(\d+)-(\d+)", word)
        if span:
            prefix, first, last = span.groups()
            found |= {f"{prefix}{number}" for number in range(int(first), int(last) + 1)}
        else:
            found.add(word)
    return found
