"""The settings as flags of a command: one list of them, in :data:`kgservice.settings.table.SETTINGS`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from kgservice.settings.reading import read_settings
from kgservice.settings.table import SETTINGS

# Each setting that may be given as a flag: a secret one may not, since other users see the flags of a process.
EVERY = tuple(setting.name for setting in SETTINGS if not setting.secret)

Command = Callable[..., None]


def with_settings(*names: str) -> Callable[[Command], Command]:
    """Gives a command a flag for each of these settings, and itself the settings that were read, as ``settings``.

    Typer reads the flags of a command from its signature: the command that is returned has the parameters of the
    given one, with the flags in place of ``settings``.
    """
    flags = [_flag(name) for name in names]

    def give(command: Command) -> Command:
        own = inspect.signature(command, eval_str=True).parameters
        kept = [parameter for name, parameter in own.items() if name != "settings"]

        def run(**given: Any) -> None:
            texts = {name: given.pop(name) for name in names}
            command(settings=read_settings(texts), **given)

        parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (*kept, *flags)]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__name__, run.__doc__ = command.__name__, command.__doc__
        return run

    return give


def _flag(name: str) -> inspect.Parameter:
    """The flag of a setting, with its sentences and its variable as help."""
    setting = next(setting for setting in SETTINGS if setting.name == name)
    option = typer.Option(
        f"--{name.replace('_', '-')}",
        help=f"{setting.en} {setting.zh} [{setting.variable}]",
        show_default=False,
    )
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[str | None, option],
    )
