"""What an id stands for, in whichever form it was given."""

from __future__ import annotations

from urllib.parse import unquote

from kgservice.reconcile.register import Register

_KINDS = {"c": "certificate", "f": "family", "i": "issuer"}


def find_id(text: str, register: Register, start: str) -> str | None:
    """The thing that a text is the id of: ``certificate/c00085``, its last part, its IRI or its address.

    ``start`` is what all IRIs of things begin with.
    """
    plain = unquote(text).strip().removeprefix(start)
    _, mark, path = plain.partition("/doc/")
    plain = path if mark else plain
    if plain in register.things:
        return plain
    path = f"{_KINDS.get(plain[:1], '')}/{plain}"
    return path if plain[1:].isdecimal() and path in register.things else None
