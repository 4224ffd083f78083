"""Entity tags and dates (RFC 9110, 8.8 and 13.1), made without asking the engine."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


class Since:
    """Since when this release is served, as the date of its documents: set by the first request.

    A release has no date of its own: its only one would be the clock of the machine that built it, and going back to an
    earlier release would make documents older than the copies that clients hold. From the moment that the release is
    served, its documents are these; no copy of another release can be younger.
    """

    def __init__(self) -> None:
        self._moment: datetime | None = None

    def moment(self) -> datetime:
        """The date, in whole seconds."""
        if self._moment is None:
            self._moment = datetime.now(UTC).replace(microsecond=0)
        return self._moment

    def field(self) -> str:
        """As ``Last-Modified`` has it."""
        return format_datetime(self.moment(), usegmt=True)

    def covers(self, if_none_match: Sequence[str], if_modified_since: str | None) -> bool:
        """Whether a copy of that date is still the document; a date counts only where no tag was sent (13.1.3)."""
        if if_none_match or if_modified_since is None:
            return False
        try:
            held = parsedate_to_datetime(if_modified_since)
        except (TypeError, ValueError):
            return False  # no date: as if it had not been sent
        return self.moment() <= (held if held.tzinfo else held.replace(tzinfo=UTC))


def tag_of(*parts: str) -> str:
    """A strong entity tag from all that decides the bytes."""
    whole = b"".join(b"%d:%s" % (len(part), part) for part in (one.encode() for one in parts))
    digest = blake2b(whole, digest_size=16).digest()
    return f'"{urlsafe_b64encode(digest).decode().rstrip("=")}"'


def is_held(tag: str, if_none_match: Sequence[str]) -> bool:
    """Whether the client has this representation already, by its tag (13.1.2, weak comparison)."""
    return tag in _TAG.findall(",".join(if_none_match))


def wants_any(if_none_match: Sequence[str]) -> bool:
    """``If-None-Match: *``: nothing is wanted if there is any representation; that has to be looked up."""
    return ",".join(if_none_match).strip() == "*"
