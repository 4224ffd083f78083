"""Leaves one directory out, matches it, and compares with the reviewed mapping: the matcher and three others.

    python benchmarks/matching.py            the table and the confusion list
    python benchmarks/matching.py --fit      writes kgservice/matching/weights.json from all directories
    python benchmarks/matching.py --json F   the figures as JSON

Needs the extra ``bench`` (Splink on DuckDB); --no-splink does without.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import baselines
from kgservice.build.project import Project
from kgservice.faults import FaultList
from kgservice.matching.measuring import (
    Case,
    Measure,
    Outcome,
    fit,
    fitted_without,
    leave_out,
    measure,
    merged_look_alikes,
    outcome_of,
)
from kgservice.matching.model import Model, shipped_model
from kgservice.matching.proposals import Decision, Proposal, propose
from kgservice.matching.sources import Sources, read_sources
from kgservice.matching.without import without

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "kgservice" / "matching" / "weights.json"
EQUAL, ISSUER = "equal name", "equal name + issuer"
SPLINK, SPLINK_OPEN = "Splink, same threshold rule", "Splink, from 0.5 on"
OURS, STRICT = "kg match", "kg match, printed names only"


def main() -> None:
    """Runs what the arguments ask for and prints it."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--fit", action="store_true", help="fit and write the shipped weights")
    arguments.add_argument("--no-splink", action="store_true", help="leave Splink out")
    arguments.add_argument("--json", type=Path, help="write the figures to this file")
    given = arguments.parse_args()
    faults = FaultList()
    sources = read_sources(Project(ROOT), faults)
    if faults.violations:
        sys.exit("The data have faults: run kg check.")
    if given.fit:
        write_weights(fit(sources.known, sources.rows, sources.listed))
        return
    started = time.monotonic()
    methods, confusions, models = run(sources, with_splink=not given.no_splink)
    print_table(methods)
    print_confusions(confusions, sources)
    print_look_alikes(sources, models)
    print(f"{time.monotonic() - started:.0f} s")
    if given.json:
        figures = {
            method: {edition: asdict(one) for edition, one in totals(of).items()}
            for method, of in methods.items()
        }
        given.json.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", "utf-8")


def run(
    sources: Sources, *, with_splink: bool
) -> tuple[dict[str, dict[str, list[Outcome]]], list[tuple[Proposal, Case]], dict[str, Model]]:
    """Outcomes by method and edition, every row of the matcher that is wrong or left to a person, and its models."""
    names = [EQUAL, ISSUER, *([SPLINK, SPLINK_OPEN] if with_splink else []), OURS, STRICT]
    methods: dict[str, dict[str, list[Outcome]]] = {name: {} for name in names}
    confusions: list[tuple[Proposal, Case]] = []
    scored = {}
    models = {}
    for edition in sources.editions:
        cases, matcher, removed = leave_out(sources.known, sources.rows, sources.listed, edition)
        print(
            f"{edition}: without {removed.names} names of certificates, {removed.body_names} names of "
            f"bodies, {len(removed.certificates)} certificates",
            file=sys.stderr,
        )
        known = matcher.known
        methods[EQUAL][edition] = baselines.by_name(cases, known)
        methods[ISSUER][edition] = baselines.by_name_and_issuer(cases, known)
        if with_splink:
            scored[edition] = baselines.splink_scores(cases, known)
        model = models[edition] = fitted_without(sources, edition)
        proposals = [(propose(case.row, case.compared, model), case) for case in cases]
        methods[OURS][edition] = [outcome_of(one, case.listed) for one, case in proposals]
        confusions += [pair for pair in proposals if _is_confusion(*pair)]
        methods[STRICT][edition] = strict(sources, edition)
        print(f"{edition}: threshold {model.threshold:.3f}", file=sys.stderr)
    if with_splink:
        methods[SPLINK] = baselines.splink_at_precision(scored)
        methods[SPLINK_OPEN] = baselines.splink_at(scored, 0.5)
    return methods, confusions, models


