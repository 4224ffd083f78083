"""Registers → RDF: one named graph each for issuers, certificates, grades, titles, regions and specialties (L3)."""

from __future__ import annotations

from collections.abc import Iterator

from rdflib import Literal, URIRef

from kgservice.build.graphs import Graphs, Writer, en, integer, zh
from kgservice.build.names import DCTERMS, ORG, SCHEMA, SKOS, XSD
from kgservice.build.registers import Registers, split_labels
from kgservice.build.tables import Line
from kgservice.build.translations import Notes


def emit_registers(registers: Registers, notes: Notes, graphs: Graphs) -> None:
    """Writes every register into its graph."""
    _emit_regions(registers, notes, graphs)
    _emit_organisations(registers, notes, graphs)
    _emit_certificates(registers, notes, graphs)
    _emit_grades(registers, notes, graphs)
    _emit_titles(registers, notes, graphs)
    _emit_specialties(registers, notes, graphs)


def _labelled(writer: Writer, line: Line) -> None:
    writer.add(SKOS.prefLabel, zh(line["label_zh"]), en(line["label_en"]))
    if "alt_labels" in line.cells:
        writer.add(
            SKOS.altLabel,
            *(Literal(text, lang=language) for text, language in split_labels(line, "alt_labels")),
        )


def _minted(writer: Writer, line: Line, notes: Notes, graphs: Graphs, path: str) -> None:
    """The note of a minted thing, and the tombstone of a withdrawn one."""
    writer.add(SKOS.editorialNote, *notes.literals(line["note"]))
    if line["status"] == "withdrawn":
        writer.add(graphs.names.zc.withdrawn, Literal("true", datatype=XSD.boolean))
        if line["replaced_by"]:
            writer.add(DCTERMS.isReplacedBy, graphs.names.id(path, line["replaced_by"]))


def _writers(
    registers: Registers,
    register: str,
    notes: Notes,
    graphs: Graphs,
    graph: str,
    path: str,
    type_: URIRef,
) -> Iterator[tuple[Writer, Line]]:
    for key, line in registers[register].items():
        writer = Writer(graphs.graph("register", graph), graphs.names.id(path, key))
        writer.type(type_)
        _labelled(writer, line)
        if "status" in line.cells:
            _minted(writer, line, notes, graphs, path)
        yield writer, line


def _emit_regions(registers: Registers, notes: Notes, graphs: Graphs) -> None:
    names = graphs.names
    for writer, line in _writers(
        registers, "regions", notes, graphs, "regions", "region", names.zc.Region
    ):
        # A code of GB/T 2260 as a typed notation, so that it never meets a code of another list.
        writer.add(SKOS.notation, Literal(line["code"], datatype=names.zc["GBT2260"]))
        for container in line.values("contained_in"):
            writer.add(SCHEMA.containedInPlace, names.id("region", container))


def _emit_organisations(registers: Registers, notes: Notes, graphs: Graphs) -> None:
    names = graphs.names
    for writer, line in _writers(
        registers, "issuers", notes, graphs, "issuers", "issuer", names.zc.Issuer
    ):
        writer.add(SKOS.notation, *(Literal(value) for value in line.values("abbreviation")))
        writer.add(names.zc.country, *(Literal(value) for value in line.values("country")))
        for text, language in split_labels(line, "former_labels"):
            former = Literal(text, lang=language)
            writer.add(names.zc.formerName, former)
            writer.add(SKOS.altLabel, former)
        for parent in line.values("parent"):
            writer.add(ORG.subOrganizationOf, names.id("issuer", parent))
        for linked in line.values("linked"):
            writer.add(ORG.linkedTo, names.id("issuer", linked))
    for writer, line in _writers(
        registers, "authorities", notes, graphs, "issuers", "authority", names.zc.Authority
    ):
        for region in line.values("region"):
            writer.add(DCTERMS.spatial, names.id("region", region))


