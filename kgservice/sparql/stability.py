"""Whether a query has one answer as long as the data stay the same, and whether its bytes stay the same too.

Found with the lexer, in every reading of the text, so that no spelling hides a call. What cannot be told apart from a
volatile function counts as one: the worst that follows is an answer that is made anew.
"""

from __future__ import annotations

import re
from enum import Enum

from kgservice.sparql.check import Form
from kgservice.sparql.lexer import Kind, decode_escapes, every_reading, tokenize

LONGEST_READ = (
    16 * 1024
)  # characters; of a longer text the worst is taken: reading it would cost more than it saves
_VOLATILE = re.compile("now|rand|uuid|bnode|service", re.IGNORECASE)
_WORDS = ("now", "rand", "uuid", "bnode", "service")
_MAKES_NODES = frozenset(("[", "(", "<<", "{|", "~"))


class Stability(Enum):
    """How much of an answer stays when the query is evaluated again over the same data.

    - ``BYTES``: everything. The engine answers in the same order over the same store.
    - ``MEANING``: all but the labels of blank nodes, which CONSTRUCT makes anew each time (SPARQL 1.1 Query, 16.2.1).
      DESCRIBE is no such case: it shows stored nodes, whose labels the store keeps.
    - ``NOTHING``: NOW, RAND, UUID, STRUUID or BNODE is called, or another service.
    """

    BYTES = "bytes"
    MEANING = "meaning"
    NOTHING = "nothing"


def stability_of(text: str, form: Form | None) -> Stability:
    """What can be kept of the answer to a query."""
    long = len(text) > LONGEST_READ
    readings = {text, decode_escapes(text)}
    for reading in readings:
        # Only spares the lexer texts in which no such word can be.
        if _may_call(reading) and (long or _calls_volatile(reading)):
            return Stability.NOTHING
    if form is Form.CONSTRUCT and (long or any(_may_make_nodes(reading) for reading in readings)):
        return Stability.MEANING
    return Stability.BYTES


def _may_call(text: str) -> bool:
    """As :data:`_VOLATILE` finds it, several times as fast: some letters beyond ASCII count as s and i there."""
    if not text.isascii():
        text = text.replace("ſ", "s").replace("İ", "i").replace("ı", "i")
    lowered = text.lower()
    return any(word in lowered for word in _WORDS)


def _calls_volatile(text: str) -> bool:
    for token in every_reading(text):
        if token.kind is Kind.WORD:
            # Also as a part: a parser may read ``FILTERRAND()`` as two words.
            if _VOLATILE.search(token.text):
                return True
        elif "service" in token.text.partition(":")[0].lower():
            return True  # ``SERVICEx:y {``: glued to a name
    return False


def _may_make_nodes(text: str) -> bool:
    """A blank node, a property list, a collection or a reifier in the template of a CONSTRUCT."""
    depth, begun = 0, False
    for token in tokenize(text):
        if not begun:
            begun = token.kind is Kind.WORD and token.text.upper() == Form.CONSTRUCT
        elif token.kind is Kind.NODE or token.text in _MAKES_NODES:
            return True
        elif token.text == "{":
            depth += 1
        elif token.text == "}" and depth:
            depth -= 1
            if depth == 0:
                return False
    return not begun
