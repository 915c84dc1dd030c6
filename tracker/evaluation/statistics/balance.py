"""Balance of two groups: standardised mean differences before and after weighting, and the effective sample size."""

from dataclasses import dataclass

import numpy as np

from tracker.evaluation.statistics.covariates import Bools, Floats, Matrix

LIMIT = 0.1
"""Past this a difference is usually called unbalanced (Austin 2009, Statistics in Medicine 28:3083)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One level of one covariate: shares of people for a category, means for a number (`level` "").

    Differences are tagged minus comparison, in SDs: the root of the mean of both groups' variances before weighting,
    so that before and after are on one scale.
    """

    covariate: str
    level: str
    mean_tagged: float
    mean_comparison: float
    mean_tagged_after: float
    mean_comparison_after: float
    smd_before: float
    smd_after: float

    @property
    def unbalanced(self) -> bool:
        return abs(self.smd_after) > LIMIT

    @property
    def words(self) -> str:
        return f"{self.covariate}{f' = {self.level}' if self.level else ''}"


def balance(matrix: Matrix, tagged: Bools, weight: Floats) -> tuple[Balance, ...]:
    """Every level, the worst after weighting first. Shapes `(n,)`; 0: not used. Both groups need some weight."""
    rows = []
    before = np.ones(len(tagged))
    for (covariate, level), column in zip(matrix.levels, matrix.values.T, strict=True):
        spread = float(np.sqrt((column[tagged].var() + column[~tagged].var()) / 2))
        first, second = _means(column, tagged, before), _means(column, tagged, weight)
        rows.append(
            Balance(
                covariate=covariate,
                level=level,
                mean_tagged=first[0],
                mean_comparison=first[1],
                mean_tagged_after=second[0],
                mean_comparison_after=second[1],
                smd_before=_in_sds(first[0] - first[1], spread),
                smd_after=_in_sds(second[0] - second[1], spread),
            )
        )
    return tuple(sorted(rows, key=lambda row: (-abs(row.smd_after), row.covariate, row.level)))


def effective_size(weight: Floats) -> float:
    """Kish's (1965) effective sample size, `sum(w)^2 / sum(w^2)`; 0 for no people."""
    squares = float((weight**2).sum())
    return float(weight.sum()) ** 2 / squares if squares else 0.0


def _means(column: Floats, tagged: Bools, weight: Floats) -> tuple[float, float]:
    # To 12 digits: means of the same values in two groups of other sizes differ by less.
    return (
        round(float(np.average(column[tagged], weights=weight[tagged])), 12),
        round(float(np.average(column[~tagged], weights=weight[~tagged])), 12),
    )


def _in_sds(difference: float, spread: float) -> float:
    if abs(difference) < 1e-9:
        return 0.0
    return difference / spread if spread else float(np.copysign(np.inf, difference))
