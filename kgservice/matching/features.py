"""What speaks for and against 'this row lists this certificate', as numbers with a name each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kgservice.matching.candidates import (
    Candidate,
    Prepared,
    countries,
    issuer_words,
    short_names,
)
from kgservice.matching.forms import Comparison, NameForm, compare, make_form, make_forms
from kgservice.matching.grades import compare_grades, membership_grade
from kgservice.matching.issuers import NEAR, Fit, Issuing, fit
from kgservice.matching.known import Certificate
from kgservice.matching.rows import PrintedRow
from kgservice.matching.text import cjk, codes, fold, initials, issuer_key, words

# Letters prove something by themselves if a single certificate has them: BigData stands in the names of two.
RARE = 1.0
# From here on a name tells so little that only the same body makes it proof: 会士 of the body that IEEE is joined with.
BARE = 0.6

# Each feature and what it measures; the weights are in weights.json.
FEATURES: Mapping[str, str] = {
    "candidate": "1 for every certificate: what it costs to be one of many, against 'new'",
    "zh_exact": "a Chinese name is the same but for layout, issuer and filler words",
    "zh_swapped": "share of the Chinese name that both sides have differently",
    "zh_added": "share that one side has beyond the other",
    "zh_inserted": "how much a piece tells that one side alone has",
    "zh_other": "how much the rarer of two swapped pieces tells",
    "foreign_exact": "a foreign name is the same",
    "foreign_swapped": "share of the foreign name that both sides have differently",
    "foreign_added": "share that one side has beyond the other",
    "foreign_other": "how much the rarer of two swapped words tells",
    "foreign_apart": "the foreign names have hardly a word in common",
    "latin_swapped": "Latin words of both Chinese names that the other side has nowhere",
    "latin_added": "Latin words of one Chinese name that the other side has nowhere",
    "code_same": "letters in common (CISA, FRICS), by rarity",
    "code_confirmed": "the same, where the issuer is the certificate's or joined with it",
    "code_other": "both print letters, none in common",
    "code_elsewhere": "the row prints letters that another certificate has and this one lacks",
    "grade_conflict": "grade words that contradict each other",
    "rank_extra": "a word of rank on one side only",
    "grade_extra": "a qualifying word on one side only",
    "grade_loose": "grade words that agree in one of several meanings",
    "number_conflict": "level numbers that differ",
    "number_extra": "a level number on one side only",
    "issuer_same": "the printed issuer is the certificate's, or was printed with it before",
    "issuer_related": "the register joins the two bodies",
    "issuer_similar": "an unknown body with a similar name, by similarity",
    "issuer_named": "the row's name holds a name of the body, where the issuer does not confirm it",
    "issuer_other": "another body",
    "country_other": "name and issuer point to another country",
    "exact_told": "how much a name tells that is the same",
    "bare_name": "how little the name tells, where the issuer does not confirm it",
    "family": "the candidate is a family",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The features of one pair, with the comparisons behind them for the reader.

    ``firm``: some name is the same but for layout, issuer and filler words, or letters are that hardly anything else
    has, and the issuer is not another body. Likeness alone is not firm: 机械工程师 and 机械电子工程师 are alike.
    """

    certificate: Certificate
    values: Mapping[str, float]
    zh: Comparison
    foreign: Comparison | None
    fit: Fit
    shared_codes: frozenset[str]
    firm: bool


def compare_pair(
    row: PrintedRow, issuing: Issuing, candidate: Candidate, prepared: Prepared
) -> Evidence:
    """All features of one row against one certificate; a row without a Chinese name says nothing for or against one."""
    names = tuple(dict.fromkeys((*issuing.printed, *candidate.issuer_names)))
    tokens = candidate.issuer_words | issuer_words(issuing.printed)
    bodies = frozenset(
        issuer_key(prepared.book.bodies[one].abbreviation) for one in sorted(issuing.ids)
    )
    bodies |= short_names(issuing.printed)
    own = (codes(row.name) | codes(row.original)) - candidate.abbreviations - bodies
    own |= candidate.notation & frozenset(words(row.original))  # printed in other case: Fcca
    zh_forms = make_forms(row.name, row.entry, names, tokens) if row.name else []
    foreign_forms = []
    if cjk(row.original):
        zh_forms.append(make_form(row.original, row.entry, names, tokens))
    elif set(words(row.original)) - codes(row.original) - own:
        foreign_forms.append(make_form(row.original, row.entry, names, tokens))
    zh = _best(zh_forms, candidate.zh, prepared)
    if zh is None:
        zh = Comparison(swapped=1.0, other=1.0) if row.name else Comparison()
    foreign = _best(foreign_forms, candidate.foreign, prepared)
    made = initials(row.original)
    letters = own | {made} if made else own
    # Initials prove something against printed letters only: Welding Educator and Welding Engineer share theirs.
    shared = (own & (candidate.codes | candidate.initials)) | (letters & candidate.codes)
    how, alike = fit(
        issuing, candidate.issuers, candidate.seen, candidate.issuer_names, prepared.book
    )
    values = dict.fromkeys(FEATURES, 0.0)
    values["candidate"] = 1.0
    values["family"] = float(candidate.certificate.is_family)
    values["zh_swapped"], values["zh_added"] = zh.swapped, zh.added
    values["zh_inserted"], values["zh_other"] = zh.inserted, zh.other
    if foreign is not None and foreign.apart:
        values["foreign_apart"] = 1.0
    elif foreign is not None:
        values["foreign_exact"] = float(foreign.exact)
        values["foreign_swapped"] = foreign.swapped
        values["foreign_added"] = foreign.added
        values["foreign_other"] = foreign.other
    swapped, added = _latin(zh, row, letters, candidate, prepared)
    values["latin_swapped"], values["latin_added"] = swapped, added
    # SQL Server 数据管理 and SQL 数据管理 differ in Latin words only.
    zh_exact = zh.exact and not swapped and not added
    values["zh_exact"] = float(zh_exact)
    exact = [zh] if zh_exact else []
    if foreign is not None and foreign.exact:
        exact.append(foreign)
    values["code_same"] = max((prepared.rarity(code) for code in shared), default=0.0)
    if how in (Fit.SAME, Fit.RELATED):
        values["code_confirmed"] = values["code_same"]
    values["code_elsewhere"] = float(
        any(
            prepared.is_known(code)
            for code in own - candidate.codes - candidate.initials - candidate.words
        )
    )
    values["code_other"] = float(bool(own and candidate.notation and not shared))
    _grade(values, zh, foreign, own, candidate)
    if how is Fit.SIMILAR:
        values["issuer_similar"] = (alike - NEAR) / (1 - NEAR)
    elif how is not Fit.UNKNOWN:
        values[f"issuer_{how}"] = 1.0
    # A bare 会士 rests on the body alone, so only a name that is all but equal confirms it.
    near = max(0.0, (alike - 0.8) / 0.2) if how is Fit.SIMILAR else 0.0
    unconfirmed = 0.0 if how is Fit.SAME else 1 - near
    told = max(zh.told, foreign.told if foreign else 0.0)
    values["exact_told"] = max((side.told for side in exact), default=0.0)
    if zh_forms or foreign_forms:  # letters alone are no name that tells little
        values["bare_name"] = unconfirmed * (1 - told)
    if how is not Fit.SAME and not issuing.ids and _mentions(row, candidate):
        values["issuer_named"] = 1.0
    values["country_other"] = float(how is not Fit.SAME and _other_country(row, candidate))
    firm = bool(exact) and values["bare_name"] < BARE and not _is_other(foreign, own - shared)
    firm = how is not Fit.OTHER and (firm or values["code_same"] >= RARE)
    return Evidence(candidate.certificate, values, zh, foreign, how, shared, firm)


