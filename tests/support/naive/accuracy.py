"""Stated accuracies written the slow, obvious way: what a radius says at its level, as a 68 % radius.

What it follows, where more than one reading is possible:

* 0 is not known, as an empty field; so is what comes to less than half a millimetre.
* The ratio of two radii of one circular Gaussian is that of their Rayleigh quantiles, sqrt(-2 ln(1 - L)); the 68 %
  radius is a whole number of millimetres, rounded half to even. At level 68, or where none is declared, it is the one
  stated.
* A factor of the device multiplies the 68 % radius before it is rounded, whoever declared the level.
* Whether a fix is too coarse is asked of its 68 % radius.
"""

import math

LEVELS = {0: 0.68, 68: 0.68, 90: 0.90, 95: 0.95}
"""Levels by their codes; 0: not declared."""


def quantile(share: float) -> float:
    """Within so many sigma of the truth a circular Gaussian has this share of its errors."""
    return math.sqrt(-2 * math.log(1 - share))


def sigma_of_radius(stated: float, level: int) -> float | None:
    """sigma, in the unit of the radius, before any least sigma; None if the radius is not known."""
    return stated / quantile(LEVELS[level]) if stated else None


def radius_68(stated_mm: int | None, level: int = 0, factor: float = 1.0) -> int | None:
    """The 68 % radius in whole millimetres that a run goes by; None if not known."""
    if not stated_mm:
        return None
    return min(round(stated_mm * (quantile(0.68) / quantile(LEVELS[level])) * factor), 2**31 - 1) or None
