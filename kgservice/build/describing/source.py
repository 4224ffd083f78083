"""What the description is made from: all that is the same whatever name the release gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rdflib import Graph, URIRef

from kgservice.build.assemble import Assembly
from kgservice.build.checks import Checks
from kgservice.build.describing.catalog import CatalogFacts
from kgservice.build.describing.dumps import Dump, make_dumps
from kgservice.build.describing.statistics import Link, Statistics, count_links, count_triples
from kgservice.build.facts import Text
from kgservice.build.graphs import Graphs
from kgservice.build.names import DCTERMS, RDF, Names
from kgservice.questions import Question
from kgservice.terms import TYPES
from kgservice.terms import Names as Shortening

GRAPHS = ("void", "catalog", "service", "questions", "shapes")
_KINDS = {
    "derived": Text(zh="推导出的陈述", en="derived statements"),
    "description": Text(zh="自我描述", en="self-description"),
    "edition": Text(zh="目录版本", en="edition"),
    "mapping": Text(zh="映射", en="mapping set"),
    "ontology": Text(zh="本体", en="ontology"),
    "register": Text(zh="登记册", en="register"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """The data graphs with their counts, the links between them, their dumps, and the facts of the sources.

    ``sheets``: the mapping sets as tables. ``checks``: what was asked of the data.

    ``union`` and ``lines`` are the data graphs as one graph and as sorted N-Quads.
    """

    assembly: Assembly
    catalog: CatalogFacts
    questions: Mapping[str, Question]
    prefixes: Mapping[str, str]
    union: Graph
    lines: tuple[str, ...]
    whole: Statistics
    each: Mapping[URIRef, Statistics]
    links: Mapping[Link, int]
    dumps: tuple[Dump, ...]
    sheets: tuple[Dump, ...]
    checks: Checks
    licence: URIRef | None
    examples: tuple[URIRef, ...]

    @property
    def names(self) -> Names:
        """Mints the IRIs."""
        return self.assembly.names

    @property
    def graphs(self) -> Graphs:
        """The data graphs, without the description."""
        return self.assembly.graphs

    def description_graphs(self) -> list[URIRef]:
        """The named graphs that the description stands in."""
        parts = [part for part in GRAPHS if part != "shapes" or not self.checks.empty]
        return [self.names.graph("description", part) for part in parts]

    def title_of(self, graph: URIRef) -> Text:
        """The title of a graph's dataset: the edition's label, else what kind of graph it is, and which."""
        kind, _, rest = self.names.tail(graph).partition("/")
        for _, edition in self.assembly.editions:
            if graph == self.names.graph("edition", edition.facts.key):
                return edition.facts.label
        of, said = self.catalog.title, _KINDS.get(kind, Text(zh=kind, en=kind))
        return Text(
            zh=f"{of.zh}：{said.zh} {rest}".rstrip(), en=f"{of.en}: {said.en} {rest}".rstrip()
        )

    def dump_of(self, graph: URIRef | None) -> Dump:
        """The dump of a data graph, or of all."""
        return next(dump for dump in self.dumps if dump.graph == graph)


def read_source(
    assembly: Assembly,
    union: Graph,
    catalog: CatalogFacts,
    questions: Mapping[str, Question],
    prefixes: Mapping[str, str],
    sheets: tuple[Dump, ...],
    checks: Checks,
) -> Source:
    """Counts the finished graphs and makes their dumps; ``union`` is their union, ``sheets`` the mapping sets as tables."""
    names = assembly.names
    graphs = assembly.graphs.graphs
    space = f"{names.base}/"
    lines = tuple(assembly.graphs.nquads())
    foreign = {prefix: iri for prefix, iri in prefixes.items() if not iri.startswith(names.base)}
    not_targets = (names.graph("ontology"), names.graph("derived"))
    licence = union.value(URIRef(names.zc), DCTERMS.license)
    return Source(
        assembly=assembly,
        catalog=catalog,
        questions=questions,
        prefixes=prefixes,
        union=union,
        lines=lines,
        whole=count_triples(union, space),
        each={iri: count_triples(graphs[iri], space) for iri in sorted(graphs)},
        links=count_links(graphs, not_targets, foreign),
        dumps=tuple(make_dumps(assembly.graphs, lines)),
        sheets=sheets,
        checks=checks,
        licence=licence if isinstance(licence, URIRef) else None,
        examples=_find_examples(questions, union, Shortening(names.base, prefixes)),
    )


def _find_examples(
    questions: Mapping[str, Question], union: Graph, names: Shortening
) -> tuple[URIRef, ...]:
    """The things that the questions take as their examples, where the data describe them."""
    found = {
        iri
        for question in questions.values()
        for parameter in question.parameters
        if parameter.type == "iri"
        for value in parameter.example
        if (iri := example_iri(value, names)) is not None
        and iri.startswith(f"{names.base}/id/")
        and (iri, RDF.type, None) in union
    }
    return tuple(sorted(found))


def example_iri(value: str, names: Shortening) -> URIRef | None:
    """The IRI that an example value of a parameter stands for."""
    term = TYPES["iri"][0](value, names)
    return None if term is None else URIRef(term[1:-1])
