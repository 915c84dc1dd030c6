"""Looking at the results more than once: how large a z value has to be at each look.

Whoever tests at the usual level at every look finds an effect that is none in more than one of twenty evaluations. A
*spending function* says how much of the error may be spent by the time a share of the information is in; the boundary
at each look spends just that (Lan and DeMets 1983, *Biometrika* 70:659). The integral over the looks before is that of
Armitage, McPherson and Rowe (1969). Tests compare the boundaries with the published ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from math import e, log, sqrt

import numpy as np
from scipy.special import ndtr, ndtri

from tracker.errors import BadEntry

_FAR = 9.0
"""A boundary beyond this many standard errors is not told from one that is never reached."""
_NODES = 160


class Spending(StrEnum):
    """`OBRIEN_FLEMING`: hardly anything early. `POCOCK`: about as much at each look."""

    OBRIEN_FLEMING = "obrien-fleming"
    POCOCK = "pocock"


@dataclass(frozen=True, slots=True)
class Boundary:
    """One look: the share of the information, the error spent by then, and the z value that has to be reached."""

    look: int
    information: float
    spent: float
    z: float

    @property
    def alpha(self) -> float:
        """The two-sided level of this look alone."""
        return float(2 * ndtr(-self.z))


def boundaries(information: Sequence[float], spending: Spending, alpha: float = 0.05) -> tuple[Boundary, ...]:
    """Symmetric two-sided boundaries at rising shares of the information, each above 0 and the last at most 1."""
    shares = [float(t) for t in information]
    if not shares or shares[0] <= 0 or shares[-1] > 1 or any(b <= a for a, b in pairwise(shares)):
        raise BadEntry(
            f"the shares of the information are {', '.join(f'{t:g}' for t in shares) or 'missing'}; give rising "
            "numbers above 0 and up to 1, for example 0.5, 1"
        )
    if not 0 < alpha < 0.5:
        raise BadEntry(f"the significance level is {alpha}; give one between 0 and 0.5, for example 0.05")
    out: list[Boundary] = []
    before = 0.0
    state: _State | None = None
    for look, share in enumerate(shares, 1):
        spent = spent_by(share, spending, alpha)
        z = _solved(state, share, (spent - before) / 2)
        out.append(Boundary(look, share, spent, z))
        state, before = _continued(state, share, z), spent
    return tuple(out)


def spent_by(information: float, spending: Spending, alpha: float = 0.05) -> float:
    """The two-sided error that may be spent by a share of the information; `alpha` by the end."""
    if spending is Spending.POCOCK:
        return alpha * log(1 + (e - 1) * information)
    # Each side has a function of its own, as in the programs that published these boundaries.
    return float(4 * ndtr(ndtri(alpha / 4) / sqrt(information)))


def crossing(z: Sequence[float], information: Sequence[float]) -> float:
    """The chance that |Z| reaches its boundary at any look where there is no effect."""
    total, state = 0.0, None
    for limit, share in zip(z, information, strict=True):
        total += 2 * _beyond(state, share, limit)
        state = _continued(state, share, limit)
    return total


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """Brownian motion at a look that went on: nodes within the boundary, and weight times density at each."""

    information: float
    at: np.ndarray
    mass: np.ndarray


def _beyond(state: _State | None, share: float, z: float) -> float:
    """The chance of reaching the upper boundary at this look, having reached none before."""
    if state is None:
        return float(ndtr(-z))
    spread = sqrt(share - state.information)
    return float((state.mass * ndtr((state.at - z * sqrt(share)) / spread)).sum())


def _continued(state: _State | None, share: float, z: float) -> _State:
    nodes, weights = _legendre()
    # Density farther out than nine standard errors is nothing.
    half = min(z, _FAR) * sqrt(share)
    at, weight = nodes * half, weights * half
    if state is None:
        density = np.exp(-(at**2) / (2 * share)) / sqrt(2 * np.pi * share)
    else:
        gap = share - state.information
        steps = np.exp(-((at[:, None] - state.at[None, :]) ** 2) / (2 * gap)) / sqrt(2 * np.pi * gap)
        density = steps @ state.mass
    return _State(share, at, weight * density)


@cache
def _legendre() -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes, weights


def _solved(state: _State | None, share: float, wanted: float) -> float:
    from scipy.optimize import brentq

    if _beyond(state, share, _FAR) >= wanted:
        return _FAR
    return float(brentq(lambda z: _beyond(state, share, z) - wanted, 0.0, _FAR, xtol=1e-10))
