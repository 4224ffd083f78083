"""A certificate's worth in a sentence, and as schema.org tells it (section 13 of the model)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from babel import Locale

from kgservice.api.models import Issuer, Label
from kgservice.api.things import Labels
from kgservice.pages.certificate.places import Region
from kgservice.pages.certificate.rows import Line
from kgservice.pages.certificate.worth import Group, Worth
from kgservice.pages.view import View, text_of

# So many regions are named one by one.
NAMED = 8
# Shorter than their full names, in the form in which the notices print the first.
_REGIONS = {"HK": "中国香港", "MO": "中国澳门", "TW": "中国台湾"}


def add_marks(title: str, marks: Sequence[str], view: View) -> str:
    """“英国皇家特许测量师学会专业会员（MRICS）”."""
    if not marks:
        return title
    return title + view.t(f"（{'、'.join(marks)}）", f" ({', '.join(marks)})")


def name_country(code: str, view: View) -> str:
    """ISO 3166-1 alpha-2 in the language of the page; the code where it has no name."""
    if view.language == "zh" and code in _REGIONS:
        return _REGIONS[code]
    return str(Locale(view.language).territories.get(code, code))


def list_regions(regions: Sequence[Region], view: View) -> str:
    """Their names, of many only the first, with the number."""
    names = view.t("、", ", ").join(text_of(region.label, view) for region in regions[:NAMED])
    if len(regions) <= NAMED:
        return names
    return view.t(f"{names}等 {len(regions)} 个地区", f"{names} and more, {len(regions)} regions")


def tell_levels(levels: Sequence[str], labels: Labels, view: View) -> str:
    """One level, or several between which the row does not tell."""
    return view.t("或", " or ").join(text_of(labels.label(level), view) for level in levels)


def tell_group(group: Group, labels: Labels, view: View) -> str:
    """“最高可至中级：重庆市”."""
    where = list_regions(group.regions, view)
    if not group.levels:
        return view.t(f"仅列入便利服务清单：{where}", f"benefits only: {where}")
    level = tell_levels(group.levels, labels, view)
    if group.ceiling:
        return view.t(f"最高可至{level}：{where}", f"at most {level}: {where}")
    return view.t(f"{level}：{where}", f"{level}: {where}")


def tell_worth(worth: Worth, labels: Labels, view: View) -> str:
    """One sentence about all regions."""
    parts = [tell_group(group, labels, view) for group in worth.groups]
    if worth.absent:
        where = list_regions(worth.absent, view)
        parts.append(
            view.t(
                f"目录未列入（不等于不认可）：{where}",
                f"not listed (which does not mean not recognised): {where}",
            )
        )
    if not worth.groups:
        parts.insert(0, view.t("现有目录均未直接列出", "no directory lists it"))
    return view.t("；", "; ").join(parts) + view.t("。", ".")


def describe_credential(
    view: View,
    *,
    iri: str,
    label: Label,
    names: Sequence[str],
    notations: Sequence[str],
    kind: Label | None,
    issuers: Sequence[Issuer],
    lines: Sequence[Line],
) -> dict[str, Any]:
    """schema.org: the certificate, and a node for each region of the lines that says who recognises it where."""
    page = view.absolute(view.path)
    credential: dict[str, Any] = {
        "@type": "EducationalOccupationalCredential",
        "@id": iri,
        "url": page,
        "name": text_of(label, view),
        "alternateName": [*dict.fromkeys([*notations, *names])],
        "provider": [
            {"@type": "Organization", "@id": body.iri, "name": text_of(body.label, view)}
            for body in issuers
        ],
    }
    if kind is not None:
        credential["credentialCategory"] = text_of(kind, view)
    regions: dict[str, list[Line]] = {}
    for line in lines:
        if line.recognition.in_force != "no":
            regions.setdefault(line.region.iri, []).append(line)
    nodes = [_recognised(view, iri, label, page, found) for found in regions.values()]
    return {
        "@context": "https://schema.org",
        "@graph": [{name: value for name, value in credential.items() if value}, *nodes],
    }


def _recognised(
    view: View, iri: str, label: Label, page: str, lines: Sequence[Line]
) -> Mapping[str, Any]:
    region = lines[0].region
    bodies = {body.iri: body for line in lines for body in line.recognition.recognized_by}
    levels = {
        level.iri: (level, line.recognition.level_mode == "CeilingLevel")
        for line in lines
        for level in line.recognition.levels
    }
    node: dict[str, Any] = {
        "@type": "EducationalOccupationalCredential",
        "@id": f"{page}#region-{region.code}",
        "name": f"{text_of(label, view)}{view.t('，', ', ')}{text_of(region.label, view)}",
        "isBasedOn": {"@id": iri},
        "validIn": {
            "@type": "AdministrativeArea",
            "@id": region.iri,
            "name": text_of(region.label, view),
            "identifier": region.code,
        },
        "recognizedBy": [
            {"@type": "Organization", "@id": body.iri, "name": text_of(body.label, view)}
            for body in bodies.values()
        ],
        "educationalLevel": [
            {
                "@type": "DefinedTerm",
                "@id": level.iri,
                "name": view.t("最高可至", "at most ") * ceiling + text_of(level.label, view),
            }
            for level, ceiling in levels.values()
        ],
    }
    return {name: value for name, value in node.items() if value}
