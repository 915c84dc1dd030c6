"""Rows left out that could have been inside are found through their boxes exactly as by looking at each."""

import numpy as np
import pytest

from matcher import Params
from matcher.kernels.arrays import LeftOutArrays
from matcher.kernels.left_out import any_inside, boxed_rows
from matcher.kernels.prism import Disc
from matcher.rule import rule_of

RULE = rule_of(Params())


@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 255, 256, 257, 1_300])
def test_boxes_hide_no_row(n: int) -> None:
    rng = np.random.default_rng(n)
    # Now and then far off for long, so that whole boxes are passed over.
    far = np.repeat(rng.integers(0, 2, n // 40 + 1), 40)[:n] * 50_000_000
    x, y = (rng.integers(500_000_000, 504_000_000, n) + far).astype(np.int32), rng.integers(0, 4_000_000, n)
    accuracy = rng.choice([-1, 5_000, 60_000, 400_000], n).astype(np.int32)
    t = np.sort(rng.integers(0, 10_000, n))
    others = np.array([0, 0, n, n])
    fixes = np.sort(rng.integers(0, 10_000, 200))
    left_out = LeftOutArrays(others, t, x, y.astype(np.int32), accuracy, np.zeros(n, np.int8))
    rows = boxed_rows(left_out, 1, fixes, RULE)
    error = 4 * np.maximum(np.where(accuracy < 0, 100_000, accuracy) / 1.5095921854516636, 25_000.0)
    inside = 0
    for _ in range(300):
        cx, cy = rng.uniform(499_000_000, 505_000_000), rng.uniform(-1_000_000, 5_000_000)
        radius = rng.choice([100_000.0, 300_000.0])
        i, end = int(rng.integers(0, n + 1)), int(rng.integers(0, 10_000))
        until = next((fix for fix in fixes if fix >= end), 10_000)
        near = np.hypot(x - cx, y - cy) <= radius + error
        expected = bool((near[i:] & (t[i:] <= until)).any())
        assert any_inside(rows, i, end, Disc(cx, cy, radius)) == expected
        inside += expected
    assert n < 100 or 0 < inside < 300


def test_a_row_is_in_the_gap_round_a_window_up_to_the_fixes_beside_it_and_at_their_instants() -> None:
    fixes = np.array([10, 20, 20, 30])
    t = np.array([5, 10, 15, 20, 25, 30, 35])
    n = len(t)
    zeros = np.zeros(n, np.int32)
    left_out = LeftOutArrays(np.array([0, n]), t, zeros, zeros, zeros, np.zeros(n, np.int8))
    rows = boxed_rows(left_out, 0, fixes, RULE)
    for start in range(40):
        for end in range(start, 40):
            since = max((fix for fix in fixes if fix <= start), default=0)
            until = min((fix for fix in fixes if fix >= end), default=40)
            found = (rows.after_us > start) & (rows.before_us < end)
            assert t[found].tolist() == [row for row in t if since <= row <= until]
