"""What can happen to a query. The status that each becomes over HTTP is decided once, in :mod:`kgservice.problems`."""

from __future__ import annotations

from kgservice.errors import ExplainedError


class EngineError(ExplainedError):
    """A query was not answered."""


class QuerySyntaxError(EngineError):
    """The query is not SPARQL.

    ``line`` and ``column`` count from 1, in characters, and say where the parser gave up; ``near`` is what stands before.
    """

    def __init__(
        self, message: str, line: int | None = None, column: int | None = None, near: str = ""
    ) -> None:
        at_en = f" at line {line}, column {column}" if line else ""
        at_zh = f"第 {line} 行第 {column} 个字符处：" if line else ""
        after_en, after_zh = (f", after “{near}”", f"（在“{near}”之后）") if near else ("", "")
        super().__init__(
            f"The query cannot be read{at_en}{after_en}: {message}. Correct it there or just before.",
            f"无法读懂查询。{at_zh}{message}{after_zh}。请更正该处或紧靠其前的文字。",
        )
        self.message = message
        self.line = line
        self.column = column
        self.near = near or None


class QueryUnsupported(EngineError):
    """The query is SPARQL, but asks for something that does not exist here, such as an unknown function."""

    def __init__(self, message: str) -> None:
        super().__init__(
            f"The query asks for something that this service does not have: {message}. Use what SPARQL 1.1 defines.",
            f"查询用到了本服务没有的功能：{message}。请改用 SPARQL 1.1 规定的功能。",
        )


class QueryTimeout(EngineError):
    """The query took longer than it may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The query was stopped after {seconds:g} seconds. Ask for less: name more of what you look for, or add a LIMIT.",
            f"查询超过 {seconds:g} 秒，已被终止。请缩小范围：写明更多条件，或加上 LIMIT。",
        )
        self.seconds = seconds


class QueryMemory(EngineError):
    """The query took more memory than it may."""

    def __init__(self, mebibytes: int) -> None:
        super().__init__(
            f"The query needed more than {mebibytes} MiB and was stopped. Ask for less: avoid cross products, "
            "ORDER BY and DISTINCT over everything.",
            f"查询占用内存超过 {mebibytes} MiB，已被终止。请缩小范围：避免笛卡尔积，避免对全部数据 ORDER BY 或 DISTINCT。",
        )
        self.mebibytes = mebibytes


class ResultTooLarge(EngineError):
    """The answer is larger than it may be: ``limit`` bytes, or rows (solutions, or triples of a graph)."""

    def __init__(self, limit: int, unit_en: str, unit_zh: str) -> None:
        super().__init__(
            f"The answer is larger than {limit} {unit_en} and was stopped. Add a LIMIT, or ask for less.",
            f"结果超过 {limit} {unit_zh}，已被终止。请加上 LIMIT，或缩小查询范围。",
        )
        self.limit = limit
        self.unit = unit_en


class QueryCancelled(EngineError):
    """Somebody ended the query by its id."""

    def __init__(self) -> None:
        super().__init__(
            "The query was cancelled. Ask again if you still need it.",
            "查询已被取消。如仍需要，请重新查询。",
        )


class ResultUnwritable(EngineError):
    """The answer has something that the chosen format cannot write."""

    def __init__(self, message: str) -> None:
        super().__init__(
            f"The answer cannot be written in this format: {message}. Choose another one.",
            f"结果无法写成这种格式：{message}。请改用其他格式。",
        )


class WorkerCrashed(EngineError):
    """The process that ran the query ended by itself."""

    def __init__(self) -> None:
        super().__init__(
            "The process that ran the query broke down; nobody else's query was touched. "
            "If the same query does it again, please report it.",
            "执行该查询的进程意外中止，其他查询不受影响。若同一查询再次如此，请告知我们。",
        )


class EvaluationFailed(EngineError):
    """The store or the evaluation failed; not the user's doing."""

    def __init__(self, message: str) -> None:
        super().__init__(
            f"The query could not be evaluated: {message}. If it happens again, please report it.",
            f"查询未能执行：{message}。若再次发生，请告知我们。",
        )


class QueueFull(EngineError):
    """All processes are busy and the queue is full, or the wait was too long. ``retry_after`` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"All query processes are busy. Ask again in {retry_after} seconds.",
            f"所有查询进程都在忙。请在 {retry_after} 秒后重试。",
        )
        self.retry_after = retry_after


class EngineUnavailable(EngineError):
    """The engine cannot start, or is stopping."""


class EngineStopping(EngineUnavailable):
    """The service is going down."""

    def __init__(self) -> None:
        super().__init__(
            "The service is stopping. Ask again in a moment.",
            "服务正在停止，请稍后重试。",
        )
