"""Reads what is known from the registers, and from the rows of other directories whose mapping a person has reviewed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kgservice.build.registers import Registers, split_labels
from kgservice.matching.issuers import Body
from kgservice.matching.known import Certificate, Known, KnownName
from kgservice.matching.rows import PrintedRow, split_row
from kgservice.matching.text import cjk, fold, key, words


def read_known(
    registers: Registers,
    rows: Mapping[str, PrintedRow],
    listed: Mapping[str, Iterable[str]],
    look_alikes: Iterable[tuple[str, str]],
) -> Known:
    """Collects the names.

    ``rows`` are mapped rows by entry, ``listed`` the things that each of them lists (``certificate:c00009``).
    """
    certificates = _registered(registers)
    for entry in sorted(listed):
        row = rows.get(entry)
        targets = [target for target in sorted(listed[entry]) if target in certificates]
        if row is None or not targets:
            continue
        for target, part in _assign(row, [certificates[target] for target in targets]):
            certificates[target] = _with_row(certificates[target], row, part)
    pairs = frozenset(frozenset(pair) for pair in look_alikes)
    return Known(certificates, _bodies(registers), pairs)


def _registered(registers: Registers) -> dict[str, Certificate]:
    found = {}
    for kind, register in (("certificate", "certificates"), ("family", "families")):
        for local, line in registers[register].items():
            if line["status"] != "active":
                continue
            texts = [line["label_zh"], line["label_en"]]
            texts += [text for text, _ in split_labels(line, "alt_labels")]
            found[f"{kind}:{local}"] = Certificate(
                f"{kind}:{local}",
                line["label_zh"],
                tuple(KnownName(text) for text in dict.fromkeys(texts) if text),
                line["notation"],
                tuple(line.values("issuers")),
            )
    return found


def _bodies(registers: Registers) -> dict[str, Body]:
    joined: dict[str, set[str]] = {}
    for local, line in registers["issuers"].items():
        for column in ("parent", "linked"):
            for other in line.values(column):
                joined.setdefault(local, set()).add(other)
                joined.setdefault(other, set()).add(local)
    found = {}
    for local, line in registers["issuers"].items():
        texts = [line["label_zh"], line["label_en"]]
        for column in ("alt_labels", "former_labels"):
            texts += [text for text, _ in split_labels(line, column)]
        found[local] = Body(
            local,
            tuple(text for text in dict.fromkeys(texts) if text),
            line["abbreviation"],
            frozenset(joined.get(local, ())),
        )
    return found


def _with_row(certificate: Certificate, row: PrintedRow, part: PrintedRow) -> Certificate:
    """The certificate with the names of a row that lists it. A whole and its part count as two names only if they differ."""
    names = [KnownName(text, row.entry) for text in (part.name, part.original) if text]
    issuers = [
        KnownName(text, row.entry)
        for text in (*row.issuers, *row.original_issuers, *row.abbreviations)
    ]
    return replace(
        certificate,
        names=(*certificate.names, *names),
        printed_issuers=(*certificate.printed_issuers, *issuers),
    )


def _assign(row: PrintedRow, targets: list[Certificate]) -> list[tuple[str, PrintedRow]]:
    """Which part of the row names which of its certificates.

    With one certificate it is the whole row; a row that prints no parts names all of its certificates alike. Otherwise
    each part goes to the certificate whose registered names share most with it; if that leaves two parts at one
    certificate, the row names none of them.
    """
    parts = split_row(row)
    if len(parts) > 1:
        # A text that all parts share names none of them: LEED 专业级证书 beside (BD+C/ID+C).
        if len({part.name for part in parts}) < len(parts):
            parts = [replace(part, name="") for part in parts]
        if len({part.original for part in parts}) < len(parts):
            parts = [replace(part, original="") for part in parts]
    if len(targets) == 1:
        return [(targets[0].id, parts[0] if len(parts) == 1 else row)]
    if len(parts) == 1:
        return [(target.id, row) for target in targets]
    if len(parts) != len(targets):
        return []
    chosen: list[tuple[str, PrintedRow]] = []
    for part in parts:
        scores = [(_shared(part, target), target.id) for target in targets]
        best = max(scores, key=lambda score: score[0])
        if [score for score, _ in scores].count(best[0]) > 1:
            return []
        chosen.append((best[1], part))
    return chosen if len({target for target, _ in chosen}) == len(targets) else []


def _shared(part: PrintedRow, target: Certificate) -> float:
    """How well one registered name covers the part: the best share of common words and characters."""
    printed = _tokens(f"{part.name} {part.original}")
    texts = [name.text for name in target.names if name.origin == "register"]
    known = [_tokens(text) for text in [*texts, target.notation] if text]
    return max((len(printed & one) / max(1, len(printed | one)) for one in known), default=0.0)


def _tokens(text: str) -> set[str]:
    return set(words(text)) | set(cjk(fold(text))) | {key(text)}
