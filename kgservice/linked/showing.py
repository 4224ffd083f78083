"""A description as a page shows it: facts with names and links, in an order for reading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kgservice.linked.addresses import document_of
from kgservice.linked.bounded import Tally
from kgservice.linked.description import Description, Texts
from kgservice.linked.document import Document, tell
from kgservice.linked.reading import LABELS, OF_PARTS
from kgservice.linked.terms import RDF, RDFS, SKOS, TYPE, XSD, Quad, Term
from kgservice.linked.vocabulary import INVERSE, Vocabulary
from kgservice.pages.view import View

# First what a thing is called and is, last what is about the record of it.
FIRST = (*LABELS, f"{SKOS}altLabel", f"{SKOS}notation", f"{SKOS}definition")
LAST = (f"{SKOS}editorialNote", f"{RDFS}isDefinedBy")
# Sentences of ours that say one thing in two languages: a reader needs one of them.
NOTES = frozenset({f"{SKOS}editorialNote", f"{RDFS}comment"})
_DIGITS = re.compile(r"([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Value:
    """A link (with ``href``) or a text. ``path``: what tells a thing apart that goes by the name of another."""

    label: Texts
    href: str | None = None
    language: str | None = None
    path: str | None = None
    facts: Sequence[Fact] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A property with its values. ``left``: what is said of those left out; ``rest``: where all of them are."""

    iri: str
    label: Texts
    href: str
    values: Sequence[Value]
    left: Texts | None = None
    rest: str | None = None


class Showing:
    """Makes facts of a description, for one view."""

    def __init__(
        self, description: Description, vocabulary: Vocabulary, document: Document, view: View
    ) -> None:
        self._description = description
        self._vocabulary = vocabulary
        self._document = document
        self._view = view
        self._parts: dict[str, list[Quad]] = {}
        for quad in description.parts:
            self._parts.setdefault(quad.subject.value, []).append(quad)

    def own(self) -> list[Fact]:
        """What the thing says of itself, without its classes, and its parts within."""
        quads = (*self._description.said, *self._description.own.quads)
        tallies = {tally.name: tally for tally in self._description.own.tallies}
        return self._facts((q for q in quads if q.predicate != TYPE), tallies)

    def pointing(self) -> list[Fact]:
        """What points to it, by property; where several things point, in the order of their numbers."""
        side = self._description.pointing
        tallies = {tally.name: tally for tally in side.tallies}
        turned = (Quad(q.object, q.predicate, q.subject, q.graph) for q in side.quads)
        return [
            replace(fact, label=INVERSE.get(self._vocabulary.shorten(fact.iri), fact.label))
            for fact in self._facts(turned, tallies)
        ]

    def title(self) -> Texts:
        """Its label; where it has none, its class with the label of what it is about, or with its path."""
        here, kinds = self._description.iri, self.kinds()
        if here in self._description.names or not kinds or here in self._vocabulary.ours:
            return self.name(here)
        about = self.name(here)
        return {
            language: f"{kinds[0].label.get(language, '')}{mark}{about.get(language) or next(iter(about.values()))}"
            for language, mark in (("zh", "："), ("en", ": "))
        }

    def kinds(self) -> list[Value]:
        """Its classes: ours, or those of others where it has none of ours."""
        ours = [kind for kind in self._description.types if kind.startswith(self._document.base)]
        return [self.link(kind) for kind in ours or self._description.types]

    def name(self, iri: str) -> Texts:
        """What a thing is called, as ``zh`` and ``en``."""
        found = self._description.names.get(iri) or self._description.lent.get(iri)
        return _pair(found) if found else self._vocabulary.label(iri)

    def link(self, iri: str) -> Value:
        """A link to a thing, by its name."""
        lent = iri in self._description.lent
        path = self._vocabulary.shorten(iri) if lent else None
        return Value(self.name(iri), self.address(iri), path=path)

    def address(self, iri: str) -> str | None:
        """Where a link leads; nowhere for what is no address of the web."""
        ours = document_of(iri, self._document.base)
        if ours is None:
            return iri if iri.startswith(("http://", "https://")) else None
        if ours.startswith(("/doc/", "/ns/")):
            return self._view.address(iri)
        return self._view.prefix + ours

    def _facts(self, quads: Iterable[Quad], tallies: Mapping[str, Tally]) -> list[Fact]:
        values: dict[str, dict[Term, None]] = {}
        for quad in quads:
            values.setdefault(quad.predicate, {})[quad.object] = None
        return [
            self._fact(name, sorted(values[name], key=_natural), tallies.get(name))
            for name in sorted(values, key=self._rank)
        ]

    def _fact(self, name: str, terms: Sequence[Term], tally: Tally | None) -> Fact:
        shown = [self.value(term) for term in self._for_reader(name, terms)]
        label, href = self._vocabulary.label(name), self.address(name) or "#"
        if tally is None or tally.complete:
            return Fact(name, label, href, shown)
        rest = self._document.query_url(tally.query(self._description.iri))
        left = {language: text for text, language in tell(tally)}
        return Fact(name, label, href, shown, left, rest)

    def _for_reader(self, name: str, terms: Sequence[Term]) -> Sequence[Term]:
        """Of a note that is there in the language of the page only that one."""
        if name not in NOTES and name != f"{self._document.base}/ns/readingNote":
            return terms
        return [term for term in terms if term.language == self._view.language] or terms

    def value(self, term: Term) -> Value:
        """A term as it is shown; a part with what it says, where it is met first."""
        if term.kind == "bnode":
            return Value({"zh": "（无名节点）", "en": "(unnamed node)"})
        if not term.iri:
            return _literal(term)
        link = self.link(term.value)
        inside = self._parts.pop(term.value, None)
        if inside is None:
            return link
        return Value(
            link.label, link.href, path=link.path,
            facts=self._facts((q for q in inside if q.predicate != TYPE), {}),
        )  # fmt: skip

    def _rank(self, name: str) -> tuple[int, int, bool, str]:
        if name in FIRST:
            return 0, FIRST.index(name), False, name
        if name in LAST:
            return 2, LAST.index(name), False, name
        # Ours say what the thing is about; those of others mostly repeat it for outsiders.
        kinds = (f"{self._document.base}/ns/", RDFS, RDF, SKOS)
        place = next((n for n, start in enumerate(kinds) if name.startswith(start)), len(kinds))
        return 1, place, name.rpartition("/")[2] in OF_PARTS, name


def _literal(term: Term) -> Value:
    if term.datatype == f"{XSD}boolean":
        yes = term.value in ("true", "1")
        return Value({"zh": "是" if yes else "否", "en": "yes" if yes else "no"})
    same = {"zh": term.value, "en": term.value}
    if term.datatype == f"{XSD}anyURI" and term.value.startswith(("http://", "https://")):
        return Value(same, term.value)
    return Value(same, language=term.language or None)


def _pair(texts: Texts) -> Texts:
    """Chinese and English of what there is; a name without a language is one in both."""
    plain = texts.get("")
    found = {language: texts.get(language) or plain for language in ("zh", "en")}
    return {language: text for language, text in found.items() if text} or texts


def _natural(term: Term) -> tuple[str, list[tuple[int, str]], str]:
    """Row 9 before row 10; Chinese before English."""
    split = enumerate(_DIGITS.split(term.value))
    parts = [(int(one), "") if place % 2 else (0, one) for place, one in split]
    return {"zh": "0", "en": "1", "": "2"}.get(term.language, term.language), parts, term.kind
