"""What the endpoint says about itself: the description of the release, at the address that the client used.

The release tells what is in the data (VoID, DCAT, named questions, the graphs of the service description); the program
that serves it adds what only it knows: the formats of answers, and the features of the service (SPARQL 1.1 Service
Description, 3). Addresses below the base (``{base}/sparql``, ``{base}/data/…``) become those of this service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from kgservice.release import DESCRIPTION, Release
from kgservice.sparql.results import FORMATS

MOST_ADDRESSED = 12

_RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_XSD_INTEGER = "<http://www.w3.org/2001/XMLSchema#integer>"
_SD = "http://www.w3.org/ns/sparql-service-description#"
_VOID = "http://rdfs.org/ns/void#"
# Stands for scheme and host while a format waits for a client; no host of that name can be (RFC 6761, 6.4).
_ORIGIN = "http://origin.invalid"


@dataclass(frozen=True, slots=True)
class Document:
    """A description as it is sent: its bytes, and its strong entity tag."""

    body: bytes
    tag: str


class ServiceDescription:
    """One description in every RDF format, each made once and then only addressed.

    ``quads`` are N-Quads with addresses below ``base``; their ``sd:Service`` is ``{base}/sparql``.
    """

    def __init__(
        self,
        quads: bytes,
        base: str,
        prefixes: Mapping[str, str],
        *,
        union: bool,
        federates: bool = False,
    ) -> None:
        self._quads = quads + _capabilities(f"{base}/sparql", union=union, federates=federates)
        self._relocate = _relocator(base)
        self._prefixes = prefixes
        self._formats: dict[str, bytes] = {}
        self._addressed: dict[tuple[str, str], Document] = {}

    def find(self, form: str, origin: str) -> Document | None:
        """The document of :meth:`document`, if it is at hand: then it costs nothing."""
        return self._addressed.get((form, origin))

    def document(self, form: str, origin: str) -> Document:
        """The description in a format (:data:`kgservice.sparql.results.GRAPHS`).

        ``origin`` is scheme, host and prefix of the path under which the client sees the service. The first document
        in a format takes a while to write: not for the event loop.
        """
        found = self.find(form, origin)
        if found is not None:
            return found
        if form not in self._formats:
            # Only here: whoever serves has pyoxigraph in processes of its own, but for writing this.
            from kgservice.engine.serializing import serialize

            self._formats[form] = serialize(self._quads, form, self._prefixes, self._relocate)
        body = self._formats[form].replace(_ORIGIN.encode(), origin.encode())
        made = Document(body, f'"{blake2b(body, digest_size=16).hexdigest()}"')
        # Clients choose what stands in Host: no more than a few are kept.
        if len(self._addressed) >= MOST_ADDRESSED:
            self._addressed.clear()
        self._addressed[form, origin] = made
        return made


def describe_release(
    release: Release, *, union: bool, federates: bool = False
) -> ServiceDescription:
    """The description of what is served: the release's own, or counts only where it has none.

    ``union``: whether the default graph is the union of the named graphs, as a release says it is. ``federates``: whether
    SERVICE may be called (SPARQL 1.1 Federated Query), if only at some endpoints.
    """
    manifest, base = release.manifest, release.manifest["base"]
    if DESCRIPTION in manifest["files"] and union:
        quads = (release.path / DESCRIPTION).read_bytes()
    else:
        quads = describe_graphs(
            manifest["graphs"], base, union=union, default_quads=release.default_quads
        )
    return ServiceDescription(quads, base, manifest["prefixes"], union=union, federates=federates)


def describe_graphs(
    graphs: Mapping[str, int], base: str, *, union: bool, default_quads: int = 0
) -> bytes:
    """A description (N-Triples) of data that bring none: the service, and the triples of each graph.

    ``graphs``: triples by named graph; ``default_quads``: those in no named graph. A union is said to have no number
    of triples: graphs may share some.
    """
    service = f"<{base}/sparql>"
    queried = f"<{base}/id/service/sparql/dataset>"
    default = f"<{base}/id/service/sparql/default-graph>"
    lines = [
        *_typed(service, f"{_SD}Service"),
        f"{service} <{_SD}endpoint> {service} .",
        f"{service} <{_SD}supportedLanguage> <{_SD}SPARQL11Query> .",
        f"{service} <{_SD}defaultDataset> {queried} .",
        *_typed(queried, f"{_SD}Dataset"),
        f"{queried} <{_SD}defaultGraph> {default} .",
        *_typed(default, f"{_SD}Graph", f"{_VOID}Dataset"),
        f"{default} <{_VOID}sparqlEndpoint> {service} .",
    ]
    if not (union and graphs):
        lines.append(_triples(default, default_quads))
    for number, (iri, quads) in enumerate(sorted(graphs.items())):
        named, graph = f"_:named{number}", f"_:graph{number}"
        lines += [
            f"{queried} <{_SD}namedGraph> {named} .",
            *_typed(named, f"{_SD}NamedGraph"),
            f"{named} <{_SD}name> <{iri}> .",
            f"{named} <{_SD}graph> {graph} .",
            *_typed(graph, f"{_SD}Graph", f"{_VOID}Dataset"),
            _triples(graph, quads),
        ]
    return "".join(f"{line}\n" for line in lines).encode()


def _capabilities(service: str, *, union: bool, federates: bool) -> bytes:
    """What the program can do, whatever it serves."""
    features = [f"{_SD}UnionDefaultGraph"] if union else []
    if federates:
        features.append(f"{_SD}BasicFederatedQuery")
    lines = [
        *(f"<{service}> <{_SD}feature> <{feature}> .\n" for feature in features),
        *(f"<{service}> <{_SD}resultFormat> <{form.iri}> .\n" for form in FORMATS),
    ]
    return "".join(lines).encode()


def _relocator(base: str) -> Callable[[str], str]:
    """From an address below ``base`` to the same one at the origin that is filled in later; other IRIs stay."""
    start, endpoint, data = f"{base}/", f"{base}/sparql", f"{base}/data/"

    def relocate(iri: str) -> str:
        if iri in (start, endpoint) or iri.startswith(data):
            return _ORIGIN + iri.removeprefix(base)
        return iri

    return relocate


def _typed(node: str, *classes: str) -> Iterable[str]:
    return [f"{node} {_RDF_TYPE} <{class_}> ." for class_ in classes]


def _triples(node: str, number: int) -> str:
    return f'{node} <{_VOID}triples> "{number}"^^{_XSD_INTEGER} .'
