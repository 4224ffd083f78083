"""What the matcher is compared with: normalised equality, and Splink, a kept library for record linkage."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kgservice.matching.fitting import choose_threshold
from kgservice.matching.issuers import IssuerBook
from kgservice.matching.known import Certificate, Known
from kgservice.matching.measuring import PRECISION, Case, Outcome
from kgservice.matching.rows import PrintedRow, split_row
from kgservice.matching.text import cjk, issuer_key, key

Ids = frozenset[str]


def by_name(cases: Sequence[Case], known: Known) -> list[Outcome]:
    """Automatic if exactly one certificate has a name that equals the printed one but for layout and width."""
    index = _index(known)

    def find(part: PrintedRow) -> Ids:
        names = [key(text) for text in (part.name, part.original) if text]
        return frozenset(one for name in names for one in index.get(name, ()))

    return [_outcome(case, find) for case in cases]


def by_name_and_issuer(cases: Sequence[Case], known: Known) -> list[Outcome]:
    """The same, among the certificates whose body is printed with the row; a row without issuer keeps its hits."""
    index = _index(known)
    book = IssuerBook(known.bodies)
    bodies = {
        one: _issuer_keys(certificate, book) for one, certificate in known.certificates.items()
    }

    def find(part: PrintedRow) -> Ids:
        names = [key(text) for text in (part.name, part.original) if text]
        printed = {issuer_key(text) for text in (*part.issuers, *part.original_issuers)}
        hits = {one for name in names for one in index.get(name, ())}
        return frozenset(one for one in hits if not printed or printed & bodies[one])

    return [_outcome(case, find) for case in cases]


def _outcome(case: Case, find: Callable[[PrintedRow], Ids]) -> Outcome:
    """Each part of the row is looked up; a part with several hits or none leaves the row to a person."""
    hits = [find(part) for part in split_row(case.row)]
    proposed = frozenset(one for found in hits for one in found)
    automatic = all(len(found) == 1 for found in hits) and len(proposed) == len(hits)
    return Outcome(case.row.entry, case.listed, proposed, automatic)


def _index(known: Known) -> dict[str, set[str]]:
    index: dict[str, set[str]] = {}
    for one, certificate in known.certificates.items():
        for name in certificate.names:
            index.setdefault(key(name.text), set()).add(one)
    return index


def _issuer_keys(certificate: Certificate, book: IssuerBook) -> set[str]:
    names = book.names_of(one for one in certificate.issuers if one in book.bodies)
    return {issuer_key(text) for text in (*names, *(n.text for n in certificate.printed_issuers))}


@dataclass(frozen=True, slots=True)
class Scored:
    """Splink's best certificate for each part of a row, each with its probability, and whether a second one ties."""

    case: Case
    parts: tuple[tuple[str | None, float, bool], ...]


def splink_scores(cases: Sequence[Case], known: Known) -> list[Scored]:
    """Links the rows with the known names: Fellegi-Sunter on Chinese name, foreign name and issuer.

    The m probabilities are learned from the names that are known to belong to one certificate, the u probabilities
    from random pairs. Unsupervised EM was tried first and is worse: names of neighbouring grades and tracks are so
    much more frequent than pairs of one certificate that it takes the neighbours for the matches.
    """
    import pandas as pd
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    left: list[dict[str, str | None]] = [
        {
            "unique_id": f"{at}|{place}",
            "certificate": None,
            **_fields(part.name, part.original, part.issuers),
        }
        for at, case in enumerate(cases)
        for place, part in enumerate(split_row(case.row))
    ]
    right = _records(known)
    comparisons = [
        cl.JaroWinklerAtThresholds("name", [0.95, 0.88, 0.75]).configure(
            term_frequency_adjustments=True
        ),
        cl.JaroWinklerAtThresholds("original", [0.95, 0.88]),
        cl.JaroWinklerAtThresholds("issuer", [0.95, 0.85]),
    ]
    columns = ["unique_id", "certificate", "name", "original", "issuer"]
    frames = [pd.DataFrame(rows, columns=columns).astype("string") for rows in (left, right)]
    learning = SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on("certificate")],
    )
    teacher = Linker(frames[1], learning, db_api=DuckDBAPI())
    teacher.training.estimate_u_using_random_sampling(max_pairs=2_000_000, seed=1)
    teacher.training.estimate_m_from_label_column("certificate")
    learned = teacher.misc.save_model_to_json()
    learned["link_type"] = "link_only"
    learned["blocking_rules_to_generate_predictions"] = ["1=1"]
    # Of all pairs of a row and a known name, about three names of one certificate for half of the rows belong together.
    learned["probability_two_random_records_match"] = 1.5 / len(right)
    linker = Linker(frames, learned, db_api=DuckDBAPI(), input_table_aliases=["a_row", "known"])
    pairs = linker.inference.predict(threshold_match_probability=0.001).as_pandas_dataframe()
    best: dict[str, dict[str, float]] = {}
    for pair in pairs.to_dict("records"):
        of_row = pair["unique_id_l"] if pair["source_dataset_l"] == "a_row" else pair["unique_id_r"]
        of_known = (
            pair["unique_id_r"] if pair["source_dataset_l"] == "a_row" else pair["unique_id_l"]
        )
        one = of_known.rpartition("|")[0]
        found = best.setdefault(of_row, {})
        found[one] = max(found.get(one, 0.0), float(pair["match_probability"]))
    return [
        Scored(
            case,
            tuple(_top(best.get(f"{at}|{n}", {})) for n in range(len(split_row(case.row)))),
        )
        for at, case in enumerate(cases)
    ]


