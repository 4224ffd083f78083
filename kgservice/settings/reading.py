"""Reads the settings: flags before environment before defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from kgservice.errors import ExplainedError
from kgservice.settings.fields import Settings
from kgservice.settings.table import SETTINGS


class SettingError(ExplainedError):
    """A setting has a value that it cannot have."""


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
                f"{origin} 的值“{given}”不合要求（应为：{setting.form_zh}）。{setting.zh}",
            ) from None
    settings = Settings(**values)
    if settings.releases.is_absolute():
        return settings
    values["releases"] = settings.project / settings.releases
    return Settings(**values)
