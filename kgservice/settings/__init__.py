"""The settings: read once, in the command line; flags before environment before defaults."""

from kgservice.settings.fields import (
    EMBEDDED,
    METRICS_EVERYBODY,
    METRICS_HERE,
    METRICS_OFF,
    Setting,
    Settings,
)
from kgservice.settings.reading import SettingError, read_settings
from kgservice.settings.table import SETTINGS

__all__ = [
    "EMBEDDED",
    "METRICS_EVERYBODY",
    "METRICS_HERE",
    "METRICS_OFF",
    "SETTINGS",
    "Setting",
    "SettingError",
    "Settings",
    "read_settings",
]
