"""Counts by borough and month of a rollout whose effect is known."""

import numpy as np

from tracker.evaluation.statistics.estimates.staggered import NEVER

BEGAN = np.array([14] * 4 + [18] * 5 + [20] * 6 + [21] * 5 + [NEVER] * 12)
"""PCD 570, 2.1: 4, 5, 6 and 5 boroughs, here of 32; months from the first."""
MONTHS = 30
DROP, MEAN_SIZE = 0.12, 150.0
_AFTER = (BEGAN[:, None] >= 0) & (np.arange(MONTHS)[None, :] >= BEGAN[:, None])
EFFECT = -DROP * MEAN_SIZE
"""A month a borough, once it has begun."""


def drawn_rollout(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Counts and when each borough began. All boroughs share a season and a trend; each has a size of its own and
    wanders by itself; an effect is a share of the size."""
    months = np.arange(MONTHS)
    shared = 12 * np.sin(months / 12 * 2 * np.pi) + 0.6 * months + rng.normal(0, 4, MONTHS).cumsum()
    wander = np.zeros((len(BEGAN), MONTHS))
    for t in range(1, MONTHS):
        wander[:, t] = 0.6 * wander[:, t - 1] + rng.normal(0, 6, len(BEGAN))
    sizes = rng.uniform(MEAN_SIZE - 90, MEAN_SIZE + 90, len(BEGAN))
    mean = np.maximum(sizes[:, None] * (1 - DROP * _AFTER) + shared[None, :] + wander, 1)
    return rng.poisson(mean).astype(float), BEGAN
