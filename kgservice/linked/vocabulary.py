"""What properties and classes are called: ours as the ontology says, those of others by a short list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kgservice.engine.interface import Engine
from kgservice.linked.terms import RDFS, SKOS, select
from kgservice.terms import Names

# Prefixed name → Chinese, English. Only what stands in descriptions; the vocabularies speak no Chinese themselves.
OTHERS: Mapping[str, tuple[str, str]] = {
    "rdf:type": ("类型", "type"),
    "rdfs:label": ("名称", "label"),
    "rdfs:comment": ("说明", "comment"),
    "rdfs:seeAlso": ("参见", "see also"),
    "rdfs:isDefinedBy": ("定义于", "defined by"),
    "rdfs:subClassOf": ("上位类", "subclass of"),
    "rdfs:subPropertyOf": ("上位属性", "subproperty of"),
    "rdfs:domain": ("主体类", "domain"),
    "rdfs:range": ("取值类", "range"),
    "rdfs:Datatype": ("数据类型", "datatype"),
    "owl:Class": ("类", "class"),
    "owl:ObjectProperty": ("对象属性", "object property"),
    "owl:DatatypeProperty": ("数据属性", "datatype property"),
    "owl:SymmetricProperty": ("对称属性", "symmetric property"),
    "owl:TransitiveProperty": ("传递属性", "transitive property"),
    "owl:Ontology": ("本体", "ontology"),
    "owl:Axiom": ("公理", "axiom"),
    "owl:annotatedSource": ("映射主体", "subject of the mapping"),
    "owl:annotatedProperty": ("映射关系", "relation of the mapping"),
    "owl:annotatedTarget": ("映射客体", "object of the mapping"),
    "skos:prefLabel": ("名称", "name"),
    "skos:altLabel": ("别名", "other name"),
    "skos:notation": ("代码", "code"),
    "skos:definition": ("定义", "definition"),
    "skos:scopeNote": ("适用说明", "scope note"),
    "skos:editorialNote": ("编者注", "editorial note"),
    "skos:example": ("示例", "example"),
    "skos:broader": ("上位", "broader"),
    "skos:broadMatch": ("对应的上位概念", "broader match"),
    "skos:exactMatch": ("同一事物", "exact match"),
    "skos:narrowMatch": ("对应的下位概念", "narrower match"),
    "skos:closeMatch": ("近似对应", "close match"),
    "skos:relatedMatch": ("相关对应", "related match"),
    "skos:inScheme": ("所属体系", "in scheme"),
    "skos:Concept": ("概念", "concept"),
    "skos:ConceptScheme": ("概念体系", "concept scheme"),
    "dcterms:title": ("标题", "title"),
    "dcterms:description": ("说明", "description"),
    "dcterms:identifier": ("标识", "identifier"),
    "dcterms:issued": ("发布日期", "issued"),
    "dcterms:language": ("语言", "language"),
    "dcterms:conformsTo": ("遵循的规范", "conforms to"),
    "dcterms:license": ("许可协议", "licence"),
    "dcterms:spatial": ("地区", "region"),
    "dcterms:temporal": ("时期", "period"),
    "dcterms:publisher": ("发布者", "publisher"),
    "dcterms:source": ("来源", "source"),
    "dcterms:replaces": ("取代", "replaces"),
    "dcterms:isReplacedBy": ("被取代为", "replaced by"),
    "dcterms:isPartOf": ("属于", "part of"),
    "dcterms:hasPart": ("包含", "has part"),
    "dcat:Dataset": ("数据集", "dataset"),
    "dcat:DatasetSeries": ("数据集系列", "dataset series"),
    "dcat:Catalog": ("目录", "catalogue"),
    "dcat:Distribution": ("数据文件", "distribution"),
    "dcat:dataset": ("数据集", "dataset"),
    "dcat:distribution": ("数据文件", "distribution"),
    "dcat:accessURL": ("访问地址", "access address"),
    "dcat:downloadURL": ("下载地址", "download address"),
    "dcat:accessService": ("查询服务", "access service"),
    "dcat:mediaType": ("媒体类型", "media type"),
    "dcat:compressFormat": ("压缩格式", "compression"),
    "dcat:byteSize": ("字节数", "bytes"),
    "dcat:keyword": ("关键词", "keyword"),
    "dcat:landingPage": ("主页", "landing page"),
    "dcat:startDate": ("开始日期", "start date"),
    "dcat:endDate": ("结束日期", "end date"),
    "dcat:inSeries": ("所属系列", "in series"),
    "dcat:version": ("版本", "version"),
    "dcat:previousVersion": ("前一版本", "previous version"),
    "prov:wasQuotedFrom": ("引自文件", "quoted from"),
    "prov:Entity": ("实体", "entity"),
    "prov:Activity": ("活动", "activity"),
    "org:FormalOrganization": ("组织", "organization"),
    "org:subOrganizationOf": ("隶属于", "part of the organization"),
    "org:linkedTo": ("关联组织", "linked organization"),
    "schema:recognizedBy": ("认可机关", "recognised by"),
    "schema:validIn": ("有效地区", "valid in"),
    "schema:containedInPlace": ("位于", "contained in"),
    "schema:domainIncludes": ("主体类（之一）", "domain includes"),
    "schema:rangeIncludes": ("取值类（之一）", "range includes"),
    "schema:target": ("在何处执行", "where it is run"),
    "schema:EducationalOccupationalCredential": ("资格证书", "credential"),
    "schema:AdministrativeArea": ("行政区", "administrative area"),
    "ceterms:recognizedIn": ("获认可地区", "recognised in"),
    "sssom:mapping_justification": ("映射依据", "justification"),
    "sssom:confidence": ("可信度", "confidence"),
    "sssom:author_id": ("作者", "author"),
    "sssom:reviewer_id": ("审核者", "reviewer"),
    "sssom:predicate_modifier": ("否定", "modifier"),
    "eli:passed_by": ("发布机关", "passed by"),
    "eli:based_on": ("依据", "based on"),
    "eli:repeals": ("废止", "repeals"),
    "foaf:name": ("名称", "name"),
    "foaf:homepage": ("主页", "home page"),
    "sd:Graph": ("命名图", "named graph"),
    "void:triples": ("三元组数", "triples"),
    "void:subset": ("子集", "subset"),
    "void:entities": ("事物数", "entities"),
    "void:classes": ("类数", "classes"),
    "void:properties": ("属性数", "properties"),
    "void:distinctSubjects": ("不同主体数", "distinct subjects"),
    "void:distinctObjects": ("不同客体数", "distinct objects"),
    "void:classPartition": ("按类划分", "class partition"),
    "void:propertyPartition": ("按属性划分", "property partition"),
    "void:subjectsTarget": ("主体所在数据集", "data set of the subjects"),
    "void:objectsTarget": ("客体所在数据集", "data set of the objects"),
    "void:vocabulary": ("所用词汇表", "vocabulary"),
    "void:dataDump": ("转储文件", "data dump"),
    "void:feature": ("可用格式", "feature"),
    "void:sparqlEndpoint": ("SPARQL 服务", "SPARQL endpoint"),
    "void:uriSpace": ("IRI 开头", "IRI space"),
    "void:class": ("统计的类", "class counted"),
    "void:property": ("统计的属性", "property counted"),
    "void:exampleResource": ("示例", "example of"),
    "void:rootResource": ("起点", "root resource"),
    "sd:graph": ("图", "graph"),
    "sd:namedGraph": ("命名图", "named graph"),
    "sd:name": ("图名", "name of the graph"),
    "void:Dataset": ("数据集", "dataset"),
    "void:DatasetDescription": ("数据集说明", "description of a dataset"),
    "void:Linkset": ("链接集", "linkset"),
    "void:linkPredicate": ("链接属性", "link predicate"),
    "sd:Dataset": ("RDF 数据集", "RDF dataset"),
    "sd:NamedGraph": ("命名图", "named graph"),
    "sd:Service": ("查询服务", "query service"),
    "dcat:DataService": ("数据服务", "data service"),
    "sh:NodeShape": ("节点约束", "node shape"),
    "sh:PropertyShape": ("属性约束", "property shape"),
    "sh:SPARQLConstraint": ("SPARQL 约束", "SPARQL constraint"),
    "sh:targetClass": ("所检查的类", "class that it checks"),
    "sh:targetSubjectsOf": ("检查有此属性的主体", "checks subjects of"),
    "sh:targetObjectsOf": ("检查此属性的客体", "checks objects of"),
    "sh:path": ("属性路径", "path"),
    "sh:message": ("提示", "message"),
    "sh:severity": ("严重程度", "severity"),
    "sh:Violation": ("违反", "violation"),
    "sh:Warning": ("警告", "warning"),
    "sh:maxCount": ("最多几个值", "at most"),
    "sh:datatype": ("数据类型", "datatype"),
    "sh:nodeKind": ("节点种类", "kind of node"),
    "sh:IRI": ("IRI", "IRI"),
    "sh:parameter": ("参数", "parameter"),
    "sh:name": ("名称", "name"),
    "sh:optional": ("可省略", "optional"),
    "sh:prefixes": ("前缀见于", "prefixes from"),
    "sh:select": ("查询", "query"),
    "sh:declare": ("前缀声明", "declares the prefix"),
    "sh:prefix": ("前缀", "prefix"),
    "sh:namespace": ("命名空间", "namespace"),
    "sh:PrefixDeclaration": ("前缀声明", "prefix declaration"),
    "sh:SPARQLExecutable": ("可执行的查询", "executable query"),
    "sh:SPARQLSelectExecutable": ("SELECT 查询", "SELECT query"),
    "sh:Parameter": ("参数", "parameter"),
    "vann:preferredNamespaceUri": ("命名空间", "namespace"),
    "vann:preferredNamespacePrefix": ("前缀", "prefix"),
    "eli:id_local": ("文号", "document number"),
    "eli:date_document": ("发文日期", "date of the document"),
    "eli:first_date_entry_in_force": ("生效日期", "in force from"),
    "eli:LegalResource": ("法规文件", "legal resource"),
    "cccev:Criterion": ("准则", "criterion"),
    "ceterms:Credential": ("资格证书", "credential"),
    "ceterms:ConditionProfile": ("条件", "condition profile"),
    "dcterms:Location": ("地点", "location"),
    "dcterms:PeriodOfTime": ("时期", "period of time"),
    "foaf:Agent": ("主体", "agent"),
    "spdx:checksum": ("校验和", "checksum"),
    "spdx:algorithm": ("算法", "algorithm"),
    "spdx:checksumValue": ("校验值", "checksum value"),
    "spdx:Checksum": ("校验和", "checksum"),
    "rdf:Property": ("属性", "property"),
}
# What the other end of these is called.
INVERSE: Mapping[str, Mapping[str, str]] = {
    "rdf:type": {"zh": "实例", "en": "instances"},
    "rdfs:domain": {"zh": "以它为主体类的属性", "en": "properties with this domain"},
    "rdfs:range": {"zh": "以它为取值类的属性", "en": "properties with this range"},
    "schema:domainIncludes": {"zh": "可用于它的属性", "en": "properties that it may have"},
    "schema:rangeIncludes": {"zh": "可取它为值的属性", "en": "properties that may lead to it"},
    "rdfs:subClassOf": {"zh": "下位类", "en": "subclasses"},
    "rdfs:subPropertyOf": {"zh": "下位属性", "en": "subproperties"},
    "rdfs:isDefinedBy": {"zh": "所定义的术语", "en": "terms that it defines"},
    "skos:inScheme": {"zh": "体系中的概念", "en": "concepts in it"},
    "skos:broader": {"zh": "下位", "en": "narrower"},
    "sh:targetClass": {"zh": "检查它的约束", "en": "shapes that check it"},
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names of terms: IRI → language → text."""

    names: Names
    ours: Mapping[str, Mapping[str, str]]

    def shorten(self, iri: str) -> str:
        """``zc:Recognition``; our things as their path, other IRIs whole."""
        for realm in ("/id/", "/graph/"):
            if iri.startswith(self.names.base + realm):
                return iri.removeprefix(self.names.base).removeprefix("/id/").removeprefix("/")
        found = [
            (prefix, start)
            for prefix, start in self.names.prefixes.items()
            if iri.startswith(start) and "/" not in iri[len(start) :] and iri != start
        ]
        if not found:
            return iri
        prefix, start = max(found, key=lambda one: len(one[1]))
        return f"{prefix}:{iri[len(start) :]}"

    def label(self, iri: str) -> Mapping[str, str]:
        """Its name in Chinese and English; its short form where it has none."""
        if iri in self.ours:
            return self.ours[iri]
        short = self.shorten(iri)
        zh, en = OTHERS.get(short, (short, short))
        return {"zh": zh, "en": en}


async def read_vocabulary(engine: Engine, names: Names) -> Vocabulary:
    """The terms that the ontology of the release declares."""
    graph = f"{names.base}/graph/ontology"
    rows = await select(
        engine,
        f"SELECT ?t ?l {{ {{ GRAPH <{graph}> {{ ?t <{RDFS}label> ?l }} }} UNION"
        f" {{ GRAPH <{graph}> {{ ?t <{SKOS}prefLabel> ?l }} }} }} LIMIT 5000",
    )
    ours: dict[str, dict[str, str]] = {}
    for row in rows:
        ours.setdefault(row["t"].value, {})[row["l"].language] = row["l"].value
    return Vocabulary(names, {term: _both(texts) for term, texts in ours.items()})


def _both(texts: Mapping[str, str]) -> Mapping[str, str]:
    """A name that is there in one language only is shown in that one; the page says which it is."""
    spoken = {language: texts[language] for language in ("zh", "en") if language in texts}
    return spoken or dict.fromkeys(("zh", "en"), next(iter(texts.values())))