def _emit_certificates(registers: Registers, notes: Notes, graphs: Graphs) -> None:
    names = graphs.names
    for register, path, type_ in (
        ("certificates", "certificate", names.zc.Certificate),
        ("families", "family", names.zc.CertificateFamily),
    ):
        for writer, line in _writers(
            registers, register, notes, graphs, "certificates", path, type_
        ):
            writer.add(SKOS.notation, *(Literal(value) for value in line.values("notation")))
            for issuer in line.values("issuers"):
                writer.add(names.zc.issuedBy, names.id("issuer", issuer))
            if register == "certificates":
                writer.add(names.zc.certificateKind, names.zc[line["kind"]])
                for grade in line.values("grade"):
                    writer.add(names.zc.grade, names.id("grade", grade))


def _emit_grades(registers: Registers, notes: Notes, graphs: Graphs) -> None:
    names = graphs.names
    for writer, line in _writers(
        registers, "grade-schemes", notes, graphs, "grades", "grade-scheme", names.zc.GradeScheme
    ):
        for issuer in line.values("issuers"):
            writer.add(names.zc.issuedBy, names.id("issuer", issuer))
    for writer, line in _writers(
        registers, "grades", notes, graphs, "grades", "grade", names.zc.Grade
    ):
        writer.add(SKOS.inScheme, names.id("grade-scheme", line["scheme"]))
        writer.add(names.zc.gradeRank, integer(int(line["rank"])))
        writer.add(SKOS.notation, *(Literal(value) for value in line.values("notation")))


def _emit_titles(registers: Registers, notes: Notes, graphs: Graphs) -> None:
    names = graphs.names
    zc = names.zc
    for writer, line in _writers(
        registers, "title-series", notes, graphs, "titles", "title-series", zc.TitleSeries
    ):
        writer.add(SKOS.notation, Literal(line["code"]))
        writer.add(SKOS.inScheme, names.id("title-series"))
    for writer, line in _writers(
        registers, "title-levels", notes, graphs, "titles", "title-level", zc.TitleLevel
    ):
        writer.add(SKOS.inScheme, names.id("title-level"))
        if line["rank"]:
            writer.add(zc.levelRank, integer(int(line["rank"])))
        if line["gbt8561"]:
            writer.add(zc.gbt8561Digit, integer(int(line["gbt8561"])))
        for broader in line.values("broader"):
            writer.add(SKOS.broader, names.id("title-level", broader))
    for writer, line in _writers(registers, "titles", notes, graphs, "titles", "title", zc.Title):
        writer.add(zc.inSeries, names.id("title-series", line["series"]))
        writer.add(zc.atLevel, names.id("title-level", line["level"]))
    for writer, _ in _writers(registers, "degrees", notes, graphs, "titles", "degree", zc.Degree):
        writer.add(SKOS.inScheme, names.id("degree"))
    for writer, line in _writers(
        registers,
        "qualifications",
        notes,
        graphs,
        "titles",
        "qualification",
        zc.ChineseQualification,
    ):
        writer.add(zc.qualificationBody, zh(line["issued_by"]))


def _emit_specialties(registers: Registers, notes: Notes, graphs: Graphs) -> None:
    names = graphs.names
    for writer, line in _writers(
        registers, "specialties", notes, graphs, "specialties", "specialty", names.zc.Specialty
    ):
        scheme = line["id"].partition("/")[0]
        writer.add(SKOS.inScheme, names.id("specialty", scheme))
        for broad in line.values("broad_match"):
            writer.add(SKOS.broadMatch, names.id("specialty", broad))
    schemes = sorted({key.partition("/")[0] for key in registers["specialties"]})
    for scheme in schemes:
        if scheme == "common":
            continue  # described in ontology/schemes.ttl
        writer = Writer(graphs.graph("register", "specialties"), names.id("specialty", scheme))
        writer.type(SKOS.ConceptScheme)
        region = registers["regions"].get(scheme.partition("-")[0])
        zh_name = region["label_zh"] if region else scheme
        en_name = region["label_en"] if region else scheme
        writer.add(
            SKOS.prefLabel,
            zh(f"{zh_name}目录（{scheme}）所列专业与领域"),
            en(f"Specialties and fields printed in directory {scheme} ({en_name})"),
        )
