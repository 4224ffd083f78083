"""How one request wants its page: the language, and where the links on it lead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, urlencode

from kgservice.api.models import Label
from kgservice.problems import prefer_language
from kgservice.sparql.receiving import header, origin_of
from kgservice.sparql.request import ParameterError, Scope

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
LANGUAGE = "lang"
_PAGE = re.compile(r"[1-9][0-9]{0,5}")
_LOCAL = ("/ns/", "/graph/", "/problem/")
_PLAIN = "/:@!$&'()*+,;=-._~"  # what a path may hold as it is (RFC 3986, 3.3)


@dataclass(frozen=True, slots=True)
class View:
    """What a page needs to know of the request.

    ``chosen``: the language stands in the address, so the links on the page keep it. ``origin``: scheme, host and
    prefix of the path, as the client wrote them. ``path``: the address of this page below it, not encoded. ``query``:
    the parameters, in their order, without the language. ``base``: the start of our IRIs.
    """

    language: Language
    chosen: bool
    origin: str
    path: str
    query: tuple[tuple[str, str], ...]
    base: str

    def t(self, zh: str, en: str) -> str:
        """The text in the language of the page."""
        return zh if self.language == "zh" else en

    @property
    def host(self) -> str:
        """Scheme and host, as the client wrote them."""
        return self.origin.removesuffix(self.prefix)

    @property
    def prefix(self) -> str:
        """The path under which the client sees the service; mostly empty."""
        _, _, rest = self.origin.partition("://")
        _, mark, path = rest.partition("/")
        return f"{mark}{path}"

    def get(self, name: str) -> str | None:
        """The last value of a parameter; ``None`` where it was not sent or is blank."""
        values = self.get_all(name)
        return values[-1] if values else None

    def get_all(self, name: str) -> list[str]:
        """All values of a parameter that are not blank, trimmed."""
        return [value.strip() for key, value in self.query if key == name and value.strip()]

    def link(self, path: str, **query: str | Sequence[str] | None) -> str:
        """The address of a path of this service (``/compare``), which keeps a language that was chosen.

        A parameter that is a word of Python takes an underscore behind it; ``None`` leaves a parameter out.
        """
        pairs: list[tuple[str, str]] = []
        for name, value in query.items():
            values = [value] if isinstance(value, str) else value or []
            pairs += [(name.removesuffix("_"), one) for one in values]
        return self._address(path, pairs, self.language if self.chosen else None)

    def plain(self, path: str, **query: str) -> str:
        """The address of a path of this service, without a language: for what is no page."""
        return self._address(path, list(query.items()), None)

    def here(self, *, language: Language | None = None, **changed: str | None) -> str:
        """The address of this page, with some parameters changed or left out (``None``), or in another language."""
        pairs = [(name, value) for name, value in self.query if name not in changed]
        pairs += [(name, value) for name, value in changed.items() if value is not None]
        return self._address(self.path, pairs, language or (self.language if self.chosen else None))

    def absolute(self, path: str) -> str:
        """The whole address of a path of this service, without a language."""
        return self.origin + quote(path, safe=_PLAIN)

    def address(self, iri: str) -> str:
        """Where the link to an IRI leads: to our page about it, or to the IRI itself."""
        path = iri.removeprefix(self.base)
        if path == iri:
            return iri
        if path.startswith("/id/"):
            return self.link(f"/doc/{path.removeprefix('/id/')}")
        return self.link(path) if path.startswith(_LOCAL) else iri

    def _address(
        self, path: str, pairs: Sequence[tuple[str, str]], language: Language | None
    ) -> str:
        whole = [*pairs, (LANGUAGE, language)] if language else pairs
        asked = f"?{urlencode(whole)}" if whole else ""
        return f"{self.prefix}{quote(path, safe=_PLAIN)}{asked}"


def text_of(label: Label, view: View) -> str:
    """A label in the language of the page; the other where there is none."""
    return label.en if view.language == "en" and label.en else label.zh


def read_view(scope: Scope, base: str) -> View:
    """The view of a request: ``?lang`` goes before ``Accept-Language``; Chinese where neither asks for anything."""
    text = scope.get("query_string", b"").decode("utf-8", "replace")
    pairs = parse_qsl(text, keep_blank_values=True, errors="replace")
    asked: Any = next((value for name, value in reversed(pairs) if name == LANGUAGE), None)
    chosen = asked in LANGUAGES
    accepted = prefer_language(header(scope, b"accept-language"), LANGUAGES)
    language: Any = asked if chosen else accepted
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    query = tuple(pair for pair in pairs if pair[0] != LANGUAGE)
    return View(language, chosen, origin_of(scope), path or "/", query, base)


def page_number(given: str | None) -> int:
    """The number of a page, from 1 on.

    Raises:
        ParameterError: it is no such number.
    """
    if given is None:
        return 1
    if _PAGE.fullmatch(given):
        return int(given)
    raise ParameterError(
        "page",
        f"Parameter 'page' is '{given[:40]}'. Give a number from 1 on, or leave it out for the first page.",
        f"参数“page”为“{given[:40]}”。请给出从 1 起的页码；省略则为第一页。",
    )
