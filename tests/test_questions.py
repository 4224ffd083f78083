"""Named questions: what a file must be, how values become terms, and that nothing but terms comes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import BASE, EX, PREFIXES, Service

from kgservice.questions import (
    Question,
    QuestionError,
    bind,
    parse_question,
    read_questions,
    sort_rows,
)
from kgservice.sparql.check import Form
from kgservice.terms import TYPES, Names

NAMES = Names(BASE, PREFIXES)
XSD = "http://www.w3.org/2001/XMLSchema#"
TEXT = """\
#+ name: labels
#+ question: {zh: 某证书叫什么？, en: "What is a certificate called?"}
#+ form: SELECT
#+ parameters:
#+   - {name: certificate, type: iri, many: true, example: [certificate/c00001], label: {zh: 证书, en: certificate}}
#+   - name: language
#+     type: string
#+     optional: true
#+     example: zh
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
# VALUES ?certificate { <http://example.org/comment> }
SELECT ?certificate ?label ("VALUES ?certificate { 1 }" AS ?text) {
  VALUES ?certificate { <https://w3id.org/zhicheng/id/certificate/c00001> } # the example
  { SELECT * { values $language{"zh"} ?certificate rdfs:label ?label } }
  FILTER(!BOUND(?language) || LANG(?label) = ?language)
} ORDER BY ?certificate ?label
"""


def question(text: str = TEXT) -> Question:
    return parse_question(text, Path("labels.rq"))


def typed(kind: str, value: str, prefixes: Names = NAMES) -> str | None:
    return TYPES[kind][0](value, prefixes)


def test_the_header_is_read() -> None:
    found = question()
    assert (found.name, found.form) == ("labels", Form.SELECT)
    assert found.question["zh"] == "某证书叫什么？"
    certificate, language = found.parameters
    assert (certificate.many, certificate.optional) == (True, False)
    assert certificate.example == ("certificate/c00001",)
    assert (language.many, language.optional, language.example) == (False, True, ("zh",))


def test_every_block_of_a_parameter_is_replaced_and_nothing_else() -> None:
    bound = bind(question(), {"certificate": ["c:x", f"{BASE}/id/certificate/c00002"][1:]}, NAMES)
    assert f"VALUES ?certificate {{ <{BASE}/id/certificate/c00002> }} # the example" in bound
    assert "values $language{ UNDEF }" in bound
    assert '"VALUES ?certificate { 1 }"' in bound
    assert "# VALUES ?certificate { <http://example.org/comment> }" in bound
    twice = TEXT.replace("FILTER", "VALUES ?certificate {<a:b>}\n FILTER")
    bound = bind(question(twice), {"certificate": ["certificate/c00002"]}, NAMES)
    assert bound.count(f"{{ <{BASE}/id/certificate/c00002> }}") == 2
    assert "<a:b>" not in bound


def test_the_answers_follow_the_values(service: Service) -> None:
    def labels(**values: list[str]) -> list[str]:
        rows = service.rows(bind(question(), values, NAMES))
        return [row["label"] for row in rows]

    assert [row["label"] for row in service.rows(TEXT)] == ["专业工程师"]
    assert labels(certificate=["certificate/c00001"], language=["zh"]) == ["专业工程师"]
    assert labels(certificate=["zcid:certificate/c00001"], language=["en"]) == [
        "Professional Engineer"
    ]
    assert sorted(labels(certificate=["certificate/c00001"])) == [
        "Professional Engineer",
        "专业工程师",
    ]
    both = labels(certificate=["certificate/c00001", "certificate/c00002"], language=["zh"])
    assert both == ["专业工程师", "注册会计师"]
    assert labels(certificate=["certificate/nonsense"]) == []


INJECTIONS = [
    '" } ?s ?p ?o { "',
    '"@zh } #',
    "\\",
    '\\"',
    "\n} UNION { ?s ?p ?o }",
    '"""',
    "'",
    "{ } ? $ <x> # \t\r",
    "}",
    "\x00\x01\u2028\u202e\ufeff",
    "\\u0022 } \\u007D",
    "中文“引号”𠀀😀",
    "",
]


