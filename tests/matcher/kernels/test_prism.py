"""The space-time prism of two fixes against a crime's disc, held to a search of the plane for the best place."""

import numpy as np
import pytest

from matcher.kernels.prism import Bound, Disc, pair_could_hide

ROUNDS, ACROSS = 24, 13
SURELY_MM = 1.0


def lacking(i, j, reach_i, reach_j, total, radius):
    """By how many mm the best place of the plane misses the worst of its four conditions; one value a pair.

    Each condition is convex in the place and so is the worst of them: a net round the best place so far, drawn closer
    each time, ends at the least.
    """
    steps = np.linspace(-1.0, 1.0, ACROSS)
    dx, dy = (each.reshape(1, -1) for each in np.meshgrid(steps, steps))
    best = 0.5 * (i + j) * 0.5
    size = np.maximum(np.hypot(*i), np.hypot(*j)) + radius
    least = np.full(len(radius), np.inf)
    for _ in range(ROUNDS):
        x, y = best[0][:, None] + size[:, None] * dx, best[1][:, None] + size[:, None] * dy
        to_i, to_j = (np.hypot(x - p[0][:, None], y - p[1][:, None]) for p in (i, j))
        worst = np.maximum.reduce(
            [
                to_i - reach_i[:, None],
                to_j - reach_j[:, None],
                to_i + to_j - total[:, None],
                np.hypot(x, y) - radius[:, None],
            ]
        )
        at = np.argmin(worst, axis=1)
        rows = np.arange(len(at))
        least = np.minimum(least, worst[rows, at])
        best = np.array([x[rows, at], y[rows, at]])
        size *= 0.55
    return least


@pytest.mark.parametrize("window", ["an instant", "a stretch", "the whole"])
def test_a_visit_could_be_hidden_exactly_where_some_place_serves(window):
    made = np.random.default_rng(len(window))
    n = 600
    i, j = (np.round(made.normal(0, made.choice([20, 60, 150], n), (2, n)) * 1_000) for _ in range(2))
    i[:, :30], j[:, 15:45] = 0.0, 0.0
    j[:, 50:70] = i[:, 50:70]
    radius = made.choice([1_000, 20_000, 50_000, 90_000], n) * made.uniform(0.5, 1.5, n)
    errors = made.choice([0.0, 5_000.0, 40_000.0], (2, n)) * made.uniform(0.5, 1.5, (2, n))
    speed, lasts = 0.01, np.round(made.uniform(1e6, 4e7, n))
    a, b = np.zeros(n), lasts.copy()
    if window != "the whole":
        a = np.round(made.uniform(0, 1, n) * lasts)
        b = a if window == "an instant" else np.round(a + made.uniform(0, 1, n) * (lasts - a))
    reach_i, reach_j = speed * b + errors[0], speed * (lasts - a) + errors[1]
    total = speed * lasts + errors[0] + errors[1]
    lacks = lacking(i, j, reach_i, reach_j, total, radius)
    sure = np.abs(lacks) > SURELY_MM
    assert sure.mean() > 0.95
    assert 0.15 < (lacks[sure] < 0).mean() < 0.85
    place = 530_000_000.0, 180_000_000.0
    for k in np.flatnonzero(sure):
        first = Bound(0, place[0] + i[0, k], place[1] + i[1, k], errors[0, k])
        second = Bound(int(lasts[k]), place[0] + j[0, k], place[1] + j[1, k], errors[1, k])
        disc = Disc(*place, radius[k])
        found = pair_could_hide(first, second, int(a[k]), int(b[k]), disc, speed)
        assert found == (lacks[k] < 0), (window, k, lacks[k])
