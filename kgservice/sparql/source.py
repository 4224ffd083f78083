"""What the endpoint answers from: one dataset that never changes, and the engine over it."""

from __future__ import annotations

from dataclasses import dataclass

from kgservice.engine.interface import Engine
from kgservice.sparql.description import ServiceDescription


@dataclass(frozen=True, slots=True)
class Source:
    """A dataset, named by its content, and the engine that answers over it.

    ``description`` answers a request without a query. Every request takes the one that is served when it comes, and
    keeps to it. ``repeats``: the engine writes the same bytes each time it is asked the same; another maker's need not.
    """

    id: str
    engine: Engine
    description: ServiceDescription
    union_default_graph: bool = True
    repeats: bool = True

    @property
    def stamp(self) -> str:
        """What of it decides an answer, in one word for digests."""
        return f"{self.id} {'union' if self.union_default_graph else 'plain'}"
