"""The folders of a project checkout, and the files that a build reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TRANSLATIONS = "data/translations"


@dataclass(frozen=True, slots=True)
class EditionFolder:
    """``data/directories/<place>/<edition>``: one printed table and the facts of its notice."""

    place: str
    edition: str
    path: Path

    @property
    def name(self) -> str:
        """``place/edition``, as ``kg check`` takes it."""
        return f"{self.place}/{self.edition}"

    @property
    def table(self) -> Path:
        """The printed table."""
        return self.path / "directory.csv"

    @property
    def facts(self) -> Path:
        """What the notice states."""
        return self.path / "edition.toml"


@dataclass(frozen=True, slots=True)
class Project:
    """A checkout: ``ontology/``, ``shapes/``, ``queries/`` and ``data/`` below ``root``."""

    root: Path

    @property
    def registers(self) -> Path:
        """The registers, one CSV each."""
        return self.root / "data" / "register"

    @property
    def mappings(self) -> Path:
        """The SSSOM mapping sets."""
        return self.root / "data" / "mappings"

    def catalogues(self) -> list[Path]:
        """The Chinese of the notes: gettext catalogues, sorted by name."""
        return sorted((self.root / TRANSLATIONS).glob("*.zh.po"))

    @property
    def ontology(self) -> Path:
        """The model in Turtle."""
        return self.root / "ontology"

    @property
    def shapes(self) -> Path:
        """The SHACL shapes and the queries that must return nothing."""
        return self.root / "shapes"

    @property
    def catalog(self) -> Path:
        """Under which name, and by whom, the data are published."""
        return self.root / "data" / "catalog.toml"

    @property
    def queries(self) -> Path:
        """The named questions."""
        return self.root / "queries"

    def edition_folders(self) -> list[EditionFolder]:
        """Every ``<place>/<edition>`` below ``data/directories``, sorted by name."""
        top = self.root / "data" / "directories"
        return [
            EditionFolder(place.name, edition.name, edition)
            for place in sorted(top.glob("*"))
            if place.is_dir()
            for edition in sorted(place.glob("*"))
            if edition.is_dir()
        ]

    def relative(self, path: Path) -> str:
        """``path`` as it is shown to the user: relative to the project, with ``/``."""
        return path.relative_to(self.root).as_posix()

    def inputs(self) -> list[Path]:
        """Every file whose bytes decide what the release holds, sorted."""
        patterns = (
            "data/catalog.toml",
            "data/directories/*/*/directory.csv",
            "data/directories/*/*/edition.toml",
            "data/register/*.csv",
            "data/mappings/*.sssom.tsv",
            f"{TRANSLATIONS}/*.zh.po",
            "ontology/*.ttl",
            "queries/*.rq",
            "shapes/data/*.ttl",
            "shapes/ontology/*.ttl",
            "shapes/never-infer/*.rq",
            "shapes/qc/*.rq",
            "shapes/examples/*/invalid.ttl",
        )
        return sorted(path for pattern in patterns for path in self.root.glob(pattern))
