"""The text of a query while its SERVICE clauses are being replaced, and the pieces of it that other questions need."""

from __future__ import annotations

import re

from kgservice.federation.clauses import Reading
from kgservice.federation.groups import Group, Part, Structure
from kgservice.sparql.lexer import Kind


class QueryText:
    """One query. ``structure`` is that of ``reading``.

    ``opening`` is its prologue as it was written, ``dataset`` its FROM and FROM NAMED; ``star`` says that something in it shows all
    variables (``SELECT *``, ``DESCRIBE *``).
    """

    def __init__(self, reading: Reading, structure: Structure) -> None:
        self._reading = reading
        self._structure = structure
        self._text = reading.text
        self._solutions: dict[int, tuple[int, str]] = {}  # start → end, text
        self.opening = reading.text[: reading.prologue.end]
        self.dataset = self._read_dataset()
        self.star = self._has_star()

    def replace(self, part: Part, text: str) -> None:
        """Puts a text in the place of a SERVICE clause."""
        self._solutions[part.start] = (part.end, text)

    def render(self, start: int, end: int) -> str | None:
        """A piece of the query with the texts put in; ``None`` when a clause in it has none yet."""
        pieces, place = [], start
        for clause in self._reading.clauses:
            if not place <= clause.start < end:
                continue  # elsewhere, or inside a clause: the other endpoint's
            if clause.start not in self._solutions:
                return None
            after, text = self._solutions[clause.start]
            pieces += [self._text[place : clause.start], f" {text} "]
            place = after
        return "".join([*pieces, self._text[place:end]])

    def whole(self) -> str | None:
        """The query when every clause is replaced; ``None`` when one is not."""
        return self.render(0, len(self._text))

    def group(self, group: Group, *, plain: bool = False) -> str:
        """A group as it was written; ``plain``: without the SERVICE in it."""
        if plain:
            return self._reading.blank(group.start, group.end)
        return self._text[group.start : group.end]

    def prologue_for(self, group: Group) -> str:
        """BASE and those prefixes that a group uses, as they hold in the query, for another endpoint."""
        prologue = self._reading.prologue
        used = {
            token.text.partition(":")[0]
            for token in self._structure.tokens(group.start, group.end)
            if token.kind is Kind.NAME
        }
        lines = [f"VERSION {prologue.version}"] if prologue.version else []
        lines += [f"BASE <{prologue.base}>"] if prologue.base else []
        lines += [
            f"PREFIX {name}: <{iri}>" for name, iri in prologue.prefixes.items() if name in used
        ]
        return "".join(f"{line}\n" for line in lines)

    def variables_outside(self, start: int, end: int) -> set[str]:
        """The variables that stand before or behind a piece of the query."""
        variables = self._structure.variables
        return variables(0, start) | variables(end, len(self._text))

    def _read_dataset(self) -> str:
        tokens = self._structure.tokens(self._reading.prologue.end, len(self._text))
        pieces = []
        for number, token in enumerate(tokens):
            if token.text == "{" and tokens[number - 1].text.upper() != "CONSTRUCT":
                break
            if token.kind is Kind.WORD and token.text.upper() == "FROM":
                named = tokens[number + 1].text.upper() == "NAMED"
                graph = tokens[number + 1 + named]
                pieces.append(self._text[token.start : graph.end])
        return " ".join(pieces)

    def _has_star(self) -> bool:
        words = [token.text.upper() for token in self._structure.tokens(0, len(self._text))]
        return any(
            word == "*" and words[number - 1] in ("SELECT", "DESCRIBE", "DISTINCT", "REDUCED")
            for number, word in enumerate(words)
        )


def has_variable(text: str, name: str) -> bool:
    """Whether a variable of that name stands in a text, or seems to."""
    return re.search(rf"[?$]{re.escape(name)}(?![\w\u00B7\u203F\u2040])", text) is not None
