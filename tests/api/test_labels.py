"""Labels are kept from one request to the next."""

from __future__ import annotations

import pytest

from kgservice.api.context import ApiContext, Row
from kgservice.api.things import read_labels
from kgservice.release import Release
from kgservice.settings import Settings


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
