"""How a child process of the engine is started: the same Python and the same modules, and nothing else.

``-I -S`` skips the site machinery and the user's environment; the module path of this process is handed over instead.
"""

from __future__ import annotations

import json
import os
import sys

_BOOT = (
    "import sys,json;"
    "sys.path[:]=json.loads(sys.argv[1]);"
    "from importlib import import_module;"
    "import_module(sys.argv[2]).main(json.loads(sys.argv[3]))"
)


def command(module: str, arguments: dict[str, object]) -> list[str]:
    """The command line that calls ``main(arguments)`` of ``module`` in a process of its own."""
    paths = [os.path.abspath(path) for path in sys.path]
    return [
        sys.executable,
        "-I",
        "-S",
        "-B",
        "-c",
        _BOOT,
        json.dumps(paths),
        module,
        json.dumps(arguments),
    ]


def environment() -> dict[str, str]:
    """The environment of a child: none of ours, and two memory arenas, so that freed memory is given back."""
    return {"MALLOC_ARENA_MAX": "2", "LANG": "C.UTF-8"}
