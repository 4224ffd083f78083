"""What would be known without one directory: for measuring, and for the tests.

The labels of the register were written with all directories in view. So every name of a certificate or a body that
equals, but for layout, a name that only the directory left out prints is dropped, and a certificate that only it
lists is dropped with all its names. Curators also wrote the printed name together with its body or its letters
(ACM高级会员 for 高级会员, 英国正精算师（FIA）): so names are compared without brackets, bodies and letters too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kgservice.matching.issuers import Body
from kgservice.matching.known import Certificate, Known, KnownName
from kgservice.matching.rows import PrintedRow, split_row
from kgservice.matching.text import codes, issuer_key, key

_BRACKETS = re.compile(r"[(（][^()（）]*[)）]")
_LETTERS = re.compile(r"[A-Za-z][A-Za-z+]*")
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
    elsewhere = {key(text) for entry in rows.keys() - inside for text in _printed(rows[entry])}
    only_here: set[str] = set()
    for entry in inside:
        about = _bodies_of(rows[entry], listed.get(entry, ()), known)
        only_here |= {one for text in _printed(rows[entry]) for one in _keys(text, about)}
    only_here -= elsewhere
    here = {one for entry in inside for one in listed.get(entry, ())}
    others = {one for entry in rows.keys() - inside for one in listed.get(entry, ())}
    gone = frozenset(here - others)
    kept = {
        one: _strip(certificate, inside, only_here, register_labels, known)
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
    certificate: Certificate,
    inside: set[str],
    only_here: set[str],
    register_labels: bool,
    known: Known,
) -> Certificate:
    printed = (name.text for name in certificate.printed_issuers)
    bodies = frozenset((*_body_names(certificate.issuers, known), *printed))

    def stays(name: KnownName) -> bool:
        if name.origin in inside:
            return False
        if name.origin != "register":
            return True
        return register_labels and not _keys(name.text, bodies) & only_here

    notation = certificate.notation
    letters = {key(code) for code in (notation, *codes(notation))}
    if not register_labels or letters & only_here:
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
    """The printed names, their parts, pieces and letters, and the name with the issuer before it."""
    parts = [row, *split_row(row)]
    texts = {text for part in parts for text in (part.name, part.original)}
    for text in (row.name, row.original):
        texts |= {piece.strip() for piece in _PIECES.split(text)} | codes(text)
    issuers = (*row.issuers, *row.abbreviations)
    return texts | {f"{issuer}{part.name}" for issuer in issuers for part in parts}


def _keys(text: str, bodies: frozenset[str]) -> set[str]:
    """The keys of a name: as it stands, and without brackets, bodies and letters, in any combination."""
    texts = {text, _BRACKETS.sub(" ", text)}
    longest = sorted(bodies, key=lambda one: (-len(one), one))
    for one in list(texts):
        bare = one
        for body in longest:
            bare = bare.replace(body, " ")
        texts.add(bare)
    texts |= {_without_letters(one) for one in texts}
    return {found for one in texts if (found := key(one))}


def _without_letters(text: str) -> str:
    letters = codes(text)
    return _LETTERS.sub(lambda found: " " if found[0].lower() in letters else found[0], text)


def _bodies_of(row: PrintedRow, listed: Iterable[str], known: Known) -> frozenset[str]:
    """Every name of the bodies that a row prints, and of those that issue what it lists."""
    issuers = (
        one
        for thing in listed
        if thing in known.certificates
        for one in known.certificates[thing].issuers
    )
    printed = (*row.issuers, *row.original_issuers, *row.abbreviations)
    return frozenset((*printed, *_body_names(issuers, known)))


def _body_names(ids: Iterable[str], known: Known) -> list[str]:
    bodies = [known.bodies[one] for one in ids if one in known.bodies]
    return [text for body in bodies for text in (*body.names, body.abbreviation) if text]


def _printed_bodies(row: PrintedRow) -> set[str]:
    texts = (*row.issuers, *row.original_issuers, *row.abbreviations)
    return {issuer_key(text) for text in texts if text}
