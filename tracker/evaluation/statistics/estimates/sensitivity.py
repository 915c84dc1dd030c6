"""How strong a cause outside the data would have to be to explain a result: Rosenbaum's bounds.

Two people of one set who are alike in all covariates may still differ in their odds of being tagged, by a factor of at
most *gamma*. Gamma 1: by nothing. For each gamma there is a largest p value that a cause outside the data could bring
about (Rosenbaum 2002, *Observational Studies*, 2nd ed., 4.2 to 4.4). With pairs this is McNemar's test with the chance
gamma / (1 + gamma); with larger sets, Fisher's noncentral hypergeometric distribution in each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from tracker.errors import BadEntry

Ints = NDArray[np.int64]
MOST_EXACT = 4_000
"""With more people the tail is that of a normal distribution, corrected for continuity."""
GAMMAS = (1.0, 1.25, 1.5, 2.0, 3.0)


@dataclass(frozen=True, slots=True, eq=False)
class Sets:
    """Of each set, shape `(s,)`: tagged people, all people, people with the outcome, tagged people with it."""

    tagged: Ints
    people: Ints
    events: Ints
    tagged_events: Ints


@dataclass(frozen=True, slots=True)
class Bound:
    """The largest one-sided p value with odds of being tagged that differ by up to `gamma`."""

    gamma: float
    p: float


def sets_of(tagged: NDArray[np.bool_], outcome: NDArray[np.bool_], sets: Ints) -> Sets:
    """By person, shape `(n,)`; `sets` 0: in none."""
    used = sets > 0
    _, where = np.unique(sets[used], return_inverse=True)
    t, y = tagged[used], outcome[used]
    counts = [np.bincount(where, weights=w).astype(np.int64) for w in (t, np.ones(len(t)), y, t & y)]
    return Sets(*counts)


def propensity_sets(propensity: NDArray[np.float64], tagged: NDArray[np.bool_], classes: int = 20) -> Ints:
    """Classes of people with similar propensities, from 1 on, each with about as many of `tagged`; ties stay together.
    For designs that have no sets of their own."""
    edges = np.unique(np.quantile(propensity[tagged], np.arange(1, classes) / classes))
    found: Ints = np.searchsorted(edges, propensity, side="right").astype(np.int64) + 1
    return found


def bounds(sets: Sets, gammas: Sequence[float] = GAMMAS, *, fewer: bool = True) -> tuple[Bound, ...]:
    """One for each gamma. `fewer`: that tagged people have the outcome less often; otherwise more often."""
    wrong = [g for g in gammas if not 1 <= g <= 1_000]
    if wrong:
        raise BadEntry(f"gamma is {wrong[0]:g}; give numbers from 1 to 1,000, for example 1.5")
    return tuple(Bound(float(g), _p(sets, float(g), fewer)) for g in gammas)


def explained_from(sets: Sets, *, fewer: bool = True, alpha: float = 0.025) -> float | None:
    """The smallest gamma, to two decimals, at which the bound passes `alpha`; None where it does so without one."""
    if _p(sets, 1.0, fewer) > alpha:
        return None
    low, high = 1.0, 2.0
    while _p(sets, high, fewer) <= alpha:
        low, high = high, high * 2
        if high > 1_000:
            return 1_000.0
    while high - low > 0.005:
        middle = (low + high) / 2
        low, high = (middle, high) if _p(sets, middle, fewer) <= alpha else (low, middle)
    return round(high, 2)


def _p(sets: Sets, gamma: float, fewer: bool) -> float:
    # The other tail is the same question about people without the outcome.
    events, observed = sets.events, sets.tagged_events
    if fewer:
        events, observed = sets.people - events, sets.tagged - observed
    total = int(observed.sum())
    if int(sets.people.sum()) <= MOST_EXACT:
        return _exact_tail(_kinds(sets, events), total, gamma)
    moments = [(n * m, n * v) for each, n in _kinds(sets, events) for m, v in (_moments(*each, gamma),)]
    mean, variance = sum(m for m, _ in moments), sum(v for _, v in moments)
    return float(ndtr(-(total - 0.5 - mean) / sqrt(variance))) if variance else float(total <= mean)


def _masses(tagged: int, people: int, events: int, gamma: float) -> tuple[int, np.ndarray]:
    """The least number of tagged people with the outcome, and the chance of each number from there on."""
    from scipy.special import gammaln

    least, most = max(0, tagged + events - people), min(tagged, events)
    k = np.arange(least, most + 1)
    log_mass = k * np.log(gamma) - (
        gammaln(k + 1) + gammaln(events - k + 1) + gammaln(tagged - k + 1) + gammaln(people - events - tagged + k + 1)
    )
    mass = np.exp(log_mass - log_mass.max())
    return least, mass / mass.sum()


def _kinds(sets: Sets, events: Ints) -> list[tuple[tuple[int, int, int], int]]:
    """Tagged people, people and events of each kind of set, and how many sets there are of it."""
    found, counts = np.unique(np.column_stack([sets.tagged, sets.people, events]), axis=0, return_counts=True)
    return [((int(t), int(n), int(y)), int(times)) for (t, n, y), times in zip(found, counts, strict=True)]


def _exact_tail(kinds: list[tuple[tuple[int, int, int], int]], total: int, gamma: float) -> float:
    shift, sums = 0, np.ones(1)
    for kind, times in kinds:
        least, mass = _masses(*kind, gamma)
        shift += least * times
        if len(mass) > 1:
            for _ in range(times):
                sums = np.convolve(sums, mass)
    return float(min(1.0, sums[max(0, total - shift) :].sum()))


def _moments(tagged: int, people: int, events: int, gamma: float) -> tuple[float, float]:
    least, mass = _masses(tagged, people, events, gamma)
    k = least + np.arange(len(mass))
    mean = float((k * mass).sum())
    return mean, float((k**2 * mass).sum()) - mean**2
