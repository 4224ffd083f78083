"""``/shapes``: what the build asks of the data before it makes a release, from the release's own description."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter, Request, Response

from kgservice.api.context import ApiContext
from kgservice.api.models import Label
from kgservice.api.things import iris, read_labels, text
from kgservice.pages.about.figures import read_report
from kgservice.pages.about.terms import shorten
from kgservice.pages.answering import PageWriter
from kgservice.pages.once import Once
from kgservice.pages.site import Page
from kgservice.pages.view import View
from kgservice.release import SHAPES

_SHACL = "http://www.w3.org/ns/shacl#"
_FOLDERS = ("never-infer", "qc")


@dataclass(slots=True)
class Shape:
    """One shape. ``path``: the property that it is about; ``example``: data that break it, in Turtle."""

    name: str
    iri: str
    severity: str
    message: Label
    path: str | None
    example: str | None
    targets: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Group:
    """The shapes of one target: a class, or what a property joins. ``label`` there is where the graph names it."""

    target: str
    label: Label | None
    shapes: Sequence[Shape]


@dataclass(frozen=True, slots=True)
class Check:
    """A query that must find nothing."""

    name: str
    severity: str
    message: Label
    why: Label | None
    query: str


@dataclass(frozen=True, slots=True)
class Shapes:
    """What is asked of the data. ``rules``: what must never be inferred; ``quality``: the other queries."""

    groups: Sequence[Group]
    total: int
    rules: Sequence[Check]
    quality: Sequence[Check]


async def read_shapes(context: ApiContext) -> Shapes:
    """The shapes and queries that the release describes.

    Raises:
        EngineError: a question did not end well.
    """
    rows, checks = await asyncio.gather(context.ask("shapes"), context.ask("checks"))
    labels = await read_labels(context, iris(rows, "target"))
    shapes: dict[str, Shape] = {}
    groups: dict[str, tuple[Label | None, list[Shape]]] = {}
    for row in rows:
        name = str(row["name"])
        if name not in shapes:
            shapes[name] = Shape(
                name=name,
                iri=str(row["shape"]),
                severity=str(row["severity"]).removeprefix(_SHACL),
                message=Label(zh=str(row["messageZh"]), en=str(row["messageEn"])),
                path=shorten(context, str(row["path"])) if "path" in row else None,
                example=text(row, "example"),
            )
        if "target" not in row:
            groups.setdefault("", (None, []))[1].append(shapes[name])
            continue
        iri = str(row["target"])
        target = shorten(context, iri)
        shapes[name].targets.append(target)
        if len(shapes[name].targets) == 1:  # it is shown once, with its further targets beside it
            named = labels.label(iri) if iri in labels.texts else None
            groups.setdefault(target, (named, []))[1].append(shapes[name])
    told = [
        Check(
            name=str(row["name"]),
            severity=str(row["severity"]).removeprefix(_SHACL),
            message=Label(zh=str(row["messageZh"]), en=str(row["messageEn"])),
            why=Label(zh=str(row["whyZh"]), en=text(row, "whyEn")) if "whyZh" in row else None,
            query=str(row["query"]),
        )
        for row in checks
    ]
    rules, quality = (
        [one for one in told if one.name.startswith(f"{folder}/")] for folder in _FOLDERS
    )
    return Shapes(
        groups=[
            Group(target, label, found)
            for target, (label, found) in sorted(groups.items(), key=_place)
        ],
        total=len(shapes),
        rules=rules,
        quality=quality,
    )


def _place(group: tuple[str, object]) -> tuple[bool, bool, str]:
    """Our own classes first, what has no target last."""
    target = group[0]
    return not target, not target.startswith("zc:"), target


def make_router(context: ApiContext, writer: PageWriter) -> APIRouter:
    """The route of the page."""
    router = APIRouter(include_in_schema=False)

    async def ask() -> Shapes:
        return await read_shapes(context)

    shapes = Once(ask)
    report = read_report(context.release)
    whole = SHAPES if SHAPES in context.release.manifest["files"] else None

    async def make(view: View) -> Page:
        return Page(
            "shapes.html",
            view.t("数据约束", "Shapes"),
            {"shapes": await shapes.get(), "report": report, "whole": whole},
            description=view.t(
                "每个版本生成前对数据的全部检查：SHACL 约束、绝不推断的规则、质检查询。",
                "All that is asked of the data before a release is made: shapes, rules of what is never inferred, queries.",
            ),
        )

    @router.api_route("/shapes", methods=["GET", "HEAD"])
    async def show(request: Request) -> Response:
        return await writer.answer(request, make)

    return router
