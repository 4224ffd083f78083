"""What would be known without one directory: for measuring, and for the tests.

The labels of the register were written with all directories in view. So every name of a certificate or a body that
equals, but for layout, a name that only the directory left out prints is dropped, and a certificate that only it
lists is dropped with all its names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kgservice.matching.issuers import Body
from kgservice.matching.known import Certificate, Known, KnownName
from kgservice.matching.rows import PrintedRow, split_row
from kgservice.matching.text import issuer_key, key

_PIECES = re.compile(r"[/,;，；、()（）]|\s[-–—]\s")


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken away: names of certificates, names of bodies, and certificates altogether."""

    names: int
    body_names: int
    certificates: frozenset[str]


def without(
    known: Known,
    rows: Mapping[str, PrintedRow],
    listed: Mapping[str, Iterable[str]],
    left_out: str,
    *,
    register_labels: bool = True,
) -> tuple[Known, Removed]:
    """``known`` as it would be without the edition ``left_out`` (``500000-1/2023``).

    With ``register_labels`` false every name of the register is dropped too: only what other directories print is
    left, and the certificates keep their ids and bodies. That is the harder and the cleaner measure.
    """
    inside = {entry for entry in rows if entry.startswith(f"{left_out}/")}
    printed = {entry: _printed(row) for entry, row in rows.items()}
    elsewhere = {one for entry in rows.keys() - inside for one in printed[entry]}
    only_here = {one for entry in inside for one in printed[entry]} - elsewhere
    here = {one for entry in inside for one in listed.get(entry, ())}
    others = {one for entry in rows.keys() - inside for one in listed.get(entry, ())}
    gone = frozenset(here - others)
    kept = {
        one: _strip(certificate, inside, only_here, register_labels)
        for one, certificate in known.certificates.items()
        if one not in gone and (register_labels or one in others)
    }
    printed_bodies = {entry: _printed_bodies(row) for entry, row in rows.items()}
    bodies_elsewhere = {one for entry in rows.keys() - inside for one in printed_bodies[entry]}
    only_bodies = {one for entry in inside for one in printed_bodies[entry]} - bodies_elsewhere
    bodies = {one: _strip_body(body, only_bodies) for one, body in known.bodies.items()}
    removed = Removed(
        sum(
            len(known.certificates[one].names) - len(certificate.names)
            for one, certificate in kept.items()
        ),
        sum(len(known.bodies[one].names) - len(body.names) for one, body in bodies.items()),
        gone,
    )
    return Known(kept, bodies, known.look_alikes), removed


def _strip(
    certificate: Certificate, inside: set[str], only_here: set[str], register_labels: bool
) -> Certificate:
    def stays(name: KnownName) -> bool:
        if name.origin in inside:
            return False
        if name.origin != "register":
            return True
        return register_labels and key(name.text) not in only_here

    notation = certificate.notation
    if not register_labels or key(notation) in only_here:
        notation = ""
    return replace(
        certificate,
        names=tuple(name for name in certificate.names if stays(name)),
        notation=notation,
        printed_issuers=tuple(
            name for name in certificate.printed_issuers if name.origin not in inside
        ),
    )


def _strip_body(body: Body, only_here: set[str]) -> Body:
    abbreviation = "" if issuer_key(body.abbreviation) in only_here else body.abbreviation
    names = tuple(name for name in body.names if issuer_key(name) not in only_here)
    return replace(body, names=names, abbreviation=abbreviation)


def _printed(row: PrintedRow) -> set[str]:
    """The keys of the printed names, of their parts and pieces, and of the name with the issuer before it."""
    parts = [row, *split_row(row)]
    texts = {text for part in parts for text in (part.name, part.original)}
    for text in (row.name, row.original):
        texts |= {piece.strip() for piece in _PIECES.split(text)}
    bodies = (*row.issuers, *row.abbreviations)
    texts |= {f"{issuer}{part.name}" for issuer in bodies for part in parts}
    return {key(text) for text in texts if key(text)}


def _printed_bodies(row: PrintedRow) -> set[str]:
    texts = (*row.issuers, *row.original_issuers, *row.abbreviations)
    return {issuer_key(text) for text in texts if text}
