"""The kernels as plain Python: what they compute must not hang on numba, and a debugger can step through them."""

import os
import subprocess
import sys
from pathlib import Path

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
SEARCHES = ("wide_grid", "slow_twin", "window_grows", "straight_piece", "same_bits", "segment_meets_a_disc_exactly")
"""Hundreds of thousands of places and long searches by hypothesis; each kernel in them has an example that stays."""
SCRIPT = """
import sys
import pytest
from matcher.kernels import search
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
