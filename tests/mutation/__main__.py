"""Try some mutants: `python -m tests.mutation --n 60 --seed 1 --area release --area audit`.

Outcomes are kept below prove-out/mutants, a file a seed: a run that was broken off goes on where it ended.
"""

import argparse

from tests.mutation.kept import FOLDER, Kept
from tests.mutation.sample import main_lines, say, shares, try_sample
from tests.mutation.targets import SHARES
from tests.mutation.trial import copy_of_source

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--n", type=int, default=60, help="how many")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--area", action="append", choices=tuple(SHARES), help="all of them in one area, or a few")
parser.add_argument("--first", action="store_true", help="ask only the target's own tests that reach the statement")
asked = parser.parse_args()
wanted = {area: max(1, asked.n // len(asked.area)) for area in asked.area} if asked.area else shares(asked.n)
kept = Kept(FOLDER / f"{asked.seed}.jsonl")
with copy_of_source(FOLDER) as copy:
    main_lines(try_sample(copy, wanted, asked.seed, say, kept, whole=not asked.first))