def _fields(name: str, original: str, issuers: Sequence[str]) -> dict[str, str | None]:
    return {
        "name": key(name) or None,
        "original": key(original) or None,
        "issuer": issuer_key(issuers[0]) if issuers else None,
    }


def _records(known: Known) -> list[dict[str, str | None]]:
    """One record for each registered name and for each mapped row of a certificate."""
    records = []
    for one, certificate in known.certificates.items():
        bodies = [known.bodies[body] for body in certificate.issuers if body in known.bodies]
        issuers = [name for body in bodies for name in body.names if cjk(name)][:1]
        by_origin: dict[str, list[str]] = {}
        for at, name in enumerate(certificate.names):
            origin = f"register{at}" if name.origin == "register" else name.origin
            by_origin.setdefault(origin, []).append(name.text)
        for origin, texts in sorted(by_origin.items()):
            zh = next((text for text in texts if cjk(text)), "")
            foreign = next((text for text in texts if not cjk(text)), "")
            printed = [n.text for n in certificate.printed_issuers if n.origin == origin]
            fields = _fields(zh, foreign, [text for text in printed if cjk(text)] or issuers)
            records.append({"unique_id": f"{one}|{origin}", "certificate": one, **fields})
    return records


def _top(found: Mapping[str, float]) -> tuple[str | None, float, bool]:
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    if not ranked:
        return None, 0.0, False
    return *ranked[0], len(ranked) > 1 and ranked[1][1] >= ranked[0][1] - 1e-9


def splink_at(scored: Mapping[str, Sequence[Scored]], threshold: float) -> dict[str, list[Outcome]]:
    """Every best link from this probability on, unless a second certificate ties."""
    return {
        edition: [_splink_outcome(one, threshold) for one in rows]
        for edition, rows in scored.items()
    }


def splink_at_precision(scored: Mapping[str, Sequence[Scored]]) -> dict[str, list[Outcome]]:
    """Each directory with the threshold that the others support, chosen by the rule that the matcher uses."""
    found: dict[str, list[Outcome]] = {}
    for edition, rows in scored.items():
        others = [one for other, many in scored.items() if other != edition for one in many]
        seen: list[tuple[float, bool]] = []
        for one in others:
            outcome = _splink_outcome(one, 0.0)
            if outcome.automatic:
                seen.append((min(score for _, score, _ in one.parts), outcome.right))
        threshold = choose_threshold(seen, precision=PRECISION)
        found[edition] = [_splink_outcome(one, threshold) for one in rows]
    return found


def _splink_outcome(one: Scored, threshold: float) -> Outcome:
    ids: list[Any] = [best for best, score, _ in one.parts if best is not None and score >= 0.5]
    automatic = len(set(ids)) == len(one.parts) and all(
        score >= max(threshold, 0.5) and not tie for _, score, tie in one.parts
    )
    return Outcome(one.case.row.entry, one.case.listed, frozenset(ids), automatic)
