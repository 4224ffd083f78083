"""docs/clients.md: every snippet runs as it stands, and prints what stands under it."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shlex
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from needs import need

from .conftest import NPM, Run
from .facts import ROOT

PAGE = (ROOT / "docs" / "clients.md").read_text("utf-8")
ADDRESS = "http://127.0.0.1:8000/sparql"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
(QUESTION,) = (text for language, text in BLOCK.findall(PAGE) if language == "sparql")
# Heading, language, code, what it prints.
SNIPPETS = [
    pytest.param(language, code, printed, id=heading)
    for heading, language, code, printed in re.findall(
        r"^## ([^\n]*)\n(?:(?!```|## )[^\n]*\n)*^```(\w+)\n(.*?)^```\n\n```text\n(.*?)^```$",
        PAGE,
        re.MULTILINE | re.DOTALL,
    )
]


def test_no_snippet_is_passed_over() -> None:
    languages = [language for language, _ in BLOCK.findall(PAGE)]
    assert languages.count("text") == len(SNIPPETS) == PAGE.count("\n## ")
    assert len(languages) == 2 * len(SNIPPETS) + 1  # and the question


@pytest.mark.parametrize(("language", "code", "printed"), SNIPPETS)
def test_a_snippet_prints_what_the_page_says(
    language: str,
    code: str,
    printed: str,
    endpoint: str,
    run: Run,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    (tmp_path / "question.rq").write_text(QUESTION, "utf-8")
    code = code.replace(ADDRESS, endpoint)
    if language == "html":
        (tmp_path / "page.html").write_text(code, "utf-8")
        page = open_in_browser(run, tmp_path)
        assert f">{printed.strip()}</pre>" in page
        return
    done = run(*command(language, code, tmp_path, request), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    # rdflib and SPARQLWrapper are free to warn; only what is printed counts.
    assert done.stdout.replace("\r\n", "\n") == printed


def command(
    language: str, code: str, folder: Path, request: pytest.FixtureRequest
) -> list[str | Path]:
    """The command that runs a snippet."""
    if language == "python":
        return [sys.executable, "-c", code]
    if language == "r":
        return [need("Rscript"), "--vanilla", "-e", code]
    if language == "js":
        need("comunica-sparql")
        (folder / "node_modules").symlink_to(NPM / "node_modules")
        (folder / "snippet.mjs").write_text(code, "utf-8")
        return ["node", "snippet.mjs"]
    assert language == "sh"
    tools = folder / "tools"
    tools.mkdir()
    (tools / "oxigraph").symlink_to(request.getfixturevalue("oxigraph"))
    if "curl" in code:
        need("curl")
    if "rsparql" in code:  # as the script of that name does that comes with Apache's distribution
        java = shlex.join(str(part) for part in request.getfixturevalue("jena_command"))
        (tools / "rsparql").write_text(f'#!/bin/sh\nexec {java} arq.rsparql "$@"\n')
        (tools / "rsparql").chmod(0o755)
    return ["sh", "-ec", f"PATH={shlex.quote(str(tools))}{os.pathsep}$PATH\n{code}"]


@contextmanager
def web_server(folder: Path) -> Iterator[str]:
    """A server of the files of a folder: an origin other than the endpoint's."""
    handler: Callable[..., http.server.SimpleHTTPRequestHandler] = functools.partial(
        Quiet, directory=str(folder)
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://localhost:{server.server_address[1]}"
        finally:
            server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Writes no log."""

    def log_message(self, format: str, *given: object) -> None:
        pass


def open_in_browser(run: Run, folder: Path) -> str:
    """What the page has become, 20 virtual seconds after it was opened."""
    chromium = need("chromium")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    options += ["--virtual-time-budget=20000", f"--user-data-dir={folder / 'profile'}"]
    with web_server(folder) as origin:
        done = run(chromium, *options, "--dump-dom", f"{origin}/page.html")
    assert done.returncode == 0, done.stderr
    return done.stdout
