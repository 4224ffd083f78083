"""How the five lists print one certificate and one body differently: the variations of the national sample."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kgservice.build.assemble import Assembly
from kgservice.build.directory import Row
from kgservice.build.mapping import REGISTER_OF
from kgservice.build.registers import split_labels
from kgservice.matching.text import cjk

_BETWEEN = re.compile(r"(?<=[\u4e00-\u9fff])\s*(?=[A-Za-z])|(?<=[A-Za-z])\s*(?=[\u4e00-\u9fff])")
_DASH = re.compile(r"\s*[-–—－]\s*(?=[\u4e00-\u9fff])")
# Pairs that the lists use for one another; each is turned either way.
_BODY = (("协会", "学会"), ("学会", "协会"))
_GRADE = (("高级会员", "资深会员"), ("资深会员", "高级会员"))

Cells = dict[str, str]


@dataclass(slots=True)
class Variants:
    """What the lists and the registers say of a certificate and a body beside the row at hand.

    ``names`` takes the things that a row lists to the cells ``name`` and ``name_original`` of every row that lists
    exactly them; ``bodies`` takes a printed issuer to its other names, Chinese and foreign.
    """

    names: Mapping[frozenset[tuple[str, str]], Sequence[tuple[str, str]]]
    bodies: Mapping[str, Sequence[tuple[str, str]]]
    listed: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)

    def vary(self, row: Row, tail: str, chance: random.Random, *, chinese_only: bool) -> Cells:
        """The cells of a row as another list might print them."""
        cells = dict(row.line.cells)
        others = self.names.get(self.listed.get(tail, frozenset()), ())
        if others and chance.random() < 0.5:
            cells["name"], cells["name_original"] = chance.choice(list(others))
        bodies = self.bodies.get(cells["issuer"], ())
        if bodies and chance.random() < 0.5:
            zh, foreign = chance.choice(list(bodies))
            cells["issuer"] = zh or cells["issuer"]
            cells["issuer_original"] = foreign or cells["issuer_original"]
        if chance.random() < 0.15:
            cells["issuer"] = _turn(cells["issuer"], _BODY)
        if chance.random() < 0.1:
            cells["name"] = _turn(cells["name"], _GRADE)
        cells["name"] = _layout(cells["name"], chance)
        if chance.random() < 0.1 and cells["name"][-1:] not in "书）)":
            cells["name"] += "证书"
        if chinese_only:
            cells["name_original"] = cells["issuer_original"] = cells["issuer_abbreviation"] = ""
        return cells


def _turn(text: str, pairs: Sequence[tuple[str, str]]) -> str:
    for one, other in pairs:
        if one in text:
            return text.replace(one, other)
    return text


def _layout(text: str, chance: random.Random) -> str:
    """Dashes, brackets and blanks, each in one of the ways that the lists print them."""
    text = _DASH.sub(chance.choice(("-", "—", "–", " - ")), text)
    if chance.random() < 0.5:
        text = text.replace("(", "（").replace(")", "）")
    else:
        text = text.replace("（", "(").replace("）", ")")
    return _BETWEEN.sub(chance.choice(("", " ")), text).strip()


def read_variants(assembly: Assembly) -> Variants:
    """Collects the variants from the rows, the mappings and the registers."""
    listed: dict[str, set[tuple[str, str]]] = {}
    for match in assembly.matches:
        if match.mapping_set == "entries":
            listed.setdefault(match.subject[1], set()).add(match.object)
    names: dict[frozenset[tuple[str, str]], dict[tuple[str, str], None]] = {}
    bodies: dict[str, dict[tuple[str, str], None]] = {}
    frozen = {tail: frozenset(things) for tail, things in listed.items()}
    for _, edition in assembly.editions:
        for tail, row in edition.tails().items():
            things = frozen.get(tail, frozenset())
            names.setdefault(things, {})[row["name"], row["name_original"]] = None
            known = bodies.setdefault(row["issuer"], {})
            for pair in _body_names(things, row["issuer"], assembly):
                known[pair] = None
    return Variants(
        {things: list(found) for things, found in names.items()},
        {issuer: list(found) for issuer, found in bodies.items() if issuer},
        frozen,
    )


def _body_names(
    things: frozenset[tuple[str, str]], printed: str, assembly: Assembly
) -> list[tuple[str, str]]:
    """The registered names of the body, where the printed name is one of them."""
    found: list[tuple[str, str]] = []
    for kind, local in sorted(things):
        for issuer in assembly.registers[REGISTER_OF[kind]][local].values("issuers"):
            line = assembly.registers["issuers"][issuer]
            texts = [line["label_zh"], line["label_en"]]
            for column in ("alt_labels", "former_labels"):
                texts += [text for text, _ in split_labels(line, column)]
            if printed in texts:
                found += [(text, "") if cjk(text) else ("", text) for text in texts if text]
    return found
