"""What can be set: the fields with their defaults, and what is known of each."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EMBEDDED = "embedded"
METRICS_HERE, METRICS_EVERYBODY, METRICS_OFF = "local", "on", "off"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, with its default. :data:`kgservice.settings.table.SETTINGS` says what each one means."""

    base: str = "https://w3id.org/zhicheng"
    project: Path = Path()
    releases: Path = Path("releases")
    release: str | None = None
    engine: str = EMBEDDED
    engine_user: str | None = None
    engine_password: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = max(2, os.cpu_count() or 2)
    spares: int = 2
    long_workers: int = max(2, os.cpu_count() or 2)
    long_after: float = 0.25
    deadline: float = 10.0
    memory: int = 1024
    max_query_bytes: int = 1024 * 1024
    max_result_bytes: int | None = None
    max_rows: int | None = None
    cache: int = 64
    queue_length: int = 64
    long_queue_length: int = 16
    queue_wait: float = 10.0
    grace: float = 10.0
    quota_seconds: float = 0.0
    quota_window: float = 60.0
    trusted_proxies: tuple[str, ...] = ()
    proxy_header: str = "x-forwarded-for"
    service_allow: tuple[str, ...] | None = None
    service_allow_private: tuple[str, ...] | None = None
    service_timeout: float = 8.0
    service_max_bytes: int = 16 * 1024 * 1024
    service_max_rows: int = 20_000
    service_batch: int = 100
    service_max_calls: int = 50
    watch: float = 2.0
    metrics: str = METRICS_HERE
    log: str = "text"
    log_queries: bool = False
    log_clients: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its field in :class:`Settings`, how its text is read, and what it means.

    A ``secret`` one is never shown, and has no flag: other users of the machine see the flags of a process.
    """

    name: str
    parse: Callable[[str], Any]
    form: str
    form_zh: str
    en: str
    zh: str
    secret: bool = False

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"KG_{self.name.upper()}"

    @property
    def default(self) -> Any:
        """What holds when neither a flag nor the environment says otherwise."""
        return getattr(Settings(), self.name)