@pytest.mark.parametrize("value", INJECTIONS)
def test_a_text_comes_back_as_it_was_given(service: Service, value: str) -> None:
    text = (
        "#+ parameters:\n#+   - {name: x, type: string, example: a}\n"
        'SELECT ?x (COUNT(*) AS ?n) { VALUES ?x { "a" } } GROUP BY ?x'
    )
    query = bind(parse_question(text, Path("x.rq")), {"x": [value]}, NAMES)
    assert service.rows(query) == [{"x": value, "n": "1"}]


@pytest.mark.parametrize(
    "value",
    [
        "http://x> } ?s ?p ?o { <http://y",
        "<http://x>>",
        "http://x y",
        'http://x"y',
        "http://x\ny",
        "http://x{}",
        "http://x\\u003E",
        "javascript:alert(1)",
        "ex:a> <b",
        "unknown:name",
        "certificate",
        "../x",
        "certificate/../../x y",
        "",
        "UNDEF",
        "?s",
    ],
)
def test_what_is_no_iri_is_refused(value: str) -> None:
    assert typed("iri", value) is None


@pytest.mark.parametrize(
    ("value", "iri"),
    [
        (f"{BASE}/id/certificate/c00001", f"{BASE}/id/certificate/c00001"),
        (f"<{EX}证书/甲>", f"{EX}证书/甲"),
        ("ex:证书/甲", f"{EX}证书/甲"),
        ("zcid:certificate/c00001", f"{BASE}/id/certificate/c00001"),
        ("certificate/c00001", f"{BASE}/id/certificate/c00001"),
        ("title-level/30", f"{BASE}/id/title-level/30"),
        ("urn:isbn:1", "urn:isbn:1"),
    ],
)
def test_an_iri_is_given_whole_prefixed_or_as_a_path(value: str, iri: str) -> None:
    assert typed("iri", value) == f"<{iri}>"


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("integer", ["0", "-5", "+7", "007"], ["1.5", "1e3", "", "１", "1 ", "1\n", "9" * 19]),
        ("decimal", ["0", "-5.25", ".5", "5."], ["1e3", "", ".", "NaN", "1,5", "1.5\n"]),
        ("boolean", ["true", "false"], ["True", "1", "yes", "", "true\n"]),
        ("date", ["2021-02-28", "2024-02-29"], ["2021-02-29", "21-02-03", "2021-2-3", "", "20210203", "2021-02-28\n"]),
    ],
)  # fmt: skip
def test_typed_values(kind: str, good: list[str], bad: list[str]) -> None:
    for value in good:
        assert typed(kind, value) == f'"{value}"^^<{XSD}{kind}>'
    for value in bad:
        assert typed(kind, value) is None


@pytest.mark.parametrize(
    ("values", "parameter"),
    [
        ({}, "certificate"),
        ({"certificate": []}, "certificate"),
        ({"certificate": ["certificate/c1"], "colour": ["red"]}, "colour"),
        ({"certificate": ["no iri"]}, "certificate"),
        ({"certificate": ["certificate/c1"], "language": ["zh", "en"]}, "language"),
    ],
)
def test_what_does_not_fit_names_the_parameter(
    values: dict[str, list[str]], parameter: str
) -> None:
    with pytest.raises(QuestionError) as caught:
        bind(question(), values, NAMES)
    assert caught.value.parameter == parameter
    assert parameter in caught.value.en
    assert parameter in caught.value.zh


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("form: SELECT", "form: ASK"), "form ASK"),
        (("name: labels", "titel: labels"), "titel"),
        (("type: iri", "type: uri"), "uri"),
        (("type: iri", "typ: iri"), "typ"),
        (("name: certificate,", "name: certificates,"), "VALUES ?certificates"),
        (("{zh: 证书, en: certificate}", "{zh: 证书}"), "zh and en"),
        (("#+ form: SELECT", "#+ form: [SELECT"), "YAML"),
        (("type: iri", "type: [iri, string]"), "not one of"),
        (("#+ form: SELECT", "#+ form: SELECT\n#+ topic: [a]"), "topic"),
        (("#+ form: SELECT", "#+ form: SELECT\n#+ audience: {a: b}"), "audience"),
        (("#+ form: SELECT", "#+ form: [SELECT]"), "form"),
        (("example: zh\n", "example: 2023-02-30\n"), "YAML"),
        (("example: zh\n", "example: 2023-02-03T25:00:00\n"), "YAML"),
        (("#+   - {name: certificate", "#+   - certificate\n#+   - {name: certificate"), "mapping"),
    ],
)
def test_a_header_that_does_not_fit_is_told(change: tuple[str, str], said: str) -> None:
    assert change[0] in TEXT
    with pytest.raises(QuestionError) as caught:
        question(TEXT.replace(*change))
    assert said in caught.value.en
    assert "labels.rq" in caught.value.zh


