"""A fault of the data: where it stands, what is printed there, what is wrong and what to do.

Everything that reads a file of the project collects faults instead of stopping at the first one, so that a clerk
sees the whole list at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """``VIOLATION`` stops a release; ``WARNING`` is shown and let through."""

    VIOLATION = "violation"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault stands.

    ``file`` is relative to the project; ``line`` counts from 1; ``column`` is the name of a table's column, the
    dotted key of a TOML file or the number of a character; ``printed`` is the text found there.
    """

    file: str
    line: int | None = None
    column: str | None = None
    printed: str | None = None

    def __str__(self) -> str:
        text = self.file if self.line is None else f"{self.file}:{self.line}"
        return text if self.column is None else f"{text} [{self.column}]"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, in English and in Chinese, each text ending with the remedy."""

    place: Place
    en: str
    zh: str
    rule: str
    severity: Severity = Severity.VIOLATION

    def as_dict(self) -> dict[str, object]:
        """The fault as JSON-ready values, for ``report.json``."""
        return {
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "printed": self.place.printed,
            "rule": self.rule,
            "severity": str(self.severity),
            "en": self.en,
            "zh": self.zh,
        }


@dataclass(slots=True)
class FaultList:
    """Collects faults while files are read and checked."""

    faults: list[Fault] = field(default_factory=list)

    def add(
        self,
        place: Place,
        en: str,
        zh: str,
        rule: str,
        severity: Severity = Severity.VIOLATION,
    ) -> None:
        """Records one fault."""
        self.faults.append(Fault(place, en, zh, rule, severity))

    def extend(self, faults: Iterable[Fault]) -> None:
        """Records several faults."""
        self.faults.extend(faults)

    @property
    def violations(self) -> list[Fault]:
        """The faults that stop a release."""
        return [fault for fault in self.faults if fault.severity is Severity.VIOLATION]

    def sorted(self) -> list[Fault]:
        """The faults by file, line and rule, each once."""
        unique = dict.fromkeys(self.faults)
        return sorted(
            unique,
            key=lambda fault: (
                fault.place.file,
                fault.place.line or 0,
                fault.place.column or "",
                fault.rule,
                fault.en,
            ),
        )
