"""The figures of a release: rows, things, matches, and how sure they are. All counted, none typed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rdflib import Graph

from kgservice.build.assemble import Assembly
from kgservice.build.names import RDF


def count(assembly: Assembly, union: Graph) -> dict[str, Any]:
    """What the manifest says about the release."""
    zc = assembly.names.zc
    classes = Counter(
        str(class_).removeprefix(str(zc))
        for class_ in union.objects(None, RDF.type)
        if str(class_).startswith(str(zc))
    )
    return {
        "triples": len(union),
        "things": dict(sorted(classes.items())),
        "matches": {
            "accepted": sum(not match.negated for match in assembly.matches),
            "not": sum(match.negated for match in assembly.matches),
        },
        "editions": [
            {
                "edition": edition.facts.key,
                "iri": str(assembly.names.id("edition", edition.facts.key)),
                "region": edition.facts.region,
                "label": edition.facts.label.model_dump(),
                "in_force_from": edition.facts.in_force_from
                and edition.facts.in_force_from.isoformat(),
                "rows": len(edition.rows),
                "certain": sum(row["certain"] == "yes" for row in edition.rows),
            }
            for _, edition in assembly.editions
        ],
    }
