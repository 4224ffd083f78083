"""What can happen to a call to another endpoint."""

from __future__ import annotations

from kgservice.errors import ExplainedError


class ServiceError(ExplainedError):
    """A SERVICE clause was not answered. ``endpoint`` is the one that was to be called."""

    def __init__(self, endpoint: str, en: str, zh: str) -> None:
        super().__init__(en, zh)
        self.endpoint = endpoint


class ServiceFailed(ServiceError):
    """The other endpoint failed, or answered what cannot be used. SILENT excuses it."""

    def __init__(self, endpoint: str, en: str, zh: str) -> None:
        super().__init__(
            endpoint,
            f"SERVICE <{endpoint}> failed: {en}. Try again later, ask it for less, or write SERVICE SILENT to go on without it.",
            f"SERVICE <{endpoint}> 失败：{zh}。请稍后重试、缩小范围，或写 SERVICE SILENT 以便忽略失败。",
        )


class AnswerTooLarge(ServiceFailed):
    """More bytes than one query may take from others."""

    def __init__(self, endpoint: str, most: int) -> None:
        super().__init__(
            endpoint,
            f"what one query takes from others is larger than {most} bytes",
            f"单个查询从其他服务接收的结果超过 {most} 字节",
        )


class ServiceTimeout(ServiceError):
    """The other endpoint took too long. SILENT excuses it."""

    def __init__(self, endpoint: str, seconds: float) -> None:
        super().__init__(
            endpoint,
            f"SERVICE <{endpoint}> did not answer within {seconds:g} seconds. Ask it for less, or write SERVICE SILENT to go on "
            "without it.",
            f"SERVICE <{endpoint}> 在 {seconds:g} 秒内未答复。请缩小范围，或写 SERVICE SILENT 以便忽略失败。",
        )
        self.seconds = seconds


class ServiceUnusable(ServiceError):
    """An answer that cannot be joined here, or a call that this service will not make. SILENT does not excuse it."""


class BlankNodeFromService(ServiceUnusable):
    """A blank node of another endpoint in a variable that is used outside the SERVICE clause."""

    def __init__(self, endpoint: str, variable: str) -> None:
        super().__init__(
            endpoint,
            f"SERVICE <{endpoint}> returned a blank node for ?{variable}. Blank nodes of another endpoint cannot be joined here: "
            f"do not use ?{variable} outside the SERVICE clause, or keep them out there with FILTER(!isBlank(?{variable})).",
            f"SERVICE <{endpoint}> 为 ?{variable} 返回了空白节点。其他服务的空白节点无法在此合并："
            f"请勿在 SERVICE 之外使用 ?{variable}，或在其中加 FILTER(!isBlank(?{variable}))。",
        )


class CorrelatedService(ServiceUnusable):
    """A SERVICE clause inside EXISTS whose solutions depend on a value from outside in more than a join."""

    def __init__(self, endpoint: str, variable: str) -> None:
        super().__init__(
            endpoint,
            f"SERVICE <{endpoint}> stands inside EXISTS and uses ?{variable} from outside in something that is no plain pattern "
            f"(FILTER, OPTIONAL, one branch of a UNION), where its value is not known. Use ?{variable} in a triple pattern of the "
            "SERVICE clause, move the FILTER out of the SERVICE clause, or rename the variable.",
            f"SERVICE <{endpoint}> 位于 EXISTS 之内，并在 FILTER、OPTIONAL 或 UNION 的某一分支中使用外部变量 ?{variable}，"
            f"其值在该处未知。请在 SERVICE 的三元组模式中使用 ?{variable}，或将 FILTER 移出 SERVICE，或改用其他变量名。",
        )


class TooManyCalls(ServiceUnusable):
    """The query has more SERVICE clauses than one query may have calls."""

    def __init__(self, endpoint: str, calls: int) -> None:
        super().__init__(
            endpoint,
            f"The query needs more than {calls} calls to other endpoints. Use fewer SERVICE clauses, or ask in several queries.",
            f"查询需要调用其他服务超过 {calls} 次。请减少 SERVICE 子句，或拆成几个查询。",
        )
