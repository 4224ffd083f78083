"""The service manifests: what is offered, in the words of each version."""

from __future__ import annotations

from typing import Any

from kgservice import __version__
from kgservice.reconcile.properties import TYPE_NAMES
from kgservice.reconcile.writing import named

Json = dict[str, Any]
MOST_QUERIES = 100  # in one batch
WIDTH, HEIGHT = 440, 340  # of a preview, in pixels
OLD, NEW = "/reconcile", "/reconcile/1.0"
_NAMES = {
    "zh": "职称图谱：境外职业资格证书、证书族与发证机构",
    "en": "Zhicheng Graph: overseas professional certificates, their families and issuing bodies",
}
# Setting → what it is called and what it does, in zh and en.
SETTINGS = {
    "lang": {
        "zh": ("语言", "名称与层级用哪种语言"),
        "en": ("Language", "The language of names and levels"),
    },
    "region": {
        "zh": ("地区", "只取这一地区目录的各行（名称或代码，空为全部）"),
        "en": ("Region", "Only rows of the directories of this region (name or code; empty for all)"),
    },
}  # fmt: skip
_CHOICES = (("zh", "中文"), ("en", "English"))


def write_manifest_old(origin: str, base: str, language: str) -> Json:
    """The manifest of version 0.2 (section "Service Manifest")."""

    def place(path: str) -> Json:
        return {"service_url": origin, "service_path": f"{OLD}{path}"}

    return {
        "versions": ["0.2"],
        "name": _NAMES[language],
        "identifierSpace": f"{base}/id/",
        "schemaSpace": f"{base}/ns/",
        "documentation": f"{origin}{OLD}",
        "serviceVersion": __version__,
        "defaultTypes": [named(one, language) for one in TYPE_NAMES.values()],
        "view": {"url": f"{origin}/doc/{{{{id}}}}"},
        "preview": {
            "url": f"{origin}{OLD}/preview?id={{{{id}}}}",
            "width": WIDTH,
            "height": HEIGHT,
        },
        "suggest": {kind: place(f"/suggest/{kind}") for kind in ("entity", "type", "property")},
        "extend": {
            "propose_properties": place("/extend/propose"),
            "property_settings": [
                {"name": one["id"], "label": one["name"], "help_text": one["helpText"]}
                | {key: one[key] for key in ("type", "default", "choices") if key in one}
                for one in _settings(language)
            ],
        },
        "batchSize": MOST_QUERIES,
    }


def write_manifest_new(origin: str, language: str) -> Json:
    """The manifest of version 1.0-draft (section "Service Manifest")."""
    return {
        "versions": ["1.0-draft"],
        "name": _NAMES[language],
        "lang": language,
        "documentation": f"{origin}{OLD}",
        "serviceVersion": __version__,
        "defaultTypes": [named(one, language) for one in TYPE_NAMES.values()],
        "view": {"url": f"{origin}/doc/{{+id}}"},
        "preview": {"width": WIDTH, "height": HEIGHT},
        "suggest": {"entity": True, "property": True, "type": True},
        "extend": {"proposeProperties": True, "propertySettings": _settings(language)},
        "batchSize": MOST_QUERIES,
        "standardizedScore": True,
    }


def _settings(language: str) -> list[Json]:
    lang, region = (SETTINGS[one][language] for one in ("lang", "region"))
    return [
        {
            "id": "lang",
            "name": lang[0],
            "helpText": lang[1],
            "type": "select",
            "default": language,
            "choices": [{"value": value, "name": name} for value, name in _CHOICES],
        },
        {"id": "region", "name": region[0], "helpText": region[1], "type": "text", "default": ""},
    ]
