"""The pages as the real service gives them, over HTTP and in a real browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from needs import NPM_FOLDER, need, npm_command
from playwright.sync_api import Browser, Page, Route, sync_playwright
from running import kg_serve

from kgservice.release import Release

ROOT = Path(__file__).resolve().parents[2]
WIDE, PHONE = 1280, 390
SECONDS = 30
# Chromium asks its maker's servers for this and that, unless it is told not to.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What axe calls serious: a barrier for somebody.
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="package")
def site(real_release: Release) -> Iterator[str]:
    """The address of the service over the real release."""
    with kg_serve(real_release.path.parent) as address:
        yield address


@pytest.fixture(scope="package")
def web(site: str) -> Iterator[httpx.Client]:
    """A client that reads pages as they are sent; it follows no redirect."""
    with httpx.Client(base_url=site, timeout=SECONDS, headers={"accept": "text/html"}) as client:
        yield client


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's Chromium. It ends with this package: the tests elsewhere want the event loop for themselves."""
    program = need("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(program), args=list(QUIET))
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page in the browser: ``page`` is Playwright's; ``elsewhere``: what it asked of other machines."""

    page: Page
    site: str
    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Opens a path of the service."""
        self.page.goto(self.site + path)
        return self.page

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        found: int = self.page.evaluate(script)
        return found

    def barriers(self) -> list[str]:
        """What axe finds to be a serious fault: rule and element."""
        axe = NPM_FOLDER / "node_modules" / "axe-core" / "axe.min.js"
        if not axe.exists():
            reason = f"axe-core is not installed: {npm_command()}"
            if os.environ.get("KG_TESTS_NEED") == "all":
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)
        self.page.evaluate(axe.read_text("utf-8"))
        result: dict[str, Any] = self.page.evaluate("axe.run()")
        return [
            f"{violation['id']}: {node['html'][:160]} ({node['failureSummary'][:300]})"
            for violation in result["violations"]
            if violation["impact"] in SERIOUS
            for node in violation["nodes"]
        ]


Open = Callable[..., Visit]


@pytest.fixture
def browse(chromium: Browser, site: str) -> Iterator[Open]:
    """A window: ``browse("/compare", width=PHONE, javascript=False, language="en")``.

    At the end of the test: no page asked anything of another machine, and no script failed.
    """
    visits: list[Visit] = []

    def open_window(
        path: str,
        *,
        width: int = WIDE,
        javascript: bool = True,
        language: str = "zh-CN",
        dark: bool = False,
    ) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            locale=language,
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
        )
        context.set_default_timeout(SECONDS * 1000)
        visit = Visit(context.new_page(), site)

        def look(route: Route) -> None:
            address = route.request.url
            if address.startswith((site, "data:", "blob:")):
                route.continue_()
            else:
                visit.elsewhere.append(address)
                route.abort()

        context.route("**/*", look)
        visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
        visit.page.on(
            "console",
            lambda line: visit.errors.append(line.text) if line.type == "error" else None,
        )
        visits.append(visit)
        visit.go(path)
        return visit

    yield open_window
    for visit in visits:
        visit.page.context.close()
    assert [address for visit in visits for address in visit.elsewhere] == []
    assert [error for visit in visits for error in visit.errors] == []
