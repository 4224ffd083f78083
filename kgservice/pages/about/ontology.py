"""The model explained: ``/ns/`` for people. The same in RDF, and each term by itself, is linked data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from kgservice.api.context import ApiContext
from kgservice.pages.about.terms import Ontology, Term, read_ontology
from kgservice.pages.once import Once
from kgservice.pages.site import Page
from kgservice.pages.view import View

# Five layers that are never merged. A class that is named in none of them is shown after the last.
LAYERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("L0", ("PolicyDocument", "Directory", "Edition", "Section", "ProcedureStep")),
    ("L1", ("DirectoryEntry",)),
    ("L2", ("Recognition", "GradeOutcome", "HolderCondition", "EligibilityRule", "Alternative", "Condition", "BenefitTier", "Benefit", "Exemption")),
    ("L3", ("Certificate", "CertificateFamily", "GradeScheme", "Grade", "Issuer", "Authority", "Region", "TitleSeries", "TitleLevel", "Title", "Specialty", "Degree", "ChineseQualification")),
    ("L4", ("Match", "Divergence", "Reading")),
)  # fmt: skip


def make_ontology_page(context: ApiContext) -> Callable[[View, str], Awaitable[Page]]:
    """What makes the page of ``/ns/``: that of the empty path."""

    async def ask() -> Ontology:
        return await read_ontology(context)

    ontology = Once(ask)

    async def make(view: View, _: str) -> Page:
        found = await ontology.get()
        return Page(
            "ontology.html",
            view.t("模型", "The model"),
            {"ontology": found, "layers": arrange(found), "base": context.names.base},
            description=view.t(
                "职称图谱的本体：类、属性与取值，中英文定义。",
                "The ontology of Zhicheng Graph: classes, properties and values, defined in Chinese and English.",
            ),
        )

    return make


def arrange(ontology: Ontology) -> list[tuple[str, list[Term]]]:
    """The classes by layer; classes of enumerated values come last, as ``values``, and what is left as ``more``."""
    by_name = {term.name: term for term in ontology.classes}
    placed = [(key, [by_name[name] for name in names if name in by_name]) for key, names in LAYERS]
    known = {name for _, names in LAYERS for name in names}
    rest = [term for term in ontology.classes if term.name not in known]
    return [
        *placed,
        ("more", [term for term in rest if not ontology.values[term.iri]]),
        ("values", [term for term in rest if ontology.values[term.iri]]),
    ]
