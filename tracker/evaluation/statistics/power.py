"""Power of an evaluation that compares two proportions by a pooled z test.

PCD 570, 1.9 and 7.3 ask for an impact analysis from 300 tags. The formula is Fleiss, Levin and Paik, *Statistical
Methods for Rates and Proportions*, 3rd ed., 4.3, without continuity correction, with both tails. It is written out here
because readers are shown the formula; tests compare it with statsmodels.
"""

from dataclasses import dataclass
from math import ceil, sqrt

from scipy.special import ndtr, ndtri

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
class PowerDesign:
    """Sizes of the two groups and their expected shares reoffending; `alpha` is two-sided."""

    n_tagged: int
    n_untagged: int
    p_tagged: float = PUBLISHED[0]
    p_untagged: float = PUBLISHED[1]
    alpha: float = 0.05

    def __post_init__(self) -> None:
        for name, n in (("tagged", self.n_tagged), ("untagged", self.n_untagged)):
            if not 0 <= n <= MOST_PEOPLE:
                raise BadEntry(f"{n} {name} people; give a number from 0 to {MOST_PEOPLE:,}")
        for name, p in (("tagged", self.p_tagged), ("untagged", self.p_untagged)):
            if not 0 < p < 1:
                raise BadEntry(
                    f"the share of {name} people reoffending is {p}; give one between 0 and 1, for example 0.332"
                )
        if not 0 < self.alpha < 0.5:
            raise BadEntry(f"the significance level is {self.alpha}; give one between 0 and 0.5, for example 0.05")


def power(design: PowerDesign) -> float:
    """The chance that such an evaluation finds the difference, from 0 to 1; 0 where a group is empty."""
    n1, n0, p1, p0 = design.n_tagged, design.n_untagged, design.p_tagged, design.p_untagged
    if not n1 or not n0:
        return 0.0
    pooled = (n1 * p1 + n0 * p0) / (n1 + n0)
    s0 = sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
    s1 = sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
    z, d = -float(ndtri(design.alpha / 2)), p1 - p0
    return float(ndtr((d - z * s0) / s1) + ndtr((-z * s0 - d) / s1))


def smallest_drop(design: PowerDesign, wanted: float = 0.8) -> float | None:
    """The smallest drop from `p_untagged` that is found with the wanted power; None if there is none.

    `p_tagged` of the design is ignored.
    """
    _checked_power(wanted, design.alpha)

    def short_of(drop: float) -> float:
        return _with_drop(design, drop) - wanted

    if design.n_tagged and design.n_untagged and short_of(LEAST_DROP) >= 0:
        return LEAST_DROP
    # A drop to zero has no variance in one group, so the range ends just before it.
    most = design.p_untagged * (1 - 1e-9)
    if not design.n_tagged or not design.n_untagged or short_of(most) < 0:
        return None
    # Here, as a server that nobody asks for power does without its memory.
    from scipy.optimize import brentq

    return float(brentq(short_of, LEAST_DROP, most, xtol=1e-9))


def tagged_needed(design: PowerDesign, wanted: float = 0.8, *, untagged_each: float = 1.0) -> int | None:
    """Tagged people needed, with `untagged_each` others for each; None above ten million."""
    _checked_power(wanted, design.alpha)
    if not 0 < untagged_each <= 1000:
        raise BadEntry(
            f"{untagged_each} comparison people for each tagged person; give a number above 0 and up to 1000"
        )
    low, high = 1, 2

    def enough(n: int) -> bool:
        others = min(ceil(n * untagged_each), MOST_PEOPLE)
        return power(PowerDesign(n, others, design.p_tagged, design.p_untagged, design.alpha)) >= wanted

    while not enough(high):
        low, high = high, high * 2
        if high > MOST_PEOPLE:
            return None
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return 1 if enough(1) else high


def _with_drop(design: PowerDesign, drop: float) -> float:
    p1 = design.p_untagged - drop
    return power(PowerDesign(design.n_tagged, design.n_untagged, p1, design.p_untagged, design.alpha))


def _checked_power(wanted: float, alpha: float) -> None:
    # Without any difference the power equals the significance level.
    if not alpha < wanted < 1:
        raise BadEntry(f"the wanted power is {wanted}; give one between the level {alpha:g} and 1, for example 0.8")
