"""What is kept from one request to the next, and that labels are asked for once."""

from __future__ import annotations

import pytest

from kgservice.api.context import ApiContext, Row
from kgservice.api.things import read_labels
from kgservice.kept import Kept
from kgservice.release import Release
from kgservice.settings import Settings


def test_what_was_not_used_for_longest_is_forgotten() -> None:
    kept: Kept[str, int] = Kept(2)
    assert kept.keep("a", 1) == 1
    kept.keep("b", 2)
    assert kept.get("a") == 1  # now "b" is the one not used for longest
    kept.keep("c", 3)
    assert [kept.get(key) for key in "abc"] == [1, None, 3]


async def test_a_label_is_asked_for_once(
    real_release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    async def ask(self: ApiContext, name: str, **values: object) -> list[Row]:
        asked.append((name, values["thing"]))
        known = {"a": "甲", "b": "乙", "c": "丙"}
        return [
            {"thing": iri, "language": "zh", "label": known[iri]}
            for iri in values["thing"]  # type: ignore[attr-defined]
            if iri in known
        ]

    monkeypatch.setattr(ApiContext, "ask", ask)
    context = ApiContext(Settings(), real_release, None, {})  # type: ignore[arg-type]
    await read_labels(context, ["b", "a", "nowhere"])
    labels = await read_labels(context, ["c", "b", "nowhere"])
    assert asked == [("labels", ["a", "b", "nowhere"]), ("labels", ["c", "nowhere"])]
    assert {iri: labels.texts[iri]["zh"] for iri in labels.texts} == {"b": "乙", "c": "丙"}
