"""What the pool may use: processes, places, seconds, MiB, bytes and rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """How many processes, and what one query may take. Seconds, MiB, bytes and rows; ``None`` is no bound.

    A query has ``long_after`` seconds in one of the ``workers`` places of the short lane. After that it needs one of the
    ``long_workers`` places of the long lane. There are at most ``workers + long_workers + spares`` processes.
    """

    workers: int = 2
    spares: int = 2
    long_workers: int = 2
    long_after: float = 0.25
    deadline: float = 10.0
    memory: int = 1024
    max_rows: int | None = None
    max_result_bytes: int | None = None
    queue_length: int = 64
    long_queue_length: int = 16
    queue_wait: float = 10.0

    @property
    def most_processes(self) -> int:
        """How many processes there may be at the same time."""
        return self.workers + self.long_workers + self.spares