def _is_other(foreign: Comparison | None, letters: frozenset[str]) -> bool:
    """Whether foreign name and letters both are those of something else: then an equal Chinese name is no proof."""
    if foreign is None or foreign.row is None or foreign.name is None or not letters:
        return False
    of_row, of_name = foreign.row.core.latin - letters, foreign.name.core.latin
    return bool(of_row - of_name and of_name - of_row)


def _best(rows: list[NameForm], names: list[NameForm], prepared: Prepared) -> Comparison | None:
    found = [compare(row, name, prepared.weights) for row in rows for name in names]
    return min(found, key=_rank, default=None)


def _rank(one: Comparison) -> tuple[float, int, bool, str]:
    """The cheapest first; of several the one without strange letters: 电气工程师 before 电气工程师（P.L.Eng.）."""
    if one.row is None or one.name is None:
        return one.cost, 0, True, ""
    strange = len(one.name.core.latin - one.row.full.latin)
    return one.cost, strange, one.row.key != one.name.key, one.name.text


def _latin(
    zh: Comparison,
    row: PrintedRow,
    letters: frozenset[str],
    candidate: Candidate,
    prepared: Prepared,
) -> tuple[float, float]:
    """Latin words in the Chinese names: each must be found somewhere on the other side."""
    if zh.name is None or zh.row is None or zh.name.key == zh.row.key:
        return 0.0, 0.0
    of_row = zh.row.full.latin | frozenset(words(row.name)) | frozenset(words(row.original))
    own = zh.row.core.latin - candidate.words - candidate.codes
    other = zh.name.core.latin - of_row - letters - candidate.abbreviations
    left = min(1.0, sum(map(prepared.weights, sorted(own))))
    right = min(1.0, sum(map(prepared.weights, sorted(other))))
    return min(left, right), abs(left - right)


def _grade(
    values: dict[str, float],
    zh: Comparison,
    foreign: Comparison | None,
    own: frozenset[str],
    candidate: Candidate,
) -> None:
    """Grades in words, numbers and letters. Chinese and foreign name both count; where one agrees fully, half."""
    sides = [zh] if foreign is None or foreign.apart else [zh, foreign]
    half = 0.5 if any(side.exact for side in sides) else 1.0
    for side in sides:
        scale = half if len(sides) > 1 else 1.0
        for name, value in (
            ("grade_conflict", side.grades.conflict),
            ("rank_extra", side.grades.rank_extra),
            ("grade_extra", side.grades.other_extra),
            ("grade_loose", side.grades.loose),
            ("number_conflict", side.number_conflict),
            ("number_extra", side.number_extra),
        ):
            values[name] = max(values[name], scale * value)
    implied = [
        grade for code in sorted(own) if (grade := membership_grade(code, candidate.abbreviations))
    ]
    if implied and zh.name is not None and not candidate.notation & own:
        stated = zh.name.grading.grades
        if stated and compare_grades(implied, stated).conflict:
            values["grade_conflict"] = 1.0


def _mentions(row: PrintedRow, candidate: Candidate) -> bool:
    name = fold(row.name)
    tokens = frozenset(words(row.name))
    return any(
        fold(issuer) in name if cjk(issuer) and len(issuer) >= 2 else issuer_key(issuer) in tokens
        for issuer in candidate.issuer_names
    )


def _other_country(row: PrintedRow, candidate: Candidate) -> bool:
    printed = countries((row.name, *row.issuers))
    return bool(printed and candidate.countries and not printed & candidate.countries)
