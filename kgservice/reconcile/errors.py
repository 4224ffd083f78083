"""What may be wrong with a request for reconciliation. Statuses stand in :mod:`kgservice.problems`."""

from __future__ import annotations

from kgservice.errors import ExplainedError
from kgservice.sparql.request import ParameterError


class BatchTooLarge(ExplainedError):
    """More queries or ids at once than are taken. ``limit`` says how many are."""

    def __init__(self, given: int, limit: int) -> None:
        super().__init__(
            f"{given} were given at once; at most {limit} are taken. Send them in smaller batches.",
            f"一次给出了 {given} 项，最多 {limit} 项。请分批发送。",
        )
        self.limit = limit


class BodyTooLong(ExplainedError):
    """A request body longer than is read. ``limit`` is in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The body is longer than {limit} bytes. Send the names in smaller batches.",
            f"请求体超过 {limit} 字节。请分批发送。",
        )
        self.limit = limit


class TooManyBatches(ExplainedError):
    """More batches wait than can be worked off soon. ``retry_after`` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"Too many batches are waiting. Try again in {retry_after} seconds, one batch after the other.",
            f"等待处理的批次过多。请在 {retry_after} 秒后重试，并逐批发送。",
        )
        self.retry_after = retry_after


class BatchTooSlow(ExplainedError):
    """A batch that is not worked off in time. ``seconds`` is how long it may take."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The batch was not answered within {seconds:g} seconds. Send fewer queries at once, with fewer names and values "
            "each.",
            f"该批次未能在 {seconds:g} 秒内完成。请减少每批的查询数，以及每个查询的名称与属性值。",
        )
        self.seconds = seconds


class TooManyCells(ExplainedError):
    """A data extension that would give more cells than are made at once. ``limit`` says how many are."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"These columns would have more than {limit} cells, since each directory that lists a certificate gives one. Ask "
            "for fewer ids or columns at once, or for one region (the setting 'region').",
            f"这些列的单元格超过 {limit} 个（每个列入证书的目录行一个）。请减少一次请求的标识或列，或只取一个地区"
            "（设置“region”）。",
        )
        self.limit = limit


class NoJsonp(ParameterError):
    """A client asks for JSONP, which is not offered."""

    def __init__(self) -> None:
        super().__init__(
            "callback",
            "JSONP is not offered: it would have the page run what the service sends. Every answer may be read from any "
            "page (CORS), so leave 'callback' out.",
            "不提供 JSONP（它会让网页执行返回的内容）。任何网页都可跨域读取（CORS），请去掉参数“callback”。",
        )


class QueryError(ExplainedError):
    """One query of a batch cannot be answered; the others can. ``member`` names the part that is wrong."""

    def __init__(self, member: str, en: str, zh: str) -> None:
        super().__init__(f"'{member}': {en}", f"“{member}”：{zh}")
        self.member = member


__all__ = [
    "BatchTooLarge",
    "BatchTooSlow",
    "BodyTooLong",
    "NoJsonp",
    "ParameterError",
    "QueryError",
    "TooManyBatches",
    "TooManyCells",
]
