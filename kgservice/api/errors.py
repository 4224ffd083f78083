"""What may be wrong with a request to the API. Statuses stand in :mod:`kgservice.problems`."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi.exceptions import RequestValidationError

from kgservice.engine.errors import QueryTimeout
from kgservice.errors import ExplainedError
from kgservice.sparql.request import ParameterError


class UnknownId(ExplainedError):
    """Nothing was ever minted under this id."""

    def __init__(self, parameter: str, value: str) -> None:
        super().__init__(
            f"'{parameter}' is '{value[:80]}': there is no such id. Look for the right one at /api/search.",
            f"参数“{parameter}”为“{value[:80]}”：没有这一标识。请在 /api/search 查找。",
        )
        self.parameter = parameter


class UnknownQuestion(ExplainedError):
    """There is no question of this name. ``near``: what may have been meant."""

    def __init__(self, name: str, near: Sequence[str]) -> None:
        hint_en = f" Did you mean '{near[0]}'?" if near else ""
        hint_zh = f"是否想问“{near[0]}”？" if near else ""
        super().__init__(
            f"There is no question '{name[:80]}'.{hint_en} All are listed at /api/queries.",
            f"没有问题“{name[:80]}”。{hint_zh}全部问题见 /api/queries。",
        )


class QuestionTimeout(QueryTimeout):
    """A question took longer than it may, and has parameters that were left empty: ``left`` are examples, ``name=value``.

    The graph has grown too large to ask it of everything.
    """

    def __init__(self, seconds: float, question: str, left: Sequence[str]) -> None:
        super().__init__(seconds)
        self.en = (
            f"Asked so widely, '{question}' takes more than {seconds:g} seconds on a graph of this size. "
            f"Narrow it, for example: {' or '.join(left)}"
        )
        self.zh = (
            f"图谱规模较大，问题“{question}”这样问超过了 {seconds:g} 秒。"
            f"请给出参数缩小范围，例如：{' 或 '.join(left)}"
        )


class ComparisonTimeout(QueryTimeout):
    """A comparison, which is put together from many questions, took longer than one question may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.en = (
            f"This comparison takes more than {seconds:g} seconds on a graph of this size. Compare fewer regions "
            "(regions=320200,500000), or fewer certificates (issuer=i0028, limit=20)."
        )
        self.zh = (
            f"图谱规模较大，这样比较超过了 {seconds:g} 秒。"
            "请减少地区（regions=320200,500000），或减少证书（issuer=i0028、limit=20）。"
        )