def strict(sources: Sources, edition: str) -> list[Outcome]:
    """The same without any label of the register: names from the rows of the other directories only."""
    cases, _, _ = leave_out(
        sources.known, sources.rows, sources.listed, edition, register_labels=False
    )
    model = fitted_without(sources, edition, register_labels=False)
    return [outcome_of(propose(case.row, case.compared, model), case.listed) for case in cases]


def _is_confusion(proposal: Proposal, case: Case) -> bool:
    automatic = proposal.decision is Decision.AUTOMATIC
    wrong = automatic and proposal.ids != case.listed
    return (
        wrong or (bool(case.listed) and not automatic) or (not case.listed and bool(proposal.ids))
    )


def totals(of: Mapping[str, Sequence[Outcome]]) -> dict[str, Measure]:
    """The measure of each edition and of all together."""
    every = [one for outcomes in of.values() for one in outcomes]
    return {
        **{edition: measure(outcomes) for edition, outcomes in of.items()},
        "all": measure(every),
    }


def print_table(methods: Mapping[str, Mapping[str, Sequence[Outcome]]]) -> None:
    """One line for each method and directory."""
    print(
        f"{'method':30} {'directory':18} {'rows':>5} {'known':>6} {'auto':>5} {'right':>6} "
        f"{'precision':>10} {'recall':>7} {'person':>7} {'new':>5} {'as new':>7} {'forced':>7}"
    )
    for method, of in methods.items():
        for edition, one in totals(of).items():
            print(
                f"{method:30} {edition:18} {one.rows:5} {one.existing:6} {one.automatic:5} "
                f"{one.right:6} {one.precision:10.3f} {one.recall:7.3f} {one.to_person:7.2f} "
                f"{one.rows - one.existing:5} {one.new_as_new:7} {one.forced:7}"
            )
        print()


def print_confusions(confusions: Iterable[tuple[Proposal, Case]], sources: Sources) -> None:
    """Every row that the matcher got wrong, left to a person though it is known, or would not call new."""
    print("Confusion list of kg match:")
    for proposal, case in confusions:
        row = case.row
        wrong = proposal.decision is Decision.AUTOMATIC
        mark = "WRONG" if wrong else f"person ({proposal.decision})"
        found = "; ".join(
            f"{part.best.id if part.best else 'new'} {part.confidence:.2f}"
            + ("" if part.best is None or part.best.evidence.firm else " not firm")
            for part in proposal.parts
        )
        known = sources.known.certificates
        should = ", ".join(f"{one} {known[one].label}" for one in sorted(case.listed)) or "new"
        issuers = ";".join(row.issuers) or "-"
        print(f"  {mark:19} {row.entry:22} {row.name} | {row.original or '-'} | {issuers}")
        print(f"  {'':19} proposed {found}; reviewed {should}")


def print_look_alikes(sources: Sources, models: Mapping[str, Model]) -> None:
    """Rows that list one side of a Not pair, with only the other side to choose: none may go there automatically."""
    settings = [("nothing left out", sources.known, shipped_model())]
    for edition, model in models.items():
        rest, _ = without(sources.known, sources.rows, sources.listed, edition)
        settings.append((f"without {edition}", rest, model))
    print("\nLook-alikes with only the other side to choose:")
    for title, known, model in settings:
        tried, merged = merged_look_alikes(known, sources.rows, sources.listed, model)
        print(f"  {title}: {tried} rows, {len(merged)} merged {merged or ''}".rstrip())


def write_weights(model: Model) -> None:
    """Writes the weights that ``kg match`` uses."""
    raw = {"threshold": model.threshold, "weights": dict(model.weights)}
    WEIGHTS.write_text(json.dumps(raw, indent=2) + "\n", "utf-8")
    print(f"{WEIGHTS.relative_to(ROOT)}: threshold {model.threshold}")


if __name__ == "__main__":
    main()
