"""The kernels as plain Python: what they compute must not hang on numba, and a debugger can step through them.

Nor on what memory held before: there np.empty gives noise, which must be written before it is read.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
CHOSEN = (
    "kernels/test_kernels.py",
    "analysis/test_verdicts_worked_examples.py",
    "analysis/test_reference_days.py",
    "analysis/test_presence.py",
    "analysis/test_other_days.py::test_every_pair_and_day_is_as_counted_one_by_one[3]",
    "analysis/test_other_days.py::test_another_day_is_measured_as_the_crimes_own_day_would_be[3]",
    "analysis/test_other_days.py::test_less_than_five_other_days_are_flagged",
)
SEARCHES = (
    "wide_grid",
    "slow_twin",
    "window_grows",
    "straight_piece",
    "same_bits",
    "peaks_are_found",
    "segment_meets_a_disc_exactly",
)
"""Hundreds of thousands of places and long searches by hypothesis; each kernel in them has an example that stays."""
SCRIPT = """
import sys
import pytest
from matcher.kernels import search
from tests.support.noise import fill_new_arrays
fill_new_arrays()
assert not hasattr(search.candidates, "py_func"), "compiled after all"
sys.exit(pytest.main(sys.argv[1:]))
"""


def test_kernels_give_the_same_without_being_compiled() -> None:
    but = " and ".join(f"not {name}" for name in SEARCHES)
    chosen = ["-q", "-p", "no:cacheprovider", "-k", but, *(str(TESTS / name) for name in CHOSEN)]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *chosen],
        cwd=TESTS.parent.parent,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-2_000:]
    assert " passed" in done.stdout


RUN = """
import json
import sys
import tempfile
from pathlib import Path
import numpy as np
import polars as pl
from matcher import EVERYONE, Params
from matcher.kernels import search
from matcher.runs.run import run
from matcher.store.fixes import FixStore
from tests.support import walks
from tests.support.noise import fill_new_arrays

if sys.argv[1] == "noise":
    assert not hasattr(search.candidates, "py_func"), "compiled after all"
    fill_new_arrays()
rng = np.random.default_rng(20190222)
# A fix every four minutes of two weeks and a day, so that there are other days; one wearer has two devices.
fixes = walks.stored_fixes(rng, 3, 15).gather_every(4)
crimes = walks.crimes_among(rng, fixes, 30)
worn = walks.assignments(3).with_columns(wearer_id=pl.Series(["W00", "W00", "W01"]))
with tempfile.TemporaryDirectory() as folder:
    store = FixStore.open(Path(folder) / "fixes")
    store.append([fixes])
    params = Params(min_pool_crimes=1)
    who = {"assignments": worn, "monitored": EVERYONE, "eligible": EVERYONE}
    made = run(store, crimes, params=params, runs_dir=Path(folder) / "runs", executor="inline", **who)
    print(json.dumps({"results": made.manifest["results"], "counts": made.manifest["counts"]}))
"""


@pytest.mark.slow
def test_a_run_does_not_hang_on_what_memory_held_before() -> None:
    compiled, plain = (
        subprocess.run(
            [sys.executable, "-c", RUN, how],
            cwd=TESTS.parent.parent,
            env={**os.environ, **more},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for how, more in (("compiled", {}), ("noise", {"NUMBA_DISABLE_JIT": "1"}))
    )
    expected, found = json.loads(compiled), json.loads(plain)
    assert expected["counts"]["candidates"] > 10
    assert expected["counts"]["visits"] > 10
    assert found == expected
