"""What answers must look like, as JSON Schemas: one for each kind of answer of each version.

They are our own, written after the two versions of the specification: its repository names no licence under which its
schemas could be kept here, and no package has them. They are stricter: every member that the service writes is required
where it always writes it, and no other may be there; ``error`` beside an empty result is our own. ``KG_TESTS_RECONCILIATION``
names a copy of that repository; then queries and answers are held against its schemas too, and ``test_shapes.py`` checks
that whatever those refuse is refused here.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

Schema = dict[str, Any]
FOLDERS = {"0.2": "0.2", "1.0": "1.0-draft"}


def _object(required: str, optional: str = "", **members: Schema) -> Schema:
    names = required.split()
    assert set(members) == {*names, *optional.split()}
    return {
        "type": "object",
        "required": names,
        "properties": members,
        "additionalProperties": False,
    }


def _many(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def _map(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def _setting(key: str, **texts: Schema) -> Schema:
    """A choice, which has choices, or a text, which has none."""
    members = {key: TEXT, **texts, "default": LINE}
    names = " ".join([*members, "type"])
    return {
        "oneOf": [
            _object(f"{names} choices", **members, type={"const": "select"}, choices=CHOICES),
            _object(names, **members, type={"const": "text"}),
        ]
    }


TEXT: Schema = {"type": "string", "minLength": 1}
LINE: Schema = {"type": "string"}
YES_NO: Schema = {"type": "boolean"}
LANG: Schema = {"enum": ["zh", "en"]}
SCORE: Schema = {"type": "number", "minimum": 0, "maximum": 100}
VALUE: Schema = {"type": ["number", "boolean"]}
URL: Schema = {"type": "string", "pattern": "^https?://"}
SIZE: Schema = {"type": "integer", "minimum": 1}
NAMED = _object("id name", id=TEXT, name=TEXT)
TYPES = _many(NAMED, minItems=1)
DESCRIBED = _object("id name", "description", id=TEXT, name=TEXT, description=TEXT)
CHOICES = _many(_object("value name", value=TEXT, name=TEXT), minItems=1)
_SERVICE = _object("service_url service_path", service_url=URL, service_path=TEXT)
_CELL: Schema = {
    "oneOf": [
        {"type": "object", "additionalProperties": False},
        _object("str", str=TEXT),
        _object("id name", id=TEXT, name=TEXT),
    ]
}
_COLUMN = _object("id name", "type", id=TEXT, name=TEXT, type=NAMED)
_SUGGESTED = _object(
    "id name description notable", id=TEXT, name=TEXT, description=LINE, notable=TYPES
)
_COMMON = {
    "id": TEXT,
    "name": TEXT,
    "description": LINE,
    "type": TYPES,
    "score": SCORE,
    "match": YES_NO,
}
_CANDIDATE = "id name description type score match features"
_OLD_CANDIDATE = _object(
    _CANDIDATE, **_COMMON, features=_many(_object("id value", id=TEXT, value=VALUE))
)
_NEW_CANDIDATE = _object(
    f"{_CANDIDATE} lang",
    **_COMMON,
    lang=LANG,
    features=_many(_object("id name value lang", id=TEXT, name=TEXT, value=VALUE, lang=LANG)),
)
_SUGGEST = {
    "suggest-entities-response": _object("result", result=_many(_SUGGESTED)),
    "suggest-types-response": _object("result", result=_many(NAMED)),
    "suggest-properties-response": _object("result", result=_many(DESCRIBED)),
    "data-extension-property-proposal": _object(
        "properties", "type limit", properties=_many(DESCRIBED), type=TEXT, limit=SIZE
    ),
}
SHAPES: dict[str, dict[str, Schema]] = {
    "0.2": {
        **_SUGGEST,
        "manifest": _object(
            "versions name identifierSpace schemaSpace documentation serviceVersion defaultTypes view preview "
            "suggest extend batchSize",
            versions={"const": ["0.2"]},
            name=TEXT,
            identifierSpace=URL,
            schemaSpace=URL,
            documentation=URL,
            serviceVersion=TEXT,
            defaultTypes=_many(NAMED, minItems=3, uniqueItems=True),
            view=_object(
                "url", url={"type": "string", "pattern": r"^https?://[^{}]*/doc/\{\{id\}\}$"}
            ),
            preview=_object(
                "url width height",
                url={"type": "string", "pattern": r"^https?://[^{}]*\{\{id\}\}$"},
                width=SIZE,
                height=SIZE,
            ),
            suggest=_object(
                "entity type property", entity=_SERVICE, type=_SERVICE, property=_SERVICE
            ),
            extend=_object(
                "propose_properties property_settings",
                propose_properties=_SERVICE,
                property_settings=_many(_setting("name", label=TEXT, help_text=TEXT)),
            ),
            batchSize=SIZE,
        ),
        "reconciliation-result-batch": _map(
            _object("result", "error", result=_many(_OLD_CANDIDATE), error=TEXT)
        ),
        "data-extension-response": _object(
            "meta rows", meta=_many(_COLUMN), rows=_map(_map(_many(_CELL)))
        ),
    },
    "1.0": {
        **_SUGGEST,
        "manifest": _object(
            "versions name lang documentation serviceVersion defaultTypes view preview suggest extend batchSize "
            "standardizedScore",
            versions={"const": ["1.0-draft"]},
            name=TEXT,
            lang=LANG,
            documentation=URL,
            serviceVersion=TEXT,
            defaultTypes=_many(NAMED, minItems=3, uniqueItems=True),
            view=_object(
                "url", url={"type": "string", "pattern": r"^https?://[^{}]*/doc/\{\+id\}$"}
            ),
            preview=_object("width height", width=SIZE, height=SIZE),
            suggest=_object("entity type property", entity=YES_NO, type=YES_NO, property=YES_NO),
            extend=_object(
                "proposeProperties propertySettings",
                proposeProperties=YES_NO,
                propertySettings=_many(_setting("id", name=TEXT, helpText=TEXT)),
            ),
            batchSize=SIZE,
            standardizedScore={"const": True},
        ),
        "reconciliation-result-batch": _object(
            "results",
            results=_many(
                _object("candidates", "error", candidates=_many(_NEW_CANDIDATE), error=TEXT)
            ),
        ),
        "data-extension-response": _object(
            "meta rows",
            meta=_many(_COLUMN),
            rows=_many(
                _object(
                    "id properties",
                    id=TEXT,
                    properties=_many(_object("id values", id=TEXT, values=_many(_CELL))),
                )
            ),
        ),
    },
}


def check(document: Any, version: str, kind: str) -> None:
    """That an answer is as it must be, and as the published schema wants it where there is a copy of that."""
    own_validator(version, kind).validate(document)
    published = published_validator(version, kind)
    if published is not None:
        published.validate(document)


def check_query(document: Any, version: str, member: str) -> None:
    """That a query is as the published schema wants it, where there is a copy of that."""
    kind = {"queries": "reconciliation-query-batch", "extend": "data-extension-query"}[member]
    published = published_validator(version, kind)
    if published is not None:
        published.validate(document)


def own_validator(version: str, kind: str) -> Draft7Validator:
    """Holds answers against our own schema."""
    return Draft7Validator(SHAPES[version][kind])


def published_validator(version: str, kind: str) -> Draft7Validator | None:
    """Holds documents against the published schema, and the others that it refers to by the names of their files."""
    folder = os.environ.get("KG_TESTS_RECONCILIATION")
    if not folder:
        return None
    schemas = Path(folder) / FOLDERS[version] / "schemas"
    found = {path.name: json.loads(path.read_text("utf-8")) for path in schemas.glob("*.json")}
    own = found[f"{kind}.json"]
    start = str(own["$id"]).rpartition("/")[0]
    resources = [
        (f"{start}/{name}", Resource(contents=one, specification=DRAFT7))
        for name, one in found.items()
    ]
    return Draft7Validator(own, registry=Registry().with_resources(resources))
