"""What a document says about itself: its topic, its forms, its licence, and what it leaves out (with Hydra)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from kgservice.linked.addresses import Address
from kgservice.linked.bounded import COUNTED, Tally
from kgservice.linked.description import Description
from kgservice.linked.formats import ALL
from kgservice.linked.terms import (
    DCTERMS,
    FOAF,
    HYDRA,
    RDFS,
    TYPE,
    VOID,
    XSD,
    Quad,
    Term,
    iri,
    text,
)


@dataclass(frozen=True, slots=True)
class Document:
    """The document at an address.

    ``origin`` is the service as the client sees it: scheme, host and prefix; ``place`` is where its documents stand
    there: below the path of the base as well, if they were asked for below it.
    """

    origin: str
    place: str
    address: Address
    base: str
    licence: str | None

    @property
    def url(self) -> str:
        """Its address, without suffix."""
        return f"{self.place}{self.address.document}"

    def query_url(self, query: str) -> str:
        """Where a query is answered."""
        return f"{self.origin}/sparql?query={quote(query, safe='')}"

    def statements(self, description: Description) -> list[Quad]:
        """What it says about itself; these stand in no named graph."""
        here = iri(self.url)
        said = [
            (TYPE, iri(f"{FOAF}Document")),
            (f"{FOAF}primaryTopic", iri(description.iri)),
            (f"{VOID}inDataset", iri(f"{self.base}/id/dataset")),
        ]
        if self.licence:
            said.append((f"{DCTERMS}license", iri(self.licence)))
        said += [
            (f"{DCTERMS}hasFormat", iri(f"{self.place}{self.address.represented(form)}"))
            for form in ALL
        ]
        quads = [Quad(here, name, value, "") for name, value in said]
        for number, tally in enumerate(description.left_out, 1):
            quads += self._left_out(tally, description.iri, iri(f"{self.url}#more-{number}"))
        return quads

    def _left_out(self, tally: Tally, thing: str, node: Term) -> Sequence[Quad]:
        pattern = iri(f"{node.value}-pattern")
        said = [
            (node, TYPE, iri(f"{HYDRA}Collection")),
            (node, f"{HYDRA}memberAssertion", pattern),
            (node, f"{HYDRA}view", iri(self.query_url(tally.query(thing)))),
            (pattern, f"{HYDRA}property", iri(tally.name)),
            (pattern, f"{HYDRA}{'object' if tally.inverse else 'subject'}", iri(thing)),
        ]
        if tally.total is not None:
            total = Term("literal", str(tally.total), datatype=f"{XSD}integer")
            said.append((node, f"{HYDRA}totalItems", total))
        said += [(node, f"{RDFS}comment", text(*told)) for told in tell(tally)]
        return [
            Quad(iri(self.url), f"{HYDRA}collection", node, ""),
            *(Quad(subject, name, value, "") for subject, name, value in said),
        ]


def tell(tally: Tally) -> tuple[tuple[str, str], tuple[str, str]]:
    """How much of a property is shown, in Chinese and in English."""
    if tally.total is None:
        return (
            (f"仅列出 {tally.shown} 个，共 {COUNTED:,} 个以上", "zh"),
            (f"{tally.shown} of more than {COUNTED:,} are shown", "en"),
        )
    left = tally.total - tally.shown
    return (
        (f"共 {tally.total:,} 个，列出 {tally.shown} 个，另有 {left:,} 个未列", "zh"),
        (f"{tally.shown} of {tally.total:,} are shown, {left:,} are left out", "en"),
    )
