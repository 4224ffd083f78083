"""What is known before a SERVICE clause is asked: the patterns that its solutions must fit, and where that is safe.

Asking another endpoint only for solutions that fit *some* solution of a pattern must not change the answer. Let S be what
the clause gives. In ``Join(L, S)`` and on the right of ``LeftJoin(L, S)``, ``Minus(L, S)`` and of EXISTS, a solution of S that is
compatible with none of L has no effect, so S may be restricted by L, and by more than L where only joins, unions and graphs
lie between. It may *not* be restricted by what stands outside an OPTIONAL or MINUS that L itself belongs to (a row
of L would then seem to have no match), nor from outside a sub-SELECT (LIMIT, aggregates). FILTERs are left out: they apply to
the whole group, and leaving one out only lets more through. Inside EXISTS, where outer values are put into
expressions, only triples and VALUES are taken.

The restriction is by variables that every solution of the clause binds: then it neither binds nor repeats anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from kgservice.federation.groups import Group, Part, PartKind, Structure

JOINS = (PartKind.TRIPLES, PartKind.VALUES, PartKind.GROUP, PartKind.GRAPH)
SIMPLE = (PartKind.TRIPLES, PartKind.VALUES)
PASSED_OVER = (PartKind.FILTER, PartKind.SERVICE)

Path = tuple[tuple[Group | None, Part], ...]
Render = Callable[[Part], str | None]


def service_paths(part: Part, path: Path = (), group: Group | None = None) -> Iterator[Path]:
    """The SERVICE clauses in the order of the text, each with the parts that lead to it, outermost first."""
    path = (*path, (group, part))
    if part.kind is PartKind.SERVICE:
        yield path  # what is inside is the other endpoint's
        return
    for inner in part.groups:
        for child in inner.parts:
            yield from service_paths(child, path, inner)


def expression_around(path: Path) -> tuple[int, int] | None:
    """From where to where the innermost EXISTS around the clause at the end of ``path`` reaches, if there is one.

    Inside, the variables of the outside are replaced by their values (SPARQL 1.1 Query, 18.6).
    """
    for (_, part), (inner, _) in reversed(list(pairwise(path))):
        if part.kind in (PartKind.FILTER, PartKind.BIND):
            return part.start, part.end
        if part.kind is PartKind.SELECT and inner is not None and inner is not part.groups[0]:
            return inner.start, inner.end
    return None


@dataclass(slots=True)
class _Lead:
    """A pattern that is being written: its pieces, the brackets open in them, and the graphs that one is inside of."""

    pieces: list[str] = field(default_factory=list)
    opened: int = 0
    graphs: list[str] = field(default_factory=list)
    simple: bool = False

    def start_anew(self) -> None:
        self.pieces = list(self.graphs)
        self.opened = len(self.graphs)

    def open(self, bracket: str) -> None:
        self.pieces.append(bracket)
        self.opened += 1


def lead_of(path: Path, render: Render) -> str:
    """The pattern whose solutions restrict the clause at the end of ``path``; empty when nothing does.

    ``render`` gives the text of a part, ``None`` for one with a clause that was not asked yet.
    """
    lead = _Lead()
    for group, part in path:
        before, after = _neighbours(group, part, render, simple=lead.simple)
        match part.kind:
            case PartKind.SELECT:
                lead.start_anew()
                lead.open("{")
            case PartKind.SERVICE:
                lead.pieces += before + after
            case PartKind.GROUP:
                lead.pieces += before + after
                lead.open("{")
            case PartKind.GRAPH:
                lead.pieces += before + after
                lead.graphs.append(f"GRAPH {part.term} {{")
                lead.open(lead.graphs[-1])
            case PartKind.OPTIONAL | PartKind.MINUS:
                lead.start_anew()
                lead.pieces += before
                lead.open("{")
            case PartKind.FILTER | PartKind.BIND:
                lead.start_anew()
                lead.pieces += before + (after if part.kind is PartKind.FILTER else [])
                lead.open("{")
                lead.simple = True
            case _:
                return ""
    return "\n".join([*lead.pieces, "}" * lead.opened])


def _neighbours(
    group: Group | None, part: Part, render: Render, *, simple: bool
) -> tuple[list[str], list[str]]:
    """The texts of what stands before a part in its group, and of what is joined to it right behind."""
    if group is None:
        return [], []
    place = group.parts.index(part)
    before, after = group.parts[:place], group.parts[place + 1 :]
    joined = []
    for other in after:
        if other.kind in JOINS:
            joined.append(other)
        elif other.kind not in PASSED_OVER:
            break
    if simple:
        if any(other.kind not in (*SIMPLE, *PASSED_OVER) for other in before):
            before = ()
        joined = [other for other in joined if other.kind in SIMPLE]
    return _texts(before, render), _texts(joined, render)


def _texts(parts: list[Part] | tuple[Part, ...], render: Render) -> list[str]:
    texts = []
    for part in parts:
        if part.kind is PartKind.FILTER:
            continue
        text = render(part)
        if text is not None:
            texts.append(f"{text.rstrip(' .')} ." if part.kind is PartKind.TRIPLES else text)
    return texts


def always_bound(structure: Structure, group: Group) -> set[str]:
    """The variables that every solution of a group binds."""
    bound: set[str] = set()
    for part in group.parts:
        bound |= _bound_by(structure, part)
    return bound


def _bound_by(structure: Structure, part: Part) -> set[str]:
    match part.kind:
        case PartKind.TRIPLES:
            return structure.variables(part.start, part.end)
        case PartKind.GROUP:
            return set.intersection(*(always_bound(structure, one) for one in part.groups))
        case PartKind.GRAPH:
            term = {part.term.strip()[1:]} if part.term.strip()[0] in "?$" else set()
            return term | always_bound(structure, part.groups[0])
        case PartKind.SELECT:
            inner = always_bound(structure, part.groups[0])
            return inner if part.projected is None else inner & part.projected
        case _:
            return set()
