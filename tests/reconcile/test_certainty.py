"""What the matcher calls the same, and what is certain enough to be written without a look."""

from __future__ import annotations

import pytest

from kgservice.matching.issuers import Body
from kgservice.matching.known import Certificate, Known, KnownName
from kgservice.matching.matcher import Matcher
from kgservice.matching.model import shipped_model
from kgservice.matching.proposals import Decision, Proposal
from kgservice.matching.rows import PrintedRow
from kgservice.reconcile.certainty import beyond_doubt

BODIES = {
    "actuaries": Body(
        "actuaries", ("英国精算师协会", "Institute and Faculty of Actuaries"), "IFoA"
    ),
    "engineers": Body("engineers", ("加拿大工程师学会", "Engineers Canada"), "ECan"),
    "interpreters": Body(
        "interpreters",
        ("澳大利亚翻译资格认可局", "National Authority for Translators and Interpreters"),
        "NAATI",
    ),
    "computing": Body(
        "computing", ("美国计算机学会", "Association for Computing Machinery"), "ACM"
    ),
}


def certificate(number: int, body: str, *names: str, letters: str = "") -> Certificate:
    """A certificate with these names."""
    one = f"certificate:c{number:05}"
    return Certificate(one, names[0], tuple(map(KnownName, names)), letters, (body,))


KNOWN = [
    certificate(
        1,
        "actuaries",
        "英国正精算师",
        "Fellow of the Institute of Actuaries",
        "FIA/FFA 英国正精算师",
        letters="FIA",
    ),
    certificate(2, "engineers", "加拿大电气工程师"),
    certificate(3, "engineers", "水利工程师"),
    certificate(
        4,
        "interpreters",
        "笔译员",
        "NAATI Certified Translator / NAATI Certified Conference Interpreter",
    ),
    certificate(5, "computing", "会士", "ACM Fellow"),
    certificate(6, "computing", "数据库系统架构专员"),
]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """Over a few certificates, and others that make common words common."""
    others = [
        certificate(100 + number, body, f"{word}{rank}")
        for number, (word, rank, body) in enumerate(
            (word, rank, body)
            for word in ("机械", "结构", "土木", "电子", "化工", "测量", "统计", "会计")
            for rank in ("工程师", "师", "技术员", "高级会员", "会员")
            for body in ("actuaries", "engineers", "computing")
        )
    ]
    known = {one.id: one for one in (*KNOWN, *others)}
    return Matcher(Known(known, BODIES), shipped_model())


def decide(
    matcher: Matcher, name: str, issuer: str, original: str = ""
) -> tuple[Proposal, str | None]:
    """What the matcher proposes for a row, and what is beyond doubt."""
    proposal = matcher.match(PrintedRow("", name, original, (issuer,)))
    choices = proposal.parts[0].choices
    return proposal, beyond_doubt(choices, proposal, matcher.prepared)


@pytest.mark.parametrize(
    ("name", "issuer", "original", "number"),
    [
        ("英国正精算师", "英国精算师协会", "", 1),
        ("英国正精算师（FIA）", "英国精算师协会", "", 1),
        ("", "英国精算师协会", "Fellow of the Institute of Actuaries", 1),
        ("加拿大电气工程师", "加拿大工程师学会", "", 2),
        ("加拿大工程师学会水利工程师", "加拿大工程师学会", "", 3),
        ("ECan 水利工程师", "加拿大工程师学会", "", 3),
        ("会士", "美国计算机学会", "", 5),
        ("美国计算机学会会士", "美国计算机学会", "", 5),
        # A body that is only guessed, and a name that tells.
        ("数据库系统架构专员证书", "美国计算机协会", "", 6),
    ],
)
def test_what_is_the_same_is_matched(
    matcher: Matcher, name: str, issuer: str, original: str, number: int
) -> None:
    _, sure = decide(matcher, name, issuer, original)
    assert sure == f"certificate:c{number:05}"


@pytest.mark.parametrize(
    ("name", "issuer", "original", "number"),
    [
        # Words of the body that the other side has not: the Faculty is not the Institute.
        ("", "英国精算师协会", "Fellow of the Faculty of Actuaries", 1),
        # Letters of another one, which stand in a name of two.
        ("英国正精算师（FFA）", "英国精算师协会", "", 1),
        # The country on one side only.
        ("电气工程师", "加拿大工程师学会", "", 2),
        ("加拿大水利工程师", "加拿大工程师学会", "", 3),
        ("加拿大工程师学会电气工程师", "加拿大工程师学会", "", 2),
        # One side of a stroke.
        ("", "澳大利亚翻译资格认可局", "NAATI Certified Conference Interpreter", 4),
        # A body that is only guessed, and a bare grade.
        ("会士", "美国计算机协会", "", 5),
    ],
)
def test_what_differs_where_one_body_tells_things_apart_needs_a_person(
    matcher: Matcher, name: str, issuer: str, original: str, number: int
) -> None:
    proposal, sure = decide(matcher, name, issuer, original)
    # The matcher itself would take it: a person looks at what it proposes.
    assert proposal.decision is Decision.AUTOMATIC
    assert proposal.ids == {f"certificate:c{number:05}"}
    assert sure is None
