"""What follows from the stated facts (section 8): ``zc:covers`` and the flat projections for outsiders.

Everything here goes to ``/graph/derived`` and is made anew by every build. Divergences have their own module.
"""

from __future__ import annotations

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDFS

from kgservice.build.graphs import Graphs
from kgservice.build.names import CETERMS, RDF, SCHEMA, Names

TRUE = Literal(True)


def derive_covers(union: Graph, graphs: Graphs) -> None:
    """``zc:covers``: a family row covers its members, a row with 及以上 covers the grades above the named one.

    Only these two; a recognition never reaches another region (section 9, rule 4).
    """
    zc = graphs.names.zc
    derived = graphs.graph("derived")
    for recognition in union.subjects(zc.listedAs, zc.ListedFamily):
        for family in union.objects(recognition, zc.recognizes):
            for member in union.transitive_subjects(zc.broaderCertificate, family):
                if (
                    member is not None
                    and member != family
                    and (member, RDF.type, zc.Certificate) in union
                ):
                    derived.add((recognition, zc.covers, member))
    for recognition in union.subjects(zc.gradeOpenUpward, TRUE):
        for named in union.objects(recognition, zc.recognizes):
            for above in union.transitive_subjects(zc.gradeAbove, named):
                if (
                    above is not None
                    and above != named
                    and (recognition, zc.recognizes, above) not in union
                ):
                    derived.add((recognition, zc.covers, above))


def derive_projections(union: Graph, graphs: Graphs) -> None:
    """The flat pairs that schema.org and CTDL users expect, and the external classes of our things (section 13).

    Generated, one way: they lose level, condition and row, and are never read back.
    """
    zc = graphs.names.zc
    derived = graphs.graph("derived")
    for recognition, certificate in union.subject_objects(zc.recognizes):
        for region in union.objects(recognition, zc.jurisdiction):
            derived.add((certificate, SCHEMA.validIn, region))
            derived.add((certificate, CETERMS.recognizedIn, region))
        for authority in union.objects(recognition, zc.recognizedBy):
            derived.add((certificate, SCHEMA.recognizedBy, authority))
    _derive_external_types(union, derived, graphs.names)


def _derive_external_types(union: Graph, derived: Graph, names: Names) -> None:
    """``rdf:type`` of every external superclass, for consumers that do no inference."""
    prefix = f"{names.base}/ns/"
    classes = set(union.objects(None, RDF.type))
    for class_ in classes:
        if not str(class_).startswith(prefix):
            continue
        above = [
            superclass
            for superclass in union.transitive_objects(class_, RDFS.subClassOf)
            if superclass != class_ and isinstance(superclass, URIRef)
        ]
        for instance in union.subjects(RDF.type, class_):
            for superclass in above:
                if (instance, RDF.type, superclass) not in union:
                    derived.add((instance, RDF.type, superclass))