@pytest.mark.parametrize("given", ["5", "true", "{name: a}", "text"])
def test_parameters_are_a_list(given: str) -> None:
    with pytest.raises(QuestionError, match="no list"):
        question(f"#+ parameters: {given}\nSELECT * {{ ?s ?p ?o }}")


def test_a_folder_of_questions(tmp_path: Path) -> None:
    (tmp_path / "b.rq").write_text(TEXT, "utf-8")
    (tmp_path / "a.rq").write_text("ASK {}", "utf-8")
    other = "https://example.org/kg"
    found = read_questions(tmp_path, other)
    assert list(found) == ["a", "labels"]
    assert f"<{other}/id/certificate/c00001>" in found["labels"].text
    assert "w3id.org" not in found["labels"].text
    (tmp_path / "c.rq").write_text(TEXT, "utf-8")
    with pytest.raises(QuestionError, match="taken"):
        read_questions(tmp_path, BASE)
    (tmp_path / "c.rq").write_bytes(b"ASK { \xff }")
    with pytest.raises(QuestionError, match=r"c\.rq"):
        read_questions(tmp_path, BASE)


def test_rows_are_sorted_as_sparql_sorts_them() -> None:
    """Absent, blank nodes, IRIs, numbers by value, texts by code point; what ties stays as it came (15.1)."""
    number = {"type": "literal", "datatype": f"{XSD}integer"}
    terms: list[dict[str, str] | None] = [
        {"type": "literal", "value": "乙", "xml:lang": "zh"},
        {"type": "literal", "value": "B"},
        {"type": "literal", "value": "a"},
        number | {"value": "10"},
        number | {"value": "9"},
        {"type": "uri", "value": "http://e.org/b"},
        {"type": "uri", "value": "http://e.org/a"},
        {"type": "bnode", "value": "z"},
        None,
    ]
    rows = [{"x": term} if term else {} for term in terms]
    assert sort_rows(rows, [("x", False)]) == [
        *(rows[8], rows[7], rows[6], rows[5], rows[4], rows[3]),
        *(rows[1], rows[2], rows[0]),
    ]
    assert sort_rows(rows, [("x", True)])[0] == rows[0]
    named = [
        {"x": number | {"value": x}, "y": {"type": "literal", "value": y}}
        for x, y in (("1", "b"), ("2", "a"), ("1", "c"), ("2", "b"))
    ]
    found = sort_rows(named, [("x", True), ("y", False)])
    assert [(row["x"]["value"], row["y"]["value"]) for row in found] == [
        *(("2", "a"), ("2", "b")),
        *(("1", "b"), ("1", "c")),
    ]
    assert sort_rows(named, [("x", False)]) == [named[0], named[2], named[1], named[3]]


@pytest.mark.parametrize(
    ("end", "order"),
    [
        ("ORDER BY ?certificate ?label", (("certificate", False), ("label", False))),
        ("ORDER BY DESC(?label) ASC( $certificate )", (("label", True), ("certificate", False))),
        ("", ()),
        ("ORDER BY ?other", ()),  # no column
        ("ORDER BY STR(?label)", ()),
        ("ORDER BY ?label LIMIT 3", ()),
        ("ORDER BY DESC", ()),
    ],
)
def test_an_order_that_the_engine_need_not_make(end: str, order: tuple[object, ...]) -> None:
    text = TEXT.replace("ORDER BY ?certificate ?label", end)
    found = question(text)
    assert found.order == order
    bare = bind(found, {"certificate": ["certificate/c00001"]}, NAMES, ordered=False)
    assert ("ORDER BY" in bare) == (bool(end) and not order)
