"""The same for machines: schema.org about editions, directories and regions, and where their data are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kgservice.api.context import ApiContext
from kgservice.api.models import Label, Thing
from kgservice.pages.places.edition_facts import EditionFacts
from kgservice.pages.places.region_places import Place
from kgservice.pages.view import View
from kgservice.release import DUMPS

SCHEMA = "https://schema.org"
LICENSE = "https://creativecommons.org/licenses/by/4.0/"


@dataclass(frozen=True, slots=True)
class Dump:
    """The N-Triples of one named graph, packed. ``path``: where the service has it; ``size`` in bytes."""

    path: str
    size: int
    sha256: str


def find_dump(context: ApiContext, graph: str) -> Dump | None:
    """The dump of a named graph (``edition/500000-1/2023``); older releases have none."""
    file = f"{DUMPS}/{graph}.nt.gz"
    entry = context.release.manifest["files"].get(file)
    if entry is None:
        return None
    return Dump(f"/data/{context.release.id}/{file}", entry["bytes"], entry["sha256"])


def describe_edition(context: ApiContext, view: View, facts: EditionFacts) -> dict[str, Any]:
    """An edition as a dataset, with its dump."""
    dataset = {"@context": SCHEMA, **_dataset(view, facts)}
    dataset["includedInDataCatalog"] = {
        "@type": "DataCatalog",
        "name": view.t("职称图谱", "Zhicheng Graph"),
        "url": view.absolute("/data"),
    }
    dataset["isPartOf"] = {
        "@type": "Dataset",
        **_named(view, facts.directory),
        "description": _about(view, facts.directory.label),
        "license": LICENSE,
    }
    dump = find_dump(context, facts.view.id)
    if dump is not None:
        dataset["distribution"] = {
            "@type": "DataDownload",
            "contentUrl": view.absolute(dump.path),
            "encodingFormat": "application/n-triples+gzip",
            "contentSize": f"{dump.size} B",
            "sha256": dump.sha256,
        }
    return dataset


def describe_directory(
    view: View, directory: Thing, editions: Sequence[EditionFacts]
) -> dict[str, Any]:
    """A directory as a dataset that its editions are parts of, in a catalogue."""
    return {
        "@context": SCHEMA,
        "@type": "Dataset",
        **_named(view, directory),
        "description": _about(view, directory.label),
        "inLanguage": "zh",
        "license": LICENSE,
        "spatialCoverage": _place(view, editions[0].view.region),
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": view.t("职称图谱", "Zhicheng Graph"),
            "url": view.absolute("/data"),
        },
        "hasPart": [_dataset(view, facts) for facts in editions],
    }


def describe_region(view: View, place: Place) -> dict[str, Any]:
    """A region as an administrative area; what it lies in, it lies in, and no more."""
    area: dict[str, Any] = {"@context": SCHEMA, **_place(view, place.region)}
    area["identifier"] = {"@type": "PropertyValue", "propertyID": "GB/T 2260", "value": place.code}
    if place.within:
        area["containedInPlace"] = [_place(view, one) for one in place.within]
    if place.contains:
        area["containsPlace"] = [_place(view, one) for one in place.contains]
    return area


def _dataset(view: View, facts: EditionFacts) -> dict[str, Any]:
    edition = facts.view
    found: dict[str, Any] = {
        "@type": "Dataset",
        **_named(view, edition),
        "identifier": edition.iri,
        "version": edition.version,
        "description": _about(view, edition.label),
        "inLanguage": "zh",
        "license": LICENSE,
        "spatialCoverage": _place(view, edition.region),
    }
    if edition.document_date:
        found["datePublished"] = edition.document_date
    if edition.in_force_from or edition.in_force_until:
        found["temporalCoverage"] = (
            f"{edition.in_force_from or '..'}/{edition.in_force_until or '..'}"
        )
    if facts.issued_by:
        found["publisher"] = [
            {"@type": "GovernmentOrganization", **_named(view, one)} for one in facts.issued_by
        ]
    if edition.document:
        found["isBasedOn"] = {"@type": "CreativeWork", **_named(view, edition.document)}
    return found


def _named(view: View, thing: Thing) -> Mapping[str, Any]:
    label = thing.label
    named: dict[str, Any] = {
        "@id": thing.iri,
        "name": view.t(label.zh, label.en or label.zh),
        "url": view.absolute(f"/doc/{thing.id}"),
    }
    other = view.t(label.en or "", label.zh)
    if other and other != named["name"]:
        named["alternateName"] = other
    return named


def _place(view: View, region: Thing) -> dict[str, Any]:
    return {"@type": "AdministrativeArea", **_named(view, region)}


def _about(view: View, label: Label) -> str:
    """What Google's dataset search asks for: 50 characters at least."""
    return view.t(
        f"《{label.zh}》逐行转录的内容：每一行所印的境外职业资格证书，以及它对应的职称层级、专业与便利；附出处与存疑说明。",
        f"“{label.en or label.zh}”, transcribed row by row: each overseas certificate as printed, with the title level, "
        "specialty and benefits that it gives, its source, and where the reading is not certain.",
    )
