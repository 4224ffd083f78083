"""What can happen to a query. The status that each becomes over HTTP is decided once, in :mod:`kgservice.problems`."""

from __future__ import annotations

from kgservice.errors import ExplainedError


class EngineError(ExplainedError):
    """A query was not answered."""


# The parser speaks English only; these are what it says most often.
_SAID = {
    "unexpected text or end": "此处的文字不合语法，或查询没有写完",
    "Prefix not found": "前缀没有用 PREFIX 声明",
    "The SELECT contains a variable that is unbound": "SELECT 中有未绑定的变量",
    "Duplicated variable name in SELECT": "SELECT 中有重名的变量",
}


def _in_chinese(message: str) -> str:
    if message.startswith("expected "):
        return f"应为 {message.removeprefix('expected ')}"
    return _SAID.get(message, message)


class QuerySyntaxError(EngineError):
    """The query is not SPARQL.

    ``line`` and ``column`` count from 1, in characters, and say where the parser gave up; ``near`` is what stands before.
    """

    def __init__(
        self, message: str, line: int | None = None, column: int | None = None, near: str = ""
    ) -> None:
        column_en, column_zh = (f", column {column}", f"第 {column} 个字符") if column else ("", "")
        at_en = f" at line {line}{column_en}" if line else ""
        at_zh = f"第 {line} 行{column_zh}处：" if line else ""
        after_en, after_zh = (f", after “{near}”", f"（在“{near}”之后）") if near else ("", "")
        super().__init__(
            f"The query cannot be read{at_en}{after_en}: {message}. Correct it there or just before.",
            f"无法读懂查询。{at_zh}{_in_chinese(message)}{after_zh}。请更正该处或紧靠其前的文字。",
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


class RemoteUnreachable(EngineUnavailable):
    """The remote engine cannot be reached. ``shown`` is its address without credentials."""

    def __init__(self, shown: str, reason: str) -> None:
        super().__init__(
            f"The engine at {shown} cannot be reached: {reason}. Check that it runs and that the address (KG_ENGINE) is right.",
            f"无法连接 {shown} 的引擎：{reason}。请确认它在运行、地址（KG_ENGINE）无误。",
        )


class RemoteAuthRefused(EngineUnavailable):
    """The remote engine refuses the credentials, or wants some."""

    def __init__(self, shown: str, status: int) -> None:
        super().__init__(
            f"The server at {shown} refuses access ({status}). Give its user and password as KG_ENGINE_USER and "
            "KG_ENGINE_PASSWORD, and check what that user may do.",
            f"{shown} 的服务器拒绝访问（{status}）。请用 KG_ENGINE_USER、KG_ENGINE_PASSWORD 给出用户名和密码，并检查该用户的权限。",
        )


class RemoteBusy(QueueFull):
    """The remote engine is busy (503, 429)."""


class RemoteFault(EngineError):
    """The remote engine answered with something that is no answer: an error, a page, half a result."""

    def __init__(self, shown: str, en: str, zh: str) -> None:
        super().__init__(
            f"The engine at {shown} gave no usable answer: {en}. Try again; if it stays, look into that server's log.",
            f"{shown} 的引擎没有给出可用的结果：{zh}。请重试；若仍如此，请查看该服务器的日志。",
        )


class ReleaseNotThere(EngineUnavailable):
    """The remote engine does not hold the release that is to be served, or not yet the whole of it."""

    def __init__(self, shown: str, release: str, en: str, zh: str) -> None:
        super().__init__(
            f"The engine at {shown} does not serve release {release}: {en}. Load it there with: kg publish --to URL",
            f"{shown} 的引擎不能提供版本 {release}：{zh}。请用 kg publish --to URL 载入。",
        )
