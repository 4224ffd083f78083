"""What is known before a new directory is matched: certificates and families, their names, and their bodies.

Everything is plain data, so that a measurement can take names away (see ``without.py``), and so that it may come from
the files of a project (``registered.py``) or from a release that is served.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kgservice.matching.issuers import Body


@dataclass(frozen=True, slots=True)
class KnownName:
    """One name of a certificate; ``origin`` says where it stands: ``register`` or the tail of an entry."""

    text: str
    origin: str = "register"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate or a family: its label, names, post-nominals, and the bodies that issue it.

    ``printed_issuers`` are the issuers that mapped rows print with it, each with its entry.
    """

    id: str
    label: str
    names: tuple[KnownName, ...]
    notation: str = ""
    issuers: tuple[str, ...] = ()
    printed_issuers: tuple[KnownName, ...] = ()

    @property
    def is_family(self) -> bool:
        """Whether it stands for a group of certificates."""
        return self.id.startswith("family:")


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that a new row can be matched with. ``look_alikes`` are pairs that a person has told apart."""

    certificates: Mapping[str, Certificate]
    bodies: Mapping[str, Body]
    look_alikes: frozenset[frozenset[str]] = frozenset()
