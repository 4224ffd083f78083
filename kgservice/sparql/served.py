"""What the endpoint answers from: one dataset that never changes, and the engine over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kgservice.engine.interface import Engine


@dataclass(frozen=True, slots=True)
class Served:
    """A dataset, named by its content, and the engine that answers over it.

    ``graphs``: quads by named graph; ``default_quads``: those in the default graph of the store. Every request takes
    the one that is served when it comes, and keeps to it.
    """

    id: str
    engine: Engine
    graphs: Mapping[str, int]
    default_quads: int = 0
    union_default_graph: bool = True

    @property
    def stamp(self) -> str:
        """What of it decides an answer, in one word for digests."""
        return f"{self.id} {'union' if self.union_default_graph else 'plain'}"
