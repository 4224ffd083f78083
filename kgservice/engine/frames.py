"""The frames between pool and worker: one byte of kind, four bytes of length (big-endian), the payload."""

from __future__ import annotations

import struct

HEADER = struct.Struct("!cI")

READY = b"R"  # worker → pool: JSON, once, when the store is open
ASK = b"Q"  # pool → worker: JSON, one query
DATA = b"D"  # worker → pool: bytes of the answer
END = b"E"  # worker → pool: JSON, the answer is complete
FAULT = b"X"  # worker → pool: JSON, the query failed


def frame(kind: bytes, payload: bytes) -> bytes:
    """One frame as bytes."""
    return HEADER.pack(kind, len(payload)) + payload
