"""What the operation of the service may have to say. Statuses stand in :mod:`kgservice.problems`."""

from __future__ import annotations

from kgservice.errors import ExplainedError


class NotReady(ExplainedError):
    """The service cannot answer queries at the moment."""


class MetricsRefused(ExplainedError):
    """The figures are not for everybody."""

    def __init__(self) -> None:
        super().__init__(
            "The metrics are only for this machine. The operator can open them with --metrics (KG_METRICS).",
            "指标只供本机读取。运维人员可用 --metrics（KG_METRICS）放开。",
        )


class MetricsAddressInUse(ExplainedError):
    """The address for the figures cannot be listened on."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"Cannot listen on {address} for metrics ({reason}). Choose another address with --metrics.",
            f"无法监听用于指标的 {address}（{reason}）。请用 --metrics 换一个地址。",
        )
