"""The names of a certificate or an issuer, the registered ones apart from those that rows print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kgservice.api.context import Row
from kgservice.api.models import Name
from kgservice.api.things import text


@dataclass(frozen=True, slots=True)
class Names:
    """``preferred`` by language; ``notations``: post-nominals and abbreviations; ``printed``: further spellings that
    stand in the rows shown."""

    preferred: tuple[Name, ...]
    alternative: tuple[Name, ...]
    former: tuple[Name, ...]
    notations: tuple[str, ...]
    printed: tuple[Name, ...]

    @property
    def all(self) -> list[str]:
        """Every registered name once."""
        named = (*self.preferred, *self.alternative, *self.former)
        return list(dict.fromkeys(name.text for name in named))


def gather_names(rows: Sequence[Row], printed: Iterable[Name] = ()) -> Names:
    """From the question ``registered-names``; ``printed``: what the rows print."""

    def named(role: str) -> tuple[Name, ...]:
        return tuple(
            Name(text=str(row["name"]), language=text(row, "language") or None)
            for row in rows
            if row["role"] == role
        )

    known = {str(row["name"]) for row in rows}
    further = {name.text: name for name in printed if name.text not in known}
    return Names(
        preferred=named("preferred"),
        alternative=named("alternative"),
        former=named("former"),
        notations=tuple(name.text for name in named("notation")),
        printed=tuple(further.values()),
    )


def first_notations(rows: Iterable[Row]) -> dict[str, str]:
    """By thing (IRI), the first of its notations, from the question ``registered-names``."""
    found: dict[str, str] = {}
    for row in rows:
        if row["role"] == "notation":
            found.setdefault(str(row["thing"]), str(row["name"]))
    return found
