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
    rows = boxed_rows(LeftOutArrays(others, t, x, y.astype(np.int32), accuracy, np.zeros(n, np.int8)), 1, RULE)
    error = 4 * np.maximum(np.where(accuracy < 0, 100_000, accuracy) / 1.5095921854516636, 25_000.0)
    inside = 0
    for _ in range(300):
        cx, cy = rng.uniform(499_000_000, 505_000_000), rng.uniform(-1_000_000, 5_000_000)
        radius = rng.choice([100_000.0, 300_000.0])
        i, until = int(rng.integers(0, n + 1)), int(rng.integers(0, 10_000))
        near = np.hypot(x - cx, y - cy) <= radius + error
        expected = bool((near[i:] & (t[i:] <= until)).any())
        assert any_inside(rows, i, until, Disc(cx, cy, radius)) == expected
        inside += expected
    assert n < 100 or 0 < inside < 300
