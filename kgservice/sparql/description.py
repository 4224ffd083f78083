"""The service description (SPARQL 1.1 Service Description), from the values that the service runs on."""

from __future__ import annotations

from collections.abc import Mapping

from kgservice.sparql.results import FORMATS

_SD = "http://www.w3.org/ns/sparql-service-description#"


def describe_service(
    endpoint: str, graphs: Mapping[str, int], *, union: bool, default_quads: int = 0
) -> str:
    """A CONSTRUCT query whose answer is the description: the engine writes it in any format.

    ``endpoint`` is the address that the client used, ``graphs`` the quads of each named graph,
    ``default_quads`` those of the default graph beside them.
    """
    features = ["sd:EmptyGraphs"] + (["sd:UnionDefaultGraph"] if union else [])
    lines = [
        f"<{endpoint}> a sd:Service ; sd:endpoint <{endpoint}> ;",
        "  sd:supportedLanguage sd:SPARQL11Query ;",
        f"  sd:feature {', '.join(features)} ;",
        f"  sd:resultFormat {', '.join(f'<{form.iri}>' for form in FORMATS)} ;",
        "  sd:defaultDataset _:dataset .",
        "_:dataset a sd:Dataset ; sd:defaultGraph _:default .",
        f"_:default a sd:Graph ; void:triples {default_quads + (sum(graphs.values()) if union else 0)} .",
    ]
    for number, (iri, quads) in enumerate(sorted(graphs.items())):
        lines.append(
            f"_:dataset sd:namedGraph _:g{number} . _:g{number} a sd:NamedGraph ; sd:name <{iri}> ; "
            f"sd:graph _:c{number} . _:c{number} a sd:Graph ; void:triples {quads} ."
        )
    body = "\n".join(lines)
    return (
        f"PREFIX sd: <{_SD}>\nPREFIX void: <http://rdfs.org/ns/void#>\n"
        f"CONSTRUCT {{\n{body}\n}} WHERE {{}}"
    )
