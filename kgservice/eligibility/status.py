"""Three-valued logic (Kleene): open, not open, undecided. What is unknown is never taken for a no, nor for a yes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Status(StrEnum):
    """What the notice and the person's data together say of one line."""

    OPEN = "open"
    NOT_OPEN = "not_open"
    UNDECIDED = "undecided"


def all_of(statuses: Iterable[Status]) -> Status:
    """Open when all are open; not open as soon as one is not."""
    found = set(statuses)
    for status in (Status.NOT_OPEN, Status.UNDECIDED):
        if status in found:
            return status
    return Status.OPEN


def any_of(statuses: Iterable[Status]) -> Status:
    """Open as soon as one is open; not open when none can be."""
    found = set(statuses)
    for status in (Status.OPEN, Status.UNDECIDED):
        if status in found:
            return status
    return Status.NOT_OPEN
