"""What chance is expected to bring and what it brings, over worlds whose days are drawn anew with nothing planted."""

import math

import numpy as np
import numpy.typing as npt

from tests.support.day_lives import Judged, lived, town

THRESHOLDS = (0.0, 0.1, 1.0, 10.0, 50.0, 200.0)

Floats = npt.NDArray[np.float64]


def expected_and_found(world: Judged) -> tuple[Floats, Floats]:
    """Matches expected by chance and candidates, at each of THRESHOLDS, over all strata.

    A curve steps at its thresholds: what it says at the first at or above c is said of c, too much by none.
    """
    expected, observed = np.zeros(len(THRESHOLDS)), np.zeros(len(THRESHOLDS))
    for _, curve in world.chance.curves.group_by("stratum", maintain_order=True):
        ordered = curve.sort("threshold")
        at = np.searchsorted(ordered["threshold"].to_numpy(), THRESHOLDS)
        inside = at < ordered.height
        for column, sums in (("expected_chance", expected), ("observed", observed)):
            values = ordered[column].to_numpy()
            sums[inside] += values[at[inside]]
    return expected, observed


def null_worlds(n: int, wearers: int, crimes: int) -> tuple[Floats, Floats]:
    """One town, its days drawn anew n times, nothing planted: expected and observed, worlds x thresholds."""
    place = town(3000, wearers, crimes)
    both = [expected_and_found(lived(place, seed)) for seed in range(n)]
    return np.array([e for e, _ in both]), np.array([o for _, o in both])


def off_on_the_mean(expected: Floats, observed: Floats) -> tuple[Floats, Floats]:
    """Expected less found, on the mean over worlds, and its standard error, at each threshold."""
    difference = expected - observed
    return difference.mean(axis=0), difference.std(axis=0, ddof=1) / math.sqrt(len(expected))


def off_of_one(expected: Floats, observed: Floats) -> tuple[Floats, Floats]:
    """The first world's word less the mean found in the others, and its standard error."""
    alone = np.sqrt(expected.var(axis=0, ddof=1) + observed.var(axis=0, ddof=1) / (len(expected) - 1))
    return expected[0] - observed[1:].mean(axis=0), alone
