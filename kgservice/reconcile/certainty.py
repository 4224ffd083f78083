"""Whether a candidate is meant beyond doubt: who writes a match into a file does so without a look.

Identity is never taken from a name alone. The name has to be the same, something else must agree (the issuer, in a
property or in the name itself), nothing may contradict, and no other candidate may fit as well. The matcher calls more
names the same than are certain here: it takes away the words of the body, the country and letters, since a person looks
at what it proposes. What it takes away tells things apart now and then (the Fellow of the Institute and the Fellow of
the Faculty of Actuaries are two), so here it must not differ.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgservice.matching.candidates import Candidate, Prepared
from kgservice.matching.features import RARE, Evidence
from kgservice.matching.forms import Comparison
from kgservice.matching.issuers import Fit
from kgservice.matching.proposals import Choice, Decision, Proposal
from kgservice.matching.text import cjk, codes, country_of, fold, issuer_key
from kgservice.matching.words import COUNTRIES

SURE = 0.9  # the probability from which a candidate may be beyond doubt
UNLIKELY = 0.05  # and what every other one must stay below
TELLING = 0.4  # how much a name tells that is more than a grade
_SHORTEST_BODY = 4  # Chinese characters of a body's name that is looked for inside a name
_STROKE = re.compile(r"\s/\s|(?<=[a-z])/(?=[A-Z][a-z])|(?<=[\u3400-\u9fff])/(?=[\u3400-\u9fff])")


def beyond_doubt(choices: Sequence[Choice], proposal: Proposal, prepared: Prepared) -> str | None:
    """The one candidate that is meant without doubt; ``choices`` are all of them, the likeliest first."""
    if not choices or proposal.decision is not Decision.AUTOMATIC or len(proposal.parts) != 1:
        return None
    best = choices[0]
    others = [one for one in choices if one.id != best.id]
    if best.probability < SURE or any(one.probability > UNLIKELY for one in others):
        return None
    candidate = prepared.candidates[best.id]
    printed = _letters(proposal, candidate)
    # All of its post-nominals and no others: MBCS CITP.
    letters = bool(printed) and printed == candidate.notation
    if not letters and not has_name(best.evidence, candidate, proposal.row.issuers):
        return None
    if not _confirmed(best.evidence, letters):
        return None
    if contradicts(best.evidence) or _has_other_letters(best.evidence, printed, candidate):
        return None
    if count_rivals(best, choices):
        return None
    if any(_claims(one, best, prepared) for one in others):
        return None
    return best.id


def has_name(evidence: Evidence, candidate: Candidate, issuers: Sequence[str]) -> bool:
    """Whether a name is the same but for layout, the body's name and filler words; ``issuers`` are stated bodies."""
    return any(_is_same(one, candidate, issuers) for one in _equal_names(evidence))


def count_rivals(choice: Choice, choices: Sequence[Choice]) -> int:
    """How many other candidates have the same name too, or letters that nothing else has, and no other body."""
    return sum(
        other.id != choice.id
        and other.evidence.fit is not Fit.OTHER
        and (bool(_equal_names(other.evidence)) or other.evidence.values["code_same"] >= RARE)
        and not contradicts(other.evidence)
        for other in choices
    )


def contradicts(evidence: Evidence) -> bool:
    """Whether a grade or a number of a level is another one."""
    values = evidence.values
    return bool(values["grade_conflict"] or values["number_conflict"])


def _equal_names(evidence: Evidence) -> list[Comparison]:
    """The comparisons, Chinese and foreign, in which the matcher found nothing different."""
    found = [evidence.zh] if evidence.values["zh_exact"] else []
    if evidence.values["foreign_exact"] and evidence.foreign is not None:
        found.append(evidence.foreign)
    return found


def _is_same(one: Comparison, candidate: Candidate, issuers: Sequence[str]) -> bool:
    """Whether two names that are equal to the matcher differ in nothing that tells certificates of one body apart."""
    row, name = one.row, one.name
    if row is None or name is None:
        return False
    if row.key == name.key:
        return True
    # What stands on the other side of a stroke may be another certificate.
    if bool(_STROKE.search(row.text)) != bool(_STROKE.search(name.text)):
        return False
    # Words of the body count where each side has other ones: the Institute, the Faculty. Its letters stand for its name.
    own = candidate.abbreviations | candidate.codes
    if row.full.latin - name.full.latin - own and name.full.latin - row.full.latin - own:
        return False
    bodies = (*candidate.issuer_names, *issuers)
    return _country(row.text, bodies) == _country(name.text, bodies)


def _country(text: str, bodies: Sequence[str]) -> str | None:
    """The country that a name itself holds, not the name of a body in it."""
    plain = fold(text)
    for body in sorted(set(map(fold, bodies)), key=len, reverse=True):
        if len(cjk(body)) >= _SHORTEST_BODY and body in plain:
            *before, after = plain.split(body)
            plain = " ".join([*map(_without_country, before), after])
    return country_of(plain)


def _without_country(text: str) -> str:
    """A text without the country at its end: it belongs to the body that follows."""
    country = next((one for one in COUNTRIES if text.endswith(one)), "")
    return text.removesuffix(country)


def _confirmed(evidence: Evidence, letters: bool) -> bool:
    """Whether the body agrees. One that is only guessed, by a name like its own, confirms no bare grade (会员)."""
    if evidence.fit is Fit.SIMILAR:
        return letters or any(one.told >= TELLING for one in _equal_names(evidence))
    return evidence.fit in (Fit.SAME, Fit.RELATED)


def _letters(proposal: Proposal, candidate: Candidate) -> frozenset[str]:
    row = proposal.parts[0].part
    return (codes(row.name) | codes(row.original)) - candidate.abbreviations


def _has_other_letters(evidence: Evidence, printed: frozenset[str], candidate: Candidate) -> bool:
    """Whether letters are printed that are neither the post-nominals of the certificate nor in the name that agrees.

    FFA beside FIA. Letters say nothing against a certificate that has none.
    """
    if not candidate.notation or printed & candidate.notation:
        return False
    named = frozenset(
        code for one in _equal_names(evidence) if one.name for code in codes(one.name.text)
    )
    bodies = frozenset(issuer_key(one) for one in candidate.issuer_names)
    return bool(printed - named - bodies)


def _claims(other: Choice, best: Choice, prepared: Prepared) -> bool:
    """Whether the query has post-nominals of another certificate that the best one has not (FRICS for MRICS)."""
    notation = prepared.candidates[other.id].notation
    strange = (other.evidence.shared_codes & notation) - best.evidence.shared_codes
    return bool(strange) and other.evidence.fit is not Fit.OTHER
