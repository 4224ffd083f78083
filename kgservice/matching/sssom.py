"""Writes proposals as SSSOM/TSV for review: nothing in the file is accepted, ``reviewer_id`` is empty throughout."""

from __future__ import annotations

from collections.abc import Iterable

from kgservice import __version__
from kgservice.build.mapping import COLUMNS
from kgservice.build.names import DEFAULT_BASE
from kgservice.matching.features import Evidence
from kgservice.matching.forms import Comparison
from kgservice.matching.issuers import Fit
from kgservice.matching.proposals import Choice, Decision, PartProposal, Proposal

AUTHOR = "reading:tool"
# SSSOM's own object for "the object source has no such thing".
NO_TERM = "sssom:NoTermFound"
PREFIXES = {
    "certificate": f"{DEFAULT_BASE}/id/certificate/",
    "entry": f"{DEFAULT_BASE}/id/entry/",
    "family": f"{DEFAULT_BASE}/id/family/",
    "reading": f"{DEFAULT_BASE}/id/reading/",
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "sssom": "https://w3id.org/sssom/",
    "zc": f"{DEFAULT_BASE}/ns/",
}
_ISSUER = {
    Fit.SAME: "issuer the same",
    Fit.RELATED: "issuer joined with the certificate's in the register",
    Fit.SIMILAR: "issuer unknown, its name like the certificate's",
    Fit.OTHER: "issuer another one",
    Fit.UNKNOWN: "no issuer to compare",
}


def write_proposals(proposals: Iterable[Proposal], edition: str, threshold: float) -> str:
    """The text of the mapping set, lines sorted by entry and object."""
    lines = [
        f'#mapping_set_id: "{DEFAULT_BASE}/graph/mapping/proposed/{edition}"',
        f'#mapping_set_title: "Proposals for {edition}, not reviewed"',
        '#license: "https://creativecommons.org/licenses/by/4.0/"',
        '#mapping_tool: "kg match"',
        f'#mapping_tool_version: "{__version__}"',
        f'#comment: "Proposals from confidence {threshold:.3f} on are marked automatic; all others are for a person."',
        "#curie_map:",
        *(f'#  {prefix}: "{iri}"' for prefix, iri in PREFIXES.items()),
        "\t".join(COLUMNS),
    ]
    body = {
        (f"entry:{proposal.row.entry}", _object(part)): _line(proposal, part)
        for proposal in proposals
        for part in proposal.parts
    }
    return "\n".join([*lines, *(body[one] for one in sorted(body))]) + "\n"


def _object(part: PartProposal) -> str:
    return NO_TERM if part.best is None else part.best.id


def _line(proposal: Proposal, part: PartProposal) -> str:
    row, best = proposal.row, part.best
    label = f"{row.name} ({row.original})" if row.original else row.name
    exact = best is not None and (best.evidence.values["zh_exact"] or _exact(best.evidence.foreign))
    cells = {
        "subject_id": f"entry:{row.entry}",
        "subject_label": label,
        "predicate_id": "zc:listsCertificate",
        "predicate_modifier": "",
        "object_id": _object(part),
        "object_label": "" if best is None else best.evidence.certificate.label,
        "mapping_justification": "semapv:LexicalMatching"
        if exact
        else "semapv:LexicalSimilarityThresholdMatching",
        "confidence": f"{part.confidence:.3f}",
        "author_id": AUTHOR,
        "reviewer_id": "",
        "comment": _comment(proposal, part),
    }
    return "\t".join(" ".join(cells[column].split()) for column in COLUMNS)


def _comment(proposal: Proposal, part: PartProposal) -> str:
    if proposal.decision is Decision.AUTOMATIC:
        says = "automatic"
    else:
        says = f"for a person ({proposal.decision})"
    if len(proposal.parts) > 1:
        says += f"; one of {len(proposal.parts)} that the row prints: {part.part.name}"
    best = part.best
    others = [choice for choice in part.choices if choice is not best][:1]
    if best is None:
        closest = _told(others[0]) if others else "nothing"
        return f"{says}. Nothing in the register fits well enough. Closest: {closest}."
    runner_up = _told(others[0]) if others else "none"
    return f"{says}. {describe(best.evidence)}. Runner-up: {runner_up}; new: {part.new:.3f}."


def _told(choice: Choice) -> str:
    return f"{choice.id} {choice.evidence.certificate.label} ({choice.probability:.3f})"


def describe(evidence: Evidence) -> str:
    """Which name and issuer features agree, and which do not, in one sentence."""
    found = [_compared("Chinese", evidence.zh, bool(evidence.values["zh_exact"]))]
    if evidence.foreign is not None and not evidence.foreign.apart:
        found.append(_compared("foreign", evidence.foreign, evidence.foreign.exact))
    if evidence.shared_codes:
        found.append(f"letters {', '.join(sorted(evidence.shared_codes)).upper()} in common")
    found.append(_ISSUER[evidence.fit])
    for name, words in (
        ("grade_conflict", "grades contradict"),
        ("rank_extra", "a word of rank on one side only"),
        ("number_conflict", "levels differ"),
        ("number_extra", "a level on one side only"),
        ("code_elsewhere", "letters of another certificate"),
        ("country_other", "another country"),
    ):
        if evidence.values[name]:
            found.append(words)
    return "; ".join(one for one in found if one)


def _compared(kind: str, side: Comparison, exact: bool) -> str:
    if side.name is None:
        return f"no {kind} name to compare"
    origin = "register" if side.name.origin == "register" else f"row {side.name.origin}"
    how = "the same as" if exact else "like"
    return f"{kind} name {how} '{side.name.text}' ({origin})"


def _exact(side: Comparison | None) -> bool:
    return side is not None and side.exact
