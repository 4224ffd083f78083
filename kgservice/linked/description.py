"""What is told about a thing, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kgservice.linked.bounded import Side, Tally
from kgservice.linked.terms import TYPE, Quad

Texts = Mapping[str, str]
NOTHING = Side()


@dataclass(frozen=True, slots=True)
class Description:
    """What is told about a thing.

    ``names``: its label and those of its neighbours by language. ``lent``: the same for what has no label, after what
    it is about.
    ``graphs``: the named graphs that the thing's own statements stand in.
    """

    iri: str
    own: Side
    parts: tuple[Quad, ...] = ()
    pointing: Side = NOTHING
    labels: tuple[Quad, ...] = ()
    said: tuple[Quad, ...] = ()
    names: Mapping[str, Texts] = field(default_factory=dict)
    lent: Mapping[str, Texts] = field(default_factory=dict)

    @property
    def quads(self) -> list[Quad]:
        """All statements, each once, in a fixed order."""
        return list(
            dict.fromkeys(
                (*self.said, *self.own.quads, *self.parts, *self.pointing.quads, *self.labels)
            )
        )

    @property
    def left_out(self) -> list[Tally]:
        """The properties of which not all is told."""
        return [one for one in (*self.own.tallies, *self.pointing.tallies) if not one.complete]

    @property
    def types(self) -> list[str]:
        """Its classes."""
        quads = (*self.said, *self.own.quads)
        return [quad.object.value for quad in quads if quad.predicate == TYPE]

    @property
    def graphs(self) -> list[str]:
        """Where its own statements stand."""
        return sorted({quad.graph for quad in self.own.quads if quad.graph})


@dataclass(frozen=True, slots=True)
class Standing:
    """An IRI that was minted: its classes, whether it was withdrawn, and the IRI of what replaces it."""

    iri: str
    types: tuple[str, ...] = ()
    gone: bool = False
    successor: str | None = None
