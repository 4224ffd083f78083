"""How long a copy of a document may be kept: its tag and its date (RFC 9110, 8.8 and 13.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b

from kgservice.api.eligibility_request import CHINA, today


class Since:
    """Since when this release is served, as the date of its documents: set by the first request.

    A release has no date of its own: its only one would be the clock of the machine that built it, and going back to an
    earlier release would make documents older than the copies that clients hold. From the moment that the release is
    served, its documents are these; no copy of another release can be younger. A page says what is in force today, so that
    it is never older than this day in China (``daily``).
    """

    def __init__(self) -> None:
        self._moment: datetime | None = None

    def moment(self, *, daily: bool = False) -> datetime:
        """The date, in whole seconds."""
        if self._moment is None:
            # A second earlier: the server's own clock, which Date shows, ticks once a second.
            self._moment = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
        if not daily:
            return self._moment
        return max(self._moment, datetime.combine(today(), time(), CHINA).astimezone(UTC))

    def field(self, *, daily: bool = False) -> str:
        """As ``Last-Modified`` has it."""
        return format_datetime(self.moment(daily=daily), usegmt=True)

    def covers(
        self, if_none_match: Sequence[str], if_modified_since: str | None, *, daily: bool = False
    ) -> bool:
        """Whether a copy of that date is still the document; a date counts only where no tag was sent (13.1.3)."""
        if if_none_match or if_modified_since is None:
            return False
        try:
            held = parsedate_to_datetime(if_modified_since)
            return self.moment(daily=daily) <= (held if held.tzinfo else held.replace(tzinfo=UTC))
        except (TypeError, ValueError, OverflowError):
            return False  # no date, or one beyond all calendars: as if it had not been sent


def key_of(*parts: str) -> bytes:
    """What identifies the bytes of a document, from all that decides them; made without asking the engine."""
    sized = (b"%d:%s" % (len(part), part) for part in (one.encode() for one in parts))
    return blake2b(b"".join(sized), digest_size=16).digest()
