"""What an evaluation of so many people can detect: two proportions, compared by a pooled z test.

PCD 570, 1.9 and 7.3 want an impact analysis from 300 tags on. The formula is Fleiss, Levin and Paik, *Statistical
Methods for Rates and Proportions*, 3rd ed., 4.3, without continuity correction, with both tails. It is written out here
because whoever reads the figure is told it; the tests hold it to statsmodels' own.
"""

from dataclasses import dataclass
from math import ceil, sqrt

from scipy.optimize import brentq
from scipy.stats import norm

from tracker.errors import BadEntry

FORMULA = (
    "two-sided z test of two proportions, pooled under no effect: power = P(|d + s1 Z| > z s0), d = p1 - p0, "
    "s0 = sqrt(p(1-p)(1/n1 + 1/n0)) with p = (n1 p1 + n0 p0)/(n1 + n0), s1 = sqrt(p1(1-p1)/n1 + p0(1-p0)/n0)"
)
PUBLISHED = (0.262, 0.332)
"""Reoffending within 12 months, tagged and not, published in August 2025 of people tagged for acquisitive crime."""
MOST_PEOPLE = 10_000_000
LEAST_DROP = 1e-9
"""A smaller difference is not looked for: a power hardly above the level finds even this one."""


@dataclass(frozen=True, slots=True)
class Design:
    """So many tagged against so many not, and what is expected of them; `alpha` two-sided."""

    n_tagged: int
    n_untagged: int
    p_tagged: float = PUBLISHED[0]
    p_untagged: float = PUBLISHED[1]
    alpha: float = 0.05

    def __post_init__(self) -> None:
        for name, n in (("tagged", self.n_tagged), ("untagged", self.n_untagged)):
            if not 0 <= n <= MOST_PEOPLE:
                raise BadEntry(f"{n} {name} people; give 0 to {MOST_PEOPLE:,}")
        for name, p in (("tagged", self.p_tagged), ("untagged", self.p_untagged)):
            if not 0 < p < 1:
                raise BadEntry(f"a share of {p} of the {name} reoffending; give one between 0 and 1, such as 0.332")
        if not 0 < self.alpha < 0.5:
            raise BadEntry(f"a level of {self.alpha}; give one between 0 and 0.5, such as 0.05")


def power(design: Design) -> float:
    """The chance that such an evaluation finds the difference, from 0 to 1; 0 where a group has nobody."""
    n1, n0, p1, p0 = design.n_tagged, design.n_untagged, design.p_tagged, design.p_untagged
    if not n1 or not n0:
        return 0.0
    pooled = (n1 * p1 + n0 * p0) / (n1 + n0)
    s0 = sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
    s1 = sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
    z, d = float(norm.isf(design.alpha / 2)), p1 - p0
    return float(norm.sf((z * s0 - d) / s1) + norm.cdf((-z * s0 - d) / s1))


def smallest_drop(design: Design, wanted: float = 0.8) -> float | None:
    """The smallest drop from `p_untagged` that is found with the power wanted; None where none is.

    `p_tagged` of the design is not looked at.
    """
    _checked_power(wanted, design.alpha)

    def short_of(drop: float) -> float:
        return _with_drop(design, drop) - wanted

    if design.n_tagged and design.n_untagged and short_of(LEAST_DROP) >= 0:
        return LEAST_DROP
    # A drop to nothing at all has no spread in one group, and stands at the end of the range.
    most = design.p_untagged * (1 - 1e-9)
    if not design.n_tagged or not design.n_untagged or short_of(most) < 0:
        return None
    return float(brentq(short_of, LEAST_DROP, most, xtol=1e-9))


def tagged_needed(design: Design, wanted: float = 0.8, *, untagged_each: float = 1.0) -> int | None:
    """How many tagged people it takes, with `untagged_each` others for each; None past ten million."""
    _checked_power(wanted, design.alpha)
    if not 0 < untagged_each <= 1000:
        raise BadEntry(f"{untagged_each} untagged for each tagged person; give a number from 0 to 1000, such as 4")
    low, high = 1, 2

    def enough(n: int) -> bool:
        others = min(ceil(n * untagged_each), MOST_PEOPLE)
        return power(Design(n, others, design.p_tagged, design.p_untagged, design.alpha)) >= wanted

    while not enough(high):
        low, high = high, high * 2
        if high > MOST_PEOPLE:
            return None
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return 1 if enough(1) else high


def _with_drop(design: Design, drop: float) -> float:
    p1 = design.p_untagged - drop
    return power(Design(design.n_tagged, design.n_untagged, p1, design.p_untagged, design.alpha))


def _checked_power(wanted: float, alpha: float) -> None:
    # Without any difference at all the power is the level.
    if not alpha < wanted < 1:
        raise BadEntry(f"a power of {wanted}; give one between the level {alpha:g} and 1, such as 0.8")
