"""Descriptions of what the graph does not hold: the types of problems (RFC 9457, 4)."""

from __future__ import annotations

from kgservice.linked.bounded import Side, Tally
from kgservice.linked.description import Description
from kgservice.linked.terms import SKOS, TYPE, Quad, iri, text
from kgservice.problems import KINDS, UNFORESEEN


def describe_problem(one: str, slug: str) -> Description | None:
    """What a problem is called and which status it has; ``None`` where there is no such type."""
    kinds = [kind for _, kind in KINDS if kind.slug == slug]
    kinds += [UNFORESEEN] if UNFORESEEN.slug == slug else []
    if not kinds:
        return None
    kind = kinds[0]
    here = iri(one)
    said = [
        (TYPE, iri(f"{SKOS}Concept")),
        (f"{SKOS}prefLabel", text(kind.zh, "zh")),
        (f"{SKOS}prefLabel", text(kind.en, "en")),
        (f"{SKOS}definition", text(f"以 HTTP 状态码 {kind.status} 作答的一类问题；具体原因与处理办法见该响应的 detail。", "zh")),
        (f"{SKOS}definition", text(f"A kind of problem that is answered with HTTP status {kind.status}; the detail of the answer says what is wrong and what to do.", "en")),
        (f"{SKOS}notation", text(str(kind.status))),
    ]  # fmt: skip
    quads = tuple(Quad(here, name, value, "") for name, value in said)
    tallies = tuple(
        Tally(name, False, number, number)
        for name in dict.fromkeys(name for name, _ in said)
        if (number := sum(other == name for other, _ in said))
    )
    return Description(one, Side(quads, tallies), names={one: {"zh": kind.zh, "en": kind.en}})
