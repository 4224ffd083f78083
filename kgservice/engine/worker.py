"""A worker process: opens the store read-only and answers one query at a time over the socket on its standard input.

Evaluation and serialisation happen in one thread (a result used in another thread aborts the process) with a large
stack (the parser and the optimiser recurse). The main thread only reads: when the pool goes away, it ends the process,
whatever the query is doing. Imports the standard library and pyoxigraph only, so that it starts quickly.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import threading
import time
from typing import Any

import pyoxigraph as ox

from kgservice.engine.confinement import leave_network, limit_memory, private_bytes
from kgservice.engine.faults import describe
from kgservice.engine.frames import ASK, DATA, END, FAULT, HEADER, READY, frame
from kgservice.engine.rows import TooManyRows
from kgservice.engine.writing import Unwritable, write

STACK = 512 * 1024 * 1024
CHUNK = 64 * 1024
GRACE = 5  # seconds after the deadline at which a worker ends itself, should the pool be stuck
FAULTS = (SyntaxError, ValueError, RuntimeError, MemoryError, Unwritable, TooManyRows, OSError)
WARM_UP = "ASK { GRAPH ?g { ?s ?p ?o . ?s ?q ?r } }"
SLOW = 0.01  # seconds; a shorter query cannot have taken much memory


class Outbox:
    """Collects what is written and sends it in frames of about :data:`CHUNK` bytes."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        """Takes bytes of the answer (called by the serialiser)."""
        self._held += data
        if len(self._held) >= CHUNK:
            self.send(b"")
        return len(data)

    def flush(self) -> None:
        """Nothing: the end frame carries the rest."""

    def drop(self) -> None:
        """Forgets what was not sent yet."""
        self._held.clear()

    def send(self, last: bytes) -> None:
        """Sends what is held, followed by the frame ``last``."""
        data = frame(DATA, bytes(self._held)) if self._held else b""
        self._held.clear()
        self._link.sendall(data + last)


def main(arguments: dict[str, Any]) -> None:
    """Runs until the pool closes the socket.

    ``arguments``: ``store``, ``memory`` (MiB), ``rows`` (most of an answer, or null), ``union``, ``base``, ``prefixes``.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    began = time.perf_counter()
    link = socket.socket(fileno=0)
    offline = leave_network()
    asked: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.stack_size(STACK)
    inside = (arguments, link, asked, offline, began)
    threading.Thread(target=serve, args=inside, daemon=True).start()
    while (received := receive(link)) is not None:
        asked.put(received)
    os._exit(0)


def receive(link: socket.socket) -> dict[str, Any] | None:
    """The next query, or ``None`` when the pool is gone."""

    def exactly(count: int) -> bytes | None:
        parts = bytearray()
        while len(parts) < count:
            part = link.recv(count - len(parts))
            if not part:
                return None
            parts += part
        return bytes(parts)

    try:
        header = exactly(HEADER.size)
        if header is None:
            return None
        kind, length = HEADER.unpack(header)
        body = exactly(length)
    except OSError:
        return None
    if body is None or kind != ASK:
        return None
    asked: dict[str, Any] = json.loads(body)
    return asked


def serve(
    arguments: dict[str, Any],
    link: socket.socket,
    asked: queue.SimpleQueue[dict[str, Any]],
    offline: str | None,
    began: float,
) -> None:
    """Opens the store, sets the memory limit and answers what is asked, for ever."""
    try:
        store = ox.Store.read_only(arguments["store"])
        empty = ox.Store()
        # The first query of a process pays for what the next ones find done.
        bool(store.query(WARM_UP))
        ready = {
            "offline": offline,
            "limited": limit_memory(arguments["memory"]),
            "seconds": time.perf_counter() - began,
            "pyoxigraph": ox.__version__,
        }
        link.sendall(frame(READY, json.dumps(ready).encode()))
        while True:
            question = asked.get()
            signal.setitimer(signal.ITIMER_REAL, question["deadline"] + GRACE)
            answer(store if question["format"] else empty, question, arguments, Outbox(link))
            signal.setitimer(signal.ITIMER_REAL, 0)
    except BaseException as error:
        # The pool is gone, the store cannot be opened, or the engine panicked (which is no Exception): the pool
        # reads the reason, and nothing else of this process is worth keeping.
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
        os._exit(3)


def answer(
    store: ox.Store, question: dict[str, Any], arguments: dict[str, Any], outbox: Outbox
) -> None:
    """Evaluates one query and sends its answer, or the fault."""
    began = time.perf_counter()
    try:
        result = evaluate(store, question, arguments)
        if question["format"]:
            write(result, question["format"], arguments["prefixes"], outbox, arguments["rows"])
        del result
    except ConnectionError:
        raise
    except FAULTS as error:
        outbox.drop()
        outbox.send(frame(FAULT, json.dumps(describe(error)).encode()))
        return
    # A process whose heap has grown is not used again: freed memory does not always go back.
    bound = arguments["memory"] * 1024 * 1024 // 4
    retire = time.perf_counter() - began > SLOW and private_bytes() > bound
    outbox.send(frame(END, b'{"retire":true}' if retire else b"{}"))


def evaluate(store: ox.Store, question: dict[str, Any], arguments: dict[str, Any]) -> Any:
    """The result object; FROM and the protocol's dataset win over the union of all graphs."""
    default, named = question["default_graphs"], question["named_graphs"]
    base = arguments["base"]
    if default or named:
        return store.query(
            question["text"],
            base_iri=base,
            default_graph=[ox.NamedNode(iri) for iri in default],
            named_graphs=[ox.NamedNode(iri) for iri in named],
        )
    # pyoxigraph lets the union win over FROM, so it is asked for only where the query has none.
    union = arguments["union"] and not question["own_dataset"]
    return store.query(question["text"], base_iri=base, use_default_graph_as_union=union)
