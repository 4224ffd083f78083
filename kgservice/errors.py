"""The error that is told to a user: what happened and what to do, in English and Chinese."""

from __future__ import annotations


class ExplainedError(Exception):
    """Something went wrong that the user can read about and act on.

    ``en`` and ``zh`` say the same: what happened, then the remedy. No stack trace, no path of the server's own files.
    """

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh

    def __str__(self) -> str:
        return f"{self.en}\n{self.zh}"
