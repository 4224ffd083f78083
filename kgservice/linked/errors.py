"""What may be wrong with an address. Statuses stand in :mod:`kgservice.problems`."""

from __future__ import annotations

from urllib.parse import quote

from kgservice.errors import ExplainedError

_ASCII = "/:@!$&'()*+,;=~-._%#?[]"


class WithdrawnThing(ExplainedError):
    """The IRI was minted and withdrawn.

    ``successor`` is the path of what replaces it, where something does; ``link`` is the field that leads there.
    """

    def __init__(self, iri: str, successor: str | None, moved: str | None) -> None:
        then_en = f"{successor} replaces it; see {moved}" if successor else "Nothing replaces it."
        then_zh = f"由 {successor} 取代，见 {moved}" if successor else "没有替代者。"
        super().__init__(
            f"{iri[:200]} was withdrawn. {then_en}",
            f"{iri[:200]} 已撤销。{then_zh}",
        )
        self.successor = successor
        self.link = f'<{quote(moved, safe=_ASCII)}>; rel="successor-version"' if moved else None
