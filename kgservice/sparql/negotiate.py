"""Content negotiation by RFC 9110, section 12.5: quality, specificity, and an honest nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_TYPE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)/([!#$%&'*+.^_`|~0-9A-Za-z-]+)")
_QUALITY = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
GZIP, IDENTITY = "gzip", "identity"
LEAST_QUALITY = 0.001
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Range:
    """One element of ``Accept``: a media range and its quality."""

    type: str
    subtype: str
    quality: float

    def specificity(self, media_type: str) -> int:
        """0 does not match, 1 ``*/*``, 2 ``type/*``, 3 the type itself."""
        kind, _, sub = media_type.partition("/")
        if self.type == "*":
            return 1 if self.subtype == "*" else 0
        if self.type != kind:
            return 0
        if self.subtype == "*":
            return 2
        return 3 if self.subtype == sub else 0


def parse_accept(fields: Iterable[str]) -> list[Range]:
    """The media ranges of the ``Accept`` header fields; elements that are none are passed over.

    No field, or none with a media range, means ``*/*``.
    """
    ranges = []
    for element in _QUOTED.sub("", ",".join(fields)).lower().split(","):
        media, *parameters = (part.strip() for part in element.split(";"))
        found = _TYPE.fullmatch(media)
        if found is None:
            continue
        quality = 1.0
        for parameter in parameters:
            name, _, value = (part.strip() for part in parameter.partition("="))
            if name == "q":
                quality = float(value) if _QUALITY.fullmatch(value) else -1.0
                break
        if quality >= 0:
            ranges.append(Range(found.group(1), found.group(2), quality))
    return ranges or [Range("*", "*", 1.0)]


def choose(ranges: Sequence[Range], offered: Sequence[str]) -> str | None:
    """The offered media type that the client likes best; the first of equals; ``None`` when it accepts none."""
    best, best_quality = None, 0.0
    for media_type in offered:
        quality = _quality(ranges, media_type)
        if quality > best_quality:
            best, best_quality = media_type, quality
    return best


def _quality(ranges: Sequence[Range], media_type: str) -> float:
    """The quality that the most specific matching range gives."""
    closest, quality = 0, 0.0
    for media_range in ranges:
        specificity = media_range.specificity(media_type)
        if specificity > closest:
            closest, quality = specificity, media_range.quality
    return quality


def choose_coding(field: str | None, *, worthwhile: bool) -> str | None:
    """``gzip`` or ``identity`` by ``Accept-Encoding`` (RFC 9110, 12.5.3); ``None`` when the client accepts neither.

    ``field`` is the field's value, ``None`` when it was not sent: the answer then goes out as it is. ``worthwhile``
    says that compression would gain something; what gains nothing is sent as it is, if the client takes it so.
    """
    gzip, identity = _codings(field)
    if gzip > 0 and (identity <= 0 or (worthwhile and gzip >= identity)):
        return GZIP
    return IDENTITY if identity > 0 else None


def accepts_coding(field: str | None, coding: str) -> bool:
    """Whether an answer in that coding would be taken."""
    gzip, identity = _codings(field)
    return (gzip if coding == GZIP else identity) > 0


def _codings(field: str | None) -> tuple[float, float]:
    """The qualities of gzip and of no coding at all."""
    if field is None:
        return 0.0, 1.0
    named: dict[str, float] = {}
    for element in field.lower().split(","):
        coding, _, parameter = (part.strip() for part in element.partition(";"))
        name, _, value = (part.strip() for part in parameter.partition("="))
        if not parameter:
            named[coding] = 1.0
        elif name == "q" and _QUALITY.fullmatch(value):
            named[coding] = float(value)
    other = named.get("*")
    gzip = named.get(GZIP, named.get("x-gzip", other or 0.0))
    # Not named, it is acceptable, but whoever names a coding prefers that one.
    return gzip, named.get(IDENTITY, LEAST_QUALITY if other is None else other)
