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
    "analysis/test_other_days.py",
)
SCRIPT = """
import sys
import pytest
from matcher.kernels import search
assert not hasattr(search.candidates, "py_func"), "compiled after all"
sys.exit(pytest.main(sys.argv[1:]))
"""


def test_kernels_give_the_same_without_being_compiled() -> None:
    # Left out: four hundred thousand probabilities against scipy's; those at random places stay.
    chosen = ["-q", "-p", "no:cacheprovider", "-k", "not wide_grid", *(str(TESTS / name) for name in CHOSEN)]
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
