"""The ontology holds the fixed names of the model, each once, and says nothing that it should not."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, BNode, Graph, Literal, URIRef
from rdflib.namespace import SH

ROOT = Path(__file__).resolve().parents[1]
ONTOLOGY = ROOT / "ontology"
NS = "https://w3id.org/zhicheng/ns/"
FILES = ("prefixes", "zhicheng", "values", "schemes", "alignments")

# Section 2: class → what it is a subclass of.
CLASSES = {
    "Issuer": ["org:FormalOrganization"],
    "Authority": ["org:FormalOrganization"],
    "Certificate": ["ceterms:Credential", "schema:EducationalOccupationalCredential"],
    "CertificateFamily": [],
    "GradeScheme": ["skos:ConceptScheme"],
    "Grade": ["skos:Concept"],
    "Region": ["dcterms:Location", "schema:AdministrativeArea"],
    "TitleSeries": ["skos:Concept"],
    "TitleLevel": ["skos:Concept"],
    "Title": ["skos:Concept"],
    "Specialty": ["skos:Concept"],
    "ChineseQualification": ["schema:EducationalOccupationalCredential"],
    "PolicyDocument": ["eli:LegalResource"],
    "Directory": ["dcat:DatasetSeries"],
    "Edition": ["dcat:Dataset"],
    "DirectoryEntry": ["prov:Entity"],
    "Recognition": ["prov:Entity"],
    "EligibilityRule": ["cccev:Criterion"],
    "Alternative": ["ceterms:ConditionProfile"],
    "BenefitTier": [],
    "Benefit": [],
    "Exemption": [],
    "Match": ["owl:Axiom"],
    "Divergence": [],
    "Section": [],
    "GradeOutcome": [],
    "HolderCondition": [],
    "Condition": [],
    "ProcedureStep": [],
    "Degree": ["skos:Concept"],
    "Reading": ["prov:Activity"],
}

OBJECT_PROPERTIES = """inEdition hasSection documentedBy mandateLevel procedureStep eligibilityRule statedIn jurisdiction
    recognizedBy recognizes listedAs confersTitleLevel confersTitle levelMode gradeOutcome ofGrade ofCertificate
    specialty field effect requiresRule holderCondition yearsOf givesTier issuedBy certificateKind grade inSeries
    atLevel appliesToStep alternative forTitleLevel degree condition forSeries tierOf grantsBenefit includesTier
    benefitKind waives forHolder force from towards exemptionKind countMode listsCertificate listsIssuer
    sameCertificate succeeds broaderCertificate gradeAbove sameRegisterGrade sameOutcome mutuallyRecognized covers
    between divergenceKind aboutCertificate"""

DATATYPE_PROPERTIES = """scope inForceFrom inForceUntil startPrinted complete printedTotal stepNumber requiredPaper
    basicRequirement sanction amendment provision order section seq printedName printedOriginalName printedIssuer
    printedOriginalIssuer printedIssuerAbbreviation printedTitle printedLevel printedGrade printedSpecialty
    printedCountry printedCondition readingNote certain gradeOpenUpward openFamily outcomeStated minYears workField
    nextLevelRequires practiceRequires remark gradeRank country formerName qualificationBody withdrawn levelRank
    gbt8561Digit noneStated externalStandard discipline overseasLink maxDuration maxAge requires count remaining
    remainingSubject earnedBefore earnedAfter"""

# Section 11.
VALUES = {
    "YearsOf": "RelevantWork HoldingCertificate WorkInRegion",
    "Step": "Application Assessment",
    "Effect": "RecognitionOnRecord RecognitionByComparison Correspondence DirectAssessment BenefitOnly "
    "CountsForNextLevel OverseasExperienceCounts NoNewPaper ElectronicCertificate",
    "CertificateKind": "Licence CharteredRegistration MembershipGrade ExaminationCertificate VendorCertificate "
    "VocationalQualification RosterEntry",
    "ExemptionKind": "CourseExemption ExaminationExemption DirectApplication EntryRequirementMet",
    "CountMode": "Exactly AtMost",
    "BenefitKind": "Visa ResidencePermit WorkPermitClass Points TalentResidencePermit PermanentResidence "
    "TalentIntroduction ExperienceCounts Entrepreneurship OtherSupport",
    "Force": "Right May Encouraged",
    "HolderKind": "ForeignNational HongKongMacaoTaiwan NoLocalHousehold",
    "Limit": "EducationLimit AgeLimit ExperienceLimit",
    "DivergenceKind": "LevelDivergence CeilingDivergence BenefitOnlyDivergence SpecialtyDivergence "
    "ExemptionDivergence IssuerDivergence",
    "LevelMode": "ExactLevel CeilingLevel",
    "ListingKind": "ListedCertificate ListedFamily",
}


@cache
def ontology(name: str | None = None) -> Graph:
    graph = Graph()
    for file in FILES if name is None else (name,):
        graph.parse(ONTOLOGY / f"{file}.ttl")
    return graph


@cache
def prefixes() -> dict[str, str]:
    graph = ontology("prefixes")
    return {
        str(prefix): str(graph.value(declaration, SH.namespace))
        for declaration, prefix in graph.subject_objects(SH.prefix)
    }


def expand(curie: str) -> URIRef:
    prefix, _, local = curie.partition(":")
    return URIRef(prefixes()[prefix] + local)


def ours(kind: URIRef) -> set[str]:
    return {str(s).removeprefix(NS) for s in ontology().subjects(RDF.type, kind)}


def test_files_are_the_five_of_the_layout() -> None:
    assert sorted(path.stem for path in ONTOLOGY.glob("*")) == sorted(FILES)


def test_there_is_no_blank_node() -> None:
    assert not [t for t in ontology() if any(isinstance(node, BNode) for node in t)]


def test_every_prefix_is_declared_once() -> None:
    declared = [str(prefix) for prefix in ontology("prefixes").objects(None, SH.prefix)]
    assert sorted(declared) == sorted(set(declared))
    assert set(ontology().objects(URIRef(NS), SH.declare)) == set(
        ontology().subjects(RDF.type, SH.PrefixDeclaration)
    )
    namespaces = list(prefixes().values())
    assert sorted(namespaces) == sorted(set(namespaces))


@pytest.mark.parametrize(
    "path",
    sorted(
        p
        for folder in ("ontology", "shapes")
        for suffix in ("ttl", "rq")
        for p in (ROOT / folder).glob(f"**/*.{suffix}")
        if "examples" not in p.parts or p.name == "_common.ttl"
    ),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_every_file_uses_the_declared_prefixes(path: Path) -> None:
    """One prefix, one namespace, in all files. The two of never-infer rule 13 name what must not occur."""
    foreign = {"foaf": "http://xmlns.com/foaf/0.1/", "vcard": "http://www.w3.org/2006/vcard/ns#"}
    text = path.read_text(encoding="utf-8")
    for prefix, namespace in re.findall(r"(?:@prefix|PREFIX)\s+(\w+):\s*<([^>]+)>", text):
        assert {**foreign, **prefixes()}[prefix] == namespace


def test_classes_are_those_of_the_model_and_of_its_values() -> None:
    assert ours(OWL.Class) == set(CLASSES) | set(VALUES)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_class_reuses_what_the_model_says(name: str) -> None:
    found = set(ontology().objects(URIRef(NS + name), RDFS.subClassOf))
    assert found == {expand(curie) for curie in CLASSES[name]}


def test_properties_are_those_of_the_model() -> None:
    assert ours(OWL.ObjectProperty) == set(OBJECT_PROPERTIES.split())
    assert ours(OWL.DatatypeProperty) == set(DATATYPE_PROPERTIES.split())


@pytest.mark.parametrize("name", sorted(VALUES))
def test_values_are_those_of_the_model(name: str) -> None:
    graph = ontology("values")
    found = set(graph.subjects(RDF.type, URIRef(NS + name)))
    assert found == {URIRef(NS + value) for value in VALUES[name].split()}
    for value in found:
        assert (value, RDF.type, SKOS.Concept) in graph
        assert (value, SKOS.inScheme, URIRef(f"{NS}scheme/{name}")) in graph


def test_a_name_is_a_class_a_property_or_a_value_and_only_one_of_them() -> None:
    names = [*CLASSES, *VALUES, *OBJECT_PROPERTIES.split(), *DATATYPE_PROPERTIES.split()]
    names += [value for values in VALUES.values() for value in values.split()]
    assert sorted(names) == sorted(set(names))


def test_class_names_begin_with_a_capital_and_property_names_do_not() -> None:
    assert all(name[0].isupper() for name in (*CLASSES, *VALUES))
    assert all(
        name[0].islower() for name in (*OBJECT_PROPERTIES.split(), *DATATYPE_PROPERTIES.split())
    )


def test_domains_and_ranges_are_declared_or_external() -> None:
    graph = ontology()
    schema = prefixes()["schema"]
    predicates = (
        RDFS.domain,
        RDFS.range,
        *(URIRef(schema + n) for n in ("domainIncludes", "rangeIncludes")),
    )
    known = set(graph.subjects(RDF.type, OWL.Class)) | set(graph.subjects(RDF.type, RDFS.Datatype))
    for predicate in predicates:
        for class_ in graph.objects(None, predicate):
            assert class_ in known or not str(class_).startswith(NS)


def test_an_object_property_never_ranges_over_literals() -> None:
    graph = ontology()
    xsd, rdf = prefixes()["xsd"], prefixes()["rdf"]
    for kind, literal in ((OWL.ObjectProperty, False), (OWL.DatatypeProperty, True)):
        for term in graph.subjects(RDF.type, kind):
            for range_ in graph.objects(term, RDFS.range):
                assert str(range_).startswith((xsd, rdf)) is literal


def test_no_version_is_typed_by_hand() -> None:
    assert not list(ontology().objects(URIRef(NS), OWL.versionInfo))
    assert not list(ontology().objects(URIRef(NS), OWL.versionIRI))


def test_alignments_map_our_terms_outwards_and_claim_no_identity() -> None:
    graph = ontology("alignments")
    declared = set(ontology("zhicheng").subjects()) | set(ontology("values").subjects())
    allowed = {SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch}
    assert len(graph) > 0
    for subject, predicate, target in graph:
        assert subject in declared
        assert predicate in allowed
        assert isinstance(target, URIRef)
        assert not str(target).startswith(NS)
        assert str(target).startswith(tuple(prefixes().values()))


def test_texts_are_chinese_or_english() -> None:
    for _, _, text in ontology():
        if isinstance(text, Literal) and text.language is not None:
            assert text.language in ("zh", "en")
            has_han = re.search(r"[\u4e00-\u9fff]", str(text)) is not None
            assert has_han or text.language == "en", str(text)


def test_external_terms_are_never_declared() -> None:
    for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, RDFS.Datatype):
        for term in ontology().subjects(RDF.type, kind):
            assert str(term).startswith(NS)
