"""What stated values mean, each looked up once for a batch."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kgservice.matching.issuers import Issuing
from kgservice.matching.text import issuer_key
from kgservice.reconcile.countries import find_country
from kgservice.reconcile.ids import find_id
from kgservice.reconcile.query import Value
from kgservice.reconcile.register import Register
from kgservice.search.find import find

_BRACKETS = re.compile(r"[()（）\[\]［］【】]")
_SEVERAL = re.compile(r"[;；|、\n]")


class Meanings:
    """What the values of a batch mean in a register; ``start`` is what all IRIs of things begin with.

    A column states the same body and the same region in every row, each of them is held against every candidate, and a
    lookup searches all names: so each value is looked up once. For one thread at a time, and never on the event loop.
    """

    def __init__(self, register: Register, start: str = "") -> None:
        self.register = register
        self.start = start
        self._issuing: dict[tuple[Value, ...], Issuing | None] = {}
        self._regions: dict[Value, str | None] = {}
        self._countries: dict[str, str | None] = {}

    def thing(self, text: str) -> str | None:
        """The thing that a text is the id of."""
        return find_id(text, self.register, self.start)

    def issuing(self, values: Iterable[Value]) -> Issuing | None:
        """The bodies that stated values mean together; ``None`` where nothing is stated."""
        given = tuple(values)
        if given not in self._issuing:
            self._issuing[given] = self._resolve(given) if given else None
        return self._issuing[given]

    def region(self, value: Value) -> str | None:
        """The region that a value means."""
        if value not in self._regions:
            self._regions[value] = region_of(value, self.register)
        return self._regions[value]

    def country(self, text: str) -> str | None:
        """The code of the country that a text means."""
        if text not in self._countries:
            self._countries[text] = find_country(self.register.simplify(text))
        return self._countries[text]

    def _resolve(self, values: tuple[Value, ...]) -> Issuing:
        """A value with the id of a body is that body; a text may hold a name and letters (国际信息系统审计协会（ISACA）)."""
        book = self.register.matcher.prepared.book
        ids: set[str] = set()
        texts: list[str] = []
        for value in values:
            body = self.thing(value.id or value.text)
            if body is not None and body in book.bodies:
                ids.add(body)
                texts += book.bodies[body].names
            elif value.text:
                texts += body_texts(self.register.simplify(value.text), self.register)
        resolved = book.resolve(texts)
        if not ids:
            return resolved
        return Issuing(resolved.printed, resolved.keys, frozenset(ids), {})


def region_of(value: Value, register: Register) -> str | None:
    """The region that a value means: an id, a code, or a name that one region alone has. It searches all names."""
    text = (value.id or value.text).removeprefix("region/")
    hits = find(register.index, text, types=("region",), limit=2)
    exact = [hit.path for hit in hits if hit.how == "exact"]
    if not exact and len(hits) == 1 and hits[0].how == "prefix":
        return hits[0].path  # 上海 for 上海市
    return exact[0] if len(exact) == 1 else None


def body_texts(text: str, register: Register) -> list[str]:
    """A text that names bodies, in parts where it is no name as a whole and a part is one."""
    book = register.matcher.prepared.book
    if issuer_key(text) in book.by_key:
        return [text]
    for cut in (_SEVERAL, _BRACKETS):
        parts = [part.strip() for part in cut.split(text) if part.strip()]
        if len(parts) > 1 and any(issuer_key(part) in book.by_key for part in parts):
            return parts
    return [text]
