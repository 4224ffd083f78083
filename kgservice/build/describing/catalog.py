"""``data/catalog.toml``: under which name, and by whom, the data are published."""

from __future__ import annotations

import tomllib

from pydantic import Field, ValidationError

from kgservice.build.facts import Facts, Text
from kgservice.build.project import Project
from kgservice.build.tables import read_text
from kgservice.faults import FaultList, Place


class Keywords(Facts):
    """Keywords in both languages."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()


class Publisher(Facts):
    """Who publishes the data."""

    name: Text
    homepage: str | None = Field(default=None, pattern=r"^https?://[^\s<>\"{}|\\^`]+$")


class CatalogFacts(Facts):
    """The form of ``data/catalog.toml``."""

    title: Text
    description: Text
    keywords: Keywords = Keywords()
    publisher: Publisher


def read_catalog(project: Project, faults: FaultList) -> CatalogFacts | None:
    """The facts of the catalogue, or ``None`` with a fault that names file and key."""
    file = project.relative(project.catalog)
    if not project.catalog.is_file():
        faults.add(
            Place(file),
            "the file is missing: give title, description and [publisher] name there (docs/data.md).",
            "缺少该文件：请在其中给出 title、description 与 [publisher] 的 name（见 docs/data.md）。",
            "catalog-missing",
        )
        return None
    text = read_text(project.catalog, file, faults)
    if text is None:
        return None
    try:
        return CatalogFacts.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        faults.add(
            Place(file),
            f"not valid TOML ({error}): correct the line.",
            f"不是合法的 TOML（{error}）：请更正此行。",
            "toml",
        )
    except ValidationError as error:
        for problem in error.errors():
            key = ".".join(str(part) for part in problem["loc"])
            faults.add(
                Place(file, None, key),
                f"{problem['msg']}: correct the key (docs/data.md).",
                f"{problem['msg']}：请更正此项（见 docs/data.md）。",
                "catalog-form",
            )
    return None
