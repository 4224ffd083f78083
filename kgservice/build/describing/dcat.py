"""DCAT 3: the catalogue with its datasets, series, dumps and service (https://www.w3.org/TR/vocab-dcat-3/)."""

from __future__ import annotations

import datetime

from rdflib import Literal, URIRef

from kgservice.build.describing.addresses import Addresses
from kgservice.build.describing.dumps import Dump
from kgservice.build.describing.source import Source
from kgservice.build.facts import EditionFacts, Text
from kgservice.build.graphs import Graphs, Writer, date, en, zh
from kgservice.build.names import DCAT, DCTERMS, FOAF, SPDX, XSD

_IANA = "https://www.iana.org/assignments/media-types/"
_LANGUAGES = "http://publications.europa.eu/resource/authority/language/"
CHINESE, ENGLISH = URIRef(f"{_LANGUAGES}ZHO"), URIRef(f"{_LANGUAGES}ENG")


def emit_catalog(source: Source, at: Addresses, graphs: Graphs) -> None:
    """Writes catalogue, datasets, distributions and data service into ``description/catalog``.

    There is no ``dcterms:issued`` of the release: its only date would be the clock of the machine that built it.
    """
    graph = graphs.graph("description", "catalog")
    facts = source.catalog
    publisher = Writer(graph, at.publisher)
    publisher.type(FOAF.Agent)
    publisher.texts(FOAF.name, facts.publisher.name)
    if facts.publisher.homepage is not None:
        publisher.add(FOAF.homepage, URIRef(facts.publisher.homepage))

    catalog = Writer(graph, at.catalog)
    catalog.type(DCAT.Catalog)
    _emit_title(catalog, facts.title, facts.description)
    _emit_rights(catalog, source, at)
    catalog.add(DCTERMS.language, CHINESE, ENGLISH)
    catalog.add(FOAF.homepage, at.start)
    catalog.add(DCAT.service, at.service)
    catalog.add(DCAT.dataset, at.dataset)

    _emit_whole(source, at, Writer(graph, at.dataset))
    for iri in source.each:
        part = Writer(graph, at.dataset_of(iri))
        part.type(DCAT.Dataset)
        part.texts(DCTERMS.title, source.title_of(iri))
        part.add(DCTERMS.isPartOf, at.dataset)
        _emit_distribution(part, at.distribution(iri), source.dump_of(iri), source, at)
        for sheet in source.sheets:
            if sheet.graph == iri:
                _emit_distribution(part, at.sheet(iri), sheet, source, at)
    directories: dict[str, list[EditionFacts]] = {}
    for _, edition in source.assembly.editions:
        directories.setdefault(edition.facts.directory, []).append(edition.facts)
        _emit_edition(edition.facts, len(edition.rows), catalog, source)
    for key, editions in directories.items():
        _emit_series(key, editions, catalog, source)
    _emit_service(source, at, Writer(graph, at.service))


def _emit_title(node: Writer, title: Text, description: Text) -> None:
    node.texts(DCTERMS.title, title)
    node.texts(DCTERMS.description, description)


def _emit_rights(node: Writer, source: Source, at: Addresses) -> None:
    node.add(DCTERMS.publisher, at.publisher)
    node.add(DCTERMS.license, source.licence)


def _emit_whole(source: Source, at: Addresses, whole: Writer) -> None:
    facts = source.catalog
    whole.type(DCAT.Dataset)
    _emit_title(whole, facts.title, facts.description)
    _emit_rights(whole, source, at)
    whole.add(DCTERMS.identifier, Literal(str(at.dataset)))
    whole.add(DCAT.version, Literal(at.release))
    whole.add(DCTERMS.language, CHINESE, ENGLISH)
    whole.add(DCAT.keyword, *map(zh, facts.keywords.zh), *map(en, facts.keywords.en))
    whole.add(DCAT.landingPage, at.start)
    whole.add(DCTERMS.conformsTo, URIRef(source.names.zc))
    editions = [edition.facts for _, edition in source.assembly.editions]
    whole.add(DCTERMS.spatial, *(source.names.id("region", edition.region) for edition in editions))
    starts = [edition.in_force_from for edition in editions if edition.in_force_from]
    _emit_period(whole, "all", min(starts, default=None), None, source)
    _emit_distribution(whole, at.distribution(None), source.dump_of(None), source, at)


