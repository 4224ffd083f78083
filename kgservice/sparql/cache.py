"""The response cache: complete answers, bounded in bytes, the longest unused ones going first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from kgservice.operation.observing import Exchange
from kgservice.sparql.choice import Question
from kgservice.sparql.coding import Body
from kgservice.sparql.request import RawRequest

MOST_SPELLINGS = 16
LONGEST_SPELLING = 16 * 1024
_OVERHEAD = 1024  # bytes; about what the entry and the fields of one spelling take besides

Fields = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An answer as it goes out, and the question that it answers; ``key`` is that of the question."""

    question: Question
    key: bytes
    fields: Fields
    body: bytes


@dataclass(frozen=True, slots=True)
class Ready:
    """A response as it goes over the wire, without date and ``Query-Id``; ``exchange`` is what is told of it."""

    key: bytes
    status: int
    head: bytes
    body: bytes
    exchange: Exchange


@dataclass(slots=True)
class _Entry:
    body: Body
    size: int
    spellings: OrderedDict[RawRequest, Prepared] = field(default_factory=OrderedDict)
    sent: OrderedDict[bytes, Ready] = field(default_factory=OrderedDict)


class ResponseCache:
    """Answers by their digest, and requests that are known to ask for them. ``most`` is in bytes; 0 keeps nothing.

    One question comes in several spellings (GET, POST, other ``Accept``): each known one is answered without being read
    again. What comes once more byte for byte, header and all, is answered by the server without being parsed
    (:meth:`find_sent`). An entry counts with all that it holds.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._spellings: dict[RawRequest, Prepared] = {}
        self._sent: dict[bytes, Ready] = {}

    @property
    def size(self) -> int:
        """The bytes that are held."""
        return self._size

    def __len__(self) -> int:
        return len(self._entries)

    def recognise(self, request: RawRequest) -> Prepared | None:
        """The answer to a request that was asked in exactly this spelling before."""
        prepared = self._spellings.get(request)
        if prepared is not None:
            self._entries.move_to_end(prepared.key)
        return prepared

    def find(self, key: bytes) -> Body | None:
        """The answer with that digest."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry.body

    def keep(self, key: bytes, body: Body) -> None:
        """Holds an answer, or notes that one it holds has grown by a coding."""
        entry = self._entries.get(key)
        if entry is None:
            if body.size + _OVERHEAD > self._most:
                return
            entry = self._entries[key] = _Entry(body, 0)
        self._resize(entry)
        self._make_room()

    def remember(self, request: RawRequest, prepared: Prepared) -> None:
        """Notes that a request asks for an answer that is held."""
        entry = self._entries.get(prepared.key)
        if entry is None or request.size > LONGEST_SPELLING:
            return
        entry.spellings[request] = self._spellings[request] = prepared
        if len(entry.spellings) > MOST_SPELLINGS:
            oldest, _ = entry.spellings.popitem(last=False)
            del self._spellings[oldest]
        self._resize(entry)
        self._make_room()

    def note_sent(
        self,
        sent: bytes,
        key: bytes,
        status: int,
        fields: Fields,
        body: bytes,
        exchange: Exchange,
    ) -> None:
        """Notes the bytes of a whole request and the response to it, which rests on an answer that is held.

        ``exchange`` is what is told of each such request that comes later.
        """
        entry = self._entries.get(key)
        if entry is None or len(sent) > LONGEST_SPELLING:
            return
        head = b"".join(b"%s: %s\r\n" % pair for pair in fields)
        entry.sent[sent] = self._sent[sent] = Ready(key, status, head, body, exchange)
        if len(entry.sent) > MOST_SPELLINGS:
            oldest, _ = entry.sent.popitem(last=False)
            del self._sent[oldest]
        self._resize(entry)
        self._make_room()

    def find_sent(self, sent: bytes) -> Ready | None:
        """The response to the bytes of a request."""
        ready = self._sent.get(sent)
        if ready is not None:
            self._entries.move_to_end(ready.key)
        return ready

    def clear(self) -> None:
        """Forgets everything: something else is served now."""
        self._entries.clear()
        self._spellings.clear()
        self._sent.clear()
        self._size = 0

    def _resize(self, entry: _Entry) -> None:
        spellings = sum(request.size + _OVERHEAD for request in entry.spellings)
        sent = sum(len(request) + _OVERHEAD for request in entry.sent)
        size = entry.body.size + spellings + sent + _OVERHEAD
        self._size += size - entry.size
        entry.size = size

    def _make_room(self) -> None:
        while self._size > self._most:
            _, entry = self._entries.popitem(last=False)
            self._size -= entry.size
            for request in entry.spellings:
                del self._spellings[request]
            for sent in entry.sent:
                del self._sent[sent]
