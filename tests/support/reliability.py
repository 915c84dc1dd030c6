"""How probabilities compare with the truth: slope, score, and by tenths the share that was there."""

import dataclasses
from typing import Any

import numpy as np

from tests.support.simulated_tags import Floats

EDGES = np.linspace(0.0, 1.0, 11)


@dataclasses.dataclass(frozen=True)
class Reliability:
    """How the probabilities compare with the truth, in one kind of world."""

    n: int
    slope: float
    slope_se: float
    over: float
    """Mean p less the share that was there, of p from 0.1 to 0.9."""
    over_se: float
    brier: float
    brier_hard: float
    mean_p: list[float]
    share: list[float]
    count: list[int]

    @property
    def worst_tenth(self) -> int:
        """The tenth of 0.1 to 0.9 in which mean p and share differ most."""
        return max(range(1, 9), key=lambda k: abs(self.mean_p[k] - self.share[k]))

    @property
    def worst_bin(self) -> float:
        """Greatest difference of mean p and share, over the tenths of 0.1 to 0.9."""
        return abs(self.mean_p[self.worst_tenth] - self.share[self.worst_tenth])


def compare(p: Floats, there: np.ndarray[Any, Any], hard: np.ndarray[Any, Any]) -> Reliability:
    y = there.astype(float)
    off = p - p.mean()
    slope = float((off * y).sum() / (off * off).sum())
    rest = y - y.mean() - slope * off
    # The truth's spread depends on p: an error of the slope that allows for it.
    se = float(np.sqrt((off**2 * rest**2).sum()) / (off * off).sum())
    middle = (p >= 0.1) & (p <= 0.9)
    bins = np.digitize(p, EDGES[1:-1])
    held = [bins == k for k in range(len(EDGES) - 1)]
    return Reliability(
        n=len(p),
        slope=slope,
        slope_se=se,
        over=float((p - y)[middle].mean()),
        over_se=float((p - y)[middle].std() / np.sqrt(middle.sum())),
        brier=float(((p - y) ** 2).mean()),
        brier_hard=float(((hard - y) ** 2).mean()),
        mean_p=[float(p[k].mean()) if k.any() else np.nan for k in held],
        share=[float(y[k].mean()) if k.any() else np.nan for k in held],
        count=[int(k.sum()) for k in held],
    )