def _emit_edition(facts: EditionFacts, rows: int, catalog: Writer, source: Source) -> None:
    names, document = source.names, facts.document
    node = Writer(catalog.graph, names.id("edition", facts.key))
    catalog.add(DCAT.dataset, node.subject)
    number = document.number or ""
    description = Text(
        zh=f"{rows} 行，逐行转录自《{document.label.zh}》{number}。",
        en=" ".join(
            f"{rows} rows, transcribed row by row from: {document.label.en} {number}".split()
        ),
    )
    node.texts(DCTERMS.description, description)
    node.add(DCTERMS.publisher, *(names.id("authority", key) for key in document.passed_by))
    node.add(DCTERMS.source, names.id("document", document.code))
    node.add(DCTERMS.issued, date(document.date))
    node.add(DCAT.inSeries, names.id("directory", facts.directory))
    node.add(DCAT.version, Literal(facts.edition))
    node.add(DCTERMS.language, CHINESE)
    node.add(DCTERMS.spatial, names.id("region", facts.region))
    _emit_period(node, facts.key, facts.in_force_from, facts.in_force_until, source)


def _emit_series(key: str, editions: list[EditionFacts], catalog: Writer, source: Source) -> None:
    names = source.names
    node = Writer(catalog.graph, names.id("directory", key))
    catalog.add(DCAT.dataset, node.subject)
    node.type(DCAT.Dataset, DCAT.DatasetSeries)
    last = editions[-1]
    counted = Text(zh=f"{len(editions)} 个版本。", en=f"{len(editions)} editions.")
    _emit_title(node, last.directory_label, last.scope or counted)
    node.add(DCTERMS.spatial, names.id("region", last.region))
    passed_by = {key for edition in editions for key in edition.document.passed_by}
    node.add(DCTERMS.publisher, *(names.id("authority", key) for key in sorted(passed_by)))


def _emit_period(
    node: Writer,
    key: str,
    start: datetime.date | None,
    end: datetime.date | None,
    source: Source,
) -> None:
    if start is None and end is None:
        return
    period = Writer(node.graph, source.names.id("period", key))
    node.add(DCTERMS.temporal, period.subject)
    period.type(DCTERMS.PeriodOfTime)
    period.add(DCAT.startDate, date(start))
    period.add(DCAT.endDate, date(end))


def _emit_distribution(
    dataset: Writer, iri: URIRef, dump: Dump, source: Source, at: Addresses
) -> None:
    node = Writer(dataset.graph, iri)
    dataset.add(DCAT.distribution, node.subject)
    node.type(DCAT.Distribution)
    title = source.catalog.title if dump.graph is None else source.title_of(dump.graph)
    node.texts(DCTERMS.title, title)
    node.add(DCTERMS.license, source.licence)
    node.add(DCAT.accessURL, at.file(dump.file))
    node.add(DCAT.downloadURL, at.file(dump.file))
    node.add(DCAT.accessService, at.service)
    node.add(DCAT.mediaType, URIRef(_IANA + dump.media_type))
    if dump.compressed:
        node.add(DCAT.compressFormat, URIRef(f"{_IANA}application/gzip"))
    else:
        node.add(DCTERMS.conformsTo, dump.format)
    node.add(DCAT.byteSize, Literal(str(len(dump.data)), datatype=XSD.nonNegativeInteger))
    checksum = Writer(dataset.graph, URIRef(f"{node.subject}/checksum"))
    node.add(SPDX.checksum, checksum.subject)
    checksum.type(SPDX.Checksum)
    checksum.add(SPDX.algorithm, SPDX.checksumAlgorithm_sha256)
    checksum.add(SPDX.checksumValue, Literal(dump.sha256, datatype=XSD.hexBinary, normalize=False))


def _emit_service(source: Source, at: Addresses, service: Writer) -> None:
    facts = source.catalog
    service.type(DCAT.DataService)
    _emit_title(
        service,
        Text(zh=f"{facts.title.zh}：SPARQL 查询服务", en=f"{facts.title.en}: SPARQL endpoint"),
        Text(
            zh="只读的 SPARQL 1.1 查询服务；默认图为全部命名图的并集。",
            en="A read-only SPARQL 1.1 query service; its default graph is the union of all named graphs.",
        ),
    )
    _emit_rights(service, source, at)
    service.add(DCTERMS.conformsTo, URIRef("https://www.w3.org/TR/sparql11-protocol/"))
    service.add(DCAT.endpointURL, at.endpoint)
    service.add(DCAT.endpointDescription, at.endpoint)
    service.add(DCAT.servesDataset, at.dataset)
