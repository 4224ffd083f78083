"""The settings: flags before environment before defaults, each one documented."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer.main

from kgservice.cli import ASKING, app
from kgservice.settings import SETTINGS, SettingError, Settings, read_settings
from kgservice.settings.flags import EVERY

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"


def test_every_setting_is_in_the_table() -> None:
    assert [setting.name for setting in SETTINGS] == [field.name for field in fields(Settings)]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented(setting) -> None:  # type: ignore[no-untyped-def]
    page = PAGE.read_text("utf-8")
    row = next((line for line in page.splitlines() if f"`{setting.variable}`" in line), None)
    assert row is not None, f"docs/settings.md lacks {setting.variable}"
    assert (f"`--{setting.name.replace('_', '-')}`" in row) is not setting.secret
    assert setting.en in row
    assert setting.zh in row
    # Only the number of processors differs between machines.
    default = "processors" if setting.name in ("workers", "long_workers") else setting.default
    if isinstance(default, bool):
        default = "on" if default else "off"
    assert f"`{default}`" in row or (default in (None, ()) and "–" in row)


def test_no_setting_is_documented_that_does_not_exist() -> None:
    variables = {setting.variable for setting in SETTINGS}
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("| `KG_"):
            assert line.split("`")[1] in variables


def test_flags_go_before_environment_before_defaults() -> None:
    environment = {"KG_PORT": "9001", "KG_HOST": "::1", "KG_RELEASE": ""}
    settings = read_settings({"port": "9002", "host": None}, environment)
    assert settings.port == 9002
    assert settings.host == "::1"
    assert settings.release is None
    assert settings.deadline == Settings().deadline


def test_releases_stand_in_the_project_unless_absolute(tmp_path: Path) -> None:
    assert read_settings({"project": str(tmp_path)}, {}).releases == tmp_path / "releases"
    assert read_settings({"releases": str(tmp_path)}, {}).releases == tmp_path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "eighty"),
        ("port", "65536"),
        ("workers", "0"),
        ("deadline", "0"),
        ("deadline", "inf"),
        ("deadline", "nan"),
        ("memory", "-1"),
        ("base", "w3id.org"),
        ("base", "https://a b/"),
        ("max_result_bytes", "1.5"),
        ("max_rows", "0"),
        ("long_workers", "0"),
        ("long_after", "0"),
        ("quota_seconds", "-1"),
        ("trusted_proxies", "10.0.0.0/8"),
        ("trusted_proxies", "*"),
        ("trusted_proxies", "10.0.0.1,"),
        ("proxy_header", "x-real-ip"),
        ("engine", "fuseki:3030/ds"),
        ("engine", "ftp://example.org/sparql"),
        ("engine", "http://example.org:http/sparql"),
        ("watch", "-1"),
        ("watch", "nan"),
        ("metrics", "yes"),
        ("metrics", "127.0.0.1:http"),
        ("metrics", ":9464"),
        ("log", "xml"),
        ("log_queries", "perhaps"),
    ],
)
def test_a_value_that_does_not_fit_names_flag_or_variable(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"--{name.replace('_', '-')} is '{value}'"):
        read_settings({name: value}, {})
    with pytest.raises(SettingError, match=f"KG_{name.upper()} is '{value}'") as caught:
        read_settings({}, {f"KG_{name.upper()}": value})
    assert value in caught.value.zh
    form = next(setting.form_zh for setting in SETTINGS if setting.name == name)
    assert f"应为：{form}" in caught.value.zh


@pytest.mark.parametrize("command", ["serve", "query"])
def test_a_command_has_the_flags_of_its_settings(command: str) -> None:
    group: Any = typer.main.get_command(app)
    flags = {one.name: one for one in group.commands[command].params}
    named = EVERY if command == "serve" else ASKING
    for setting in SETTINGS:
        assert (setting.name in flags) is (setting.name in named), setting.name
        if setting.name in named:
            assert flags[setting.name].opts == [f"--{setting.name.replace('_', '-')}"]
            assert setting.zh in flags[setting.name].help
    assert "engine_password" not in flags


def test_words_and_addresses_of_the_operation() -> None:
    given = {"watch": "0", "metrics": "[::1]:9464", "log": "JSON", "log_queries": "on"}
    settings = read_settings(given, {"KG_LOG_CLIENTS": "OFF"})
    assert settings.watch == 0
    assert settings.metrics == "[::1]:9464"
    assert settings.log == "json"
    assert settings.log_queries is True
    assert settings.log_clients is False


def test_the_base_has_no_slash_at_its_end() -> None:
    assert read_settings({"base": "https://example.org/x/"}, {}).base == "https://example.org/x"


def test_a_password_is_never_shown() -> None:
    with pytest.raises(SettingError) as caught:
        read_settings({"engine": "ftp://kg:geheim@example.org/sparql"}, {})
    assert "geheim" not in str(caught.value)
    assert "example.org" in str(caught.value)
    environment = {"KG_ENGINE": "https://example.org/sparql", "KG_ENGINE_PASSWORD": "geheim"}
    settings = read_settings({}, environment)
    assert settings.engine_password == "geheim"
    assert "geheim" not in repr(settings)
