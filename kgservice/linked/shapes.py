"""Which rules of the release hold for a term: the shapes that have it as target or name it (SHACL)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kgservice.linked.terms import SH, TYPE

_KINDS = (f"{SH}NodeShape", f"{SH}PropertyShape")
_TARGETS = tuple(
    f"{SH}{name}" for name in ("targetClass", "targetSubjectsOf", "targetObjectsOf", "targetNode")
)


@dataclass(frozen=True, slots=True)
class Shape:
    """A named shape: what it says when it is broken, what it looks at, and all that it names."""

    name: str
    message: Mapping[str, str]
    targets: frozenset[str]
    named: frozenset[str]


def read_shapes(file: Path) -> tuple[Shape, ...]:
    """The shapes in the Turtle file of a release, by name; none where it has no such file. Not for the event loop."""
    if not file.is_file():
        return ()
    # Only here: whoever serves has pyoxigraph in processes of its own, but for what is small.
    from kgservice.engine.parsing import Statement, parse_turtle

    said: dict[str, list[Statement]] = defaultdict(list)
    for statement in parse_turtle(file):
        said[statement.subject].append(statement)

    def within(node: str) -> list[Statement]:
        found: list[Statement] = []
        for one in said.get(node, []):
            found.append(one)
            if not one.literal and one.object.startswith("_:"):
                found += within(one.object)
        return found

    shapes = []
    for node, statements in said.items():
        if node.startswith("_:") or not any(
            one.predicate == TYPE and one.object in _KINDS for one in statements
        ):
            continue
        shapes.append(
            Shape(
                node.rpartition("/")[2],
                {
                    one.language: one.object
                    for one in statements
                    if one.predicate == f"{SH}message" and one.language
                },
                frozenset(one.object for one in statements if one.predicate in _TARGETS),
                frozenset(one.object for one in within(node) if not one.literal),
            )
        )
    return tuple(sorted(shapes, key=lambda shape: shape.name))


def shapes_for(term: str, shapes: Sequence[Shape]) -> list[Shape]:
    """Those that look at a class, or that name a property or a value; first those that look at it."""
    aimed = [shape for shape in shapes if term in shape.targets]
    return aimed + [shape for shape in shapes if term in shape.named and shape not in aimed]
