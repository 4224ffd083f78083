"""What the clients ask, and what is true: the same questions for all of them.

The facts are those of the printed directories (rows 44, 91 and 9), not read from the service.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
BASE = "https://w3id.org/zhicheng"
XSD = "http://www.w3.org/2001/XMLSchema#"
PREF_LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
CERTIFICATE = f"{BASE}/id/certificate/c00009"
NAMES = {("美国注册冶金与材料工程师", "zh"), ("PE Metallurgical and Materials", "en")}

# Region, row and title of each recognition of the certificate.
RECOGNISED = [("无锡市", "44", "工程师"), ("浙江省", "91", "工程师"), ("重庆市", "9", "工程师")]
RECOGNITION = (ROOT / "queries" / "recognition.rq").read_text("utf-8")

SELECT = f'SELECT ?name {{ ?c <{PREF_LABEL}> ?name FILTER(?name = "美国注册冶金与材料工程师"@zh) }}'
ASK = f'ASK {{ <{CERTIFICATE}> <{PREF_LABEL}> "美国注册冶金与材料工程师"@zh }}'
ASK_FALSE = f'ASK {{ <{CERTIFICATE}> <{PREF_LABEL}> "美国注册冶金与材料工程师"@en }}'
CONSTRUCT = (
    f"CONSTRUCT {{ <https://example.org/证书/甲> <https://example.org/名称> ?name }} "
    f"{{ <{CERTIFICATE}> <{PREF_LABEL}> ?name }}"
)
DESCRIBE = f"DESCRIBE <{CERTIFICATE}>"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
NOT_SPARQL = "SELECT ?x WHERE { ?x a nowhere:Person }"  # a prefix that no client adds by itself
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"

# One row with every kind of term that a client may garble.
TERMS = f"""PREFIX xsd: <{XSD}>
SELECT ?iri ?text ?tagged ?number ?decimal ?day ?flag ?none {{
  BIND(<https://example.org/证书/甲?a=1&b=%E7%94%B2> AS ?iri)
  BIND("“引号” \\"a,b\\"\\n与 <符号> & 𠮷" AS ?text)
  BIND("職稱"@zh-hant AS ?tagged)
  BIND(40 AS ?number)
  BIND(3.5 AS ?decimal)
  BIND("2021-03-04"^^xsd:date AS ?day)
  BIND(true AS ?flag)
  OPTIONAL {{ ?none <https://example.org/a> <https://example.org/b> }}
}}"""
IRI = "https://example.org/证书/甲?a=1&b=%E7%94%B2"
TEXT = '“引号” "a,b"\n与 <符号> & 𠮷'

GRAPH = f"{BASE}/graph/register/certificates"
OTHER_GRAPH = f"{BASE}/graph/register/issuers"
GRAPHS = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"
