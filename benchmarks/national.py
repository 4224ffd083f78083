"""A national sample in this ontology: the real data and many invented places whose rows are drawn from the real ones.

    python benchmarks/national.py --releases DIR [--places 340] [--editions 2] [--rows 300] [--seed 1]

writes a release that ``kg serve --releases DIR`` serves, with graph.nq and names.jsonl. The same arguments and data
give the same bytes. ``--tables DIR`` writes each invented directory as directory.csv and what its rows list as
listed.csv too. Nothing in it is a fact: the places have region codes from 900001 on, which GB/T 2260 does not use.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.sample import Maker, read_assembly
from benchmarks.sample_release import make_release


def main() -> None:
    """Makes the sample that the arguments ask for."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--releases", type=Path, required=True)
    arguments.add_argument("--places", type=int, default=340)
    arguments.add_argument("--editions", type=int, default=2)
    arguments.add_argument("--rows", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--tables", type=Path)
    given = arguments.parse_args()
    started = time.monotonic()
    assembly = read_assembly()
    maker = Maker(assembly, given.seed, given.rows, given.editions)
    name, quads = make_release(given.releases, assembly, maker, given.places, given.tables)
    rows = given.places * given.editions * given.rows
    print(f"{name}: {rows:,} invented rows, {quads:,} quads, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
