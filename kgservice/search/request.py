"""Reads what ``/api/search`` is asked: strictly, so that nothing in the address is silently ignored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from kgservice.search.writing import TYPES
from kgservice.sparql.request import ParameterError

LONGEST = 200
MOST = 100
DEFAULT = 10
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


def _parameter(
    name: str, schema: Mapping[str, Any], zh: str, en: str, example: Any, **more: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": f"{en} {zh}",
        "schema": dict(schema),
        "example": example,
        **more,
    }


PARAMETERS = [
    _parameter(
        "q",
        {"type": "string", "minLength": 1, "maxLength": LONGEST},
        "要查找的名称、外文名、缩写、头衔字母或代码。",
        "A name, foreign name, abbreviation, post-nominal or code, or a part of one.",
        "MRICS",
        required=True,
    ),
    _parameter(
        "type",
        {"type": "array", "items": {"type": "string", "enum": list(TYPES)}},
        "只要这些类型（可重复）。",
        "Only things of this type; repeatable.",
        ["certificate"],
    ),
    _parameter(
        "lang",
        {"type": "string", "pattern": f"^{_TAG.pattern}$"},
        "只查这种语言的名称（zh-CN 同 zh）；头衔字母、缩写、代码不分语言。",
        "Only names in this language (zh-CN is the same as zh); notations, abbreviations and codes belong to every one.",
        "en",
    ),
    _parameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT},
        "最多返回几项。",
        "How many hits at most.",
        5,
    ),
]


@dataclass(frozen=True, slots=True)
class Given:
    """The parameters of a search."""

    q: str
    types: tuple[str, ...] = ()
    lang: str | None = None
    limit: int = DEFAULT


def read_parameters(query_string: bytes) -> Given:
    """The parameters of a request.

    Raises:
        ParameterError: one is missing, unknown, repeated or not what it must be.
    """
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise ParameterError(
            "q",
            "The address is not UTF-8, percent-encoded. Encode it so.",
            "网址不是百分号编码的 UTF-8。请按此编码。",
        ) from None
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in {parameter["name"] for parameter in PARAMETERS}:
            raise ParameterError(
                name[:80],
                f"There is no parameter '{name[:80]}'. There are: q, type, lang, limit.",
                f"没有参数“{name[:80]}”。可用的参数：q、type、lang、limit。",
            )
        if name in given and name != "type":
            raise ParameterError(
                name,
                f"'{name}' is given more than once. Give it once.",
                f"参数“{name}”重复。请只给一次。",
            )
        given.setdefault(name, []).append(value)
    for type_ in given.get("type", ()):
        if type_ not in TYPES:
            raise ParameterError(
                "type",
                f"'type' is '{type_[:80]}'. It is one of: {', '.join(TYPES)}.",
                f"参数“type”为“{type_[:80]}”。应为以下之一：{'、'.join(TYPES)}。",
            )
    return Given(
        q=_read_text(given.get("q", [""])[0]),
        types=tuple(given.get("type", ())),
        lang=_read_language(given["lang"][0]) if "lang" in given else None,
        limit=_read_limit(given["limit"][0]) if "limit" in given else DEFAULT,
    )


def _read_text(text: str) -> str:
    if not any(sign.isprintable() and not sign.isspace() for sign in text):
        raise ParameterError(
            "q",
            "'q' is missing or empty. Give what to look for, for example: q=MRICS",
            "参数“q”缺失或为空。请给出要查找的文字，例如：q=MRICS",
        )
    if len(text) > LONGEST:
        raise ParameterError(
            "q",
            f"'q' has {len(text)} characters; at most {LONGEST} are read. Shorten it.",
            f"参数“q”有 {len(text)} 个字符，最多 {LONGEST} 个。请缩短。",
        )
    return text


def _read_language(tag: str) -> str:
    if not _TAG.fullmatch(tag.lower()):
        raise ParameterError(
            "lang",
            f"'lang' is '{tag[:80]}'. Give a language tag such as zh, en, de, ja.",
            f"参数“lang”为“{tag[:80]}”。请给出语言标记，如 zh、en、de、ja。",
        )
    return tag.lower()


def _read_limit(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MOST:
        raise ParameterError(
            "limit",
            f"'limit' is '{text[:80]}'. Give a whole number from 1 to {MOST}.",
            f"参数“limit”为“{text[:80]}”。应为 1 到 {MOST} 的整数。",
        )
    return int(text)