class EquivalentsTimeout(QueryTimeout):
    """What is equivalent to a certificate, which is put together from many questions, took longer than one may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.en = (
            f"All kinds together take more than {seconds:g} seconds on a graph of this size. "
            "Ask for a kind (kind=identical) or a region (region=310000)."
        )
        self.zh = (
            f"图谱规模较大，各种关系一并查询超过了 {seconds:g} 秒。"
            "请指明种类（kind=identical）或地区（region=310000）。"
        )


class Withdrawn(ExplainedError):
    """The id was minted and withdrawn. ``successor`` is the path of what replaces it, where something does."""

    def __init__(self, parameter: str, value: str, successor: str | None) -> None:
        then_en = f" Ask for '{successor}' instead." if successor else " Nothing replaces it."
        then_zh = f"请改用“{successor}”。" if successor else "没有替代者。"
        super().__init__(
            f"'{parameter}' is '{value[:80]}', which was withdrawn.{then_en}",
            f"参数“{parameter}”为“{value[:80]}”，该标识已撤销。{then_zh}",
        )
        self.parameter = parameter
        self.successor = successor


# What pydantic finds wrong, in words: kind of its error → English, Chinese.
_WRONG = {
    "missing": ("is missing", "缺失"),
    "date_from_datetime_parsing": ("must be a day, YYYY-MM-DD", "应为日期（YYYY-MM-DD）"),
    "date_parsing": ("must be a day, YYYY-MM-DD", "应为日期（YYYY-MM-DD）"),
    "date_type": ("must be a day, YYYY-MM-DD", "应为日期（YYYY-MM-DD）"),
    "date_from_datetime_inexact": ("must be a day, YYYY-MM-DD", "应为日期（YYYY-MM-DD）"),
    "int_parsing": ("must be a whole number", "应为整数"),
    "int_from_float": ("must be a whole number", "应为整数"),
    "int_parsing_size": ("is a number of too many digits", "数字位数过多"),
    "finite_number": ("must be a finite number", "应为有限的数"),
    "float_type": ("must be a number", "应为数字"),
    "bool_type": ("must be true or false", "应为 true 或 false"),
    "string_unicode": ("must be a text in UTF-8", "应为 UTF-8 文本"),
    "bool_parsing": ("must be true or false", "应为 true 或 false"),
    "float_parsing": ("must be a number", "应为数字"),
    "json_invalid": ("is not JSON", "不是 JSON"),
    "model_attributes_type": ("must be a JSON object", "应为 JSON 对象"),
    "model_type": ("must be a JSON object", "应为 JSON 对象"),
    "dict_type": ("must be a JSON object", "应为 JSON 对象"),
    "list_type": ("must be a JSON array", "应为 JSON 数组"),
    "string_type": ("must be a text", "应为文本"),
    "int_type": ("must be a whole number", "应为整数"),
    "extra_forbidden": ("is not known here", "不是此处可用的参数"),
}


# The same where the words need a number, which pydantic tells.
_SIZES = {
    "too_long": (
        "has {actual_length} entries, and may have {max_length} at most",
        "有 {actual_length} 项，最多 {max_length} 项",
    ),
    "too_short": (
        "has {actual_length} entries, and must have {min_length} at least",
        "有 {actual_length} 项，至少应有 {min_length} 项",
    ),
    "string_too_long": (
        "is too long: it may have {max_length} characters at most",
        "过长，最多 {max_length} 个字符",
    ),
    "string_too_short": (
        "is too short: it must have {min_length} characters at least",
        "过短，至少应有 {min_length} 个字符",
    ),
}


def explain_request(error: RequestValidationError) -> ParameterError:
    """A request that does not fit the description of its route, as an error that names the parameter."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    if first["type"] == "json_invalid":
        place = place[:1]  # behind it stands which character cannot be read
    # In a query the place of a repeated value means nothing to the reader; in a body every step does.
    name = (place[1] if place[0] == "query" else ".".join(place[1:])) if place[1:] else place[0]
    context = first.get("ctx") or {}
    if first["type"] in _WRONG:
        en, zh = _WRONG[first["type"]]
    elif first["type"] in ("literal_error", "enum"):
        expected = str(context.get("expected", "")).replace(" or ", ", ")
        en, zh = f"must be one of: {expected}", f"应为以下之一：{expected}"
    elif first["type"] == "string_pattern_mismatch":
        en, zh = f"must be of the form {context['pattern']}", f"应符合格式 {context['pattern']}"
    elif first["type"] in _SIZES:
        en, zh = (text.format(**context) for text in _SIZES[first["type"]])
    elif bound := next((key for key in ("ge", "gt", "le", "lt") if key in context), None):
        sign = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}[bound]
        en, zh = f"must be {sign} {context[bound]}", f"应 {sign} {context[bound]}"
    else:
        en, zh = f"does not fit ({first['msg']})", f"不符合要求（{first['msg']}）"
    given = first.get("input")
    shown = f" '{given[:80]}'" if isinstance(given, str) else ""
    shown_zh = f"“{given[:80]}”" if isinstance(given, str) else ""
    return ParameterError(
        name,
        f"Parameter '{name}'{shown} {en}. See the description of the interface at /openapi.json.",
        f"参数“{name}”{shown_zh}{zh}。参见 /openapi.json 的接口说明。",
    )
