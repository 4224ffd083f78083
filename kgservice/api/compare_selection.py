"""Which regions are compared, and which certificates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from cachetools import LRUCache

from kgservice.api.context import ApiContext, Row
from kgservice.api.errors import UnknownId
from kgservice.api.models import InForce
from kgservice.api.things import check_certificates, iris, name_thing, read_labels
from kgservice.sparql.request import ParameterError

MOST_REGIONS = 24  # side by side: every two of them are compared
_KEPT = 32
Listed = Literal["any", "several", "all"]


@dataclass(frozen=True, slots=True)
class Selection:
    """What is compared; an empty value does not narrow it."""

    issuer: str | None = None
    certificates: Sequence[str] = ()
    country: str | None = None
    scheme: str | None = None
    listed: Listed = "any"
    divergence: str | None = None
    holding_condition: bool = False
    on: date | None = None


@dataclass(frozen=True, slots=True)
class CompareBoard:
    """What comparisons over one release have in common, kept from one to the next: a release never changes."""

    context: ApiContext
    _regions: list[str] = field(default_factory=list)
    _kept: dict[str, LRUCache[object, list[Row]]] = field(default_factory=dict)

    async def all(self) -> list[str]:
        """The regions (IRIs) that have a directory, by code."""
        if not self._regions:
            self._regions[:] = sorted(iris(await self.context.ask("directories"), "region"))
        return list(self._regions)

    async def ask(
        self, question: str, columns: Sequence[str] = (), **values: str | Sequence[str]
    ) -> list[Row]:
        """The rows of a question, those of the last askings without asking again; of some columns only, each row once."""
        key = tuple(
            (name, value if isinstance(value, str) else tuple(value))
            for name, value in sorted(values.items())
        )
        kept = self._kept.setdefault(question, LRUCache(_KEPT))
        rows = kept.get(key)
        if rows is None:
            rows = await self.context.ask(question, **values)
            if columns:
                told = dict.fromkeys(tuple(row.get(name, "") for name in columns) for row in rows)
                rows = [dict(zip(columns, one, strict=True)) for one in told]
            kept[key] = rows
        return rows


async def read_regions(board: CompareBoard, codes: Sequence[str]) -> list[str]:
    """The regions (IRIs) in the order given; all that have a directory where none is given.

    Raises:
        UnknownId: a code that the register of regions does not have.
        ParameterError: there are more than can be compared.
    """
    if not codes:
        found = await board.all()
        if len(found) > MOST_REGIONS:
            raise ParameterError(
                "regions",
                f"There are directories of {len(found)} regions, and {MOST_REGIONS} at most can be compared at once. "
                "Name some, for example: regions=320200,330000,500000",
                f"共有 {len(found)} 个地区的目录，一次最多比较 {MOST_REGIONS} 个。请指明地区，例如：regions=320200,330000,500000",
            )
        return found
    if len(set(codes)) > MOST_REGIONS:
        raise ParameterError(
            "regions",
            f"Parameter 'regions' names {len(set(codes))} regions, and {MOST_REGIONS} at most can be compared at once. Name fewer.",
            f"参数“regions”列出了 {len(set(codes))} 个地区，一次最多比较 {MOST_REGIONS} 个。请减少。",
        )
    context = board.context
    places = {context.iri(name_thing("regions", "region", code)): code for code in codes}
    return await _known(context, {iri: ("regions", code) for iri, code in places.items()})


@dataclass(frozen=True, slots=True)
class Versions:
    """The editions (rows of the question ``editions``) that count, and with a day, whether each is in force on it."""

    rows: Sequence[Row]
    in_force: Mapping[str, InForce] | None = None
    # The editions (IRIs) of which a row has to be; None: of any.
    counted: frozenset[str] | None = field(init=False)

    def __post_init__(self) -> None:
        counted = None if self.in_force is None else frozenset(iris(self.rows, "edition"))
        object.__setattr__(self, "counted", counted)

    def holds(self, *editions: object) -> bool:
        """Whether all of these count."""
        return self.counted is None or self.counted.issuperset(editions)


async def read_versions(board: CompareBoard, places: Sequence[str], on: date | None) -> Versions:
    """The editions of these regions; with a day, without those that were not in force on it.

    Those whose dates are not known stay: whether they were in force is unknown.
    """
    rows = await board.ask("editions", region=places) if places else []
    if on is None:
        return Versions(rows)
    told = await board.context.ask("editions-in-force", day=on.isoformat())
    words: Mapping[str, InForce] = {"yes": "yes", "no": "no"}
    states = {str(row["edition"]): words.get(str(row["status"]), "unknown") for row in told}
    return Versions([row for row in rows if states[str(row["edition"])] != "no"], states)


async def select(
    board: CompareBoard, places: Sequence[str], versions: Versions, selection: Selection
) -> list[Row]:
    """The certificates that fit, with the number of regions in which each is listed and covered; most regions first.

    Raises:
        UnknownId: a parameter names something that there is not.
        Withdrawn: a certificate was withdrawn.
    """
    context = board.context
    named: dict[str, tuple[str, str]] = {}
    certificates: dict[str, tuple[str, str]] = {}
    for given in selection.certificates:
        kind = "family" if given.removeprefix("family/").startswith("f") else "certificate"
        path = name_thing("certificate", kind, given)
        certificates[context.iri(path)] = ("certificate", given)
    values: dict[str, str | Sequence[str]] = {"region": list(places)}
    if certificates:
        values["certificate"] = list(certificates)
    for question, parameter, kind, value in (
        ("issuer", "issuer", "issuer", selection.issuer),
        ("scheme", "grade_scheme", "grade-scheme", selection.scheme),
    ):
        if value is not None:
            values[question] = context.iri(name_thing(parameter, kind, value))
            named[str(values[question])] = (parameter, value)
    if selection.country is not None:
        values["country"] = selection.country.upper()
    await _known(context, named)
    await check_certificates(context, certificates)
    if versions.counted is not None:
        values["edition"] = sorted(versions.counted)
        if not versions.counted:
            return []
    rows = await board.ask("listed-certificates", **values)
    least = {"any": 0, "several": 2, "all": len(places)}[selection.listed]
    rows = [row for row in rows if int(row["listedIn"]) >= least]
    if selection.divergence:
        kinds = [] if selection.divergence == "any" else [f"zc:{selection.divergence}"]
        found = await board.ask(
            "divergences",
            ("certificate", "editionA", "editionB"),
            kind=kinds,
            region=list(places),
        )
        near = {
            row["certificate"] for row in found if versions.holds(row["editionA"], row["editionB"])
        }
        rows = [row for row in rows if row["certificate"] in near]
    if selection.holding_condition:
        asked = {
            row["certificate"]
            for row in await board.ask("holding-conditions", ("certificate", "region", "edition"))
            if row["region"] in places and versions.holds(row["edition"])
        }
        rows = [row for row in rows if row["certificate"] in asked]
    return rows


async def _known(context: ApiContext, named: dict[str, tuple[str, str]]) -> list[str]:
    """That every one of these IRIs is known; ``named`` says by which parameter and value it came."""
    labels = await read_labels(context, named)
    for iri, (parameter, given) in named.items():
        if iri not in labels.texts:
            raise UnknownId(parameter, given)
    return list(named)
