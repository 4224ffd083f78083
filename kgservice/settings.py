"""The settings: read once, in the command line; flags before environment before defaults."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kgservice.errors import ExplainedError
from kgservice.federation.urls import read_allow_list, read_private_list

EMBEDDED = "embedded"

METRICS_HERE, METRICS_EVERYBODY, METRICS_OFF = "local", "on", "off"


class SettingError(ExplainedError):
    """A setting has a value that it cannot have."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, with its default. :data:`SETTINGS` says what each one means."""

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


def _text(value: str) -> str:
    if not value:
        raise ValueError
    return value


def _base(value: str) -> str:
    if not value.startswith(("http://", "https://")) or any(c in value for c in '<>"{}|\\^` '):
        raise ValueError
    return value.rstrip("/")


def _engine(value: str) -> str:
    if value == EMBEDDED:
        return value
    parts = urlsplit(value.replace("{release}", "release"))
    bad = any(character in value for character in '<> "')
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment or bad:
        raise ValueError
    _ = parts.port  # raises what is no port
    return value


def _number(least: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        number = int(value)
        if number < least:
            raise ValueError
        return number

    return parse


def _seconds(value: str) -> float:
    seconds = float(value)
    if not 0 < seconds < float("inf"):
        raise ValueError
    return seconds


def _seconds_or_none(value: str) -> float:
    return 0.0 if float(value) == 0 else _seconds(value)


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.lower() not in words:
            raise ValueError
        return value.lower()

    return parse


def _yes(value: str) -> bool:
    return {"on": True, "off": False}[_one_of("on", "off")(value)]


def _metrics(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if colon:
        if not host or not _port(port) >= 1:
            raise ValueError
        return value
    return _one_of(METRICS_HERE, METRICS_EVERYBODY, METRICS_OFF)(value)


def _addresses(value: str) -> tuple[str, ...]:
    return tuple(str(ip_address(one.strip())) for one in value.split(","))


def _proxy_header(value: str) -> str:
    if value.lower() not in ("x-forwarded-for", "forwarded"):
        raise ValueError
    return value.lower()


def _port(value: str) -> int:
    port = int(value)
    if not 0 <= port <= 65535:
        raise ValueError
    return port


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its field in :class:`Settings`, how its text is read, and what it means.

    A ``secret`` one is never shown, and has no flag: other users of the machine see the flags of a process.
    """

    name: str
    parse: Callable[[str], Any]
    form: str
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


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "base",
        _base,
        "an http(s) IRI",
        "The start of every IRI that the project mints.",
        "本项目所有标识符（IRI）的开头。",
    ),
    Setting(
        "project",
        Path,
        "a folder",
        "The folder with data/, ontology/, shapes/ and queries/.",
        "存放 data/、ontology/、shapes/、queries/ 的文件夹。",
    ),
    Setting(
        "releases",
        Path,
        "a folder",
        "The folder of the releases; a relative path starts at the project folder.",
        "存放各版本的文件夹；相对路径从项目文件夹算起。",
    ),
    Setting(
        "release",
        _text,
        "a name",
        "The release to serve; without it, the current one.",
        "要提供服务的版本；不设则用当前版本。",
    ),
    Setting(
        "engine",
        _engine,
        "'embedded' or an http(s) URL",
        "What answers the queries: the engine of this program, or the URL of a SPARQL 1.1 endpoint that holds the release; {release} in it becomes the name of the release.",
        "由谁执行查询：本程序自带的引擎，或存有该版本的 SPARQL 1.1 服务的 URL；其中的 {release} 会换成版本名。",
    ),
    Setting(
        "engine_user",
        _text,
        "a user name",
        "The user for that endpoint, and for kg publish.",
        "该服务（及 kg publish）的用户名。",
    ),
    Setting(
        "engine_password",
        _text,
        "a password",
        "The password of that user.",
        "该用户的密码。",
        secret=True,
    ),
    Setting(
        "host",
        _text,
        "a host name or address",
        "The address to listen on; 0.0.0.0 for every network.",
        "监听地址；0.0.0.0 表示所有网络。",
    ),
    Setting(
        "port",
        _port,
        "0 to 65535",
        "The port to listen on; 0 takes a free one.",
        "监听端口；0 表示自动选择空闲端口。",
    ),
    Setting(
        "workers",
        _number(1),
        "a whole number from 1",
        "How many short queries run at the same time, each in a process of its own.",
        "同时执行的短查询数，每个查询在独立进程中执行。",
    ),
    Setting(
        "spares",
        _number(0),
        "a whole number from 0",
        "How many warm processes wait to replace a killed one.",
        "预热待命、用于替换被终止进程的进程数。",
    ),
    Setting(
        "long_workers",
        _number(1),
        "a whole number from 1",
        "How many long queries run beside the short ones, each in a process of its own, at a lower priority.",
        "在短查询之外同时执行的长查询数，每个查询在独立进程中以较低优先级执行。",
    ),
    Setting(
        "long_after",
        _seconds,
        "seconds above 0",
        "After how many seconds a query counts as a long one.",
        "查询执行超过多少秒即算作长查询。",
    ),
    Setting(
        "deadline",
        _seconds,
        "seconds above 0",
        "How many seconds a query may take, its answer included, before its process is killed.",
        "单个查询（含传送结果）允许的秒数，超时即终止其进程。",
    ),
    Setting(
        "memory",
        _number(64),
        "MiB, a whole number from 64",
        "How much memory a query may take, in MiB, before its process is killed.",
        "单个查询允许占用的内存（MiB），超出即终止其进程。",
    ),
    Setting(
        "max_query_bytes",
        _number(1024),
        "bytes, a whole number from 1024",
        "The longest query that is read, in bytes of UTF-8.",
        "可接受的最长查询（UTF-8 字节数）。",
    ),
    Setting(
        "max_result_bytes",
        _number(1024),
        "bytes, a whole number from 1024",
        "The largest answer that is sent, in bytes; without it, no bound.",
        "可发送的最大结果（字节）；不设则不限。",
    ),
    Setting(
        "max_rows",
        _number(1),
        "a whole number from 1",
        "How many rows (solutions, or triples of a graph) an answer may have; without it, no bound.",
        "结果允许的最多行数（查询解的行，或图的三元组）；不设则不限。",
    ),
    Setting(
        "cache",
        _number(0),
        "MiB, a whole number from 0",
        "How much memory the answers that are kept for repeated queries may take, in MiB; 0 keeps none.",
        "为重复查询保留结果所用的内存上限（MiB）；0 表示不保留。",
    ),
    Setting(
        "queue_length",
        _number(0),
        "a whole number from 0",
        "How many queries may wait for a free process; one more is refused (503).",
        "可排队等候的查询数；超出者被拒绝（503）。",
    ),
    Setting(
        "long_queue_length",
        _number(0),
        "a whole number from 0",
        "How many long queries may wait for a place among the long ones; one more is refused (503).",
        "可排队等候的长查询数；超出者被拒绝（503）。",
    ),
    Setting(
        "queue_wait",
        _seconds,
        "seconds above 0",
        "How many seconds a query may wait in the queue before it is refused (503).",
        "查询在队列中最多等候的秒数，超出即被拒绝（503）。",
    ),
    Setting(
        "grace",
        _seconds,
        "seconds above 0",
        "How many seconds running queries get to end when the service stops.",
        "服务停止时，留给正在执行的查询的秒数。",
    ),
    Setting(
        "quota_seconds",
        _seconds_or_none,
        "seconds from 0",
        "How many seconds of query time a client may use in each window; 0 for no quota.",
        "每个客户端在每个时间窗内可用的查询秒数；0 表示不设配额。",
    ),
    Setting(
        "quota_window",
        _seconds,
        "seconds above 0",
        "The seconds in which a used-up quota fills up again.",
        "用尽的配额重新填满所需的秒数。",
    ),
    Setting(
        "trusted_proxies",
        _addresses,
        "IP addresses with commas between",
        "The exact addresses of the proxies that are believed when they name the client; without it, none.",
        "可信代理的确切地址，仅采信它们所报的客户端地址；不设则一概不信。",
    ),
    Setting(
        "proxy_header",
        _proxy_header,
        "x-forwarded-for or forwarded",
        "The header in which a trusted proxy names the client.",
        "可信代理用来注明客户端地址的请求头。",
    ),
    Setting(
        "service_allow",
        read_allow_list,
        "http(s) addresses without user and fragment, comma or space between",
        "The endpoints that SERVICE may call, compared for equality; without any, SERVICE is refused (403).",
        "SERVICE 可以调用的服务地址，须完全一致；不设则拒绝 SERVICE（403）。",
    ),
    Setting(
        "service_allow_private",
        read_private_list,
        "host:port, comma or space between",
        "Hosts of these endpoints that may have an address which is not public, as host:port.",
        "上述服务中允许使用非公网地址的主机，写作 host:port。",
    ),
    Setting(
        "service_timeout",
        _seconds,
        "seconds above 0",
        "How many seconds one call to another endpoint may take.",
        "单次调用其他服务允许的秒数。",
    ),
    Setting(
        "service_max_bytes",
        _number(1024),
        "bytes, a whole number from 1024",
        "How many bytes one query may take from other endpoints, after unpacking.",
        "单个查询可以从其他服务接收的字节数（解压后）。",
    ),
    Setting(
        "service_max_rows",
        _number(1),
        "a whole number from 1",
        "How many solutions one SERVICE clause may have.",
        "单个 SERVICE 子句允许的结果行数。",
    ),
    Setting(
        "service_batch",
        _number(1),
        "a whole number from 1",
        "How many bindings are sent with one call to another endpoint.",
        "每次调用其他服务时发送的绑定数。",
    ),
    Setting(
        "service_max_calls",
        _number(1),
        "a whole number from 1",
        "How many calls to other endpoints one query may make.",
        "单个查询可以调用其他服务的次数。",
    ),
    Setting(
        "watch",
        _seconds_or_none,
        "seconds from 0",
        "Every how many seconds the service looks whether another release is current, and switches to it; 0: only on SIGHUP.",
        "每隔多少秒检查当前版本是否改变并切换；0 表示只在收到 SIGHUP 时检查。",
    ),
    Setting(
        "metrics",
        _metrics,
        "local, on, off or HOST:PORT",
        "Who reads /metrics: this machine (local), everybody (on), nobody (off), or an address of its own, HOST:PORT.",
        "谁可读取 /metrics：仅本机（local）、任何人（on）、不提供（off），或单独的监听地址 HOST:PORT。",
    ),
    Setting(
        "log",
        _one_of("text", "json"),
        "text or json",
        "What is written to the standard error: text for people, or json, one object a line, with one for each request.",
        "标准错误输出的形式：text 供人阅读；json 每行一个对象，每个请求一行。",
    ),
    Setting(
        "log_queries",
        _yes,
        "on or off",
        "Whether the text of queries is logged, not only its hash.",
        "日志是否记录查询全文，而不只是其哈希值。",
    ),
    Setting(
        "log_clients",
        _yes,
        "on or off",
        "Whether the addresses of clients are logged.",
        "日志是否记录客户端地址。",
    ),
)


def _without_password(given: str) -> str:
    """A value as it may be shown: what stands before the last @ of a URL is left out."""
    scheme, sign, rest = given.partition("://")
    return f"{scheme}://…@{rest.rpartition('@')[2]}" if sign and "@" in rest else given


def read_settings(
    flags: Mapping[str, str | None] | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """The settings from flags (``None`` = not given), then environment, then defaults.

    Raises:
        SettingError: a value does not fit, naming flag or variable.
    """
    flags = flags or {}
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        given, origin = flags.get(setting.name), f"--{setting.name.replace('_', '-')}"
        if given is None:
            given, origin = environment.get(setting.variable) or None, setting.variable
        if given is None:
            continue
        try:
            values[setting.name] = setting.parse(given)
        except ValueError:
            given = _without_password(given)
            raise SettingError(
                f"{origin} is '{given}': it must be {setting.form}. {setting.en}",
                f"{origin} 的值“{given}”不合要求（应为：{setting.form}）。{setting.zh}",
            ) from None
    settings = Settings(**values)
    if settings.releases.is_absolute():
        return settings
    values["releases"] = settings.project / settings.releases
    return Settings(**values)
