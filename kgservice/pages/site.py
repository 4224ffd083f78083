"""The templates, with what every page needs: texts in two languages, links, and labels with their fallback shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from kgservice import __version__
from kgservice.pages.assets import Assets
from kgservice.pages.view import LANGUAGES, View
from kgservice.release import Release

HERE = Path(__file__).resolve().parent
TEMPLATES, STATIC = HERE / "templates", HERE / "static"
# What `npm ci` makes there; without it the folder is not there, and the page has a plain editor.
EDITOR_PACKAGE = HERE / "query" / "editor_package"
EDITOR = EDITOR_PACKAGE / "dist"
CODEMIRROR = "codemirror.js"
EDITOR_PREFIX = "editor/"  # of its name among the static files
# Scripts and styles from here only, and none in the page itself.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)


class NoPageOfItsOwn(Exception):
    """What makes the pages of a kind of things has none for this path: the generic page shows the thing."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page before it is written.

    ``title``: without the name of the site. ``jsonld``: schema.org about what the page shows. ``links``: further values
    of the header field ``Link``. ``policy``: its Content-Security-Policy. ``whole``: false
    where something is left out that could not be asked just now: then it is not to be kept.
    """

    template: str
    title: str
    context: Mapping[str, Any] = field(default_factory=dict)
    description: str | None = None
    jsonld: Mapping[str, Any] | None = None
    status: int = 200
    links: tuple[str, ...] = ()
    policy: str = POLICY
    whole: bool = True


class Site:
    """Writes pages. It holds nothing of a release: one serves for all.

    ``folders``: further folders of static files, by the prefix of their names.
    """

    def __init__(self, folders: Mapping[str, Path] | None = None) -> None:
        self.assets = Assets({"": STATIC, **(folders or {})})
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.digest = self._digest()

    def render(self, page: Page, view: View, release: Release) -> bytes:
        """The page as UTF-8. ``release``: what it tells about; files that were not built have only a few pages."""
        template = self._templates.get_template(page.template)
        return template.render(
            **page.context,
            page=page,
            view=view,
            t=view.t,
            link=view.link,
            languages=LANGUAGES,
            asset=lambda name: view.prefix + self.assets.address(name),
            has_asset=self.assets.has,
            name=lambda label: write_label(label, view),
            release=release,
            version=__version__,
        ).encode()

    def _digest(self) -> str:
        """What changes with any template or static file: it is a part of every page's tag."""
        parts = [path.read_bytes() for path in sorted(TEMPLATES.rglob("*.html"))]
        whole = b"".join([*parts, self.assets.digest.encode(), __version__.encode()])
        return blake2b(whole, digest_size=8).hexdigest()


def write_label(label: Any, view: View) -> Markup:
    """A label (``zh``, ``en``) in the language of the page; one that there is only in the other says which it is."""
    wanted = _text(label, view.language)
    if wanted:
        return escape(wanted)
    for language in LANGUAGES:
        found = _text(label, language)
        if found:
            return Markup('<span lang="{}">{}</span>').format(language, found)
    return Markup("")


def _text(label: Any, language: str) -> str | None:
    found = label.get(language) if isinstance(label, Mapping) else getattr(label, language)
    return found if found is None else str(found)
